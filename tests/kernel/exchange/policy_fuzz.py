"""A policy fuzz of the gateway: calls put together to get around a grant, judged by a policy written apart from it.

The policy here is written from the guide, over plain lists and dictionaries, and shares no code with the gateway. A
call answered though the policy forbids it, or answered with anything but what the policy lets out, is a bypass; a call
refused though the policy allows it is a wrong refusal. Signed calls are signed by another's implementation of RFC 9421.
"""

import asyncio
import json
import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from published import publish
from signing import Signer

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.gateway import Gateway
from xilin.kernel.exchange.models import ClientKey, Grant

GROUP = 200
SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADERS = {"content-type": "application/json", "accept-language": "en"}
MASKS = {"id_front": lambda value: value[:6] + "*" * (len(value) - 6), "hidden": lambda value: None}
USUAL = {"households": {"id_number": "id_front", "address": "hidden"}, "entities": {}}
COLUMNS = {
    "households": ("id_number", "person_name", "address"),
    "entities": ("uscc", "organisation_name"),
}
KEYS = {"households": "id_number", "entities": "uscc"}
STRENGTH = {"verify": 0, "status": 1, "masked": 2, "full": 3}
PEOPLE = [
    {
        "id_number": f"9901{n % 5:02d}198501{n % 28 + 1:02d}{n:04d}",
        "person_name": f"{'王李张白乌'[n % 5]}{'芳兰明军其'[n % 4]}{n}",
        "address": f"{'东西南北'[n % 4]}旗{n % 7}苏木{n}号",
    }
    for n in range(80)
]
FIRMS = [{"uscc": f"91990101MA{n:08d}", "organisation_name": f"第{n}合作社"} for n in range(40)]
ROWS: dict[str, list[dict[str, str]]] = {"households": PEOPLE, "entities": FIRMS}


# The world: grants of every kind, keys in force and not


@dataclass(frozen=True, eq=False)
class Given:
    """A grant as the policy knows it."""

    number: str
    client: str
    resource: str
    purpose: str
    shape: str
    items: dict[str, str]
    quota: int
    hours: tuple[int, int]
    begins: Any
    ends: Any
    revoked: bool = False
    delivery: str = "call"
    rows: tuple[tuple[str, str, Any], ...] = ()
    listing: bool = False
    least: int = 10
    signed: bool = False


@dataclass
class World:
    """What there is, and what has happened: attempts and answers by grant and day, nonces used, cursors given."""

    grants: list[Given]
    bearers: dict[str, tuple[str, bool]]
    signers: list[tuple[Signer, str, bool]]
    answered: Counter[Any] = field(default_factory=Counter)
    verified: Counter[Any] = field(default_factory=Counter)
    nonces: set[Any] = field(default_factory=set)
    cursors: dict[str, Any] = field(default_factory=dict)


def people(folder: Any) -> SimpleNamespace:
    """The small league with its departments' people and two systems."""
    small_league.apply(folder)
    made = {
        name: User.objects.create(username=name, department=Department.objects.get(code=code), role=role)
        for name, code, role in (
            ("ann", "civil", User.Role.STEWARD), ("bob", "police", User.Role.APPROVER),
            ("dora", "market", User.Role.APPROVER), ("jim", "justice", User.Role.STEWARD),
        )
    }  # fmt: skip
    return SimpleNamespace(**made, now=small_league.NOW)


