"""What Lighthouse says of pages of a running site: performance and accessibility, by the installed Chromium.

    npm install --prefix /a/folder/outside lighthouse@13
    python benchmarks/lighthouse.py --tool /a/folder/outside --site http://127.0.0.1:8000 [--page /catalogue/] [--form desktop]

The tool is no part of the platform and is installed once, outside of it; measuring asks the network for nothing but the site.
Each page is measured `--times` times with a cold cache, and the run of the middle is told: scores of a hundred, first and largest
contentful paint and blocked time in milliseconds, bytes over the wire. What lost points in accessibility is named. The language is that
of the Accept-Language header. Exit 1 where a page is below `--least`.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PAGES = ("/", "/catalogue/", "/indicators/", "/report/")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


def measured(tool: Path, address: str, *, form: str, language: str) -> dict[str, Any]:
    """One run: Lighthouse's own report."""
    with tempfile.TemporaryDirectory() as folder:
        headers, report = Path(folder) / "headers.json", Path(folder) / "report.json"
        headers.write_text(json.dumps({"Accept-Language": language}), encoding="utf-8")
        command = [
            "node", str(tool / "node_modules/lighthouse/cli/index.js"), address, "--quiet", "--output=json",
            f"--output-path={report}", "--only-categories=performance,accessibility", f"--chrome-flags={FLAGS}",
            f"--extra-headers={headers}", "--max-wait-for-load=60000",
        ]  # fmt: skip
        if form == "desktop":
            command.append("--preset=desktop")
        environment = os.environ | {"CHROME_PATH": str(shutil.which("chromium")), "TMPDIR": folder}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"Lighthouse failed on {address}: {done.stderr.strip()[-600:]}")
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


def score(report: dict[str, Any], category: str) -> int:
    """Of a hundred."""
    return round(100 * (report["categories"][category]["score"] or 0))


def figure(report: dict[str, Any], audit: str) -> int:
    """What an audit measured, rounded."""
    return round(report["audits"][audit].get("numericValue") or 0)


def lost(report: dict[str, Any]) -> list[str]:
    """What lost points in accessibility: each audit with the first place."""
    said = []
    for one in report["categories"]["accessibility"]["auditRefs"]:
        audit = report["audits"][one["id"]]
        if one["weight"] and audit["score"] is not None and audit["score"] < 1:
            items = audit.get("details", {}).get("items", [])
            place = items[0].get("node", {}).get("snippet", "") if items else ""
            said.append(f"{one['id']}: {place[:120]}")
    return said


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--tool", type=Path, required=True)
    asked.add_argument("--site", default="http://127.0.0.1:8000")
    asked.add_argument("--page", action="append", default=[])
    asked.add_argument("--form", choices=("desktop", "mobile"), default="mobile")
    asked.add_argument("--language", default="zh-CN")
    asked.add_argument("--times", type=int, default=3)
    asked.add_argument("--least", type=int, default=0)
    given = asked.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores; {given.form}, {given.language}"
    )
    print(f"{'page':34} {'perf':>5} {'access':>6} {'FCP':>6} {'LCP':>6} {'TBT':>6} {'CLS':>6} {'KB':>6}")
    poor = False
    for page in given.page or PAGES:
        runs = [
            measured(given.tool, given.site + page, form=given.form, language=given.language)
            for _ in range(given.times)
        ]
        report = sorted(runs, key=lambda one: score(one, "performance"))[len(runs) // 2]
        performance, accessibility = score(report, "performance"), score(report, "accessibility")
        shift = report["audits"]["cumulative-layout-shift"].get("numericValue") or 0
        print(
            f"{page[:34]:34} {performance:5} {accessibility:6} {figure(report, 'first-contentful-paint'):6} "
            f"{figure(report, 'largest-contentful-paint'):6} {figure(report, 'total-blocking-time'):6} {shift:6.3f} "
            f"{figure(report, 'total-byte-weight') / 1000:6.0f}",
            flush=True,
        )
        for one in lost(report):
            print(f"    {one}")
        poor = poor or min(performance, accessibility) < given.least
    sys.exit(1 if poor else 0)


if __name__ == "__main__":
    main()
