"""Reading the rows in force that something is opened of, as Arrow tables of the columns that are needed."""

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from django.db import connection
from psycopg import sql
from pyarrow import csv

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
    found = golden(resource.registry, PERSON, columns)
    return found if found.num_rows else None


def golden(registry: str, id_column: str, columns: Sequence[str]) -> pa.Table:
    """Attributes of the golden records in force as text, with their ids: copied out of PostgreSQL as CSV, which a million rows can be."""
    shown = [sql.SQL("attributes ->> {}").format(sql.Literal(column)) for column in columns]
    query = sql.SQL(
        "COPY (SELECT {} FROM registry_entity WHERE registry = {} AND ended_run IS NULL) TO STDOUT (FORMAT csv)"
    ).format(sql.SQL(", ").join([sql.SQL("id::text"), *shown]), sql.Literal(registry))
    out = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for chunk in copy:
            out.write(chunk)
    names = [id_column, *columns]
    if not out.tell():
        return pa.table({name: pa.array([], pa.string()) for name in names})
    out.seek(0)
    return csv.read_csv(
        out,
        read_options=csv.ReadOptions(column_names=names),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
