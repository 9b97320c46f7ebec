"""数据流向 The flow of data: departments, raw rows, standard rows and what was held back, registries, what is shared."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import stages
from xilin.apps.portal.queries.stages import Counts, Gauge
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import pace
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.opening import queries as opening
from xilin.web import languages, numbers
from xilin.web.charts import flow
from xilin.web.charts.flow import Drawing, Flow, Node

MOST = 10
# Along the flow and across it: where it goes downwards it has less room along than across.
SIZE, PLACES, ROOM = (1440.0, 640.0), (310.0, 520.0, 745.0, 985.0, 1225.0), 46.0
DOWN, STEPS, ROOM_DOWN = (900.0, 1000.0), (235.0, 340.0, 465.0, 615.0, 765.0), 66.0
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class River(Counts):
    """The drawing, with what it is drawn from."""

    drawn: Drawing
    sources: int
    departments: int
    running: int


def river(at: datetime) -> River:
    """How data flows at a moment; rows are those of the newest batch done of each source."""
    gauges = stages.gauges()
    done = [gauge for gauge in gauges if gauge.batch is not None]
    rows = stages.counts(done)
    busy = {batch.source for batch in collect.batches().filter(pk__in=collect.running())}
    return River(
        rows.read,
        rows.accepted,
        rows.held,
        rows.twice,
        rows.bases,
        drawn=draw(done, rows, busy, at),
        sources=len(gauges),
        departments=len({gauge.department for gauge in gauges}),
        running=len(busy),
    )


def draw(done: list[Gauge], rows: Counts, busy: set[str], at: datetime) -> Drawing:
    """The flow as bands, downwards where lines run so; an empty drawing where nothing was read.

    Args:
        done: the sources whose newest batch is drawn.
        rows: what became of their rows.
        busy: codes of the sources that are being read at this moment.
        at: now, for what the gateway answered within a day.
    """
    if not rows.read:
        return Drawing(*SIZE)
    downwards = languages.tongue(get_language() or "").vertical
    read, accepted, held, twice = rows.read, rows.accepted, rows.held, rows.twice
    giving = _departments(done, busy)
    quality, registries = reverse("portal:quality"), reverse("portal:registries")
    raw = Node("raw", _("Raw"), read, _short(read), kind="raw", busy=bool(busy), words="")
    sorted_out = [
        Node("std", _("Standard"), accepted, _short(accepted), quality, "std", words=""),
        *([Node("held", _("Held back"), held, numbers.grouped(held), quality, "held")] if held else []),
        *([Node("twice", _("Duplicate"), twice, numbers.grouped(twice), quality, "twice")] if twice else []),
    ]
    linked = [base for base in rows.bases if base.records]
    # A record may be linked into several registries: what is drawn of them never is more than there is.
    share = min(1.0, accepted / max(sum(base.records for base in linked), 1))
    lakes = [
        Node(f"r.{base.code}", base.name, base.records * share, _short(base.entities), registries, "base")
        for base in linked
    ]
    ends = _ends(at)
    each = min(0.04 * read, accepted / max(len(ends), 1))
    shared = [Node(code, name, each, shown, href, "end") for code, name, shown, href in ends]
    flows = [
        *(Flow(one.code, "raw", one.value, "raw", f"{one.name} {one.shown}", one.busy) for one in giving),
        *(Flow("raw", one.code, one.value, one.kind, f"{one.name} {one.shown}") for one in sorted_out),
        *(Flow("std", one.code, one.value, "base", f"{one.name} {one.shown}") for one in lakes),
    ]
    for lake in lakes:
        flows += [Flow(lake.code, end.code, end.value / len(lakes), "served", end.name) for end in shared]
    if not lakes:
        flows += [Flow("std", end.code, end.value, "served", end.name) for end in shared]
    return flow.draw(
        [giving, [raw], sorted_out, lakes, shared],
        flows,
        places=STEPS if downwards else PLACES,
        size=DOWN if downwards else SIZE,
        room=ROOM_DOWN if downwards else ROOM,
        top=8,
        downwards=downwards,
    )


def _departments(done: list[Gauge], busy: set[str]) -> list[Node]:
    """Departments by the rows they gave, the smallest together."""
    rows: dict[str, int] = defaultdict(int)
    busily = {gauge.department for gauge in done if gauge.code in busy}
    for gauge in done:
        rows[gauge.department] += gauge.batch.rows_read
    href = reverse("portal:departments")
    largest = sorted(rows, key=lambda name: -rows[name])
    kept = largest if len(largest) <= MOST else largest[: MOST - 1]
    nodes = [
        Node(f"d.{name}", name, rows[name], _short(rows[name]), href, "source", name in busily, "before")
        for name in kept
    ]
    if rest := largest[len(kept) :]:
        others = sum(rows[name] for name in rest)
        name = _("%(n)s more departments") % {"n": len(rest)}
        nodes.append(
            Node("d.", name, others, _short(others), href, "source", bool(busily & set(rest)), "before")
        )
    return nodes


def _ends(at: datetime) -> list[tuple[str, str, str, str]]:
    """Where data goes: what the gateway answered within a day, grants in force, open data, indicators."""
    released = sum(1 for one in opening.openings() if one.release)
    return [
        (
            "gateway",
            _("Gateway, 24 h"),
            numbers.grouped(pace.answered(at - DAY, at)),
            reverse("portal:audit"),
        ),
        ("grants", _("Grants in force"), numbers.grouped(exchange.in_force(at)), reverse("portal:approvals")),
        ("open", _("Open data"), numbers.grouped(released), reverse("portal:open")),
        (
            "indicators",
            _("Indicators"),
            numbers.grouped(len(indicators.latest())),
            reverse("portal:indicators"),
        ),
    ]


def _short(value: int) -> str:
    return str(numbers.short(value, get_language() or ""))
