"""更正覆盖 Laying corrected values where wrong ones stood, and taking them off once the source says the same.

Linking and publishing write what the sources say; `settle` is called after both and lays anew what they wrote over.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from xilin.kernel.exchange.dispute_models import Dispute, Overlay
from xilin.kernel.exchange.models import Publication
from xilin.kernel.exchange.records import CASTS, Place, agrees, rows, table, text, types
from xilin.kernel.exchange.sealing import seal, unseal
from xilin.kernel.registry import search
from xilin.kernel.registry.models import Entity, EntityIdentifier
from xilin.kernel.standards.queries import declaration

PREFIX = "correction "
# An entity that was merged into one that was merged: followed so many times.
MERGES = 20
# A table that was replaced while we waited for it is looked for anew, so many times.
SWITCHES = 5


def named(dispute: Dispute) -> str:
    """The source that a corrected value of a golden record names: the correction."""
    return f"{PREFIX}{dispute.number}"


def lay(dispute: Dispute, places: Iterable[Place], value: str, *, at: datetime) -> list[Overlay]:
    """Put a corrected value in each place, in the caller's transaction."""
    laid = []
    for place in places:
        before = _put(place, value, named(dispute), at)
        made = Overlay.objects.create(
            dispute=dispute,
            place=Overlay.Place.TABLE if place.resource else Overlay.Place.GOLDEN,
            resource=place.resource,
            registry=place.registry,
            entity=place.entity,
            column=place.column,
            source=place.source,
            sealed=seal({"key": dict(place.key), "before": before, "value": value}),
            laid_at=at,
        )
        laid.append(made)
    return laid


def in_force() -> Any:
    """The overlays whose source has not come round yet."""
    return Overlay.objects.filter(ended_at=None).select_related("dispute")


@transaction.atomic
def settle(*, at: datetime) -> list[Overlay]:
    """Lay overlays of golden records anew that linking wrote over; those that ended, as their source says the same now."""
    golden = in_force().filter(place=Overlay.Place.GOLDEN).select_for_update(of=("self",))
    return [one for one in golden if _settled(one, at)]


@transaction.atomic
def lay_on(resource: str, made: str, *, at: datetime, but: Collection[int] = ()) -> set[int]:
    """Lay a resource's overlays on its new table before it is served, so that no wrong value comes back; which.

    What stands there is what the sources say: where that is the right value, or the row is gone, the overlay ends.

    Args:
        but: those that were laid on this table before: what stands there is their own value.
    """
    kinds, laid = types(resource), set[int]()
    there = in_force().filter(place=Overlay.Place.TABLE, resource=resource).exclude(pk__in=but)
    for one in there.select_for_update(of=("self",)):
        kept = unseal(one.sealed)
        if not set(kept["key"]) | {one.column} <= set(kinds):
            continue
        said = _rows_of(made, kinds, kept["key"], one.column)
        if not said or said == [kept["value"]]:
            _end(one, Overlay.Ended.SOURCE if said else Overlay.Ended.GONE, at)
        else:
            _update(made, kinds, kept["key"], one.column, kept["value"])
            laid.add(one.pk)
    return laid


def stands(place: Place) -> str | None:
    """What stands in a place now; None where nothing does, or the record is gone."""
    if place.resource:
        found = rows(place.resource, dict(place.key), most=1)
        return found[0].get(place.column) if found else None
    entity = Entity.objects.filter(pk__in=[place.entity], ended_run=None).first()
    return text(entity.attributes.get(place.column)) if entity else None


def _settled(overlay: Overlay, at: datetime) -> bool:
    """Whether an overlay of a golden record ended; laid anew where it was written over, and where the entity went."""
    value = unseal(overlay.sealed)["value"]
    entity = Entity.objects.filter(pk__in=[overlay.entity]).first()
    for _ in range(MERGES):
        if entity is None or entity.ended_run is None:
            break
        entity = Entity.objects.filter(pk=entity.merged_into).first() if entity.merged_into else None
    if entity is None or entity.ended_run is not None:
        _end(overlay, Overlay.Ended.GONE, at)
        return True
    source, *_ = entity.provenance.get(overlay.column, ("", 0, None))
    if source == named(overlay.dispute):
        return False
    if text(entity.attributes.get(overlay.column)) == value:
        _end(overlay, Overlay.Ended.SOURCE, at)
        return True
    if entity.pk != overlay.entity:
        overlay.entity = entity.pk
        overlay.save(update_fields=["entity"])
    _into_golden(entity.pk, overlay.registry, overlay.column, value, named(overlay.dispute), at)
    return False


def _put(place: Place, value: str, source: str, at: datetime) -> str | None:
    """Write a value into a place; what stood there before."""
    if not place.resource:
        assert place.entity is not None  # noqa: S101 - a place is one or the other
        return _into_golden(place.entity, place.registry, place.column, value, source, at)
    made = _current(place.resource)
    kinds = types(place.resource)
    before = _rows_of(made.table, kinds, place.key, place.column)
    _update(made.table, kinds, place.key, place.column, value)
    return before[0] if before else None


def _current(resource: str) -> Publication:
    """The publication that is served, locked: none takes its place until the caller's transaction ends."""
    for _ in range(SWITCHES):
        found = Publication.objects.select_for_update().filter(
            resource=resource, state=Publication.State.CURRENT
        )
        if (made := found.first()) is not None:
            return made
    raise Publication.DoesNotExist(resource)


def _into_golden(
    entity: uuid.UUID, code: str, attribute: str, value: str, source: str, at: datetime
) -> str | None:
    """Write an attribute of a golden record with the correction as its source, and what it is found by."""
    found = Entity.objects.select_for_update().get(pk=entity)
    before = text(found.attributes.get(attribute))
    _, batch, _ = found.provenance.get(attribute, ("", 0, None))
    found.attributes = found.attributes | {attribute: value}
    found.provenance = found.provenance | {attribute: [source, batch, at.isoformat()]}
    found.save(update_fields=["attributes", "provenance"])
    registry = declaration("registry", code)
    if registry is not None:
        if before is not None and attribute in {one.attribute for one in registry.identifier}:
            held = EntityIdentifier.objects.filter(registry=code, entity=entity, attribute=attribute)
            held.filter(value=before).update(value=value)
        search.refresh(registry, [entity])
    return before


def _rows_of(name: str, kinds: Mapping[str, str], key: Mapping[str, str], column: str) -> list[str | None]:
    """The values of a column in the rows of a key, each once."""
    statement = sql.SQL("SELECT DISTINCT {} FROM {} WHERE {}").format(
        sql.Identifier(column), table(name), agrees(kinds, key)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, list(key.values()))
        return [text(value) for (value,) in cursor.fetchall()]


def _update(name: str, kinds: Mapping[str, str], key: Mapping[str, str], column: str, value: str) -> int:
    statement = sql.SQL("UPDATE {} SET {} = %s::{} WHERE {}").format(
        table(name), sql.Identifier(column), sql.SQL(CASTS[kinds[column]]), agrees(kinds, key)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value, *key.values()])
        return int(cursor.rowcount)


def _end(overlay: Overlay, why: Overlay.Ended, at: datetime) -> None:
    overlay.ended, overlay.ended_at = why, at
    overlay.save(update_fields=["ended", "ended_at"])
