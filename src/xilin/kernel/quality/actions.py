"""Keeping what checks found, scoring, and the duty to correct."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.quality import queries, scoring
from xilin.kernel.quality.errors import AlreadyAsked, NoDepartment, NotTheProvider, NotYours
from xilin.kernel.quality.models import CheckResult, Correction, Mend, Quarantined, ResourceScore
from xilin.kernel.quality.rules import Check, PlanLike, checks_for, reason
from xilin.kernel.quality.scoring import Counted, Delivery
from xilin.lib.errors import NotFound

COPY = """COPY quality_quarantined (batch_id, source, resource, department_id, row, key, reasons, found)
FROM STDIN"""
CHUNK = 10_000


class BatchLike(Protocol):
    """What is needed of a batch: `collect.models.Batch` is one."""

    pk: int
    started_at: datetime


class SourcePlan(PlanLike, Protocol):
    """A plan with its source: `collect.pipeline.Plan` is one."""

    @property
    def source(self) -> Any: ...


class OutcomeLike(Protocol):
    """What became of a batch: `collect.pipeline.Outcome` is one."""

    accepted: int
    quarantined: int
    duplicate: int
    checked: dict[str, int]
    broken: dict[str, int]
    filled: dict[str, int]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that someone doubts elsewhere than in quarantine: whose it is, and where it stands.

    `subject` names it without personal data, such as a registry, an entity's number and an item.
    """

    department: Department
    resource: str
    subject: str
    column: str = ""
    source: str = ""


@transaction.atomic
def keep(
    batch: BatchLike,
    plan: SourcePlan,
    outcome: OutcomeLike,
    quarantine_files: Iterable[Path],
    *,
    accepted_files: Iterable[Path] = (),
) -> int:
    """Keep a batch's quarantined rows and the counts of its checks; the number of rows kept.

    Runs in the caller's transaction, and again without harm: rows of the same batch are replaced. A full
    batch replaces its source's earlier rows, which it says anew; an increment those with a key that
    it delivers again, held back or (in `accepted_files`) put right, and those without a key that
    it holds back again as they were.
    """
    department = Department.objects.get(code=plan.source.department)
    files = [Path(path) for path in quarantine_files]
    _forget(batch, plan, [*files, *map(Path, accepted_files)])
    kept = 0
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in _rows(files, plan):
            copy.write_row((batch.pk, plan.source.code, plan.resource.code, department.pk, *row))
            kept += 1
    _find_corrected(plan.source.code)
    _keep_results(batch, plan, outcome, timezone.localdate(batch.started_at))
    return kept


def _forget(batch: BatchLike, plan: SourcePlan, files: Sequence[Path]) -> None:
    """Remove rows that a batch replaces."""
    rows = Quarantined.objects.filter(source=plan.source.code)
    if plan.source.mode == "full":
        rows.delete()
        return
    rows.filter(batch_id=batch.pk).delete()
    _forget_keyless(rows.filter(key=""), files)
    held = set(rows.exclude(key="").values_list("key", flat=True))
    if not held:
        return
    for path in files:
        for chunk in pq.ParquetFile(path).iter_batches(CHUNK, columns=["_key"]):
            again = held.intersection(chunk.column("_key").to_pylist())
            if again:
                rows.filter(key__in=again).delete()


def _find_corrected(source: str) -> None:
    """Give open corrections whose row a batch replaced the row that its record has now, told by its key."""
    lost = Correction.objects.filter(outcome="", quarantined=None, source=source).exclude(key="")
    keys = set(lost.values_list("key", flat=True))
    if keys:
        # The first row of a key is the one that stays: later ones are put into the dict before it.
        rows = Quarantined.objects.filter(source=source, key__in=keys).order_by("-batch_id", "-row")
        now = dict(rows.values_list("key", "pk"))
        for key, pk in now.items():
            lost.filter(key=key).update(quarantined=pk)


