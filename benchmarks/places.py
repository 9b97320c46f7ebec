"""Places at the league's full scale: collecting and storing plots and points, pages of features, tiles, addresses.

    .venv/bin/python benchmarks/places.py [--scale 1]

A home and a database of its own. For each thing: median and slowest in milliseconds, and the median processor time of
this process (the database's comes besides), which other jobs on the machine don't change.
"""

import argparse
import dataclasses
import math
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LEAGUE = ROOT / "leagues" / "xilingol"


def timed(what: str, work: Callable[[Any], Any], cases: Iterable[Any]) -> None:
    """Carry out work for each case, and print how long it took."""
    seconds, processor, most = [], [], 0
    for case in cases:
        begun, used = time.perf_counter(), time.process_time()
        answer = work(case)
        seconds.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
        most = max(most, len(answer) if isinstance(answer, bytes) else 0)
    size = f" | {most:,} B" if most else " |"
    print(
        f"| {what} | {len(seconds)} | {statistics.median(seconds) * 1e3:.1f} ms | {max(seconds) * 1e3:.0f} ms "
        f"| {statistics.median(processor) * 1e3:.1f} ms{size} |"
    )


def prepare(home: Path, scale: float) -> Any:
    """The league applied, its plots and points collected and stored; the true league."""
    from django.conf import settings

    from xilin.config.league import carry_out, load, migrate
    from xilin.demo import league as demo
    from xilin.demo.sources import land
    from xilin.demo.stores import files
    from xilin.kernel.collect import actions as collect
    from xilin.kernel.lake import engine
    from xilin.kernel.places import actions
    from xilin.kernel.standards.queries import declared

    migrate()
    carry_out(load(LEAGUE), at=datetime.now(UTC))
    true = demo.make(20160, 0.02, date(2026, 11, 1), LEAGUE)
    whole = demo.rates.shape().counts.at(scale)
    names = true.counts.__struct_fields__
    wanted = {name: getattr(true.counts, name) for name in names} | {
        "grassland_plots": whole.grassland_plots,
        "points_of_interest": whole.points_of_interest,
    }
    true = dataclasses.replace(true, counts=type(true.counts)(**wanted))
    sources = home / "sources" / "zrzyj"
    files.write_csv(land.grassland_plots(true).table, sources / "caochang.csv", "gb18030")
    files.write_csv(land.points_of_interest(true).table, sources / "xingqudian.csv", "utf-8-sig")
    for source in ("zrzyj_grassland", "zrzyj_poi"):
        batch = collect.collect(source, at=datetime.now(UTC))
        print(f"{source}: {batch.rows_accepted:,} rows in {batch.seconds:.1f} s")
    con = engine.connect(settings.MEMORY_MB)
    for code in declared("place_collection"):
        for again in ("", " again"):
            used = time.process_time()
            one = actions.build(code, con=con, at=datetime.now(UTC))
            if one is not None:
                print(
                    f"{code}{again}: {one.read:,} read, {one.added:,} added, {one.held:,} held in {one.seconds:.1f} s, "
                    f"{time.process_time() - used:.1f} s of processor"
                )
    return true


def cells(box: tuple[float, float, float, float], zoom: int) -> list[tuple[int, int]]:
    """The tiles of a level over a box, in an order that is the same each time."""
    n = 2**zoom

    def row(y: float) -> int:
        return int((1 - math.asinh(math.tan(math.radians(y))) / math.pi) / 2 * n)

    columns = range(int((box[0] + 180) / 360 * n), int((box[2] + 180) / 360 * n) + 1)
    found = [(x, y) for x in columns for y in range(row(box[3]), row(box[1]) + 1)]
    random.Random(1).shuffle(found)
    return found


def measure(true: Any) -> None:
    """Pages, tiles and addresses."""
    from django.test import Client

    from xilin.demo import places as demo
    from xilin.kernel.places import queries
    from xilin.kernel.standards.queries import declared

    client, on, dice = Client(), date(2026, 11, 24), random.Random(4)
    grassland = declared("place_collection")["grassland"]
    box = queries.extent("grassland")
    if box is None:
        return
    print("| | times | median | slowest | processor | largest |\n|---|---|---|---|---|---|")

    def page(query: str) -> bytes:
        return bytes(client.get(f"/api/places/collections/grassland/items?{query}").content)

    def corner(size: float) -> str:
        west, south = dice.uniform(box[0], box[2] - size), dice.uniform(box[1], box[3] - size)
        return f"bbox={west},{south},{west + size},{south + size}"

    page("limit=1")
    timed("100 plots of all", page, ["limit=100"] * 20)
    timed("plots in a box of half a degree", page, [f"{corner(0.5)}&limit=1000" for _ in range(40)])
    timed("10,000 plots of all", page, ["limit=10000"] * 3)
    queries.tile(grassland, 12, 3350, 1480, on=on)
    for zoom in (5, 6, 7, 8, 10, 12):

        def tile(at: tuple[int, int], zoom: int = zoom) -> bytes:
            return queries.tile(grassland, zoom, *at, on=on)

        timed(f"tile of level {zoom}, made anew", tile, cells(box, zoom)[:40])
    place, doors = true.places, demo.doors()
    texts = [place.paths[dice.randrange(len(place.paths))] + dice.choice(doors) for _ in range(2000)]
    queries.gazetteer()
    timed("an address", queries.code_address, texts)


def main() -> None:
    """Prepare and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    with tempfile.TemporaryDirectory(prefix="xilin-places-") as folder:
        os.environ |= {
            "XILIN_HOME": folder,
            "XILIN_SOURCES": f"{folder}/sources",
            "XILIN_HOSTS": "testserver",
        }
        os.environ.pop("XILIN_DATABASE_URL", None)
        from xilin.config.start import django

        django(database=True)
        measure(prepare(Path(folder), scale))
        from django.db import connections

        connections.close_all()


if __name__ == "__main__":
    main()
