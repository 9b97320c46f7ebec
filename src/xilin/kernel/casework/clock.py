"""When a step is due: deadline rules in working days, days or hours, from a moment on.

A working-day deadline counts from the day after the step began and ends with the last second of its
last day in the platform's time zone (民法典 articles 201 and 203: the day it begins is not counted, and
the last day ends at 24:00).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from xilin.kernel.casework.declarations import DeadlineRule
from xilin.kernel.casework.errors import NoDeadlineRule
from xilin.kernel.standards.calendar import WorkingDays
from xilin.kernel.standards.queries import declared


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a clock is due, when its yellow card shows, and the years whose holiday table is missing."""

    due_at: datetime
    warn_at: datetime
    unknown_years: tuple[int, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether every day that was counted lies in a year with a holiday table."""
        return not self.unknown_years


def rule_for(*, regime: str, kind: str, step: str, on: date) -> DeadlineRule:
    """The rule of a regime for a step on a day: the one with the latest first day, or NoDeadlineRule."""
    rules: list[DeadlineRule] = [
        rule
        for rule in declared("deadline").values()
        if (rule.regime, rule.case_kind, rule.step) == (regime, kind, step)
        and rule.since <= on
        and (rule.until is None or on <= rule.until)
    ]
    if not rules:
        raise NoDeadlineRule(regime=regime, kind=kind, step=step, day=on.isoformat())
    return max(rules, key=lambda rule: rule.since)


def deadline(rule: DeadlineRule, began: datetime, calendar: WorkingDays) -> Deadline:
    """When a step that began at a moment is due by a rule, and when it warns.

    `warn` is in the rule's own unit before the deadline: from the first second of that day on, or from
    that hour on; never before the step began. In a year without a holiday table only weekends are free,
    and the deadline says so.
    """
    unknown: tuple[int, ...]
    if rule.unit == "hour":
        due = began + timedelta(hours=rule.days)
        return Deadline(due, max(began, due - timedelta(hours=rule.warn)))
    first = timezone.localtime(began).date()
    if rule.unit == "day":
        last, unknown = first + timedelta(days=rule.days), ()
        warned = last - timedelta(days=rule.warn)
    else:
        last, unknown = calendar.estimate(first, rule.days)
        warned, _ = calendar.estimate(last, -rule.warn)
    due = _moment(last, time.max.replace(microsecond=0))
    return Deadline(due, max(began, _moment(warned, time.min)), unknown)


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