def _forget_keyless(rows: QuerySet[Quarantined], files: Sequence[Path]) -> None:
    """Remove rows without a key that stand in the files again, told by all that was found in them."""
    known: dict[bytes, list[int]] = {}
    for pk, found in rows.values_list("pk", "found").iterator():
        known.setdefault(_digest(found), []).append(pk)
    for path in files if known else ():
        if "found" not in pq.read_schema(path).names:
            continue
        for chunk in pq.ParquetFile(path).iter_batches(CHUNK, columns=["_key", "found"]):
            texts = [row["found"] for row in chunk.to_pylist() if not row["_key"]]
            again = {pk for text in texts for pk in known.get(_digest(json.loads(_clean(text))), ())}
            rows.filter(pk__in=again).delete()


def _digest(found: Any) -> bytes:
    return sha256(json.dumps(found, sort_keys=True).encode()).digest()


def _rows(files: Sequence[Path], plan: PlanLike) -> Iterator[tuple[int, str, str, str]]:
    """Row, key, reasons in words, and the row as found, for COPY."""

    @lru_cache(maxsize=10_000)
    def words(code: str, column: str, value: str | None) -> str:
        said = reason(code, column, value, plan)
        told = {"code": code, "column": column, "zh": said.zh, "en": said.en}
        return _clean(json.dumps(told, ensure_ascii=False))

    for path in files:
        for chunk in pq.ParquetFile(path).iter_batches(CHUNK):
            for row in chunk.to_pylist():
                reasons = [words(r["code"], r["column"], _public(r, plan)) for r in row["reasons"]]
                yield row["_row"], _clean(row["_key"] or ""), f"[{', '.join(reasons)}]", _clean(row["found"])


def _public(reason: Mapping[str, Any], plan: PlanLike) -> str | None:
    """A value where it may stand in words: many rows then share theirs."""
    items = {item.key: item.element for item in plan.resource.item}
    element = plan.elements.get(items.get(reason["column"], ""))
    return reason["value"] if element is not None and element.personal == "no" else None


def _clean(text: str) -> str:
    """Text and JSON as PostgreSQL takes them: it has no character zero."""
    return text.replace("\\u0000", "\ufffd").replace("\x00", "\ufffd")


def _keep_results(batch: BatchLike, plan: SourcePlan, outcome: OutcomeLike, on: date) -> None:
    rows = outcome.accepted + outcome.quarantined + outcome.duplicate
    names = {
        item.key: item.name or plan.elements[item.element].name
        for item in plan.resource.item
        if not item.optional
    }
    counted = scoring.filling(outcome.filled, rows, names)
    if plan.source.mode == "full":
        counted.append(scoring.repetition(outcome.duplicate, rows))
    checks = [check for check in checks_for(plan, on) if check.code in outcome.checked]
    counted += [_counted(c, outcome.checked[c.code], outcome.broken[c.code]) for c in checks]
    severity = {check.code: check.severity for check in checks}
    CheckResult.objects.filter(batch_id=batch.pk).delete()
    CheckResult.objects.bulk_create(
        _result(one, plan.resource.code, plan.source.code, batch.pk, severity.get(one.code, "warn"))
        for one in counted
    )


def _counted(check: Check, checked: int, broken: int) -> Counted:
    return Counted(
        check.code, check.column, check.kind, check.dimension, check.name, check.source, checked, broken
    )


def _result(one: Counted, resource: str, source: str, batch: int | None, severity: str) -> CheckResult:
    return CheckResult(
        batch_id=batch,
        source=source,
        resource=resource,
        code=one.code,
        column=one.column,
        kind=one.kind,
        dimension=one.dimension,
        severity=severity,
        name={"zh": one.name.zh, "en": one.name.en},
        basis=one.basis[:300],
        checked=one.checked,
        broken=one.broken,
    )


