"""攻击 What somebody finds out about cells that were left out, who knows all that is published and all totals.

In tables of one or two dimensions the tables that fit are the flows of a network, so a cell's extremes are two maximum
flows, exact and in whole numbers. In three dimensions there is no such network; there the proof is the hypercube
that `tables` built, and `width` finds the widest of those there are.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from itertools import product

from xilin.kernel.opening.pipeline.cubes import TOTAL, UNBOUNDED, Cell, hypercube, room

HUB = (0, "")


def interval(cells: Mapping[Cell, int], hidden: Collection[Cell], cell: Cell) -> tuple[int, int]:
    """The least and the most a hidden cell of a table of one or two dimensions can be: exact.

    Whoever attacks knows that what is left out isn't zero. The most is UNBOUNDED where nothing bounds it.
    """
    flat = {_flat(one): n for one, n in cells.items()}
    gone = {_flat(one) for one in hidden}
    at = _flat(cell)
    network: dict[tuple[int, str], dict[tuple[int, str], int]] = defaultdict(dict)
    for one in gone - {at}:
        row, column = (0, one[0]), (1, one[1])
        with_it, against = UNBOUNDED, max(flat[one] - 1, 0)
        if _sign(one) < 0:
            with_it, against = against, with_it
        network[row][column], network[column][row] = with_it, against
        if len(cell) == 1:
            network[row][HUB] = network[HUB][row] = UNBOUNDED
    row, column = (0, at[0]), (1, at[1])
    if len(cell) == 1:
        network[row][HUB] = network[HUB][row] = UNBOUNDED
    up, down = _flow(network, column, row), _flow(network, row, column)
    if _sign(at) < 0:
        up, down = down, up
    return flat[at] - min(down, max(flat[at] - 1, 0)), min(flat[at] + up, UNBOUNDED)


def width(cells: Mapping[Cell, int], hidden: Collection[Cell], cell: Cell) -> int:
    """How wide a hidden cell's interval is: exact in two dimensions, in three at least so much."""
    if len(cell) <= 2:
        low, high = interval(cells, hidden, cell)
        return high - low
    return _guaranteed(cells, set(hidden), cell)


def _guaranteed(cells: Mapping[Cell, int], hidden: set[Cell], cell: Cell) -> int:
    categories = [sorted({one[d] for one in hidden} - {cell[d]}) for d in range(len(cell))]
    found = 0
    for other in product(*categories):
        corners = hypercube(cell, other)
        if corners.keys() <= hidden:
            found = max(found, room(cells, cell, corners))
    return found


def _flat(cell: Cell) -> Cell:
    """A cell of one dimension as one of two whose rows add up to nothing: they meet in a hub instead."""
    return (f"={cell[0]}", "") if len(cell) == 1 else cell


def _sign(cell: Cell) -> int:
    return -1 if sum(c in (TOTAL, f"={TOTAL}") for c in cell) % 2 else 1


def _flow(
    network: Mapping[tuple[int, str], Mapping[tuple[int, str], int]],
    source: tuple[int, str],
    sink: tuple[int, str],
) -> int:
    """The maximum flow between two nodes: Edmonds and Karp."""
    left = {node: dict(edges) for node, edges in network.items()}
    total = 0
    while total < UNBOUNDED:
        before = _path(left, source, sink)
        if sink not in before:
            return total
        path, node = [], sink
        while node != source:
            path.append((before[node], node))
            node = before[node]
        push = min(left[a][b] for a, b in path)
        for a, b in path:
            left[a][b] -= push
            left[b][a] = left[b].get(a, 0) + push
        total += push
    return UNBOUNDED


def _path(
    left: Mapping[tuple[int, str], Mapping[tuple[int, str], int]],
    source: tuple[int, str],
    sink: tuple[int, str],
) -> dict[tuple[int, str], tuple[int, str]]:
    """A shortest path with room left, as each node's node before it."""
    before, queue = {source: source}, deque([source])
    while queue and sink not in before:
        node = queue.popleft()
        for other, capacity in left.get(node, {}).items():
            if capacity > 0 and other not in before:
                before[other] = node
                queue.append(other)
    return before
