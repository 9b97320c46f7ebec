"""数据的路 The way of data as a river: bands as wide as their rows, from sources to registries.

Columns: sources, raw, standard (with what was held back and what came twice), base registries,
served. All widths up to the registries are on one scale, rows per unit, so that the balance can be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 1200.0
# The stations of `charts.css` stand under these columns.
COLUMNS = (0.0, 336.0, 564.0, 792.0, 1008.0)
SOURCE_X, NODE, PITCH, THINNEST, ROWS_HEIGHT = 200.0, 8.0, 15.0, 1.2, 190.0
LONGEST = 30  # half-width characters that fit beside a source's bar, its number included


@dataclass(frozen=True, slots=True)
class Spring:
    """A source and the rows it gave; `href` leads to it."""

    name: str
    rows: int
    shown: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Lake:
    """A base registry: records that were linked into it, and what is written beside it."""

    name: str
    records: int
    shown: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A bar of the drawing with its words."""

    kind: str
    x: float
    y: float
    height: float
    name: str = ""
    shown: str = ""
    href: str = ""

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return round(self.y + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the river, as a closed path; `course` is its middle line."""

    kind: str
    path: str
    course: str
    title: str
    href: str = ""


@dataclass(slots=True)
class River:
    """Nodes and bands within `width` by `height`."""

    height: float
    nodes: list[Node] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class Parts:
    """How the rows that were read divide: they add up, or the batches do not balance."""

    accepted: int
    held: int
    twice: int
    words: tuple[str, str, str]
    ends: tuple[str, ...] = ()


def draw(springs: Sequence[Spring], parts: Parts, lakes: Sequence[Lake]) -> River:
    """Draw the river; an empty one where nothing has been read."""
    rows = sum(spring.rows for spring in springs)
    if not rows:
        return River(0)
    scale = ROWS_HEIGHT / rows
    springs = sorted(springs, key=lambda spring: -spring.rows)
    heights = [max(spring.rows * scale, THINNEST) for spring in springs]
    tall = sum(max(height, PITCH - 2) + 2 for height in heights)
    river = River(round(max(tall, ROWS_HEIGHT + 96), 1))
    top = (river.height - sum(heights)) / 2
    _sources(river, springs, heights, top)
    raw = Node("raw", COLUMNS[1], round(top, 1), round(sum(heights), 1))
    river.nodes.append(raw)
    standard = _divide(river, raw, parts, scale * sum(heights) / ROWS_HEIGHT)
    _registries(river, standard, lakes, scale, parts.ends)
    return river


def _sources(river: River, springs: Sequence[Spring], heights: Sequence[float], top: float) -> None:
    y, into = 0.0, top
    for spring, height in zip(springs, heights, strict=True):
        room = max(height, PITCH - 2)
        at = y + (room - height) / 2
        river.nodes.append(
            Node(
                "source",
                SOURCE_X,
                round(at, 1),
                round(height, 1),
                _fitting(spring),
                spring.shown,
                spring.href,
            )
        )
        river.bands.append(
            _band(
                "raw",
                (SOURCE_X + NODE, at),
                (COLUMNS[1], into),
                height,
                f"{spring.name} {spring.shown}",
                spring.href,
            )
        )
        y += room + 2
        into += height


def _fitting(spring: Spring) -> str:
    """A name that leaves room for its number; Han characters take two places."""
    room, name = LONGEST - len(spring.shown) - 1, ""
    for character in spring.name:
        room -= 2 if ord(character) > 0x2E7F else 1
        if room < 0:
            return f"{name.rstrip(' (')}…"
        name += character
    return name


def _divide(river: River, raw: Node, parts: Parts, scale: float) -> Node:
    """Rows accepted, held back and doubled leave the raw node one under the other."""
    x, at = COLUMNS[2], raw.y
    kept = max(parts.accepted * scale, THINNEST)
    aside = [
        (kind, rows, words)
        for kind, rows, words in (
            ("held", parts.held, parts.words[1]),
            ("twice", parts.twice, parts.words[2]),
        )
        if rows
    ]
    tall = kept + sum(max(rows * scale, 10) + 30 for _, rows, _ in aside)
    y = max((river.height - tall) / 2, 6.0)
    standard = Node("std", x, round(y, 1), round(kept, 1), parts.words[0])
    river.nodes.append(standard)
    river.bands.append(
        _band("std", (COLUMNS[1] + NODE, at), (x, y), kept, f"{parts.words[0]} {parts.accepted:,}")
    )
    at, y = at + kept, y + kept + 30
    for kind, rows, words in aside:
        height = max(rows * scale, THINNEST)
        river.nodes.append(Node(kind, x, round(y, 1), round(height, 1), words, f"{rows:,}"))
        river.bands.append(_band(kind, (COLUMNS[1] + NODE, at), (x, y), height, f"{words} {rows:,}"))
        at, y = at + height, y + max(height, 10) + 30
    return standard


def _registries(
    river: River, standard: Node, lakes: Sequence[Lake], scale: float, ends: Sequence[str]
) -> None:
    y, at, nodes = standard.y, standard.y, []
    for lake in (lake for lake in lakes if lake.records):
        height = max(lake.records * scale, THINNEST)
        nodes.append(
            Node("base", COLUMNS[3], round(y, 1), round(height, 1), lake.name, lake.shown, lake.href)
        )
        into = (COLUMNS[3], y)
        words = f"{lake.name} {lake.shown}"
        river.bands.append(_band("base", (COLUMNS[2] + NODE, at), into, height, words, lake.href))
        at, y = at + height, y + max(height, 24) + 40
    river.nodes += nodes
    pitch = 48
    first = standard.y + standard.height / 2 - pitch * (len(ends) - 1) / 2
    for index, words in enumerate(ends):
        end = Node("end", COLUMNS[4], round(first + index * pitch - 2.5, 1), 5, words)
        river.nodes.append(end)
        for node in nodes or [standard]:
            line = _course((node.x + NODE, node.middle), (end.x, end.middle))
            river.bands.append(Band("served", "", line, words))


def _course(start: tuple[float, float], end: tuple[float, float]) -> str:
    bend = (start[0] + end[0]) / 2
    return f"M{start[0]:.1f} {start[1]:.1f}C{bend:.1f} {start[1]:.1f} {bend:.1f} {end[1]:.1f} {end[0]:.1f} {end[1]:.1f}"


def _band(
    kind: str, start: tuple[float, float], end: tuple[float, float], height: float, title: str, href: str = ""
) -> Band:
    (x, y), (u, v), bend = start, end, (start[0] + end[0]) / 2
    path = (
        f"M{x:.1f} {y:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {v:.1f} {u:.1f} {v:.1f}"
        f"L{u:.1f} {v + height:.1f}"
        f"C{bend:.1f} {v + height:.1f} {bend:.1f} {y + height:.1f} {x:.1f} {y + height:.1f}Z"
    )
    return Band(kind, path, _course((x, y + height / 2), (u, v + height / 2)), title, href)
