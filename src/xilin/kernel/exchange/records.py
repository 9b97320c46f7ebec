"""The one record a look-up fits, where it comes from, and everywhere its values stand."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg import sql

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.exchange.models import Publication
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityVersion, LinkRun
from xilin.kernel.standards.queries import declaration, declared

SCHEMA = "published"
CASTS = {
    "string": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}
# Of one person in one published table: more rows than that are no person's.
MOST = 50


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was looked up: the values it has, by column, as text.

    `key` tells the row in its published table; a golden record has `entity` instead.
    """

    resource: Resource
    values: Mapping[str, str | None]
    key: Mapping[str, str] = field(default_factory=dict)
    entity: Entity | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: an attribute of a golden record, or a column of a row of a resource's published table."""

    column: str
    resource: str = ""
    key: Mapping[str, str] = field(default_factory=dict)
    registry: str = ""
    entity: uuid.UUID | None = None
    source: str = ""


def text(value: Any) -> str | None:
    """A value as golden records and overlays keep it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def written(value: Any) -> str:
    """A looked-up value as the gateway hashes it."""
    return str(value) if isinstance(value, str | int | Decimal | date | datetime) else ""


def found(resource: Resource, by: Mapping[str, Any]) -> list[Record]:
    """The records a look-up fits, at most two: one is what a dispute is about."""
    if resource.base:
        return _golden(resource, by)
    return [
        Record(resource, row, {column: row[column] or "" for column in resource.key})
        for row in rows(resource.code, {column: text(value) or "" for column, value in by.items()}, most=2)
    ]


def rows(resource: str, by: Mapping[str, str], *, most: int = MOST) -> list[dict[str, str | None]]:
    """Rows of a resource's published table that agree with some values, as text; none where it isn't published."""
    made = Publication.objects.filter(resource=resource, state=Publication.State.CURRENT).first()
    kinds = types(resource)
    if made is None or not by or not set(by) <= set(kinds):
        return []
    statement = sql.SQL("SELECT {} FROM {} WHERE {} LIMIT {}").format(
        sql.SQL(", ").join(map(sql.Identifier, kinds)),
        table(made.table),
        agrees(kinds, by),
        sql.Literal(most),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, list(by.values()))
        return [
            {column: text(value) for column, value in zip(kinds, row, strict=True)}
            for row in cursor.fetchall()
        ]


def table(name: str) -> sql.Composable:
    """A published table as an identifier of SQL."""
    return sql.Identifier(SCHEMA, name)


def agrees(kinds: Mapping[str, str], by: Mapping[str, str]) -> sql.Composable:
    """The condition that columns have some values, which are parameters in their order."""
    return sql.SQL(" AND ").join(
        sql.SQL("{} = %s::{}").format(sql.Identifier(column), sql.SQL(CASTS[kinds[column]])) for column in by
    )


def types(resource: str) -> dict[str, str]:
    """The type of each column of a resource, as declared."""
    known: Resource | None = declaration("resource", resource)
    elements = declared("element")
    return {item.key: elements[item.element].type for item in known.item} if known else {}


def attributes(resource: Resource, registry: Registry) -> dict[str, str]:
    """Under which attribute of golden records each column of a resource that feeds or shows them stands."""
    by_column = {attribute.key: attribute.code for attribute in registry.attribute}
    return {
        item.key: item.key if resource.base and item.key in registry.codes else by_column[item.key]
        for item in resource.item
        if item.key in by_column or (resource.base and item.key in registry.codes)
    }


def _golden(resource: Resource, by: Mapping[str, Any]) -> list[Record]:
    registry: Registry | None = declaration("registry", resource.registry)
    if registry is None:
        return []
    names = attributes(resource, registry)
    given = {names[column]: text(value) or "" for column, value in by.items() if column in names}
    if len(given) != len(by):
        return []
    identifiers = {one.attribute for one in registry.identifier} & set(given)
    if not identifiers:
        return []
    entities = Entity.objects.filter(registry=registry.code, ended_run=None)
    for attribute in identifiers:
        held = EntityIdentifier.objects.filter(
            registry=registry.code, attribute=attribute, value=given[attribute]
        )
        entities = entities.filter(pk__in=held.values("entity"))
    return [
        Record(resource, {c: text(entity.attributes.get(a)) for c, a in names.items()}, entity=entity)
        for entity in entities[:MOST]
        if all(text(entity.attributes.get(a)) == given[a] for a in set(given) - identifiers)
    ][:2]


def origin(record: Record, column: str) -> tuple[str, str]:
    """The department a value comes from and the source, by the golden record's provenance; else the resource's provider."""
    if record.entity is not None:
        registry: Registry = declaration("registry", record.entity.registry)
        attribute = attributes(record.resource, registry)[column]
        source, *_ = record.entity.provenance.get(attribute, ("", 0, None))
        known = declaration("source", source)
        if known is not None:
            return known.department, source
    return record.resource.provider, ""


def places(record: Record, column: str) -> list[Place]:
    """Everywhere a record's value stands: its own place, and in the golden record or the source's table the same value."""
    registry: Registry | None = (
        declaration("registry", record.resource.registry) if record.resource.registry else None
    )
    if record.entity is not None and registry is not None:
        return _from_golden(record, registry, attributes(record.resource, registry)[column])
    own = Place(column, record.resource.code, record.key)
    return [own, *_into_golden(record, registry, column)] if registry is not None else [own]


def _from_golden(record: Record, registry: Registry, attribute: str) -> list[Place]:
    entity = record.entity
    assert entity is not None  # noqa: S101 - the caller asked
    source, *_ = entity.provenance.get(attribute, ("", 0, None))
    golden = Place(attribute, registry=registry.code, entity=entity.pk, source=source)
    known = declaration("source", source)
    resource: Resource | None = declaration("resource", known.resource) if known else None
    if resource is None or resource.base:
        return [golden]
    names = {name: column for column, name in attributes(resource, registry).items()}
    if attribute not in names:
        return [golden]
    value, found_rows = text(entity.attributes.get(attribute)), list[dict[str, str | None]]()
    for one in EntityIdentifier.objects.filter(registry=registry.code, entity=entity):
        if one.attribute in names:
            found_rows += rows(resource.code, {names[one.attribute]: one.value})
    return [
        golden,
        *(
            Place(names[attribute], resource.code, key, source=source)
            for key in _keys(resource, found_rows, names[attribute], value)
        ),
    ]


def _keys(
    resource: Resource, found_rows: list[dict[str, str | None]], column: str, value: str | None
) -> Iterator[dict[str, str]]:
    """The keys of rows that have a value, each once."""
    seen = set()
    for row in found_rows:
        key = {one: row[one] or "" for one in resource.key}
        if row[column] == value and key and tuple(key.values()) not in seen:
            seen.add(tuple(key.values()))
            yield key


def _into_golden(record: Record, registry: Registry, column: str) -> list[Place]:
    names = attributes(record.resource, registry)
    attribute = names.get(column)
    entity = entity_of(record)
    if attribute is None or entity is None or text(entity.attributes.get(attribute)) != record.values[column]:
        return []
    source, *_ = entity.provenance.get(attribute, ("", 0, None))
    known = declaration("source", source)
    if known is None or known.resource != record.resource.code:
        return []
    return [Place(attribute, registry=registry.code, entity=entity.pk, source=source)]


def entity_of(record: Record) -> Entity | None:
    """The person or organisation a record is about: its own, or the one that carries its identifier."""
    if record.entity is not None:
        return record.entity
    registry: Registry | None = (
        declaration("registry", record.resource.registry) if record.resource.registry else None
    )
    if registry is None:
        return None
    names = {name: column for column, name in attributes(record.resource, registry).items()}
    for identifier in registry.identifier:
        value = record.values.get(names.get(identifier.attribute, ""))
        if value:
            held = EntityIdentifier.objects.filter(
                registry=registry.code, attribute=identifier.attribute, value=value
            )
            entity = Entity.objects.filter(pk__in=held.values("entity"), ended_run=None).first()
            if entity is not None:
                return entity
    return None


def shown_in(registry: str) -> list[Resource]:
    """The base resources that show a registry's golden records, and the resources that feed it."""
    return [one for one in declared("resource").values() if one.registry == registry]


def came_in(entity: Entity, attribute: str) -> datetime | None:
    """Since when a golden record has the value it has: the linking that brought it; None where it always had it."""
    value, since = entity.attributes.get(attribute), None
    for version in EntityVersion.objects.filter(entity=entity).order_by("-to_run"):
        if version.ended or version.attributes.get(attribute) != value:
            run = LinkRun.objects.filter(pk=version.to_run).first()
            since = run.started_at if run else None
            break
    return since
