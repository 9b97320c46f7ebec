"""The console of a grant: the form of each call, made of the grant's own OpenAPI, and what the page's script has to know."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.kernel.exchange import relaying, trying
from xilin.kernel.exchange.gateway.answers import masks_of
from xilin.kernel.exchange.gateway.described import Described

SHAPES = ("verify", "status", "masked", "full")
CONDITIONS = 3
FEW = 10
PYTHON = """import base64, hashlib, secrets, time, urllib.error, urllib.request
from cryptography.hazmat.primitives.serialization import load_pem_private_key

URL = "%(url)s"
KEYID = "%(keyid)s"
BODY = r\'\'\'%(body)s\'\'\'.encode()

with open("key.pem", "rb") as file:
    key = load_pem_private_key(file.read(), None)
digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
params = (
    '("@method" "@target-uri" "content-digest")'
    f';created={int(time.time())};keyid="{KEYID}";nonce="{secrets.token_hex(8)}"'
)
base = (
    f'"@method": POST\\n"@target-uri": {URL}\\n'
    f'"content-digest": sha-256=:{digest}:\\n"@signature-params": {params}'
)
headers = {
    "Content-Type": "application/json",
    "Content-Digest": f"sha-256=:{digest}:",
    "Signature-Input": f"s={params}",
    "Signature": f"s=:{base64.b64encode(key.sign(base.encode())).decode()}:",
}
try:
    with urllib.request.urlopen(urllib.request.Request(URL, BODY, headers)) as answer:
        print(answer.read().decode())
except urllib.error.HTTPError as problem:
    print(problem.read().decode())
"""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a call: where its value stands in the body (`place`), how it is written there (`kind`), how it is asked.

    Kinds are string, integer, boolean; `lines` is a list with a value on each line, `many` a list of choices.
    """

    place: str
    label: str
    kind: str = "string"
    hint: str = ""
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    most: int = 0
    example: str = ""
    value: str = ""
    code: str = ""

    @property
    def id(self) -> str:
        """The name of its element."""
        return "f-" + self.place.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that belong together."""

    title: str
    fields: tuple[Field, ...]
    note: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A kind of call under the grant: its name, path and parts."""

    kind: str
    name: str
    path: str
    parts: tuple[Part, ...] = ()
    operators: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    conditions: range = field(default_factory=lambda: range(0))


def kinds() -> dict[str, str]:
    """What the calls are called."""
    return {
        "lookup": _("Look up"),
        "batch": _("Batch look-up"),
        "match": _("Match by name"),
        "list": _("List of rows"),
    }


def calls(known: Described) -> list[Call]:
    """The calls that the grant's document describes, each with its form."""
    found = []
    for kind, name in kinds().items():
        path = f"/v1/resources/{known.served.code}/{kind}"
        operation = known.document["paths"].get(path)
        if operation is not None:
            content = operation["post"]["requestBody"]["content"]["application/json"]
            found.append(_call(kind, name, path, content["schema"]["properties"], content["example"]))
    return found


def _call(kind: str, name: str, path: str, schema: dict[str, Any], example: dict[str, Any]) -> Call:
    parts = [Part(_("Why it is asked"), _why(schema))]
    if "by" in schema:
        said = {"lookup": _("Whose record"), "batch": _("Whose records"), "match": _("What is known")}[kind]
        parts.append(Part(said, _values("by", schema, example), note=_by_note(kind)))
    if "values" in schema:
        verified = "verify" in schema["shape"]["enum"] and len(schema["shape"]["enum"]) == 1
        parts.append(
            Part(
                _("What is to be verified"),
                _values("values", schema, example),
                note=_("Answered with yes or no for each."),
                folded=not verified,
            )
        )
    parts.append(Part(_("What is wanted"), _wanted(kind, schema), folded=True))
    call = Call(kind, name, path, tuple(parts))
    if kind != "list":
        return call
    condition = schema["filter"]["items"]["properties"]
    columns = tuple((one, _title(schema, one)) for one in condition["column"]["enum"])
    operators = tuple((one, _operators()[one]) for one in condition["op"]["enum"])
    return Call(kind, name, path, tuple(parts), operators, columns, range(CONDITIONS))


def _by_note(kind: str) -> str:
    return {
        "lookup": _("One is enough."),
        "batch": _("One on each line, at most %(most)s; of several columns the same number of lines.")
        % {"most": trying.RECORDS},
        "match": _("The name or the telephone, and one more fact at least."),
    }[kind]


def _why(schema: dict[str, Any]) -> tuple[Field, ...]:
    names = Names()
    purposes = tuple((code, names.of("purpose", code)) for code in schema["purpose"]["enum"])
    return (
        Field("purpose", _("Purpose"), required=True, choices=purposes, value=purposes[0][0]),
        Field(
            "case_number",
            _("Case number"),
            required=True,
            most=schema["case_number"]["maxLength"],
            hint=_("Of the case in your own system; it stands in the log. Never what is looked up."),
            example="2026-0001",
        ),
    )


def _values(place: str, schema: dict[str, Any], example: dict[str, Any]) -> tuple[Field, ...]:
    found = []
    for column, told in schema[place]["properties"].items():
        lines = told["type"] == "array"
        one = told["items"] if lines else told
        shown = example.get(place, {}).get(column, "")
        kind = "lines" if lines else one["type"]
        found.append(
            Field(
                f"{place}.{column}",
                _name(one),
                kind if kind in ("integer", "boolean", "lines") else "string",
                most=one.get("maxLength", 0) if not lines else 0,
                example=_ascii(shown[0] if isinstance(shown, list) else shown),
                hint={"date": "YYYY-MM-DD", "date-time": "YYYY-MM-DDThh:mm:ss+08:00"}.get(
                    one.get("format", ""), ""
                ),
                code=column,
            )
        )
    return tuple(found)


