"""Web sockets of the repository's own process, as another hand's client sees them."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("over_the_wire.py")
OURS = ("XILIN_DATABASE_URL", "XILIN_HOME")


def test_a_socket_gets_what_is_captured_and_ends_with_the_process() -> None:
    without = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], env=without, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["refused 403", "captured 202", "came 40", "ended 0"]