def build(hub: Any, seed: int, name: str = "w") -> World:
    """Publish the rows and give out grants and keys to systems of its own, drawn by a seed."""
    draw, now = random.Random(seed), hub.now
    for code, rows in ROWS.items():
        publish(code, rows, at=now, batch=71)
    owners = {f"{name}_civil": hub.ann, f"{name}_justice": hub.jim}
    clients = {
        code: actions.register_client(code=code, name=code, by=by, at=now) for code, by in owners.items()
    }
    kinds = [
        {}, {"shape": "full"}, {"shape": "verify"}, {"purpose": "identity", "shape": "verify"}, {"revoked": True},
        {"begins": now + timedelta(days=2)}, {"ends": now + timedelta(days=1)}, {"hours": (9, 17)}, {"quota": 60},
        {"rows": (("address", "prefix", "东旗"),)}, {"rows": (("id_number", "prefix", "990101"), ("person_name", "in", ("王芳10", "李明6")))},
        {"delivery": "file"}, {"delivery": "feed", "shape": "full"}, {"signed": True}, {"listing": True, "shape": "full", "least": 12},
        {"listing": True, "least": 5, "rows": (("address", "prefix", "西旗"),)}, {"shape": "status"}, {"listing": True, "shape": "full", "signed": True},
    ]  # fmt: skip
    draw.shuffle(kinds)
    grants = []
    for kind in kinds:
        client, resource = draw.choice(list(clients)), draw.choice(["households"] * 4 + ["entities"])
        if any(column != "id_number" for column, _, _ in kind.get("rows", ())):
            resource = "households"
        grants.append(_give(hub, draw, kind, client, resource, owners[client], clients[client]))
    bearers = {}
    signers = []
    for code, client in clients.items():
        by = owners[code]
        bearers |= {actions.issue_key(client, by=by, at=now): (code, True) for _ in range(2)}
        dead = actions.issue_key(client, by=by, at=now)
        actions.revoke_key(ClientKey.objects.filter(client=client).latest("pk"), by=by, at=now)
        bearers[dead] = (code, False)
        for alive in (True, True, False):
            signer = Signer("sm2" if draw.random() < 0.3 else "ed25519")
            row = actions.register_signing_key(
                client, algorithm=signer.algorithm, public=signer.public, by=by, at=now
            )
            signer.keyid = row.keyid
            if not alive:
                actions.revoke_signing_key(row, by=by, at=now)
            signers.append((signer, code, alive))
    return World(sorted(grants, key=lambda one: (one.begins, one.number), reverse=True), bearers, signers)


def _give(hub: Any, draw: random.Random, kind: Any, client: str, resource: str, by: Any, row: Any) -> Given:
    columns = COLUMNS[resource]
    items = [columns[0], *(column for column in columns[1:] if draw.random() < 0.7)]
    asked = actions.ask(
        resource=catalog.resource(resource), client=row, items=items, purpose=kind.get("purpose", "assistance"),
        scenario="x", valid_until=(hub.now + timedelta(days=60)).date(), by=by, at=hub.now, shape="full", basis="x",
        quota_per_day=100_000,
    )  # fmt: skip
    approver = hub.bob if resource == "households" else hub.dora
    grant = Grant.objects.filter(request=asked).first() or actions.approve(asked, by=approver, at=hub.now)
    given = Given(
        number=grant.number, client=client, resource=resource, purpose=kind.get("purpose", "assistance"),
        shape=kind.get("shape", "masked"), quota=kind.get("quota", 10_000_000), hours=kind.get("hours", (0, 24)),
        begins=kind.get("begins", hub.now - timedelta(days=1)), ends=kind.get("ends", hub.now + timedelta(days=30)),
        items={c: USUAL[resource].get(c, "") if kind.get("shape") != "full" or draw.random() < 0.3 else "" for c in items},
        **{name: kind[name] for name in ("revoked", "delivery", "rows", "listing", "least", "signed") if name in kind},
    )  # fmt: skip
    revoked = {"revoked_at": hub.now, "revoked_by": by} if given.revoked else {}
    Grant.objects.filter(pk=grant.pk).update(
        shape=given.shape, quota_per_day=given.quota, hour_from=given.hours[0], hour_to=given.hours[1], valid_from=given.begins,
        valid_until=given.ends, delivery=given.delivery, listing=given.listing, least=given.least, signed=given.signed,
        row_filter=[{"column": c, "op": o, "value": list(v) if o == "in" else v} for c, o, v in given.rows], **revoked,
    )  # fmt: skip
    for column, mask in given.items.items():
        grant.items.filter(column=column).update(mask=mask)
    return given


# The policy


class Forbidden(Exception):
    """The policy doesn't allow the call."""


class Unfit(Exception):
    """A grant doesn't allow the call; another one may."""


