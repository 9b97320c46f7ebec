"""概化 Making values coarser until enough people look alike: full-domain generalisation and k-anonymity.

Source: GB/T 37964-2019; GB/T 42460-2023, annex D; Samarati's lattice of generalisations.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Protocol

ALL = "*"
UNKNOWN = ""


class Steps(Protocol):
    """A column with the steps it is made coarser in, as an opening declares it."""

    @property
    def kind(self) -> str:
        """`value`, `age`, `year` or `area`."""

    @property
    def levels(self) -> tuple[int, ...]:
        """The steps, finest first."""

    @property
    def top(self) -> int:
        """The age from which everybody is together."""


def heights(by: Steps) -> int:
    """How many steps a column has, everybody together being the last."""
    return (len(by.levels) if by.kind != "value" else 1) + 1


def coarser(by: Steps, step: int, value: Any, on: date) -> str:
    """A value at a step; `*` at the last, empty where there is none.

    >>> from types import SimpleNamespace as S
    >>> coarser(S(kind="age", levels=(10,), top=80), 0, date(1960, 5, 1), date(2026, 1, 1))
    '60–69'
    >>> coarser(S(kind="area", levels=(6, 4), top=0), 1, "990101002003", date(2026, 1, 1))
    '990100000000'
    """
    if step >= heights(by) - 1:
        return ALL
    if value is None or value == "":
        return UNKNOWN
    if by.kind == "value":
        return str(value)
    width = by.levels[step]
    if by.kind == "area":
        return str(value)[:width].ljust(len(str(value)), "0")
    born = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    if by.kind == "year":
        return _span(born.year - born.year % width, width)
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return _age(max(years, 0), width, by.top)


def _span(first: int, width: int) -> str:
    return str(first) if width == 1 else f"{first}–{first + width - 1}"


def _age(years: int, width: int, top: int) -> str:
    if years >= top:
        return f"{top}+"
    first = years - years % width
    return _span(first, min(width, top - first))


def bands(by: Steps, step: int = 0) -> list[str]:
    """Every band of ages in order, whoever is there."""
    found = dict.fromkeys(_age(years, by.levels[step], by.top) for years in range(by.top + 1))
    return list(found)


@dataclass(frozen=True, slots=True)
class Alike:
    """How people were made to look alike: the step of each column, how many were left out, the smallest group that stays."""

    steps: tuple[int, ...]
    left_out: int
    people: int
    smallest: int


def labels(by: Steps, value: Any, on: date) -> tuple[str, ...]:
    """What a value is called at each step."""
    return tuple(coarser(by, step, value, on) for step in range(heights(by)))


# Of each column what a person's value is called at each step.
Ladders = tuple[tuple[str, ...], ...]


def k_anonymous(groups: Mapping[Ladders, int], *, k: int, most: float) -> Alike | None:
    """The least coarse steps at which all but the share `most` of people stand in groups of at least k.

    Of steps equally high those that leave more groups, then the first in order. None where even everybody together is
    fewer than k. The steps are one for all people, so that a value says nothing of why it was made coarser.

    Args:
        groups: how many people have each combination of values.
    """
    people = sum(groups.values())
    if people < k:
        return None
    tops = [len(ladder) for ladder in next(iter(groups))]
    for height in range(sum(tops) - len(tops) + 1):
        fitting = []
        for steps in product(*map(range, tops)):
            if sum(steps) != height:
                continue
            sizes = at(groups, steps)
            left_out = sum(n for n in sizes.values() if n < k)
            kept = [n for n in sizes.values() if n >= k]
            if kept and left_out <= most * people:
                fitting.append((-len(kept), steps, Alike(steps, left_out, people, min(kept))))
        if fitting:
            return min(fitting, key=lambda one: one[:2])[2]
    return None


def at(groups: Mapping[Ladders, int], steps: Sequence[int]) -> Counter[tuple[str, ...]]:
    """How many people are called the same at these steps."""
    sizes: Counter[tuple[str, ...]] = Counter()
    for ladders, n in groups.items():
        sizes[tuple(ladder[step] for ladder, step in zip(ladders, steps, strict=True))] += n
    return sizes
