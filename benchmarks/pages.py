"""How long the server takes for each page, and what a reader's browser must fetch before it paints.

    python benchmarks/pages.py --home /a/folder/with/a/demo [--times 40] [--language zh-hans] [--account mzj_steward …] [--only home …]

Serves the pages of a demo (`xilin demo --scale 1 --no-serve` fills the folder) as they are run, and asks every public page of the
pictures' list `--times` times, one after the other, over HTTP on this machine; with `--account` the pages of that person's desk as well.
It prints one table in the form of docs/performance.md: for each page the median and the 95th percentile of the clock and of the processor
time that server and database spent (the clock of a machine at work says little), and the compressed bytes of the page with its style
sheets, scripts and preloaded fonts: all that stands in its head. What is fetched after the first paint (charts, maps, pictures) is not in
it. Beside them, in the same run, the limit: a plain small file, which is what HTTP itself costs here.
"""

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import machine

REPO = Path(__file__).parents[1]
HEAD = re.compile(r"<(?:link|script)\b[^>]*>")
ADDRESS = re.compile(r'(?:href|src)="([^"]+)"')
STATIC = "/static/web/mark.svg"
MOST_MS, MOST_PROCESSOR_MS, MOST_BYTES = 50, 50, 200_000


def free() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def pages(language: str, accounts: Iterable[str]) -> list[tuple[str, Any]]:
    """Who sees it ("" for everybody) and the page: the public ones that the language has, then those of each desk."""
    from xilin.apps.portal import pictures

    short = next((short for short, code in pictures.LANGUAGES.items() if code == language), "zh")
    found = [("", page) for page in pictures.found() if not page.desk and short in page.languages]
    known: set[str] = set()
    for account in accounts:
        own = [page for page in pictures.found(account) if page.desk and page.name not in known]
        known |= {page.name for page in own}
        found += [(account, page) for page in own]
    return found


class Work:
    """Processor time of the server's processes and of the connections to its database."""

    def __init__(self, server: int, home: Path) -> None:
        self.server, self.postmaster = server, home / "pg" / "postmaster.pid"
        self.clocks: list[int] = []

    def look(self) -> None:
        """See which processes there are; those that come later are not counted until the next look."""
        parents = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        found = {self.server}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        if self.postmaster.exists():
            main = int(self.postmaster.read_text().split()[0])
            found |= {pid for pid, parent in parents.items() if parent == main and _connection(pid)}
        # The clock of another process, as clock_getcpuclockid(3) makes it.
        self.clocks = [(~pid << 3) | 2 for pid in sorted(found)]

    def milliseconds(self) -> float:
        """What they have spent so far."""
        spent = 0
        for clock in self.clocks:
            try:
                spent += time.clock_gettime_ns(clock)
            except OSError:  # it has ended
                continue
        return spent / 1e6


def _connection(pid: int) -> bool:
    """Whether a process of PostgreSQL serves a client, and isn't one of its own servants."""
    try:
        name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:
        return False
    return name.startswith("postgres: ") and ("[local]" in name or "127.0.0.1" in name)


@dataclass
class Taken:
    """What the requests of one page took: the last status, milliseconds by the clock and of processors."""

    status: int
    clock: list[float]
    processor: list[float]


def timed(client: httpx.Client, path: str, times: int, work: Work) -> Taken:
    """Ask for an address so many times."""
    taken = Taken(0, [], [])
    work.look()
    for _ in range(times):
        spent, begun = work.milliseconds(), time.perf_counter()
        taken.status = client.get(path).status_code
        taken.clock.append((time.perf_counter() - begun) * 1000)
        taken.processor.append(work.milliseconds() - spent)
    return taken


def p95(taken: list[float]) -> float:
    """The 95th percentile."""
    return sorted(taken)[max(0, round(0.95 * len(taken)) - 1)]