@dataclass
class Allowed:
    """The policy allows the call: under which grant, what may be answered, what it counts, whom it verifies."""

    grant: Given
    answer: dict[str, Any]
    weight: int = 1
    who: tuple[str, ...] = ()
    few: bool = False


@dataclass
class Sent:
    """A call as it is sent, and what the policy needs to know of how it came."""

    kind: str
    resource: str
    body: Any
    headers: dict[str, str]
    raw: bytes
    at: Any
    bearer: str = ""
    signer: Any = None
    nonce: str = ""
    sound: bool = True
    about: str = ""


WORDS = {
    "lookup": ({"purpose", "case_number", "by"}, {"items", "values", "shape", "user"}),
    "batch": ({"purpose", "case_number", "by"}, {"items", "values", "shape", "user"}),
    "list": ({"purpose", "case_number"}, {"filter", "items", "shape", "size", "cursor", "user"}),
}


def client_of(world: World, sent: Sent) -> tuple[str, bool]:
    """Who calls, and whether it was signed; Forbidden where the keys don't say."""
    named, alive = world.bearers.get(sent.bearer, ("", False)) if sent.bearer else ("", True)
    if sent.bearer and not alive:
        raise Forbidden
    if sent.signer is None:
        if not sent.sound or not named:
            raise Forbidden
        return named, False
    signer, client, in_force = sent.signer
    if not sent.sound or not in_force or (named and named != client):
        raise Forbidden
    if (signer.keyid, sent.nonce) in world.nonces:
        raise Forbidden
    return client, True


def judge(world: World, sent: Sent) -> Allowed:
    """What may be answered, or Forbidden."""
    client, signed = client_of(world, sent)
    body = sent.body
    _well_formed(sent.kind, body)
    if sent.resource not in ROWS:
        raise Forbidden
    here = sent.at.astimezone(SHANGHAI)
    for grant in world.grants:
        fits = (
            grant.client == client and grant.resource == sent.resource and grant.purpose == body["purpose"]
            and not grant.revoked and grant.begins <= sent.at < grant.ends and grant.delivery == "call"
            and grant.hours[0] <= here.hour < grant.hours[1] and (signed or not grant.signed)
        )  # fmt: skip
        if fits:
            try:
                return {"lookup": _look_up, "batch": _batch, "list": _list}[sent.kind](world, grant, body)
            except Unfit:
                continue
    raise Forbidden


def _well_formed(kind: str, body: Any) -> None:
    need, may = WORDS[kind]
    good = isinstance(body, dict) and need <= body.keys() <= need | may
    good = good and _text(body["purpose"], 60) and _text(body["case_number"], 64) and _optional(kind, body)
    if not good:
        raise Forbidden
    _case(body["case_number"], _conditions(body) if kind == "list" else _given(kind, body))


def _optional(kind: str, body: Any) -> bool:
    """Whether items, shape and user are what they may be."""
    items, shape, user = body.get("items"), body.get("shape"), body.get("user", "")
    good = items is None or (isinstance(items, list) and bool(items) and all(_text(one, 60) for one in items))
    known = shape is None or (
        isinstance(shape, str) and shape in STRENGTH and (kind != "list" or shape != "verify")
    )
    return good and known and isinstance(user, str) and len(user) <= 100


def _given(kind: str, body: Any) -> list[Any]:
    """All values that are looked up by or verified."""
    values: list[Any] = []
    lengths = set()
    for name, most in (("by", 5), ("values", 50)):
        part = body.get(name)
        if name == "values" and part is None:
            continue
        if not isinstance(part, dict) or not 0 < len(part) <= most:
            raise Forbidden
        for column, value in part.items():
            many = value if kind == "batch" else [value]
            if not (
                isinstance(many, list) and many and _text(column, 60) and all(_text(one, 200) for one in many)
            ):
                raise Forbidden
            values += many
            lengths.add(len(many))
    if len(lengths) != 1:
        raise Forbidden
    return values


