"""When a step is due: deadline rules in working days, days or hours, from a moment on.

A working-day deadline counts from the day after the step began and ends with the last second of its
last day in the platform's time zone (民法典 articles 201 and 203: the day it begins is not counted, and
the last day ends at 24:00). Where the clock stood still, the days after the one it stopped on, up to and
with the one it went on, don't count: a pause takes as many days as a term from its beginning to its end has.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from xilin.kernel.casework.declarations import DEFAULT_REGIME, DeadlineRule, Regime
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


Span = tuple[datetime, datetime]


def rule_for(*, regime: str, kind: str, step: str, on: date) -> DeadlineRule:
    """The rule of a regime for a step on a day, else the national one: the latest to begin, or NoDeadlineRule."""
    for word in (regime, DEFAULT_REGIME):
        if found := covering(regime=word, kind=kind, step=step, on=on):
            return found
    raise NoDeadlineRule(regime=regime, kind=kind, step=step, day=on.isoformat())


def covering(*, regime: str, kind: str, step: str, on: date) -> DeadlineRule | None:
    """The rule of this very regime for a step on a day: the one with the latest first day."""
    rules: list[DeadlineRule] = [
        rule
        for rule in declared("deadline").values()
        if (rule.regime, rule.case_kind, rule.step) == (regime, kind, step)
        and rule.since <= on
        and (rule.until is None or on <= rule.until)
    ]
    return max(rules, key=lambda rule: rule.since) if rules else None


def regime_of(*, resource: str = "", provider: str = "") -> str:
    """时限体系 Whose deadlines hold for a resource: its own regime's, its provider's, the league's, the national ones."""
    regimes: Iterable[Regime] = declared("regime").values()
    found = [
        (resource in regime.resources, provider in regime.providers, regime.code)
        for regime in regimes
        if resource in regime.resources or provider in regime.providers or regime.default
    ]
    return max(found)[2] if found else DEFAULT_REGIME


def deadline(
    rule: DeadlineRule,
    began: datetime,
    calendar: WorkingDays,
    *,
    pauses: Sequence[Span] = (),
    extended: int = 0,
) -> Deadline:
    """When a step that began at a moment is due by a rule, and when it warns.

    Args:
        pauses: from when until when the clock stood still.
        extended: by how much the rule's time was lengthened, in its unit.

    `warn` is in the rule's own unit before the deadline: from the first second of that day on, or from
    that hour on; never before the step began. In a year without a holiday table only weekends are free,
    and the deadline says so.
    """
    length = rule.days + extended
    if rule.unit == "hour":
        due = _hours(began, timedelta(hours=length), pauses)
        return Deadline(due, max(began, _hours(began, timedelta(hours=length - rule.warn), pauses)))
    first, still = timezone.localtime(began).date(), stood_still(pauses)
    guessed = set[int]()
    last, warned = first, first
    for day, counted in _days(first, length, still, calendar, working=rule.unit == "working_day"):
        last = day
        if rule.unit == "working_day" and day.year not in calendar.years:
            guessed.add(day.year)
        if counted == length - rule.warn and warned == first:
            warned = day
    due = _moment(last, time.max.replace(microsecond=0))
    return Deadline(due, max(began, _moment(warned, time.min)), tuple(sorted(guessed)))


def stood_still(pauses: Iterable[Span]) -> frozenset[date]:
    """The days that don't count because of pauses: after the day each began, up to and with the day it ended."""
    days = set[date]()
    for begin, end in pauses:
        first, last = timezone.localtime(begin).date(), timezone.localtime(end).date()
        days.update(first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return frozenset(days)


def taken(
    rule: DeadlineRule, began: datetime, ended: datetime, calendar: WorkingDays, pauses: Sequence[Span]
) -> int:
    """How many days (working ones where the rule counts those) a step took, its pauses left out."""
    first, last, still = (
        timezone.localtime(began).date(),
        timezone.localtime(ended).date(),
        stood_still(pauses),
    )
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(day not in still and (rule.unit != "working_day" or calendar.counts(day)) for day in days)


def _days(
    first: date, length: int, still: frozenset[date], calendar: WorkingDays, *, working: bool
) -> Iterator[tuple[date, int]]:
    """Each day after the first with how many have been counted, until all are."""
    day, counted = first, 0
    while counted < length:
        day += timedelta(days=1)
        counted += day not in still and (not working or calendar.counts(day))
        yield day, counted


def _hours(began: datetime, length: timedelta, pauses: Sequence[Span]) -> datetime:
    """So long after the beginning, the pauses before it left out."""
    due = began + length
    for begin, end in sorted(pauses):
        if begin < due:
            due += end - max(begin, began)
    return due


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
