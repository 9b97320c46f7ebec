"""The departments' interfaces: pages of JSON behind a token, `python -m xilin.demo.serve FOLDER PORT`.

The token is read from XILIN_SOURCE_TOKEN. It ends when its standard input does: with the demo, however that ends.
"""

import hmac
import os
import sys
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from xilin.demo.stores import pages
from xilin.demo.systems import INTERFACES, Pages

LARGEST_PAGE = 5000


@lru_cache
def _count(path: Path, changed: float) -> int:
    return pages.count(path)


def answer(folder: Path, interface: Pages, query: dict[str, list[str]]) -> tuple[int, str]:
    """Status and body for a page that was asked for."""
    try:
        number = int(query.get(interface.page, ["1"])[0])
        size = int(query.get(interface.size, ["100"])[0])
    except ValueError:
        number = size = 0
    if number < 1 or not 1 <= size <= LARGEST_PAGE:
        return 400, f'{{"error": "{interface.page} >= 1, 1 <= {interface.size} <= {LARGEST_PAGE}"}}'
    path = folder / interface.file
    rows = pages.page(path, number, size)
    return 200, interface.body % (_count(path, path.stat().st_mtime), rows)


class Handler(BaseHTTPRequestHandler):
    """Answers GET on every interface of `systems.INTERFACES`."""

    protocol_version = "HTTP/1.1"
    folder = Path()
    token = ""

    def do_GET(self) -> None:
        """One page."""
        parts = urlsplit(self.path)
        interface = INTERFACES.get(parts.path)
        if not hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {self.token}"):
            self._send(401, '{"error": "token"}')
        elif interface is None:
            self._send(404, '{"error": "path"}')
        else:
            self._send(*answer(self.folder, interface, parse_qs(parts.query)))

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: addresses would carry what was asked for."""


def main(folder: str, port: str) -> None:
    """Serve the interfaces of a folder until a signal ends it."""
    Handler.folder, Handler.token = Path(folder), os.environ["XILIN_SOURCE_TOKEN"]
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    Thread(target=_end_with_parent, daemon=True).start()
    server.serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:3])
