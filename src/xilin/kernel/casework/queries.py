"""Reading cases: who owes what until when, cards, scores, and alarms of the calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from xilin.kernel.accounts.models import Department
from xilin.kernel.casework.models import Card, Case, CaseStep
from xilin.kernel.standards.calendar import calendar
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound


def cases_for(user: Any) -> QuerySet[Case]:
    """The cases someone may see: those their department owes a step of, or opened."""
    cases = Case.objects.select_related("department", "opened_by").prefetch_related(
        "steps__department", "steps__ended_by"
    )
    if user is None or not user.is_authenticated or user.department_id is None:
        return cases.none()
    ours = Q(steps__department=user.department_id) | Q(opened_by__department=user.department_id)
    return cases.filter(Q(pk__in=Case.objects.filter(ours).values("pk")))


def case_for(user: Any, number: str) -> Case:
    """One case that someone may see, or NotFound."""
    found = cases_for(user).filter(number=number).first()
    if found is None:
        raise NotFound(kind=Case._meta.verbose_name, name=number)
    return found


def numbered(numbers: Iterable[str]) -> dict[str, Case]:
    """Cases by number, for parts that keep the number of a case of their own; who may see them is theirs to say."""
    found = Case.objects.select_related("department").filter(number__in=set(numbers) - {""})
    return {case.number: case for case in found}


@dataclass(frozen=True, slots=True)
class Standing:
    """An open step and the card it carries at a time."""

    case: Case
    step: CaseStep
    card: Card


_ORDER = {Card.RED: 0, Card.YELLOW: 1, Card.NONE: 2}


def standings(at: datetime, *, department: Department | None = None) -> list[Standing]:
    """Every open step with its card at a time, red first, then by deadline."""
    steps = CaseStep.objects.filter(ended_at=None, began_at__lte=at)
    steps = steps.select_related("case", "department")
    if department is not None:
        steps = steps.filter(department=department)
    found = [Standing(step.case, step, step.card(at)) for step in steps]
    return sorted(found, key=lambda one: (_ORDER[one.card], one.step.due_at or at, one.step.pk))


def cards(at: datetime, *, department: Department | None = None) -> list[Standing]:
    """The yellow and red cards at a time."""
    return [one for one in standings(at, department=department) if one.card != Card.NONE]


@dataclass(frozen=True, slots=True)
class Score:
    """How a department kept its deadlines: steps ended in time and late, overdue ones still open.

    `points` is 100 times the share that ended in time, None where nothing was due.
    """

    department: Department
    in_time: int
    late: int
    overdue: int

    @property
    def points(self) -> float | None:
        """From 0 to 100, one decimal."""
        due = self.in_time + self.late + self.overdue
        return round(100 * self.in_time / due, 1) if due else None


# A clock that stands still is overdue only where it was when it stopped.
_RAN_OUT = Q(stopped_at=None) | Q(stopped_at__gt=F("due_at"))


def scores(since: datetime, until: datetime) -> list[Score]:
    """Each department's score over the steps that ended in `[since, until)` or lie overdue at `until`."""
    ended = Q(ended_at__gte=since, ended_at__lt=until)
    running = Q(began_at__lt=until) & (Q(ended_at=None) | Q(ended_at__gte=until))
    counts = {
        row["department"]: row
        for row in CaseStep.objects.filter(due_at__isnull=False)
        .order_by()
        .values("department")
        .annotate(
            in_time=Count("pk", filter=ended & Q(ended_at__lte=F("due_at"))),
            late=Count("pk", filter=ended & Q(ended_at__gt=F("due_at"))),
            overdue=Count("pk", filter=running & Q(due_at__lt=until) & _RAN_OUT),
        )
    }
    departments: Iterable[Department] = Department.objects.filter(pk__in=counts).order_by("code")
    return [
        Score(
            department,
            counts[department.pk]["in_time"],
            counts[department.pk]["late"],
            counts[department.pk]["overdue"],
        )
        for department in departments
    ]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A year that deadlines fall in and no holiday table covers, and the steps concerned."""

    year: int
    steps: list[CaseStep]


def alarms() -> list[Alarm]:
    """The years whose holiday table is wanted because an open deadline lies in them."""
    known = {table.year for table in declared("holiday").values()}
    by_year: dict[int, list[CaseStep]] = {}
    for step in CaseStep.objects.filter(ended_at=None, certain=False).select_related("case", "department"):
        years = {timezone.localtime(step.due_at).year, timezone.localtime(step.began_at).year}
        for year in (years - known) if step.due_at else ():
            by_year.setdefault(year, []).append(step)
    return [Alarm(year, steps) for year, steps in sorted(by_year.items())]


def unknown_years(at: datetime) -> list[int]:
    """Years without a holiday table that a step begun now could fall due in, by the longest rule in working days."""
    known = calendar()
    longest = max(
        (rule.days + rule.extend for rule in declared("deadline").values() if rule.unit == "working_day"),
        default=0,
    )
    return list(known.estimate(timezone.localtime(at).date(), longest).guessed)


def calendar_alarms(at: datetime) -> dict[int, int]:
    """The years whose holiday table is wanted at a moment, each with how many open deadlines are estimates."""
    found = {alarm.year: len(alarm.steps) for alarm in alarms()}
    return dict(sorted({year: found.get(year, 0) for year in (*found, *unknown_years(at))}.items()))