def _conditions(body: Any) -> list[Any]:
    given, size = body.get("filter", []), body.get("size", 100)
    if (
        not isinstance(given, list)
        or len(given) > 10
        or isinstance(size, bool)
        or not isinstance(size, int)
        or not 1 <= size <= 1000
    ):
        raise Forbidden
    if not isinstance(body.get("cursor", ""), str) or len(body.get("cursor", "")) > 400:
        raise Forbidden
    values = []
    for one in given:
        if (
            not isinstance(one, dict)
            or one.keys() != {"column", "op", "value"}
            or not _text(one["column"], 60)
        ):
            raise Forbidden
        many = one["value"] if one["op"] == "in" else [one["value"]]
        if one["op"] not in ("eq", "in", "prefix", "ge", "le") or not isinstance(many, list) or not many:
            raise Forbidden
        if not all(_text(value, 200) and value.isprintable() for value in many):
            raise Forbidden
        values += many
    return values


def _text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= most and "\0" not in value


def _case(number: str, values: list[Any]) -> None:
    """A case number has a digit, is written with few signs, and holds neither an ID number nor what is asked for."""
    if not re.fullmatch(r"[\w\-./#:()（）〔〕\[\]【】]{1,64}", number) or not re.search(r"\d", number):
        raise Forbidden
    plain = "".join(c for c in unicodedata.normalize("NFKC", number).casefold() if c.isalnum())
    if re.search(r"[1-9]\d{5}(18|19|20)\d\d(0[1-9]|1[012])(0[1-9]|[12]\d|3[01])\d{3}[\dx]", plain):
        raise Forbidden
    for value in values:
        bare = "".join(c for c in unicodedata.normalize("NFKC", value).casefold() if c.isalnum())
        if len(bare) >= (6 if bare.isascii() else 2) and bare in plain:
            raise Forbidden


def covered(grant: Given, row: dict[str, str], more: Any = ()) -> bool:
    """Whether a row fits a grant's conditions and others."""
    for column, op, value in (*grant.rows, *more):
        own = row[column]
        if not {"eq": own == value, "in": own in value, "prefix": own.startswith(str(value))}[op]:
            return False
    return True


def _shape(grant: Given, body: Any) -> str:
    """The shape of the answer within the grant's."""
    asked = body.get("shape") or ("verify" if body.get("values") is not None else grant.shape)
    if STRENGTH[asked] > STRENGTH[grant.shape] or (asked == "verify") != (body.get("values") is not None):
        raise Unfit
    return str(asked)


def _masks(grant: Given, shape: str) -> dict[str, str]:
    own = {column: mask for column, mask in grant.items.items() if mask}
    return own if shape == "full" else USUAL[grant.resource] | own


def _shown(grant: Given, shape: str, columns: list[str], row: dict[str, str]) -> dict[str, Any]:
    masks = _masks(grant, shape)
    return {
        column: MASKS[masks[column]](row[column]) if column in masks else row[column] for column in columns
    }


def _columns(grant: Given, shape: str, body: Any) -> list[str]:
    wanted = body.get("items")
    if wanted is not None and not set(wanted) <= grant.items.keys():
        raise Unfit
    return (
        [] if shape == "status" else [column for column in grant.items if wanted is None or column in wanted]
    )


def _found(
    grant: Given, shape: str, body: Any, by: dict[str, str], values: dict[str, str] | None
) -> dict[str, Any]:
    """What one look-up may be answered."""
    key = KEYS[grant.resource]
    if set(by) != {key}:
        raise Unfit
    rows = [row for row in ROWS[grant.resource] if row[key] == by[key] and covered(grant, row)]
    columns = _columns(grant, shape, body)
    if values is not None:
        barred = (
            {column for column, mask in grant.items.items() if mask} if grant.shape != "verify" else set()
        )
        if not values.keys() <= grant.items.keys() or barred & values.keys():
            raise Unfit
        return {
            "matches": {column: bool(rows) and rows[0][column] == value for column, value in values.items()}
        }
    name = "status" if shape == "status" else "rows"
    return {"found": bool(rows), name: [_shown(grant, shape, columns, row) for row in rows]}


