"""Reading batches, rows in force, lineage, and the plan of a source."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis
import msgspec
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ibis import _ as row

from xilin.kernel.collect import faults
from xilin.kernel.collect.declarations import Source
from xilin.kernel.collect.errors import NoSuchSource
from xilin.kernel.collect.models import Batch
from xilin.kernel.collect.pipeline import Plan
from xilin.kernel.collect.pipeline.plan import SQL_TYPES
from xilin.kernel.collect.pipeline.query import IBIS_TYPES
from xilin.kernel.lake.tables import File, Lake
from xilin.kernel.quality.scoring import Delivery
from xilin.kernel.standards.models import Declaration
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound


@dataclass(frozen=True, slots=True)
class Origin:
    """血缘 Rows in force of a resource that came with one batch of one source."""

    source: str
    batch: int
    when: datetime
    rows: int


def batches() -> QuerySet[Batch]:
    """Every batch, newest first."""
    return Batch.objects.order_by("-pk")


def batch(pk: int) -> Batch:
    """One batch, or NotFound."""
    found = Batch.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(kind=_("batch"), name=pk)
    return found


def running() -> set[int]:
    """Ids of the batches at work, and of those that a crash left."""
    return set(Batch.objects.filter(state=Batch.State.RUNNING).values_list("pk", flat=True))


def pulse() -> tuple[int, tuple[int, ...]]:
    """What changes whenever a batch begins or ends, cheaply asked: the newest batch and those at work."""
    newest = Batch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return newest, tuple(sorted(running()))


def since_moment(at: datetime) -> QuerySet[Batch]:
    """The batches that were at work since a moment, newest first."""
    return batches().filter(Q(finished_at__gte=at) | Q(state=Batch.State.RUNNING))


def newest() -> dict[str, Batch]:
    """The newest batch done of each source; where none is, the newest that was refused."""
    found: dict[str, Batch] = {}
    for state in (Batch.State.REFUSED, Batch.State.DONE):
        rows = Batch.objects.filter(state=state).order_by("source", "-pk").distinct("source")
        found.update({one.source: one for one in rows})
    return found


def since(source: Source) -> str | None:
    """The greatest value of the cursor that a done batch of the source has seen.

    None where the newest value kept is of another column than the source's cursor is today, or of another
    resource: what one column has reached says nothing about another, so everything is read again.
    """
    kept = Batch.objects.filter(source=source.code, state=Batch.State.DONE).exclude(cursor="")
    newest = kept.order_by("-pk").values("cursor", "cursor_column", "resource").first()
    if newest is None or (newest["cursor_column"], newest["resource"]) != (source.cursor, source.resource):
        return None
    return str(newest["cursor"])


def in_force(source: str) -> list[int]:
    """Ids of the batches a source's rows in force come from: its last full batch and the increments since."""
    done = Batch.objects.filter(source=source, state=Batch.State.DONE)
    full = done.filter(mode="full").order_by("-pk").values_list("pk", flat=True).first()
    return sorted(done.filter(pk__gte=full or 0).values_list("pk", flat=True))


def deliveries(source: str) -> Delivery:
    """How a source has delivered so far."""
    ended = Batch.objects.filter(source=source).exclude(state=Batch.State.RUNNING)
    done = ended.filter(state=Batch.State.DONE)
    last = ended.order_by("-pk").first()
    return Delivery(
        source=source,
        newest_at=done.order_by("-pk").values_list("started_at", flat=True).first(),
        last_succeeded=last is not None and last.state == Batch.State.DONE,
        batches=ended.count(),
        succeeded=done.count(),
        name=found.name if (found := declaration("source", source)) else None,
    )


def due(at: datetime) -> list[str]:
    """Sources whose schedule has come round since their last batch began (or since they were declared).

    Schedules are in the platform's time zone. A time missed while no worker ran is made up for, once.
    """
    from croniter import croniter  # type: ignore[import-untyped]

    begun = dict(
        Batch.objects.order_by("source", "-pk").distinct("source").values_list("source", "started_at")
    )
    since = dict(
        Declaration.objects.filter(kind="source", until=None).values_list("code", "since__applied_at")
    )
    local = timezone.localtime(at)
    found = []
    for code, source in declared("source").items():
        if source.schedule:
            last = croniter(source.schedule, local).get_current(datetime)
            if not croniter.match(source.schedule, local):
                last = croniter(source.schedule, local).get_prev(datetime)
            if max(begun.get(code, since[code]), since[code]) < last:
                found.append(code)
    return found


