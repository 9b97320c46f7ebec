"""Loading of files: events a second, processor time of the loader and of the database, bytes on the disk.

python benchmarks/load.py [--events 200000] [--chain] [--again] [--kills 0] [--processes N]

Loads a file of lines, a document of a hundred events in each, with `xilin trace load` on a database of its own with the
settings the platform gives it, and tells the time with and without the start of the command. Events are those of
`capture.py` (each about two things at a place, of a transaction, between two parties, within three months), or with
`--chain` a season of mutton as the demo tells it (`xilin.demo.chain`: lambs, lots, totes, pallets, with late and corrected
events). `--again` loads the file a second time, `--kills` first kills so many loads (loader and database by turns) and
begins them again; then every event must be there once.
"""

import argparse
import atexit
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from capture import document
from kill_capture import CONTEXT
from kill_gateway import Database, family, kill_all, wait_for_database

TABLES = """
SELECT CASE WHEN c.relname LIKE 'trace_event_thing%%' THEN 'things'
            WHEN c.relname LIKE 'trace_event_key%%' THEN 'keys'
            WHEN c.relname LIKE 'trace_lineage%%' THEN 'lineage: ' || substr(c.relname, 14)
            ELSE 'events' END AS part,
       sum(pg_table_size(c.oid)), sum(pg_indexes_size(c.oid))
FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relname ~ '^trace_(event|lineage)' AND c.relname !~ 'orphan|alert|subscription'
GROUP BY 1 ORDER BY 2 DESC
"""


class Used:
    """Processor seconds of processes and all below them, those that ended in the meantime too (as last seen)."""

    def __init__(self, *roots: int) -> None:
        self.roots, self.seen, self.first = roots, [{} for _ in roots], [{} for _ in roots]
        self.ended = threading.Event()
        self._look(first=True)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _look(self, *, first: bool = False) -> None:
        for root, seen, begun in zip(self.roots, self.seen, self.first, strict=True):
            for each in family(root):
                with contextlib.suppress(OSError):
                    fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
                    seen[each] = int(fields[11]) + int(fields[12])
                    if first:
                        begun[each] = seen[each]

    def _watch(self) -> None:
        while not self.ended.wait(0.05):
            self._look()

    def seconds(self) -> list[float]:
        """Of each root; the watching ends."""
        self._look()
        self.ended.set()
        self.thread.join()
        return [
            sum(ticks - begun.get(each, 0) for each, ticks in seen.items()) / os.sysconf("SC_CLK_TCK")
            for seen, begun in zip(self.seen, self.first, strict=True)
        ]


def simple(events: int) -> Iterator[bytes]:
    """Documents of `capture.py`'s events."""
    for number in range(0, events, 100):
        yield document(number, min(100, events - number))


def chain(events: int) -> Iterator[bytes]:
    """A season as it was told, a hundred events in a document."""
    from xilin.demo.chain.bodies import CONTEXT as OWN
    from xilin.demo.chain.season import Season
    from xilin.demo.chain.shape import counts

    told: list[dict[str, Any]] = []
    for one in Season(7, counts(events / 1.6 / 1_610_000), date(2026, 11, 26)).tell():
        told.append(one.body)
        if len(told) == 100:
            yield _said(told, OWN)
            told = []
    yield _said(told, OWN)


def _said(events: list[dict[str, Any]], own: Any) -> bytes:
    said = {
        "@context": [CONTEXT, own], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-26T00:00:00Z", "epcisBody": {"eventList": events},
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False).encode()


def command(path: Path, processes: int | None) -> list[str]:
    """The loader's command line."""
    more = ["--processes", str(processes)] if processes else []
    return [sys.executable, "-m", "xilin.config", "trace", "load", str(path), "--party", "bench", *more]


