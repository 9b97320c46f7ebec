"""What Lighthouse says of pages of a running site: performance and accessibility, by the installed Chromium.

    npm install --prefix /a/folder/outside lighthouse@13
    python benchmarks/lighthouse.py --tool /a/folder/outside --site http://127.0.0.1:8000 [--page /catalogue/] [--form desktop]

The tool is no part of the platform and is installed once, outside of it; measuring asks the network for nothing but the site.
Each page is measured `--times` times with a cold cache, and one table is printed in the form of docs/performance.md: the scores (of a
hundred) of the run in the middle, the median and the most of first and largest contentful paint, blocked time, the shift of what
stood already, and bytes over the wire. What lost points is named below it. The language is that of the Accept-Language header.
Exit 1 where a page is below `--least`.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine

PAGES = ("/", "/catalogue/", "/indicators/", "/report/")
FORMS = {"mobile": "a slowed telephone", "desktop": "a desktop, 40 ms and 10 Mbit/s"}
TRIES = 4
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


def measured(tool: Path, address: str, *, form: str, language: str) -> dict[str, Any]:
    """One run: Lighthouse's own report. Where the browser told it nothing of a load (NO_NAVSTART, NO_FCP) it is tried again."""
    for _ in range(TRIES):
        report = _run(tool, address, form=form, language=language)
        if not (failed := report.get("runtimeError")):
            return report
    sys.exit(f"Lighthouse failed on {address} {TRIES} times: {failed['code']}")


def _run(tool: Path, address: str, *, form: str, language: str) -> dict[str, Any]:
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
        if not report.exists():
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
    """What lost points: each audit of accessibility with the first place, and what weighs on the speed."""
    said = []
    for name, category in report["categories"].items():
        for one in category["auditRefs"]:
            audit = report["audits"][one["id"]]
            if (
                one["weight"]
                and audit["score"] is not None
                and audit["score"] < (1 if name == "accessibility" else 0.9)
            ):
                items = audit.get("details", {}).get("items", [])
                place = items[0].get("node", {}).get("snippet", "") if items else ""
                said.append(f"{one['id']} {audit.get('displayValue', '')} {place[:120]}".strip())
    return said


def between(reports: list[dict[str, Any]], audit: str) -> str:
    """The median of some runs, and the most."""
    found = [figure(one, audit) for one in reports]
    return f"{round(statistics.median(found))} | {max(found)}"


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
    poor, said = False, []
    for number, page in enumerate(given.page or PAGES):
        runs = [
            measured(given.tool, given.site + page, form=given.form, language=given.language)
            for _ in range(given.times)
        ]
        report = sorted(runs, key=lambda one: score(one, "performance"))[len(runs) // 2]
        if not number:
            browser = re.search(r"(?:Headless)?Chrome/[\d.]+", report["environment"]["hostUserAgent"])
            print(
                f"Lighthouse {report['lighthouseVersion']}, {browser[0] if browser else 'Chromium'}, {FORMS[given.form]}, {given.language}, "
                f"{given.times} runs a page; {machine.told()}.\n\n"
                "| page | performance | accessibility | FCP ms | most | LCP ms | most | TBT ms | CLS | kB |\n"
                "|---|---|---|---|---|---|---|---|---|---|"
            )
        performance, accessibility = score(report, "performance"), score(report, "accessibility")
        shift = report["audits"]["cumulative-layout-shift"].get("numericValue") or 0
        print(
            f"| `{page}` | {performance} | {accessibility} | {between(runs, 'first-contentful-paint')} "
            f"| {between(runs, 'largest-contentful-paint')} | {figure(report, 'total-blocking-time')} | {shift:.3f} "
            f"| {figure(report, 'total-byte-weight') / 1000:.0f} |",
            flush=True,
        )
        said += [f"{page}: {one}" for one in lost(report)]
        poor = poor or min(performance, accessibility) < given.least
    print("".join(f"\n- {one}" for one in said))
    sys.exit(1 if poor else 0)


if __name__ == "__main__":
    main()
