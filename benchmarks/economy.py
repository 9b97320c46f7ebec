"""How fast the SDMX service answers, beside a bare SQL query that fetches the same rows and nothing else.

python benchmarks/economy.py [periods a series, default 240] [calls of the small query, default 300]

A database of its own holds the dataflow gdp of the league folder: every county and industry by month, quarter and year.
The large query asks for all of it in each format; the small one for one series. Both run in one process through
Django's test client, without a network; the bare query uses the same connection, statement and order.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

REPO = Path(__file__).parents[1]
AT = datetime(2026, 11, 25, tzinfo=UTC)
ROUNDS = 7
FORMATS = ("csv1", "csv2", "json1", "json2", "generic", "specific")
BARE = """SELECT s.key, o.period, o.value::text, o.status,
to_char(o.released_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM economy_series AS s JOIN economy_observation AS o ON o.series_id = s.id
WHERE s.dataflow = 'gdp' AND o.superseded_at IS NULL AND o.value IS NOT NULL {more}
ORDER BY s.key COLLATE "C", o.first_day, o.period, o.released_at"""


def filled(periods: int) -> str:
    """Fill the dataflow; the key of one series."""
    from xilin.kernel.economy import actions
    from xilin.kernel.economy.models import Release
    from xilin.kernel.economy.periods import read
    from xilin.kernel.economy.pipeline import Vintage
    from xilin.kernel.economy.queries import economy

    known = economy()
    flow = known.flows["gdp"]
    codes = [[one.code for one in known.codes(dimension, flow)] for dimension in flow.dimension]
    months = [f"{1990 + n // 12}-{n % 12 + 1:02}" for n in range(periods)]
    quarters = [f"{1990 + n // 4}-Q{n % 4 + 1}" for n in range(periods)]
    years = [f"{1790 + n}" for n in range(periods)]
    found = []
    for frequency, names in (("M", months), ("Q", quarters), ("A", years)):
        spans = [period for name in names if (period := read(name))]
        for area in codes[1]:
            for activity in codes[3]:
                key = f"{frequency}.{area}.GDP.{activity}"
                found += [Vintage(key, span, 1000.5 + n, "A", AT, "bench", 1) for n, span in enumerate(spans)]
    begun = time.perf_counter()
    actions._write("gdp", found, AT)
    seconds = time.perf_counter() - begun
    Release.objects.create(dataflow="gdp", at=AT, new=len(found))
    print(f"{len(found):,} observations written in {seconds:.1f} s ({len(found) / seconds:,.0f}/s)")
    return f"M.{codes[1][1]}.GDP.{codes[3][0]}"


def in_turns(
    ways: dict[str, Callable[[], int]], rounds: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Seconds of each way in each round, and what it gave: in turns, so that what else the machine does meets all."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    sizes: dict[str, int] = {}
    for _ in range(rounds):
        for name, work in ways.items():
            begun = time.perf_counter()
            sizes[name] = work()
            seconds[name].append(time.perf_counter() - begun)
    return seconds, sizes


def main(periods: int, calls: int) -> None:
    """Measure and print."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from xilin.kernel.standards import actions
    from xilin.kernel.standards.declarations import KINDS
    from xilin.lib.declared import read

    settings.SDMX_LARGEST = 10_000_000
    call_command("migrate", verbosity=0)
    league, faults = read(REPO / "leagues" / "xilingol", KINDS)
    assert not faults, faults
    actions.apply(league, at=AT)
    key = filled(periods)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE economy_series, economy_observation")
    client = Client()

    def bare(more: str = "") -> int:
        with connection.cursor() as cursor:
            cursor.execute(BARE.format(more=more))
            return len(cursor.fetchall())

    def asked(form: str, key: str = "all") -> int:
        answer = client.get(f"/sdmx/2.1/data/GDP/{key}?format={form}")
        assert answer.status_code == 200
        return sum(len(piece) for piece in answer)

    ways: dict[str, Callable[[], int]] = {"bare SQL": bare}
    ways |= {form: partial(asked, form) for form in FORMATS}
    seconds, sizes = in_turns(ways, ROUNDS)
    rows = sizes["bare SQL"]
    print(
        f"\nall {rows:,} observations; best of {ROUNDS} rounds, ratio to bare SQL of the same round (middle)"
    )
    for name, found in seconds.items():
        ratio = statistics.median(one / base for one, base in zip(found, seconds["bare SQL"], strict=True))
        size = "" if name == "bare SQL" else f"{sizes[name] / 1e6:8.1f} MB"
        print(f"{name:10} {min(found):7.2f} s {rows / min(found):12,.0f} rows/s   {ratio:4.1f} {size}")

    more = f"AND s.key = '{key}'"
    small: dict[str, Callable[[], int]] = {"bare SQL": partial(bare, more)}
    small |= {form: partial(asked, form, key) for form in ("csv1", "json1", "specific")}
    seconds, sizes = in_turns(small, calls)
    print(f"\none series of {sizes['bare SQL']} observations; {calls} calls in turns")
    for name, found in seconds.items():
        told(name, found)


def told(name: str, seconds: list[float]) -> None:
    """The middle and the slow end of calls."""
    cut = statistics.quantiles(seconds, n=100)
    print(f"{name:10} p50 {cut[49] * 1e3:6.1f} ms   p99 {cut[98] * 1e3:6.1f} ms")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="xilin-bench-economy-") as home:
        os.environ["XILIN_HOME"] = home
        from xilin.config.start import django

        django()
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 240, int(sys.argv[2]) if len(sys.argv) > 2 else 300)
