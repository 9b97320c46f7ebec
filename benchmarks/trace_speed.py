"""How fast traces and recalls are answered: in this process, and over HTTP by the service as it runs.

python benchmarks/trace_speed.py [--events 500000] [--asked 300] [--no-http] [--statements] [--explain] [--keep]

Writes a regular chain straight into the tables of lineage by SQL: lambs, carcasses, lots of 50, 250 packs a lot, totes of 10, pallets of
40, shops; one household's lambs went into 200 lots of 250 packs. Each event has a row in the repository too, so that answers have events'
identifiers, but no body. Then a pack's back trace, a pallet's, a lamb's forward trace and the recall of that household are asked: first
through `genealogy`, with the processor time of both sides, then of `granian … xilin.apps.trace.tracing:application` in two processes
of its own over keep-alive connections, one at a time and four at a time. `--statements` says what each statement takes, `--explain` which
plans read a table from end to end (and exits 1). How many bytes an event takes on the disk is said, and how many ten million would.
A database `xilin_bench_trace_speed` is made anew beside the platform's and dropped at the end, unless `--keep` is given: then the next run
with `--keep` and as many events finds it there.
"""

import argparse
import atexit
import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import psycopg

NAME, PORT = "xilin_bench_trace_speed", 8797
TABLES = ("name", "event", "mark", "sighting", "link")
REGULAR = """
CREATE TEMP TABLE p AS SELECT %(lambs)s::bigint AS lambs, %(lambs)s::bigint * 5 AS packs, %(lambs)s::bigint / 50 AS lots;
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


def names(lambs: int) -> Iterator[tuple[int, str]]:
    """Numbers and names of everything there is."""
    packs = lambs * 5
    yield from ((n, f"word{n}") for n in range(1, 100))
    yield from ((n, f"https://id.gs1.org/414/0952{n:09d}") for n in range(100, 1000))
    for first, count, name in (
        (1_000_000, lambs, "urn:xilin:eartag:"), (100_000_000, lambs, "https://id.gs1.org/01/09520001000041/21/"),
        (200_000_000, packs, "https://id.gs1.org/01/09520001000010/21/"), (400_000_000, packs // 10, "https://id.gs1.org/8003/0952"),
        (500_000_000, packs // 400, "https://id.gs1.org/00/"),
    ):  # fmt: skip
        for n in range(first, first + count):
            yield n, f"{name}{n}"


EVENTS = """
INSERT INTO trace_event (id, event_time, record_time, job, party, type, action, zone, event_id, named, biz_step, hash, body)
SELECT id, time, time, 1, 1, 'ObjectEvent', 'OBSERVE', '+08:00', 'ni:///sha-256;' || md5(id::text) || md5((-id)::text) || '?ver=CBV2.0', false, 'x',
       decode(md5(id::text) || md5((-id)::text), 'hex'), '{}'
FROM trace_lineageevent
"""
INDEXED = (
    "trace_lineagename",
    "trace_lineageevent",
    "trace_lineagemark",
    "trace_lineagesighting",
    "trace_lineagelink",
)


def begin(keep: bool, events: int) -> bool:
    """A database of our own, with the platform's tables; whether what is wanted stands in it already."""
    from xilin.config import database, start

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
    url = start.server()
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [NAME]
        ).fetchone()
        there = keep and row is not None and row[0] == str(events)
        if not there:
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
        if not keep:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")

    atexit.register(end)
    return there


def lambs_of(events: int) -> int:
    """How many lambs make about so many events."""
    return max(10_000, round(events / 7.6) // 10_000 * 10_000)


def write(events: int) -> None:
    """Write the chain; indexes of the large tables are made when their rows are there."""
    from django.db import connection

    from xilin.apps.trace.genealogy.marks import number

    lambs = lambs_of(events)
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
    connection.ensure_connection()
    raw = connection.connection
    began = time.perf_counter()
    with raw.cursor() as cursor:
        dropped = cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)", [list(INDEXED)],
        ).fetchall()  # fmt: skip
        for index, _ in dropped:
            cursor.execute(f"DROP INDEX {index}")
        with cursor.copy("COPY trace_lineagename (id, key, name) FROM STDIN") as copy:
            for n, name in names(lambs):
                copy.write_row((n, number(name), name))
        cursor.execute(REGULAR, {"lambs": lambs})
        for statement in statements:
            cursor.execute(statement)
        for month in ("2026_09", "2026_10"):
            year, begins = month.split("_")
            until = f"{year}-{int(begins) + 1:02}-01Z"
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS trace_event_{month} PARTITION OF trace_event FOR VALUES FROM ('{year}-{begins}-01Z') TO ('{until}')"
            )
        cursor.execute(EVENTS)
        for _, definition in dropped:
            cursor.execute(definition)
        cursor.execute("ANALYZE")
        cursor.execute(f"COMMENT ON DATABASE {NAME} IS '{events}'")
    print(f"written in {time.perf_counter() - began:.0f} s")
    raw.autocommit or raw.commit()


