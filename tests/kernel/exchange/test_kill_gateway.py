"""Kill -9 under load, a few times; twenty times it is done by `benchmarks/kill_gateway.py`."""

import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).parents[3]


def test_no_answer_without_its_entry_when_gateway_and_database_are_killed() -> None:
    without = {
        name: value for name, value in os.environ.items() if name not in ("XILIN_DATABASE_URL", "XILIN_HOME")
    }
    done = subprocess.run(
        [sys.executable, str(REPO / "benchmarks" / "kill_gateway.py"), "2", "8"],
        env=without, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all entered, and the log verifies" in done.stdout
