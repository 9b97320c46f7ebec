"""The systems as they are made: each is read back with a reader of its own, and its rows are all there."""

import csv
import http.client
import json
import os
import sqlite3
import stat
from contextlib import closing
from datetime import date
from urllib.parse import urlsplit

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine

from xilin.demo import building, environment, fallback, league, systems
from xilin.demo.servers import mariadb
from xilin.demo.stores import files, postgresql
from xilin.demo.stores import mariadb as mariadb_store
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

SEED, SCALE, AS_OF = 5, 0.0005, date(2026, 3, 2)
SOURCES = [system.source for system in systems.SYSTEMS]
STORES = {system.source: system.store for system in systems.SYSTEMS}


@pytest.fixture(scope="module")
def server():
    """The tests' PostgreSQL, and none of the demo's databases left on it."""
    url = os.environ["XILIN_DATABASE_URL"]
    yield url
    for store in STORES.values():
        if isinstance(store, systems.PostgreSQL):
            postgresql.drop(url, building.database_name(url, store.database))


def make(home, server, folder, *, with_mariadb):
    running = building.start(home, server, with_mariadb=with_mariadb)
    build = building.Build(running, server, folder, seed=SEED, scale=SCALE, as_of=AS_OF)
    for source in SOURCES:
        build.write(source)
    build.finish()
    return running


@pytest.fixture(scope="module")
def made(tmp_path_factory, server, folder):
    """Every system, made and served; MariaDB's too where this machine has it."""
    before = dict(os.environ)
    running = make(tmp_path_factory.mktemp("home"), server, folder, with_mariadb=mariadb.available())
    yield running
    running.stop()
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def rows(folder):
    """What the generator gave to be written."""
    true = league.make(SEED, SCALE, AS_OF, folder)
    return {system.source: system.rows(true) for system in systems.SYSTEMS}


def read_back(made, store):
    """Headings and number of rows, by a reader that shares nothing with the writer."""
    sources = building.folder(made.home) / "sources"
    match store:
        case systems.MariaDB():
            if made.database is None:
                pytest.skip("MariaDB is not on this machine")
            with mariadb_store.connect(made.database.port, mariadb.USER, made.database.password) as link:
                cursor = link.cursor()
                cursor.execute(f"SELECT * FROM {store.database}.{store.table}")
                return [column[0] for column in cursor.description], cursor.fetchall()
        case systems.PostgreSQL():
            with psycopg.connect(made.variables[store.variable]) as link:
                cursor = link.execute(f"SELECT * FROM {store.table}")
                return [column.name for column in cursor.description], cursor.fetchall()
        case systems.SQLite():
            return of_sqlite(sources / store.path, store.table)
        case systems.CSV():
            return of_csv(sorted(sources.glob(store.path.format("*"))), store.encoding)
        case systems.XLSX():
            book = python_calamine.load_workbook(sources / store.path)
            lines = book.get_sheet_by_name(store.sheet).to_python()
            return lines[len(store.above)], lines[len(store.above) + 1 :]
        case systems.Pages():
            return of_pages(made, store)


def of_sqlite(path, table):
    with closing(sqlite3.connect(path)) as link:
        cursor = link.execute(f'SELECT * FROM "{table}"')
        return [column[0] for column in cursor.description], cursor.fetchall()


def of_csv(paths, encoding):
    found = []
    for path in paths:
        with path.open(encoding=encoding, newline="") as file:
            header, *lines = csv.reader(file)
        found += lines
    return header, found


def ask(made, store, number, size, token=None):
    """Status and answer of one page."""
    link = http.client.HTTPConnection(urlsplit(made.variables[store.variable]).netloc, timeout=10)
    token = made.variables["XILIN_SOURCE_TOKEN"] if token is None else token
    link.request(
        "GET",
        f"{store.path}?{store.page}={number}&{store.size}={size}",
        headers={"Authorization": f"Bearer {token}"},
    )
    answer = link.getresponse()
    text = answer.read()
    link.close()
    return answer.status, json.loads(text)


def of_pages(made, store):
    found, number = [], 1
    while True:
        status, answer = ask(made, store, number, 100)
        assert status == 200
        inner = answer.get("data") or answer.get("result") or answer
        (items,) = [value for value in inner.values() if isinstance(value, list)]
        if not items:
            assert next(v for k, v in inner.items() if k in ("total", "count")) == len(found)
            return list(found[0]), found
        found += items
        number += 1


@pytest.mark.parametrize("source", SOURCES)
def test_a_system_reads_back_whole(source, made, rows):
    header, found = read_back(made, STORES[source])

    assert list(header) == rows[source].table.column_names
    assert len(found) == rows[source].table.num_rows


def test_values_come_back_as_they_were_written(made, rows):
    table = rows["rsj_insurance"].table
    _, found = read_back(made, STORES["rsj_insurance"])
    names = table.column_names

    assert [row[names.index("aac003")] for row in found] == table.column("aac003").to_pylist()
    stamps = [str(row[names.index("aae036")]) for row in found]
    assert stamps == table.column("aae036").to_pylist()


