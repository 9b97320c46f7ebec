"""People from standard records to golden people in PostgreSQL: all of them, then 1 % of changed records, and plain Splink beside it.

    .venv/bin/python benchmarks/link.py [--scale 0.1] [--times 10] [--memory 4000] [--check] [--no-splink]

The demo's league is standardised once. Each measurement runs in a process of its own with a home and a database of its
own: the first linking with everything written, then a delta (of 1 % of the records three quarters get another telephone
and time, one quarter is new), each with seconds, processor time of the process, peak memory and the score against the
truth. `--times` does the same with so many times the people and gives the ratio. `--check` links everything once more
after the delta, with the same model, and compares the two partitions. Splink links the same records as in
`splink_peer.py`; it writes nothing to a database, so the ratio is against ours with the database written.
"""

import argparse
import json
import os
import pickle
import platform
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import registers
import splink_peer

DELTA_BATCH = 1_000


def prepare(folder: Path, scale: float, memory_mb: int) -> None:
    """Standard rows of people, and a delta of each source, kept in a folder."""
    con = registers.connect(folder, memory_mb)
    rows = registers.make(con, registers.Declared.read(), folder, scale=scale, only=("people",))["people"]
    (folder / "rows").write_bytes(pickle.dumps(rows))
    (folder / "later").write_bytes(pickle.dumps([changed(con, one, folder, n) for n, one in enumerate(rows)]))
    con.disconnect()


def changed(con: Any, found: Any, folder: Path, nth: int) -> Any:
    """The rows of a source after a day: a batch of increments came."""
    path = folder / f"delta-{nth}.parquet"
    new = [f"{DELTA_BATCH} AS _batch"]
    if "phone" in found.columns:
        new.append(
            "CASE WHEN phone IS NOT NULL THEN '12' || lpad((hash(_key) % 1000000000)::VARCHAR, 9, '0') END AS phone"
        )
    if "updated_at" in found.columns:
        new.append("updated_at + INTERVAL 1 DAY AS updated_at")
    part = "hash(_key, 'delta') % 400"
    con.con.execute(
        f"COPY (SELECT * REPLACE ({', '.join(new)}) FROM ({found.query}) WHERE {part} < 3 UNION ALL BY NAME "
        f"SELECT * REPLACE ({DELTA_BATCH} AS _batch, _key || '+' AS _key) FROM ({found.query}) WHERE {part} = 3) "
        f"TO '{path}' (FORMAT parquet)"
    )
    news = f"SELECT * FROM read_parquet('{path}')"
    query = (
        f"SELECT b.* FROM ({found.query}) b ANTI JOIN ({news}) d ON d._key = b._key UNION ALL BY NAME {news}"
    )
    ((source,),) = con.con.execute(f"SELECT DISTINCT _source FROM ({found.query})").fetchall()
    return replace(found, query=query, news=news, grown=(source,))


def whole(folder: Path, memory_mb: int, check: bool) -> None:
    """Link in this process, with PostgreSQL; results as a line of JSON."""
    from xilin.config import start

    start.django()
    from datetime import UTC, datetime

    from xilin.config.league import migrate
    from xilin.kernel.registry import actions, linker, store
    from xilin.kernel.registry.pipeline import linking

    migrate()
    con = registers.connect(folder, memory_mb)
    spec = registers.Declared.read().spec("people")
    rows, later = (pickle.loads((folder / name).read_bytes()) for name in ("rows", "later"))
    result: dict[str, Any] = {}

    def measured(name: str, found: list[Any]) -> Any:
        begun, cpu, served = time.perf_counter(), time.process_time(), processor_of(backend())
        run = actions.link_found(spec, found, at=datetime.now(UTC), con=con.con)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        served = processor_of(backend()) - served
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        result[name] = {"seconds": seconds, "cpu": cpu, "served": served, "peak_gb": peak}
        result[name]["timings"] = run.timings
        result[name]["counts"] = {k: v for k, v in run.counts.items() if isinstance(v, int)}
        return run

    measured("first", rows)
    with linking.workplace(con.con, folder / "scored"):
        store.bring(con.con, "people", folder, ("old_records",))
        found = "SELECT source, key, entity FROM linking.old_records"
        score = registers.score(con, "people", folder, found)
        result["first"] |= {"score": score.as_dict(), "told": score.told("en")}
    vacuum()
    measured("delta", later)
    if check:
        result["same"] = same(con, spec, later, folder, linker, store, linking)
    print(json.dumps(result))


