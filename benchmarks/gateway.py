"""How fast the gateway answers, against a bare handler that selects the same row and nothing else.

python benchmarks/gateway.py [seconds a measurement, default 5] [rows, default 200000]

Both are ASGI applications on granian with one worker, over one PostgreSQL, called by one load generator in a
process of its own over keep-alive connections, in turns, so that what else the machine does meets both. The
gateway checks key, grant, purpose, hours and quota, masks, and enters each call in the signed log, durable
before the answer; the bare handler reads the row through a connection pool and encodes it.
"""

import asyncio
import atexit
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAME = "xilin_bench_gateway"
REPO = Path(__file__).parents[1]
CONNECTIONS = (16, 64)
ROUNDS = 3


def identifier(number: int) -> str:
    """A made-up ID number: its area does not exist."""
    return f"99{number:016d}"


# The bare handler, in a process of its own


class Bare:
    """One query for each request, and its row as JSON."""

    def __init__(self) -> None:
        self.pool = None
        self.opening = None

    async def __call__(self, scope, receive, send):
        import msgspec
        from psycopg_pool import AsyncConnectionPool

        if self.pool is None:
            self.pool = AsyncConnectionPool(
                os.environ["XILIN_DATABASE_URL"], min_size=4, max_size=4, open=False,
                kwargs={"autocommit": True},
            )  # fmt: skip
            self.opening = asyncio.ensure_future(self.pool.open(wait=True))
        await self.opening
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        wanted = msgspec.json.decode(body)["by"]["id_number"] if body else ""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(os.environ["BENCH_QUERY"], [wanted])
            row = await cursor.fetchone()
        said = msgspec.json.encode({"row": [str(value) for value in row or ()]})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})


bare = Bare()

# The load generator, in a process of its own


async def one_connection(port: int, key: str, count: int, until: float, took: list[float], seed: int) -> int:
    """Call over one connection until a moment; how many answers weren't 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    draw, wrong = random.Random(seed), 0
    while time.perf_counter() < until:
        call = {
            "purpose": "assistance",
            "case_number": f"A-{seed}",
            "by": {"id_number": identifier(draw.randrange(count))},
        }
        body = json.dumps(call).encode()
        head = (
            f"POST /v1/resources/households/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        begun = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
        wrong += not answer.startswith(b"HTTP/1.1 200")
    writer.close()
    return wrong


async def load(port: int, key: str, connections: int, seconds: float, count: int) -> dict[str, float]:
    """Call with a number of connections at once; rate and times."""
    took: list[float] = []
    begun = time.perf_counter()
    wrong = await asyncio.gather(
        *(one_connection(port, key, count, begun + seconds, took, seed) for seed in range(connections))
    )
    lasted = time.perf_counter() - begun
    took.sort()
    return {
        "rate": len(took) / lasted,
        "answers": len(took),
        "p50": took[len(took) // 2] * 1000,
        "p99": took[int(len(took) * 0.99)] * 1000,
        "wrong": sum(wrong),
    }


# The measurement


def main(seconds: float, count: int) -> None:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-bench-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # after the server that is stopped at exit too
    from xilin.config import start

    start.django()
    key, query = prepare(Path(home), count)
    gateway = serve("xilin.kernel.exchange.gateway:application", query)
    plain = serve("gateway:bare", query)
    try:
        results = measure({"gateway": gateway, "bare": plain}, key, seconds, count)
    finally:
        for process, _ in (gateway, plain):
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    tell(results, audit_holds(home))


def prepare(home: Path, count: int) -> tuple[str, str]:
    """The small league of the tests with `count` people, a masked grant and a key; the bare handler's query."""
    sys.path.insert(0, str(REPO / "tests"))
    import ibis
    import pyarrow as pa
    from django.core.management import call_command

    import small_league
    from xilin.kernel.accounts.models import Department, User
    from xilin.kernel.catalog import queries as catalog
    from xilin.kernel.exchange import actions, publishing
    from xilin.kernel.standards.queries import declaration, declared

    call_command("migrate", verbosity=0)
    small_league.apply(home / "league")
    people = {
        "id_number": [identifier(number) for number in range(count)],
        "person_name": [f"牧民{number % 1000}" for number in range(count)],
        "address": [f"某旗某苏木某嘎查{number % 97}号" for number in range(count)],
        "_source": ["bench"] * count,
        "_batch": [1] * count,
    }
    now = datetime.now(UTC)
    ibis.memtable(pa.table({"warm": [1]})).count().to_pyarrow()
    began = time.perf_counter()
    publication = publishing.publish_table(
        declaration("resource", "households"), declared("element"), ibis.memtable(pa.table(people)), at=now
    )
    print(f"published {count / (time.perf_counter() - began):.0f} rows/s, 3 columns, 1 index")
    ann, bob = (
        User.objects.create(username=name, department=Department.objects.get(code=code), role=role)
        for name, code, role in (("ann", "civil", User.Role.STEWARD), ("bob", "police", User.Role.APPROVER))
    )
    client = actions.register_client(code="bench", name="bench", by=ann, at=now)
    request = actions.ask(
        resource=catalog.resource("households"), client=client, items=["id_number", "person_name", "address"],
        purpose="assistance", scenario="x", valid_until=(now + timedelta(days=30)).date(), by=ann, at=now,
        quota_per_day=1_000_000,
    )  # fmt: skip
    actions.approve(request, by=bob, at=now)
    query = (
        f'SELECT id_number, person_name, address FROM published."{publication.table}" WHERE id_number = %s'
    )
    return actions.issue_key(client, by=ann, at=now), query