def weight(client: httpx.Client, path: str) -> int:
    """Compressed bytes of a page and of what its head names."""
    answer = client.get(path)
    head = answer.text.split("</head>")[0]
    total = int(answer.num_bytes_downloaded)
    for tag in HEAD.findall(head):
        wanted = 'rel="stylesheet"' in tag or 'rel="preload"' in tag or tag.startswith("<script")
        if wanted and (found := ADDRESS.search(tag)):
            total += int(client.get(found[1].replace("&amp;", "&")).num_bytes_downloaded)
    return total


def session(account: str) -> str:
    """A session of somebody, made as signing in makes it."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.get(username=account))
    return str(client.cookies["sessionid"].value)


def answers(site: str) -> None:
    """Wait until the server answers."""
    for _ in range(600):
        try:
            httpx.get(site + STATIC)
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    sys.exit("the server does not answer")


def scale(home: Path) -> str:
    """The scale of the demo that stands in a home."""
    from xilin.demo import building

    made = building.made(home)
    return f"{made.scale:g}" if made else "?"


def measure(site: str, work: Work, given: argparse.Namespace) -> None:
    """Ask every page and print the table."""
    headers = {"Accept-Encoding": "br, gzip"}
    cookies = {"django_language": given.language}
    clients = {
        who: httpx.Client(
            base_url=site,
            cookies=cookies | ({"sessionid": session(who)} if who else {}),
            headers=headers,
            timeout=60,
        )
        for who in ("", *given.account)
    }
    limit = timed(clients[""], STATIC, 200, work)
    print(
        f"Scale {scale(given.home)}, {given.language}, {given.times} requests a page, one after another; {machine.told()}.\n"
        f"A plain file, in the same run: {statistics.median(limit.clock):.1f} ms, p95 {p95(limit.clock):.1f} ms; "
        f"processor {statistics.median(limit.processor):.1f} ms.\n"
    )
    print("| page | status | clock ms | p95 | processor ms | p95 | kB |\n|---|---|---|---|---|---|---|")
    everything: list[Taken] = []
    heaviest = 0
    for who, page in pages(given.language, given.account):
        if given.only and page.name not in given.only:
            continue
        client = clients[who]
        timed(client, page.path, 3, work)
        taken = timed(client, page.path, given.times, work)
        size = weight(client, page.path)
        everything.append(taken)
        heaviest = max(heaviest, size)
        over = p95(taken.clock) > MOST_MS or p95(taken.processor) > MOST_PROCESSOR_MS or size > MOST_BYTES
        print(
            f"| {page.name}{' *' if over else ''} | {taken.status} | {statistics.median(taken.clock):.0f} | {p95(taken.clock):.0f} "
            f"| {statistics.median(taken.processor):.0f} | {p95(taken.processor):.0f} | {size / 1000:.1f} |",
            flush=True,
        )
    clock = [one for taken in everything for one in taken.clock]
    processor = [one for taken in everything for one in taken.processor]
    print(
        f"| **all {len(everything)} pages** | | {statistics.median(clock):.0f} | {p95(clock):.0f} "
        f"| {statistics.median(processor):.0f} | {p95(processor):.0f} | heaviest {heaviest / 1000:.1f} |\n\n"
        f"Asked: {MOST_MS} ms (p95) and {MOST_BYTES / 1000:.0f} kB; * is over one of them. "
        f"The p95 of all is {p95(clock) / p95(limit.clock):.0f} times a plain file's."
    )


def main() -> None:
    """Serve, measure, stop."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--language", default="zh-hans")
    parser.add_argument("--account", action="append", default=[], help="also the desk of this user")
    parser.add_argument("--only", action="append", default=[], help="only the pages of these names")
    given = parser.parse_args()
    os.environ |= {"XILIN_HOME": str(given.home), "DJANGO_SETTINGS_MODULE": "xilin.config.settings"}
    port = free()
    server = subprocess.Popen(
        [sys.executable, "-m", "xilin.config", "web", "--port", str(port)], env=dict(os.environ), cwd=REPO
    )
    try:
        site = f"http://127.0.0.1:{port}"
        answers(site)
        from xilin.config import start

        start.django()
        measure(site, Work(server.pid, given.home), given)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


if __name__ == "__main__":
    main()
