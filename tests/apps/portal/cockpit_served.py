"""The web process as it is served, on the tests' database: Granian in a process of its own, events over a socket."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from urllib.parse import quote

import httpx
from django.db import connection

from xilin.config.serve import command_for, until_answers


def database_url():
    """The test database as a URL for another process."""
    known = connection.get_connection_params()
    host, port = known.get("host", ""), known.get("port") or ""
    user = quote(known.get("user") or "postgres")
    return f"postgresql://{user}@/{known['dbname']}?host={quote(str(host))}" + (
        f"&port={port}" if port else ""
    )


@contextmanager
def served():
    """The address of a web process that runs as long as the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        command_for("web", port), env=environment | {"XILIN_DATABASE_URL": database_url()}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        assert until_answers(f"{address}/login/", 90), "the web process did not come up"
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


class Listener(threading.Thread):
    """Listens to the cockpit's events, and keeps each with when it came."""

    def __init__(self, address, *, path="/cockpit/events", **headers):
        super().__init__(daemon=True)
        self.events, self.status, self.problem = [], None, None
        self._address, self._path, self._headers = address, path, headers
        self._stop = threading.Event()

    def run(self):
        try:
            with (
                httpx.Client(base_url=self._address, timeout=30) as client,
                client.stream(
                    "GET", self._path, headers={"Accept": "text/event-stream", **self._headers}
                ) as answer,
            ):
                self.status, self.answer_headers = answer.status_code, answer.headers
                event = {}
                for line in answer.iter_lines():
                    if self._stop.is_set():
                        return
                    if not line:
                        if "event" in event:
                            self.events.append((time.monotonic(), event))
                        event = {}
                    elif not line.startswith(":"):
                        name, _, value = line.partition(": ")
                        event[name] = value
        except httpx.HTTPError as error:
            self.problem = error

    def stop(self):
        self._stop.set()

    def panels(self, after=0):
        """Every panel that came, in order: when, its code, its HTML."""
        return [
            (at, code, html)
            for at, event in self.events[after:]
            if event["event"] == "panels"
            for code, html in json.loads(event["data"])["panels"].items()
        ]

    def wait(self, met, seconds=20):
        """Until something holds, asked often; whether it did."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if found := met(self):
                return found
            time.sleep(0.02)
        return None