def _look_up(world: World, grant: Given, body: Any) -> Allowed:
    shape = _shape(grant, body)
    answer = _found(grant, shape, body, body["by"], body.get("values"))
    who = (body["by"][KEYS[grant.resource]],) if shape == "verify" else ()
    return Allowed(grant, {"shape": shape} | answer, who=who)


def _batch(world: World, grant: Given, body: Any) -> Allowed:
    shape = _shape(grant, body)
    size = len(next(iter(body["by"].values())))
    results = []
    for n in range(size):
        values = None if body.get("values") is None else {c: v[n] for c, v in body["values"].items()}
        results.append(_found(grant, shape, body, {c: v[n] for c, v in body["by"].items()}, values))
    who = tuple(body["by"][KEYS[grant.resource]]) if shape == "verify" else ()
    return Allowed(grant, {"shape": shape, "results": results}, weight=size, who=who)


def _list(world: World, grant: Given, body: Any) -> Allowed:
    shape = body.get("shape") or grant.shape
    if not grant.listing or shape == "verify" or STRENGTH[shape] > STRENGTH[grant.shape]:
        raise Unfit
    columns = _columns(grant, shape, body)
    masks = _masks(grant, shape)
    conditions = []
    for one in body.get("filter", []):
        if one["column"] not in grant.items or one["column"] in masks or one["op"] in ("ge", "le"):
            raise Unfit
        conditions.append((one["column"], one["op"], one["value"]))
    rows = [row for row in ROWS[grant.resource] if covered(grant, row, conditions)]
    size, begin = body.get("size", 100), 0
    told = json.dumps([grant.number, shape, columns, body.get("filter", [])])
    if body.get("cursor", ""):
        about, begin = world.cursors.get(body["cursor"], ("", 0))
        if about != told:
            raise Forbidden
    elif len(rows) < grant.least:
        return Allowed(grant, {}, weight=size, few=True)
    page = rows[begin : begin + size]
    name = "status" if shape == "status" else "rows"
    answer = {"shape": shape, name: [_shown(grant, shape, columns, row) for row in page]}
    allowed = Allowed(grant, answer, weight=size)
    allowed.answer["cursor"] = (told, begin + size) if len(rows) > begin + size else None
    return allowed


# Calls


def make(world: World, draw: random.Random, at: Any, earlier: list[Sent]) -> Sent:
    """A call: a good one under some grant, with up to three of its parts put wrong; sometimes an earlier one again."""
    if earlier and draw.random() < 0.06:
        old = draw.choice(earlier)
        return Sent(**{**old.__dict__, "at": at, "about": "replayed", "sound": old.sound and _young(old, at)})
    grant = draw.choice(world.grants)
    kind = draw.choice(["lookup"] * 5 + ["batch", "list", "list" if grant.listing else "lookup"])
    body = _good(world, draw, grant, kind)
    sent = Sent(kind, grant.resource, body, dict(HEADERS), b"", at)
    bearers = [key for key, (client, alive) in world.bearers.items() if client == grant.client and alive]
    signers = [one for one in world.signers if one[1] == grant.client and one[2]]
    if draw.random() < (0.7 if grant.signed else 0.15):
        sent.signer = draw.choice(signers)
    if sent.signer is None or draw.random() < 0.3:
        sent.bearer = draw.choice(bearers)
    damage = [draw.choice(DAMAGES) for _ in range(draw.choice([0, 0, 1, 1, 1, 2, 3]))]
    for one in damage:
        one(world, draw, sent)
    sent.about = ",".join(one.__name__ for one in damage)
    sent.raw = json.dumps(sent.body, ensure_ascii=False).encode()
    _carry_keys(draw, sent)
    return sent


def _young(old: Sent, at: Any) -> bool:
    """Whether a signature of 60 seconds may still be used, and isn't of a moment to come."""
    return old.signer is None or -timedelta(seconds=30) <= at - old.at < timedelta(seconds=60)


