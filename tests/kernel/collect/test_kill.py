"""`kill -9` of the worker or the database at any point of a batch, and a rerun: nothing doubled, nothing lost.

All tests share one home with an embedded PostgreSQL of its own.
"""

import contextlib
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import roster

HERE = Path(__file__).parent
# Good rows, rows held back, rows that repeat a key: what each batch of `full` must come to.
GOOD, HELD, TWICE = 900, 30, 20


class Worker:
    """The process of `crash.py`."""

    def __init__(self, home):
        self.home = home
        self.version = 1
        self.tables = itertools.count()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("XILIN_")}
        environment |= {
            "XILIN_HOME": str(home),
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])]),
        }
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "crash.py")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert json.loads(self.process.stdout.readline()) == {"ready": True}

    def do(self, what, **command):
        self.process.stdin.write(json.dumps({"do": what, **command}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def told(self, what, **command):
        answer = self.do(what, **command)
        assert answer["told"] is None or "raised" not in answer["told"], answer
        return answer["told"]

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)
        pid = self.home / "pg" / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(pid.read_text().splitlines()[0]), signal.SIGINT)


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    """A worker whose sources are declared: `full` from a CSV file, `grow_0` … increments of SQLite tables."""
    home = tmp_path_factory.mktemp("k")
    worker = Worker(home)
    try:
        worker.told("migrate")
        more = 'mode = "incremental"\ncursor = "updated"'
        grows = [
            roster.source(f"grow_{n}", "sqlite", more=more, path=str(home / f"grow_{n}.db"), table="t")
            for n in range(8)
        ]
        sources = [roster.source("full", "csv", path=str(home / "full.csv")), *grows]
        worker.told("apply", folder=str(home / "league"), sources=sources)
        assert renew(worker) == (1, 501)
        assert worker.told("collect", source="full")["state"] == "done"
        worker.version = 501
        yield worker
    finally:
        worker.end()


def point(event, file, name, nth=1):
    return {"event": event, "file": file, "name": name, "nth": nth}


POINTS = [
    pytest.param(point("call", "collect/raw.py", "write", 3), id="while raw is written"),
    pytest.param(point("return", "collect/raw.py", "finish"), id="raw written"),
    pytest.param(point("return", "collect/raw.py", "write_ragged"), id="wrong lines written"),
    pytest.param(point("call", "pipeline/sql.py", "text"), id="while standardising"),
    pytest.param(point("call", "collect/staging.py", "write"), id="standardised"),
    pytest.param(point("call", "collect/staging.py", "_sync"), id="while the outcome is written"),
    pytest.param(point("call", "lake/tables.py", "commit"), id="before the standard commit"),
    pytest.param(point("call", "catalog/sql.py", "commit_table"), id="inside the standard commit"),
    pytest.param(point("return", "lake/tables.py", "commit"), id="between the commits"),
    pytest.param(point("call", "catalog/sql.py", "commit_table", 2), id="inside the raw commit"),
    pytest.param(point("return", "lake/tables.py", "commit", 2), id="before the transaction"),
    pytest.param(point("call", "quality/actions.py", "_keep_results"), id="inside the transaction"),
    pytest.param(point("return", "django/db/models/base.py", "save", 2), id="before the transaction commits"),
    pytest.param(point("call", "collect/staging.py", "remove"), id="after the transaction"),
]


def renew(worker):
    """Give the source `full` a new version of its file; the first numbers of the version in force and of the new one."""
    before, after = worker.version, worker.version + 500
    good = roster.rows(after, GOOD)
    bad = [(f"X{n}", "名", "男", "-1", "2026-09-01 10:00:00") for n in range(HELD - 5)]
    roster.csv(worker.home / "full.csv", [*good, *bad, *good[:TWICE]], tail="cut,short\n" * 5)
    return before, after


def keys(first):
    return [f"R{n:06}" for n in range(first, first + GOOD)]


def check_full(worker, after):
    """The new version is in force, whole and once, and its counts say so; nothing is left over."""
    worker.version = after
    state = worker.told("state", source="full")
    assert state["keys"] == keys(after)
    assert len(state["batches"]) == 1
    assert state["raw"] == GOOD + HELD + TWICE
    assert state["counts"] == [GOOD + HELD + TWICE, GOOD, HELD, TWICE]
    assert state["held"] == HELD
    assert state["results"] > 0
    assert set(state["states"]) == {"done"}
    assert worker.told("recover") == {"finished": [], "removed": [], "swept": 0}


