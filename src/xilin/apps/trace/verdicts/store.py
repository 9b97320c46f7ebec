"""The store of looks: what is known of codes and all their looks so far, in few statements for many looks at once.

One statement finds the codes and adds each look to its code's tally; the row it locks decides who was first. Looks are handled in the
order of their codes' numbers, so that two calls never wait for each other in a circle. A second statement keeps the looks
with what was said of them.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from msgspec import Struct

from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import HELD, Issued, Judgement, Known, Notice, Past, Scan, trailing

MEET = """
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(n)s::int[], %(gtin)s::text[], %(serial)s::text[], %(at)s::timestamptz[], %(client)s::bigint[],
        %(network)s::bigint[], %(place)s::text[], %(precise)s::bool[], %(act)s::text[], %(counter)s::int[])
    AS a(n, gtin, serial, at, client, network, place, precise, act, counter)
), met AS MATERIALIZED (
    SELECT a.*, c.id AS code, c.state, c.region, c.batch_id FROM asked a
    JOIN trace_code c ON c.gtin = a.gtin AND c.serial = a.serial
), kept AS (
    INSERT INTO trace_tally AS t (code, count, first_at, first_place, first_client, ats, clients, networks, places, precise,
        acts, counter, counter_at, counter_client, before, before_at, before_client, opens, opened_at, opened_place, opened_client)
    SELECT code, 1, at, place, client, ARRAY[at], ARRAY[client], ARRAY[network], ARRAY[place::varchar], ARRAY[precise],
        ARRAY[act::varchar], counter, CASE WHEN counter IS NOT NULL THEN at END, CASE WHEN counter IS NOT NULL THEN client ELSE 0 END,
        NULL, NULL, 0, (act = 'open')::int, CASE WHEN act = 'open' THEN at END, CASE WHEN act = 'open' THEN place ELSE '' END,
        CASE WHEN act = 'open' THEN client ELSE 0 END
    FROM met ORDER BY code
    ON CONFLICT (code) DO UPDATE SET
        count = t.count + 1,
        ats = (t.ats || excluded.ats)[greatest(1, cardinality(t.ats) - %(held)s):],
        clients = (t.clients || excluded.clients)[greatest(1, cardinality(t.clients) - %(held)s):],
        networks = (t.networks || excluded.networks)[greatest(1, cardinality(t.networks) - %(held)s):],
        places = (t.places || excluded.places)[greatest(1, cardinality(t.places) - %(held)s):],
        precise = (t.precise || excluded.precise)[greatest(1, cardinality(t.precise) - %(held)s):],
        acts = (t.acts || excluded.acts)[greatest(1, cardinality(t.acts) - %(held)s):],
        before = t.counter, before_at = t.counter_at, before_client = t.counter_client,
        counter = greatest(t.counter, excluded.counter),
        counter_at = CASE WHEN excluded.counter > coalesce(t.counter, -1) THEN excluded.counter_at ELSE t.counter_at END,
        counter_client = CASE WHEN excluded.counter > coalesce(t.counter, -1) THEN excluded.counter_client ELSE t.counter_client END,
        opens = t.opens + excluded.opens,
        opened_at = coalesce(t.opened_at, excluded.opened_at),
        opened_place = CASE WHEN t.opens > 0 THEN t.opened_place ELSE excluded.opened_place END,
        opened_client = CASE WHEN t.opens > 0 THEN t.opened_client ELSE excluded.opened_client END
    RETURNING code, count, first_at, first_place, first_client, ats, clients, networks, places, precise, acts,
        before, before_at, before_client, opens, opened_at, opened_place, opened_client
)
SELECT m.n, m.code, m.state, m.region, b.lot, b.produced_on, b.expires_on, b.issued_at, l.id, l.shipped_at, l.received_at,
    k.count, k.first_at, k.first_place, k.first_client, k.ats, k.clients, k.networks, k.places, k.precise, k.acts,
    k.before, k.before_at, k.before_client, k.opens, k.opened_at, k.opened_place, k.opened_client,
    (SELECT jsonb_agg(jsonb_build_array(n.kind, extract(epoch FROM n.since), n.number, n.detail))::text FROM (
        SELECT * FROM trace_notice WHERE gtin = m.gtin AND lot = b.lot AND code IS NULL AND until IS NULL AND since <= m.at
        UNION ALL
        SELECT * FROM trace_notice WHERE code = m.code AND until IS NULL AND since <= m.at) n),
    (SELECT max(s.at) FROM trace_lifestep s WHERE m.state NOT IN (1, 2) AND s.code = m.code AND NOT s.withdrawn AND NOT s.refused),
    coalesce((SELECT rate FROM trace_pace p WHERE p.gtin = m.gtin), 0),
    (SELECT x.unknown FROM trace_asker x WHERE x.key = m.client AND x.since > m.at - %(window)s),
    (SELECT x.in_sequence FROM trace_asker x WHERE x.key = m.client AND x.since > m.at - %(window)s)
