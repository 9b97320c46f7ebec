"""The whole way of data at a scale: seconds a stage, rows a second, peak memory of all processes.

    .venv/bin/python benchmarks/pipeline.py --scale 1 --home /a/folder/with/20/GB [--chain-scale 0.01]

The season of mutton is no part of the pipeline and has a scale of its own, which the demo caps where none is given.

The physical limit it is held against, in the same run: reading the raw Parquet files of all sources once
and writing them again, uncompressed by any rule, with the same engine and memory.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def resident(home: Path) -> dict[str, int]:
    """Bytes of memory held by every process that works for a home folder, by program; shared pages divided."""
    found: dict[str, int] = {}
    mark = f"XILIN_HOME={home}".encode()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if mark not in (path / "environ").read_bytes().split(b"\0"):
                continue
            fields = (path / "smaps_rollup").read_text()
            name = (path / "comm").read_text().strip()
        except OSError:
            continue
        match = re.search(r"^Pss:\s+(\d+) kB", fields, re.MULTILINE)
        found[name] = found.get(name, 0) + (int(match[1]) * 1024 if match else 0)
    return found


def watch(process: subprocess.Popen[bytes], home: Path, peaks: dict[str, int]) -> None:
    """Keep the largest sum seen, and the largest of each program, until the process ends."""
    while process.poll() is None:
        now = resident(home)
        now["all"] = sum(now.values())
        for name, size in now.items():
            peaks[name] = max(peaks.get(name, 0), size)
        time.sleep(1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--chain-scale", type=float, default=None)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="xilin-pipeline-"))
    environment = {**os.environ, "XILIN_HOME": str(home), "XILIN_LANGUAGE": "en", "XILIN_ROOT": str(ROOT)}
    command = [sys.executable, "-m", "xilin.config", "demo", "--scale", str(given.scale), "--no-serve"]
    if given.chain_scale is not None:
        command += ["--chain-scale", str(given.chain_scale)]
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"scale {given.scale}, home {home}", flush=True)
    peaks: dict[str, int] = {}
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    watcher = threading.Thread(target=watch, args=(process, home, peaks), daemon=True)
    watcher.start()
    code = process.wait()
    watcher.join()
    print(f"whole: {time.monotonic() - begun:.1f} s, exit code {code}")
    for name, size in sorted(peaks.items(), key=lambda pair: -pair[1])[:8]:
        print(f"peak memory of {name}: {size / 1e9:.2f} GB")
    limit(home)
    if given.home is None:
        shutil.rmtree(home, ignore_errors=True)
    raise SystemExit(code)


def limit(home: Path) -> None:
    """Read every raw file and write it again: what the disk and the file format alone cost."""
    import duckdb

    files = [str(path) for path in (home / "lake").rglob("*.parquet") if "raw" in path.parts]
    con = duckdb.connect(config={"memory_limit": "2GB"})
    begun, rows = time.monotonic(), 0
    with tempfile.TemporaryDirectory(dir=home) as folder:
        for number, file in enumerate(files):
            target = f"{folder}/{number}.parquet"
            con.execute("COPY (SELECT * FROM read_parquet($1)) TO '" + target + "' (FORMAT parquet)", [file])
            rows += con.execute("SELECT count(*) FROM read_parquet($1)", [file]).fetchone()[0]
    print(f"limit: {rows:,} raw rows read and written again in {time.monotonic() - begun:.1f} s")


if __name__ == "__main__":
    main()
