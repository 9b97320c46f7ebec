"""The way from records to entities, step by step, in a database file of its own."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from xilin.kernel.registry.pipeline import decided, delta
from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.clusters import cluster
from xilin.kernel.registry.pipeline.compare import compare
from xilin.kernel.registry.pipeline.forms import keep_weights, prepare
from xilin.kernel.registry.pipeline.golden import choose
from xilin.kernel.registry.pipeline.groups import group
from xilin.kernel.registry.pipeline.model import Model, make
from xilin.kernel.registry.pipeline.nodes import gather
from xilin.kernel.registry.pipeline.records import Found, load
from xilin.kernel.registry.pipeline.shelf import Shelf
from xilin.kernel.registry.pipeline.spec import Spec, literal
from xilin.kernel.registry.pipeline.uncertain import doubt

# What packs texts more tightly than it is worth for tables that are written once and read a few times: half the
# time of writing them.
DEAR_CODECS = "dictionary,dict_fsst,fsst,zstd"
# Of how many runs of half-filled row groups a run of changes makes whole ones, in each table of the state: one a day
# keeps up with what a day leaves behind, and all at once takes a second.
REPACKED = 1
# A model is made anew where there are so many times more, or fewer, records than it was made of.
GROWTH = 1.5


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


@dataclass
class Place:
    """Where a run works; `keep` is where its database goes afterwards, None where it is thrown away."""

    path: Path
    keep: Path | None = None


@contextmanager
def workplace(con: duckdb.DuckDBPyConnection, folder: Path, *, brief: bool = False) -> Iterator[Place]:
    """The database `linking` for one run: a file, so that memory stays bounded.

    A `brief` one is in memory, with what is too much in the connection's temporary folder: hundreds of small
    tables needn't be made durable one by one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = Place(folder / "linking.duckdb")
    for old in folder.glob("linking.duckdb*"):
        old.unlink()
    con.execute(f"ATTACH {literal(':memory:' if brief else str(place.path))} AS linking")
    con.execute(f"SET disabled_compression_methods = {literal(DEAR_CODECS)}")
    if brief:
        con.execute(f"SET max_vacuum_tasks = {REPACKED}")
    try:
        yield place
        if place.keep:
            con.execute("CHECKPOINT linking")
    finally:
        con.execute("RESET disabled_compression_methods")
        con.execute("RESET max_vacuum_tasks")
        con.execute("DETACH linking")
        if place.keep and place.path.exists():
            place.keep.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.path.replace(place.keep)
        for old in folder.glob("linking.duckdb*"):
            old.unlink()


def link(
    con: duckdb.DuckDBPyConnection,
    spec: Spec,
    found: Sequence[Found],
    model: Model | None = None,
    *,
    golden: bool = True,
) -> Outcome:
    """Make `linking.final`, `golden`, `marks` and `uncertain` from the rows in force.

    Args:
        con: a connection on which `workplace` stands.
        spec: the registry.
        found: the rows of each resource that feeds it.
        model: the model that is kept, its tables in `linking`; where it is None one is made.
        golden: whether `golden` is made too, or by `choose_golden` afterwards.

    `linking.must` and `linking.cannot` (source_a, key_a, source_b, key_b), where they are there, hold.
    """
    outcome = Outcome()
    prepare(con)
    decided.prepare(con)
    with outcome.step("load"):
        records = outcome.counts["records"] = load(con, spec, found)
        if model is not None and not records / GROWTH <= model.records <= records * GROWTH:
            model = None
        if model is None:
            keep_weights(con, spec)
    join(con, spec, model, outcome)
    if golden:
        choose_golden(con, spec, outcome)
    return outcome


@contextmanager
def single(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Work with one thread, while another program has work for the rest of the machine."""
    ((threads,),) = con.execute("SELECT current_setting('threads')").fetchall()
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {int(threads)}")


def link_changes(
    con: duckdb.DuckDBPyConnection,
    spec: Spec,
    found: Sequence[Found],
    model: Model,
    shelf: Shelf,
    sources: Collection[str] | None = None,
    told: Callable[[], None] = lambda: None,
) -> Outcome | None:
    """The same tables as `link` but `golden`, of the neighbourhood of what changed since the state that is attached.

    `shelf` is the state's, `sources` are those of its records where that is known; `told` is called once `linking.before` and
    `linking.touched` are there and the rest goes ahead. None where so much has changed that everything is to be linked, or
    the model has become too old.
    """
    outcome = Outcome()
    prepare(con)
    decided.prepare(con)
    with outcome.step("changes"):
        outcome.counts |= delta.changes(con, spec, found, sources)
        before = number(con, "SELECT count(*) FROM state.final")
        changed = outcome.counts["arrived"] + outcome.counts["left"]
        now = before + outcome.counts["arrived"] - outcome.counts["left"]
        if changed > before * delta.MOST + delta.FEW or now > model.records * GROWTH:
            return None
    with outcome.step("neighbourhood"):
        delta.reach(con, spec)
        told()
        delta.gather(con, spec, shelf)
        outcome.counts["looked_at"] = number(con, "SELECT count(*) FROM linking.records")
    join(con, spec, model, outcome)
    with outcome.step("settle"):
        outcome.counts["looked_into"] = delta.settle(con)
    return outcome


def join(con: duckdb.DuckDBPyConnection, spec: Spec, model: Model | None, outcome: Outcome) -> None:
    """The rest of `link` but golden records, once `linking.records` and `linking.keys` are there."""
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


def choose_golden(
    con: duckdb.DuckDBPyConnection, spec: Spec, outcome: Outcome, placed: str = "linking.final"
) -> None:
    """Make `linking.golden` of what is joined; of the records that `placed` has with their entities."""
    with outcome.step("golden"):
        choose(con, spec, placed)


def newest(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The newest batch of each source among the records at hand."""
    return dict(con.execute("SELECT source, max(batch) FROM linking.records GROUP BY source").fetchall())
