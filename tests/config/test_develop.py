"""Tests are handed out to several processes by files, dear ones first; each process has a home of its own."""

import doctest
import os
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings

import in_parallel
from xilin.config import develop

TESTS = Path(in_parallel.__file__).parent


def test_as_many_processes_as_cores_and_memory_carry():
    assert doctest.testmod(develop).failed == 0


def test_files_of_the_table_are_there():
    named = {*in_parallel.SECONDS, *in_parallel.TOGETHER}

    assert [file for file in sorted(named) if not (TESTS.parent / file).is_file()] == []


def test_the_dearest_come_first_and_stay_together(monkeypatch):
    monkeypatch.setattr(in_parallel, "SECONDS", {"a.py": 9.0, "b.py": 30.0, "c.py": 25.0})
    monkeypatch.setattr(in_parallel, "TOGETHER", {"a.py": "both", "c.py": "both"})
    names = [
        "x.py::1",
        "a.py::1",
        "b.py::2",
        "c.py::1",
        "b.py::1",
        "a.py::A::2",
        *(f"y.py::{n}" for n in range(200)),
    ]
    items = [SimpleNamespace(nodeid=name) for name in names]

    in_parallel.dearest_first(items)

    order = [item.nodeid for item in items]
    assert order[0] == "y.py::0"
    assert order[200:] == ["a.py::1", "c.py::1", "a.py::A::2", "b.py::2", "b.py::1", "x.py::1"]
    assert in_parallel.scope("c.py::1") == in_parallel.scope("a.py::A::2") != in_parallel.scope("b.py::1")


def test_a_process_works_in_a_home_and_a_database_of_its_own():
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")

    assert Path(settings.HOME).name.endswith(worker)
    assert settings.DATABASES["default"]["NAME"].endswith(worker)
