"""A league of a few shops, and a lake of its own."""

import pytest

import shop_league
from xilin.kernel.lake import engine
from xilin.kernel.standards.models import Declaration


@pytest.fixture
def league(tmp_path, db):
    """The league, applied. The lake commits on a connection of its own, to a warehouse of the test's own."""
    return shop_league.apply(tmp_path / "league")


@pytest.fixture
def con(settings, tmp_path):
    """An engine over an empty lake in a folder of the test's own."""
    settings.HOME = tmp_path
    settings.LAKE = str(tmp_path / "lake")
    return engine.connect(512)


@pytest.fixture
def redeclared(league):
    """Declare an indicator a little differently: `redeclared("shops", by="town", least=2)`."""

    def change(code, **more):
        row = Declaration.objects.get(kind="indicator", code=code, until=None)
        row.content |= more
        row.save()

    return change
