"""The statements that read rows: names from declarations alone, values as parameters, the grant's rows in the WHERE."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from xilin.kernel.exchange.gateway.book import Served
from xilin.kernel.exchange.gateway.conditions import ARRAYS, Filter, where
from xilin.kernel.exchange.publishing import place

MOST_ROWS = 100


def look_up(
    served: Served, by: Sequence[str], columns: Sequence[str], rows: Filter
) -> tuple[sql.Composed, list[Any]]:
    """The statement that looks many values up at once, and its fixed parameters after the arrays of values.

    Rows begin with the place of their values, from 1. All names come from declarations.
    """
    kinds = ["text" if served.registry else ARRAYS[served.elements[column].type] for column in by]
    arrays = sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sql.SQL(kind)) for kind in kinds)
    names = sql.SQL(", ").join(sql.Identifier(f"v{n}") for n in range(len(by)))
    inner, fixed = (_golden if served.registry else _published)(served, by, columns)
    narrowed, more = where(served, rows)
    statement = sql.SQL(
        "SELECT a.n::int{comma}{outer} FROM unnest({arrays}) WITH ORDINALITY AS a({names}, n) "
        "CROSS JOIN LATERAL ({inner}{narrowed} LIMIT {most}) r"
    ).format(
        comma=sql.SQL(", " if columns else ""),
        outer=sql.SQL(", ").join(sql.Identifier("r", column) for column in columns),
        arrays=arrays,
        names=names,
        inner=inner,
        narrowed=narrowed,
        most=sql.Literal(MOST_ROWS + 1),
    )
    return statement, [*fixed, *more]


def among(served: Served, rows: Filter) -> tuple[sql.Composed, list[Any]]:
    """The statement that says which of some golden records (an array of ids, its first parameter) a grant covers, and the rest of its parameters."""
    narrowed, values = where(served, rows)
    query = sql.SQL("SELECT e.id FROM registry_entity e WHERE e.id = ANY(%s) AND e.ended_run IS NULL{}")
    return query.format(narrowed), values


def one_entity(served: Served, columns: Sequence[str], rows: Filter) -> tuple[sql.Composed, list[Any]]:
    """The statement that reads one golden record by its id, its first parameter, and the rest of its parameters."""
    narrowed, values = where(served, rows)
    query = sql.SQL("SELECT {} FROM registry_entity e WHERE e.id = %s AND e.ended_run IS NULL{}")
    return query.format(wanted(served, columns), narrowed), values


def _published(served: Served, by: Sequence[str], columns: Sequence[str]) -> tuple[sql.Composed, list[Any]]:
    chosen = sql.SQL(", ").join(map(sql.Identifier, columns)) if columns else sql.SQL("1 AS one")
    equal = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.Identifier("a", f"v{n}"))
        for n, column in enumerate(by)
    )
    return sql.SQL("SELECT {} FROM {} WHERE {}").format(chosen, place(served.table), equal), []


def _golden(served: Served, by: Sequence[str], columns: Sequence[str]) -> tuple[sql.Composed, list[Any]]:
    """Golden records by an identifier; a second look-up column must agree with the record."""
    attributes: Mapping[str, str] = served.attributes
    chosen = wanted(served, columns)
    more = [
        sql.SQL(" AND e.attributes->>{} = {}").format(
            sql.Literal(attributes.get(column, column)), sql.Identifier("a", f"v{n}")
        )
        for n, column in enumerate(by)
        if n
    ]
    inner = sql.SQL(
        "SELECT {wanted} FROM registry_entityidentifier i JOIN registry_entity e ON e.id = i.entity_id "
        "WHERE i.registry = %s AND i.attribute = %s AND i.value = a.v0 AND e.ended_run IS NULL{more}"
    ).format(
        wanted=chosen,
        more=sql.SQL("").join(more),
    )
    return inner, [served.registry, attributes.get(by[0], by[0])]


def wanted(served: Served, columns: Sequence[str]) -> sql.Composable:
    """Columns of a golden record; 1 where none is wanted."""
    if not columns:
        return sql.SQL("1 AS one")
    return sql.SQL(", ").join(
        sql.SQL("e.attributes->>{} AS {}").format(
            sql.Literal(served.attributes.get(column, column)), sql.Identifier(column)
        )
        for column in columns
    )