def current(
    con: Any, resource: str, *, snapshot: int | None = None, sources: Collection[str] | None = None
) -> Any:
    """The rows in force of a resource as an Ibis table of `con`, or None where nothing was ever collected.

    For each source that is declared for it, its last full batch and the increments since; of the
    rows of a key the newest. An item that was declared after they were collected is null in them.

    Args:
        snapshot: an earlier snapshot of the standard table, as `Lake.snapshot` told it: the rows in force then.
        sources: those of these sources only, declared for it or not.

    Raises:
        SnapshotGone: the lake doesn't keep that snapshot any more.
    """
    lake, table = Lake.open(), f"std.{resource}"
    ours = feeding(resource) if sources is None else sources
    once, often = _by_batches([file for file in lake.entries(table, snapshot) if file.part in ours])
    parts = []
    if once:
        parts.append(lake.read(con, table, once))
    if often:
        parts.append(_newest_of_keys(lake.read(con, table, often)))
    if not parts and (nothing := lake.nothing(con, table)) is not None:
        parts.append(nothing)
    return _with_items(ibis.union(*parts), resource) if parts else None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came to a resource since some batches were seen.

    `rows` are, of the sources in `grown`, those of later batches (of a key the newest), of the
    others all that are in force; None where there is nothing to read. `batches` are those in force.
    """

    rows: Any
    grown: tuple[str, ...]
    batches: dict[str, list[int]]


def arrived(con: Any, resource: str, seen: Mapping[str, Collection[int]]) -> Arrived:
    """What came to a resource since the batches of each source that were seen.

    A source has grown where all that was seen is still in force; where a full batch took its
    place, or nothing was seen, all rows count.
    """
    lake, table = Lake.open(), f"std.{resource}"
    ours = feeding(resource)
    files = [file for file in lake.entries(table) if file.part in ours]
    batches: dict[str, set[int]] = {}
    for file in files:
        batches.setdefault(file.part, set()).update(file.batches)
    grown = tuple(
        sorted(part for part, there in batches.items() if part in seen and there >= set(seen[part]))
    )
    others = [file for file in files if file.part not in grown]
    once, often = _by_batches(others)
    parts = []
    if once:
        parts.append(lake.read(con, table, once))
    if often:
        parts.append(_newest_of_keys(lake.read(con, table, often)))
    for part in grown:
        late = [file.path for file in files if file.part == part and not set(file.batches) <= set(seen[part])]
        if late:
            rows = lake.read(con, table, late)
            parts.append(_newest_of_keys(rows.filter(row._batch.notin(sorted(seen[part])))))
    if not parts and (nothing := lake.nothing(con, table)) is not None:
        parts.append(nothing)
    return Arrived(
        _with_items(ibis.union(*parts), resource) if parts else None,
        grown,
        {part: sorted(there) for part, there in sorted(batches.items())},
    )


def _newest_of_keys(rows: Any) -> Any:
    """Of rows of one key the newest."""
    nth = ibis.row_number().over(group_by=("_source", "_key"), order_by=(row._batch.desc(), row._row.desc()))
    return rows.mutate(_nth=nth).filter(row._nth == 0).drop("_nth")


def feeding(resource: str) -> set[str]:
    """The sources declared for a resource; told by their content alone, which one that can't be read has too."""
    rows = Declaration.objects.filter(kind="source", until=None, content__resource=resource)
    return set(rows.values_list("code", flat=True))


def _with_items(rows: Any, resource: str) -> Any:
    """Rows with every item that the resource declares today."""
    try:
        told, elements = declaration("resource", resource), declared("element")
    except msgspec.ValidationError:
        return rows
    missing = {
        item.key: ibis.null(IBIS_TYPES[SQL_TYPES[elements[item.element].type]])
        for item in (told.item if told else ())
        if item.key not in rows.columns and item.element in elements
    }
    return rows.mutate(**missing) if missing else rows


def _by_batches(files: Sequence[File]) -> tuple[list[str], list[str]]:
    """Files of the sources with rows of one batch, and of those with several, whose keys may stand twice."""
    counts: dict[str, set[int]] = {}
    for file in files:
        counts.setdefault(file.part, set()).update(file.batches)
    once = [file.path for file in files if len(counts[file.part]) == 1]
    return once, [file.path for file in files if len(counts[file.part]) > 1]


def lineage(resource: str) -> list[Origin]:
    """Where the standard table's rows come from: source, batch, when it began, rows in its files.

    By source and batch. In increments a row that a later batch renewed is still counted with the older.
    """
    rows: dict[tuple[str, int], int] = {}
    ours = feeding(resource)
    for file in Lake.open().entries(f"std.{resource}"):
        if file.part not in ours:
            continue
        for batch, count in file.batches.items():
            rows[file.part, batch] = rows.get((file.part, batch), 0) + count
    begun = dict(Batch.objects.filter(pk__in=[pk for _source, pk in rows]).values_list("pk", "started_at"))
    return [
        Origin(source, pk, begun[pk], count) for (source, pk), count in sorted(rows.items()) if pk in begun
    ]


def plan(source_code: str, on: date) -> Plan:
    """What a source is standardised by: its declaration and those it refers to, rules in force on a day.

    Raises:
        NoSuchSource: it isn't declared.
        SourceFault: the declarations in force contradict one another.
    """
    try:
        sources = declared("source")
        if source_code not in sources:
            raise NoSuchSource(source=source_code, known=", ".join(sorted(sources)))
        source = sources[source_code]
        resource = declared("resource").get(source.resource)
        if resource is None:
            raise _missing("信息资源", "resource", source.resource)
        if source.department not in declared("department"):
            raise _missing("部门", "department", source.department)
        elements, code_lists = declared("element"), declared("code_list")
        rules = declared("rule").values()
    except msgspec.ValidationError as error:
        raise faults.broken_declaration(
            "有声明读不了，可能是由其他版本的程序写入的。",
            "A declaration can't be read; it may have been written by another version.",
            str(error),
        ) from error
    used = {}
    for item in resource.item:
        if item.element not in elements:
            raise _missing("数据元", "data element", item.element)
        used[item.element] = elements[item.element]
    lists = {}
    for element in used.values():
        if element.code_list and element.code_list not in code_lists:
            raise _missing("代码集", "code list", element.code_list)
        if element.code_list:
            lists[element.code_list] = code_lists[element.code_list]
    ours = tuple(rule for rule in rules if rule.resource == resource.code and rule.since <= on)
    return Plan(source=source, resource=resource, elements=used, code_lists=lists, rules=ours)


def _missing(zh: str, en: str, code: str) -> faults.SourceFault:
    return faults.broken_declaration(f"{zh}“{code}”不存在。", f"There is no {en} {code}.")
