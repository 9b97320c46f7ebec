"""Carrying out a linking: everything, or only the neighbourhood of what has changed since the last one.

Below `registry/<code>/` in the home folder stand the models (`model-<version>`) and the state of
the newest run (`state.duckdb`, and the shelf `records/`). Without them, or where they are of another run, everything is linked.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction

from xilin.kernel.audit.actions import record
from xilin.kernel.lake import engine
from xilin.kernel.lake.split import NotForCluster
from xilin.kernel.registry import decisions, errors, review, search, store
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, LinkRun
from xilin.kernel.registry.pipeline import bodies, delta, identity, linking, model, spark, state
from xilin.kernel.registry.pipeline.identity import CHOSEN, PLACED
from xilin.kernel.registry.pipeline.model import Model
from xilin.kernel.registry.pipeline.records import Found, newest
from xilin.kernel.registry.pipeline.shelf import Missing, Shelf
from xilin.kernel.registry.pipeline.spec import Spec

# Changed rows beyond which the tables' statistics are gathered anew.
MANY = 50_000


@dataclass
class Job:
    """One linking: what, when, on which connection, where it works; `batches` are those in force by source."""

    spec: Spec
    found: Sequence[Found]
    at: datetime
    con: duckdb.DuckDBPyConnection
    folder: Path
    batches: dict[str, list[int]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)

    @property
    def code(self) -> str:
        """The registry's code."""
        return self.spec.registry.code

    @property
    def home(self) -> Path:
        """Where its models and its state stand."""
        return home(self.code)

    @property
    def state(self) -> Path:
        """Its state's file."""
        return self.home / "state.duckdb"

    @property
    def shelf(self) -> Path:
        """Where what is in its state's records stands."""
        return self.home / "records"


def home(code: str) -> Path:
    """Where a registry's models and state stand."""
    return Path(settings.HOME) / "registry" / code


def about(code: str, con: duckdb.DuckDBPyConnection) -> state.About | None:
    """What the last linking left, if it is that of the newest run."""
    with state.attached(con, home(code) / "state.duckdb") as there:
        told = state.about(con) if there else None
    return told if told is not None and (told.run, told.began) == _newest(code) else None


def kept_model(code: str) -> tuple[Model, Path] | None:
    """The newest model of a registry, and the folder it stands in."""
    versions = sorted(_versions(code), reverse=True)
    for version in versions:
        folder = home(code) / f"model-{version}"
        found = model.read(folder)
        if found is not None:
            return found, folder
    return None


def carry_out(job: Job) -> LinkRun:
    """Link what changed where the last linking left what is needed for it, else everything."""
    run = _changes(job)
    return run if run is not None else _everything(job)


def train(job: Job) -> Model:
    """Make a new version of a registry's model from the records at hand; the next linking uses it."""
    with linking.workplace(job.con, job.folder):
        decisions.load(job.con, job.code)
        outcome = _link(job, None)
        return _keep_model(job, outcome)


def _everything(job: Job) -> LinkRun:
    con, kept = job.con, kept_model(job.code)
    with linking.workplace(con, job.folder) as place:
        decisions.load(con, job.code)
        if kept is not None and model.fits(kept[0], job.spec):
            model.bring(con, kept[1])
        else:
            kept = None
        first = _newest(job.code) is None and engine.cluster() is None
        outcome = _link(job, kept[0] if kept else None, golden=not first)
        used = _keep_model(job, outcome)
        with _shelving(job) as shelve, transaction.atomic():
            _alone(job.code)
            if first and _newest(job.code) is not None:  # another process was quicker
                linking.choose_golden(con, job.spec, outcome)
                first = False
            with outcome.step("identity"):
                store.bring(con, job.code, job.folder)
                identity.place(con)
                if not first:
                    outcome.counts |= identity.tell(con)
            run = _begin(job, used, linking.newest(con))
            if first:
                shelved = _write_first(job, run, outcome, shelve)
            else:
                shelved = shelve()
                _write(job, run, outcome)
            records, places = shelved.result()
            delta.place(con, "linking", places)
            totals = delta.totals(con, "linking")
            con.execute("ALTER TABLE linking.old_bodies RENAME TO known_bodies")
            con.execute(f"CREATE OR REPLACE TABLE linking.bodies ({bodies.COLUMNS})")
            store.bring_bodies(con, job.code, job.folder, "linking.bodies")
            _finish(job, run, outcome, totals)
        records = records.moved(job.shelf)
        state.strip(con, _told(job, run, used, records))
        place.keep = job.state
    records.tidy()
    return run


