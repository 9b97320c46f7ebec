"""Linking the rows of two resources by the entities of their base registry: people, never rows, come out of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pyarrow as pa
from django.db import connection

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import filters
from xilin.kernel.opening import reading
from xilin.kernel.opening.errors import NothingToOpen
from xilin.kernel.standards.queries import declared

ENTITY = "_entity"

Values = tuple[Any, ...]


def people(
    resource: Resource, columns: Sequence[str], conditions: Sequence[Mapping[str, Any]], con: Any
) -> dict[str, list[Values]]:
    """Of each entity that has rows of a resource which fit the conditions: the columns' values in those rows.

    Rows that belong to no entity yet are nobody's, and left out.
    """
    table = _golden(resource) if resource.base else _current(resource, con)
    kinds = {item.key: declared("element")[item.element].type for item in resource.item}
    for condition in conditions:
        table = table.filter(_fits(table, condition, kinds[condition["column"]]))
    rows = con.to_pyarrow(table.select(ENTITY, *columns))
    found: dict[str, list[Values]] = {}
    values = [rows.column(n).to_pylist() for n in range(1, rows.num_columns)]
    for n, entity in enumerate(rows.column(0).to_pylist()):
        found.setdefault(entity, []).append(tuple(value[n] for value in values))
    return found


def _current(resource: Resource, con: Any) -> Any:
    table = collect.current(con, resource.code)
    if table is None:
        raise NothingToOpen(resource=resource.code)
    return table.inner_join(_entities(resource.registry), ["_source", "_key"])


def _entities(registry: str) -> Any:
    """Which entity each record belongs to, as a table of the engine's."""
    query = "SELECT source, key, entity_id::text FROM registry_entityrecord WHERE registry = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [registry])
        found = cursor.fetchall()
    columns = list(zip(*found, strict=True)) or [(), (), ()]
    names = ("_source", "_key", ENTITY)
    return ibis.memtable(pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)}))


def _golden(resource: Resource) -> Any:
    """Golden records as a table of the engine's, typed as their elements are."""
    names = [item.key for item in resource.item]
    table = reading.golden(resource.registry, ENTITY, names)
    if not table.num_rows:
        raise NothingToOpen(resource=resource.code)
    made = ibis.memtable(table)
    elements = declared("element")
    types = {
        "integer": "int64",
        "decimal": "float64",
        "date": "date",
        "boolean": "boolean",
        "datetime": "timestamp",
    }
    typed = {i.key: types[kind] for i in resource.item if (kind := elements[i.element].type) in types}
    return made.mutate(**{name: made[name].try_cast(kind) for name, kind in typed.items()})


def _fits(table: Any, condition: Mapping[str, Any], kind: str) -> Any:
    """A condition as an expression; values are parameters of it, never text of SQL."""
    column, op, value = table[condition["column"]], condition["op"], condition["value"]
    if op == "prefix":
        return column.startswith(value)
    if op == "in":
        return column.isin([filters.typed(kind, one) for one in value])
    typed = filters.typed(kind, value)
    return {"eq": column == typed, "ge": column >= typed, "le": column <= typed}[op]
