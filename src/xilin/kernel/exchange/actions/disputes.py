"""校核 Disputing a value one was given, answering it, laying the correction, telling everyone who has the value."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from xilin.kernel.accounts import actions as accounts
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import mentions
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.casework import actions as casework
from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.exchange import dispute_errors as errors
from xilin.kernel.exchange import disputes, overlays
from xilin.kernel.exchange.actions.notices import announce
from xilin.kernel.exchange.actions.parties import department_of
from xilin.kernel.exchange.dispute_models import Citizen, Dispute, Notice
from xilin.kernel.exchange.models import Client
from xilin.kernel.exchange.records import Place, Record, came_in, found, origin, places
from xilin.kernel.exchange.sealing import seal, unseal
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality.actions import Doubt
from xilin.kernel.registry.models import Entity
from xilin.kernel.standards.queries import declaration
from xilin.lib.errors import NotFound

EXPLANATION = "explanation"
LONGEST = 2000


@transaction.atomic
def dispute(
    *,
    resource: str,
    by: Mapping[str, Any],
    column: str,
    claimed: str,
    grounds: str,
    at: datetime,
    user: User | None = None,
    client: Client | None = None,
    evidence: str = "",
    entry: int | None = None,
) -> Dispute:
    """异议 Hold a value one was given to be wrong; a case of the department it comes from, with its clock.

    Args:
        resource: code of the resource that was looked up in.
        by: the look-up, columns and values; with `entry` the one whose entry that is.
        column: the item that is wrong.
        claimed: what it should be, as the data element writes it.
        grounds, evidence: what makes one think so; kept sealed.
        user: who disputes on a desk; or `client`: the system that does through the gateway.

    Raises NotReceived where the department was never answered with that, NotOneRecord, AlreadyDisputed,
    NothingWrong, NotAValue, GroundsNeeded.
    """
    department = department_of(user) if user is not None else _department_of(client)
    known: Resource | None = declaration("resource", resource)
    item = next((one for one in known.item if one.key == column), None) if known else None
    if known is None or item is None:
        raise errors.NotReceived
    if not grounds.strip():
        raise errors.GroundsNeeded
    answered = disputes.answered_to(department.code, known, by, column)
    if entry is not None:
        answered = [one for one in answered if one.seq == entry]
    if not answered:
        raise errors.NotReceived
    record_, held = _one(known, by, column)
    right = checked(known, column, claimed)
    if right == held:
        raise errors.NothingWrong
    return _open(
        record_, column, department, user, client, at,
        {"by": dict(by), "held": held, "claimed": right, "grounds": grounds.strip()[:LONGEST],
         "evidence": evidence.strip()[:LONGEST]},
        answered[0].seq,
    )  # fmt: skip


def _one(resource: Resource, by: Mapping[str, Any], column: str) -> tuple[Record, str | None]:
    """The one record a look-up fits, and the value that stands in it."""
    records = found(resource, by)
    if len(records) != 1:
        raise errors.NotOneRecord(found=len(records) if len(records) < 2 else "2+")
    return records[0], records[0].values.get(column)


def _open(
    found_: Record,
    column: str,
    department: Department,
    user: User | None,
    client: Client | None,
    at: datetime,
    kept: dict[str, Any],
    entry: int,
) -> Dispute:
    named = min(disputes.named_values(found_), default=found_.resource.code)
    same = Dispute.objects.filter(
        state=Dispute.State.OPEN, resource=found_.resource.code, column=column, department=department
    )
    before = same.filter(who__in=mentions.hashes([named])).first()
    if before is not None:
        raise errors.AlreadyDisputed(number=before.number)
    owner, source = origin(found_, column)
    provider = Department.objects.get(code=owner)
    doubt = Doubt(
        provider, _scored(found_.resource, source), f"{found_.resource.code}.{column}", column, source
    )
    correction = quality.ask_correction(doubt, by=user, at=at, asked_for=department)
    made = Dispute.objects.create(
        case=correction.case,
        number=correction.case.number,
        kind=Dispute.Kind.VALUE,
        correction=correction,
        department=department,
        client=client,
        asked_by=user,
        provider=provider,
        resource=found_.resource.code,
        column=column,
        registry=found_.entity.registry if found_.entity is not None else "",
        entity=found_.entity.pk if found_.entity is not None else None,
        source=source,
        who=keyed_hash(named, at),
        entry=entry,
        sealed=seal(kept | {"key": dict(found_.key)}),
        asked_at=at,
    )
    record(
        "exchange.dispute.opened",
        by=user if user is not None else client.code if client is not None else None,
        department=department,
        provider=provider,
        subject=made.number,
        detail={"resource": made.resource, "item": column, "who": made.who, "entry": entry},
        at=at,
    )
    return made


def _scored(resource: Resource, source: str) -> str:
    """The resource whose accuracy a wrong value counts against: that of its source, or the one that was looked up in."""
    known = declaration("source", source)
    return str(known.resource) if known is not None else resource.code


def _department_of(client: Client | None) -> Department:
    if client is None or client.retired_at is not None:
        raise errors.NotReceived
    return client.department


@transaction.atomic
def look(number: str, *, by: User, at: datetime) -> tuple[Dispute, dict[str, Any]]:
    """A dispute with what it holds of persons, for a party's eyes, with the look on record. NotFound where it isn't theirs."""
    one = disputes.dispute_for(by, number)
    if by.department_id is None:
        return one, {}
    record(
        "exchange.dispute.seen",
        by=by,
        department=by.department,
        provider=one.provider,
        subject=one.number,
        detail={"resource": one.resource, "item": one.column},
        at=at,
    )
    return one, disputes.opened(one)


@transaction.atomic
def correct(
    dispute: Dispute, *, by: User, at: datetime, value: str = "", reason: str = "", overlay: bool = True
) -> Dispute:
    """Confirm that a value is wrong, and correct it; everyone who was given it is told.

    Args:
        value: the right one; what the asker holds to be right where it is left out.
        overlay: serve the right value from now on, until the source says the same; else the source is
            mended first, and the next batch brings it.
    """
    one = _mine(dispute, by)
    if one.kind != Dispute.Kind.VALUE or one.correction is None:
        raise errors.NotYoursToAnswer(number=one.number, provider=one.provider.name)
    kept = unseal(one.sealed)
    known: Resource = declaration("resource", one.resource)
    right = checked(known, one.column, value or kept["claimed"])
    found_, held = _again(one, known, kept)
    if right == held:
        raise errors.NothingWrong
    where = places(found_, one.column)
    reached = _reached(found_, where, one)
    one.sealed = seal(kept | {"right": right, "places": [_told(place) for place in where]})
    one.state = Dispute.State.CORRECTED if overlay else Dispute.State.CONFIRMED
    _answer(one, by, at, reason)
    quality.resolve(one.correction, by=by, at=at, outcome="corrected", remark=reason.strip())
    if overlay:
        overlays.lay(one, where, right, at=at)
        for resource in {place.resource for place in where if place.resource}:
            announce(resource)
    told = _tell(one, reached, at) if overlay else []
    record(
        "exchange.dispute.answered",
        by=by,
        department=by.department,
        provider=one.provider,
        subject=one.number,
        detail={
            "resource": one.resource,
            "item": one.column,
            "outcome": str(one.state),
            "places": sorted({place.resource or place.registry for place in where}),
            "told": len(told),
        },
        at=at,
    )
    return one


@transaction.atomic
def reject(dispute: Dispute, *, by: User, at: datetime, reason: str) -> Dispute:
    """Say that a value is right as it stands, with the reasons."""
    one = _mine(dispute, by)
    if not reason.strip():
        raise errors.NoAnswer
    if one.kind != Dispute.Kind.VALUE or one.correction is None:
        raise errors.NotYoursToAnswer(number=one.number, provider=one.provider.name)
    one.state = Dispute.State.REJECTED
    _answer(one, by, at, reason)
    quality.resolve(one.correction, by=by, at=at, outcome="confirmed", remark=reason.strip())
    _record_answer(one, by, at)
    return one


@transaction.atomic
def explain(dispute: Dispute, *, by: User, at: datetime, reason: str, lawful: bool = True) -> Dispute:
    """Answer a citizen who asks why they were looked at: for what matter, or that there was no ground for it."""
    one = _mine(dispute, by)
    if not reason.strip():
        raise errors.NoAnswer
    if one.kind != Dispute.Kind.LOOK:
        raise errors.NotYoursToAnswer(number=one.number, provider=one.provider.name)
    one.state = Dispute.State.EXPLAINED if lawful else Dispute.State.ADMITTED
    _answer(one, by, at, reason)
    casework.close(one.case, at=at, by=by, outcome=str(one.state), remark=reason.strip())
    _record_answer(one, by, at)
    return one


def _mine(dispute: Dispute, by: User) -> Dispute:
    """The open dispute under a lock, if this person may answer it."""
    one = (
        Dispute.objects.select_for_update(of=("self",)).select_related("provider", "case").get(pk=dispute.pk)
    )
    if by.department_id != one.provider_id or by.role not in disputes.ANSWERERS or not by.is_active:
        raise errors.NotYoursToAnswer(number=one.number, provider=one.provider.name)
    if one.state != Dispute.State.OPEN:
        raise errors.AlreadyAnswered(number=one.number)
    return one


def _again(one: Dispute, resource: Resource, kept: Mapping[str, Any]) -> tuple[Record, str | None]:
    """The disputed record as it stands now."""
    if one.entity is None:
        return _one(resource, kept["key"] or kept["by"], one.column)
    return _one(resource, kept["by"], one.column)


def _reached(found_: Record, where: list[Place], one: Dispute) -> list[disputes.Reached]:
    golden = next((place for place in where if place.entity is not None), None)
    since = None
    if golden is not None:
        entity = Entity.objects.filter(pk__in=[golden.entity]).first()
        since = came_in(entity, golden.column) if entity is not None else None
    return disputes.received(where, found_, since=since)


def _answer(one: Dispute, by: User, at: datetime, reason: str) -> None:
    one.answered_at, one.answered_by, one.reason = at, by, reason.strip()
    one.save()


def _record_answer(one: Dispute, by: User, at: datetime) -> None:
    record(
        "exchange.dispute.answered",
        by=by,
        department=by.department,
        provider=one.provider,
        subject=one.number,
        detail={"resource": one.resource, "item": one.column, "outcome": str(one.state)},
        at=at,
    )


def _tell(one: Dispute, reached: list[disputes.Reached], at: datetime) -> list[Notice]:
    """Make a notice for each system that was given the value, and for the department that disputed it."""
    departments = {d.code: d for d in Department.objects.filter(code__in={r.department for r in reached})}
    clients = {c.code: c for c in Client.objects.filter(code__in={r.client for r in reached})}
    made = [
        Notice(
            dispute=one,
            department=departments[reach.department],
            client=clients.get(reach.client),
            resource=reach.resource,
            column=reach.column,
            entries=list(reach.entries),
            made_at=at,
        )
        for reach in reached
        if reach.department in departments
    ]
    return list(Notice.objects.bulk_create(made, ignore_conflicts=True))


def _told(place: Place) -> dict[str, Any]:
    return {
        "column": place.column,
        "resource": place.resource,
        "key": dict(place.key),
        "registry": place.registry,
        "entity": str(place.entity) if place.entity is not None else None,
        "source": place.source,
    }


@transaction.atomic
def acknowledge(
    notice: Notice, *, at: datetime, by: User | None = None, client: Client | None = None
) -> Notice:
    """Say that a correction was taken over: someone of the department on the desk, or the system through the gateway."""
    found_ = (
        Notice.objects.select_for_update(of=("self",))
        .select_related("department", "dispute")
        .get(pk=notice.pk)
    )
    ours = client is not None and found_.client_id == client.pk
    ours = ours or (
        by is not None and by.department_id == found_.department_id and by.role in disputes.ANSWERERS
    )
    if not ours:
        raise NotFound(kind=Notice._meta.verbose_name, name=notice.pk)
    if found_.acknowledged_at is None:
        found_.delivered_at = found_.delivered_at or at
        found_.acknowledged_at, found_.acknowledged_by = at, by
        found_.save(update_fields=["delivered_at", "acknowledged_at", "acknowledged_by"])
        record(
            "exchange.correction.acknowledged",
            by=by if by is not None else client.code if client is not None else None,
            department=found_.department,
            subject=found_.dispute.number,
            detail={"resource": found_.resource, "item": found_.column, "notice": found_.pk},
            at=at,
        )
    return found_


@transaction.atomic
def pull(client: Client, after: int, *, at: datetime, most: int = 100) -> list[Notice]:
    """The notices of a system after a cursor, oldest first; they count as delivered, and that is entered in the log."""
    rows = list(
        Notice.objects.filter(client=client, pk__gt=after).select_related("dispute", "department")[:most]
    )
    fresh = [one.pk for one in rows if one.delivered_at is None]
    if fresh:
        Notice.objects.filter(pk__in=fresh).update(delivered_at=at)
        for one in rows:
            one.delivered_at = one.delivered_at or at
    record(
        "exchange.corrections.pulled",
        by=client.code,
        department=client.department,
        detail={"after": after, "notices": [one.pk for one in rows]},
        at=at,
    )
    return rows


@transaction.atomic
def settle(*, at: datetime) -> int:
    """After linking and publishing: lay corrections anew that were written over, end those whose source says the same,
    and finish disputes that waited for their source; how many of both ended."""
    ended = len(overlays.settle(at=at))
    waiting = Dispute.objects.filter(state=Dispute.State.CONFIRMED).select_for_update(of=("self",))
    for one in waiting.select_related("provider"):
        kept = unseal(one.sealed)
        where = [Place(**{**place, "entity": _uuid(place["entity"])}) for place in kept["places"]]
        if any(overlays.stands(place) == kept["right"] for place in where):
            known: Resource = declaration("resource", one.resource)
            found_, _value = _again(one, known, kept)
            one.state = Dispute.State.CORRECTED
            one.save(update_fields=["state"])
            told = _tell(one, _reached(found_, where, one), at)
            record(
                "exchange.dispute.mended",
                provider=one.provider,
                subject=one.number,
                detail={"resource": one.resource, "item": one.column, "told": len(told)},
                at=at,
            )
            ended += 1
    return ended


def checked(resource: Resource, column: str, value: str) -> str:
    """A value as the item's data element writes it, or NotAValue."""
    item = next(one for one in resource.item if one.key == column)
    element = declaration("element", item.element)
    given = value.strip()
    codes = declaration("code_list", element.code_list) if element.code_list else None
    if codes is not None and given not in {entry.code for entry in codes.entries}:
        raise errors.NotAValue(value=given[:60], item=column)
    try:
        if not given or (element.max_length and len(given) > element.max_length):
            raise ValueError
        return str(_READ[element.type](given))
    except (ValueError, InvalidOperation):
        raise errors.NotAValue(value=given[:60], item=column) from None


