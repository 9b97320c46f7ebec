"""Dates as departments write them, read strictly.

A form is a text of strptime with %Y %m %d %H %M %S, beginning with the year, or `excel`: the
number of days since 1899-12-30 that spreadsheets keep. A number next to another has all its digits
(20260301); one that a sign sets apart may lack its leading zero (2026/3/1). Years have four digits
and begin in 1000. A day no calendar has is no date, whatever its form.

Where no form is declared, times as databases and interfaces write them by themselves are read too: with a
fraction of a second, and with a zone, which is brought to the zone of the connection.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from xilin.kernel.collect.pipeline import sql

WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
DAYS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y%m%d%H%M%S",
)
EXCEL = "excel"
# Spreadsheets count 1900-02-29, which never was: days before 61, 1900-03-01, are off by one.
FIRST_SERIAL, LAST_SERIAL = 61, 2_958_465


# 2026-03-01 10:00:00.123456, 2026-03-01T02:00:00Z, 2026-03-01 10:00:00+08: PostgreSQL's and ISO 8601's own.
EXACT = r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
ZONE = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"


def moment(x: str, formats: Sequence[str], *, day: bool) -> str:
    """A date (or a time) read by the first form that fits; the usual forms where none is declared."""
    forms = formats or (*DAYS, *TIMES) if day else formats or (*TIMES, *DAYS)
    kind = "DATE" if day else "TIMESTAMP"
    parts = [f"CAST({_excel(x) if form == EXCEL else _form(x, form)} AS {kind})" for form in forms]
    if not formats:
        parts.append(f"CAST({_exact(x)} AS {kind})")
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def is_compact(formats: Sequence[str]) -> bool:
    """Whether a form without signs is among those that are tried: its length is what tells it."""
    return not formats or any(form != EXCEL and all(p in WIDTHS for p in tokens(form)) for form in formats)


def tokens(form: str) -> list[str]:
    """A form as its directives and the signs between them. Raises ValueError for one that can't be read."""
    found = re.findall(r"%.|[^%]+", form)
    unknown = [token for token in found if token[0] == "%" and token not in WIDTHS]
    if unknown or "".join(found) != form or not form.startswith("%Y"):
        raise ValueError(
            f"Dates can't be read by {form!r}: it begins with %Y, then %m %d %H %M %S or {EXCEL}."
        )
    return found


def _form(x: str, form: str) -> str:
    """strptime, with what it would let pass held back: short years, words such as epoch, missing digits."""
    parts = tokens(form)
    guards = [f"{x} >= '1'", f"{x} < ':'"]
    tight = any(left in WIDTHS and right in WIDTHS for left, right in pairwise(parts))
    if all(part in WIDTHS for part in parts):
        guards.append(f"strlen({x}) = {sum(WIDTHS[part] for part in parts)}")
    elif tight or (parts[1:] and parts[1][0].isspace()):
        guards.append(f"regexp_full_match({x}, {sql.text(shape(form))})")
    elif parts[1:]:
        guards.append(f"instr({x}, {sql.text(parts[1][0])}) = {WIDTHS['%Y'] + 1}")
    return f"CASE WHEN {' AND '.join(guards)} THEN TRY_STRPTIME({x}, {sql.text(form)}) END"


def shape(form: str) -> str:
    """A form as a regular expression, each directive in a group."""
    parts = tokens(form)
    out = []
    for at, part in enumerate(parts):
        if part == "%Y":
            out.append("([1-9][0-9]{3})")
        elif part in WIDTHS:
            tight = any(0 <= near < len(parts) and parts[near] in WIDTHS for near in (at - 1, at + 1))
            out.append("([0-9]{2})" if tight else "([0-9]{1,2})")
        else:
            out.append(re.sub(r"\s+", r"\\s+", re.escape(part).replace("\\ ", " ")))
    return "".join(out)


def _exact(x: str) -> str:
    """A time with a fraction, a zone, or both; shorter texts are never looked at."""
    plain, zoned = sql.text(EXACT), sql.text(EXACT + ZONE)
    return (
        f"CASE WHEN strlen({x}) <= 19 THEN NULL "
        f"WHEN regexp_full_match({x}, {plain}) THEN TRY_CAST({x} AS TIMESTAMP) "
        f"WHEN regexp_full_match({x}, {zoned}) THEN CAST(TRY_CAST({x} AS TIMESTAMPTZ) AS TIMESTAMP) END"
    )


def _excel(x: str) -> str:
    serial = f"TRY_CAST({x} AS DOUBLE)"
    number = f"regexp_full_match({x}, '[0-9]{{1,7}}(\\.[0-9]+)?')"
    within = f"{serial} >= {FIRST_SERIAL} AND {serial} <= {LAST_SERIAL}"
    seconds = f"to_seconds(CAST(round({serial} * 86400) AS BIGINT))"
    return f"CASE WHEN {number} AND {within} THEN TIMESTAMP '1899-12-30' + {seconds} END"
