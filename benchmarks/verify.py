"""How fast codes are checked over HTTP, and that of all who ask at once exactly one is first.

python benchmarks/verify.py [seconds, default 10] [codes, default 100000]

The service (`xilin.apps.trace.consumer.verify`) on granian with one worker over PostgreSQL; `wrk` asks for random codes, each time
as another telephone, over 16 and 64 connections. Each answer is judged by all rules, its look kept and its code's tally updated,
durable before it is sent. Then 64 clients ask for each of 20 new codes at once.
"""

import asyncio
import atexit
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

REPO = Path(__file__).parents[1]
GTIN = "09520001000010"
SCRIPT = """
local serials = {{}}
for line in io.lines("{file}") do serials[#serials + 1] = line end
math.randomseed({seed})
request = function()
  local serial = serials[math.random(#serials)]
  return wrk.format("GET", "/01/{gtin}/21/" .. serial, {{["Xilin-Client"] = string.format("%016x", math.random(2^52))}})
end
done = function(summary, latency)
  io.write(string.format('{{"rate": %.1f, "p50": %.2f, "p95": %.2f, "p99": %.2f, "max": %.2f, "errors": %d}}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, summary.errors.status + summary.errors.connect + summary.errors.timeout))
end
"""


def prepare(count: int) -> list[str]:
    """A database with the league's declarations and so many active codes."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    sys.path.insert(0, str(REPO / "tests"))
    import trace_league
    from xilin.apps.trace.codes import issuing
    from xilin.apps.trace.codes.actions import allot
    from xilin.apps.trace.models import Code

    trace_league.apply(Path(tempfile.mkdtemp()))
    at = datetime.now(UTC) - timedelta(days=9)
    batch = issuing.order(
        GTIN, count, request=uuid4(), kind="link", site="https://id.example.org", at=at, lot="B1"
    )
    issuing.issue(batch, at=at)
    Code.objects.filter(batch=batch).update(state=Code.State.ACTIVE)
    allot([(batch.first_id, batch.last_id)], gtin=GTIN, lot="B1", region="league", at=at, by="bench")
    return list(Code.objects.filter(batch=batch).order_by("pk").values_list("serial", flat=True))


def serve() -> int:
    """The service in a process of its own; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = "xilin.apps.trace.consumer.verify:application"
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--port",
        str(port),
        "--workers",
        "1",
        "--no-ws",
    ]
    environment = os.environ | {"XILIN_CHECK_RATE": "100000000"}
    process = subprocess.Popen([*command, "--log-level", "warning", target], env=environment)
    atexit.register(process.terminate)
    for _ in range(100):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return port
        time.sleep(0.2)
    raise SystemExit("the service does not answer")


def load(port: int, connections: int, seconds: int, file: Path) -> dict[str, float]:
    """Rate and times in milliseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT.format(file=file, gtin=GTIN, seed=random.randrange(2**31)))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds}s",
            "-s",
            script.name,
            f"http://127.0.0.1:{port}",
        ]
        out = subprocess.run(command, capture_output=True, check=True, text=True)
    return json.loads(out.stdout.splitlines()[-1])


async def race(port: int, serials: list[str]) -> tuple[int, int]:
    """How many codes had exactly one first, of how many."""
    import httpx

    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", limits=httpx.Limits(max_connections=64)
    ) as client:
        right = 0
        for serial in serials:
            asked = [
                client.get(f"/01/{GTIN}/21/{serial}", headers={"Xilin-Client": f"c{n}"}) for n in range(64)
            ]
            right += sum(one.json()["is_first"] for one in await asyncio.gather(*asked)) == 1
    return right, len(serials)


def main(seconds: int, count: int) -> None:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-bench-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    from xilin.config import start

    start.django()
    serials = prepare(count)
    file = Path(home) / "serials.txt"
    file.write_text("\n".join(serials[:-20]))
    port = serve()
    load(port, 16, 2, file)
    for connections in (16, 64):
        found = load(port, connections, seconds, file)
        print(f"{connections} connections: {found}")
    right, races = asyncio.run(race(port, serials[-20:]))
    print(f"exactly one first among 64 at once: {right} of {races} codes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10, int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
