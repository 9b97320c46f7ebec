"""Kill -9 of gateway and database under load: no answer without its entry, no entry half there.

python benchmarks/kill_gateway.py [times, default 20] [connections, default 16]

Each time the gateway, the database with all its processes, or both at once are killed at a random moment while calls come
in over many connections. What was answered in full is kept; after the database has recovered, every such answer must have
its entry at the place its receipt names, with the same text and the digest of that very answer, and the whole log must
verify. A gateway whose database was killed must answer again without being started anew. Ends with 1 where anything fails.
"""

import asyncio
import atexit
import hashlib
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from gateway import identifier, prepare, serve

PEOPLE = 2000
SECONDS = (0.4, 1.6)


async def call(port: int, key: str, name: str, answers: list[dict]) -> None:
    """Call over one connection until it breaks; keep every answer that arrived whole."""
    number = 0
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            number += 1
            case = f"{name}-{number}"
            body = json.dumps(
                {
                    "purpose": "assistance",
                    "case_number": case,
                    "by": {"id_number": identifier(random.randrange(PEOPLE))},
                }
            ).encode()
            head = (
                f"POST /v1/resources/households/lookup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            said = await reader.readuntil(b"\r\n\r\n")
            length = int(said.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            whole = await reader.readexactly(length)
            if said.startswith(b"HTTP/1.1 200"):
                answers.append({"case": case, "said": whole})
            elif not said.startswith(b"HTTP/1.1 503"):
                raise AssertionError(said[:200])
            else:
                await asyncio.sleep(0.05)
    except (OSError, asyncio.IncompleteReadError):
        return


async def round_(port: int, key: str, name: str, connections: int, kill, answers: list[dict]) -> None:
    """Load, and in its midst a kill."""
    calls = [asyncio.create_task(call(port, key, f"{name}-{n}", answers)) for n in range(connections)]
    deadline = time.monotonic() + 60
    while not answers and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    await asyncio.sleep(random.uniform(*SECONDS))
    kill()
    await asyncio.sleep(0.5)
    for one in calls:
        one.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    for found in results:
        if isinstance(found, AssertionError):
            raise found


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in family(int(child)))]


def kill_all(pid: int) -> None:
    """Kill -9 of a process and all below it, the first one first."""
    for each in family(pid):
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue


class Database:
    """The embedded server of a home: killed with all its processes, and started as it was."""

    def __init__(self, home: Path) -> None:
        self.data = home / "pg"
        self.command = shlex.split((self.data / "postmaster.opts").read_text())

    def kill(self) -> None:
        kill_all(int((self.data / "postmaster.pid").read_text().splitlines()[0]))

    def start(self) -> None:
        # Whoever started it may never bury it, and PostgreSQL takes a zombie of its number for a server.
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self.data / lock).unlink(missing_ok=True)
        owner = self.data.stat().st_uid
        as_ = {"user": owner} if os.getuid() == 0 and owner else {}
        with (self.data / "log").open("ab") as log:
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **as_
            )
        atexit.register(_end, process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # fast: it doesn't wait for those who are connected
    process.wait(20)


def kill_victim(victim: str, gateway: int, database: Database) -> None:
    """Kill the gateway, the database, or one after the other."""
    if victim != "database":
        kill_all(gateway)
    if victim != "gateway":
        database.kill()


def wait_for_database(seconds: float = 120) -> None:
    """Until it takes connections again."""
    import psycopg

    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(os.environ["XILIN_DATABASE_URL"]).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def wait_for_gateway(port: int, seconds: float = 120) -> None:
    """Until it says it is well."""
    import httpx

    deadline = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the gateway doesn't answer again")
        time.sleep(0.2)


def check(answers: list[dict]) -> list[str]:
    """What is wrong: answers without their entry, entries that aren't those of the answers, a log that doesn't verify."""
    from django.db import connection

    from xilin.kernel.audit import queries as audit
    from xilin.kernel.audit.models import Entry
    from xilin.kernel.audit.verifier import canonical, verify_receipt

    connection.close()
    wrong = [str(finding) for finding in audit.verify_log()]
    texts = dict(Entry.objects.values_list("seq", "text"))
    if sorted(texts) != list(range(audit.size())):
        wrong.append(f"{len(texts)} entries stand in a log of {audit.size()}")
    key = audit.key()
    for number, one in enumerate(answers):
        said = json.loads(one["said"])
        receipt = said["receipt"]
        entry = json.loads(receipt["entry"])
        if texts.get(receipt["index"]) != receipt["entry"] or entry["detail"]["case_number"] != one["case"]:
            wrong.append(f"the answer to {one['case']} has no entry")
        elif entry["detail"]["digest"] != hashlib.sha256(canonical(said["answer"])).hexdigest():
            wrong.append(f"the entry of {one['case']} is of another answer")
        elif number % 10 == 0:
            verify_receipt(receipt, key)
    return wrong


def main(times: int, connections: int) -> int:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-kill-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    from xilin.config import start

    start.django()
    key, query, *_ = prepare(Path(home), PEOPLE)
    database = Database(Path(home))
    gateway, port = serve("xilin.kernel.exchange.gateway:application", query, quiet=True)
    wait_for_gateway(port)
    answers: list[dict] = []
    failed = 0
    try:
        for number in range(times):
            victim = ("gateway", "database", "both")[number % 3]
            fresh: list[dict] = []
            kill = partial(kill_victim, victim, gateway.pid, database)
            asyncio.run(round_(port, key, f"A{number}", connections, kill, fresh))
            if victim != "gateway":
                database.start()
                wait_for_database()
            if victim != "database":
                gateway.wait()
                gateway, port = serve("xilin.kernel.exchange.gateway:application", query, quiet=True)
            wait_for_gateway(port)
            wrong = check(fresh)
            failed += bool(wrong) or not fresh
            answers += fresh
            print(
                f"{number + 1}: killed {victim}, {len(fresh)} answers, {wrong[:3] or 'each with its entry'}",
                flush=True,
            )
        wrong = check(answers)
    finally:
        kill_all(gateway.pid)
        gateway.wait()
    print(f"{times} kills, {len(answers)} answers; {wrong[:3] or 'all entered, and the log verifies'}")
    return int(bool(failed or wrong))


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]) if sys.argv[1:] else 20,
            int(sys.argv[2]) if sys.argv[2:] else 16,
        )
    )
