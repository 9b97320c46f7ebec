"""What can be done with looks: check a code, sweep for what only many looks show together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction
from msgspec import Struct
from psycopg.types.json import Jsonb

from xilin.apps.trace.codes.life import Act as Deed
from xilin.apps.trace.codes.life import record
from xilin.apps.trace.declarations import Product
from xilin.apps.trace.verdicts import store
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import Finding, Judgement, Known, Level, Scan
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.apps.trace.verdicts.rules import diversion, expiry_of, judge
from xilin.lib.text import Text

RAISE = """
INSERT INTO trace_alert AS t (rule, kind, subject, gtin, producer, opened_at, last_at, count, hard, certainty, place, told,
    facts, "case", closed_by, outcome)
SELECT rule, kind, subject, gtin, producer, at, at, 1, hard, certainty, place, told, facts, '', '', ''
FROM unnest(%(rule)s::text[], %(kind)s::text[], %(subject)s::text[], %(gtin)s::text[], %(producer)s::text[],
    %(at)s::timestamptz[], %(hard)s::bool[], %(certainty)s::float8[], %(place)s::text[], %(told)s::jsonb[], %(facts)s::jsonb[])
AS a(rule, kind, subject, gtin, producer, at, hard, certainty, place, told, facts)
ORDER BY rule, kind, subject
ON CONFLICT (rule, kind, subject) WHERE closed_at IS NULL DO UPDATE SET
    last_at = greatest(t.last_at, excluded.last_at), count = t.count + 1, certainty = greatest(t.certainty, excluded.certainty),
    told = excluded.told, facts = excluded.facts, place = excluded.place
