"""Reading disputes on someone's behalf: what they owe and asked, who received a value, what a citizen may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db.models import Q, QuerySet

from xilin.kernel.accounts.models import User
from xilin.kernel.audit import mentions
from xilin.kernel.audit.models import Entry
from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.exchange import whole_files
from xilin.kernel.exchange.dispute_models import Citizen, Dispute, Notice, Overlay
from xilin.kernel.exchange.models import Export
from xilin.kernel.exchange.queries import grants_for
from xilin.kernel.exchange.records import Place, Record, attributes, entity_of, shown_in, written
from xilin.kernel.exchange.sealing import unseal
from xilin.kernel.registry.models import Entity, EntityIdentifier
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound

ANSWERERS = (User.Role.STEWARD, User.Role.APPROVER, User.Role.ENGINEER)
# The shape of a look that was a bulk file of everybody.
WHOLE = "file"
ACCESS, DENIED = "exchange.access", "exchange.denied"
# A person's page shows so many looks, the newest.
MOST_LOOKS = 500


@dataclass(frozen=True, slots=True)
class Reached:
    """Who received a value: a department by one of its systems, and the log's entries of the answers."""

    department: str
    client: str
    resource: str
    column: str
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person: who, when, why, what of them; `answered` is false where it was refused."""

    number: int
    at: datetime
    department: str
    system: str
    resource: str
    purpose: str
    case_number: str
    shape: str
    items: tuple[str, ...]
    answered: bool
    kind: str


def disputes_for(user: Any) -> QuerySet[Dispute]:
    """The disputes someone may see: those their department made or answers; all for the audit administrator."""
    found = Dispute.objects.select_related(
        "case", "department", "client", "asked_by", "provider", "answered_by"
    )
    if user is None or not user.is_authenticated or not user.is_active:
        return found.none()
    if user.role == User.Role.AUDIT:
        return found
    if user.department_id is None:
        return found.none()
    return found.filter(Q(department=user.department_id) | Q(provider=user.department_id))


def dispute_for(user: Any, number: str) -> Dispute:
    """One dispute that someone may see, or NotFound."""
    found = disputes_for(user).filter(number=number).first()
    if found is None:
        raise NotFound(kind=Dispute._meta.verbose_name, name=number)
    return found


def may_answer(user: Any, dispute: Dispute) -> bool:
    """Whether this person may answer: of the department that must, with a role that works on its data."""
    return bool(
        user.is_active
        and user.department_id == dispute.provider_id
        and user.role in ANSWERERS
        and dispute.state == Dispute.State.OPEN
    )


def owed(user: Any) -> int:
    """How many disputes the person's department has yet to answer."""
    if not getattr(user, "department_id", None):
        return 0
    return disputes_for(user).filter(provider=user.department_id, state=Dispute.State.OPEN).count()


def notices_for(user: Any) -> QuerySet[Notice]:
    """The notices of corrections to someone's department, the newest first."""
    found = Notice.objects.select_related("dispute", "client", "department").order_by("-pk")
    if user is None or not user.is_authenticated or not user.is_active or user.department_id is None:
        return found.none()
    return found.filter(department=user.department_id)


def notice_for(user: Any, pk: int) -> Notice:
    """One notice to someone's department, or NotFound."""
    found = notices_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(kind=Notice._meta.verbose_name, name=pk)
    return found


def unread(user: Any) -> int:
    """How many notices the person's department has yet to acknowledge."""
    return notices_for(user).filter(acknowledged_at=None).count()


def notices_of(dispute: Dispute) -> list[Notice]:
    """Everyone who is told of a correction, and how far that has come."""
    return list(dispute.notices.select_related("department", "client"))


def overlays_of(dispute: Dispute) -> list[Overlay]:
    """Where a correction was laid, and which of it still is."""
    return list(dispute.overlays.all())


def opened(dispute: Dispute) -> dict[str, Any]:
    """What a dispute holds of persons: for the parties' eyes; `actions.disputes.look` puts the look on record."""
    return unseal(dispute.sealed)


