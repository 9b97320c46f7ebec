"""Linking on a connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
from made_up import Linked

from xilin.kernel.registry.pipeline import decided, linking
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec

Record = tuple[str, str]
Two = tuple[Record, Record]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own."""
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def link(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[..., Linked]:
    """Link rows without PostgreSQL, with people's decisions: (source, key) -> (entity, how)."""

    def run(
        spec: Spec, found: Sequence[Found], must: Sequence[Two] = (), cannot: Sequence[Two] = ()
    ) -> Linked:
        with linking.workplace(con, tmp_path):
            decided.prepare(con)
            for decision, pairs in (("must", must), ("cannot", cannot)):
                for one, two in pairs:
                    con.execute(f"INSERT INTO linking.{decision} VALUES (?, ?, ?, ?)", [*one, *two])
            linking.link(con, spec, found)
            placed = con.execute(
                "SELECT source, key, ent, how FROM linking.final JOIN linking.records USING (rid)"
            ).fetchall()
        return {(source, key): (ent, how) for source, key, ent, how in placed}

    return run
