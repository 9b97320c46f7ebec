"""A process whose children collect and are killed; run as a script by `test_kill.py`.

It imports everything once and never connects itself, so that a fork is a fresh process that begins at once.
Each line on its input is a command in JSON; each gets one line of JSON in answer.

A child may be told to die, or to have the database killed, at a *point*: when a function of a file is called
or returns, for the n-th time. The interpreter's profiling hook tells; no code under test is changed.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

AT = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)


def at_point(point, strike):
    """Strike when the point is reached."""
    left = point.get("nth", 1)

    def look(frame, event, _argument):
        nonlocal left
        code = frame.f_code
        if (
            event == point["event"]
            and code.co_name == point["name"]
            and code.co_filename.endswith(point["file"])
        ):
            left -= 1
            if left == 0:
                sys.setprofile(None)
                strike()

    sys.setprofile(look)


def kill_database():
    """SIGKILL to the server of our own home, and wait until nothing answers."""
    pid = int((Path(os.environ["XILIN_HOME"]) / "pg" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    # Until the system's first process has buried it the wheel takes it for running.
    for _ in range(300):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"the killed server {pid} is still in the table of processes")


def kill_self():
    """SIGKILL to this very process."""
    os.kill(os.getpid(), signal.SIGKILL)


def do_migrate(_command):
    import migrated

    migrated.migrate()


def do_apply(command):
    import roster

    roster.apply(Path(command["folder"]), *command["sources"])


def do_collect(command):
    from xilin.kernel.collect import actions, raw
    from xilin.kernel.collect.connectors import blocks
    from xilin.kernel.collect.connectors import csv as reader

    # Small pieces, so that a small file is written in many.
    reader.BLOCK, reader.LONGEST_HEADING, blocks.BLOCK, raw.ROWS_PER_GROUP = 4096, 1, 8192, 100
    if point := command.get("point"):
        at_point(point, kill_database if point.get("who") == "database" else kill_self)
    batch = actions.collect(command["source"], at=AT)
    return {"id": batch.pk, "state": batch.state, "error": batch.error}


def do_compact(command):
    from xilin.kernel.collect import compacting

    if point := command.get("point"):
        at_point(point, kill_self)
    return {done.table: done.files for done in compacting.every()}


def do_recover(_command):
    from xilin.kernel.collect import actions

    done = actions.recover(AT)
    return {"finished": done.finished, "removed": done.removed, "swept": done.swept}


def do_state(command):
    from xilin.kernel.collect import queries
    from xilin.kernel.collect.models import Batch
    from xilin.kernel.lake import engine
    from xilin.kernel.lake.tables import Lake
    from xilin.kernel.quality.models import CheckResult, Quarantined

    con, source = engine.connect(256), command["source"]
    table, raw = queries.current(con, "roster"), Lake.open().read(con, f"raw.{source}")
    mine = [] if table is None else table.filter(table._source == source).to_pyarrow().to_pylist()
    batches = Batch.objects.filter(source=source).order_by("pk")
    newest = batches.filter(state="done").last()
    return {
        "keys": sorted(row["_key"] for row in mine),
        "amounts": sum(row["amount"] for row in mine),
        "batches": sorted({row["_batch"] for row in mine}),
        "raw": 0 if raw is None else int(raw.count().execute()),
        "held": Quarantined.objects.filter(source=source).count(),
        "results": CheckResult.objects.filter(source=source, batch_id=newest.pk).count() if newest else 0,
        "counts": newest
        and [newest.rows_read, newest.rows_accepted, newest.rows_quarantined, newest.rows_duplicate],
        "states": [batch.state for batch in batches],
    }


def serve():
    """Answer commands until the input ends."""
    from xilin.config import start

    start.django()
    import ibis.backends.duckdb  # noqa: F401
    import pyiceberg.catalog.sql
    import pyiceberg.io.pyarrow  # noqa: F401

    from xilin.kernel.collect import actions  # noqa: F401

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)


def obey(command):
    """Carry a command out in a child; what it told, and how it ended."""
    told = Path(os.environ["XILIN_HOME"]) / "told.json"
    told.unlink(missing_ok=True)
    child = os.fork()
    if not child:
        try:
            told.write_text(json.dumps(globals()[f"do_{command['do']}"](command)))
            told.with_suffix(".modules").write_text(json.dumps(sorted(sys.modules)))
            os._exit(0)
        except BaseException as error:
            told.write_text(json.dumps({"raised": f"{type(error).__name__}: {error}"}))
            os._exit(1)
    if "after" in command:
        time.sleep(command["after"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not status:
        learn(told.with_suffix(".modules"))
    return {
        "killed": os.WIFSIGNALED(status),
        "told": json.loads(told.read_text()) if told.exists() and not os.WIFSIGNALED(status) else None,
    }


def learn(path):
    """Import what a child had to import, so that no later child has to."""
    for name in json.loads(path.read_text()):
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def do_wake(_command):
    """Start our own server again after it was killed, as the next process would: this one believes that it runs."""
    environment = {key: value for key, value in os.environ.items() if key != "XILIN_DATABASE_URL"}
    start = "from xilin.config.start import server; server(); import os; os._exit(0)"
    subprocess.run([sys.executable, "-c", start], env=environment, check=True)


if __name__ == "__main__":
    serve()
