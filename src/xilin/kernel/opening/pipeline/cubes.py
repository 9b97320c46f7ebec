"""超立方体 The corners between two cells of a table, which can be shifted without any total changing."""

from collections.abc import Mapping
from itertools import product

TOTAL = "*"

Cell = tuple[str, ...]
Cells = dict[Cell, int]

UNBOUNDED = 10**12


def hypercube(cell: Cell, other: Cell) -> dict[Cell, int]:
    """The corners between two cells, each with the sign of its shift when the first one goes up."""
    corners = {}
    for choice in product((False, True), repeat=len(cell)):
        corner = tuple(b if far else a for a, b, far in zip(cell, other, choice, strict=True))
        # To go up without the total changing, another category goes down; a total goes along with what it is of.
        turns = sum(far and TOTAL not in (a, b) for a, b, far in zip(cell, other, choice, strict=True))
        corners[corner] = -1 if turns % 2 else 1
    return corners


def room(cells: Mapping[Cell, int], cell: Cell, corners: Mapping[Cell, int]) -> int:
    """How wide an interval a hypercube guarantees its cells: what those that go down can lose, both ways.

    Where none goes down when the first goes up, nothing bounds it: totals go up with what they are of.
    """
    up = min((cells[corner] - 1 for corner, sign in corners.items() if sign < 0), default=UNBOUNDED)
    down = min(cells[corner] - 1 for corner, sign in corners.items() if sign > 0)
    return up + down
