"""Mistakes people make when they type: numbers, dates."""

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from xilin.demo.columns import ZERO, Bools, Column
from xilin.demo.population.households import Days

NEVER = {
    "digits": "{y}{m:02}{d:02}",
    "dashes": "{y}-{m:02}-{d:02}",
    "slashes": "{y}/{m}/{d}",
    "han": "{y}年{m}月{d}日",
    "dots": "{y}.{m:02}.{d:02}",
}
NO_DAYS = ((2, 30), (13, 5), (4, 31), (0, 0), (9, 31))


def mistyped_ids(rng: np.random.Generator, matrix: NDArray[np.uint8]) -> Column:
    """ID numbers with one mistake each: a digit wrong, two swapped, one dropped, O for 0."""
    kinds = rng.choice(4, len(matrix), p=(0.45, 0.30, 0.15, 0.10))
    at = rng.integers(6, 16, len(matrix))
    shift = rng.integers(1, 10, len(matrix))
    rows = zip(matrix, kinds.tolist(), at.tolist(), shift.tolist(), strict=True)
    return pa.array([_mistyped(bytes(row), kind, place, by) for row, kind, place, by in rows], pa.string())


def _mistyped(row: bytes, kind: int, at: int, shift: int) -> str:
    text = row.decode()
    if kind == 1:
        swaps = [p for p in [*range(at, 16), *range(6, at)] if text[p] != text[p + 1]]
        if swaps:
            p = swaps[0]
            return text[:p] + text[p + 1] + text[p] + text[p + 2 :]
    if kind == 2:
        return text[:at] + text[at + 1 :]
    if kind == 3 and "0" in text[6:]:
        return text[:6] + text[6:].replace("0", "O", 1)
    return text[:at] + chr((row[at] - ZERO + shift) % 10 + ZERO) + text[at + 1 :]


def wrong_days(days: Days, mask: Bools) -> Days:
    """The days of the mask wrong: day and month swapped where that is a day, else a year earlier."""
    result = days.copy()
    for row in np.flatnonzero(mask):
        day: date = days[row].astype(object)
        swapped = day.day <= 12 and day.day != day.month
        result[row] = np.datetime64(
            date(day.year, day.day, day.month) if swapped else date(day.year - 1, day.month, min(day.day, 28))
        )
    return result


def impossible_dates(rng: np.random.Generator, days: Days, form: str) -> Column:
    """Dates of these years that no calendar has."""
    which = rng.integers(0, len(NO_DAYS), len(days)).tolist()
    years = (days.astype("datetime64[Y]").astype(int) + 1970).tolist()
    texts = [
        NEVER[form].format(y=y, m=NO_DAYS[w][0], d=NO_DAYS[w][1]) for y, w in zip(years, which, strict=True)
    ]
    return pa.array(texts, pa.string())
