"""历史 What was known of an entity, when: by the source's own time (valid) and by the run's (recorded)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from xilin.kernel.registry.models import Entity, EntityRecord, EntityVersion, LinkRun

NEVER = "0000"


@dataclass(frozen=True, slots=True)
class Version:
    """What an entity was between two runs; `to_run` and `to_at` are None for what it is now.

    `records` are `(source, key, how, weight)`.
    """

    attributes: dict[str, Any]
    provenance: dict[str, list[Any]]
    records: list[tuple[str, str, str, float | None]]
    ended: bool
    merged_into: Any
    from_run: int
    from_at: datetime | None
    to_run: int | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A value a field had: from which source and batch, when it was true, and when we knew it.

    `valid` is the source's own time, ISO 8601, or None where it has none; `recorded_to` is None
    for what still stands. A value that went away without another is not told of after that.
    """

    field: str
    value: Any
    source: str
    batch: int
    valid: str | None
    recorded: datetime | None
    recorded_to: datetime | None
    run: int


@dataclass(frozen=True, slots=True)
class Known:
    """An entity as of a time: its fields with their values, or that it had ended or wasn't there yet."""

    version: Version | None
    fields: dict[str, Value]


def versions(entity: Entity) -> list[Version]:
    """What an entity was, oldest first; the last is what it is."""
    former = list(EntityVersion.objects.filter(entity=entity).order_by("to_run"))
    runs = {entity.changed_run, *(v.from_run for v in former), *(v.to_run for v in former)}
    times = dict(LinkRun.objects.filter(pk__in=runs).values_list("pk", "finished_at"))
    found = [
        Version(
            v.attributes,
            v.provenance,
            [tuple(one) for one in v.records],
            v.ended,
            v.merged_into,
            v.from_run,
            times.get(v.from_run),
            v.to_run,
            times.get(v.to_run),
        )
        for v in former
    ]
    members = EntityRecord.objects.filter(entity=entity).values_list("source", "key", "how", "weight")
    now = Version(
        entity.attributes,
        entity.provenance,
        list(members),
        entity.ended_run is not None,
        entity.merged_into,
        entity.changed_run,
        times.get(entity.changed_run),
    )
    return [*found, now]


def field_history(entity: Entity) -> dict[str, list[Value]]:
    """Each field's values in the order in which they came to stand.

    One that stayed the same from version to version, with its source and time, is told once.
    """
    return _fields(versions(entity))


def _fields(known: list[Version]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for version in known:
        for code, value in {} if version.ended else version.attributes.items():
            source, batch, valid = version.provenance.get(code, ("", 0, None))
            values = found.setdefault(code, [])
            last = values[-1] if values else None
            same = last is not None and (last.value, last.source, last.valid) == (value, source, valid)
            if last is not None and same and last.recorded_to == version.from_at:
                values[-1] = Value(
                    code, value, source, last.batch, valid, last.recorded, version.to_at, last.run
                )
            else:
                values.append(
                    Value(code, value, source, batch, valid, version.from_at, version.to_at, version.from_run)
                )
    return found


def as_of(entity: Entity, *, recorded: datetime | None = None, valid: date | None = None) -> Known:
    """What was known of an entity.

    Args:
        entity: the entity.
        recorded: as the registry stood at this time; now where it is None.
        valid: of what was known then, what was true on this day by the sources' own times: of each
            field the value that was true last. A value whose source has no time counts as true always.
    """
    known = [
        version
        for version in versions(entity)
        if recorded is None or version.from_at is None or version.from_at <= recorded
    ]
    if not known:
        return Known(None, {})
    last = known[-1]
    by_field = _fields(known)
    if valid is None:
        standing = {code: values[-1] for code, values in by_field.items() if code in last.attributes}
        return Known(last, {} if last.ended else standing)
    day = f"{valid.isoformat()}T23:59:59"
    found = {}
    for code, values in by_field.items():
        true = [value for value in values if (value.valid or NEVER) <= day]
        if true:
            found[code] = max(reversed(true), key=lambda value: value.valid or NEVER)
    return Known(last, found)


def whole_run(registry: str) -> LinkRun | None:
    """The newest linking that looked at every record, not only at what had changed."""
    return LinkRun.objects.filter(registry=registry).exclude(counts__has_key="looked_at").first()


def richest(registry: str) -> Entity | None:
    """A living entity whose newest change is the last of a registry, for those who want to see a history."""
    newest = EntityVersion.objects.filter(registry=registry).order_by("-pk").first()
    return whereto(newest.entity) if newest else None


def whereto(entity: Entity) -> Entity:
    """The entity that an ended one was merged into, however often; itself where it was not."""
    seen = {entity.pk}
    while entity.ended_run is not None and entity.merged_into is not None:
        into = Entity.objects.filter(pk=entity.merged_into).first()
        if into is None or into.pk in seen:
            break
        seen.add(into.pk)
        entity = into
    return entity
