"""What the pages of traces and recalls show, as who is signed in may see it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from msgspec import Struct

from xilin.apps.trace.desk.producer.words import STEPS
from xilin.apps.trace.desk.queries import Scope
from xilin.apps.trace.genealogy import holders, recalls
from xilin.apps.trace.genealogy.shapes import Gap, Happening, Held, Reach, Trace
from xilin.apps.trace.models import LineageAlert, Recall, RecallNotice
from xilin.apps.trace.repository import access
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.tracing import names, picture, sight
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.accounts.queries import department
from xilin.lib.errors import NotFound
from xilin.lib.text import Text
from xilin.web.templatetags.xilin import words

FIRST_ROWS, MOST_ROWS = 40, 300
EVERYTHING = Viewer("", 0, sees_all=True)
Said = tuple[str, Text, str, int]
"""Who, what became of it in words, as which kind of badge, and how many."""


def viewer_of(user: Any, scope: Scope) -> Viewer | None:
    """As whom somebody looks at chains: a party's people as that party, departments that watch goods and auditors as those who see all."""
    party = holders.party_of(user)
    if party is not None:
        connection.ensure_connection()
        return access.viewer(connection.connection, party.code)
    return None if scope.nothing else EVERYTHING


class Course(Struct, frozen=True):
    """What happened at one place on one day in one step: how many goods it was about, in which containers."""

    since: datetime
    until: datetime
    step: Text
    place: str
    things: tuple[str, ...]
    count: int
    through: tuple[str, ...]


class Row(Struct, frozen=True):
    """A link of the picture in words: what, through which process where and when, became what."""

    before: str
    how: Text
    place: str
    after: str
    since: datetime | None


class Drawn(Struct, frozen=True):
    """A box with the words it bears: what it is, `note` beside a table, and the two lines that fit into it."""

    box: picture.Box
    title: Text
    count: int
    note: str
    line: str
    sub: str


class Seen(Struct, frozen=True):
    """A trace ready to be shown."""

    trace: Trace
    title: Text
    boxes: list[Drawn]
    lines: tuple[picture.Line, ...]
    height: float
    left_out: int
    rows: list[Row]
    course: list[Course]
    later: list[Course]
    more: int
    gaps: list[tuple[Text, list[str], int]]
    alerts: list[LineageAlert]
    states: list[Said]
    reach: Reach | None


def seen(name: str, way: str, at: datetime | None, viewer: Viewer, book: Book) -> Seen:
    """A trace as somebody may see it; NoSuchName where nothing of it is theirs or nothing is known."""
    connection.ensure_connection()
    trace = sight.trace(name, way, at, viewer, connection.connection)
    reach = sight.reach([name], at, viewer, connection.connection) if way == "forward" else None
    here = None if reach else _whereabouts(name, at, viewer)
    held = reach.held if reach else here or ()
    drawn = picture.draw(trace)
    places = names.of_places(
        {
            *(box.place for box in drawn.boxes),
            *(one.location or one.read_point for one in trace.events),
            *(one.holder for one in held),
        }
    )
    boxes = [_drawn(box, places, book) for box in drawn.boxes]
    course = _course(trace.events, places)
    return Seen(
        trace=trace,
        title=names.kind(name, book.products),
        boxes=boxes,
        lines=drawn.lines,
        height=drawn.height,
        left_out=drawn.left_out,
        rows=_rows(boxes, drawn.lines),
        course=course[:FIRST_ROWS],
        later=course[FIRST_ROWS:MOST_ROWS],
        more=max(0, len(course) - MOST_ROWS),
        gaps=_gaps(trace.completeness.gaps),
        alerts=_alerts(trace),
        states=states(Counter((one.holder, one.state) for one in held), places),
        reach=reach,
    )


def _whereabouts(name: str, at: datetime | None, viewer: Viewer) -> tuple[Held, ...]:
    """Where the thing itself is now; to whom something is on its way is told to those alone who see all."""
    whole = sight.reach([name], at, EVERYTHING, connection.connection)
    own = tuple(one for one in whole.held if one.item == name)
    if viewer.sees_all:
        return own
    return tuple(one for one in own if one.state != "on_the_way")