FROM met m JOIN kept k ON k.code = m.code JOIN trace_codebatch b ON b.id = m.batch_id
LEFT JOIN LATERAL (
    SELECT allotment_id, last FROM trace_allottedrange r WHERE r.first <= m.code ORDER BY r.first DESC LIMIT 1
) r ON r.last >= m.code
LEFT JOIN trace_allotment l ON l.id = r.allotment_id
"""
ASK = """
INSERT INTO trace_asker AS t (key, since, unknown, in_sequence, last)
SELECT key, at, 1, 0, number FROM unnest(%(key)s::bigint[], %(at)s::timestamptz[], %(number)s::bigint[]) AS a(key, at, number)
ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    since = CASE WHEN t.since > excluded.since - %(window)s THEN t.since ELSE excluded.since END,
    unknown = CASE WHEN t.since > excluded.since - %(window)s THEN t.unknown + 1 ELSE 1 END,
    in_sequence = CASE WHEN t.since <= excluded.since - %(window)s THEN 0
        ELSE t.in_sequence + coalesce((abs(excluded.last - t.last) = 1)::int, 0) END,
    last = excluded.last
RETURNING key, unknown, coalesce(in_sequence, 0)
"""
KEEP = """
INSERT INTO trace_look (at, code, gtin, serial, client, network, place, precise, act, level, certainty, rules)
SELECT at, code, gtin, serial, client, network, place, precise, act, level, certainty, string_to_array(rules, ' ')
FROM unnest(%(at)s::timestamptz[], %(code)s::bigint[], %(gtin)s::text[], %(serial)s::text[], %(client)s::bigint[],
    %(network)s::bigint[], %(place)s::text[], %(precise)s::bool[], %(act)s::text[], %(level)s::text[], %(certainty)s::float8[],
    %(rules)s::text[])
AS a(at, code, gtin, serial, client, network, place, precise, act, level, certainty, rules)
"""
MONTH = "SELECT to_regclass(%(name)s) IS NOT NULL"
STATES = ("", "issued", "active", "sold", "opened", "returned", "recalled", "void")
# A whole network that asks for unknown numbers holds many people: it may ask so many times as often.
NETWORK_FACTOR = 10


class Cursor(Protocol):
    """What runs statements: a cursor of psycopg, or Django's around one."""

    def execute(self, query: Any, params: Any = None) -> Any:
        """Run one statement."""

    def fetchall(self) -> list[Any]:
        """The rows of the last statement."""


class Met(Struct, frozen=True):
    """A look with what is known; `code` is the number of the code, None where it was never issued."""

    scan: Scan
    known: Known
    code: int | None = None


def meet(cursor: Cursor, scans: Sequence[Scan], book: Book) -> list[Met]:
    """Find the codes of looks, add the looks to their tallies and say what is known of each, in the order given.

    Several looks at one code are added one after the other. Runs in the caller's transaction.
    """
    window = (
        timedelta(hours=book.rules["enumeration"].limits["hours"])
        if "enumeration" in book.rules
        else timedelta()
    )
    found: dict[int, Met] = {}
    for turn in _turns(scans):
        cursor.execute(MEET, {**_columns([(n, scans[n]) for n in turn]), "window": window, "held": HELD - 1})
        for row in cursor.fetchall():
            found[row[0]] = _met(scans[row[0]], row)
    unknown = [n for n in range(len(scans)) if n not in found]
    for n, known in _ask(cursor, [(n, scans[n]) for n in unknown], window):
        found[n] = Met(scans[n], known)
    return [found[n] for n in range(len(scans))]


def _turns(scans: Sequence[Scan]) -> Iterable[list[int]]:
    """The numbers of looks, so that no turn has two of one code."""
    turns: list[list[int]] = []
    seen: dict[tuple[str, str], int] = {}
    for n, scan in enumerate(scans):
        key = (scan.gtin, scan.serial)
        turn = seen.get(key, 0)
        seen[key] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(n)
    return turns


def _columns(scans: Sequence[tuple[int, Scan]]) -> dict[str, list[Any]]:
    return {
        "n": [n for n, _ in scans],
        "gtin": [scan.gtin for _, scan in scans],
        "serial": [scan.serial for _, scan in scans],
        "at": [scan.at for _, scan in scans],
        "client": [scan.client for _, scan in scans],
        "network": [scan.network for _, scan in scans],
        "place": [scan.place for _, scan in scans],
        "precise": [scan.precise for _, scan in scans],
        "act": [scan.act for _, scan in scans],
        "counter": [scan.counter for _, scan in scans],
    }


