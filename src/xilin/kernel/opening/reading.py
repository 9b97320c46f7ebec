"""Reading the rows in force that something is opened of, as Arrow tables of the columns that are needed."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.db import connection
from psycopg import sql

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.collect import queries as collect
from xilin.kernel.opening.errors import NothingToOpen
from xilin.kernel.standards.queries import declared

PERSON = "_person"


def rows(resource: Resource, columns: Sequence[str], con: Any) -> pa.Table:
    """The columns of every row in force, and `_person`: who a row is about, as far as that is told.

    Golden records of base registries come from PostgreSQL, everything else from the lake. NothingToOpen where there
    are no rows.
    """
    columns = list(dict.fromkeys(columns))
    found = _golden(resource, columns) if resource.base else _current(resource, columns, con)
    if found is None or not found.num_rows:
        raise NothingToOpen(resource=resource.code)
    return found


def person_column(resource: Resource) -> str:
    """The item that tells whom a row is about, or ""."""
    elements = declared("element")
    return next((i.key for i in resource.item if elements[i.element].check == "citizen_id"), "")


def _current(resource: Resource, columns: list[str], con: Any) -> pa.Table | None:
    table = collect.current(con, resource.code)
    if table is None:
        return None
    person = person_column(resource)
    whom = (
        table[person].cast("string") if person and person in table.columns else table["_key"].cast("string")
    )
    return table.select(*columns, **{PERSON: whom.fill_null(table["_key"].cast("string"))}).to_pyarrow()


def _golden(resource: Resource, columns: list[str]) -> pa.Table | None:
    shown = [sql.SQL("attributes ->> {}").format(sql.Literal(column)) for column in columns]
    query = sql.SQL("SELECT id::text, {} FROM registry_entity WHERE registry = {} AND ended_run IS NULL")
    with connection.cursor() as cursor:
        cursor.execute(query.format(sql.SQL(", ").join(shown), sql.Literal(resource.registry)))
        found = cursor.fetchall()
    names = [PERSON, *columns]
    if not found:
        return None
    values = zip(*found, strict=True)
    return pa.table({name: pa.array(value, pa.string()) for name, value in zip(names, values, strict=True)})
