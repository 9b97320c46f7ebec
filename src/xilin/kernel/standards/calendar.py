"""工作日历 Working days by the holiday tables that are declared: never by constants, never by a guess.

The State Council publishes a year's table in the November before. A count that needs a year
without a table is refused by name, so that the caller can raise an alarm; a caller that must
have a day at once may ask for `estimate`, which says which years it guessed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from xilin.kernel.standards.declarations import Holiday
from xilin.kernel.standards.errors import NoHolidayTable
from xilin.kernel.standards.queries import declared

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class Estimate(NamedTuple):
    """A day worked out although tables were missing: in `guessed` years only weekends were free."""

    day: date
    guessed: tuple[int, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether every day counted lies in a year with a table."""
        return not self.guessed


class WorkingDays:
    """The working days of some holiday tables."""

    def __init__(self, tables: Iterable[Holiday]) -> None:
        tables = list(tables)
        self.years = frozenset(table.year for table in tables)
        self._off = frozenset(day for table in tables for day in table.off)
        self._worked = frozenset(day for table in tables for day in table.worked)

    def works(self, day: date) -> bool:
        """Whether a day is worked; NoHolidayTable where its year has no table."""
        if day.year not in self.years:
            raise NoHolidayTable(year=day.year)
        return self._works(day)

    def counts(self, day: date) -> bool:
        """The same as `works`, by weekends alone in a year without a table."""
        return self._works(day)

    def due(self, start: date, days: int) -> date:
        """The working day that lies `days` working days after `start`, before it where negative.

        The first day isn't counted (民法典 article 201); 0 gives `start` itself, worked or not.
        NoHolidayTable where a day in between lies in a year without a table.
        """
        estimate = self.estimate(start, days)
        if not estimate.certain:
            raise NoHolidayTable(year=estimate.guessed[0])
        return estimate.day

    def estimate(self, start: date, days: int) -> Estimate:
        """The same as `due`, by weekends alone in years without a table, which it names."""
        step, left, day = (ONE_DAY if days > 0 else -ONE_DAY), abs(days), start
        guessed = set[int]()
        while left:
            day += step
            left -= self._works(day)
            if day.year not in self.years:
                guessed.add(day.year)
        return Estimate(day, tuple(sorted(guessed)))

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and with `end`; negative where `end` is earlier."""
        if end < start:
            return -self.between(end, start)
        return sum(self.works(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))

    def _works(self, day: date) -> bool:
        return day in self._worked or (day.weekday() < SATURDAY and day not in self._off)


def calendar() -> WorkingDays:
    """The working days of the holiday tables in force."""
    tables: Mapping[str, Holiday] = declared("holiday")
    return WorkingDays(tables.values())


def due(start: date, days: int) -> date:
    """The day so many working days after `start` by the tables in force; NoHolidayTable without one."""
    return calendar().due(start, days)