def sizes() -> None:
    """Bytes of an event on the disk, by kind of table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trace_lineageevent")
        (count,) = cursor.fetchone()
        cursor.execute(
            "SELECT sum(pg_total_relation_size('trace_lineage' || t)) FROM unnest(%s::text[]) t",
            [list(TABLES)],
        )
        (lineage,) = cursor.fetchone()
        cursor.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'trace_event'::regclass"
        )
        (bodies,) = cursor.fetchone()
    each = float(lineage + bodies) / count
    print(
        f"{count} events: {lineage / 2**20:.0f} MB in the tables of lineage ({lineage / count:.0f} bytes each), {bodies / 2**20:.0f} MB of rows without"
        f" bodies ({bodies / count:.0f} each); ten million take {each * 1e7 / 2**30:.1f} GB, and as much again of log while they are written"
    )


def processor_of(process: int) -> float:
    """Seconds of processor time a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Asked:
    """What is asked: names drawn by a seed, and the household whose lambs went into 200 lots."""

    def __init__(self, lambs: int, asked: int) -> None:
        draw = random.Random(1)
        few = max(3, asked // 30)
        self.packs = [
            f"https://id.gs1.org/01/09520001000010/21/{200_000_000 + draw.randrange(lambs * 5)}"
            for _ in range(asked)
        ]
        self.pallets = [
            f"https://id.gs1.org/00/{500_000_000 + draw.randrange(lambs // 80)}" for _ in range(few)
        ]
        self.tags = [
            f"urn:xilin:eartag:{1_000_000 + draw.randrange(lambs)}" for _ in range(max(3, asked // 10))
        ]
        self.household = [f"urn:xilin:eartag:{1_000_000 + n}" for n in range(200)]
        self.at = datetime(2026, 9, 8, tzinfo=UTC)


def told(title: str, times: list[float], more: str = "") -> None:
    times.sort()
    print(
        f"{title}: {len(times)} asked, p50 {statistics.median(times):.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms,"
        f" max {times[-1]:.1f} ms{more}",
        flush=True,
    )


# In this process


def here(asked: Asked, statements: bool) -> None:
    """Ask through `genealogy`, with the processor time of Python and of PostgreSQL."""
    from django.db import connection

    from xilin.apps.trace.genealogy import queries, walks

    encode = msgspec.json.Encoder().encode
    spent: dict[str, list[float]] = defaultdict(list)
    rows = walks.rows

    def watched(statement: str, parameters: Any) -> Any:
        start = time.perf_counter()
        found = rows(statement, parameters)
        spent[" ".join(statement.split())[:110]].append((time.perf_counter() - start) * 1000)
        return found

    if statements:
        walks.rows = watched
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()

    def timed(title: str, given: list[Any], ask: Callable[[Any], Any]) -> None:
        ask(given[0])
        spent.clear()
        times, size = [], 0
        ours, theirs = time.process_time(), processor_of(backend)
        for one in given:
            start = time.perf_counter()
            answer = ask(one)
            size = len(encode(answer))
            times.append((time.perf_counter() - start) * 1000)
        ours = (time.process_time() - ours) / len(times) * 1000
        theirs = (processor_of(backend) - theirs) / len(times) * 1000
        nodes = len(getattr(answer, "nodes", None) or answer.affected)
        told(
            title,
            times,
            f"; processor: Python {ours:.1f} ms, PostgreSQL {theirs:.1f} ms; {nodes} nodes, {size / 1024:.0f} kB",
        )
        for statement, took in sorted(spent.items(), key=lambda pair: -sum(pair[1])):
            print(f"    {sum(took) / len(times):7.2f} ms  {len(took) / len(times):4.1f} x  {statement}")

    timed("back trace of a pack", asked.packs, queries.back)
    timed("back trace of a pallet", asked.pallets, lambda name: queries.back(name, at=asked.at))
    timed("forward trace of a lamb", asked.tags, queries.forward)
    timed("recall of a household of 200 lambs", [asked.household] * 3, queries.recall)
    walks.rows = rows


def explained(asked: Asked) -> bool:
    """Whether no statement of any question reads a large table from end to end; says those that do."""
    from django.db import connection

    from xilin.apps.trace.genealogy import queries, walks

    rows, seen, good = walks.rows, set[str](), True

    def watched(statement: str, parameters: Any) -> Any:
        nonlocal good
        key = " ".join(statement.split())
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + statement, parameters)
            plan = "\n".join(row for (row,) in cursor.fetchall())
        if any(f"Seq Scan on {table}" in plan for table in INDEXED) and key not in seen:
            good = False
            print(f"reads a table from end to end: {key[:160]}\n{plan}")
        seen.add(key)
        return rows(statement, parameters)

    walks.rows = watched
    queries.back(asked.packs[0])
    queries.back(asked.pallets[0], at=asked.at)
    queries.forward(asked.tags[0])
    queries.recall(asked.household)
    walks.tagged("https://id.gs1.org/414/0952000000100")
    walks.rows = rows
    print(f"{len(seen)} statements, {'none reads' if good else 'some read'} a table from end to end")
    return good


# Over HTTP


def key() -> str:
    """A key of a system that sees everything."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from xilin.apps.trace.repository import access
    from xilin.kernel.accounts.models import Department
    from xilin.kernel.exchange import actions
    from xilin.kernel.standards.models import Area

    now = datetime.now(UTC)
    area, _ = Area.objects.get_or_create(code="990000000000", defaults={"name": "小盟", "level": "league"})
    bureau, _ = Department.objects.get_or_create(
        code="bench",
        defaults={"name": "测试局", "short": "测试局", "uscc": "11992500PDY000044A", "area": area},
    )
    person, _ = get_user_model().objects.get_or_create(username="bench", defaults={"department": bureau})
    code = f"bench_{int(now.timestamp())}"
    system = actions.register_client(code=code, name=code, by=person, at=now)
    found = actions.issue_key(system, by=person, at=now)
    connection.ensure_connection()
    access.give(connection.connection, code, party="bench", query=True, everything=True, at=now)
    return found


class Service:
    """The service as it runs, in two processes."""

    def __enter__(self) -> "Service":
        command = [
            sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(PORT), "--workers", "2",
            "--workers-kill-timeout", "6", "--ws", "--log-level", "warning", "xilin.apps.trace.tracing:application",
        ]  # fmt: skip
        path = str(Path(__file__).parents[1] / "src")
        self.process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path})
        for _ in range(200):
            time.sleep(0.2)
            try:
                client = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
                client.request("GET", "/health")
                if client.getresponse().status == 200:
                    return self
            except OSError:
                continue
        raise SystemExit("the service doesn't answer")

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    def processor(self) -> float:
        """Seconds of processor time of its workers."""
        children = (
            Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("utf-8").split()
        )
        return sum(processor_of(int(child)) for child in children)


class Client:
    """One keep-alive connection."""

    def __init__(self, held: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self.headers = {"Authorization": f"Bearer {held}", "Content-Type": "application/json"}

    def ask(self, path: str, body: Any = None) -> tuple[float, bytes]:
        """Milliseconds until the whole answer was read, and the answer."""
        start = time.perf_counter()
        sent = None if body is None else json.dumps(body).encode()
        self.connection.request("POST" if sent else "GET", path, body=sent, headers=self.headers)
        answer = self.connection.getresponse()
        found = answer.read()
        took = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {path}: {found[:300].decode()}")
        return took, found


def over_http(asked: Asked) -> None:
    """Ask the running service."""
    held = key()
    with Service() as service:
        client = Client(held)

        def timed(title: str, calls: list[tuple[str, Any]]) -> None:
            for call in calls[:6]:
                client.ask(*call)
            ours, answers = service.processor(), [client.ask(*call) for call in calls]
            cpu = (service.processor() - ours) / len(calls) * 1000
            answer = json.loads(answers[-1][1])
            shown = len(answer.get("nodes", ())) or len(answer["items"])
            told(
                f"HTTP, {title}",
                [took for took, _ in answers],
                f"; processor of the service {cpu:.1f} ms; {shown} in the answer, {len(answers[-1][1]) / 1024:.0f} kB",
            )

        packs = [(f"/traces/back?{urlencode({'id': name}, quote_via=quote)}", None) for name in asked.packs]
        timed("back trace of a pack", packs)
        lambs = [(f"/traces/forward?{urlencode({'id': name}, quote_via=quote)}", None) for name in asked.tags]
        timed("forward trace of a lamb", lambs)
        timed(
            "recall of a household, every pack in one answer",
            [("/traces/recall?perPage=100000", {"ids": asked.household})] * 3,
        )
        timed("recall of a household, a page of 1,000", [("/traces/recall", {"ids": asked.household})] * 3)
        together(held, packs)


def together(held: str, calls: list[tuple[str, Any]], clients: int = 4) -> None:
    """Several clients at once."""
    times: list[float] = []
    lock = threading.Lock()

    def story(mine: list[tuple[str, Any]]) -> None:
        client = Client(held)
        own = [client.ask(*call)[0] for call in mine]
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=story, args=(calls[n::clients],)) for n in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told(
        f"HTTP, back trace of a pack, {clients} clients",
        times,
        f"; {len(times) / (time.perf_counter() - start):.0f} a second",
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--no-http", action="store_true")
    parser.add_argument("--statements", action="store_true")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
    if not begin(given.keep, given.events):
        write(given.events)
    sizes()
    asked = Asked(lambs_of(given.events), given.asked)
    good = explained(asked) if given.explain else True
    here(asked, given.statements)
    if not given.no_http:
        over_http(asked)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
