"""A pytest plugin that makes a database ready before pytest-django loads the settings."""

import os
import tempfile
from pathlib import Path

from xilin.config.messages import compile_catalogues
from xilin.config.start import server
from xilin.lib.environment import folder

HOME = folder("XILIN_TEST_HOME", Path(tempfile.gettempdir()) / f"xilin-test-{os.getuid()}")

os.environ["XILIN_HOME"] = str(HOME)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xilin.config.settings")
compile_catalogues(Path(__file__).parents[1])
server()