def serve(target: str, query: str) -> tuple[subprocess.Popen[bytes], int]:
    """An application on granian; its process and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port), "--workers", "1",
        "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip
    environment = os.environ | {"BENCH_QUERY": query, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen(command, env=environment)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.1)
    raise TimeoutError(target)


def measure(
    served: dict[str, tuple[subprocess.Popen[bytes], int]], key: str, seconds: float, count: int
) -> dict[tuple[str, int], list[dict[str, float]]]:
    """Measure all in turns; with each result the processor time a request took in the application's processes."""
    results: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _, port in served.values():
        called(port, key, 8, 1.0, count)
    for connections in CONNECTIONS:
        for _ in range(ROUNDS):
            for name, (process, port) in served.items():
                before = processor(process.pid)
                found = called(port, key, connections, seconds, count)
                found["cpu"] = (processor(process.pid) - before) / found["answers"] * 1e6
                results.setdefault((name, connections), []).append(found)
    return results


def processor(pid: int) -> float:
    """Seconds of processor time a process and its children have had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor(int(child)) for child in children)


def called(port: int, key: str, connections: int, seconds: float, count: int) -> dict[str, float]:
    """One measurement in a fresh process."""
    arguments = ["load", str(port), key, str(connections), str(seconds), str(count)]
    out = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, check=True, text=True)
    return json.loads(out.stdout)


def audit_holds(home: str) -> int:
    """Check the whole log that was written meanwhile; how many accesses it holds."""
    from xilin.kernel.audit import queries

    findings = queries.verify_log()
    assert not findings, findings
    return queries.entries(kind="exchange.access").count()


def tell(results: dict[tuple[str, int], list[dict[str, float]]], accesses: int) -> None:
    print(f"load of the machine {os.getloadavg()[0]:.1f}; {accesses} accesses in a log that verifies")
    for connections in CONNECTIONS:
        middle = {}
        for name in ("gateway", "bare"):
            rounds = results[name, connections]
            assert not sum(one["wrong"] for one in rounds), rounds
            middle[name] = {
                k: statistics.median(one[k] for one in rounds) for k in ("rate", "p50", "p99", "cpu")
            }
            found = middle[name]
            print(
                f"{connections:3d} connections  {name:8s} {found['rate']:7.0f} requests/s"
                f"  p50 {found['p50']:6.1f} ms  p99 {found['p99']:6.1f} ms"
                f"  processor {found['cpu']:4.0f} µs a request"
            )
        print(f"{connections:3d} connections  ratio {middle['gateway']['rate'] / middle['bare']['rate']:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        _, _, port_, key_, connections_, seconds_, count_ = sys.argv
        print(
            json.dumps(asyncio.run(load(int(port_), key_, int(connections_), float(seconds_), int(count_))))
        )
    else:
        main(float(sys.argv[1]) if sys.argv[1:] else 5.0, int(sys.argv[2]) if sys.argv[2:] else 200_000)