"""
AWAY = """
SELECT l.id, l.gtin, l.region, k.place, count(*) FROM trace_allotment l
JOIN trace_allottedrange r ON r.allotment_id = l.id
JOIN LATERAL (
    SELECT DISTINCT ON (code) code, place FROM trace_look
    WHERE code BETWEEN r.first AND r.last AND at >= %(since)s AND at < %(until)s AND precise AND place <> ''
    ORDER BY code, at
) k ON true
WHERE l.region <> '' GROUP BY l.id, l.gtin, l.region, k.place
"""
PACE = """
INSERT INTO trace_pace AS t (gtin, rate, at)
SELECT l.gtin, count(*)::float8 / greatest(1, count(DISTINCT l.code)) / %(days)s, %(at)s
FROM trace_look l WHERE l.at >= %(since)s AND l.at < %(at)s AND l.code IS NOT NULL GROUP BY l.gtin
ON CONFLICT (gtin) DO UPDATE SET rate = 0.8 * t.rate + 0.2 * excluded.rate, at = excluded.at
"""


class Reason(Struct, frozen=True):
    """Why a verdict is as it is: the rule, in words for everybody, and in numbers for experts."""

    rule: str
    hard: bool
    level: Level
    bits: float
    name: Text
    text: Text
    told: Text


class FirstScan(Struct, frozen=True):
    """When and roughly where a code was looked at first, and whether it was this telephone."""

    at: datetime
    place: str
    same: bool


class Verdict(Struct, frozen=True):
    """防伪结论 What is said of one look.

    `level` is the strongest thing that any rule says. `first` is the first look, `is_first` whether this one is it: exactly
    one look at a code is. `blocked`: this client asks too much and is told nothing more.
    """

    level: Level
    reasons: tuple[Reason, ...]
    gtin: str
    serial: str
    at: datetime
    is_first: bool = False
    first: FirstScan | None = None
    count: int = 0
    product: Product | None = None
    code: int | None = None
    lot: str = ""
    produced: date | None = None
    expiry: date | None = None
    state: str = ""
    region: str = ""
    certainty: float = 0.0
    bits: float = 0.0
    prior: float = 0.0
    blocked: bool = False


def check(scan: Scan, *, at: datetime, book: Book | None = None) -> Verdict:
    """Check one look at a code: judge it, keep it, raise what is to be raised, in one transaction.

    `book` is that of the moment, where the caller has read it.
    """
    return check_many([scan], at=at, book=book)[0]


def check_many(scans: Sequence[Scan], *, at: datetime, book: Book | None = None) -> list[Verdict]:
    """Check looks together, which costs hardly more statements than one does."""
    with transaction.atomic(), connection.cursor() as cursor:
        return check_with(cursor, scans, book or book_of(at))


def check_with(cursor: store.Cursor, scans: Sequence[Scan], book: Book) -> list[Verdict]:
    """The same on any cursor, in its running transaction."""
    met = store.meet(cursor, scans, book)
    judged = [(one, judge(one.scan, one.known, book)) for one in met]
    store.keep(cursor, judged)
    _open(cursor, judged)
    _raise(cursor, judged, book)
    return [_verdict(one, judgement, book) for one, judgement in judged]


def _verdict(met: store.Met, judgement: Judgement, book: Book) -> Verdict:
    scan, known = met.scan, met.known
    product = book.products.get(scan.gtin)
    blocked = any(one.rule == "enumeration" for one in judgement.findings)
    reasons = tuple(
        Reason(one.rule, one.hard, one.level, one.bits, one.name, one.said, one.told)
        for one in judgement.findings
        if not blocked or one.rule == "enumeration"
    )
    if known.issued is None or blocked:
        level: Level = "unknown" if blocked else judgement.level
        return Verdict(level, reasons, scan.gtin, scan.serial, scan.at, product=product, blocked=blocked)
    first = (
        FirstScan(known.first_at, known.first_place, known.first_client == scan.client)
        if known.first_at
        else None
    )
    return Verdict(
        level=judgement.level,
        reasons=reasons,
        gtin=scan.gtin,
        serial=scan.serial,
        at=scan.at,
        is_first=known.first,
        first=first,
        count=known.count + 1,
        product=product,
        code=met.code,
        lot=known.issued.lot,
        produced=known.issued.produced,
        expiry=expiry_of(known.issued, product),
        state=_state(known),
        region=known.issued.region,
        certainty=judgement.certainty,
        bits=judgement.bits,
        prior=book.weighing.prior_bits,
    )


def _state(known: Known) -> str:
    """The state of a code; one that a notice recalls is recalled, wherever its life had got to."""
    assert known.issued is not None  # noqa: S101 - asked of issued codes alone
    recalled = any(notice.kind == "recalled" for notice in known.notices)
    return "recalled" if recalled and known.issued.state != "void" else known.issued.state


def _open(cursor: store.Cursor, judged: Iterable[tuple[store.Met, Judgement]]) -> None:
    """A buyer who opens an item ends its time on the shelf: the code is opened from now on."""
    deeds = [
        Deed(met.code, "open", met.scan.at)
        for met, _ in judged
        if met.code is not None
        and met.scan.act == "open"
        and met.known.issued is not None
        and met.known.issued.opened_at is None
        and met.known.issued.state in ("active", "sold")
    ]
    if deeds:
        record(cursor, deeds, by="consumer")


def _raise(cursor: store.Cursor, judged: Iterable[tuple[store.Met, Judgement]], book: Book) -> None:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for met, judgement in judged:
        warned = judgement.certainty >= book.weighing.warn_from
        for found in judgement.findings:
            if found.alert and (found.hard or warned):
                subject = _subject(found, met)
                if subject:
                    rows[found.rule, found.alert, subject] = _row(found, subject, met, judgement, book)
    if rows:
        raise_alerts(cursor, list(rows.values()))


def raise_alerts(cursor: store.Cursor, rows: Sequence[dict[str, Any]]) -> None:
    """Open alerts, or say of open ones that it happened again."""
    cursor.execute(RAISE, {name: [row[name] for row in rows] for name in rows[0]})


def _subject(found: Finding, met: store.Met) -> str:
    scan, issued = met.scan, met.known.issued
    if found.alert == "item":
        return f"{scan.gtin}/{scan.serial}"
    if found.alert == "asker":
        return str(scan.client or scan.network)
    if found.alert == "consignment":
        return (
            str(issued.consignment)
            if issued and issued.consignment is not None
            else f"{scan.gtin}/{scan.serial}"
        )
    return f"{scan.gtin}/{issued.lot}" if issued else ""


def _row(found: Finding, subject: str, met: store.Met, judgement: Judgement, book: Book) -> dict[str, Any]:
    product = book.products.get(met.scan.gtin)
    return {
        "rule": found.rule,
        "kind": found.alert,
        "subject": subject[:80],
        "gtin": met.scan.gtin,
        "producer": product.producer if product else "",
        "at": met.scan.at,
        "hard": found.hard,
        "certainty": 1.0 if found.hard else judgement.certainty,
        "place": met.scan.place,
        "told": Jsonb(msgspec.to_builtins(found.told)),
        "facts": Jsonb(found.facts),
    }


@transaction.atomic
def sweep(*, at: datetime, days: int = 60) -> int:
    """Look over the looks of the last days for what no single one shows: consignments sold in other regions; and take the
    pace of looks anew. How many consignments were found."""
    book, since = book_of(at), at - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(PACE, {"days": 1.0, "since": at - timedelta(days=1), "at": at})
        cursor.execute(AWAY, {"since": since, "until": at})
        seen: dict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)
        for allotment, gtin, region, place, count in cursor.fetchall():
            seen[allotment, gtin, region][place] += count
        rows = [row for key, places in seen.items() if (row := _diverted(*key, places, book, at))]
        if rows:
            raise_alerts(cursor, rows)
    return len(rows)


def _diverted(
    allotment: int, gtin: str, region: str, places: Counter[str], book: Book, at: datetime
) -> dict[str, Any] | None:
    declared = book.regions.get(region)
    if declared is None:
        return None
    away = Counter({place: count for place, count in places.items() if not declared.holds(place)})
    other = away.most_common(1)[0][0] if away else ""
    found = diversion(region, other, places.total(), away.total(), book)
    if found is None:
        return None
    product = book.products.get(gtin)
    return {
        "rule": found.rule,
        "kind": "consignment",
        "subject": str(allotment),
        "gtin": gtin,
        "producer": product.producer if product else "",
        "at": at,
        "hard": False,
        "certainty": 1.0,
        "place": other,
        "told": Jsonb(msgspec.to_builtins(found.told)),
        "facts": Jsonb(found.facts),
    }