@transaction.atomic
def score(
    resource: Resource,
    across: Mapping[Check, tuple[int, int]],
    *,
    batches: Sequence[int],
    deliveries: Sequence[Delivery],
    at: datetime,
    newest_row: date | datetime | None = None,
) -> ResourceScore:
    """Score a resource in six dimensions, from what its batches in force and the checks across rows found.

    Args:
        across: checked and broken of each check that looks across rows (`rules.count`).
        batches: ids of the batches in force, whose results `keep` kept.
        deliveries: how each source of the resource has delivered.
        newest_row: the latest value of the resource's `time_column`, where it has one.
    """
    counted = [_counted(check, *counts) for check, counts in across.items()]
    counted += scoring.timeliness(deliveries, resource.update_cycle, newest_row, at)
    counted += scoring.accessibility(deliveries)
    counted += scoring.disputes(*queries.disputed(resource.code, at))
    CheckResult.objects.filter(resource=resource.code, batch_id=None).delete()
    CheckResult.objects.bulk_create(_result(one, resource.code, "", None, "warn") for one in counted)
    own = [(one.dimension, one.checked, one.broken) for one in counted]
    dimensions = scoring.parts([*queries.counts_of(batches), *own])
    return ResourceScore.objects.create(
        resource=resource.code,
        at=at,
        batches=list(batches),
        dimensions={name: [part.passed, part.checked] for name, part in dimensions.items()},
        overall=scoring.overall(dimensions),
    )


@transaction.atomic
def look(pk: int, *, by: User, at: datetime) -> Quarantined:
    """One quarantined row for a person's eyes, with the look on record. NotFound where it isn't theirs."""
    row = queries.quarantined_for(by, pk)
    record(
        "quality.row.seen",
        by=by,
        department=row.department,
        subject=row.resource,
        detail={"source": row.source, "batch": row.batch_id, "row": row.row},
        at=at,
    )
    return row


@transaction.atomic
def ask_correction(
    about: Quarantined | Doubt,
    *,
    by: User | None,
    at: datetime,
    doubt: str = "",
    asked_for: Department | None = None,
) -> Correction:
    """校核 Ask the providing department to check a value; its clock starts.

    `asked_for` is the department that disputes a value it got; where one of its systems asks, `by` is None.
    Raises AlreadyAsked where the row, or another of its source and key, is with its department, NoDepartment where the asker has none.
    """
    department = asked_for or (by.department if by is not None else None)
    if department is None:
        raise NoDepartment
    row = about if isinstance(about, Quarantined) else None
    if row is not None and by is not None:
        row = _locked(queries.quarantine_for(by).get(pk=row.pk))
        open_one = _open(row)
        if open_one is not None:
            raise AlreadyAsked(number=open_one.case.number)
    where = about if isinstance(about, Doubt) else _where(about)
    case = casework.open(
        kind="correction", subject=where.subject, department=where.department, step="answer", at=at, by=by
    )
    correction = Correction.objects.create(
        case=case,
        quarantined=row,
        resource=where.resource,
        source=where.source,
        key=row.key if row is not None else "",
        column=where.column,
        department=where.department,
        subject=where.subject,
        doubt=doubt,
        asked_by=by,
        asked_for=asked_for,
        asked_at=at,
    )
    record(
        "quality.correction.asked",
        by=by,
        department=department,
        provider=where.department,
        subject=case.number,
        detail={"resource": where.resource, "item": where.column},
        at=at,
    )
    return correction


def _locked(row: Quarantined) -> Quarantined:
    """A row with all rows of its record locked, so that it is asked about once, whichever of them people look at."""
    same = Q(source=row.source, key=row.key) if row.key else Q(pk=row.pk)
    found = Quarantined.objects.filter(same).order_by("pk").select_for_update().values_list("pk", flat=True)
    if row.pk not in set(found):
        raise Quarantined.DoesNotExist
    return row


def _open(row: Quarantined) -> Correction | None:
    """The open correction of a row, or of another row of the same record."""
    asked = Correction.objects.filter(outcome="").select_related("case")
    same = Q(source=row.source, key=row.key) if row.key else Q(quarantined=row)
    return asked.filter(same).first()