# What became of an item; good news are green, what still may be eaten isn't.
STATES: dict[str, tuple[Text, str]] = {
    "recovered": (Text(zh="已召回", en="recovered"), "good"),
    "destroyed": (Text(zh="已销毁", en="destroyed"), "good"),
    "held": (Text(zh="在库", en="held"), "warn"),
    "on_the_way": (Text(zh="在途", en="on the way"), "warn"),
    "sold": (Text(zh="已售出", en="sold"), "bad"),
    "unseen": (Text(zh="下落不明", en="not seen since"), "bad"),
    "used": (Text(zh="已用于加工", en="used up"), ""),
}


def states(counts: Mapping[tuple[str | None, str], int], places: Mapping[str, str]) -> list[Said]:
    """Who has how many items in what state, the most first."""
    return [
        (places.get(holder, names.short(holder)) if holder else "", *STATES[state], count)
        for (holder, state), count in sorted(
            counts.items(), key=lambda row: (row[0][1] == "used", -row[1], row[0][0] or "", row[0][1])
        )
    ]


def _drawn(box: picture.Box, places: Mapping[str, str], book: Book) -> Drawn:
    process = box.kind == "process"
    title = step_name(box.step) if process else names.kind(box.ids[0], book.products)
    place = places.get(box.place, names.short(box.place)) if box.place else ""
    note = place if process else names.short(box.ids[0]) if box.count == 1 else names.product(box.ids[0])
    day = f"{timezone.localtime(box.since):%Y-%m-%d}" if box.since else ""
    many = f" × {box.count:,}" if box.count > 1 else ""
    if process or (box.kind == "container" and box.count > 1):
        sub = " · ".join(part for part in (day, place) if part)
    else:
        sub = note or place
    return Drawn(
        box=box,
        title=title,
        count=box.count,
        note=note,
        line=_fitting(words(title), box.width - 24 - 9 * len(many), 16) + many,
        sub=_fitting(sub, box.width - 24, 13.5),
    )


def _fitting(text: str, width: float, size: float) -> str:
    """As much of a text as stands in so many units; Chinese characters are as wide as they are high, others about half."""
    used = 0.0
    for place, character in enumerate(text):
        used += size * (1.0 if ord(character) > 0x2E7F else 0.56)
        if used > width:
            return text[: max(1, place - 1)].rstrip() + "…"
    return text


def step_name(step: str | None) -> Text:
    """A business step in words; one that isn't of the standard's vocabulary as it was written."""
    if step is None:
        return Text(zh="过程", en="process")
    word = step.rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("-", 1)[-1]
    return STEPS.get(word) or Text(zh=word, en=word.replace("_", " "))


_INSIDE, _OF = Text(zh="装入", en="put into"), Text(zh="所属批次", en="of the batch")


def _rows(boxes: Sequence[Drawn], lines: Iterable[picture.Line]) -> list[Row]:
    """The picture as a table: a row for each process with all that goes in and comes out, and for each other line."""
    known = {one.box.key: one for one in boxes}
    into: dict[str, list[Drawn]] = defaultdict(list)
    out: dict[str, list[Drawn]] = defaultdict(list)
    rows: list[Row] = []
    for line in lines:
        one, other = known[line.source], known[line.target]
        if other.box.kind == "process":
            into[line.target].append(one)
        elif one.box.kind == "process":
            out[line.source].append(other)
        else:
            how = _INSIDE if line.dashed else _OF
            rows.append(
                Row(_named([one]), how, other.note if line.dashed else "", _named([other]), other.box.since)
            )
    for key in {*into, *out}:
        process = known[key]
        rows.append(Row(_named(into[key]), process.title, process.note, _named(out[key]), process.box.since))
    return sorted(rows, key=lambda row: (row.since is None, row.since.timestamp() if row.since else 0))


def _named(boxes: Iterable[Drawn]) -> str:
    said = []
    for one in boxes:
        title = words(one.title)
        said.append(f"{title} × {one.count:,}" if one.count > 1 else f"{title} {names.short(one.box.ids[0])}")
    return "、".join(said) or "—"


def _course(events: Iterable[Happening], places: Mapping[str, str]) -> list[Course]:
    """Events as a time line; those of one step, place and day are one line."""
    grouped: dict[tuple[Any, ...], list[Happening]] = defaultdict(list)
    for one in events:
        grouped[one.step, one.location or one.read_point, one.time.date()].append(one)
    found = []
    for (step, where, _), told in grouped.items():
        things = sorted({thing for one in told for thing in one.about})
        found.append(
            Course(
                since=min(one.time for one in told),
                until=max(one.time for one in told),
                step=step_name(step),
                place=places.get(where, names.short(where)) if where else "",
                things=tuple(names.short(thing) for thing in things[:3]),
                count=len(things),
                through=tuple(
                    names.short(thing)
                    for thing in sorted({thing for one in told for thing in one.through})[:3]
                ),
            )
        )
    return sorted(found, key=lambda one: one.since)


