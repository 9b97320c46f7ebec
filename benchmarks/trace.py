"""Lineage: whether it is the truth, and how fast it is asked and kept.

python benchmarks/trace.py truth [--events 100000] [--seed 2016] [--index-only] [--every N]
python benchmarks/trace.py speed [--events 500000] [--asked 300]
python benchmarks/trace.py keep [--events 50000] [--batch 500] [--profile]

`truth` tells a season of mutton (`xilin.demo.chain`) to the repository, with containers used again, late, wrong and
corrected events, and compares the lambs of every pack and the packs of every household with the truth: how many were found, how
many others (`chain_truth.py` says how). A sample (`--every 1`: all) is asked one by one through the platform's own traces and
recalls. `--index-only` leaves the repository's own tables out.
`speed` writes a regular chain straight into the tables of lineage by SQL (lambs, carcasses, lots of 50, 250 packs, totes of 10, pallets
of 40, shops), with one household whose lambs went into 200 lots, and times a pack's back trace, a pallet's, and the recall of
that household, each with its answer as JSON. `keep` times the index alone on events as capture hands them over.
A database `xilin_bench_trace` is made anew beside the platform's and dropped at the end.
"""

import argparse
import atexit
import cProfile
import os
import pstats
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import psycopg

NAME = "xilin_bench_trace"
DAY = date(2026, 11, 26)


def begin() -> None:
    """A database of our own, with the platform's tables."""
    from xilin.config import database, start

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    url = start.server()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
    own = url.replace("/xilin?", f"/{NAME}?") if "/xilin?" in url else url.rsplit("/", 1)[0] + f"/{NAME}"
    os.environ["XILIN_DATABASE_URL"] = own
    assert database.settings_for(own)["NAME"] == NAME
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)

    def end() -> None:
        connections.close_all()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")

    atexit.register(end)


def analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# Truth


def truth(events: int, seed: int, every: int, index_only: bool) -> None:
    import chain_truth

    from xilin.demo.chain.season import Season
    from xilin.demo.chain.shape import counts

    season = Season(seed, counts(events / 1.6 / 1_610_000), DAY)
    began = time.perf_counter()
    if index_only:
        count = stored(season.tell())
        chain_truth.analyse()
        print(f"{count} events told and kept in the index in {time.perf_counter() - began:.0f} s")
    else:
        told = chain_truth.tell(season)
        print(
            f"{told.events} events: {told.loaded} loaded in {told.loading:.0f} s ({told.loaded / told.loading:.0f}/s), {told.captured} captured late"
            f" or as corrections ({told.declared}) in {told.capturing:.0f} s; {told.telling:.0f} s to make them"
        )
    true = season.truth
    print(
        f"truth: {len(true.tags)} lambs of {len(set(true.household))} households, {len(true.lots)} lots, {len(true.packs)} packs",
        flush=True,
    )
    began = time.perf_counter()
    index = chain_truth.Index(true)
    all_exact = chain_truth.compare_all(true, index)
    print(f"compared in {time.perf_counter() - began:.0f} s", flush=True)
    some_exact = chain_truth.compare_some(true, index, every)
    sys.exit(0 if all_exact and some_exact else 1)


def stored(told: Iterator) -> int:
    """Keep events in the index alone, numbered as the repository would."""
    from django.db import connection, transaction

    from xilin.apps.trace.genealogy import index
    from xilin.apps.trace.repository.capture import Stored
    from xilin.demo.chain.capturing import runs

    number, by_hash, wrong = 0, {}, {}
    for run in runs(told):
        batch = []
        for event in run.events:
            number += 1
            if event.error is None:
                batch.append(Stored(event, number, 1, None, wrong.get(event.hash)))
                if event.event_id:
                    by_hash[event.hash] = number
            else:
                batch.append(Stored(event, number, 1, by_hash.get(event.hash)))
                wrong[event.hash] = number
        with transaction.atomic():
            connection.ensure_connection()
            index.keep(connection.connection, batch, run.at)
    return number


# Speed