def _good(world: World, draw: random.Random, grant: Given, kind: str) -> dict[str, Any]:
    body: dict[str, Any] = {"purpose": grant.purpose, "case_number": f"A-{draw.randrange(1000)}"}
    rows = ROWS[grant.resource]
    key = KEYS[grant.resource]
    if kind == "list":
        if draw.random() < 0.7:
            value = draw.choice(["东旗", "西旗", "东旗1", "9", "91", "x", "王", "第"])
            column = draw.choice([*grant.items, "address"])
            body["filter"] = [
                {"column": column, "op": draw.choice(["prefix", "prefix", "eq", "in"]), "value": value}
            ]
            if body["filter"][0]["op"] == "in":
                body["filter"][0]["value"] = [value]
        if draw.random() < 0.5:
            body["size"] = draw.choice([1, 3, 7, 50])
        if world.cursors and draw.random() < 0.4:
            body["cursor"] = draw.choice(list(world.cursors))
        return body
    count = draw.randrange(1, 6)
    chosen = [draw.choice(rows)[key] if draw.random() < 0.9 else "990101190001010000" for _ in range(count)]
    body["by"] = {key: chosen if kind == "batch" else chosen[0]}
    if grant.shape == "verify" or draw.random() < 0.1:
        column = draw.choice(list(grant.items))
        values = [draw.choice(rows)[column] for _ in range(count)]
        body["values"] = {column: values if kind == "batch" else values[0]}
    elif draw.random() < 0.4:
        body["items"] = draw.sample(list(grant.items), draw.randrange(1, len(grant.items) + 1))
    return body


def _carry_keys(draw: random.Random, sent: Sent) -> None:
    """Put the keys on: the bearer's header, and a signature that is sound unless something was done to it."""
    if sent.bearer:
        sent.headers["authorization"] = f"Bearer {sent.bearer}"
    if sent.signer is None:
        return
    sent.nonce = f"{draw.getrandbits(64):x}"
    request = httpx.Request("POST", f"http://gateway{path_of(sent)}", content=sent.raw)
    at = sent.at - timedelta(minutes=10) if "stale" in sent.about else sent.at
    sent.signer[0].sign(request, at, nonce=sent.nonce)
    for name in ("content-digest", "signature", "signature-input"):
        sent.headers[name] = request.headers[name]
    if "stale" in sent.about:
        sent.sound = False
    if "tampered" in sent.about:
        sent.sound = False
        which = draw.choice(["body", "signature", "nonce", "digest", "none"])
        if which == "body":
            sent.raw = sent.raw + b" "
        elif which == "signature":
            value = sent.headers["signature"]
            sent.headers["signature"] = (
                value[:-8] + ("AAAAAA" if value[-8:-2] != "AAAAAA" else "BBBBBB") + value[-2:]
            )
        elif which == "nonce":
            sent.headers["signature-input"] = sent.headers["signature-input"].replace('nonce="', 'nonce="0')
        elif which == "digest":
            sent.headers["content-digest"] = "sha-256=:AAAA:"
        else:
            del sent.headers["signature"]


def part(sent: Sent, name: str, usual: Any) -> Any:
    """A part of the body where it is still of its kind, else a fresh one."""
    found = sent.body.get(name)
    return found if isinstance(found, type(usual)) else usual


def path_of(sent: Sent) -> str:
    return f"/v1/resources/{sent.resource}/{sent.kind}"


def other_purpose(world: World, draw: random.Random, sent: Sent) -> None:
    sent.body["purpose"] = draw.choice(["identity", "assistance", "nonsense", "", None])


def other_resource(world: World, draw: random.Random, sent: Sent) -> None:
    sent.resource = draw.choice(["households", "entities", "benefits", "corrections", "nothing"])


def more_items(world: World, draw: random.Random, sent: Sent) -> None:
    column = draw.choice(
        [*COLUMNS[draw.choice(list(COLUMNS))], "_row", "_batch", "*", 'x" FROM pg_user --', ""]
    )
    sent.body["items"] = [*part(sent, "items", []), column]


