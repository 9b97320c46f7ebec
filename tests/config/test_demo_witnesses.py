"""The demo's witnesses: real processes that cosign the log, known to the platform, and nobody else's touched."""

import time
import urllib.request
from datetime import UTC, datetime

import pytest

from xilin.config import demo_witnesses
from xilin.config.serve import Processes
from xilin.kernel.audit import cosigning, queries
from xilin.kernel.audit.actions import record


@pytest.fixture
def home(tmp_path, settings):
    """A home of its own for witnesses and what is declared of them; the log's own key stays the tests'."""
    settings.AUDIT_WITNESSES = str(tmp_path / "witnesses.toml")
    return tmp_path


@pytest.fixture
def processes():
    """Processes that end with the test."""
    started = Processes()
    yield started
    started.stop()


def answer(witness):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(witness.url, timeout=1) as said:
                return said.read().decode().strip()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{witness.name} does not answer")


def test_three_processes_cosign_and_two_of_them_are_enough(db, home, processes):
    began = time.monotonic()
    assert demo_witnesses.start(home, processes) == 3
    took = time.monotonic() - began
    known = queries.declared()
    assert [answer(one) for one in known.witness] == known.keys
    at = datetime.now(UTC)
    record("test.done", at=at)

    assert {one.outcome for one in cosigning.collect(at=at, quorum=known)} == {"signed"}
    seen = queries.witnessed()
    assert (known.needed, len(seen.seen), seen.size) == (2, 3, queries.size())
    assert len({child.pid for child in processes.children.values()}) == 3
    assert took < 2


def test_witnesses_that_somebody_declared_are_left_alone(db, home, processes):
    own = "needed = 1\n"
    (home / "witnesses.toml").write_text(own, "utf-8")

    assert demo_witnesses.start(home, processes) == 0
    assert (home / "witnesses.toml").read_text("utf-8") == own
    assert processes.children == {}
