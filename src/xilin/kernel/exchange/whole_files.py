"""Bulk files as ways a value got out: which files that were handed out held a record."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from xilin.kernel.exchange import filters
from xilin.kernel.exchange.models import Export
from xilin.kernel.exchange.records import attributes, rows, shown_in, text, types
from xilin.kernel.registry.models import Entity, EntityIdentifier
from xilin.kernel.standards.queries import declaration

Values = Mapping[str, str | None]


def holding(resources: Iterable[str], record: Values, *, since: datetime | None = None) -> list[Export]:
    """The files of some resources that were handed out and, by their grants' row filters, held a record; the newest first."""
    found = Export.objects.filter(grant__resource__code__in=set(resources), entry__isnull=False)
    if since is not None:
        found = found.filter(ready_at__gte=since)
    sent = found.exclude(sent=[]).select_related("grant__resource", "grant__department", "grant__client")
    return [one for one in sent if filters.fits(record, one.grant.row_filter, types(one.grant.resource.code))]


def with_person(entity: Entity) -> list[Export]:
    """The whole files that were handed out and held a person's or organisation's record; the newest first."""
    registry = declaration("registry", entity.registry)
    if registry is None:
        return []
    identifiers = list(
        EntityIdentifier.objects.filter(registry=entity.registry, entity=entity).values_list(
            "attribute", "value"
        )
    )
    found: dict[int, Export] = {}
    for resource in shown_in(entity.registry):
        names = {name: column for column, name in attributes(resource, registry).items()}
        if not Export.objects.filter(grant__resource__code=resource.code).exists():
            continue
        if resource.base:
            row = {column: text(entity.attributes.get(name)) for name, column in names.items()}
            found |= {one.pk: one for one in holding([resource.code], row) if one.since_id is None}
            continue
        for attribute, value in identifiers:
            column = names.get(attribute)
            for row in rows(resource.code, {column: value}, most=5) if column else ():
                found |= {one.pk: one for one in holding([resource.code], row) if one.since_id is None}
    return sorted(found.values(), key=lambda one: one.pk, reverse=True)