def _ascii(example: Any) -> str:
    """An example that says how a value is written; words that stand for any text say nothing."""
    return str(example) if str(example).isascii() else ""


def _wanted(kind: str, schema: dict[str, Any]) -> tuple[Field, ...]:
    columns = tuple((one, _title(schema, one)) for one in schema["items"]["items"]["enum"])
    shapes = tuple((one, _shapes()[one]) for one in SHAPES if one in schema["shape"]["enum"])
    found = [
        Field(
            "items",
            _("Items"),
            "many",
            choices=columns,
            hint=_("Everything that is granted where none is chosen."),
        ),
        Field("shape", _("Shape"), choices=(("", _("as granted")), *shapes)),
    ]
    if kind == "list":
        found.append(Field("size", _("Rows on a page"), "integer", value=str(FEW), most=trying.RECORDS))
        found.append(
            Field("cursor", _("Cursor"), hint=_("That of the page before; empty for the first one."))
        )
    found.append(
        Field(
            "user",
            _("Who works there"),
            most=schema["user"]["maxLength"],
            hint=_("Your name in the log, as a keyed hash."),
        )
    )
    return tuple(found)


def _shapes() -> dict[str, str]:
    return {
        "verify": _("verification (yes or no)"),
        "status": _("match and status"),
        "masked": _("masked fields"),
        "full": _("full fields"),
    }


def _operators() -> dict[str, str]:
    return {
        "eq": _("is"),
        "in": _("is one of (a comma between them)"),
        "prefix": _("begins with"),
        "ge": _("is at least"),
        "le": _("is at most"),
    }


def _name(told: dict[str, Any]) -> str:
    chinese = (get_language() or "").startswith("zh")
    return str(told["title"] if chinese else told.get("description") or told["title"])


def _title(schema: dict[str, Any], column: str) -> str:
    for place in ("values", "by"):
        told = schema.get(place, {}).get("properties", {}).get(column)
        if told is not None:
            return _name(told.get("items", told))
    return column


def labels(known: Described) -> dict[str, str]:
    """What the items of the grant are called."""
    language = get_language() or ""
    names = {
        column: known.served.items[column].name or known.served.elements[column].name
        for column in known.held.columns
        if column in known.served.items
    }
    return {column: name.of(language) for column, name in names.items()}


def masked(known: Described) -> dict[str, str]:
    """The items that are masked in answers of the granted shape, by what their masks are called."""
    names = Names()
    own = {item.key: item.mask for item in known.served.resource.item if item.mask}
    return {
        column: names.of("mask", own[column]) if column in own else _("masked")
        for column in masks_of(known.held, known.held.shape)
        if column in known.held.columns
    }


def told(known: Described, client: Any, call: Call, user: str) -> dict[str, Any]:
    """What the page's script has to know; nothing in it is secret."""
    now = time.time()
    keys = [
        {"keyid": key.keyid, "algorithm": key.algorithm, "public": key.public}
        for key in client.signing_keys.all()
        if key.revoked_at is None and (key.expires_at is None or key.expires_at.timestamp() > now)
    ]
    return {
        "origin": relaying.origin(),
        "path": call.path,
        "kind": call.kind,
        "signed": known.held.signed,
        "tag": trying.TAG,
        "now": now,
        "keys": keys,
        "labels": labels(known),
        "masks": masked(known),
        "user": user,
        "python": PYTHON % {"url": "__URL__", "keyid": "__KEYID__", "body": "__BODY__"},
        "words": _words(),
    }


def _words() -> dict[str, str]:
    return {
        "no_key": _("No trial key yet: it is made when you sign."),
        "key": _("Trial key %(keyid)s: %(left)s calls left, until %(until)s."),
        "key_over": _("The trial key is used up or has ended; another one is made when you sign."),
        "own": _("This is the key %(keyid)s."),
        "not_own": _("This is no Ed25519 key that is entered for the system; nothing was sent anywhere."),
        "no_file": _("Choose the file of the private key first."),
        "not_read": _("The file holds no Ed25519 private key in PEM (PKCS#8)."),
        "signed": _("Signed. Look at the request, then send it within five minutes."),
        "sign_there": _(
            "Sign the text below with the key %(keyid)s within five minutes, and paste the signature."
        ),
        "not_signature": _("This is no signature: 64 bytes in base64 or hex, or as OpenSSL writes it."),
        "none_known": _("Give at least one value to look up by."),
        "uneven": _("The columns have different numbers of lines."),
        "changed": _("The call was changed: sign it again."),
        "sending": _("On its way…"),
        "lost": _("The page could not reach its own server. Nothing is known of the call; sign it again."),
        "answered": _("Answered: %(status)s in %(ms)s ms."),
        "refused": _("Refused: %(status)s. %(title)s"),
        "found_none": _("No record fits."),
        "yes": _("yes"),
        "no": _("no"),
        "masked": _("masked"),
        "empty": _("(empty)"),
        "next": _("Next page"),
        "row": _("Row %(n)s"),
        "item": _("Item"),
        "value": _("Value"),
        "agrees": _("Agrees"),
        "proof_holds": _("The receipt's proof holds."),
        "proof_not": _("The receipt's proof does not hold."),
        "digest_holds": _("The entry carries the SHA-256 of this very answer."),
        "digest_not": _("The entry carries the digest of another answer."),
        "not_secure": _(
            "Signing wants a page over https (or on this very machine): the browser gives it no keys otherwise."
        ),
        "no_ed25519": _(
            "This browser has no Ed25519 (Chrome and Edge from 137, Firefox from 129, Safari from 17 have). Choose “signed elsewhere”."
        ),
    }
