"""Lineage: whether it is the truth, and how fast it is asked and kept.

python benchmarks/trace.py truth [--events 100000] [--seed 2016] [--index-only] [--every N]
python benchmarks/trace.py speed [--events 500000] [--asked 300]
python benchmarks/trace.py keep [--events 50000] [--batch 500] [--profile]

`truth` tells a season of mutton (`xilin.demo.chain`) to the repository, with containers used again, late, wrong and
corrected events, and compares the lambs of every pack and the packs of every household with the truth: how many were found, how
many others (`chain_truth.py` says how). A sample (`--every 1`: all) is asked one by one through the platform's own traces and
recalls. `--index-only` leaves the repository's own tables out.
`speed` is `trace_speed.py`, which says what it takes. `keep` times the index alone on events as capture hands them over.
A database `xilin_bench_trace` is made anew beside the platform's and dropped at the end.
"""

import argparse
import atexit
import cProfile
import os
import pstats
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

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
    if given.what == "speed":
        import trace_speed

        sys.argv = ["trace_speed.py", "--events", str(given.events or 500_000), "--asked", str(given.asked)]
        trace_speed.main()
    begin()
    match given.what:
        case "truth":
            truth(given.events or 100_000, given.seed, given.every, given.index_only)
        case "keep":
            keep(given.events or 50_000, given.batch, given.profile)


if __name__ == "__main__":
    main()
