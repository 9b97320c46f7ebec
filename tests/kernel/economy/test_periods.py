"""Periods as offices and SDMX write them."""

from datetime import date

import pytest

from xilin.kernel.economy import periods


@pytest.mark.parametrize(
    ("text", "frequency", "written", "first", "last"),
    [
        ("2024年", "A", "2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024年一季度", "Q", "2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024年第3季度", "Q", "2024-Q3", date(2024, 7, 1), date(2024, 9, 30)),
        ("202402", "M", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026年第38周", "W", "2026-W38", date(2026, 9, 14), date(2026, 9, 20)),
        ("2026年9周", "W", "2026-W09", date(2026, 2, 23), date(2026, 3, 1)),
        # The first week of a year may begin in the year before (ISO 8601).
        ("2026-W01", "W", "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2024-02-29", "D", "2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_a_period_is_read(text, frequency, written, first, last):
    assert periods.read(text) == periods.Period(frequency, written, first, last)


@pytest.mark.parametrize("text", ["", "去年", "2026年第54周", "2026-W00", "2023-02-29", "2024-Q5", "2024-13"])
def test_what_is_no_period_is_none(text):
    assert periods.read(text) is None


@pytest.mark.parametrize("text", ["2024", "2024-Q4", "2024-12", "2026-W38", "2024-02-29"])
def test_what_is_written_is_read_again(text):
    assert periods.read(text).text == text
