"""Golden records: which record's value stands for an entity, and where it came from."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Callable

import duckdb

from xilin.kernel.registry.declarations import Attribute
from xilin.kernel.registry.pipeline.spec import Spec, literal, name

# A trace is one number, which aggregates carry faster than a struct: which origin (a batch of
# a source) in the high bits, the second the record was true in the low ones, 0 for none.
TIME_BITS = 40
YEAR_ONE = 62_135_596_800  # seconds from 0001-01-01 to 1970-01-01: makes every time positive
# What entities are searched by, in tables of their own: the facts of each.
SEARCHED = {"facts": ("name", "born", "area"), "phones": ("phone",), "formers": ("former",)}
# What a rank among `prefer`, and the number of records that agree, weigh beside an order.
PREFERRED, AGREEING = 1_000_000_000_000_000, 1_000_000_000


def choose(con: duckdb.DuckDBPyConnection, spec: Spec, placed: str = "linking.final") -> None:
    """Make `linking.golden` (ent, attributes, provenance, records, digest, facts, phones, formers), the first two JSON text.

    `placed` has the records (rid) with the entities (ent) that golden records are wanted of.

    An attribute nobody has a value for is left out. The digest covers values, sources and
    times, not batches: a record collected again unchanged changes no golden record. The last three
    stand for the values that entities are searched by (SEARCHED).
    """
    _orders(con, spec)
    frequent = [attribute for attribute in spec.registry.attribute if attribute.choose == "frequent"]
    chosen = [", ".join(_winner(attribute)) for attribute in spec.registry.attribute]
    # Where all records that have a value agree, every way of choosing gives it: only the others are counted.
    chosen += [
        f"min({name(a.code)}) <> max({name(a.code)}) AS {name(a.code + '__disputed')}" for a in frequent
    ]
    con.execute(
        f"CREATE OR REPLACE TABLE linking.winners AS SELECT {', '.join(['ent', 'count(*) AS records', *chosen])} "
        f"FROM {placed} JOIN linking.records USING (rid) JOIN linking.orders USING (rid) GROUP BY ent"
    )
    for attribute in frequent:
        _frequent(con, attribute, placed)
    codes = [attribute.code for attribute in spec.registry.attribute]
    joins = " ".join(
        f"LEFT JOIN linking.{name('frequent_' + a.code)} {name('f_' + a.code)} USING (ent)" for a in frequent
    )
    counted = ", ".join(
        f"coalesce({name('f_' + a.code)}.{name(column)}, w.{name(column)}) AS {name(column)}"
        for a in frequent
        for column in (a.code, a.code + "__trace")
    )
    winners = f"(SELECT w.* {f'REPLACE ({counted})' if counted else ''} FROM linking.winners w {joins})"
    sources, places = _origins(con)
    traces = ", ".join(f"{_origin(sources, code)}, {_second(code)}" for code in codes)
    con.execute(
        "CREATE OR REPLACE TABLE linking.golden AS SELECT ent, records, attributes, provenance, "
        f"md5(concat_ws('|', attributes, records, hash({traces}))) AS digest, {_searched(spec)} FROM (SELECT *, "
        f"{_object(codes, lambda code: f'to_json({name(code)})')} AS attributes, "
        f"{_provenance(places, codes)} AS provenance FROM {winners})"
    )


def _searched(spec: Spec) -> str:
    """A number for the values of each of SEARCHED."""
    there = spec.registry.search.attributes() if spec.registry.search else {}
    of = {
        column: [name(there[fact]) for fact in facts if fact in there] for column, facts in SEARCHED.items()
    }
    return ", ".join(f"hash({', '.join(values) or literal('')}) AS {column}" for column, values in of.items())


def _origins(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """Lists of each origin's source, and of the beginning of what is said of it, as literals.

    As literals and not as a table of one row: joined to it, a single thread would do the work.
    """
    found = con.execute(
        "SELECT source, '[' || to_json(source) || ',' || batch || ',' FROM linking.origins ORDER BY origin"
    ).fetchall()
    sources, places = ([literal(row[n]) for row in found] for n in (0, 1))
    return f"CAST([{', '.join(sources)}] AS VARCHAR[])", f"CAST([{', '.join(places)}] AS VARCHAR[])"


def _orders(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """`linking.origins` (origin, source, batch) and `orders` (rid, by_authority, by_time, trace).

    In both orders smaller is better, and no two are the same. Batches have no say: values would
    flap with the order of collection, and a record that is delivered again would be another one.
    """
    ranks = " ".join(f"WHEN {literal(source)} THEN {-rank}" for source, rank in spec.authority.items())
    authority = f"CASE source {ranks} ELSE -50 END" if ranks else "-50"
    con.execute(
        "CREATE OR REPLACE TABLE linking.origins AS SELECT row_number() OVER (ORDER BY source, batch) AS origin, "
        f"source, batch, ({authority})::SMALLINT AS authority, "
        "dense_rank() OVER (ORDER BY source)::SMALLINT AS place "
        "FROM (SELECT DISTINCT source, batch FROM linking.records)"
    )
    # Numbers sort faster than names and times; the latest comes first, without a time last.
    con.execute(
        "CREATE OR REPLACE TABLE linking.orders AS SELECT rid, "
        "row_number() OVER (ORDER BY authority, age NULLS LAST, place, rid) AS by_authority, "
        "row_number() OVER (ORDER BY age NULLS LAST, authority, place, rid) AS by_time, "
        f"(origin << {TIME_BITS}) + coalesce(-age // 1000000 + {YEAR_ONE}, 0) AS trace "
        "FROM (SELECT rid, origin, authority, place, -epoch_us(recorded) AS age "
        "FROM linking.records JOIN linking.origins USING (source, batch))"
    )


def _order(attribute: Attribute) -> str:
    """The order among an attribute's records, smaller being better."""
    order = "by_time" if attribute.choose == "latest" else "by_authority"
    if attribute.prefer:
        ranks = " ".join(f"WHEN {literal(s)} THEN {at}" for at, s in enumerate(attribute.prefer))
        return f"(CASE source {ranks} ELSE {len(attribute.prefer)} END) * {PREFERRED} + {order}"
    return order