def _met(scan: Scan, row: Sequence[Any]) -> Met:
    (_, code, state, region, lot, produced, expires, issued_at, consignment, shipped, received, count, first_at, first_place,
     first_client, ats, clients, networks, places, precise, acts, before, before_at, before_client, opens, opened_at,
     opened_place, opened_client, notices, since, rate, asked, in_sequence) = row  # fmt: skip
    opened_before = opens > (1 if scan.act == "open" else 0)
    said = STATES[state]
    issued = Issued(
        lot=lot,
        # Whoever opened it may have done so in this very call, before the code's state was settled.
        state="opened" if opened_before and said in ("active", "sold") else said,
        since=since or issued_at,
        produced=produced,
        expiry=expires,
        region=region,
        consignment=consignment,
        shipped_at=shipped,
        received_at=received,
        opened_at=opened_at if opened_before else None,
        opened_client=opened_client if opened_before else 0,
        opened_place=opened_place if opened_before else "",
    )
    # The newest of each array is this look itself.
    before_this = zip(
        ats[:-1], clients[:-1], networks[:-1], places[:-1], precise[:-1], acts[:-1], strict=True
    )
    known = Known(
        issued=issued,
        looks=tuple(Past(*one) for one in before_this),
        count=count - 1,
        first=count == 1,
        first_at=first_at,
        first_place=first_place,
        first_client=first_client,
        counter_before=before,
        counter_at=before_at,
        counter_client=before_client,
        notices=tuple(
            Notice(kind, datetime.fromtimestamp(at, UTC), number, detail)
            for kind, at, number, detail in (json.loads(notices) if notices else ())
        ),
        asked=asked or 0,
        asked_in_sequence=in_sequence or 0,
        rate=rate,
    )
    return Met(scan, known, code)


def _ask(cursor: Cursor, scans: Sequence[tuple[int, Scan]], window: timedelta) -> Iterable[tuple[int, Known]]:
    """Count unknown numbers of telephones and of their networks."""
    left = list(scans)
    while left:
        turn: list[tuple[int, Scan]] = []
        later: list[tuple[int, Scan]] = []
        keys: set[int] = set()
        for n, scan in left:
            own = {key for key in (scan.client, scan.network) if key}
            (later if keys & own else turn).append((n, scan))
            keys |= own if not keys & own else set()
        rows = [
            (key, scan.at, trailing(scan.serial))
            for _, scan in turn
            for key in {scan.client, scan.network}
            if key
        ]
        counted: dict[int, tuple[int, int]] = {}
        if rows:
            cursor.execute(
                ASK,
                {
                    "key": [key for key, _, _ in rows],
                    "at": [at for _, at, _ in rows],
                    "number": [number for _, _, number in rows],
                    "window": window,
                },
            )
            counted = {key: (unknown, sequence) for key, unknown, sequence in cursor.fetchall()}
        for n, scan in turn:
            client, network = counted.get(scan.client, (0, 0)), counted.get(scan.network, (0, 0))
            yield (
                n,
                Known(
                    issued=None,
                    asked=max(client[0], network[0] // NETWORK_FACTOR),
                    asked_in_sequence=max(client[1], network[1] // NETWORK_FACTOR),
                ),
            )
        left = later


def keep(cursor: Cursor, judged: Sequence[tuple[Met, Judgement]]) -> None:
    """Keep looks with what was said of them, each in its month."""
    for at in {met.scan.at.strftime("%Y-%m"): met.scan.at for met, _ in judged}.values():
        ensure_month(cursor, at)
    cursor.execute(
        KEEP,
        {
            "at": [met.scan.at for met, _ in judged],
            "code": [met.code for met, _ in judged],
            "gtin": [met.scan.gtin for met, _ in judged],
            "serial": [met.scan.serial[:40] for met, _ in judged],
            "client": [met.scan.client for met, _ in judged],
            "network": [met.scan.network for met, _ in judged],
            "place": [met.scan.place for met, _ in judged],
            "precise": [met.scan.precise for met, _ in judged],
            "act": [met.scan.act for met, _ in judged],
            "level": [judgement.level for _, judgement in judged],
            "certainty": [judgement.certainty for _, judgement in judged],
            "rules": [" ".join(one.rule for one in judgement.findings) for _, judgement in judged],
        },
    )


def ensure_month(cursor: Cursor, at: datetime) -> None:
    """Make the partition of a month (UTC) where it isn't there."""
    at = at.astimezone(UTC)
    name = f"trace_look_{at:%Y_%m}"
    cursor.execute(MONTH, {"name": name})
    if cursor.fetchall()[0][0]:
        return
    begins = datetime(at.year, at.month, 1, tzinfo=UTC)
    ends = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)
    cursor.execute("SELECT pg_advisory_xact_lock(%(key)s)", {"key": 0x7ACE_100C})
    # The name and both bounds are made of a year and a month alone.
    cursor.execute(
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF trace_look "
        f"FOR VALUES FROM ('{begins.isoformat()}') TO ('{ends.isoformat()}')"
    )
