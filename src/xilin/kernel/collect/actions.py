"""Collect a source, and repair what a crash left.

A batch takes these steps; what a crash after each leaves is told in `recover`.

1. its row, `running`;
2. its files: raw, standard, quarantine, and last `left.json` with the outcome;
3. one Iceberg commit of the standard table, then one of the raw table, each carrying its id;
4. one PostgreSQL transaction: counts, quarantine, results of checks, cursor, `done`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.utils import timezone
from msgspec import DecodeError, ValidationError

from xilin.kernel.collect import compacting, faults, mending, openlineage, queries, raw, repeated, staging
from xilin.kernel.collect.assessing import assess
from xilin.kernel.collect.connectors import READERS
from xilin.kernel.collect.errors import Unbalanced
from xilin.kernel.collect.faults import SourceFault
from xilin.kernel.collect.intake import Intake
from xilin.kernel.collect.models import Batch
from xilin.kernel.collect.pipeline import Plan, columns, schema, standardise
from xilin.kernel.collect.pipeline.spark import standardise as on_spark
from xilin.kernel.lake import engine
from xilin.kernel.lake.errors import ColumnsDontFit
from xilin.kernel.lake.tables import Lake
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality.queries import holds_keys
from xilin.kernel.standards.queries import declaration
from xilin.lib.text import Text

__all__ = ["Repaired", "assess", "collect", "recover", "repair"]

# First half of the advisory locks of collection; the second is the source's.
LOCK = 0x58494C02


def collect(source_code: str, *, at: datetime) -> Batch:
    """Collect a source: one batch, done or refused.

    A fault of the source or of its declaration refuses the batch, which says why; nothing of it stays in
    the lake. One batch of a source runs at a time: a second call waits.

    Raises:
        NoSuchSource: it isn't declared.
        Exception: a defect, or the platform's own database is gone; the next call repairs the batch.
    """
    with _alone(source_code):
        _repair(source_code, at)
        clock = _Clock(at)
        try:
            plan = queries.plan(source_code, timezone.localdate(at))
        except SourceFault as fault:
            return _refused_unread(source_code, fault, clock)
        batch = Batch.objects.create(
            source=source_code, resource=plan.resource.code, mode=plan.source.mode, started_at=at
        )
        try:
            _carry_out(batch, plan, clock)
        except SourceFault as fault:
            _refuse(batch, plan, fault, clock)
        else:
            if _grows(plan):
                compacting.after(batch)
        return batch


def _carry_out(batch: Batch, plan: Plan, clock: "_Clock") -> None:
    lake, on = Lake.open(), timezone.localdate(batch.started_at)
    source = plan.source.code
    out = staging.make(batch.pk)
    with clock.stage("read"):
        intake, rows, files, taken = _read(batch, plan, lake.folder(f"raw.{source}", batch.pk, source))
        ragged = raw.write_ragged(intake.ragged, rows + 1, batch.pk, files[0].parent, out)
    table = f"std.{plan.resource.code}"
    seen = [file.path for file in lake.entries(table) if file.part == source] if _grows(plan) else []
    with clock.stage("standardise"):
        con = engine.connect(settings.MEMORY_MB)
        try:
            session = engine.cluster()
            run = partial(standardise, con) if session is None else partial(on_spark, session)
            mended, laid = mending.lay(con, files, source, out)
            taken = sorted({*taken, *laid})
            outcome = run(mended, plan, batch=batch.pk, on=on, out=out, seen=seen)
            if _grows(plan) and holds_keys(source):
                repeated.write(con, files, plan, outcome, batch=batch.pk, on=on, out=out)
        except ValueError as error:
            raise faults.broken_declaration(
                "按声明无法标准化。", "Rows can't be standardised by the declarations.", str(error)
            ) from error
        finally:
            con.disconnect()
    outcome.quarantined += len(intake.ragged)
    rows += len(intake.ragged)
    if rows != outcome.accepted + outcome.quarantined + outcome.duplicate:
        raise Unbalanced(f"batch {batch.pk} of {source}: {rows} rows read, {outcome}")
    standard = sorted(out.glob("std-*.parquet"))
    raws = [*files, *([ragged] if ragged else [])]
    _check_columns(lake, table, standard)
    _check_columns(lake, f"raw.{source}", raws)
    cursor = intake.newest or queries.since(plan.source) or ""
    if taken:
        intake.notices.append(_of_mends(len(taken)))
    notices = [{"zh": note.zh, "en": note.en} for note in intake.notices]
    left = staging.Left(
        plan, outcome, rows, cursor if plan.source.cursor else "", clock.stages, notices, taken
    )
    staging.write(batch.pk, left)
    with clock.stage("commit"), _held(batch):
        lake.commit(
            table, standard, batch=batch.pk, replace=not _grows(plan), part=source, schema=_schema(plan)
        )
        _commit_raw(lake, batch, plan)
    _finish(batch, staging.read(batch.pk), clock)


def _grows(plan: Plan) -> bool:
    return plan.source.mode == "incremental"


def _of_mends(count: int) -> Text:
    return Text(
        zh=f"{count} 行按部门的修补处理；原始表保留来源的原值。",
        en=f"{count} rows as their department mended them; raw keeps what the source says.",
    )


def _read(batch: Batch, plan: Plan, folder: Path) -> tuple[Intake, int, list[Path], list[int]]:
    """Read the source into raw files: what was told beside, rows, files, and mends that an increment submits again."""
    source = plan.source
    cursor = source.cursor if _grows(plan) else ""
    intake = Intake(
        needed=columns(plan),
        cursor=cursor,
        since=queries.since(source) if cursor else None,
    )
    writer = raw.Writer(folder, batch.pk)
    try:
        for rows in READERS[source.connector](source.connection, intake):
            writer.write(rows)
        taken = []
        if _grows(plan):
            for number, row in mending.again(source.code):
                writer.write(row)
                taken.append(number)
        files = writer.finish(raw.needed_names(intake))
        return intake, writer.rows, files, taken
    except BaseException:
        writer.abandon()
        raise


def _commit_raw(lake: Lake, batch: Batch, plan: Plan) -> None:
    """Make the raw files of a batch that stands in the standard table part of theirs.

    In this order raw never loses the rows that the standard table still has: a batch taken out again has not
    touched it.
    """
    table = f"raw.{batch.source}"
    raws = sorted(lake.folder(table, batch.pk, batch.source).glob("*.parquet"))
    lake.commit(table, raws, batch=batch.pk, replace=not _grows(plan), part=batch.source)


def _check_columns(lake: Lake, table: str, files: list[Path]) -> None:
    try:
        lake.check(table, files)
    except ColumnsDontFit as refusal:
        raise faults.columns_dont_fit(refusal.columns, refusal.detail) from refusal


def _schema(plan: Plan) -> Any:
    """The columns of the standard table, for a first batch without a good row."""
    import pyarrow as pa

    kinds = {
        "VARCHAR": pa.string(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in schema(plan).items()])


def _finish(batch: Batch, left: staging.Left, clock: "_Clock") -> None:
    """Step 4: everything about the batch that PostgreSQL keeps, at once."""
    with clock.stage("record") as taken, transaction.atomic():
        Batch.objects.select_for_update().get(pk=batch.pk, state=Batch.State.RUNNING)
        quality.keep(
            batch,
            left.plan,
            left.outcome,
            staging.quarantine(batch.pk),
            accepted_files=_accepted(batch, left.plan),
        )
        quality.took(
            batch.source,
            left.taken,
            batch=batch.pk,
            whole=not _grows(left.plan),
            at=batch.started_at,
        )
        batch.rows_read = left.read
        batch.rows_accepted = left.outcome.accepted
        batch.rows_quarantined = left.outcome.quarantined
        batch.rows_duplicate = left.outcome.duplicate
        batch.cursor, batch.notices = left.cursor, left.notices
        batch.cursor_column = left.plan.source.cursor if left.cursor else ""
        batch.state, batch.finished_at = Batch.State.DONE, clock.now
        batch.timings = {**clock.stages, "record": taken()}
        batch.event = openlineage.event(batch, left.plan)
        batch.save()
    staging.remove(batch.pk)


def _accepted(batch: Batch, plan: Plan) -> list[Path]:
    """The good rows of an increment, new or as they were: rows held back earlier are put right by them."""
    if not _grows(plan):
        return []
    files = Lake.open().entries(f"std.{batch.resource}")
    return [*(Path(file.path) for file in files if file.batch == batch.pk), *staging.repeated(batch.pk)]


def _refuse(batch: Batch, plan: Plan, fault: SourceFault, clock: "_Clock") -> None:
    """Leave nothing of the batch but its row with the reason."""
    lake = Lake.open()
    for table in (f"raw.{batch.source}", f"std.{batch.resource}"):
        lake.remove(table, batch.pk)
    staging.remove(batch.pk)
    batch.state, batch.finished_at, batch.timings = Batch.State.REFUSED, clock.now, clock.stages
    batch.error = fault.told()
    batch.event = openlineage.event(batch, plan)
    batch.save()


def _refused_unread(source_code: str, fault: SourceFault, clock: "_Clock") -> Batch:
    """A batch refused before anything was read; what the broken declaration still tells is kept."""
    try:
        source = declaration("source", source_code)
        told = {"resource": source.resource, "mode": source.mode}
    except ValidationError:
        told = {}
    batch = Batch.objects.create(
        source=source_code,
        state=Batch.State.REFUSED,
        started_at=clock.at,
        finished_at=clock.now,
        error=fault.told(),
        **told,
    )
    batch.event = openlineage.event(batch, None)
    batch.save(update_fields=["event"])
    return batch


@dataclass(frozen=True, slots=True)
class Repaired:
    """What `recover` did: ids of batches finished and of batches removed, files swept away."""

    finished: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    swept: int = 0


def repair(at: datetime) -> Repaired:
    """Repair every batch a crash left.

    A batch whose id stands in the standard table's snapshots is finished from what it left on the disk, at
    the moment `at`; any other, and one that left nothing readable, is removed, to be begun again by the
    next `collect`. Batches at work are let alone: their processes hold the source's lock.
    """
    _fresh_connection()
    finished: list[int] = []
    removed: list[int] = []
    for source in Batch.objects.filter(state=Batch.State.RUNNING).values_list("source", flat=True):
        if _lock("pg_try_advisory_lock", source):
            try:
                done, gone = _repair(source, at)
                finished, removed = finished + done, removed + gone
            finally:
                _lock("pg_advisory_unlock", source)
    return Repaired(finished, removed)


def recover(at: datetime) -> Repaired:
    """`repair`, and sweep up the files nobody knows."""
    done = repair(at)
    swept = Lake.open().sweep(["raw", "std"], queries.running)
    for path in staging.root().glob("[0-9]*"):
        if int(path.name) not in queries.running():
            staging.remove(int(path.name))
    return replace(done, swept=swept)


def _repair(source: str, at: datetime) -> tuple[list[int], list[int]]:
    """Finish or remove the batches of a source that no process works at; the caller holds its lock."""
    finished, removed = [], []
    for batch in Batch.objects.filter(source=source, state=Batch.State.RUNNING):
        lake = Lake.open()
        left = _left(batch) if lake.committed(f"std.{batch.resource}", batch.pk) else None
        if left is not None:
            with _held(batch):
                _commit_raw(lake, batch, left.plan)
            _finish(batch, left, _Clock(at, left.timings))
            finished.append(batch.pk)
            continue
        with _held(batch):
            lake.remove(f"raw.{source}", batch.pk)
            lake.remove(f"std.{batch.resource}", batch.pk)
            removed.append(batch.pk)
            Batch.objects.filter(pk=batch.pk).delete()
        staging.remove(removed[-1])
    return finished, removed


def _left(batch: Batch) -> staging.Left | None:
    """What a batch left on the disk; None where it is gone, or was written by another version."""
    try:
        return staging.read(batch.pk)
    except (FileNotFoundError, DecodeError):
        return None


@contextmanager
def _held(batch: Batch) -> Iterator[None]:
    """Keep the batch's row locked while the lake is changed for it.

    Should this process have lost its connection, and with it the source's lock, another may have removed the
    batch: then the row is gone, and so is the right to commit.
    """
    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=batch.pk, state=Batch.State.RUNNING)
        yield


@contextmanager
def _alone(source: str) -> Iterator[None]:
    """Hold the source's lock; wait for it. It goes with the connection when the process dies."""
    _fresh_connection()
    _lock("pg_advisory_lock", source)
    try:
        yield
    finally:
        with suppress(DatabaseError):
            _lock("pg_advisory_unlock", source)


def _fresh_connection() -> None:
    """Drop a connection that a crash of the database has left behind."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _lock(function: str, source: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, hashtext(%s))", [LOCK, source])
        return bool(cursor.fetchone()[0])


class _Clock:
    """Seconds of each stage, and the time as it moves on from the moment the caller told."""

    def __init__(self, at: datetime, stages: dict[str, float] | None = None) -> None:
        self.at, self._begun = at, time.monotonic()
        self.stages: dict[str, float] = stages or {}

    @property
    def now(self) -> datetime:
        """The told moment and what has passed since."""
        return self.at + timedelta(seconds=time.monotonic() - self._begun)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[], float]]:
        """Measure a stage; what it yields tells the seconds taken so far."""
        begun = time.monotonic()

        def taken() -> float:
            return round(time.monotonic() - begun, 3)

        try:
            yield taken
        finally:
            self.stages[name] = taken()