# Who received a value


def received(places: Iterable[Place], record: Record, *, since: datetime | None) -> list[Reached]:
    """Everyone who was answered with a value of a record since it came in, by the log: of each system its entries."""
    columns = _columns(places)
    hashes = mentions.hashes(
        sorted(named_values(record)), since=since.isoformat()[:7] if since is not None else ""
    )
    found: dict[tuple[str, str, str], list[int]] = {}
    entries = mentions.about(hashes).filter(kind=ACCESS, subject__in=columns)
    for entry in entries if since is None else entries.filter(at__gte=since):
        if columns[entry.subject] in entry.detail.get("items", ()):
            found.setdefault((entry.department, entry.by, entry.subject), []).append(entry.seq)
    for file in whole_files.holding(columns, record.values, since=since):
        grant = file.grant
        if columns[grant.resource.code] in file.columns:
            reached = grant.department.code, grant.client.code, grant.resource.code
            found.setdefault(reached, []).append(file.entry or 0)
    return [
        Reached(department, client, resource, columns[resource], tuple(sorted(seqs)))
        for (department, client, resource), seqs in sorted(found.items())
    ]


def _columns(places: Iterable[Place]) -> dict[str, str]:
    """Under which column each resource shows a value that stands in some places."""
    columns: dict[str, str] = {}
    for place in places:
        if place.resource:
            columns[place.resource] = place.column
            continue
        registry = declaration("registry", place.registry)
        for resource in shown_in(place.registry) if registry is not None else ():
            if resource.base:
                for column, attribute in attributes(resource, registry).items():
                    if attribute == place.column:
                        columns[resource.code] = column
    return columns


def named_values(record: Record) -> set[str]:
    """Everything a record may have been looked up by, in any resource, as the gateway hashes it: `element=value`."""
    elements = declared("element")
    found = _looked_up(record.resource, record.values, elements)
    entity = entity_of(record)
    return found | (values_of(entity) if entity is not None else set())


def values_of(entity: Entity) -> set[str]:
    """Everything a person or organisation may have been looked up by as itself: the identifiers its records carry."""
    registry = declaration("registry", entity.registry)
    if registry is None:
        return set()
    codes = {attribute.code: attribute.element for attribute in registry.attribute}
    held = set(
        EntityIdentifier.objects.filter(registry=entity.registry, entity=entity).values_list(
            "attribute", "value"
        )
    )
    golden = ((one.attribute, entity.attributes.get(one.attribute)) for one in registry.identifier)
    held |= {(attribute, str(value)) for attribute, value in golden if value}
    return {f"{codes[attribute]}={value}" for attribute, value in held if attribute in codes}


def _looked_up(resource: Resource, values: Mapping[str, str | None], elements: Mapping[str, Any]) -> set[str]:
    return {
        f"{elements[item.element].code}={values[item.key]}"
        for item in resource.item
        if item.key in resource.lookup and values.get(item.key) is not None
    }


def answered_to(department: str, resource: Resource, by: Mapping[str, Any], column: str) -> list[Entry]:
    """The log's entries in which a department was answered with an item of what a look-up fits, the newest first."""
    elements = {item.key: item.element for item in resource.item}
    given = [f"{elements[one]}={written(value)}" for one, value in by.items() if one in elements]
    entries = mentions.about(mentions.hashes(given)).filter(
        kind=ACCESS, department=department, subject=resource.code
    )
    # All that is given must have been looked up by, and together, or the rest would be tried out here.
    wanted = [set(mentions.hashes([one])) for one in given]
    return [
        entry
        for entry in entries
        if column in entry.detail.get("items", ()) and _looked_up_by(wanted, entry.detail)
    ]


def _looked_up_by(wanted: list[set[str]], detail: Mapping[str, Any]) -> bool:
    """Whether one look-up of an entry, of a batch's many any, was by every value that is wanted (as its keyed hashes).

    A match was by none of them; whom it found is told apart by the identifiers it says they carry.
    """
    if all(one & set(detail.get("who", ())) for one in wanted):
        return True
    columns = [one if isinstance(one, list) else [one] for one in detail.get("by", {}).values()]
    return any(all(one & set(given) for one in wanted) for given in zip_longest(*columns))


