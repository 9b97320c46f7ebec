"""What a producer's people see of their own goods: products, batches and their codes, work under way, files, alerts.

Everything begins at the party's own products (`Producer.gtins`); what isn't theirs is answered like what isn't there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from msgspec import Struct

from xilin.apps.trace.codes.lifecycle import State
from xilin.apps.trace.declarations import Product
from xilin.apps.trace.desk.producer import looks
from xilin.apps.trace.desk.producer.looks import Week
from xilin.apps.trace.desk.seats import Producer
from xilin.apps.trace.models import (
    Alert,
    AlertAnswer,
    Allotment,
    AllottedRange,
    Code,
    CodeBatch,
    CodeWork,
    Notice,
    OwnProduct,
    PrintFile,
    Suspicion,
)
from xilin.apps.trace.verdicts.book import Book
from xilin.lib.errors import NotFound

DAYS, WEEKS = 30, 26
MANY = 200_000
"""From how many codes on their states are counted once a minute only."""
STATES = tuple(State)

_BY_BATCH = """
SELECT b.id, c.state, count(*) FROM trace_codebatch b
JOIN trace_code c ON c.id BETWEEN b.id << 32 AND (b.id << 32) + b.count - 1
WHERE b.id = ANY(%s) GROUP BY b.id, c.state
"""
_RUNS = """
SELECT state, min(id), max(id), count(*) FROM (
    SELECT id, state, row_number() OVER (ORDER BY id) - row_number() OVER (PARTITION BY state ORDER BY id) AS run
    FROM trace_code WHERE id BETWEEN %s AND %s
) AS numbered GROUP BY state, run ORDER BY min(id) LIMIT %s
"""


class Counts(Struct, frozen=True):
    """How many codes there are, and how many in each state of their life."""

    made: int
    states: dict[State, int]

    def of(self, *states: State) -> int:
        """How many are in any of these states."""
        return sum(self.states.get(one, 0) for one in states)

    @property
    def active(self) -> int:
        """Valid codes on goods that aren't sold."""
        return self.of(State.ACTIVE)

    @property
    def sold(self) -> int:
        """Codes of what was sold, opened since or not."""
        return self.of(State.SOLD, State.OPENED)

    @property
    def opened(self) -> int:
        """Codes of what was opened."""
        return self.of(State.OPENED)

    @property
    def issued(self) -> int:
        """Codes that nothing happened to yet."""
        return self.of(State.ISSUED)

    @property
    def ended(self) -> int:
        """Codes of what was returned, recalled or declared void."""
        return self.of(State.RETURNED, State.RECALLED, State.VOID)


class Line(Struct, frozen=True):
    """A product of the party: what is declared of it, its batches and codes, whether the party entered it itself."""

    product: Product
    batches: int
    counts: Counts
    own: bool


class Overview(Struct, frozen=True):
    """The first page: products, codes by state, looks of the last weeks, what is open."""

    lines: list[Line]
    counts: Counts
    batches: int
    weeks: list[Week]
    looks: int
    warned: int
    alerts: int
    suspicions: int
    allotted: list[tuple[str, int]]
    unallotted: int


def batches(producer: Producer) -> QuerySet[CodeBatch]:
    """The party's batches of codes, the newest first."""
    return CodeBatch.objects.filter(gtin__in=producer.gtins).order_by("-pk")


def batch(producer: Producer, pk: int) -> CodeBatch:
    """One of them; NotFound where it isn't theirs."""
    found = batches(producer).filter(pk=pk).first()
    if found is None:
        raise NotFound(kind=_("batch"), name=pk)
    return found


def counted(rows: Sequence[CodeBatch]) -> dict[int, Counts]:
    """Codes of batches by state, by the batch's number."""
    made = {one.pk: one.made for one in rows}
    states: dict[int, dict[State, int]] = defaultdict(dict)
    for number, state, count in _states(sorted(made)):
        states[number][State(state)] = count
    return {number: Counts(count, states.get(number, {})) for number, count in made.items()}


def _states(numbers: list[int]) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_BATCH, [numbers])
        return list(cursor.fetchall())


def together(counts: Iterable[Counts]) -> Counts:
    """The sum of counts."""
    states: Counter[State] = Counter()
    made = 0
    for one in counts:
        states.update(one.states)
        made += one.made
    return Counts(made, dict(states))


def overview(producer: Producer, book: Book, *, at: datetime) -> Overview:
    """What the party's people see first."""
    rows = list(batches(producer))
    total = sum(one.made for one in rows)
    key = f"trace.producer.{producer.party}.{len(rows)}.{total}"
    by_batch = cache.get(key) if total > MANY else None
    if by_batch is None:
        by_batch = counted(rows)
        if total > MANY:
            cache.set(key, by_batch, 60)
    per_product: dict[str, list[Counts]] = defaultdict(list)
    for one in rows:
        per_product[one.gtin].append(by_batch[one.pk])
    entered = set(OwnProduct.objects.filter(party=producer.party).values_list("gtin", flat=True))
    lines = [
        Line(book.products[gtin], len(per_product[gtin]), together(per_product[gtin]), gtin in entered)
        for gtin in sorted(producer.gtins)
    ]
    counts = together(by_batch.values())
    weeks = looks.weeks(producer, looks.period(WEEKS * 7, 0, at=at), "", at=at)
    allotted = allotted_codes(producer)
    return Overview(
        lines=lines,
        counts=counts,
        batches=len(rows),
        weeks=weeks,
        looks=sum(one.looks for one in weeks),
        warned=sum(one.warned for one in weeks),
        alerts=alerts(producer).count(),
        suspicions=suspicions(producer, at=at).count(),
        allotted=allotted,
        unallotted=max(0, counts.made - sum(count for _, count in allotted)),
    )


