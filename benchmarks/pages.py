"""How long the server takes for each public page, and what a reader's browser must fetch before it paints.

    python benchmarks/pages.py --home /a/folder/with/a/demo [--times 40] [--language zh-hans]

Serves the pages of a demo (`xilin demo --scale 1 --no-serve` fills the folder) as they are run, asks every public page of the pictures'
list `--times` times, one after the other, over HTTP on this machine, and prints for each the median, the 95th percentile and the
compressed bytes of the page with its style sheets, scripts and preloaded fonts: all that stands in its head. What is fetched after the
first paint (charts, maps, pictures) is not in it. Beside them, in the same run, the limit: a plain small file, which is what
HTTP itself costs here.
"""

import argparse
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

REPO = Path(__file__).parents[1]
HEAD = re.compile(r"<(?:link|script)\b[^>]*>")
ADDRESS = re.compile(r'(?:href|src)="([^"]+)"')
STATIC = "/static/web/mark.svg"


def free() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def pages() -> list[tuple[str, str]]:
    """The public pages: name and address."""
    from xilin.apps.portal import pictures

    return [(page.name, page.path) for page in pictures.found() if not page.desk]


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


def timed(client: httpx.Client, path: str, times: int) -> tuple[int, list[float]]:
    """The status and the milliseconds of each request."""
    taken, status = [], 0
    for _ in range(times):
        begun = time.perf_counter()
        status = client.get(path).status_code
        taken.append((time.perf_counter() - begun) * 1000)
    return status, taken


def p95(taken: list[float]) -> float:
    """The 95th percentile."""
    return sorted(taken)[max(0, round(0.95 * len(taken)) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--language", default="zh-hans")
    given = parser.parse_args()
    os.environ |= {"XILIN_HOME": str(given.home), "DJANGO_SETTINGS_MODULE": "xilin.config.settings"}
    port = free()
    server = subprocess.Popen(
        [sys.executable, "-m", "xilin.config", "web", "--port", str(port)], env=dict(os.environ), cwd=REPO
    )
    try:
        site = f"http://127.0.0.1:{port}"
        cookies = {"django_language": given.language}
        with httpx.Client(
            base_url=site, cookies=cookies, headers={"Accept-Encoding": "br, gzip"}, timeout=60
        ) as client:
            for _ in range(600):
                try:
                    client.get(STATIC)
                    break
                except httpx.HTTPError:
                    time.sleep(0.2)
            from xilin.config import start

            start.django()
            print(
                f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
            )
            _, limit = timed(client, STATIC, 200)
            print(f"a plain file: median {statistics.median(limit):.1f} ms, p95 {p95(limit):.1f} ms\n")
            print(
                f"{'page':<28} {'status':>6} {'median ms':>10} {'p95 ms':>8} {'kB':>7}  (50 ms and 200 kB asked)"
            )
            everything: list[float] = []
            worst = 0
            for name, path in pages():
                timed(client, path, 3)
                status, taken = timed(client, path, given.times)
                size = weight(client, path)
                everything += taken
                worst = max(worst, size)
                mark = " *" if p95(taken) > 50 or size > 200_000 else ""
                print(
                    f"{name:<28} {status:>6} {statistics.median(taken):>10.1f} {p95(taken):>8.1f} {size / 1000:>7.1f}{mark}"
                )
            print(
                f"\nall requests: median {statistics.median(everything):.1f} ms, p95 {p95(everything):.1f} ms = "
                f"{p95(everything) / p95(limit):.0f} times a plain file; heaviest page {worst / 1000:.1f} kB"
            )
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


if __name__ == "__main__":
    main()
