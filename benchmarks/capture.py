"""Capture over HTTP and loading of files: events a second, with validation, hash, dedupe and lineage.

python benchmarks/capture.py [documents, default 400] [events in each, default 250] [connections, default 4]

The service runs as `xilin epcis` starts it, on a database of its own with the settings the platform gives it (every commit
waits for the disk). Documents are made before the clock starts; each event is about two things at a place, of a
transaction, between two parties, in one of three months. A second run sends the same documents again (all duplicates), the
last loads as many other events from a file of lines with `xilin trace load`.
"""

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from kill_capture import CONTEXT, key_of, kill_all, serve
from kill_gateway import family

GTIN = "https://id.gs1.org/01/09521141000014"


def event(number: int) -> dict[str, Any]:
    """An event about two things of its own."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number % 90, seconds=number % 86_400)
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012x}",
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"{GTIN}/21/{number * 2}", f"{GTIN}/21/{number * 2 + 1}"],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": f"https://id.gs1.org/414/9521141000007/254/{number % 50}"},
        "bizLocation": {"id": "https://id.gs1.org/414/9521141000007"},
        "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:x:po:{number // 100}"}],
        "sourceList": [{"type": "owning_party", "source": "https://id.gs1.org/417/9521141000007"}],
        "destinationList": [{"type": "owning_party", "destination": "https://id.gs1.org/417/9521141000014"}],
    }


def document(first: int, count: int) -> bytes:
    """A document of events."""
    said = {
        "@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": [event(number) for number in range(first, first + count)]},
    }  # fmt: skip
    return json.dumps(said).encode()


async def send(port: int, key: str, documents: list[bytes], connections: int) -> tuple[float, list[float]]:
    """Send documents over some connections; seconds in all, and of each."""
    waiting = list(reversed(documents))
    took: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            body = waiting.pop()
            begun = time.perf_counter()
            head = (
                f"POST /capture HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            said = await reader.readuntil(b"\r\n\r\n")
            length = int(said.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            whole = await reader.readexactly(length)
            if not said.startswith(b"HTTP/1.1 202"):
                raise AssertionError(said[:200] + whole[:300])
            took.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return time.perf_counter() - begun, sorted(took)


def processor(pid: int) -> float:
    """Processor seconds of a process and all below it, so far."""
    ticks = 0
    for each in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main(documents: int, events: int, connections: int) -> int:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-capture-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    from xilin.config import start

    start.django()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    key = key_of("bench")
    process, port = serve()
    bodies = [document(number * events, events) for number in range(documents + 8)]
    try:
        asyncio.run(send(port, key, bodies[documents:], connections))
        database = int((Path(home) / "pg" / "postmaster.pid").read_text().splitlines()[0])
        for said in ("captured", "sent again"):
            before = processor(process.pid), processor(database)
            seconds, took = asyncio.run(send(port, key, bodies[:documents], connections))
            print(
                f"{said}: {documents * events / seconds:,.0f} events/s over HTTP, {documents} documents of {events} on"
                f" {connections} connections, p50 {took[len(took) // 2] * 1000:.0f} ms, p99 {took[len(took) * 99 // 100] * 1000:.0f} ms"
            )
            used = processor(process.pid) - before[0], processor(database) - before[1]
            each = [part / documents / events * 1e6 for part in used]
            print(
                f"  processor time: {each[0]:.0f} µs an event in the service, {each[1]:.0f} µs in the database;"
                f" two cores alone would take {2e6 / sum(each):,.0f} events/s"
            )
    finally:
        kill_all(process.pid)
        process.wait(20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT hash) FROM trace_event")
        print("stored: {:,} events, {:,} of them different".format(*cursor.fetchone()))
    path = Path(home) / "events.ndjson"
    first = (documents + 8) * events
    with path.open("wb") as lines:
        for number in range(first, first + documents * events, 100):
            lines.write(document(number, 100) + b"\n")
    begun = time.perf_counter()
    command = [sys.executable, "-m", "xilin.config", "trace", "load", str(path), "--party", "bench"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(
        f"loader: {documents * events / (time.perf_counter() - begun):,.0f} events/s with the start of the command; {done.stdout.strip()}"
    )
    if done.returncode:
        print(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (sys.argv[1:] + ["400", "250", "4"][len(sys.argv) - 1 :])[:3])))
