"""The league's own areas and lists applied, and places built of them and of what departments' sources hold."""

import dataclasses
from datetime import date

import pytest
from django.db import transaction
from django.test import override_settings
from made_places import AT, FOLDER, LEVELS

from xilin.demo import league as demo
from xilin.demo.sources import land
from xilin.demo.stores import files
from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.places import declarations as kinds
from xilin.kernel.places.actions import build
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards import declarations
from xilin.lib.declared import read

SOURCES = {
    "zrzyj_grassland": (land.grassland_plots, "zrzyj/caochang.csv", "gb18030"),
    "zrzyj_poi": (land.points_of_interest, "zrzyj/xingqudian.csv", "utf-8-sig"),
}


@pytest.fixture(scope="session")
def declared():
    """What the league folder declares about places."""
    league, _strangers = read(FOLDER, [declarations.AREA, *kinds.ALL])
    return league


@pytest.fixture(scope="session")
def whole():
    """The league folder, read."""
    found, faults = read(FOLDER, declarations.KINDS)
    assert faults == []
    return found


@pytest.fixture(scope="module")
def laid(django_db_setup, django_db_blocker):
    """A transaction around a module's tests: what is laid in it once, each test finds; at the end it is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def league(laid, whole):
    """The league folder, applied."""
    standards.apply(whole, at=AT)


@pytest.fixture(scope="module")
def areas(league):
    """Counties, towns and villages in the store."""
    return {code: build(code, con=None, at=AT) for code in LEVELS}


@pytest.fixture(scope="session")
def true():
    """A small true league with 600 plots of grassland and 300 points of interest."""
    found = demo.make(11, 0.001, date(2026, 11, 1), FOLDER)
    names = found.counts.__struct_fields__
    more = {"grassland_plots": 600, "points_of_interest": 300}
    rates = type(found.errors.land)(crossed=0.02, swapped=0.01, astray=0.01, missing=0.01)
    errors = type(found.errors)(
        **{name: getattr(found.errors, name) for name in found.errors.__struct_fields__} | {"land": rates}
    )
    counts = type(found.counts)(**{name: getattr(found.counts, name) for name in names} | more)
    return dataclasses.replace(found, counts=counts, errors=errors)


@pytest.fixture(scope="session")
def files_of(true, tmp_path_factory):
    """The folder with the department's files, and the tables in them by source."""
    folder = tmp_path_factory.mktemp("sources")
    tables = {}
    for source, (rows, name, encoding) in SOURCES.items():
        tables[source] = rows(true).table
        files.write_csv(tables[source], folder / name, encoding)
    return folder, tables


def collected(folder, home):
    """An engine over a lake in which the department's files were collected."""
    with override_settings(HOME=home, LAKE=str(home / "lake")), pytest.MonkeyPatch.context() as patch:
        patch.setenv("XILIN_SOURCES", str(folder))
        for source in SOURCES:
            batch = collect.collect(source, at=AT)
            assert batch.message("en") == ""
        yield engine.connect(512)


@pytest.fixture(scope="module")
def con(league, files_of, tmp_path_factory):
    """The engine over what was collected."""
    yield from collected(files_of[0], tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def places(areas, con):
    """Everything in the store but the parcels, which have no source here."""
    return areas | {code: build(code, con=con, at=AT) for code in ("grassland", "spots")}


@pytest.fixture
def served(transactional_db, live_server, whole, files_of, tmp_path):
    """The same, committed, and a server that serves it; its address."""
    standards.apply(whole, at=AT)
    for con in collected(files_of[0], tmp_path):
        for code in (*LEVELS, "grassland", "spots"):
            build(code, con=con, at=AT)
        yield f"{live_server.url}/api/places/"
