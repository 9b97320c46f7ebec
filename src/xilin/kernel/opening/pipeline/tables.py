"""统计表 Tables of counts with all their totals, and which cells must be left out so that no small one can be found.

A small count (below `least`, not zero) is left out: primary suppression. Rows and columns add up to their totals, so more cells
are left out: complementary suppression by hypercubes (Repsilber's method). The corners of a hypercube can be shifted
by turns up and down without any total changing, so every table between the two extremes fits what is published:
that is the proof that a small count can't be told more closely than its interval.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from xilin.kernel.opening.pipeline.attack import width
from xilin.kernel.opening.pipeline.cubes import TOTAL, Cell, Cells, hypercube, room

# A person whose part is more than this of a sum is as good as told by it.
DOMINATES = 0.7


class Unprotectable(ValueError):
    """A small count whose row and column have nothing else to hide it among."""


@dataclass(frozen=True, slots=True)
class Protected:
    """A table with what is left out of it: `primary` are small counts, `secondary` what would give them away."""

    cells: Cells
    primary: frozenset[Cell]
    secondary: frozenset[Cell]

    @property
    def hidden(self) -> frozenset[Cell]:
        """Everything that is left out."""
        return self.primary | self.secondary

    @property
    def published(self) -> dict[Cell, int | None]:
        """The table as it leaves: None where something is left out, whatever the reason."""
        return {cell: None if cell in self.hidden else n for cell, n in self.cells.items()}


def with_totals(counts: Mapping[Cell, int]) -> Cells:
    """Counts of every combination of the categories that occur, zeros among them, with every total (`*`)."""
    if not counts:
        return {}
    dimensions = len(next(iter(counts)))
    categories = [list(dict.fromkeys(cell[d] for cell in counts)) for d in range(dimensions)]
    cells: Cells = dict.fromkeys(product(*([*some, TOTAL] for some in categories)), 0)
    for cell, n in counts.items():
        for mask in product((False, True), repeat=dimensions):
            cells[tuple(TOTAL if hide else c for c, hide in zip(cell, mask, strict=True))] += n
    return cells


def protect(
    cells: Cells, *, least: int, known: Collection[Cell] = (), gone: Collection[Cell] = ()
) -> Protected:
    """Leave out small counts and what would give them away.

    Every small count's interval, for anyone who knows all that is published, the rules, and that what is left out
    isn't zero, is at least `least` wide.

    Args:
        known: cells that were published before: they hide nothing.
        gone: cells that were left out before, and stay so.

    Raises:
        Unprotectable: a small count can't be hidden; the categories are too fine.
    """
    primary = {cell for cell, n in cells.items() if 0 < n < least}
    if shown := primary & set(known):
        raise Unprotectable(f"{sorted(shown)[0]} was published before")
    hidden = primary | (set(gone) & cells.keys())
    cover(cells, hidden, primary, dict.fromkeys(primary, least), known)
    return Protected(cells, frozenset(primary), frozenset(hidden - primary))


def protect_sums(counts: Cells, sums: Cells, largest: Mapping[Cell, int], *, least: int) -> Protected:
    """The same for sums: left out where few people stand behind one, or one person makes up most of it.

    Besides the count's interval the sum's is at least a fifth of it wide, for who could tell a sum closely could tell
    what the largest in it gets.

    Args:
        sums: none is negative.
        largest: the largest person's part of each sum.
    """
    primary = {
        cell
        for cell, n in counts.items()
        if 0 < n < least or largest.get(cell, 0) > DOMINATES * sums[cell] > 0
    }
    hidden = set(primary)
    cover(counts, hidden, primary, dict.fromkeys(primary, least), ())
    cover(sums, hidden, primary, {cell: max(sums[cell] // 5, 1) for cell in primary}, ())
    return Protected(counts, frozenset(primary), frozenset(hidden - primary))


def cover(
    cells: Cells,
    hidden: set[Cell],
    primary: Collection[Cell],
    need: Mapping[Cell, int],
    known: Collection[Cell],
) -> None:
    """Hide more until every primary cell's interval is as wide as it needs; Unprotectable where it can't be."""
    categories = [sorted({cell[d] for cell in cells} - {TOTAL}) for d in range(_dimensions(cells))]
    # The smallest first: what hides them often hides the larger ones as well.
    for cell in sorted(primary, key=lambda cell: (cells[cell], cell)):
        if width(cells, hidden, cell) < need[cell]:
            hidden |= _best(cells, hidden, cell, need[cell], categories, frozenset(known))


def _dimensions(cells: Cells) -> int:
    return len(next(iter(cells))) if cells else 0


def _best(
    cells: Cells,
    hidden: set[Cell],
    cell: Cell,
    least: int,
    categories: Sequence[Sequence[str]],
    known: frozenset[Cell],
) -> set[Cell]:
    """The corners of the hypercube around a cell that costs least: new cells first, then totals, then people."""
    best: tuple[tuple[int, int, int], set[Cell]] | None = None
    for other in _opposites(cell, categories):
        corners = hypercube(cell, other)
        if any(cells.get(corner, 0) == 0 or corner in known for corner in corners):
            continue
        if room(cells, cell, corners) < least:
            continue
        new = set(corners) - hidden
        cost = (sum(TOTAL in corner for corner in new), len(new), sum(cells[corner] for corner in new))
        if best is None or cost < best[0]:
            best = cost, set(corners)
    if best is None:
        raise Unprotectable(f"{cell} can't be hidden")
    return best[1]


def _opposites(cell: Cell, categories: Sequence[Sequence[str]]) -> Iterable[Cell]:
    """Every cell that differs in each dimension, totals among them."""
    return product(*([c for c in [*some, TOTAL] if c != cell[d]] for d, some in enumerate(categories)))
