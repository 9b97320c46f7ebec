"""The truth about records, where a registry's declaration says how to read it."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from xilin.kernel.collect.intake import files
from xilin.kernel.registry.declarations import Registry, TruthPairs
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import literal, name
from xilin.kernel.registry.pipeline.union import components


def known(con: duckdb.DuckDBPyConnection, registry: Registry, found: Sequence[Found]) -> str | None:
    """A query of (source, key, entity) of what the declaration says is true; None where it says nothing.

    Raises SourceFault where the file of the pairs isn't there, duckdb.Error where it has another form.
    """
    if registry.truth_pairs is not None:
        return _in_pairs(con, registry.truth_pairs, found)
    return _in_column(registry, found)


def _in_column(registry: Registry, found: Sequence[Found]) -> str | None:
    """The truth as records carry it in a column."""
    column = name(registry.truth_column)
    entity = (
        f"regexp_extract({column}, {literal(registry.truth_pattern)}, 1)"
        if registry.truth_pattern
        else column
    )
    parts = [
        f"SELECT _source AS source, _key AS key, {entity} AS entity FROM ({one.query})"
        for one in found
        if registry.truth_column in one.columns
    ]
    return " UNION ALL ".join(parts) or None


def _in_pairs(con: duckdb.DuckDBPyConnection, pairs: TruthPairs, found: Sequence[Found]) -> str:
    """The truth as a file of pairs tells it: what pairs hang together is one thing, everyone else is alone."""
    columns = f"{name(pairs.left)}, {name(pairs.right)}"
    paths = ", ".join(literal(str(path)) for path in files(pairs.path))
    rows = con.execute(
        f"SELECT DISTINCT {columns} FROM read_csv([{paths}], all_varchar = true, "
        f"delim = {literal(pairs.delimiter)}, header = {pairs.header})"
    ).fetchall()
    edges = [((pairs.left_source, one), (pairs.right_source, two)) for one, two in rows]
    placed = components(edges, sorted({thing for edge in edges for thing in edge}))
    table = {
        "source": [source for source, _ in placed],
        "key": [key for _, key in placed],
        "entity": [f"{source}/{key}" for source, key in placed.values()],
    }
    con.register("true_things", pa.table(table, schema=pa.schema([(c, pa.string()) for c in table])))
    con.execute("CREATE OR REPLACE TEMP TABLE true_pairs AS SELECT * FROM true_things")
    con.unregister("true_things")
    everyone = " UNION ALL ".join(
        f"SELECT _source AS source, _key AS key FROM ({one.query})" for one in found
    )
    return (
        "SELECT source, key, coalesce(entity, source || '/' || key) AS entity "
        f"FROM ({everyone}) LEFT JOIN true_pairs USING (source, key)"
    )