def timed(title: str, path: Path, events: int, processes: int | None, start: float) -> int:
    """Load once and tell how long it took; `start` is what a load of nothing takes of processor time."""
    postmaster = int((Path(os.environ["XILIN_HOME"]) / "pg" / "postmaster.pid").read_text().splitlines()[0])
    begun = time.perf_counter()
    process = subprocess.Popen(
        command(path, processes), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    used = Used(process.pid, postmaster)
    out, err = process.communicate()
    seconds = time.perf_counter() - begun
    loader, database = used.seconds()
    loader -= start
    each = (loader + database) / events * 1e6
    print(f"{title}: {out.strip()}; {events / seconds:,.0f} with the start of the command")
    print(
        f"  processor time: {loader / events * 1e6:.0f} µs an event in the loader, {database / events * 1e6:.0f} µs in the"
        f" database; two cores alone would take {2e6 / each:,.0f} events/s"
    )
    print(err[-2000:], end="")
    return process.returncode


def nothing(home: Path) -> tuple[float, float]:
    """Seconds that a load of an empty file takes, and of processor time."""
    path = home / "empty.ndjson"
    path.touch()
    begun = time.perf_counter()
    process = subprocess.Popen(command(path, None), stdout=subprocess.DEVNULL)
    used = Used(process.pid)
    process.wait()
    return time.perf_counter() - begun, used.seconds()[0]


def interrupted(path: Path, kills: int) -> None:
    """Begin the load again and again and kill it in its midst."""
    from django.db import connection

    def state() -> tuple[int, int, int]:
        """How many captures there were, how many events they stored, how many are there."""
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), coalesce(sum(stored), 0), (SELECT count(*) FROM trace_event) FROM trace_capturejob"
            )
            captures, told, there = cursor.fetchone()
        return captures, int(told), there

    database = Database(Path(os.environ["XILIN_HOME"]))
    for turn in range(kills):
        before = state()
        process = subprocess.Popen(command(path, None), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and state() == before:
            time.sleep(0.05)
        time.sleep(random.uniform(0, 1))
        if turn % 2:
            database.kill()
            process.wait(60)
            database.start()
            wait_for_database()
        else:
            kill_all(process.pid)
            process.wait(20)
        _, told, there = state()
        who = "the database" if turn % 2 else "the loader"
        print(f"killed {who}: {there:,} events there, {told:,} by their jobs", flush=True)
        if there != told:
            sys.exit("events without a job, or a job without its events")


def sizes() -> None:
    """Bytes of the tables for each event."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT count(*) FROM trace_event")
        (count,) = cursor.fetchone()
        cursor.execute(TABLES)
        found = cursor.fetchall()
    total = 0.0
    for part, table, indexes in found:
        total += float(table + indexes)
        print(f"  {part}: {float(table) / count:.0f} bytes an event, {float(indexes) / count:.0f} in indexes")
    print(f"  {total / count:,.0f} bytes an event: ten million take {total / count / 100:.1f} GB")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--chain", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--processes", type=int)
    given = parser.parse_args()
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-load-")
    os.environ.pop("XILIN_DATABASE_URL", None)
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    from xilin.config import start

    start.django()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    path = Path(home) / "events.ndjson"
    with path.open("wb") as lines:
        lines.writelines(line + b"\n" for line in (chain if given.chain else simple)(given.events))
    with path.open("rb") as lines:
        events = sum(len(json.loads(line)["epcisBody"]["eventList"]) for line in lines)
    size = path.stat().st_size
    print(f"{events:,} events, {size / 2**20:.0f} MB, {size / events:.0f} bytes each")
    if given.kills:
        interrupted(path, given.kills)
    start_ = nothing(Path(home))
    print("a load of nothing takes {:.1f} s, {:.1f} s of processor time".format(*start_))
    failed = timed("loaded", path, events, given.processes, start_[1])
    if given.again:
        failed |= timed("loaded again", path, events, given.processes, start_[1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT hash) FROM trace_event")
        print("stored: {:,} events, {:,} of them different".format(*cursor.fetchone()))
    sizes()
    return failed


if __name__ == "__main__":
    sys.exit(main())
