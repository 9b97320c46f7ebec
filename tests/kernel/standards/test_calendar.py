"""Working days against dates counted by hand, and against a second table of the State Council's holidays."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

import small_league
from xilin.kernel.standards import calendar
from xilin.kernel.standards.calendar import WorkingDays
from xilin.kernel.standards.declarations import HOLIDAY, Holiday
from xilin.kernel.standards.errors import NoHolidayTable
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[3] / "leagues" / "xilingol"
NATIONAL_DAY = Holiday(
    year=2026,
    source="test",
    off=tuple(date(2026, 10, day) for day in range(1, 8)),
    worked=(date(2026, 9, 20), date(2026, 10, 10)),
)
DAYS = WorkingDays([NATIONAL_DAY])


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-09-28", 1, "2026-09-29"),
        ("2026-09-30", 1, "2026-10-08"),  # the week of the National Day
        ("2026-10-08", 2, "2026-10-10"),  # a Saturday that is worked
        ("2026-10-09", 2, "2026-10-12"),
        ("2026-10-03", 0, "2026-10-03"),  # nothing to count: the day itself, worked or not
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-09-21", -1, "2026-09-20"),
    ],
)
def test_the_first_day_is_not_counted_and_days_off_are_skipped(start, days, due):
    assert DAYS.due(date.fromisoformat(start), days) == date.fromisoformat(due)


def test_between_is_the_inverse_of_due():
    start = date(2026, 9, 15)

    for days in range(-10, 25):
        assert DAYS.between(start, DAYS.due(start, days)) == days


def test_a_count_into_a_year_without_a_table_is_refused_by_its_year():
    with pytest.raises(NoHolidayTable) as refusal:
        DAYS.due(date(2026, 12, 30), 5)

    assert refusal.value.year == 2027
    assert "2027" in str(refusal.value)
    assert "holidays.toml" in refusal.value.advice
    with pytest.raises(NoHolidayTable):
        DAYS.works(date(2025, 6, 2))


def test_an_estimate_counts_weekends_alone_there_and_names_the_years_it_guessed():
    found = DAYS.estimate(date(2026, 12, 30), 5)

    assert (found.day, found.guessed, found.certain) == (date(2027, 1, 6), (2027,), False)
    assert DAYS.estimate(date(2026, 9, 28), 3) == (date(2026, 10, 8), ())


def test_the_declared_tables_agree_with_the_published_calendar_on_every_day():
    league, _strangers = read(LEAGUE, [HOLIDAY])
    tables = [declared.value for declared in league.all("holiday").values()]
    days = WorkingDays(tables)
    first = date(min(days.years), 1, 1)
    every = [first + timedelta(days=n) for n in range((date(max(days.years), 12, 31) - first).days + 1)]

    assert len(every) == 365 * len(days.years) + 1  # 2024 is a leap year
    assert [day for day in every if days.works(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.django_db
def test_the_calendar_in_force_follows_what_is_applied(tmp_path):
    with pytest.raises(NoHolidayTable):
        calendar.due(date(2026, 9, 30), 1)
    small_league.apply(tmp_path)

    assert calendar.due(date(2026, 9, 30), 1) == date(2026, 10, 8)
