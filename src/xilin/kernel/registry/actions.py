"""Linking a registry and scoring it."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from xilin.kernel.audit.actions import record
from xilin.kernel.collect.queries import current
from xilin.kernel.registry import decisions, review, search, store
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.errors import NotLinked, NoTruth
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, LinkRun
from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline.identity import identify
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec, literal, name
from xilin.kernel.registry.queries import latest_run
from xilin.kernel.registry.scoring import Score, measure
from xilin.kernel.registry.truth import known
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound

# Changed rows beyond which the tables' statistics are gathered anew.
MANY = 50_000


def link(code: str, *, at: datetime, con: Any) -> LinkRun:
    """Link every record in force of a registry's resources into entities with golden records.

    Args:
        code: the registry.
        at: when the linking begins.
        con: an Ibis connection to DuckDB (`lake.engine.connect`).

    Only what changed is written, in one transaction. Raises NotFound for an undeclared registry.
    """
    spec = _spec(_registry(code))
    with _views(con, code) as found:
        return link_found(spec, found, at=at, con=con.con)


def link_found(
    spec: Spec, found: Sequence[Found], *, at: datetime, con: duckdb.DuckDBPyConnection
) -> LinkRun:
    """Link rows that are at hand: what `link` does once it knows the declaration and the rows."""
    begun, code = time.monotonic(), spec.registry.code
    with _folder() as folder, linking.workplace(con, folder):
        decisions.load(con, code)
        outcome = linking.link(con, spec, found)
        with transaction.atomic():
            _alone(code)
            with outcome.step("identity"):
                store.bring(con, code, folder)
                outcome.counts |= identify(con)
            run = LinkRun.objects.create(
                registry=code,
                started_at=at,
                finished_at=at,
                parameters=spec.parameters,
                counts=_counts(con, outcome.counts),
                batches=_batches(con),
            )
            with outcome.step("write"):
                store.write(con, code, run.pk, folder)
                review.keep(con, code, run)
            with outcome.step("search"):
                search.keep(con, spec, run)
            _analyze(outcome.counts)
            run.timings = outcome.timings
            run.finished_at = at + timedelta(seconds=time.monotonic() - begun)
            run.save(update_fields=["timings", "finished_at"])
            record(
                "registry.linked", subject=code, detail={"run": run.pk, **outcome.counts}, at=run.finished_at
            )
    return run


def score(code: str, truth: Path | None, con: Any) -> Score:
    """Compare a registry with the truth and keep the result with its newest run.

    Args:
        code: the registry.
        truth: a Parquet file of source, key and entity; where it is None, the truth is what the
            registry's `truth_column` or `truth_pairs` say.
        con: an Ibis connection to DuckDB.

    Raises NotLinked before the first linking and NoTruth where there is nothing to compare with.
    """
    registry = _registry(code)
    run = latest_run(code)
    if run is None:
        raise NotLinked(registry=code)
    with _views(con, code) as found, _folder() as folder, linking.workplace(con.con, folder):
        true = (
            known(con.con, registry, found)
            if truth is None
            else f"SELECT source, key, entity FROM read_parquet({literal(str(truth))})"
        )
        if true is None:
            raise NoTruth(registry=code)
        store.bring(con.con, code, folder, ("old_records",))
        result = measure(con.con, code, "SELECT source, key, entity FROM linking.old_records", true)
    run.score = result.as_dict()
    run.save(update_fields=["score"])
    return result


def _registry(code: str) -> Registry:
    found: Registry | None = declaration("registry", code)
    if found is None:
        raise NotFound(kind=_("registry"), name=code)
    return found


def _spec(registry: Registry) -> Spec:
    elements, sources = declared("element"), declared("source")
    types = {attribute.code: elements[attribute.element].type for attribute in registry.attribute}
    return Spec(registry, types, {source.code: source.authority for source in sources.values()})


@contextmanager
def _views(con: Any, code: str) -> Iterator[list[Found]]:
    """The rows in force of each resource that feeds a registry, as views for the time of a run."""
    found, views = [], []
    for resource in declared("resource").values():
        table = current(con, resource.code) if resource.registry == code and not resource.base else None
        if table is None:
            continue
        view = f"linking_rows_{resource.code}"
        con.create_view(view, table, overwrite=True)
        views.append(view)
        found.append(Found(f"SELECT * FROM {name(view)}", tuple(table.columns)))
    try:
        yield found
    finally:
        for view in views:
            con.con.execute(f"DROP VIEW IF EXISTS {name(view)}")


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for one run, gone afterwards, as records stand in it; those of runs that were killed go first."""
    home = Path(settings.HOME) / "linking"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in home.iterdir():
        pid = left.name.partition("-")[0]
        if not (pid.isdigit() and _runs(int(pid))):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=f"{os.getpid()}-") as folder:
        yield Path(folder)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _alone(code: str) -> None:
    """Wait for another linking of the same registry to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registry'), hashtext(%s))", [code])


def _batches(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The newest batch of each source among the records."""
    return dict(con.execute("SELECT source, max(batch) FROM linking.records GROUP BY source").fetchall())


def _counts(con: duckdb.DuckDBPyConnection, counts: dict[str, int]) -> dict[str, Any]:
    """A run's counts, with those that pages show by source and by way."""
    rest: dict[str, Any] = {key: value for key, value in counts.items() if not key.startswith("how_")}
    ways = {key.removeprefix("how_"): value for key, value in counts.items() if key.startswith("how_")}
    sources = con.execute(
        "SELECT source, count(*) FROM linking.records GROUP BY source ORDER BY source"
    ).fetchall()
    return rest | {"how": ways, "sources": dict(sources)}


def _analyze(counts: dict[str, int]) -> None:
    if counts["new_records"] + counts["changed_records"] + counts["gone_records"] < MANY:
        return
    with connection.cursor() as cursor:
        for model in (Entity, EntityRecord, EntityIdentifier):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