TABLES = ("name", "event", "mark", "sighting", "link")
REGULAR = """
CREATE TEMP TABLE p AS SELECT %(lambs)s::bigint AS lambs, %(lambs)s::bigint * 5 AS packs, %(lambs)s::bigint / 50 AS lots;
INSERT INTO trace_lineagename (id, key, name)
SELECT n, ('x' || substr(md5(name), 1, 16))::bit(64)::bigint, name FROM (
    SELECT n, CASE
        WHEN n < 1000 THEN 'word' || n
        WHEN n < 100000000 THEN 'urn:xilin:eartag:' || n
        WHEN n < 200000000 THEN 'https://id.gs1.org/01/09520001000041/21/' || n
        WHEN n < 400000000 THEN 'https://id.gs1.org/01/09520001000010/21/' || n
        WHEN n < 500000000 THEN 'https://id.gs1.org/8003/0952' || n
        ELSE 'https://id.gs1.org/00/' || n END AS name
    FROM (
        SELECT generate_series(1, 999) UNION ALL
        SELECT generate_series(1000000, 999999 + lambs) FROM p UNION ALL
        SELECT generate_series(100000000, 99999999 + lambs) FROM p UNION ALL
        SELECT generate_series(200000000, 199999999 + packs) FROM p UNION ALL
        SELECT generate_series(400000000, 399999999 + packs / 10) FROM p UNION ALL
        SELECT generate_series(500000000, 499999999 + packs / 400) FROM p
    ) s(n)
) t;
"""
# Numbers of events: tagging 1, killing 2, cutting 3, packing totes 4, pallets 5, shipping 6, receiving 7, unpacking pallets 8, totes 9, sale 10;
# each times 100,000,000 and the number of the thing.
KINDS = """
INSERT INTO trace_lineageevent (id, time, digest, kind, action, step, location)
SELECT {kind} * 100000000::bigint + n, timestamptz '2026-09-01Z' + interval '{hour} hour' + n * interval '0.05 s', n * 7919, {type}, {action}, {step},
       100 + n % 800
FROM p CROSS JOIN LATERAL generate_series(0, {count} - 1) n;
"""
MARK = """
INSERT INTO trace_lineagemark (event, place, node, role, bulk, time, digest, other)
SELECT e.id, {place}, {node}, {role}, false, e.time, e.digest, {other}
FROM p CROSS JOIN LATERAL generate_series(0, {count} - 1) n JOIN trace_lineageevent e ON e.id = {kind} * 100000000::bigint + {of};
"""
SIGHT = """
INSERT INTO trace_lineagesighting (node, time, event)
SELECT {node}, e.time, e.id
FROM p CROSS JOIN LATERAL generate_series(0, {count} - 1) n JOIN trace_lineageevent e ON e.id = {kind} * 100000000::bigint + {of};
"""
LINK = """
INSERT INTO trace_lineagelink (child, since, parent, kind, until, opened, closed, how, seen, bulk)
SELECT {child}, a.time, {parent}, 1, b.time, a.id, b.id, 3, false, false
FROM p CROSS JOIN LATERAL generate_series(0, {count} - 1) n
JOIN trace_lineageevent a ON a.id = {opened} * 100000000::bigint + {of} JOIN trace_lineageevent b ON b.id = {closed} * 100000000::bigint + {of};
"""