def _number(given: str) -> str:
    number = Decimal(given)
    if not number.is_finite():
        raise ValueError
    return str(number)


def _truth(given: str) -> str:
    if given not in ("true", "false"):
        raise ValueError
    return given


_READ: dict[str, Any] = {
    "string": str,
    "integer": lambda given: str(int(given)),
    "decimal": _number,
    "boolean": _truth,
    "date": lambda given: date.fromisoformat(given).isoformat(),
    "datetime": lambda given: datetime.fromisoformat(given).isoformat(),
}


def _uuid(given: str | None) -> Any:
    from uuid import UUID

    return UUID(given) if given else None


# Citizens


@transaction.atomic
def enter_citizen(
    *, subject: str, registry: str, entity: Any, at: datetime, password: str = "", issuer: str = "demo"
) -> Citizen:
    """Bind an account to a person of a registry; only the demonstration's have a password here."""
    made, _new = Citizen.objects.update_or_create(
        issuer=issuer,
        subject=subject,
        defaults={
            "registry": registry,
            "entity": entity,
            "password": make_password(password) if password else "",
            "created_at": at,
            "active": True,
        },
    )
    record("exchange.citizen.entered", subject=registry, detail={"citizen": citizen_hash(made, at)}, at=at)
    return made


def sign_in_citizen(subject: str, password: str, place: str, *, at: datetime) -> Citizen:
    """The account of the demonstration with this name and password; attempts are counted as those of the desk are.

    Raises SignInWaits in a pause, NotSignedIn otherwise: whether the name exists makes no difference.
    """
    name = f"citizen {subject}"
    pause = accounts.begin_sign_in(name, place, at=at)
    one = Citizen.objects.filter(issuer="demo", subject=subject, active=True).first()
    if not (one or Citizen()).check_password(password) or one is None:
        if pause:
            accounts.halt_sign_in(name, pause, at=at)
        raise errors.NotSignedIn
    accounts.forget_attempts(name, place)
    record("exchange.citizen.signed_in", detail={"citizen": citizen_hash(one, at)}, at=at)
    return one


