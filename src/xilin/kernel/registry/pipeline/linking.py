"""The way from records to entities, step by step, in a database file of its own."""

import time
from collections.abc import Iterator, Sequence
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
from xilin.kernel.registry.pipeline.model import Model, make
from xilin.kernel.registry.pipeline.nodes import gather
from xilin.kernel.registry.pipeline.records import Found, load
from xilin.kernel.registry.pipeline.spec import Spec
from xilin.kernel.registry.pipeline.uncertain import doubt


@dataclass
class Outcome:
    """Counts of a linking, the seconds of each step, and the model that was used."""

    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    model: Model | None = None

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


def link(
    con: duckdb.DuckDBPyConnection, spec: Spec, found: Sequence[Found], model: Model | None = None
) -> Outcome:
    """Make `linking.final`, `golden`, `marks` and `uncertain` from the rows in force.

    Args:
        con: a connection on which `workplace` stands.
        spec: the registry.
        found: the rows of each resource that feeds it.
        model: the model that is kept, its tables in `linking`; where it is None one is made.

    `linking.must` and `linking.cannot` (source_a, key_a, source_b, key_b), where they are there, hold.
    """
    outcome = Outcome()
    prepare(con)
    decided.prepare(con)
    with outcome.step("load"):
        outcome.counts["records"] = load(con, spec, found, model)
    join(con, spec, model, outcome)
    return outcome


def join(con: duckdb.DuckDBPyConnection, spec: Spec, model: Model | None, outcome: Outcome) -> None:
    """The rest of `link`, once `linking.records` and `linking.keys` are there."""
    with outcome.step("identifiers"):
        outcome.counts |= group(con, spec)
    with outcome.step("candidates"):
        outcome.counts |= gather(con, spec, model)
    if model is None:
        with outcome.step("model"):
            model = make(con, spec)
    outcome.model = model
    with outcome.step("compare"):
        outcome.counts |= compare(con, spec, model)
    with outcome.step("cluster"):
        outcome.counts |= cluster(con, spec)
        outcome.counts["uncertain"] = doubt(con, spec, model)
    with outcome.step("golden"):
        choose(con, spec)
