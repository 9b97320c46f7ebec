"""Records of every resource in one table, and the forms in which they are compared."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.forms import form, keep_sounds
from xilin.kernel.registry.pipeline.spec import Spec, name


@dataclass(frozen=True)
class Found:
    """Rows in force of one resource: a query in the connection's SQL, and its columns."""

    query: str
    columns: tuple[str, ...]


def load(con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found]) -> int:
    """Make `linking.records` and `linking.forms`; how many records there are.

    `records` has `rid` (a number made of source and key, the same in every run), `source`,
    `key`, `batch`, `recorded` and the attributes with their types, null where a resource
    hasn't got them.
    `forms` has `rid`, the forms of identifiers and matched attributes, `<attribute>__sound`
    where pinyin is needed, and `<identifier>__found` where a value wasn't valid.
    """
    parts = " UNION ALL ".join(_part(spec, one) for one in found) or _part(spec, NOTHING)
    _records(con, parts)
    keep_sounds(con, spec, "linking.records")
    columns = [f"{form(spec, code)} AS {name(code)}" for code in spec.used]
    columns += [
        f"nullif(upper(trim({name(c + '__found')})), '') AS {name(c + '__found')}" for c in spec.identifiers
    ]
    joins = ""
    for nth, code in enumerate(spec.sounded):
        columns.append(f"coalesce(s{nth}.sound, {form(spec, code)}) AS {name(code + '__sound')}")
        joins += f" LEFT JOIN linking.sounds s{nth} ON s{nth}.form = {form(spec, code)}"
    con.execute(
        f"CREATE OR REPLACE TABLE linking.forms AS SELECT {', '.join(['rid', 'source', *columns])} "
        f"FROM linking.records{joins}"
    )
    return number(con, "SELECT count(*) FROM linking.records")


def _records(con: duckdb.DuckDBPyConnection, parts: str) -> None:
    """`linking.records` with a `rid` each; a hash, because sorting millions of wide rows is dear.

    Two of five million hashes are the same once in a million runs: then with another salt.
    """
    for salt in range(3):
        con.execute(
            "CREATE OR REPLACE TABLE linking.records AS "
            f"SELECT (hash(source, key, {salt}) >> 1)::BIGINT AS rid, * FROM ({parts})"
        )
        if number(con, "SELECT count(*) - count(DISTINCT rid) FROM linking.records") == 0:
            return
    raise ValueError("a record stands twice among the rows in force")


NOTHING = Found(
    "SELECT NULL::VARCHAR AS _source, NULL::VARCHAR AS _key, NULL::BIGINT AS _batch WHERE false",
    ("_source", "_key", "_batch"),
)


def _part(spec: Spec, found: Found) -> str:
    """One resource's rows with the columns of `records`."""
    there = set(found.columns)
    columns = ["_source AS source", "_key AS key", "_batch AS batch"]
    recorded = spec.registry.recorded
    columns.append(f"{_typed(recorded, 'TIMESTAMP', there)} AS recorded")
    columns += [
        f"{_typed(attribute.key, spec.sql_type(attribute.code), there)} AS {name(attribute.code)}"
        for attribute in spec.registry.attribute
    ]
    for code in spec.identifiers:
        column = f"{spec.attribute(code).key}__found"
        columns.append(f"{_typed(column, 'VARCHAR', there)} AS {name(code + '__found')}")
    return f"SELECT {', '.join(columns)} FROM ({found.query})"


def _typed(column: str, kind: str, there: set[str]) -> str:
    return f"TRY_CAST({name(column)} AS {kind})" if column in there else f"CAST(NULL AS {kind})"
