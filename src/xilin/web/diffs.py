"""What differs between two texts, line by line; no Django."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: `same`, `out` or `in`, with its numbers before and after."""

    kind: str
    text: str
    before: int | None = None
    after: int | None = None


def compare(before: str, after: str, *, around: int = 3) -> list[Line]:
    """The lines that differ with some that don't around them; "gap" stands for those left out.

    >>> [(line.kind, line.text) for line in compare("a\\nb", "a\\nc")]
    [('same', 'a'), ('out', 'b'), ('in', 'c')]
    """
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for number, group in enumerate(
        difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(around)
    ):
        if number or group[0][1]:
            lines.append(Line("gap", ""))
        for step in group:
            lines.extend(_lines(step, old, new))
    return lines


def _lines(step: tuple[str, int, int, int, int], old: list[str], new: list[str]) -> Iterator[Line]:
    kind, i1, i2, j1, j2 = step
    if kind == "equal":
        for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
            yield Line("same", old[i], i + 1, j + 1)
        return
    yield from (Line("out", old[i], before=i + 1) for i in range(i1, i2))
    yield from (Line("in", new[j], after=j + 1) for j in range(j1, j2))
