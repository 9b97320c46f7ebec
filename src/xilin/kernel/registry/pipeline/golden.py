"""Golden records: which record's value stands for an entity, and where it came from."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Callable

import duckdb

from xilin.kernel.registry.declarations import Attribute
from xilin.kernel.registry.pipeline.spec import Spec, literal, name


def choose(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Make `linking.golden` (ent, attributes, provenance, records, digest), the first two JSON text.

    An attribute nobody has a value for is left out. The digest covers values, sources and
    times, not batches: a record collected again unchanged changes no golden record.
    """
    _orders(con, spec)
    chosen = ", ".join(
        f"{_winner(attribute)} AS {name(attribute.code)}" for attribute in spec.registry.attribute
    )
    counted = [attribute.code for attribute in spec.registry.attribute if attribute.choose == "frequent"]
    for code in counted:
        _count(con, code)
    columns = "".join(f", c_{code}.n AS {name(code + '__n')}" for code in counted)
    joins = "".join(
        f" LEFT JOIN linking.{name('count_' + code)} c_{code} "
        f"ON c_{code}.ent = f.ent AND c_{code}.value = r.{name(code)}"
        for code in counted
    )
    con.execute(
        f"CREATE OR REPLACE TABLE linking.winners AS SELECT ent, count(*) AS records, {chosen} FROM ("
        f"SELECT f.ent, r.*, o.* EXCLUDE (rid){columns} FROM linking.final f "
        f"JOIN linking.records r USING (rid) JOIN linking.orders o USING (rid){joins}) GROUP BY ent"
    )
    codes = [attribute.code for attribute in spec.registry.attribute]
    con.execute(
        "CREATE OR REPLACE TABLE linking.golden AS SELECT *, "
        "md5(concat_ws('|', attributes, traced, records)) AS digest FROM (SELECT ent, records, "
        f"{_object(codes, lambda c: f'to_json({c}.v)')} AS attributes, "
        f"{_object(codes, lambda c: _trace(c, batch=True))} AS provenance, "
        f"{_object(codes, lambda c: _trace(c, batch=False))} AS traced FROM linking.winners)"
    )


def _orders(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`linking.orders` (rid, by_authority, by_time): smaller is better, no two the same.

    Batches only tell rows of one source apart: between sources they would make values flap
    with the order of collection.
    """
    ranks = " ".join(f"WHEN {literal(source)} THEN {-rank}" for source, rank in spec.authority.items())
    authority = f"CASE source {ranks} ELSE -50 END" if ranks else "-50"
    con.execute(
        "CREATE OR REPLACE TABLE linking.orders AS SELECT rid, "
        f"row_number() OVER (ORDER BY {authority}, recorded DESC NULLS LAST, source, batch DESC, rid) AS by_authority, "
        f"row_number() OVER (ORDER BY recorded DESC NULLS LAST, {authority}, source, batch DESC, rid) AS by_time "
        "FROM linking.records"
    )


def _count(con: duckdb.DuckDBPyConnection, code: str) -> None:
    """How many of an entity's records have each value of an attribute."""
    con.execute(
        f"CREATE OR REPLACE TABLE linking.{name('count_' + code)} AS SELECT ent, {name(code)} AS value, count(*) AS n "
        f"FROM linking.final JOIN linking.records USING (rid) WHERE {name(code)} IS NOT NULL GROUP BY ent, value"
    )


def _winner(attribute: Attribute) -> str:
    """The value that stands, with its source, batch and time, as an aggregate."""
    value = name(attribute.code)
    order = {
        "authority": "by_authority",
        "latest": "by_time",
        "frequent": f"(-{name(attribute.code + '__n')}) * 1000000000000 + by_authority",
    }[attribute.choose]
    if attribute.prefer:
        ranks = " ".join(f"WHEN {literal(s)} THEN {at}" for at, s in enumerate(attribute.prefer))
        order = f"(CASE source {ranks} ELSE {len(attribute.prefer)} END) * 1000000000000000 + {order}"
    return (
        f"arg_min({{'v': {value}, 's': source, 'b': batch, 't': recorded}}, {order}) "
        f"FILTER (WHERE {value} IS NOT NULL)"
    )


def _trace(column: str, *, batch: bool) -> str:
    time = f"coalesce('\"' || strftime({column}.t, '%Y-%m-%dT%H:%M:%S') || '\"', 'null')"
    middle = f"|| ',' || {column}.b" if batch else ""
    return f"'[' || to_json({column}.s) {middle} || ',' || {time} || ']'"


def _object(codes: list[str], value: Callable[[str], str]) -> str:
    """A JSON object of the attributes that have a value, as text."""
    members = ", ".join(
        f"CASE WHEN {name(code)} IS NOT NULL THEN {literal(chr(34) + code + chr(34) + ':')} || {value(name(code))} END"
        for code in codes
    )
    return f"'{{' || concat_ws(',', {members}) || '}}'"