Shelved = Future[tuple[Shelf, pa.Table]]


@contextmanager
def _shelving(job: Job) -> Iterator[Callable[[], Shelved]]:
    """Give what begins to put all records on a shelf, beside the caller's work."""
    with job.con.cursor() as other, ThreadPoolExecutor(1) as beside:
        yield lambda: beside.submit(delta.shelved, other, Shelf(job.folder / "records"))


def _link(job: Job, used: Model | None, *, golden: bool = True) -> linking.Outcome:
    """Link everything where XILIN_ENGINE says: in this process, or on a cluster."""
    session = engine.cluster()
    if session is None:
        return linking.link(job.con, job.spec, job.found, used, golden=golden)
    try:
        return spark.link(session, job.con, job.spec, job.found, used, folder=job.folder / "cluster")
    except NotForCluster as error:
        raise errors.NotOnCluster(registry=job.code, what=error) from error


def _changes(job: Job) -> LinkRun | None:
    """Link the neighbourhood of what changed; None, with nothing written, where everything is to be linked."""
    con = job.con
    with (
        linking.workplace(con, job.folder, brief=True),
        state.attached(con, job.state, write=True) as there,
    ):
        told = state.about(con) if there else None
        if told is None or (told.run, told.began) != _newest(job.code) or not state.fits(told, job.spec):
            return None
        records = Shelf(job.shelf, told.volumes)
        if not records.whole():
            return None
        records.tidy()
        records.warm()
        folder = job.home / f"model-{told.model}"
        used = model.read(folder)
        if used is None or kept_model(job.code) != (used, folder):
            return None
        decisions.load(con, job.code)
        model.bring(con, folder)
        before = LinkRun.objects.get(pk=told.run)
        try:
            with transaction.atomic():
                _alone(job.code)
                if _newest(job.code) != (told.run, told.began):
                    return None
                outcome = _link_changes(job, used, before, records)
                if outcome is None:
                    return None
                with outcome.step("identity"):
                    delta.before(con, records)
                    store.bring_ended(con, job.code, job.folder)
                    identity.place(con, delta.FRESH)
                run = _begin(job, used, before.batches | newest(con, job.spec, job.found))
                records, totals = _write_changes(job, run, outcome, records)
                with outcome.step("state"):
                    con.execute("BEGIN")
                    store.bring_bodies(con, job.code, job.folder, "state.bodies")
                    state.tell(con, "state", _told(job, run, used, records))
                _finish(job, run, outcome, totals)
        except Missing:
            _roll_back(con)
            return None
        except BaseException:
            _roll_back(con)
            raise
        con.execute("COMMIT")
        records.tidy()
    return run


def _link_changes(job: Job, used: Model, before: LinkRun, records: Shelf) -> linking.Outcome | None:
    """Link the neighbourhood, while the database gets hold of what will most likely change."""
    soon = job.folder / "soon.csv"
    with store.Aside() as aside:

        def told() -> None:
            store.tell_soon(job.con, soon)
            aside.give(store.take_hold, soon)

        sources = before.counts.get("sources")
        return linking.link_changes(job.con, job.spec, job.found, used, records, sources, told)


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.execute("ROLLBACK")
    except duckdb.TransactionException:
        return


def _told(job: Job, run: LinkRun, used: Model, records: Shelf) -> state.About:
    declared, golden = model.declared(job.spec), state.golden(job.spec)
    began = str(run.started_at.timestamp())
    return state.About(
        run.pk, began, used.version, declared, golden, batches=job.batches, volumes=records.volumes
    )


def _begin(job: Job, used: Model, batches: dict[str, int]) -> LinkRun:
    parameters = job.spec.parameters | {"model": msgspec.to_builtins(used)}
    return LinkRun.objects.create(
        registry=job.code, started_at=job.at, finished_at=job.at, parameters=parameters, batches=batches
    )


def _write_first(job: Job, run: LinkRun, outcome: linking.Outcome, shelve: Callable[[], Shelved]) -> Shelved:
    """Write where nothing stands: records go to the database while golden records are being chosen, to the shelf thereafter."""
    rows = job.folder / "search.csv"
    with store.Ahead(job.con, job.code, run.pk, job.folder) as ahead:
        with outcome.step("records"):
            for name in store.AHEAD:
                ahead.send(name)
        linking.choose_golden(job.con, job.spec, outcome)
        shelved = shelve()
        begun = time.monotonic()
        outcome.counts |= identity.tell(job.con)
        ahead.send("new_entities")
        found = search.form(job.con, job.spec, rows)
    outcome.timings["write"] = round(time.monotonic() - begun, 3)
    with outcome.step("review"):
        review.keep(job.con, job.code, run)
    with outcome.step("search"):
        search.keep_formed(job.spec.registry, rows, found)
    return shelved