def other_column(world: World, draw: random.Random, sent: Sent) -> None:
    if sent.kind == "list":
        condition = {"column": draw.choice(["person_name", "id_number", "_row", "x"]), "op": draw.choice(["eq", "prefix", "ge", "le"]),
                     "value": draw.choice(["王", "9901", "0"])}  # fmt: skip
        sent.body["filter"] = [*part(sent, "filter", []), condition]
    else:
        value = draw.choice(["王芳10", "东旗"])
        sent.body["by"] = draw.choice([{}, part(sent, "by", {})]) | {
            draw.choice(["person_name", "address", "uscc", "_row"]): [value]
            if sent.kind == "batch"
            else value
        }


def other_shape(world: World, draw: random.Random, sent: Sent) -> None:
    sent.body["shape"] = draw.choice(["verify", "status", "masked", "full", "bulk", None])


def guess_values(world: World, draw: random.Random, sent: Sent) -> None:
    if sent.kind != "list":
        column = draw.choice(COLUMNS["households"])
        value = draw.choice(PEOPLE)[column]
        first = next(iter(part(sent, "by", {}).values()), None)
        length = len(first) if isinstance(first, list) else 1
        sent.body["values"] = {column: [value] * length if sent.kind == "batch" else value}


def strange_part(world: World, draw: random.Random, sent: Sent) -> None:
    sent.body[draw.choice(list(sent.body))] = draw.choice([None, 5, [], {}, "", "\0", True])


def one_more_field(world: World, draw: random.Random, sent: Sent) -> None:
    sent.body[draw.choice(["sql", "grant", "client", "where", "mask", "limit"])] = draw.choice(
        ["1=1", 1, True]
    )


def telling_case(world: World, draw: random.Random, sent: Sent) -> None:
    sent.body["case_number"] = draw.choice(
        ["A-990101198501010000", "ＡＢ", "x", "A-1 --", "东旗1", "A-东旗-1", "王1", "A" * 70 + "1"]
    )


def no_key(world: World, draw: random.Random, sent: Sent) -> None:
    sent.bearer, sent.signer = draw.choice(["", "xk_nobody", "x"]), None


def other_key(world: World, draw: random.Random, sent: Sent) -> None:
    if draw.random() < 0.5:
        sent.bearer = draw.choice(list(world.bearers))
    else:
        sent.signer = draw.choice(world.signers)


def tampered(world: World, draw: random.Random, sent: Sent) -> None:
    sent.signer = sent.signer or draw.choice(world.signers)


def stale(world: World, draw: random.Random, sent: Sent) -> None:
    sent.signer = sent.signer or draw.choice(world.signers)


def forged_cursor(world: World, draw: random.Random, sent: Sent) -> None:
    if sent.kind == "list":
        old = draw.choice(list(world.cursors)) if world.cursors else "AAAA"
        place = draw.randrange(len(old))
        sent.body["cursor"] = old[:place] + draw.choice("ABab01-_") + old[place + 1 :]


def narrowing(world: World, draw: random.Random, sent: Sent) -> None:
    """Conditions that fit one row or none: found and not found would tell."""
    if sent.kind == "list":
        row = draw.choice(PEOPLE)
        column = draw.choice(list(COLUMNS["households"]))
        sent.body["filter"] = [{"column": column, "op": draw.choice(["eq", "prefix"]), "value": row[column]}]


DAMAGES = [
    other_purpose, other_resource, more_items, other_column, other_shape, guess_values, strange_part, one_more_field,
    telling_case, no_key, other_key, tampered, stale, forged_cursor, narrowing,
]  # fmt: skip


# Running


@dataclass
class Result:
    """What a run came to."""

    calls: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    bypasses: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def answered(gateway: Gateway, sent: Sent) -> tuple[int, Any]:
    """Status and body of a call made to the application itself."""
    headers = {"host": "gateway", **sent.headers, "content-length": str(len(sent.raw))}
    path = path_of(sent)
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("test", 1), "server": ("gateway", 80),
    }  # fmt: skip
    parts: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": sent.raw, "more_body": False}

    async def send(message: Any) -> None:
        parts.append(message)

    await gateway(scope, receive, send)
    return parts[0]["status"], json.loads(b"".join(part.get("body", b"") for part in parts[1:]))