def _winner(attribute: Attribute) -> tuple[str, str]:
    """The value that stands and its trace, as aggregates."""
    value, order = name(attribute.code), _order(attribute)
    there = f"FILTER (WHERE {value} IS NOT NULL)"
    return (
        f"arg_min({value}, {order}) {there} AS {value}",
        f"arg_min(trace, {order}) {there} AS {name(attribute.code + '__trace')}",
    )


def _frequent(con: duckdb.DuckDBPyConnection, attribute: Attribute, placed: str) -> None:
    """The value most records have, with the trace of the best of them: of each entity whose records disagree."""
    value, trace, order = name(attribute.code), name(attribute.code + "__trace"), _order(attribute)
    disputed = name(attribute.code + "__disputed")
    con.execute(
        f"CREATE OR REPLACE TABLE linking.{name('frequent_' + attribute.code)} AS "
        f"SELECT ent, arg_min({value}, place) AS {value}, arg_min(trace, place) AS {trace} FROM ("
        f"SELECT ent, {value}, arg_min(trace, {order}) AS trace, "
        f"min({order}) - count(*) * {AGREEING} AS place FROM {placed} "
        "JOIN linking.records USING (rid) JOIN linking.orders USING (rid) "
        f"WHERE {value} IS NOT NULL AND ent IN (SELECT ent FROM linking.winners WHERE {disputed}) "
        f"GROUP BY ent, {value}) GROUP BY ent"
    )


def _origin(what: str, code: str) -> str:
    return f"{what}[{name(code + '__trace')} >> {TIME_BITS}]"


def _second(code: str) -> str:
    return f"({name(code + '__trace')} & {(1 << TIME_BITS) - 1})"


def _provenance(places: str, codes: list[str]) -> str:
    """`[[source, batch, recorded, "attribute attribute …"], …]` as text: one part for each origin and time.

    The first attribute of a part writes it; most golden records have two or three of them.
    """
    parts = []
    for nth, code in enumerate(codes):
        trace = name(code + "__trace")
        before = " OR ".join(f"{trace} = {name(c + '__trace')}" for c in codes[:nth])
        first = f"{trace} IS NOT NULL" + (f" AND NOT coalesce({before}, false)" if before else "")
        same = ", ".join(
            f"CASE WHEN {name(c + '__trace')} = {trace} THEN {literal(c)} END" for c in codes[nth + 1 :]
        )
        those = f"concat_ws(' ', {literal(code)}{', ' + same if same else ''})"
        parts.append(f"CASE WHEN {first} THEN {_traced(places, code)} || ',\"' || {those} || '\"]' END")
    return f"'[' || concat_ws(',', {', '.join(parts)}) || ']'"


def _traced(places: str, code: str) -> str:
    """`[source, batch, recorded` of an attribute."""
    time = f"make_timestamp(({_second(code)} - {YEAR_ONE}) * 1000000)::VARCHAR"
    written = f"'\"' || replace({time}, ' ', 'T') || '\"'"
    return f"{_origin(places, code)} || CASE WHEN {_second(code)} = 0 THEN 'null' ELSE {written} END"


def _object(codes: list[str], value: Callable[[str], str]) -> str:
    """A JSON object of the attributes that have a value, as text."""
    members = ", ".join(
        f"CASE WHEN {name(code)} IS NOT NULL THEN {literal(chr(34) + code + chr(34) + ':')} || {value(code)} END"
        for code in codes
    )
    return f"'{{' || concat_ws(',', {members}) || '}}'"
