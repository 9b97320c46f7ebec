"""Kill -9 of repository and database during capture: every acknowledged event is there exactly once, none half.

python benchmarks/kill_capture.py [times, default 20] [connections, default 6]

Documents come in over several connections, each document of its own events, each sent again after a break until it is
acknowledged (half the senders repeat documents that were acknowledged, too). At a random moment the service, the database
with all its processes, or both are killed; after recovery the same goes on. In the end every event of an acknowledged
document must be there once, with all its things and its key and its place in the lineage's index, and no event may be
there without them, nor any of a document of which others are missing. Ends with 1 where anything fails.
"""

import asyncio
import atexit
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from gateway import free_port, until_open
from kill_gateway import Database, kill_all, wait_for_database

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EVENTS, THINGS = 40, 3
SECONDS = (0.4, 1.6)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def document(name: str, number: int) -> bytes:
    """A document of events that no other one holds."""
    events = []
    for place in range(EVENTS):
        at = BEGIN + timedelta(days=random.randrange(120), seconds=place)
        events.append(
            {
                "type": "ObjectEvent",
                "eventTime": at.isoformat(timespec="milliseconds"),
                "eventTimeZoneOffset": "+08:00",
                "epcList": [f"urn:x:{name}:{number}:{place}:{thing}" for thing in range(THINGS)],
                "action": "ADD",
                "bizStep": "commissioning",
            }
        )
    said = {
        "@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }  # fmt: skip
    return json.dumps(said).encode()


class Sender:
    """Sends its documents one after the other over one connection, each until it is acknowledged."""

    def __init__(self, name: str, key: str, *, twice: bool) -> None:
        self.name, self.key, self.twice = name, key, twice
        self.number = 0
        self.waiting: bytes | None = None
        self.acknowledged: list[tuple[str, int]] = []

    async def send(self, port: int) -> None:
        """Send until the connection breaks."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                self.waiting = self.waiting or document(self.name, self.number)
                for _ in range(2 if self.twice else 1):
                    if not await self._once(reader, writer, self.waiting):
                        break
                else:
                    self.acknowledged.append((self.name, self.number))
                    self.number, self.waiting = self.number + 1, None
        except (OSError, asyncio.IncompleteReadError):
            return

    async def _once(self, reader: Any, writer: Any, body: bytes) -> bool:
        head = (
            f"POST /capture HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        said = await reader.readuntil(b"\r\n\r\n")
        length = int(said.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        whole = await reader.readexactly(length)
        if said.startswith(b"HTTP/1.1 202"):
            return True
        if not said.startswith(b"HTTP/1.1 503"):
            raise AssertionError(said[:300] + whole[:300])
        await asyncio.sleep(0.05)
        return False


async def round_(port: int, senders: list[Sender], kill: Any) -> None:
    """Load, and in its midst a kill."""
    tasks = [asyncio.create_task(sender.send(port)) for sender in senders]
    before = sum(len(sender.acknowledged) for sender in senders)
    deadline = time.monotonic() + 60
    while sum(len(one.acknowledged) for one in senders) == before and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    await asyncio.sleep(random.uniform(*SECONDS))
    kill()
    await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    for found in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(found, AssertionError):
            raise found


def check(senders: list[Sender]) -> list[str]:
    """What is wrong with the events that are there."""
    from django.db import connection

    connection.close()
    wrong: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(t.uri, ':', 3), split_part(t.uri, ':', 4)::int, count(DISTINCT e.id), count(*)"
            " FROM trace_event e JOIN trace_event_thing t ON t.event = e.id GROUP BY 1, 2"
        )
        there = {(name, number): (events, things) for name, number, events, things in cursor.fetchall()}
        for said, question in (
            ("events stand twice", "SELECT count(*) FROM (SELECT hash FROM trace_event GROUP BY hash HAVING count(*) > 1) d"),
            ("events have no key", "SELECT count(*) FROM trace_event e LEFT JOIN trace_event_key k ON k.key = e.hash AND k.event = e.id WHERE k.key IS NULL"),
            ("keys have no event", "SELECT count(*) FROM trace_event_key k LEFT JOIN trace_event e ON e.id = k.event WHERE e.id IS NULL"),
            ("things have no event", "SELECT count(*) FROM trace_event_thing t LEFT JOIN trace_event e ON e.id = t.event WHERE e.id IS NULL"),
            ("jobs have other counts", "SELECT count(*) FROM trace_capturejob j WHERE stored <> (SELECT count(*) FROM trace_event e WHERE e.job = j.id)"),
        ):  # fmt: skip
            cursor.execute(question)
            (count,) = cursor.fetchone()
            if count:
                wrong.append(f"{count} {said}")
    for key, (events, things) in there.items():
        if (events, things) != (EVENTS, EVENTS * THINGS):
            wrong.append(f"document {key} is there in part: {events} events, {things} things")
    for sender in senders:
        wrong += [
            f"document {key} was acknowledged and isn't there"
            for key in sender.acknowledged
            if key not in there
        ]
    return wrong


def serve() -> tuple[subprocess.Popen[bytes], int]:
    """The repository's service in processes of its own, as `xilin epcis` starts it."""
    from xilin.config.serve import command_for

    port = free_port()
    process = subprocess.Popen(command_for("epcis", port), stderr=subprocess.DEVNULL)
    until_open(port)
    return process, port


def key_of(name: str) -> str:
    """A key of a new system that may capture."""
    from django.db import connection

    from xilin.apps.trace.repository import access
    from xilin.kernel.accounts.models import Department, User
    from xilin.kernel.exchange import actions
    from xilin.kernel.standards.models import Area

    now = datetime.now(UTC)
    area, _ = Area.objects.get_or_create(code="990000000000", defaults={"name": "小盟", "level": "league"})
    department, _ = Department.objects.get_or_create(
        code="husbandry",
        defaults={"name": "畜牧局", "short": "畜牧局", "uscc": "11992500PDY000044A", "area": area},
    )
    person, _ = User.objects.get_or_create(
        username="shepherd", defaults={"department": department, "role": User.Role.STEWARD}
    )
    system = actions.register_client(code=name, name=name, by=person, at=now)
    connection.ensure_connection()
    access.give(connection.connection, name, party=name, capture=True, query=True, everything=True, at=now)
    return actions.issue_key(system, by=person, at=now)


def main(times: int, connections: int) -> int:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-kill-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    from xilin.config import start

    start.django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    key = key_of("sender")
    database = Database(Path(home))
    process, port = serve()
    senders = [Sender(f"s{number}", key, twice=number % 2 == 1) for number in range(connections)]
    failed = 0
    try:
        for number in range(times):
            victim = ("service", "database", "both")[number % 3]

            def kill(victim: str = victim, process: Any = process) -> None:
                if victim != "database":
                    kill_all(process.pid)
                if victim != "service":
                    database.kill()

            asyncio.run(round_(port, senders, kill))
            if victim != "service":
                database.start()
                wait_for_database()
            if victim != "database":
                process.wait()
                process, port = serve()
            wrong = check(senders)
            failed += len(wrong)
            for said in wrong[:20]:
                print(said)
            count = sum(len(sender.acknowledged) for sender in senders)
            print(f"{number + 1}: {victim} killed, {count} documents acknowledged so far")
    finally:
        kill_all(process.pid)
        process.wait(20)
    count = sum(len(sender.acknowledged) for sender in senders)
    print(
        f"{count * EVENTS} events acknowledged, {failed} findings"
        if failed
        else f"{count * EVENTS} acknowledged events: each there once, none half"
    )
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (sys.argv[1:] + ["20", "6"][len(sys.argv) - 1 :])[:2])))
