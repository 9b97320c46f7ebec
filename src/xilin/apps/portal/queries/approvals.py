"""办件公开 Requests and duties in total: how many, how they keep their deadlines, by department; never who or about whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.casework import totals
from xilin.kernel.casework.totals import Kind, Steps
from xilin.kernel.standards.queries import declared
from xilin.web.charts.declared import Chart, Series
from xilin.web.keeping import kept
from xilin.web.numbers import share

YEAR = timedelta(days=365)
# What the public may count. Inquiries into unusual use, alarms of goods and recalls not yet opened are no business of a
# counter: that one is under way would warn whom it concerns.
KINDS = {
    "sharing_conditional": lambda: _("Requests for conditionally shared data"),
    "sharing_unconditional": lambda: _("Requests for unconditionally shared data"),
    "sharing_dispute": lambda: _("Disputes about a refusal"),
    "correction": lambda: _("Corrections of values"),
    "explanation": lambda: _("Questions of citizens: why was I looked at"),
    "catalogue": lambda: _("Entries of the catalogue"),
    "trace_suspicion": lambda: _("Reports about goods"),
    "trace_release": lambda: _("Releases of codes on goods"),
    "problem": lambda: _("Problems reported by the public"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """What is counted of a kind of case or of a department; `received` and `done` are None for a department."""

    name: str
    received: int | None
    done: int | None
    steps: Steps

    @property
    def percent(self) -> str:
        """The share done in time; what is not all is never told as 100 %."""
        return share(self.steps.in_time, self.steps.due)


@dataclass(frozen=True, slots=True)
class Rule:
    """A deadline, as it is declared with its source."""

    name: str
    days: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Approvals:
    """All that the page of requests shows, of the twelve months up to `at`."""

    at: datetime
    received: int
    done: int
    open: int
    steps: Steps
    kinds: list[Line]
    departments: list[Line]
    course: Chart | None
    months: list[tuple[datetime, int]]
    rules: list[Rule]

    @property
    def percent(self) -> str:
        """The share of all duties that were done in time."""
        return share(self.steps.in_time, self.steps.due)


def counted(at: datetime) -> Approvals:
    """Everything, counted at a moment."""
    since = at - YEAR
    found = totals.kinds(since, at, KINDS)
    months = totals.months(since, at, KINDS)
    return Approvals(
        at=at,
        received=sum(one.received for one in found),
        done=sum(one.done for one in found),
        open=sum(one.open for one in found),
        steps=_sum(found),
        kinds=[Line(KINDS[one.kind](), one.received, one.done, one.steps) for one in found],
        departments=[
            Line(_short(department), None, None, steps)
            for department, steps in totals.departments(since, at, KINDS)
        ],
        course=_course(months),
        months=months,
        rules=rules(),
    )


def _course(months: list[tuple[datetime, int]]) -> Chart | None:
    if len(months) < 2:
        return None
    name = _("Received by month")
    labels, values = [f"{month:%Y-%m}" for month, _n in months], [float(n) for _month, n in months]
    return Chart("bar", name, labels, [Series(name, values)], over=_("Month"))


def _sum(found: list[Kind]) -> Steps:
    names = ("in_time", "late", "open", "yellow", "overdue")
    return Steps(**{name: sum(getattr(one.steps, name) for one in found) for name in names})


def _short(department: Any) -> str:
    english = (get_language() or "").startswith("en")
    return str(department.name_en if english and department.name_en else department.name)


@kept
def rules() -> list[Rule]:
    """The deadlines of the kinds of case that are counted, in the order they are declared in."""
    language = get_language() or ""
    units = {
        "working_day": lambda n: _("%(n)s working days") % {"n": n},
        "day": lambda n: _("%(n)s days") % {"n": n},
        "hour": lambda n: _("%(n)s hours") % {"n": n},
    }
    return [
        Rule(
            one.name.of(language) if one.name else one.code,
            units[one.unit](one.days),
            one.source,
            one.confirmed,
        )
        for one in declared("deadline").values()
        if one.case_kind in KINDS and one.regime == "national"
    ]
