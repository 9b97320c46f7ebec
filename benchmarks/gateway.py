"""How fast the gateway answers, against handlers that select the same row and do nothing of what it does.

python benchmarks/gateway.py [seconds a measurement, default 5] [rows, default 200000]

ASGI and WSGI applications on granian with one worker each, over one PostgreSQL, called by `wrk` over keep-alive
connections, in turns, so that what else the machine does meets all. The gateway checks key or signature (RFC 9421,
Ed25519), grant, purpose, hours and quota, masks, and enters each call in the signed log, durable before the answer.
`bare` reads the row through a connection pool and encodes it; `orm` is a plain Django view with a model, as
catalogues and portals answer. Where BENCH_DATASETTE names Datasette's command (it is no dependency: make an
environment of its own and install it there), it serves the same rows from SQLite, by their key, as JSON. Then batches
of 10,000 look-ups and first pages of lists are timed.
"""

import asyncio
import atexit
import base64
import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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

# A plain Django view, in a process of its own


def orm(environ, start_response):
    """One row by a model, as JSON; no key, no log."""
    return _django_peer()(environ, start_response)


def _django_peer():
    if "peer" not in globals():
        os.environ["DJANGO_SETTINGS_MODULE"] = "xilin.config.settings"
        import django
        from django.conf import settings

        django.setup()
        settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = "gateway", ["*"]
        settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
        from django.core.handlers.wsgi import WSGIHandler

        globals()["urlpatterns"] = _views()
        globals()["peer"] = WSGIHandler()
    return globals()["peer"]


def _views():
    from django.db import models
    from django.http import JsonResponse
    from django.urls import path

    class Household(models.Model):
        id_number = models.TextField(primary_key=True)
        person_name = models.TextField()
        address = models.TextField()

        class Meta:
            app_label, managed = "exchange", False
            db_table = f'published"."{os.environ["BENCH_TABLE"]}'

    def view(request):
        wanted = json.loads(request.body)["by"]["id_number"]
        rows = Household.objects.filter(id_number=wanted)
        return JsonResponse({"rows": list(rows.values("id_number", "person_name", "address"))})

    return [path("v1/resources/households/lookup", view)]


# Datasette, in a process of its own


