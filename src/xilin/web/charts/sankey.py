"""流向图 Flows between columns of nodes: bars as high as what passes them, bands as wide as what flows along them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

BAR = 10.0
THINNEST = 1.5


@dataclass(slots=True)
class Node:
    """A bar, with its words: `shown` is its number as read, `least` the room in which its words fit."""

    code: str
    name: str
    value: float
    shown: str = ""
    href: str = ""
    kind: str = ""
    busy: bool = False
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0
    _out: float = 0.0
    _in: float = 0.0

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return round(self.y + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Flow:
    """So much from one node to another."""

    source: str
    target: str
    value: float
    kind: str = ""
    title: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A flow as it is drawn: a closed path and its middle line."""

    kind: str
    path: str
    course: str
    title: str
    busy: bool


@dataclass(slots=True)
class Sankey:
    """What is drawn within `width` by `height`."""

    width: float
    height: float
    columns: list[list[Node]] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)


def draw(
    columns: Sequence[Sequence[Node]],
    flows: Sequence[Flow],
    *,
    places: Sequence[float],
    size: tuple[float, float],
    room: float,
    top: float = 0.0,
) -> Sankey:
    """Draw columns at their places, on one scale.

    Args:
        places: where each column's bars begin, from the left.
        size: width and height of the drawing.
        room: the height that a node's words want; no two nodes of a column stand closer.
        top: what is left free above.
    """
    width, height = size
    drawn = Sankey(width, height, [list(column) for column in columns])
    scale = _scale(drawn.columns, height - top, room)
    for column, x in zip(drawn.columns, places, strict=True):
        _stack(column, x, scale, (top, height), room)
    nodes = {node.code: node for column in drawn.columns for node in column}
    for flow in flows:
        source, target = nodes[flow.source], nodes[flow.target]
        thick = max(flow.value * scale, THINNEST)
        start, end = source.y + source._out, target.y + target._in
        source._out += flow.value * scale
        target._in += flow.value * scale
        drawn.bands.append(_band(flow, (source.x + BAR, start), (target.x, end), thick))
    return drawn


def _scale(columns: Sequence[Sequence[Node]], height: float, room: float) -> float:
    """Height for each unit, such that every column fits with its words."""
    scale = float("inf")
    for column in columns:
        whole = sum(node.value for node in column)
        if whole:
            low, high = 0.0, height / whole
            for _ in range(40):
                middle = (low + high) / 2
                tall = sum(max(node.value * middle, room) for node in column)
                low, high = (middle, high) if tall <= height else (low, middle)
            scale = min(scale, low)
    return scale if scale != float("inf") else 0.0


def _stack(column: Sequence[Node], x: float, scale: float, span: tuple[float, float], room: float) -> None:
    """Put the bars of a column one under the other, what is free evenly between them, each in the middle of its room."""
    top, bottom = span
    rooms = [max(node.value * scale, room) for node in column]
    free = bottom - top - sum(rooms)
    gap = min(free / len(column), room) if column else 0.0
    y = top + (free - gap * (len(column) - 1)) / 2
    for node, tall in zip(column, rooms, strict=True):
        node.x, node.height = x, round(max(node.value * scale, THINNEST), 1)
        node.y = round(y + (tall - node.height) / 2, 1)
        y += tall + gap


def _band(flow: Flow, start: tuple[float, float], end: tuple[float, float], thick: float) -> Band:
    (x, y), (u, v), bend = start, end, (start[0] + end[0]) / 2
    path = (
        f"M{x:.1f} {y:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {v:.1f} {u:.1f} {v:.1f}V{v + thick:.1f}"
        f"C{bend:.1f} {v + thick:.1f} {bend:.1f} {y + thick:.1f} {x:.1f} {y + thick:.1f}Z"
    )
    a, b = y + thick / 2, v + thick / 2
    course = f"M{x:.1f} {a:.1f}C{bend:.1f} {a:.1f} {bend:.1f} {b:.1f} {u:.1f} {b:.1f}"
    return Band(flow.kind, path, course, flow.title, flow.busy)