def _where(row: Quarantined) -> Doubt:
    return Doubt(
        department=row.department,
        resource=row.resource,
        subject=f"{row.resource}: {row.source} {row.batch_id}:{row.row}",
        column=row.reasons[0]["column"] if row.reasons else "",
        source=row.source,
    )


@transaction.atomic
def resolve(correction: Correction, *, by: User, at: datetime, outcome: str, remark: str = "") -> Correction:
    """Answer a correction and close its case. Raises NotTheProvider for people of other departments."""
    correction = Correction.objects.select_related("case", "department").get(pk=correction.pk)
    if by.role not in queries.READERS or by.department_id != correction.department_id:
        raise NotTheProvider(number=correction.case.number, provider=correction.department)
    outcome = Correction.Outcome(outcome)
    casework.close(correction.case, at=at, by=by, outcome=outcome, remark=remark)
    correction.outcome, correction.remark, correction.key = outcome, remark, ""
    correction.resolved_at, correction.resolved_by = at, by
    correction.save()
    record(
        "quality.correction.answered",
        by=by,
        department=by.department,
        provider=correction.department,
        subject=correction.case.number,
        detail={"resource": correction.resource, "item": correction.column, "outcome": outcome},
        at=at,
    )
    return correction


@transaction.atomic
def mend(row: Quarantined, changed: Mapping[str, str | None], *, by: User, at: datetime) -> Mend:
    """修补 Keep how a held row was mended, in place of an earlier mend of the same row; the log has the columns, not the values.

    The caller has made sure that the row passes. Raises NotYours.
    """
    if not queries.may_mend(by, row):
        raise NotYours
    digest = _digest(row.found).hex()
    alive = queries.mends(row.source).select_for_update().filter(digest=digest)
    alive.update(state=Mend.State.WITHDRAWN, ended_at=at)
    kept = Mend.objects.create(
        source=row.source,
        resource=row.resource,
        department=row.department,
        quarantined=row,
        found=row.found,
        digest=digest,
        changed=dict(changed),
        by=by,
        at=at,
    )
    record(
        "quality.row.mended",
        by=by,
        department=row.department,
        subject=row.resource,
        detail={"source": row.source, "batch": row.batch_id, "row": row.row, "columns": sorted(changed)},
        at=at,
    )
    return kept


@transaction.atomic
def withdraw_mend(pk: int, *, by: User, at: datetime) -> Mend:
    """Let a mend hold no longer: the next batch holds the row back again, if it comes as it was. NotFound where it isn't theirs."""
    found = queries.mends_for(by).filter(state__in=Mend.ALIVE, pk=pk).select_for_update(of=("self",)).first()
    if found is None or by.role not in (User.Role.STEWARD, User.Role.ENGINEER):
        raise NotFound(kind=Mend._meta.verbose_name, name=pk)
    found.state, found.ended_at = Mend.State.WITHDRAWN, at
    found.save(update_fields=["state", "ended_at"])
    record(
        "quality.mend.withdrawn",
        by=by,
        department=found.department,
        subject=found.resource,
        detail={"source": found.source, "mend": found.pk},
        at=at,
    )
    return found


@transaction.atomic
def took(source: str, taken: Iterable[int], *, batch: int, whole: bool, at: datetime) -> None:
    """What a batch did with the mends of its source, in the transaction that keeps its counts.

    `taken` were laid over rows: they are in force, and the rows they mend are held back no more. Of a batch that read
    the `whole` source, the others are settled: the source delivers those rows otherwise, or no more.
    """
    alive, numbers = queries.mends(source), list(taken)
    if whole:
        before = alive.filter(at__lt=at).exclude(pk__in=numbers)
        before.update(state=Mend.State.SETTLED, ended_at=at)
    mended = alive.filter(pk__in=numbers)
    Quarantined.objects.filter(mends__in=mended).exclude(batch_id=batch).delete()
    mended.update(state=Mend.State.IN_FORCE, batch_id=batch)
