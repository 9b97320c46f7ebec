"""Records of every resource in one table, and the forms in which they are compared."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.forms import formed, keep_sounds
from xilin.kernel.registry.pipeline.spec import BlockPart, Spec, name


@dataclass(frozen=True)
class Found:
    """Rows in force of one resource: a query in the connection's SQL, and its columns.

    `news`, where it is given, leaves out rows that stood there at the last linking: of the
    sources in `grown` it has only what came since, of others all.
    """

    query: str
    columns: tuple[str, ...]
    news: str = ""
    grown: tuple[str, ...] = ()


def load(con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found]) -> int:
    """Make `linking.records` from rows in force, and their keys; how many records there are.

    `records` has `rid` (a number made of source and key, the same in every run), `source`,
    `key`, `batch`, `recorded` and the attributes with their types, null where a resource
    hasn't got them.
    """
    take(con, rows(spec, found))
    key(con, spec)
    return number(con, "SELECT count(*) FROM linking.records")


def key(con: duckdb.DuckDBPyConnection, spec: Spec, known: str = "") -> None:
    """Make `linking.keys` of `linking.records`: what decides which records meet, as numbers.

    `content` stands for all that is in a record, `v_<identifier>` for its value,
    `g_<identifier>` for it with its guards, `k<nth>` for the key of a block (a list of them
    where it is of words); null where there is none. `known` is as in `keep_sounds`.
    """
    keep_sounds(con, spec, "linking.records", known)
    table = f"(SELECT *, {content(spec)} AS content FROM linking.records)"
    con.execute(
        f"CREATE OR REPLACE TABLE linking.keys AS SELECT {', '.join(['rid', 'content', *_keys(spec)])} "
        f"FROM ({formed(spec, table, 'content')})"
    )


def content(spec: Spec, table: str = "") -> str:
    """A number that stands for all that is in a row of `records`, but for its batch."""
    columns = ["recorded", *spec.registry.codes, *(f"{code}__found" for code in spec.identifiers)]
    at = f"{table}." if table else ""
    return f"hash({', '.join(at + name(column) for column in columns)})"


def _keys(spec: Spec) -> Iterator[str]:
    for identifier in spec.registry.identifier:
        value = name(identifier.attribute)
        there = f"CASE WHEN {value} IS NOT NULL THEN"
        guards = ", ".join([value, *map(name, identifier.guard)])
        yield f"{there} hash({value}) END AS {name('v_' + identifier.attribute)}"
        yield f"{there} hash({guards}, {len(identifier.guard)}) END AS {name('g_' + identifier.attribute)}"
    for nth, block in enumerate(spec.registry.blocks):
        yield f"{block_key(block)} AS k{nth}"


def block_key(block: tuple[str, ...]) -> str:
    """A block's key over a row of forms; a list of keys where a part is of words."""
    parts = [BlockPart.read(text) for text in block]
    values = ["word" if part.function == "token" else part.sql() for part in parts]
    whole = " AND ".join(f"{value} IS NOT NULL" for value in values if value != "word")
    token = next((part.attribute for part in parts if part.function == "token"), "")
    if token:
        listed = f"list_transform(words({name(token)}), lambda word: hash({', '.join(values)}))"
        return (
            f"CASE WHEN {' AND '.join(filter(None, [whole, name(token) + ' IS NOT NULL']))} THEN {listed} END"
        )
    return f"CASE WHEN {whole} THEN hash({', '.join(values)}) END"


def rows(spec: Spec, found: Sequence[Found], *, news: bool = False) -> str:
    """The rows of several resources with the columns of `linking.records` but `rid`, as a query; or their news."""
    parts = [_part(spec, one, (news and one.news) or one.query) for one in found]
    return " UNION ALL ".join(parts) or _part(spec, NOTHING, NOTHING.query)


# A record's number: a hash, because sorting millions of wide rows is dear and numbers must stay.
RID = "(hash(source, key) >> 1)::BIGINT"


def take(con: duckdb.DuckDBPyConnection, parts: str) -> None:
    """Make `linking.records` of rows, with a `rid` each.

    Two of five million hashes are the same once in a million registries, of fifty once in
    ten thousand: that is refused, as a record that stands twice is.
    """
    con.execute(f"CREATE OR REPLACE TABLE linking.records AS SELECT {RID} AS rid, * FROM ({parts})")
    if number(con, "SELECT count(*) - count(DISTINCT rid) FROM linking.records"):
        raise ValueError("a record stands twice among the rows in force")


def newest(con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found]) -> dict[str, int]:
    """The newest batch of each source among rows, or among their news."""
    return dict(
        con.execute(
            f"SELECT source, max(batch) FROM ({rows(spec, found, news=True)}) GROUP BY source"
        ).fetchall()
    )


NOTHING = Found(
    "SELECT NULL::VARCHAR AS _source, NULL::VARCHAR AS _key, NULL::BIGINT AS _batch WHERE false",
    ("_source", "_key", "_batch"),
)


def _part(spec: Spec, found: Found, query: str) -> str:
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
    return f"SELECT {', '.join(columns)} FROM ({query})"


def _typed(column: str, kind: str, there: set[str]) -> str:
    return f"TRY_CAST({name(column)} AS {kind})" if column in there else f"CAST(NULL AS {kind})"
