"""Periods as SDMX writes them (2024, 2024-Q1, 2024-03, 2024-W09, 2024-03-05): which days they cover, how offices write them."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

DIGITS = {"一": "1", "二": "2", "三": "3", "四": "4", "1": "1", "2": "2", "3": "3", "4": "4"}
FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("A", re.compile(r"(?P<y>\d{4})(?:年|年度|-A1)?")),
    (
        "Q",
        re.compile(
            r"(?P<y>\d{4})(?:年|-)?[Qq第]?(?P<q>[1-4一二三四])季度|(?P<y2>\d{4})(?:年|-)?[Qq](?P<q2>[1-4])"
        ),
    ),
    ("M", re.compile(r"(?P<y>\d{4})(?:年|-|-M|/|\.)?(?P<m>0[1-9]|1[0-2]|[1-9](?=月))月?")),
    ("W", re.compile(r"(?P<y>\d{4})(?:年第?|-W)(?P<w>\d{1,2})周?")),
    ("D", re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:T.*)?")),
)


@dataclass(frozen=True, slots=True)
class Period:
    """A period: its frequency, its SDMX form, its first day and its last."""

    frequency: str
    text: str
    first: date
    last: date


def read(text: str) -> Period | None:
    """The period some text means, or None.

    >>> read("2024年一季度"), read("202403").text, read("2024年度").last
    (Period(frequency='Q', text='2024-Q1', first=datetime.date(2024, 1, 1), last=datetime.date(2024, 3, 31)), '2024-03', datetime.date(2024, 12, 31))
    """
    for frequency, form in FORMS:
        if match := form.fullmatch(text.strip()):
            found = {name: value for name, value in match.groupdict().items() if value}
            try:
                return _period(frequency, found)
            except ValueError:
                return None
    return None


def _period(frequency: str, found: dict[str, str]) -> Period:
    year = int(found.get("y") or found["y2"])
    if frequency == "A":
        return Period("A", f"{year:04}", date(year, 1, 1), date(year, 12, 31))
    if frequency == "Q":
        quarter = int(DIGITS[found.get("q") or found["q2"]])
        return Period("Q", f"{year:04}-Q{quarter}", date(year, 3 * quarter - 2, 1), _end(year, 3 * quarter))
    if frequency == "W":
        monday = date.fromisocalendar(year, int(found["w"]), 1)
        return Period("W", f"{year:04}-W{int(found['w']):02}", monday, monday + timedelta(days=6))
    month = int(found["m"])
    if frequency == "M":
        return Period("M", f"{year:04}-{month:02}", date(year, month, 1), _end(year, month))
    day = date(year, month, int(found["d"]))
    return Period("D", day.isoformat(), day, day)


def _end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def month_of(day: date) -> Period:
    """The month a day lies in.

    >>> month_of(date(2026, 12, 24)).text
    '2026-12'
    """
    return Period("M", f"{day.year:04}-{day.month:02}", day.replace(day=1), _end(day.year, day.month))