def serve_datasette(command: str, home: Path, count: int) -> tuple[subprocess.Popen[bytes], int]:
    """Datasette with the same rows in SQLite; its process and port."""
    path = home / "bench.db"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE households (id_number TEXT PRIMARY KEY, person_name TEXT, address TEXT)"
        )
        rows = ((identifier(n), f"牧民{n % 1000}", f"某旗某苏木某嘎查{n % 97}号") for n in range(count))
        database.executemany("INSERT INTO households VALUES (?, ?, ?)", rows)
    port = free_port()
    process = subprocess.Popen(
        [command, "serve", "--immutable", str(path), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until_open(port)
    return process, port


DATASETTE = """
math.randomseed({seed})
function request()
  return wrk.format("GET", string.format("/bench/households/99%016d.json?_shape=array", math.random(0, {count} - 1)))
end
"""

# The load

SCRIPT = """
local count, key, file = {count}, "{key}", "{file}"
local calls, at = {{}}, 0
math.randomseed({seed})
if file ~= "" then
  for line in io.lines(file) do
    local digest, input, signature, body = line:match("^(.-)\\t(.-)\\t(.-)\\t(.*)$")
    calls[#calls + 1] = wrk.format("POST", nil, {{["Content-Type"] = "application/json", ["Content-Digest"] = digest,
      ["Signature-Input"] = input, ["Signature"] = signature, ["Host"] = "gateway"}}, body)
  end
end
function request()
  if file ~= "" then
    at = at + 1
    return calls[at]
  end
  local body = string.format('{{"purpose":"assistance","case_number":"A-1","by":{{"id_number":"99%016d"}}}}', math.random(0, count - 1))
  return wrk.format("POST", nil, {{["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. key}}, body)
end
"""
DONE = """
function done(summary, latency, requests)
  io.write(string.format('{"answers":%d,"rate":%f,"p50":%f,"p99":%f,"wrong":%d}\\n', summary.requests,
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status + summary.errors.read + summary.errors.timeout))
end
"""


def load(
    port: int, key: str, connections: int, seconds: float, count: int, file: str = "", script_of: str = SCRIPT
) -> dict[str, float]:
    """Call with a number of connections at once; rate and times in milliseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(script_of.format(count=count, key=key, file=file, seed=random.randrange(2**31)) + DONE)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", script.name]
        url = f"http://127.0.0.1:{port}/v1/resources/households/lookup"
        out = subprocess.run([*command, url], capture_output=True, check=True, text=True)
    return json.loads(out.stdout.splitlines()[-1])


def sign(path: Path, private, keyid: str, calls: int, count: int) -> None:
    """Write so many signed calls, a line each: digest, input, signature, body. No two have one nonce."""
    created = int(time.time())
    with path.open("w") as out:
        for number in range(calls):
            body = json.dumps({
                "purpose": "assistance", "case_number": "A-1", "by": {"id_number": identifier(random.randrange(count))},
            })  # fmt: skip
            digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}:"
            covered = (
                f'("@method" "@target-uri" "content-digest");created={created};expires={created + 300}'
                f';keyid="{keyid}";nonce="{secrets.token_hex(8)}{number}"'
            )
            base = (
                f'"@method": POST\n"@target-uri": http://gateway/v1/resources/households/lookup\n'
                f'"content-digest": {digest}\n"@signature-params": {covered}'
            )
            signature = base64.b64encode(private.sign(base.encode())).decode()
            out.write(f"{digest}\ts={covered}\ts=:{signature}:\t{body}\n")


# The measurement


def main(seconds: float, count: int) -> None:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-bench-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # after the server that is stopped at exit too
    from xilin.config import start

    start.django()
    key, query, private, keyid = prepare(Path(home), count)
    gateway = serve("xilin.kernel.exchange.gateway:application", query)
    served = {"gateway": gateway, "bare": serve("gateway:bare", query), "orm": serve("gateway:orm", query)}
    signed = Path(home) / "signed.txt"
    served["signed"] = gateway
    if command := os.environ.get("BENCH_DATASETTE"):
        served["datasette"] = serve_datasette(command, Path(home), count)
    try:
        results = measure(
            served,
            key,
            seconds,
            count,
            lambda: sign(signed, private, keyid, int(seconds * 6000), count),
            str(signed),
        )
        tell(results, audit_holds(home))
        many(gateway[1], key, count)
    finally:
        for process in {process for process, _ in served.values()}:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def prepare(home: Path, count: int) -> tuple[str, str, Any, str]:
    """The small league of the tests with `count` people, a masked grant with lists and a key.

    Also the bare handler's query, and a signing key with its ID.
    """
    sys.path.insert(0, str(REPO / "tests"))
    import ibis
    from django.core.management import call_command

    import small_league
    from xilin.kernel.accounts.models import Department, User
    from xilin.kernel.catalog import queries as catalog
    from xilin.kernel.exchange import actions, publishing
    from xilin.kernel.exchange.models import Grant
    from xilin.kernel.standards.queries import declaration, declared

    call_command("migrate", verbosity=0)
    small_league.apply(home / "league")
    # Made in the database that reads the lake as they are asked for, so that ten million need no room here.
    number = ibis.range(count).unnest().name("number").as_table()
    text = number.number.cast("string")
    people = number.select(
        id_number="99" + text.lpad(16, "0"),
        person_name="牧民" + (number.number % 1000).cast("string"),
        address="某旗某苏木某嘎查" + (number.number % 97).cast("string") + "号",
        _source=ibis.literal("bench"),
        _batch=ibis.literal(1),
    )
    now = datetime.now(UTC)
    people.limit(1).to_pyarrow()
    began = time.perf_counter()
    publication = publishing.publish_table(
        declaration("resource", "households"), declared("element"), people, at=now
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
    grant = actions.approve(request, by=bob, at=now)
    Grant.objects.filter(pk=grant.pk).update(listing=True, quota_per_day=2_000_000_000)
    os.environ["BENCH_TABLE"] = publication.table
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    entered = actions.register_signing_key(client, algorithm="ed25519", public=public, by=ann, at=now)
    query = (
        f'SELECT id_number, person_name, address FROM published."{publication.table}" WHERE id_number = %s'
    )
    return actions.issue_key(client, by=ann, at=now), query, private, entered.keyid


def serve(target: str, query: str, *, quiet: bool = False) -> tuple[subprocess.Popen[bytes], int]:
    """An application on granian; its process and port."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi" if target.endswith(":orm") else "asginl", "--port", str(port), "--workers", "1",
        "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip
    paths = filter(None, [str(Path(__file__).parent), os.environ.get("PYTHONPATH")])
    environment = os.environ | {"BENCH_QUERY": query, "PYTHONPATH": os.pathsep.join(paths)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL if quiet else None)
    until_open(port)
    return process, port


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def until_open(port: int) -> None:
    """Wait until something listens; TimeoutError after two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(port)


def measure(served, key: str, seconds: float, count: int, resign, signed: str):
    """Measure all in turns; with each result the processor time a request took in the application's processes."""
    results: dict[tuple[str, int], list[dict[str, float]]] = {}
    scripts = {"datasette": DATASETTE}
    for name, (_, port) in served.items():
        if name != "signed":
            load(port, key, 8, 1.0, count, script_of=scripts.get(name, SCRIPT))
    for connections in CONNECTIONS:
        for _ in range(ROUNDS):
            for name, (process, port) in served.items():
                if name == "signed":
                    resign()
                before = processor(process.pid)
                file = signed if name == "signed" else ""
                found = load(port, key, connections, seconds, count, file, scripts.get(name, SCRIPT))
                found["cpu"] = (processor(process.pid) - before) / found["answers"] * 1e6
                results.setdefault((name, connections), []).append(found)
    return results


def many(port: int, key: str, count: int) -> None:
    """Batches of 10,000 look-ups, and first pages of lists."""
    import httpx

    why = {"purpose": "assistance", "case_number": "A-1"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1/resources/households/", timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        size, took = 10_000, []
        for _ in range(5):
            wanted = [identifier(random.randrange(count)) for _ in range(size)]
            begun = time.perf_counter()
            answered = client.post("batch", json=why | {"by": {"id_number": wanted}})
            took.append(time.perf_counter() - begun)
            assert answered.status_code == 200, answered.text[:300]
        print(f"batch of {size}: {size / statistics.median(took):.0f} rows/s")
        for name, conditions in lists(count).items():
            took, rows = [], 0
            for _ in range(20):
                begun = time.perf_counter()
                answered = client.post("list", json=why | {"size": 100, "filter": conditions})
                took.append(time.perf_counter() - begun)
                assert answered.status_code == 200, answered.text[:300]
                rows = len(answered.json()["answer"]["rows"])
            print(
                f"first page of {count} rows, {name}: {rows} rows, median {statistics.median(took) * 1e3:.1f} ms,"
                f" worst {max(took) * 1e3:.1f} ms"
            )


def lists(count: int) -> dict[str, list[dict[str, Any]]]:
    """Filters of lists on a column that the grant shows bare, from none to one that one row in a thousand passes."""
    return {
        "no filter": [],
        "one name in a hundred, by its beginning": [
            {"column": "person_name", "op": "prefix", "value": "牧民99"}
        ],
        "one name in a thousand": [{"column": "person_name", "op": "eq", "value": "牧民997"}],
    }


def processor(pid: int) -> float:
    """Seconds of processor time a process and its children have had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor(int(child)) for child in children)


def audit_holds(home: str) -> int:
    """Check the whole log that was written meanwhile; how many accesses it holds."""
    from xilin.kernel.audit import queries

    findings = queries.verify_log()
    assert not findings, findings
    return queries.entries(kind="exchange.access").count()


def tell(results: dict[tuple[str, int], list[dict[str, float]]], accesses: int) -> None:
    print(f"load of the machine {os.getloadavg()[0]:.1f}; {accesses} accesses in a log that verifies")
    names = list(dict.fromkeys(name for name, _ in results))
    for connections in CONNECTIONS:
        middle = {}
        for name in names:
            rounds = results[name, connections]
            assert not sum(one["wrong"] for one in rounds), rounds
            found = {k: statistics.median(one[k] for one in rounds) for k in ("rate", "p50", "p99", "cpu")}
            middle[name] = found
            print(
                f"{connections:3d} connections  {name:8s} {found['rate']:7.0f} requests/s"
                f"  p50 {found['p50']:6.1f} ms  p99 {found['p99']:6.1f} ms"
                f"  processor {found['cpu']:4.0f} µs a request"
            )
        for name in ("bare", "orm", "datasette"):
            if name not in middle:
                continue
            print(
                f"{connections:3d} connections  gateway to {name} {middle['gateway']['rate'] / middle[name]['rate']:.2f}"
            )


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 5.0, int(sys.argv[2]) if sys.argv[2:] else 200_000)
