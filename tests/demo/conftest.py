"""A league of a hundredth, the tables of its systems, and what the league folder says of them."""

from datetime import date
from pathlib import Path

import pytest

from xilin.demo import league, systems
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

FOLDER = Path(__file__).parents[2] / "leagues" / "xilingol"
AS_OF = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Fourteen people's passwords, made hard to guess again, take three seconds a test: tests/kernel/accounts tries that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def folder():
    return FOLDER


@pytest.fixture(scope="session")
def declared():
    """The league folder, read."""
    found, faults = read(FOLDER, KINDS)
    assert faults == []
    return found


@pytest.fixture(scope="session")
def true():
    """The true league at a scale of 0.01."""
    return league.make(7, 0.01, AS_OF, FOLDER)


@pytest.fixture(scope="session")
def found(true):
    """Every system's rows by source, as its department keeps them."""
    return {system.source: system.rows(true) for system in systems.SYSTEMS}
