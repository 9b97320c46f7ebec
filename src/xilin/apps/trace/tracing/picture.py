"""A trace as it is drawn (追溯图): alike things of one generation are one box, boxes stand in rows in the order of what came of what."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from xilin.apps.trace.genealogy.shapes import Happening, Trace
from xilin.apps.trace.tracing import names

MOST_BOXES = 60
WIDEST, ABREAST = 290, 2
WIDTH, GAP, HIGH, BETWEEN = 400, 10, 60, 32


class Box(Struct, frozen=True):
    """Alike things: `ids` are some of the `count` there are; of a process its step, place and span of times."""

    key: str
    kind: str
    ids: tuple[str, ...]
    count: int
    row: int
    step: str | None
    place: str | None
    since: datetime | None
    until: datetime | None
    x: float = 0
    y: float = 0
    width: float = 0


class Line(Struct, frozen=True):
    """That something of one box is in, or came of, something of another: how many links there are."""

    source: str
    target: str
    count: int
    path: str = ""
    dashed: bool = False


class Picture(Struct, frozen=True):
    """Boxes and lines with their places, in units of a view box that is `WIDTH` wide; `left_out` boxes are more than are drawn."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    height: float
    left_out: int


def draw(trace: Trace) -> Picture:
    """The picture of a trace; earlier things stand above."""
    depth = _depths(trace)
    deepest = max(depth.values(), default=0)
    rows = {node: deepest - n if trace.direction == "back" else n for node, n in depth.items()}
    kinds = {node.id: node.kind for node in trace.nodes}
    facts = _facts(trace)
    keys = {node: _key(node, kinds[node], row, facts) for node, row in rows.items() if node in kinds}
    members: dict[str, list[str]] = defaultdict(list)
    for node, key in keys.items():
        members[key].append(node)
    boxes = [_box(key, sorted(nodes), kinds, rows, facts) for key, nodes in members.items()]
    boxes.sort(key=lambda box: (box.row, box.kind, box.key))
    kept = boxes[:MOST_BOXES]
    lines: Counter[tuple[str, str, bool]] = Counter()
    for edge in trace.edges:
        if edge.source in keys and edge.target in keys:
            source, target = keys[edge.source], keys[edge.target]
            # A batch is of what its items are: it stands before them, though the link says of what batch an item is.
            pair = (target, source) if edge.kind == "batch" else (source, target)
            lines[(*pair, edge.kind == "inside")] += 1
    placed = {box.key: box for box in _placed(kept)}
    drawn = tuple(
        Line(source, target, count, _path(placed[source], placed[target]), dashed)
        for (source, target, dashed), count in sorted(lines.items())
        if source in placed and target in placed and source != target
    )
    height = max((box.y + HIGH for box in placed.values()), default=0)
    return Picture(tuple(placed.values()), drawn, height, len(boxes) - len(kept))


def _depths(trace: Trace) -> dict[str, int]:
    """How many links each node is away from the roots; containers that only the roots were in stand one beyond them."""
    near: dict[str, set[str]] = defaultdict(set)
    used = {edge.source for edge in trace.edges if edge.kind == "used"}
    inside = [(edge.source, edge.target) for edge in trace.edges if edge.kind == "inside"]
    known = {node.id for node in trace.nodes}
    found = {root: 0 for root in trace.roots if root in known}
    for edge in trace.edges:
        # A container leads on where a process used it up with what was in it, or where it is what was asked for.
        if edge.kind != "inside" or edge.target in used or edge.target in found:
            near[edge.source].add(edge.target)
            near[edge.target].add(edge.source)
    border = list(found)
    while border:
        following: list[str] = []
        for node in border:
            for other in near[node]:
                if other not in found:
                    found[other] = found[node] + 1
                    following.append(other)
        border = following
    if trace.direction == "back":
        least = _containers(trace, inside, found)
        found = {node: depth - least for node, depth in found.items()}
    return found


def _containers(trace: Trace, inside: Iterable[tuple[str, str]], found: dict[str, int]) -> int:
    """Put the containers that the roots went into below them, container in container; how deep that goes, as a number below zero."""
    level, least = set(trace.roots), 0
    pairs = list(inside)
    while True:
        level = {target for source, target in pairs if source in level and target not in found}
        if not level or least < -6:
            return least
        least -= 1
        found.update(dict.fromkeys(level, least))


def _facts(trace: Trace) -> dict[str, list[Happening]]:
    """What happened at each process, and the beginnings of things."""
    by_number = {one.event: one for one in trace.events}
    found: dict[str, list[Happening]] = defaultdict(list)
    for edge in trace.edges:
        process = edge.target if edge.kind == "used" else edge.source if edge.kind == "made" else None
        if process is not None:
            told = by_number.get(edge.events[0])
            found[process].append(
                told or Happening(edge.events[0], edge.since, edge.step, None, None, None, None, None, (), ())
            )
        elif edge.kind == "inside":
            found[edge.target].append(
                Happening(edge.events[0], edge.since, edge.step, None, None, None, None, None, (), ())
            )
    for one in trace.events:
        if one.step == "commissioning":
            for thing in one.about:
                found[thing].append(one)
    return found


def _key(node: str, kind: str, row: int, facts: Mapping[str, list[Happening]]) -> str:
    if kind == "process":
        told = facts.get(node, ())
        return f"{row}|process|{told[0].step if told else ''}|{_place(told) or ''}"
    return f"{row}|{kind}|{names.group(node)}"


def _place(told: Iterable[Happening]) -> str | None:
    """The one place where things happened, None where there are several."""
    places = {one.location or one.read_point for one in told}
    return next(iter(places)) if len(places) == 1 else None


def _box(
    key: str,
    nodes: list[str],
    kinds: Mapping[str, str],
    rows: Mapping[str, int],
    facts: Mapping[str, list[Happening]],
) -> Box:
    told = [one for node in nodes for one in facts.get(node, ())]
    times = [one.time for one in told]
    steps = {one.step for one in told}
    return Box(
        key=key,
        kind=kinds[nodes[0]],
        ids=tuple(nodes[:200]),
        count=len(nodes),
        row=rows[nodes[0]],
        step=next(iter(steps)) if len(steps) == 1 else None,
        place=_place(told) if told else None,
        since=min(times, default=None),
        until=max(times, default=None),
    )


def _placed(boxes: list[Box]) -> Iterable[Box]:
    """Each box at its place: rows below one another, at most two boxes side by side."""
    by_row: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        by_row[box.row].append(box)
    y = 2.0
    for row in sorted(by_row):
        alike = by_row[row]
        for start in range(0, len(alike), ABREAST):
            some = alike[start : start + ABREAST]
            width = (WIDTH - 4 - GAP * (len(some) - 1)) / len(some)
            width = min(width, WIDEST)
            begin = (WIDTH - width * len(some) - GAP * (len(some) - 1)) / 2
            for place, box in enumerate(some):
                yield Box(
                    box.key, box.kind, box.ids, box.count, box.row, box.step, box.place, box.since, box.until,
                    round(begin + place * (width + GAP), 1), y, round(width, 1),
                )  # fmt: skip
            y += HIGH + (BETWEEN if start + ABREAST >= len(alike) else GAP)


def _path(one: Box, other: Box) -> str:
    """A line from the lower edge of the box above to the upper edge of the one below."""
    above, below = (one, other) if one.y <= other.y else (other, one)
    x1, y1 = above.x + above.width / 2, above.y + HIGH
    x2, y2 = below.x + below.width / 2, below.y
    if y2 <= y1:
        return ""
    middle = (y1 + y2) / 2
    return f"M{x1:.1f} {y1:.1f}C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
