"""The way from records to entities, step by step, in a database file of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from xilin.kernel.registry.pipeline import decided
from xilin.kernel.registry.pipeline.clusters import cluster
from xilin.kernel.registry.pipeline.compare import compare
from xilin.kernel.registry.pipeline.forms import prepare
from xilin.kernel.registry.pipeline.golden import choose
from xilin.kernel.registry.pipeline.groups import group
from xilin.kernel.registry.pipeline.nodes import gather
from xilin.kernel.registry.pipeline.records import Found, load
from xilin.kernel.registry.pipeline.spec import Spec


@dataclass
class Outcome:
    """Counts of a linking and the seconds of each step."""

    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        begun = time.monotonic()
        yield
        self.timings[name] = round(time.monotonic() - begun, 3)


@contextmanager
def workplace(con: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[None]:
    """The database `linking` for one run: a file, so that memory stays bounded, gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "linking.duckdb"
    for old in folder.glob("linking.duckdb*"):
        old.unlink()
    con.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS linking")
    try:
        yield
    finally:
        con.execute("DETACH linking")
        for old in folder.glob("linking.duckdb*"):
            old.unlink()


def link(con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found]) -> Outcome:
    """Make `linking.final`, `linking.golden` and `linking.marks` from the rows in force.

    Args:
        con: a connection on which `workplace` stands.
        spec: the registry.
        found: the rows of each resource that feeds it.

    `linking.must` and `linking.cannot` (source_a, key_a, source_b, key_b), where they are there, hold.
    """
    outcome = Outcome()
    prepare(con)
    decided.prepare(con)
    with outcome.step("load"):
        outcome.counts["records"] = load(con, spec, found)
    steps: tuple[tuple[str, Callable[[duckdb.DuckDBPyConnection, Spec], dict[str, int]]], ...] = (
        ("identifiers", group),
        ("candidates", gather),
        ("compare", compare),
        ("cluster", cluster),
    )
    for name, step in steps:
        with outcome.step(name):
            outcome.counts |= step(con, spec)
    with outcome.step("golden"):
        choose(con, spec)
    return outcome
