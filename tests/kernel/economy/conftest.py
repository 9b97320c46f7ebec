"""A league whose statistics office releases figures, and a lake of its own."""

import pytest

import economy_league
from xilin.kernel.lake import engine


@pytest.fixture
def league(tmp_path, db):
    """The league, applied. The lake commits on a connection of its own, to a warehouse of the test's own."""
    return economy_league.apply(tmp_path / "league")


@pytest.fixture
def con(settings, tmp_path):
    """An engine over an empty lake in a folder of the test's own."""
    settings.HOME = tmp_path
    settings.LAKE = str(tmp_path / "lake")
    return engine.connect(512)