def allotted_codes(producer: Producer) -> list[tuple[str, int]]:
    """Codes by the sales region they are allotted to now, the most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.region, sum(r.last - r.first + 1) FROM trace_allottedrange r"
            " JOIN trace_allotment a ON a.id = r.allotment_id WHERE a.gtin = ANY(%s) GROUP BY a.region ORDER BY 2 DESC, 1",
            [sorted(producer.gtins)],
        )
        return [(region, int(count)) for region, count in cursor.fetchall()]


# One batch


class Span(Struct, frozen=True):
    """Neighbouring codes in one state, counted from 1."""

    state: State
    first: int
    last: int

    @property
    def name(self) -> str:
        """The state in words."""
        return str(Code.State(self.state).label)

    @property
    def many(self) -> int:
        """How many codes these are."""
        return self.last - self.first + 1


class Part(Struct, frozen=True):
    """Neighbouring codes of one allotment, counted from 1; a batch's part that is allotted to nobody has none."""

    first: int
    last: int
    allotment: Allotment | None


def spans(found: CodeBatch, *, most: int = 60) -> list[Span]:
    """The codes of a batch as runs of one state, in their order; only the first `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, [found.first_id, found.last_id, most])
        return [
            Span(State(state), first - found.first_id + 1, last - found.first_id + 1)
            for state, first, last, _count in cursor.fetchall()
        ]


def parts(found: CodeBatch) -> list[Part]:
    """How a batch is allotted, from its first code to its last, the rest without a region between."""
    ranges = AllottedRange.objects.filter(last__gte=found.first_id, first__lte=found.last_id)
    told: list[Part] = []
    free = found.first_id
    for one in ranges.select_related("allotment").order_by("first"):
        first, last = max(one.first, found.first_id), min(one.last, found.last_id)
        if first > free:
            told.append(_part(found, free, first - 1, None))
        told.append(_part(found, first, last, one.allotment))
        free = last + 1
    if free <= found.last_id:
        told.append(_part(found, free, found.last_id, None))
    return told


def _part(found: CodeBatch, first: int, last: int, allotment: Allotment | None) -> Part:
    return Part(first - found.first_id + 1, last - found.first_id + 1, allotment)


def works(found: CodeBatch) -> QuerySet[CodeWork]:
    """What was asked to be done with a batch, the newest first."""
    return found.works.all()


def files(found: CodeBatch) -> QuerySet[PrintFile]:
    """Print files of a batch, the newest first."""
    return found.files.all()


def file(producer: Producer, batch_pk: int, pk: int) -> PrintFile:
    """One print file of one's own batch."""
    found = files(batch(producer, batch_pk)).select_related("batch").filter(pk=pk).first()
    if found is None:
        raise NotFound(kind=_("file"), name=pk)
    return found


def notices(found: CodeBatch) -> list[Notice]:
    """What is said of the batch's goods now: recalled, stolen, over its quota."""
    if not found.lot:
        return []
    return list(Notice.objects.filter(gtin=found.gtin, lot=found.lot, until=None))


# Alerts and reports


def alerts(producer: Producer) -> QuerySet[Alert]:
    """Open alerts about the party's goods, the newest first."""
    return Alert.objects.filter(gtin__in=producer.gtins, closed_at=None).order_by("-last_at", "-pk")


def alert(producer: Producer, pk: int) -> Alert:
    """One of them; NotFound where it isn't theirs."""
    found = alerts(producer).filter(pk=pk).first()
    if found is None:
        raise NotFound(kind=_("alert"), name=pk)
    return found


def closed(producer: Producer, *, most: int = 20) -> list[Alert]:
    """The alerts that were closed last."""
    rows = Alert.objects.filter(gtin__in=producer.gtins, closed_at__isnull=False)
    return list(rows.order_by("-closed_at", "-pk")[:most])


def answers(rows: Iterable[Alert]) -> dict[int, list[AlertAnswer]]:
    """What was said about alerts, by the alert's number."""
    told: dict[int, list[AlertAnswer]] = defaultdict(list)
    for one in AlertAnswer.objects.filter(alert__in=[row.pk for row in rows]).order_by("at", "pk"):
        told[one.alert_id].append(one)
    return told


def suspicions(producer: Producer, *, at: datetime) -> QuerySet[Suspicion]:
    """What consumers reported of the party's goods in the last days; nothing says who did."""
    since = at - timedelta(days=DAYS)
    return Suspicion.objects.filter(gtin__in=producer.gtins, at__gt=since, at__lte=at)


def issued(producer: Producer) -> int:
    """How many codes the party was issued."""
    return int(batches(producer).aggregate(n=Sum("made"))["n"] or 0)
