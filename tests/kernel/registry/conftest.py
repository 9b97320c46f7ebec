"""Linking on a connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
from made_up import Linked

from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own."""
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture
def link(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[[Spec, Sequence[Found]], Linked]:
    """Link rows without PostgreSQL: (source, key) -> (entity, how)."""

    def run(spec: Spec, found: Sequence[Found]) -> Linked:
        with linking.workplace(con, tmp_path):
            linking.link(con, spec, found)
            placed = con.execute(
                "SELECT source, key, ent, how FROM linking.final JOIN linking.records USING (rid)"
            ).fetchall()
        return {(source, key): (ent, how) for source, key, ent, how in placed}

    return run
