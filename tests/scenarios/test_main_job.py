"""The main job as a newcomer runs it: from departments' islands to a lawful look-up with a receipt, in one command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from xilin.kernel.indicators import report

REPO = Path(__file__).parents[2]
SCALE = "0.001"


def xilin(home, *words, check=True):
    """Run a command of a home of its own, as a person would, in English."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("XILIN_", "DJANGO_"))},
        "XILIN_HOME": str(home),
        "XILIN_ROOT": str(REPO),
        "XILIN_LANGUAGE": "en",
    }
    done = subprocess.run(
        [sys.executable, "-m", "xilin.config", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    if check:
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A hub that the demo has built at a small scale, and what the demo said."""
    home = tmp_path_factory.mktemp("hub")
    return home, xilin(home, "demo", "--scale", SCALE, "--no-serve", "--no-install").stdout


def test_the_demo_tells_what_to_try_first(hub):
    _, said = hub

    assert "http://127.0.0.1:8000" in said


def test_every_source_came_through_and_its_counts_balance(hub):
    home, _ = hub

    said = xilin(home, "collect", "batches").stdout

    assert "refused" not in said


def test_the_registries_agree_with_the_truth(hub):
    home, _ = hub

    said = xilin(home, "score").stdout

    assert "people" in said
    assert "organisations" in said


def test_the_log_holds_and_so_does_the_receipt_of_the_look_up(hub):
    home, _ = hub
    (receipt,) = sorted(home.glob("demo/receipt*.json"))
    key = xilin(home, "audit", "key").stdout.strip()

    xilin(home, "audit", "verify")
    verified = subprocess.run(
        [sys.executable, "-I", str(REPO / "src/xilin/kernel/audit/verifier.py"), str(receipt), "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )

    assert verified.returncode == 0, verified.stdout
    assert json.loads(receipt.read_text(encoding="utf-8"))["format"] == "xilin-receipt/1"


def test_the_report_is_there_in_every_form_and_language(hub):
    home, _ = hub

    names = {path.suffix + path.stem[-3:] for path in (home / "report").iterdir()}

    forms = (".html", ".docx", ".pdf") if report.printer() else (".html", ".docx")
    assert names == {f"{form}-{language}" for form in forms for language in ("zh", "mn", "en")}


def test_running_again_changes_nothing_and_says_so(hub):
    home, _ = hub

    assert "No difference" in xilin(home, "plan").stdout
