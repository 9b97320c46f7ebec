"""A standalone Spark cluster out of the pip package: one master, two workers, each a process."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

CLASSES = "org.apache.spark.deploy"
PATIENCE = 120


def why_not() -> str:
    """Why there can be no cluster here, or nothing."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark isn't installed (requirements-spark.lock)"
    return "" if shutil.which("java") else "there is no java"


# How a session is set for a few rows: what pays at size only delays here, and changes no result.
FEW_ROWS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a master with two workers of one core each."""
    # Short jobs: compiling them thoroughly costs more than it saves. Workers hand this on to executors.
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    processes: list[subprocess.Popen] = []
    try:
        found = _start(processes, folder, "master", "master.Master", ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"],
                               r"Starting Spark master at (spark://\S+)")  # fmt: skip
        address = found[1]
        for name in ("one", "two"):
            _start(processes, folder, name, "worker.Worker", ["--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                   "--work-dir", str(folder / name), address], r"Successfully registered with master")  # fmt: skip
        yield address
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def few_rows(session: Any) -> Any:
    """The session, set for a few rows."""
    for key, value in FEW_ROWS.items():
        session.conf.set(key, value)
    return session


@contextmanager
def application(folder: Path) -> Iterator[tuple[str, Any]]:
    """A cluster's address and the one session on it: executors that start once, warm for whoever comes next."""
    from xilin.kernel.lake import engine, spark

    with cluster(folder) as address:
        session = spark.connect(address, zone=settings.TIME_ZONE, scratch=folder, memory_mb=512)
        try:
            yield address, few_rows(session)
        finally:
            session.stop()
            engine._session.cache_clear()


def _start(processes, folder, name, main, arguments, said):
    """Start one process of the cluster and wait for what it says when it is there."""
    home = Path(importlib.util.find_spec("pyspark").origin).parent
    log = folder / f"{name}.log"
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOCAL_IP": "127.0.0.1",
                   "SPARK_WORKER_DIR": str(folder)}  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(home / "bin/spark-class"), f"{CLASSES}.{main}", *arguments],
            stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True,
        )  # fmt: skip
    processes.append(process)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(said, log.read_text(errors="replace")):
            return found
        time.sleep(0.2)
    raise RuntimeError(f"{name}: {log.read_text(errors='replace')[-2000:]}")
