"""A pytest plugin that makes a home and a database ready before pytest-django loads the settings.

With several processes (pytest-xdist) each that runs tests has a home and a server of its own below the tests' home; the one
that hands the tests out runs none and starts no server.
"""

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from xilin.config.messages import compile_catalogues
from xilin.config.start import server
from xilin.lib.environment import folder, text

WORKER = text("PYTEST_XDIST_WORKER")
HOME = folder("XILIN_TEST_HOME", Path(tempfile.gettempdir()) / f"xilin-test-{os.getuid()}") / WORKER

os.environ["XILIN_HOME"] = str(HOME)
os.environ.setdefault("XILIN_KEPT_SECONDS", "0")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Compile what the processes share, once; start the server of a process that runs tests."""
    if not WORKER:
        compile_catalogues(Path(__file__).parents[1])
    if WORKER or not getattr(early_config.known_args_namespace, "numprocesses", None):
        server()
    yield