REASONS: dict[str, Text] = {
    "never_seen": Text(zh="没有任何事件提到它", en="no event names it"),
    "no_origin": Text(zh="来源不明：没有产出或启用的记录", en="its origin isn't known: neither made nor commissioned"),
    "unknown_input": Text(zh="加工过程没有记录原料", en="a process that doesn't say what went in"),
    "unknown_output": Text(zh="加工过程没有记录产出", en="a process that doesn't say what came out"),
    "beginning_not_seen": Text(zh="装入容器时没有记录", en="nobody saw it put into its container"),
    "moved_unseen": Text(zh="未经取出即装入别处", en="put elsewhere without having been taken out"),
    "not_received": Text(zh="发出后没有收货记录", en="sent, and seen elsewhere without having been received"),
    "quantity_only": Text(zh="只按批次数量记录，未逐件记录", en="known by amounts of a batch, not item by item"),
    "corrected": Text(zh="有关事件已声明有误", en="an event about it was declared wrong"),
    "withheld": Text(zh="以下部分不在您的查看范围内", en="beyond it lies what you may not see"),
}  # fmt: skip


def _gaps(gaps: Iterable[Gap]) -> list[tuple[Text, list[str], int]]:
    """Each reason with the first nodes it holds for and how many there are, those that leave the answer open first."""
    found: dict[tuple[bool, str], dict[str, None]] = defaultdict(dict)
    for gap in gaps:
        found[not gap.open, gap.reason][names.short(gap.node)] = None
    return [(REASONS[reason], list(nodes)[:5], len(nodes)) for (_, reason), nodes in sorted(found.items())]


def _alerts(trace: Trace) -> list[LineageAlert]:
    """Balances of mass that don't come out right, of the processes of a trace."""
    processes = [node.id for node in trace.nodes if node.kind == "process"]
    return list(
        LineageAlert.objects.filter(kind=LineageAlert.Kind.MASS, ended_at=None, subject__in=processes)[:20]
    )


def in_charge(reach: Reach, book: Book) -> Any:
    """The department that watches most of what would be recalled, None where none watches any of it."""
    counts: Counter[str] = Counter()
    for one in reach.affected:
        group = names.group(one).removeprefix("https://id.gs1.org/")
        product = book.products.get(group.split("/")[1]) if group.startswith("01/") else None
        if product is not None and product.department:
            counts[product.department] += 1
    for code, _ in counts.most_common():
        try:
            return department(code)
        except NotFound:
            continue
    return None


class Holder(Struct, frozen=True):
    """A line of a recall's table of holders: what events say they have, and what they say themselves."""

    name: str
    id: str
    states: list[tuple[Text, str, int]]
    notice: RecallNotice | None


class Standing(Struct, frozen=True):
    """How a recall stands, for its page."""

    progress: recalls.Progress
    holders: list[Holder]
    roots: list[tuple[str, Text, str]]
    returns: list[str]


def standing(recall: Recall, book: Book, *, at: datetime) -> Standing:
    """Progress and holders of a recall, from one look at where its items are."""
    moment = recall.ended_at or None
    found = recalls.whereabouts(recall, at=moment)
    notices = {notice.holder: notice for notice in recall.notices.all()}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one, state in found:
        counts[one.holder or ""][state] += 1
    ids = sorted(
        {*counts, *notices} - {""}, key=lambda id: (-_open(notices.get(id)), -counts[id].total(), id)
    )
    places = names.of_places([*ids, *recall.returns])
    return Standing(
        progress=recalls.counted(recall, found),
        holders=[
            Holder(
                places.get(id, names.short(id)),
                id,
                [(*STATES[state], count) for state, count in counts[id].most_common()],
                notices.get(id),
            )
            for id in ids
        ],
        roots=[(root, names.kind(root, book.products), names.short(root)) for root in recall.roots[:200]],
        returns=[places.get(one, names.short(one)) for one in recall.returns],
    )


def _open(notice: RecallNotice | None) -> int:
    return notice.open if notice else 0
