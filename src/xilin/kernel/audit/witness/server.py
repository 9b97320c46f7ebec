"""A witness over HTTP, on the standard library's server: a request a second or so is all it ever sees."""

import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from xilin.kernel.audit.witness.judging import Answer, Witness
from xilin.kernel.audit.witness.protocol import LARGEST, PATH

# Connections at once; one more is answered "later".
MOST_AT_ONCE = 32
SECONDS = 15


class Server(ThreadingHTTPServer):
    """Listens for one witness."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], witness: Witness, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(address, Handler)
        self.witness, self.clock = witness, clock
        self.room = threading.BoundedSemaphore(MOST_AT_ONCE)


class Handler(BaseHTTPRequestHandler):
    """One connection to a witness."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    server_version = "xilin-witness"
    sys_version = ""

    def do_POST(self) -> None:
        """`add-checkpoint`; the connection ends where the body was not read."""
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            self._say(Answer(HTTPStatus.NOT_FOUND, "only /add-checkpoint is here\n"), ends=True)
        elif not (length.isascii() and length.isdigit() and len(length) < 12):
            self._say(Answer(HTTPStatus.LENGTH_REQUIRED, "Content-Length is missing\n"), ends=True)
        elif int(length) > LARGEST:
            self._say(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {LARGEST} bytes\n"), ends=True)
        elif not self.server.room.acquire(blocking=False):
            self._say(Answer(HTTPStatus.SERVICE_UNAVAILABLE, "too many at once\n"), ends=True)
        else:
            try:
                data = self.rfile.read(int(length))
                self._say(self.server.witness.add_checkpoint(data, at=int(self.server.clock())))
            finally:
                self.server.room.release()

    def do_GET(self) -> None:
        """Who this is: the witness's verifier key."""
        if self.path == "/":
            self._say(Answer(HTTPStatus.OK, self.server.witness.signer.verifier_key + "\n"))
        else:
            self._say(Answer(HTTPStatus.NOT_FOUND, "only / is here\n"))

    def _say(self, answer: Answer, *, ends: bool = False) -> None:
        data = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if ends:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)
        if answer.about:
            # A log's name is no terminal's command.
            about = answer.about if answer.about.isprintable() else ascii(answer.about)
            sys.stderr.write(f"{int(answer.status)} {about}\n")
            sys.stderr.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: `_say` tells what matters."""