def test_chinese_stands_in_gb18030_and_in_utf_8_with_its_mark(made):
    sources = building.folder(made.home) / "sources"
    employment = next(sources.glob("rsj/jiuye_*.csv")).read_bytes()
    health = sorted(sources.glob("wjw/dangan_*.csv"))

    assert "就业登记号".encode("gb18030") in employment[:40]
    with pytest.raises(UnicodeDecodeError):
        employment.decode("utf-8")
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in health)
    assert len(health) > 5


def test_a_character_of_four_bytes_comes_back_from_gb18030(tmp_path):
    table = pa.table({"姓名": ["李㛃", '"王"', None], "单位": ["甲,乙", "丙", ""]})

    files.write_csv(table, tmp_path / "names.csv", "gb18030")

    assert "㛃".encode("gb18030") in (tmp_path / "names.csv").read_bytes()
    assert of_csv([tmp_path / "names.csv"], "gb18030") == (
        ["姓名", "单位"],
        [["李㛃", "甲,乙"], ['"王"', "丙"], ["", ""]],
    )


def test_a_date_in_a_workbook_is_one_of_excels_own(made):
    header, lines = read_back(made, STORES["mzj_benefits"])
    births = [line[header.index("出生日期")] for line in lines]

    assert sum(isinstance(birth, date) for birth in births) > 0.9 * len(births)


def test_pages_want_the_token_and_sensible_numbers(made):
    store = STORES["zfw_floating"]

    assert ask(made, store, 1, 10, token="wrong")[0] == 401
    assert ask(made, store, 0, 10)[0] == 400
    assert ask(made, store, 1, 10**6)[0] == 400
    assert ask(made, store, 10**6, 10)[1]["data"]["list"] == []


def test_the_truth_knows_every_record_once(made, rows):
    truth = building.folder(made.home) / "truth"
    for registry in ("people", "organisations"):
        kept = pq.read_table(truth / f"{registry}.parquet").to_pylist()
        wanted = {
            (source, key): int(entity)
            for source, found in rows.items()
            if found.registry == registry
            for key, entity in zip(found.table.column(found.key).to_pylist(), found.entity, strict=True)
        }
        assert len(kept) == len(wanted)
        assert {(row["source"], row["key"]): row["entity"] for row in kept} == wanted


def test_what_was_made_is_known_again_and_other_wishes_are_not(made, server, folder):
    def stands(**changed):
        usual = {"seed": SEED, "scale": SCALE}
        return building.stands(made.home, server, folder, **(usual | changed))

    assert stands()
    assert not stands(seed=6)
    assert not stands(scale=0.001)
    assert building.made(made.home).as_of == AS_OF


def test_the_addresses_are_kept_for_their_owner_and_loaded_where_nothing_else_is_said(made, monkeypatch):
    file = environment.path(made.home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for name in made.variables:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XILIN_SOURCE_RSJ", "postgresql://elsewhere/rsj")

    environment.load(made.home)

    assert os.environ["XILIN_SOURCES"] == made.variables["XILIN_SOURCES"]
    assert os.environ["XILIN_SOURCE_RSJ"] == "postgresql://elsewhere/rsj"


def test_where_no_demo_was_nothing_is_loaded(tmp_path):
    assert environment.load(tmp_path) == {}
    assert building.made(tmp_path) is None


def test_a_league_without_mariadb_differs_in_those_sources_only(tmp_path, folder, declared):
    fallback.copy(folder, tmp_path / "copy")
    found, faults = read(tmp_path / "copy", KINDS)

    assert faults == []
    changed = {
        code for code, one in found.all("source").items() if one.value != declared.all("source")[code].value
    }
    assert changed == {source for source, store in STORES.items() if isinstance(store, systems.MariaDB)}
    for source in changed:
        value = found.all("source")[source].value
        assert (value.connector, value.connection.url) == ("sqlite", "")
        assert value.columns == declared.all("source")[source].value.columns
    for kind in KINDS:
        if kind.name != "source":
            assert found.codes(kind.name) == declared.codes(kind.name)


def test_without_mariadb_its_tables_stand_in_sqlite(tmp_path, server, folder, rows, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    running = make(tmp_path, server, folder, with_mariadb=False)
    running.stop()

    for source, store in STORES.items():
        if isinstance(store, systems.MariaDB):
            path = building.folder(tmp_path) / "sources" / fallback.file_of(store)
            header, found = of_sqlite(path, store.table)
            assert list(header) == rows[source].table.column_names
            assert len(found) == rows[source].table.num_rows
    assert running.variables["XILIN_LEAGUE"] == str(fallback.folder(tmp_path))


@pytest.mark.skipif(not mariadb.available(), reason="MariaDB is not on this machine")
def test_a_database_server_left_running_is_taken_over(made):
    port, password = made.database.port, made.database.password

    other = mariadb.start(made.home / "demo" / "mariadb", port, password)

    assert other.process is None
    assert other.port == port
    assert other.url("gaj") == made.variables["XILIN_SOURCE_GAJ"]