def _write_changes(
    job: Job, run: LinkRun, outcome: linking.Outcome, records: Shelf
) -> tuple[Shelf, dict[str, Any]]:
    """Choose golden records, and write what changed to the database and meanwhile to the state; its shelf, and totals.

    The state is nobody's from then until it says whose it is, once the database has everything: making its
    large tables durable needn't wait for that.
    """
    rows, registry = job.folder / "search.csv", job.spec.registry
    few = search.few(registry, run)
    sent = [store.changes(job.con, job.code, run.pk, job.folder, names) for names in (PLACED, CHOSEN)]
    with store.Aside() as aside:
        for change in sent[0]:
            aside.give(store.carry_out, change, job.code, run.pk)
        linking.choose_golden(job.con, job.spec, outcome, delta.FRESH)
        begun = time.monotonic()
        outcome.counts |= identity.tell(job.con)
        for change in sent[1]:
            aside.give(store.carry_out, change, job.code, run.pk)
        if few:
            aside.give(search.send_changed, registry, rows, search.form_changed(job.con, job.spec, rows))
        with linking.single(job.con):  # the database has more to do
            job.con.execute("BEGIN")
            records = delta.carry(job.con, job.spec, run.pk, records)
            job.con.execute("COMMIT")
            totals = delta.totals(job.con, "state")
    outcome.timings["write"] = round(time.monotonic() - begun, 3)
    with outcome.step("review"):
        review.keep(job.con, job.code, run)
    if not few:
        with outcome.step("search"):
            search.keep(job.con, job.spec, run)
    return records, totals


def _write(job: Job, run: LinkRun, outcome: linking.Outcome) -> None:
    with outcome.step("write"):
        store.write(job.con, job.code, run.pk, job.folder)
    with outcome.step("review"):
        review.keep(job.con, job.code, run)
    with outcome.step("search"):
        search.keep(job.con, job.spec, run)


def _finish(job: Job, run: LinkRun, outcome: linking.Outcome, totals: dict[str, Any]) -> None:
    """Complete the run's counts and timings, and enter it in the log."""
    _analyze(outcome.counts)
    rest = {key: value for key, value in outcome.counts.items() if not key.startswith("how_")}
    run.counts = rest | totals
    run.timings = outcome.timings
    run.finished_at = job.at + timedelta(seconds=time.monotonic() - job.begun)
    run.save(update_fields=["counts", "timings", "finished_at"])
    detail = {"run": run.pk, **rest, "records": totals["records"], "entities": totals["entities"]}
    record("registry.linked", subject=job.code, detail=detail, at=run.finished_at)


def _keep_model(job: Job, outcome: linking.Outcome) -> Model:
    """The model that was used; a new one gets a version and its folder, the newest two stay."""
    used = outcome.model
    if used is None:
        raise LookupError("a linking uses a model")
    if used.version:
        return used
    versions = sorted(_versions(job.code))
    used = msgspec.structs.replace(used, version=max([0, *versions]) + 1)
    model.keep(job.con, used, job.home / f"model-{used.version}")
    for old in versions[:-1]:
        shutil.rmtree(job.home / f"model-{old}", ignore_errors=True)
    return used


def _versions(code: str) -> list[int]:
    names = (path.name.removeprefix("model-") for path in home(code).glob("model-*"))
    return [int(name) for name in names if name.isdigit()]


def _newest(code: str) -> tuple[int, str] | None:
    """The number of the newest run, and when it began."""
    found = LinkRun.objects.filter(registry=code).values_list("pk", "started_at").first()
    return (found[0], str(found[1].timestamp())) if found else None


def _alone(code: str) -> None:
    """Wait for another linking of the same registry to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registry'), hashtext(%s))", [code])


def _analyze(counts: dict[str, int]) -> None:
    if counts["new_records"] + counts["changed_records"] + counts["gone_records"] < MANY:
        return
    with connection.cursor() as cursor:
        for table in (Entity, EntityRecord, EntityIdentifier):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table._meta.db_table)}")
