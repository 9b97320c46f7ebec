"""Reading scores, and rows held back on someone's behalf."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from xilin.kernel.accounts.models import User
from xilin.kernel.quality.models import CheckResult, Correction, Mend, Quarantined, ResourceScore
from xilin.kernel.quality.scoring import DIMENSIONS, Part
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

# 三员 The administrators keep the platform running; data of departments is not theirs to read.
A_YEAR = timedelta(days=365)
READERS = (User.Role.STEWARD, User.Role.APPROVER, User.Role.ENGINEER)


@dataclass(frozen=True, slots=True)
class Score:
    """A resource's latest score: a part for each of the six dimensions, and one figure, 0 to 1."""

    resource: str
    at: datetime
    dimensions: dict[str, Part]
    overall: float | None


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found over the batches in force, or across them."""

    code: str
    column: str
    name: Text
    dimension: str
    severity: str
    source: str
    checked: int
    broken: int

    @property
    def share(self) -> float | None:
        """The share that passed, 0 to 1."""
        return 1 - self.broken / self.checked if self.checked else None


def scores() -> dict[str, Score]:
    """The latest score of every resource that has one, by code."""
    rows = ResourceScore.objects.order_by("resource", "-at", "-pk").distinct("resource")
    return {row.resource: _score(row) for row in rows}


def pulse() -> int:
    """What changes with every scoring, cheaply asked."""
    return ResourceScore.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def score_of(resource: str) -> Score | None:
    """The latest score of a resource, or None."""
    row = _latest(resource)
    return _score(row) if row else None


def trend(resource: str, most: int = 30) -> list[Score]:
    """The newest scores of a resource, the oldest of them first."""
    rows = ResourceScore.objects.filter(resource=resource).order_by("-at", "-pk")[:most]
    return [_score(row) for row in reversed(rows)]


def results(resource: str) -> list[Result]:
    """What each check found behind the latest score, the worst first."""
    row = _latest(resource)
    batches = row.batches if row else []
    found = (
        CheckResult.objects.filter(resource=resource)
        .filter(Q(batch_id__in=batches) | Q(batch_id=None))
        .order_by()
        .values("code", "column", "dimension")
        .annotate(
            severity=Max("severity"),
            checked=Sum("checked"),
            broken=Sum("broken"),
            newest=Max("pk"),
        )
    )
    said = CheckResult.objects.in_bulk([row["newest"] for row in found])
    listed = [
        Result(
            row["code"],
            row["column"],
            Text(**said[row["newest"]].name),
            row["dimension"],
            row["severity"],
            said[row["newest"]].basis,
            row["checked"],
            row["broken"],
        )
        for row in found
    ]
    return sorted(listed, key=lambda one: (-(one.broken / one.checked if one.checked else 0), one.code))


def counts_of(batches: Sequence[int]) -> list[tuple[str, int, int]]:
    """Dimension, checked and broken of every check of some batches."""
    rows = CheckResult.objects.filter(batch_id__in=list(batches)).order_by()
    return [
        (row["dimension"], row["checked"], row["broken"])
        for row in rows.values("dimension").annotate(checked=Sum("checked"), broken=Sum("broken"))
    ]


def quarantine_for(user: Any) -> QuerySet[Quarantined]:
    """The rows held back that someone may see: those of their own department's sources, nobody else's."""
    if not _reads(user):
        return Quarantined.objects.none()
    return Quarantined.objects.filter(department=user.department_id).select_related("department")


def quarantined_for(user: Any, pk: int) -> Quarantined:
    """One row held back, or NotFound. To show it to a person use `actions.look`, which puts it on record."""
    row = quarantine_for(user).filter(pk=pk).first()
    if row is None:
        raise NotFound(kind=Quarantined._meta.verbose_name, name=pk)
    return row


def held_by_source(user: Any) -> list[tuple[str, int]]:
    """How many rows are held back by source: of one's own department, of all for the audit administrator."""
    auditor = getattr(user, "is_active", False) and getattr(user, "role", "") == User.Role.AUDIT
    rows = Quarantined.objects.all() if auditor else quarantine_for(user)
    counted = rows.order_by("source").values_list("source").annotate(count=Count("pk"))
    return [(source, count) for source, count in counted]


def holds_keys(source: str) -> bool:
    """Whether a source has rows held back that are told by a key."""
    return Quarantined.objects.filter(source=source).exclude(key="").exists()


def corrections_for(user: Any) -> QuerySet[Correction]:
    """Corrections that someone's department asked for or owes; all for the audit administrator."""
    rows = Correction.objects.select_related("case", "department", "asked_by", "asked_for")
    if getattr(user, "is_active", False) and getattr(user, "role", "") == User.Role.AUDIT:
        return rows
    if not _reads(user):
        return rows.none()
    own = user.department_id
    return rows.filter(Q(department=own) | Q(asked_by__department=own) | Q(asked_for=own))


def disputed(resource: str, at: datetime) -> tuple[int, int]:
    """How many values of a resource that users disputed were answered in the year before, and how many of them were wrong."""
    answered = Correction.objects.filter(
        resource=resource, asked_for__isnull=False, resolved_at__gt=at - A_YEAR, resolved_at__lte=at
    )
    outcomes = list(answered.values_list("outcome", flat=True))
    wrong = outcomes.count(Correction.Outcome.CORRECTED)
    return wrong + outcomes.count(Correction.Outcome.CONFIRMED), wrong


def _reads(user: Any) -> bool:
    return bool(
        getattr(user, "is_active", False)
        and getattr(user, "department_id", None) is not None
        and user.role in READERS
    )


def _latest(resource: str) -> ResourceScore | None:
    return ResourceScore.objects.filter(resource=resource).order_by("-at", "-pk").first()


def _score(row: ResourceScore) -> Score:
    found = {name: row.dimensions.get(name, [0, 0]) for name in DIMENSIONS}
    return Score(
        row.resource,
        row.at,
        {name: Part(checked=checked, passed=passed) for name, (passed, checked) in found.items()},
        row.overall,
    )


def mends(source: str) -> QuerySet[Mend]:
    """The mends of a source that a batch must lay over its rows."""
    return Mend.objects.filter(source=source, state__in=Mend.ALIVE).order_by("pk")


def mends_for(user: Any) -> QuerySet[Mend]:
    """The mends of someone's own department, newest first; nobody else's."""
    if not _reads(user):
        return Mend.objects.none()
    return Mend.objects.filter(department=user.department_id).select_related("by", "department")


def may_mend(user: Any, row: Quarantined) -> bool:
    """Whether someone may mend a row: stewards and engineers of the department it comes from."""
    roles = (User.Role.STEWARD, User.Role.ENGINEER)
    return _reads(user) and user.role in roles and user.department_id == row.department_id
