"""The league's own areas and lists, applied, and its places built of them."""

import pytest
from made_places import AT, FOLDER, LEVELS

from xilin.kernel.places import declarations as kinds
from xilin.kernel.places.actions import build
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards import declarations
from xilin.lib.declared import read


@pytest.fixture(scope="session")
def declared():
    """What the league folder declares about places."""
    league, _strangers = read(FOLDER, [declarations.AREA, *kinds.ALL])
    return league


@pytest.fixture
def league(db):
    """The league folder, applied."""
    from xilin.kernel.standards.declarations import KINDS

    found, faults = read(FOLDER, KINDS)
    assert faults == []
    standards.apply(found, at=AT)


@pytest.fixture
def areas(league):
    """Counties, towns and villages in the store."""
    return {code: build(code, con=None, at=AT) for code in LEVELS}
