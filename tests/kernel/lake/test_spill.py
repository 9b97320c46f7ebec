"""Folders the engine spills to: kept while their process lives, removed once it is gone."""

import os
import shutil
import signal
import subprocess
import sys
import time

from xilin.kernel.lake import engine, spill

OTHER = """
import sys, time
from pathlib import Path
from xilin.kernel.lake import spill
(spill.folder(Path(sys.argv[1])) / "spilled").write_text("x" * 1000)
print("ready", flush=True)
time.sleep(600)
"""


def other(root):
    """Another process that has spilled."""
    process = subprocess.Popen([sys.executable, "-c", OTHER, str(root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_the_folder_of_a_killed_process_goes_when_the_engine_opens(settings, tmp_path):
    settings.HOME = tmp_path
    process = other(tmp_path / "spill")
    try:
        engine.connect(64).disconnect()
        assert len(list(tmp_path.glob("spill/*/spilled"))) == 1, "its process lives"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

    engine.connect(64).disconnect()

    assert [path.name.split("-")[0] for path in (tmp_path / "spill").iterdir()] == [str(os.getpid())]


def test_a_process_has_one_folder_and_makes_it_again_where_somebody_removed_it(tmp_path):
    first = spill.folder(tmp_path)
    assert spill.folder(tmp_path) == first
    shutil.rmtree(first)

    second = spill.folder(tmp_path)

    assert second.is_dir()
    assert list(tmp_path.iterdir()) == [second]


def test_a_child_takes_a_folder_of_its_own_and_leaves_its_parents(tmp_path):
    parents = spill.folder(tmp_path)
    child = os.fork()
    if not child:
        try:
            spill.folder(tmp_path)
            time.sleep(600)
        finally:
            os._exit(1)
    try:
        until = time.monotonic() + 20
        while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(list(tmp_path.iterdir())) == 2
        assert parents.is_dir()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    assert spill.folder(tmp_path) == parents
    assert list(tmp_path.iterdir()) == [parents]


def test_what_an_earlier_version_left_goes_too(tmp_path):
    (tmp_path / "4711").mkdir()

    own = spill.folder(tmp_path)

    assert list(tmp_path.iterdir()) == [own]