def run(world: World, count: int, seed: int, told: Any = None) -> Result:
    """Send so many calls and judge every answer."""
    draw, result, now = random.Random(seed), Result(), [small_league.NOW]

    async def story() -> None:
        gateway = Gateway(lambda: now[0])
        earlier: list[Sent] = []
        try:
            while result.calls < count:
                # Never back: counts of days that are past are forgotten.
                jump = draw.random() < 0.4 and now[0] < small_league.NOW + timedelta(days=4)
                now[0] += timedelta(hours=draw.randrange(1, 9)) if jump else timedelta(seconds=15)
                group = [make(world, draw, now[0], earlier) for _ in range(min(GROUP, count - result.calls))]
                replies = await asyncio.gather(*(answered(gateway, one) for one in group))
                _check(world, result, group, replies)
                earlier = [
                    one for one in group if one.signer is not None and not one.about.startswith("replayed")
                ][:40]
                result.calls += len(group)
                if told is not None:
                    told(result)
        finally:
            await gateway.close()

    asyncio.run(story())
    return result


def _check(world: World, result: Result, group: list[Sent], replies: list[tuple[int, Any]]) -> None:
    """Judge a group's answers; what the calls of one group do to each other (quota, nonces) is checked by counting."""
    used: Counter[Any] = Counter()
    for sent, (status, said) in zip(group, replies, strict=True):
        code = "answered" if status == 200 else said["type"]
        result.statuses[code] += 1
        try:
            allowed: Allowed | None = judge(world, sent)
        except Forbidden:
            allowed = None
        about = f"{sent.kind} {sent.resource} {sent.about} {sent.body} -> {status} {code}"
        if status >= 500 and code != "gateway.NotPublished":
            result.wrong.append(about)
            continue
        if allowed is None:
            if status == 200:
                result.bypasses.append(about)
            continue
        _count(world, result, sent, allowed, status, said, code, about)
        if sent.signer is not None:
            used[sent.signer[0].keyid, sent.nonce] += 1
    world.nonces |= used.keys()
    _counted(world, result)


def _counted(world: World, result: Result) -> None:
    """No quota was passed, no record verified more than five times."""
    for (grant, day), weight in world.answered.items():
        if weight > grant.quota:
            result.bypasses.append(f"quota {grant.number} {day}: {weight} > {grant.quota}")
    for key, times in world.verified.items():
        if times > 5:
            result.bypasses.append(f"verified {key}: {times}")


def _count(
    world: World, result: Result, sent: Sent, allowed: Allowed, status: int, said: Any, code: str, about: str
) -> None:
    here = sent.at.astimezone(SHANGHAI).date()
    key = allowed.grant, here
    if status != 200:
        excused = (
            (code == "gateway.QuotaUsedUp" and allowed.grant.quota < 1_000_000)
            or (code == "gateway.VerifiedTooOften" and allowed.who)
            or (code == "gateway.TooFewRows" and allowed.few)
            or (code == "gateway.SignatureReplayed" and sent.signer is not None)
        )
        if not excused:
            result.wrong.append(about)
        return
    if allowed.few:
        result.bypasses.append("few " + about)
        return
    world.answered[key] += allowed.weight
    answer, expected = said["answer"], dict(allowed.answer)
    cursor = expected.pop("cursor", None)
    if cursor is not None and answer.get("cursor"):
        world.cursors[answer["cursor"]] = cursor
        if len(world.cursors) > 60:
            world.cursors.pop(next(iter(world.cursors)))
    for place, who in enumerate(allowed.who):
        refused = "results" in answer and "refused" in answer["results"][place]
        if refused:
            expected["results"][place] = answer["results"][place]
        else:
            world.verified[allowed.grant.number, here, who] += 1
    got = {
        name: value for name, value in answer.items() if name not in ("nonce", "resource", "grant", "cursor")
    }
    good = (
        got == expected
        and answer["grant"] == allowed.grant.number
        and bool(answer.get("cursor")) == (cursor is not None)
    )
    if not good or answer["resource"] != sent.resource:
        result.bypasses.append(f"content {about}: {got} instead of {expected}"[:2000])
