"""流向图 Flows between columns of nodes: bars as high as what passes them, bands as wide as what flows along them.

One drawing serves pages of both directions: where lines run downwards the flow does so too, its columns lie as rows, and
words stand along it as the script does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from xilin.web import pairs

BAR = 10.0
THINNEST = 1.5
AWAY = 14.0  # words of a source from its bar; those of others twice as far, behind the bar
LINE = 20.0
LETTER = 9.5  # how long a letter is, on the average

Point = tuple[float, float]


@dataclass(slots=True)
class Node:
    """A bar, with its words: `shown` is its number as read. `words` is "before" or "after" it, or "" where it has none."""

    code: str
    name: str
    value: float
    shown: str = ""
    href: str = ""
    kind: str = ""
    busy: bool = False
    words: str = "after"
    along: float = 0.0
    across: float = 0.0
    size: float = 0.0
    reach: float = 0.0
    downwards: bool = False
    _out: float = 0.0
    _in: float = 0.0

    @property
    def middle(self) -> float:
        """Where its words stand across the flow."""
        return round(self.across + self.size / 2, 1)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Its bar: x, y, width, height."""
        if self.downwards:
            return self.across, self.along, self.size, BAR
        return self.along, self.across, BAR, self.size

    @property
    def lines(self) -> list[tuple[float, float, str, str]]:
        """Its words, line by line: x, y, the words, and what they are ("n" a number, "" a name)."""
        before = self.words == "before"
        if before:
            # The number next to the bar.
            told = [(line, "") for line in _broken(f"{self.name} {self.shown}".strip(), self.along - AWAY)]
        else:
            told = [(self.shown, "n")] if self.shown else []
            told += [(line, "") for line in _broken(self.name, self.reach)]
        first = self.middle - LINE * (len(told) - 1) / 2
        along = self.along - AWAY if before else self.along + BAR + AWAY
        return [(*self._at(along, first + LINE * at), text, kind) for at, (text, kind) in enumerate(told)]

    def _at(self, along: float, across: float) -> Point:
        along, across = round(along, 1), round(across, 1)
        return (across, along) if self.downwards else (along, across)


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
class Drawing:
    """What is drawn within `width` by `height`."""

    width: float
    height: float
    downwards: bool = False
    columns: list[list[Node]] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)

    @property
    def nodes(self) -> list[Node]:
        """Every bar, in the order of the flow."""
        return [node for column in self.columns for node in column]


def draw(
    columns: Sequence[Sequence[Node]],
    flows: Sequence[Flow],
    *,
    places: Sequence[float],
    size: tuple[float, float],
    room: float,
    top: float = 0.0,
    downwards: bool = False,
) -> Drawing:
    """Draw columns at their places, on one scale.

    Args:
        places: where each column's bars begin, along the flow.
        size: the room of the drawing, along the flow and across it.
        room: the room across the flow that a node's words want; no two nodes of a column stand closer.
        top: what is left free before the first of a column.
        downwards: whether it flows from above to below instead of along the line.
    """
    along, across = size
    drawn = Drawing(
        *((across, along) if downwards else size), downwards, [list(column) for column in columns]
    )
    scale = _scale(drawn.columns, across - top, room)
    for column, place in zip(drawn.columns, places, strict=True):
        _stack(column, place, scale, (top, across), room)
    nodes = {node.code: node for node in drawn.nodes}
    for node in nodes.values():
        node.downwards = downwards
        node.reach = min([place for place in places if place > node.along] or [along]) - node.along - BAR - AWAY  # fmt: skip
    for flow in flows:
        source, target = nodes[flow.source], nodes[flow.target]
        thick = max(flow.value * scale, THINNEST)
        start, end = source.across + source._out, target.across + target._in
        source._out += flow.value * scale
        target._in += flow.value * scale
        drawn.bands.append(
            _band(flow, (source.along + BAR, start), (target.along, end), thick, downwards=downwards)
        )
    return drawn


def _broken(text: str, room: float) -> list[str]:
    """Words in two lines where they are longer than there is room, and where there is a place to break them.

    >>> _broken("police 1,000", 200), _broken("bureau of natural resources 1,531", 200)
    (['police 1,000'], ['bureau of natural', 'resources 1,531'])
    """
    # What a word means in Chinese goes along with it unseen, and is lost where the words are broken.
    said = pairs.said(text)
    if len(said) * LETTER <= room or " " not in said:
        return [text]
    breaks = [at for at, letter in enumerate(said) if letter == " "]
    at = min(breaks, key=lambda one: abs(one - (len(said) - one)))
    return [said[:at], said[at + 1 :]]


def _scale(columns: Sequence[Sequence[Node]], room_across: float, room: float) -> float:
    """Size for each unit, such that every column fits with its words."""
    scale = float("inf")
    for column in columns:
        whole = sum(node.value for node in column)
        if whole:
            low, high = 0.0, room_across / whole
            for _ in range(40):
                middle = (low + high) / 2
                tall = sum(max(node.value * middle, room) for node in column)
                low, high = (middle, high) if tall <= room_across else (low, middle)
            scale = min(scale, low)
    return scale if scale != float("inf") else 0.0


def _stack(
    column: Sequence[Node], place: float, scale: float, span: tuple[float, float], room: float
) -> None:
    """Put the bars of a column one after the other, what is free evenly between them, each in the middle of its room."""
    top, bottom = span
    rooms = [max(node.value * scale, room) for node in column]
    free = bottom - top - sum(rooms)
    gap = min(free / len(column), room) if column else 0.0
    at = top + (free - gap * (len(column) - 1)) / 2
    for node, tall in zip(column, rooms, strict=True):
        node.along, node.size = place, round(max(node.value * scale, THINNEST), 1)
        node.across = round(at + (tall - node.size) / 2, 1)
        at += tall + gap


def _band(flow: Flow, start: Point, end: Point, thick: float, *, downwards: bool) -> Band:
    (x, y), (u, v) = start, end
    bend, a, b = (x + u) / 2, y + thick / 2, v + thick / 2

    def at(*points: Point) -> str:
        return " ".join(
            f"{point[1]:.1f} {point[0]:.1f}" if downwards else f"{point[0]:.1f} {point[1]:.1f}"
            for point in points
        )

    path = (
        f"M{at((x, y))}C{at((bend, y), (bend, v), (u, v))}L{at((u, v + thick))}"
        f"C{at((bend, v + thick), (bend, y + thick), (x, y + thick))}Z"
    )
    course = f"M{at((x, a))}C{at((bend, a), (bend, b), (u, b))}"
    return Band(flow.kind, path, course, flow.title, flow.busy)
