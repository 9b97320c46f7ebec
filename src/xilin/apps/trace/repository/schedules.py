"""Schedules of subscriptions (EPCIS 2.0, 8.2.5.3): seconds to days of the week, each a list of numbers and ranges.

`second` and others hold what cron's fields do in other words: `5`, `0,30`, `[1-5]`, `[1-5],7`. The patterns published beside the
standard take only single digits (`[0-59]` is a class of characters); the standard's text is followed here. Its own example
says `0/30` for every 30 seconds, so cron's steps (`0/30`, `*/5`, `[8-18]/2`), ranges without brackets and `*` are read too.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from xilin.apps.trace.repository.errors import SubscriptionWrong

LIMITS = {
    "second": (0, 59), "minute": (0, 59), "hour": (0, 23), "dayOfMonth": (1, 31), "month": (1, 12), "dayOfWeek": (1, 7),
}  # fmt: skip
_PART = re.compile(
    r"(?:(?P<all>[*?])|\[(?P<a>\d{1,2})-(?P<b>\d{1,2})\]|(?P<c>\d{1,2})(?:-(?P<d>\d{1,2}))?)(?:/(?P<step>\d{1,2}))?",
    re.ASCII,
)
DAYS = 366 * 5


class Schedule(NamedTuple):
    """The times at which a schedule is due, field by field; a field that wasn't given is due always, seconds at 0."""

    second: frozenset[int]
    minute: frozenset[int]
    hour: frozenset[int]
    day: frozenset[int]
    month: frozenset[int]
    weekday: frozenset[int]


def read(given: Mapping[str, Any]) -> Schedule:
    """A schedule of its fields; SubscriptionWrong for one that is none or never due."""
    if not isinstance(given, Mapping) or not given.keys() <= LIMITS.keys() or not given:
        raise SubscriptionWrong(why=", ".join(LIMITS))
    fields = [_field(name, given.get(name)) for name in LIMITS]
    if "second" not in given:
        fields[0] = frozenset({0})
    if "minute" not in given and "second" not in given:
        fields[1] = frozenset({0})
    if given.keys() <= {"dayOfMonth", "month", "dayOfWeek"}:
        fields[2] = frozenset({0})
    return Schedule(*fields)


def _field(name: str, text: Any) -> frozenset[int]:
    least, most = LIMITS[name]
    if text is None:
        return frozenset(range(least, most + 1))
    found = set[int]()
    for part in str(text).split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise SubscriptionWrong(why=name)
        begin = least if match["all"] else int(match["a"] or match["c"])
        step = int(match["step"] or 1)
        # A number alone is itself; with a step it goes on to the end.
        last = match["b"] or match["d"] or (most if match["all"] or match["step"] else begin)
        end = int(last)
        if not least <= begin <= end <= most or not step:
            raise SubscriptionWrong(why=name)
        found.update(range(begin, end + 1, step))
    return frozenset(found)


def after(schedule: Schedule, at: datetime) -> datetime | None:
    """The first time after a moment at which a schedule is due, in the moment's zone; None within five years none."""
    begin = at.replace(microsecond=0) + timedelta(seconds=1)
    for ahead in range(DAYS):
        day = (begin + timedelta(days=ahead)).date()
        if (
            day.month not in schedule.month
            or day.day not in schedule.day
            or day.isoweekday() not in schedule.weekday
        ):
            continue
        first = (
            begin
            if ahead == 0
            else begin.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0)
        )
        if found := _within(schedule, first):
            return found
    return None


def _within(schedule: Schedule, first: datetime) -> datetime | None:
    """The first time due on the rest of a day."""
    for hour in sorted(schedule.hour):
        if hour < first.hour:
            continue
        for minute in sorted(schedule.minute):
            if hour == first.hour and minute < first.minute:
                continue
            for second in sorted(schedule.second):
                if (hour, minute) == (first.hour, first.minute) and second < first.second:
                    continue
                return first.replace(hour=hour, minute=minute, second=second)
    return None
