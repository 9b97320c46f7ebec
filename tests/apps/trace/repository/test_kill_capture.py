"""Kill -9 during capture, a few times; twenty times it is done by `benchmarks/kill_capture.py`."""

import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[4]


def test_every_acknowledged_event_is_there_once_and_none_half_when_service_and_database_are_killed() -> None:
    without = {
        name: value for name, value in os.environ.items() if name not in ("XILIN_DATABASE_URL", "XILIN_HOME")
    }
    done = subprocess.run(
        [sys.executable, str(REPO / "benchmarks" / "kill_capture.py"), "2", "4"],
        env=without, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "each there once, none half" in done.stdout
