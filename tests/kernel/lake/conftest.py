"""A lake of its own for each test."""

import pytest

from xilin.kernel.lake import engine
from xilin.kernel.lake.tables import Lake


@pytest.fixture
def lake(settings, tmp_path, transactional_db):
    """An empty lake in a folder of its own."""
    settings.LAKE = str(tmp_path / "lake")
    return Lake.open()


@pytest.fixture
def con(settings, tmp_path):
    """An engine that spills below the test's folder."""
    settings.HOME = tmp_path
    return engine.connect(512)
