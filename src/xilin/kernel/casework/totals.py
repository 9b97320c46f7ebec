"""办件统计 Cases and their steps in total, for the public: how many, how deadlines are kept; never a subject or a person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth

from xilin.kernel.accounts.models import Department
from xilin.kernel.casework.models import Case, CaseStep


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps with a deadline: ended in a span in time and late; open at its end, of them nearly due and overdue."""

    in_time: int = 0
    late: int = 0
    open: int = 0
    yellow: int = 0
    overdue: int = 0

    @property
    def due(self) -> int:
        """All that had to be done by now."""
        return self.in_time + self.late + self.overdue


@dataclass(frozen=True, slots=True)
class Kind:
    """Cases of a kind: opened and ended in a span, open at its end, and the steps of them all."""

    kind: str
    received: int
    done: int
    open: int
    steps: Steps


def kinds(since: datetime, until: datetime, among: Collection[str]) -> list[Kind]:
    """The cases of each of some kinds in `[since, until)`, most received first; kinds without any are left out."""
    steps = _steps(since, until, among, "case__kind")
    found = [
        Kind(row["kind"], row["received"], row["done"], row["open"], steps.get(row["kind"], Steps()))
        for row in Case.objects.filter(kind__in=among, opened_at__lt=until)
        .order_by()
        .values("kind")
        .annotate(
            received=Count("pk", filter=Q(opened_at__gte=since)),
            done=Count("pk", filter=Q(closed_at__gte=since, closed_at__lt=until)),
            open=Count("pk", filter=Q(closed_at=None) | Q(closed_at__gte=until)),
        )
    ]
    return sorted(
        (one for one in found if one.received or one.done or one.open),
        key=lambda one: (-one.received, one.kind),
    )


def departments(since: datetime, until: datetime, among: Collection[str]) -> list[tuple[Department, Steps]]:
    """The steps each department owes or owed, most first."""
    steps = _steps(since, until, among, "department")
    found = [(one, steps[one.pk]) for one in Department.objects.filter(pk__in=steps)]
    found = [(one, told) for one, told in found if told.due or told.open]
    return sorted(found, key=lambda pair: (-pair[1].due - pair[1].open, pair[0].code))


def months(since: datetime, until: datetime, among: Collection[str]) -> list[tuple[datetime, int]]:
    """How many cases were opened in each month that had any, oldest first."""
    rows = Case.objects.filter(kind__in=among, opened_at__gte=since, opened_at__lt=until).order_by()
    counted = rows.annotate(month=TruncMonth("opened_at")).values_list("month").annotate(number=Count("pk"))
    return sorted((month, number) for month, number in counted)


def pulse(at: datetime) -> tuple[int, int, datetime | None, int]:
    """What changes when a case or a step begins or ends or runs out, cheaply asked."""
    ended = CaseStep.objects.filter(ended_at__isnull=False).order_by("-ended_at")
    return (
        Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        CaseStep.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        ended.values_list("ended_at", flat=True).first(),
        CaseStep.objects.filter(ended_at=None, due_at__lt=at).count(),
    )


def _steps(since: datetime, until: datetime, among: Collection[str], by: str) -> dict[Any, Steps]:
    ended = Q(ended_at__gte=since, ended_at__lt=until)
    running = Q(began_at__lt=until) & (Q(ended_at=None) | Q(ended_at__gte=until))
    # A clock that stands still is overdue only where it was when it stopped, and is never nearly due.
    overdue = running & Q(due_at__lt=until) & (Q(stopped_at=None) | Q(stopped_at__gt=F("due_at")))
    rows = CaseStep.objects.filter(case__kind__in=among, due_at__isnull=False).filter(ended | running)
    counted = (
        rows.order_by()
        .values(key=F(by))
        .annotate(
            in_time=Count("pk", filter=ended & Q(ended_at__lte=F("due_at"))),
            late=Count("pk", filter=ended & Q(ended_at__gt=F("due_at"))),
            open=Count("pk", filter=running),
            yellow=Count("pk", filter=running & Q(warn_at__lte=until, due_at__gte=until, stopped_at=None)),
            overdue=Count("pk", filter=overdue),
        )
    )
    return {
        row["key"]: Steps(row["in_time"], row["late"], row["open"], row["yellow"], row["overdue"])
        for row in counted
    }