def citizen_hash(citizen: Citizen, at: datetime) -> str:
    """What stands for a citizen in the log: the keyed hash of their account."""
    return keyed_hash(f"citizen={citizen.issuer}/{citizen.subject}", at)


@transaction.atomic
def looks(citizen: Citizen, *, at: datetime) -> list[disputes.Look]:
    """Every look at a person for their own eyes; that they saw it is entered first."""
    found_ = disputes.looks_at(citizen)
    record(
        "exchange.citizen.read",
        detail={"citizen": citizen_hash(citizen, at), "entries": len(found_)},
        at=at,
    )
    return found_


@transaction.atomic
def ask_why(citizen: Citizen, number: int, *, grounds: str, at: datetime) -> Dispute:
    """为何查我 Ask the department that looked what for; a case of that department, with its clock. NotFound for others' looks."""
    seen = disputes.look_at(citizen, number)
    if not grounds.strip():
        raise errors.GroundsNeeded
    before = citizen.disputes.filter(entry=number).first()
    if before is not None:
        raise errors.AlreadyDisputed(number=before.number)
    asked = Department.objects.get(code=seen.department)
    case = casework.open(
        kind=EXPLANATION, subject=f"{seen.resource} {number}", department=asked, step="answer", at=at, by=None
    )
    made = Dispute.objects.create(
        case=case,
        number=case.number,
        kind=Dispute.Kind.LOOK,
        citizen=citizen,
        provider=asked,
        resource=seen.resource,
        entry=number,
        who=citizen_hash(citizen, at),
        sealed=seal({"grounds": grounds.strip()[:LONGEST]}),
        asked_at=at,
    )
    record(
        "exchange.dispute.opened",
        provider=asked,
        subject=made.number,
        detail={"resource": made.resource, "item": "", "who": made.who, "entry": number},
        at=at,
    )
    return made