@pytest.mark.parametrize("where", POINTS)
def test_a_worker_killed_at_a_point_loses_and_doubles_nothing(worker, where):
    before, after = renew(worker)

    assert worker.do("collect", source="full", point=where)["killed"], "the point was never reached"

    # Whoever reads meanwhile sees one version whole, never a mixture.
    assert worker.told("state", source="full")["keys"] in (keys(before), keys(after))
    assert worker.told("collect", source="full")["state"] == "done"
    check_full(worker, after)


@pytest.mark.parametrize("where", [POINTS[8], POINTS[10]])
def test_recover_alone_repairs_what_a_crash_left(worker, where):
    before, after = renew(worker)
    assert worker.do("collect", source="full", point=where)["killed"]

    done = worker.told("recover")

    state = worker.told("state", source="full")
    assert "running" not in state["states"]
    assert len(done["finished"] + done["removed"]) == 1
    assert state["keys"] == (keys(after) if done["finished"] else keys(before))
    assert worker.told("collect", source="full")["state"] == "done"
    check_full(worker, after)


def test_a_worker_killed_at_random_times_loses_and_doubles_nothing(worker):
    _, after = renew(worker)
    chance = random.Random(20260924)
    killed = [
        worker.do("collect", source="full", after=chance.uniform(0.02, 0.8))["killed"] for _ in range(8)
    ]

    assert any(killed), "every run was through before it could be killed"
    assert worker.told("collect", source="full")["state"] == "done"
    check_full(worker, after)


def grow(worker):
    """A SQLite table of 300 rows and a bad one collected once, then 200 more, the bad one put right, and 50 changed."""
    code = f"grow_{next(worker.tables)}"
    with sqlite3.connect(worker.home / f"{code}.db") as database:
        database.execute("CREATE TABLE t (no TEXT PRIMARY KEY, name, sex, amount, updated)")
        put = "INSERT OR REPLACE INTO t VALUES (?, ?, ?, ?, ?)"
        database.executemany(put, [*roster.rows(1, 300), ("R000301", "", "", "-1", "2026-09-01 10:00:00")])
        database.commit()
        assert worker.told("collect", source=code)["state"] == "done"
        assert worker.told("state", source=code)["held"] == 1
        changed = [(*row[:3], "1000", "2026-09-02 10:00:00") for row in roster.rows(1, 50)]
        database.executemany(put, [*changed, *roster.rows(301, 200, updated="2026-09-02 10:00:00")])
        database.commit()
    database.close()
    return code


@pytest.mark.parametrize("where", [POINTS[0], POINTS[8], POINTS[10], POINTS[11]])
def test_an_increment_killed_at_a_point_loses_and_doubles_nothing(worker, where):
    code = grow(worker)
    if where["name"] == "write":
        where = {**where, "nth": 1}

    assert worker.do("collect", source=code, point=where)["killed"], "the point was never reached"
    assert worker.told("collect", source=code)["state"] == "done"

    state = worker.told("state", source=code)
    assert state["keys"] == [f"R{n:06}" for n in range(1, 501)]
    assert state["amounts"] == sum(1000 if n <= 50 else n + 0.5 for n in range(1, 501))
    assert len(state["batches"]) == 2
    assert set(state["states"]) == {"done"}
    assert state["held"] == 0


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(point("return", "lake/compaction.py", "_write"), id="file written"),
        pytest.param(point("call", "catalog/sql.py", "commit_table"), id="inside the commit"),
        pytest.param(point("return", "lake/tables.py", "rewrite"), id="after the commit"),
        pytest.param(point("return", "lake/tables.py", "rewrite", 2), id="after the second commit"),
    ],
)
def test_a_compaction_killed_at_a_point_loses_and_doubles_nothing(worker, where):
    code = grow(worker)
    assert worker.told("collect", source=code)["state"] == "done"
    before = worker.told("state", source=code)

    assert worker.do("compact", point=where)["killed"], "the point was never reached"

    assert worker.told("state", source=code) == before
    assert worker.told("recover")["swept"] == (1 if where["name"] in ("_write", "commit_table") else 0)
    worker.told("compact")
    assert worker.told("state", source=code) == before
    assert worker.told("compact") == {}
    assert worker.told("collect", source=code)["state"] == "done"
    assert worker.told("state", source=code)["keys"] == before["keys"]


@pytest.mark.parametrize("where", [POINTS[3], POINTS[7], POINTS[9], POINTS[10]])
def test_a_database_killed_at_a_point_loses_and_doubles_nothing(worker, where):
    _, after = renew(worker)

    answer = worker.do("collect", source="full", point={**where, "who": "database"})

    assert not answer["killed"]
    assert "raised" in answer["told"], "a batch can't be done without its database"
    worker.told("wake")
    assert worker.told("collect", source="full")["state"] == "done"
    check_full(worker, after)