def vacuum() -> None:
    """What server and system do by themselves within minutes after so many rows came, and long before the next day's delta."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("CHECKPOINT")
    os.sync()


def backend() -> int:
    """The process of PostgreSQL that serves this one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def processor_of(process: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def same(con: Any, spec: Any, later: list[Any], folder: Path, linker: Any, store: Any, linking: Any) -> bool:
    """Whether linking everything with the model that is kept gives the partition that the delta left."""
    from xilin.kernel.registry.pipeline import model

    used, place = linker.kept_model("people")
    with linking.workplace(con.con, folder / "checked"):
        model.bring(con.con, place)
        linking.link(con.con, spec, later, used)
        store.bring(con.con, "people", folder, ("old_records",))
        both = f"({registers.placed()}) a JOIN linking.old_records b USING (source, key)"
        cells = f"SELECT a.entity AS one, b.entity AS two, count(*) AS n FROM {both} GROUP BY ALL"
        counted = f"SELECT count(*), count(DISTINCT one), count(DISTINCT two), sum(n) FROM ({cells})"
        pairs, one, two, records = con.con.execute(counted).fetchone()
        everything = con.con.execute("SELECT count(*) FROM linking.final").fetchone()[0]
        return bool(pairs == one == two and records == everything)


def beside(folder: Path, memory_mb: int, check: bool) -> dict[str, Any]:
    """Ours in a process of its own."""
    command = [sys.executable, __file__, "--folder", str(folder), "--memory", str(memory_mb)]
    command += ["--check"] if check else []
    environment = {**os.environ, "XILIN_HOME": str(folder / "home")}
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    result: dict[str, Any] = json.loads(told.splitlines()[-1])
    return result


def show(scale: float, result: dict[str, Any]) -> None:
    """What was measured at a scale, in a few lines."""
    for name in ("first", "delta"):
        one = result[name]
        print(
            f"scale {scale:g}, {name}: {one['seconds']:.1f} s ({one['cpu']:.1f} s of processor, {one['served']:.1f} s of PostgreSQL's), {one['peak_gb']:.2f} GB"
        )
        print(f"  {one['timings']}\n  {one['counts']}")
    print(f"  {result['first']['told']}")
    if "same" in result:
        print(f"  delta equals rebuild: {result['same']}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--times", type=float, default=1)
    parser.add_argument("--memory", type=int, default=4000, help="DuckDB's memory in MB, of each side")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--no-splink", action="store_true")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        whole(given.folder, given.memory, given.check)
        return
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    print(
        f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load}"
    )
    seconds: list[float] = []
    for times in dict.fromkeys((1.0, given.times)):
        scale = given.scale * times
        with tempfile.TemporaryDirectory(prefix="xilin-link-") as name:
            folder = Path(name)
            prepare(folder, scale, given.memory)
            result = beside(folder, given.memory, given.check)
            show(scale, result)
            seconds.append(result["first"]["seconds"])
            if times == 1 and not given.no_splink:
                other = splink_peer.beside("splink", folder, given)
                print(
                    f"Splink: {other['seconds']:.1f} s ({other['cpu']:.1f} s of processor), {other['peak_gb']:.2f} GB"
                )
                print(f"  {other['told']}")
                print(
                    f"Splink took {other['seconds'] / seconds[0]:.2f} times as long as ours with PostgreSQL"
                )
    if len(seconds) > 1:
        print(f"{given.times:g} times the people took {seconds[1] / seconds[0]:.2f} times as long")


if __name__ == "__main__":
    main()
