"""The processes: web, gateway, epcis, verify, worker."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Annotated

import typer

from xilin.config import start
from xilin.config.league import migrate
from xilin.kernel.audit import durability

WEB = "xilin.config.asgi:application"
GATEWAY = "xilin.kernel.exchange.gateway:application"
EPCIS = "xilin.apps.trace.tracing:application"
VERIFY = "xilin.apps.trace.consumer.verify:application"
# Seconds that calls and sockets have to end when a process is asked to: less than `Processes.stop` waits, as whoever is
# killed then leaves workers behind.
PATIENCE = "6"


def command_for(process: str, port: int, host: str = "127.0.0.1") -> list[str]:
    """The command line of a process."""
    if process == "worker":
        return [sys.executable, "-m", "xilin.config.worker"]
    if process == "epcis":
        return [
            sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port),
            "--workers", "2", "--workers-kill-timeout", PATIENCE, "--ws", "--log-level", "warning", EPCIS,
        ]  # fmt: skip
    if process == "verify":
        # One worker: checks that come together share a transaction. It warms up when it starts, hence no `asginl`.
        return [
            sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port),
            "--workers", "1", "--workers-kill-timeout", PATIENCE, "--no-ws", "--log-level", "warning", VERIFY,
        ]  # fmt: skip
    target, interface = (WEB, "asgi") if process == "web" else (GATEWAY, "asginl")
    return [
        sys.executable, "-m", "granian", "--interface", interface, "--host", host, "--port", str(port),
        "--workers", "1", "--workers-kill-timeout", PATIENCE, "--no-ws", "--log-level", "warning", target,
    ]  # fmt: skip


def _serve(process: str, port: int = 0, host: str = "127.0.0.1") -> None:
    """Run one process on this version's tables until it ends or a signal asks it to; the embedded database lives as long.

    Exit 1 where it ended by itself: what started us may start us again. NotDurable where the database would
    forget entries of the log.
    """
    start.server()
    migrate()
    durability.check()
    processes = Processes()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        processes.start(process, port, host)
        processes.wait()
        raise typer.Exit(1)
    except KeyboardInterrupt:
        pass
    finally:
        processes.stop()


def web(
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the pages."""
    _serve("web", port, host)


def gateway(
    port: Annotated[int, typer.Option(help="Port of the gateway.")] = 8001,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the gateway, the only door by which data leaves."""
    _serve("gateway", port, host)


def epcis(
    port: Annotated[int, typer.Option(help="Port of the repository of events.")] = 8002,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the repository of events (EPCIS 2.0)."""
    _serve("epcis", port, host)


def verify(
    port: Annotated[int, typer.Option(help="Port of the checks of goods.")] = 8003,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve checks of codes on goods for programs."""
    _serve("verify", port, host)


def worker() -> None:
    """Carry out jobs: collection by schedule, and what pages leave to be done."""
    _serve("worker")


@dataclass
class Processes:
    """Child processes that end together."""

    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, process: str, port: int = 0, host: str = "127.0.0.1") -> None:
        """Start one."""
        self.children[process] = subprocess.Popen(command_for(process, port, host))

    def stop(self) -> None:
        """Ask all to end, and end those that don't within ten seconds."""
        for child in self.children.values():
            child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        for child in self.children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def wait(self) -> str:
        """Wait until one of them ends by itself; its name."""
        while True:
            for name, child in self.children.items():
                if child.poll() is not None:
                    return name
            time.sleep(0.5)


def until_answers(url: str, seconds: float = 30) -> bool:
    """Wait until an address answers with success."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
