"""Linking a registry and scoring it."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.utils.translation import gettext as _

from xilin.kernel.audit.actions import record
from xilin.kernel.collect.queries import arrived, current
from xilin.kernel.registry import linker, store
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.errors import NotLinked, NoTruth
from xilin.kernel.registry.models import LinkRun
from xilin.kernel.registry.pipeline import linking
from xilin.kernel.registry.pipeline.model import Model
from xilin.kernel.registry.pipeline.records import Found
from xilin.kernel.registry.pipeline.spec import Spec, literal, name
from xilin.kernel.registry.queries import latest_run
from xilin.kernel.registry.recheck import recheck
from xilin.kernel.registry.scoring import Score, measure
from xilin.kernel.registry.truth import known
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound


def link(code: str, *, at: datetime, con: Any) -> LinkRun:
    """Link every record in force of a registry's resources into entities with golden records.

    Args:
        code: the registry.
        at: when the linking begins.
        con: an Ibis connection to DuckDB (`lake.engine.connect`).

    Only what changed since the last linking is looked at, with its neighbourhood, and only what
    changed is written, in one transaction. Raises NotFound for an undeclared registry.
    """
    spec, told = _spec(_registry(code)), linker.about(code, con.con)
    batches: dict[str, list[int]] = {}
    with _views(con, code, told.batches if told else None, batches) as found:
        return link_found(spec, found, at=at, con=con.con, batches=batches)


def link_found(
    spec: Spec,
    found: Sequence[Found],
    *,
    at: datetime,
    con: duckdb.DuckDBPyConnection,
    batches: dict[str, list[int]] | None = None,
) -> LinkRun:
    """Link rows that are at hand: what `link` does once it knows the declaration and the rows.

    `batches` are those in force by source, so that the next linking knows what it has seen. Decisions
    about records that are somebody else's now end first.
    """
    recheck(spec, found, at=at, con=con)
    with _folder() as folder:
        return linker.carry_out(linker.Job(spec, found, at, con, folder, batches or {}))


def train(code: str, *, at: datetime, con: Any) -> Model:
    """Make a registry's model anew from every record in force; the next linking uses it, for all records."""
    spec = _spec(_registry(code))
    with _views(con, code) as found, _folder() as folder:
        made = linker.train(linker.Job(spec, found, at, con.con, folder))
    record("registry.trained", subject=code, detail={"model": made.version, "records": made.records}, at=at)
    return made


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
def _views(
    con: Any,
    code: str,
    seen: dict[str, list[int]] | None = None,
    batches: dict[str, list[int]] | None = None,
) -> Iterator[list[Found]]:
    """The rows in force of each resource that feeds a registry, as views for the time of a run.

    With `seen`, the batches of each source at the last linking, what came since is told too;
    `batches` is filled with those in force now.
    """
    found: list[Found] = []
    views: list[str] = []

    def view(resource: str, table: Any) -> str:
        views.append(f"linking_rows_{len(views)}_{resource}")
        con.create_view(views[-1], table, overwrite=True)
        return f"SELECT * FROM {name(views[-1])}"

    for resource in declared("resource").values():
        table = current(con, resource.code) if resource.registry == code and not resource.base else None
        if table is None:
            continue
        query, columns = view(resource.code, table), tuple(table.columns)
        news = arrived(con, resource.code, seen or {})
        if batches is not None:
            batches.update(news.batches)
        if news.grown and news.rows is not None:
            found.append(Found(query, columns, view(resource.code, news.rows), news.grown))
        else:
            found.append(Found(query, columns))
    try:
        yield found
    finally:
        for one in views:
            con.con.execute(f"DROP VIEW IF EXISTS {name(one)}")


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