def regular(events: int) -> tuple[int, int]:
    """Write a regular chain of about so many events; how many there are, and how many lambs."""
    from django.db import connection

    lambs = max(10_000, round(events / 7.6) // 10_000 * 10_000)
    lamb, carcass = "1000000 + n", "100000000 + n"
    pack, tote = "200000000 + n", "400000000 + n"
    # Lamb n is cut in lot n % lots: those of one household, in a row, go into as many lots.
    statements = [
        *(KINDS.format(kind=kind, hour=kind * 24, type=type, action=action, step=kind, count=count) for kind, type, action, count in (
            (1, 1, 1, "p.lambs / 50"), (2, 4, 0, "p.lambs"), (3, 4, 0, "p.lots"), (4, 2, 1, "p.packs / 10"), (5, 2, 1, "p.packs / 400"),
            (6, 1, 2, "p.packs / 400"), (7, 1, 2, "p.packs / 400"), (8, 2, 3, "p.packs / 400"), (9, 2, 3, "p.packs / 10"), (10, 1, 2, "p.packs"),
        )),
        MARK.format(kind=1, place="n % 50", node=lamb, role=8, other="NULL", count="p.lambs", of="n / 50"),
        MARK.format(kind=2, place="0", node=lamb, role=6, other="-e.id", count="p.lambs", of="n"),
        MARK.format(kind=2, place="1", node=carcass, role=7, other="-e.id", count="p.lambs", of="n"),
        MARK.format(kind=3, place="n / p.lots", node=carcass, role=6, other="-e.id", count="p.lambs", of="n % p.lots"),
        MARK.format(kind=3, place="50 + n % 250", node=pack, role=7, other="-e.id", count="p.packs", of="n / 250"),
        MARK.format(kind=4, place="n % 10", node=pack, role=1, other="400000000 + n / 10", count="p.packs", of="n / 10"),
        MARK.format(kind=5, place="n % 40", node=tote, role=1, other="500000000 + n / 40", count="p.packs / 10", of="n / 40"),
        MARK.format(kind=8, place="0", node="500000000 + n", role=4, other="NULL", count="p.packs / 400", of="n"),
        MARK.format(kind=9, place="0", node=tote, role=4, other="NULL", count="p.packs / 10", of="n"),
        MARK.format(kind=10, place="0", node=pack, role=5, other="NULL", count="p.packs", of="n"),
        *(SIGHT.format(kind=kind, node="500000000 + n", count="p.packs / 400", of="n") for kind in (5, 6, 7)),
        SIGHT.format(kind=4, node=tote, count="p.packs / 10", of="n"),
        LINK.format(child=pack, parent="400000000 + n / 10", opened=4, closed=9, count="p.packs", of="n / 10"),
        LINK.format(child=tote, parent="500000000 + n / 40", opened=5, closed=8, count="p.packs / 10", of="n / 40"),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(REGULAR, {"lambs": lambs})
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(
            "VACUUM ANALYZE trace_lineagename, trace_lineageevent, trace_lineagemark, trace_lineagesighting, trace_lineagelink"
        )
        cursor.execute("SELECT count(*) FROM trace_lineageevent")
        (count,) = cursor.fetchone()
        cursor.execute(
            "SELECT sum(pg_total_relation_size('trace_lineage' || t)) FROM unnest(%s::text[]) t",
            [list(TABLES)],
        )
        (size,) = cursor.fetchone()
    print(f"{count} events of {lambs} lambs, {size / 2**20:.0f} MB in the tables of lineage")
    return count, lambs


def processor_of(process: int) -> float:
    """Seconds of processor time a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def speed(events: int, asked: int) -> None:
    from django.db import connection

    from xilin.apps.trace.genealogy import queries, walks

    began = time.perf_counter()
    _, lambs = regular(events)
    print(f"written in {time.perf_counter() - began:.0f} s")
    # Names of this chain are keyed by their own hashes: the platform's keys are of another kind.
    walks.numbers = lambda names: {
        name: id for id, name in walks.rows(
            "SELECT id, name FROM unnest(%s::text[]) n JOIN trace_lineagename ON name = n "
            "AND key = ('x' || substr(md5(n), 1, 16))::bit(64)::bigint", [list(names)],
        )
    }  # fmt: skip
    encode, draw = msgspec.json.Encoder().encode, random.Random(1)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()

    def timed(title: str, names: list[list[str]], ask) -> None:
        times, nodes, size = [], 0, 0
        ours, theirs = time.process_time(), processor_of(backend)
        for name in names:
            start = time.perf_counter()
            answer = ask(name)
            size = len(encode(answer))
            times.append((time.perf_counter() - start) * 1000)
            nodes = len(getattr(answer, "nodes", None) or answer.affected)
        times.sort()
        ours = (time.process_time() - ours) / len(times) * 1000
        theirs = (processor_of(backend) - theirs) / len(times) * 1000
        print(
            f"{title}: {len(times)} asked, p50 {statistics.median(times):.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms, "
            f"max {times[-1]:.1f} ms; processor: Python {ours:.1f} ms, PostgreSQL {theirs:.1f} ms each; last: {nodes} nodes, {size / 1024:.0f} kB"
        )

    packs = [
        [f"https://id.gs1.org/01/09520001000010/21/{200_000_000 + draw.randrange(lambs * 5)}"]
        for _ in range(asked)
    ]
    timed("back trace of a pack", packs, lambda name: queries.back(name[0]))
    at = datetime(2026, 9, 8, tzinfo=UTC)
    pallets = [
        [f"https://id.gs1.org/00/{500_000_000 + draw.randrange(lambs // 80)}"]
        for _ in range(max(3, asked // 30))
    ]
    timed("back trace of a pallet", pallets, lambda name: queries.back(name[0], at=at))
    tags = [[f"urn:xilin:eartag:{1_000_000 + draw.randrange(lambs)}"] for _ in range(max(3, asked // 10))]
    timed("forward trace of a lamb", tags, lambda name: queries.forward(name[0]))
    household = [f"urn:xilin:eartag:{1_000_000 + n}" for n in range(200)]
    timed("recall of a household of 200 lambs", [household] * 3, queries.recall)


# Keeping


def keep(events: int, size: int, profiled: bool) -> None:
    from django.db import connection, transaction

    from xilin.apps.trace.genealogy import index
    from xilin.apps.trace.repository.capture import Stored
    from xilin.demo.chain.capturing import runs
    from xilin.demo.chain.season import Season
    from xilin.demo.chain.shape import counts

    season = Season(1, counts(events / 1.6 / 1_610_000), DAY)
    ready = [event for run in runs(season.tell()) for event in run.events if event.error is None]
    marks = sum(len(event.things) for event in ready)
    profile = cProfile.Profile() if profiled else None
    began, processor = time.perf_counter(), time.process_time()
    if profile:
        profile.enable()
    for start in range(0, len(ready), size):
        with transaction.atomic():
            connection.ensure_connection()
            batch = [Stored(event, start + n, 1) for n, event in enumerate(ready[start : start + size], 1)]
            index.keep(connection.connection, batch, datetime.now(UTC))
    seconds = time.perf_counter() - began
    if profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("cumulative").print_stats(28)
    print(
        f"{len(ready)} events, {marks} things, batches of {size}: {len(ready) / seconds:.0f} events/s, {marks / seconds:.0f} things/s; "
        f"{(time.process_time() - processor) / seconds:.0%} of the time in Python"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["truth", "speed", "keep"])
    parser.add_argument("--events", type=int)
    parser.add_argument("--seed", type=int, default=2016)
    parser.add_argument("--every", type=int, default=0)
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--index-only", action="store_true")
    given = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
    begin()
    match given.what:
        case "truth":
            truth(given.events or 100_000, given.seed, given.every, given.index_only)
        case "speed":
            speed(given.events or 500_000, given.asked)
        case "keep":
            keep(given.events or 50_000, given.batch, given.profile)


if __name__ == "__main__":
    main()