# What a citizen may see


def looks_at(citizen: Citizen) -> list[Look]:
    """Every look at a person through the platform, newest first: by any identifier of theirs, in any month with a key."""
    entity = Entity.objects.filter(registry=citizen.registry, pk=citizen.entity).first()
    if entity is None:
        return []
    hashes = mentions.hashes(sorted(values_of(entity)))
    shown = Q(kind__startswith="exchange.") | Q(kind="registry.looked_up")
    entries = (
        mentions.about(hashes, most=MOST_LOOKS).filter(shown).exclude(kind__startswith="exchange.dispute")
    )
    files = [_file(one) for one in whole_files.with_person(entity)[:MOST_LOOKS]]
    return sorted([*files, *map(_look, entries)], key=lambda look: look.number, reverse=True)


def look_at(citizen: Citizen, number: int) -> Look:
    """One look at a person, or NotFound: somebody else's is not there either."""
    found = next((look for look in looks_at(citizen) if look.number == number), None)
    if found is None:
        raise NotFound(kind=Entry._meta.verbose_name, name=number)
    return found


def questions_of(citizen: Citizen) -> list[Dispute]:
    """What a citizen asked about looks at them, newest first."""
    return list(citizen.disputes.select_related("case", "provider"))


def _file(export: Export) -> Look:
    """A whole file that held a person's record, as a look at them."""
    grant = export.grant
    return Look(
        number=export.entry or 0,
        at=export.ready_at or export.asked_at,
        department=grant.department.code,
        system=grant.client.code,
        resource=grant.resource.code,
        purpose=export.purpose,
        case_number=export.case_number,
        shape=WHOLE,
        items=tuple(export.columns),
        answered=True,
        kind="exchange.export.made",
    )


def _look(entry: Entry) -> Look:
    detail = entry.detail
    return Look(
        number=entry.seq,
        at=entry.at,
        department=entry.department,
        system=entry.by if entry.kind.startswith("exchange.") else "",
        resource=entry.subject,
        purpose=str(detail.get("purpose", "")),
        case_number=str(detail.get("case_number", "")),
        shape=str(detail.get("shape", "")),
        items=tuple(map(str, detail.get("items", ()))),
        answered=entry.kind != DENIED,
        kind=entry.kind,
    )


def citizen(pk: object) -> Citizen | None:
    """An account in use by its number, as a session keeps it; None where there is none."""
    return Citizen.objects.filter(pk=pk, active=True).first() if isinstance(pk, int) else None


def called(citizen: Citizen) -> str:
    """A citizen's name as their own page shows it: the first character, as over a shoulder it may be read."""
    entity = Entity.objects.filter(registry=citizen.registry, pk=citizen.entity).first()
    registry = declaration("registry", citizen.registry)
    if entity is None or registry is None:
        return ""
    known = {one.attribute for one in registry.identifier}
    first = next((one.code for one in registry.attribute if one.code not in known), "")
    name = str(entity.attributes.get(registry.search.name if registry.search else first) or "")
    return name[:1] + "*" * (len(name) - 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a department may dispute of a resource: by which columns it looks up, and the items it is granted."""

    resource: str
    lookup: tuple[str, ...]
    items: tuple[str, ...]


def disputable(user: Any) -> list[Asked]:
    """The resources of which someone's department holds or held a grant, and what of them it can have been given."""
    found: dict[str, set[str]] = {}
    if not getattr(user, "department_id", None):
        return []
    for grant in grants_for(user).filter(department=user.department_id):
        found.setdefault(grant.resource.code, set()).update(item.column for item in grant.items.all())
    asked = []
    for code, columns in sorted(found.items()):
        known: Resource | None = declaration("resource", code)
        if known is not None:
            order = tuple(item.key for item in known.item if item.key in columns)
            asked.append(Asked(code, tuple(c for c in known.lookup if c in columns), order))
    return asked
