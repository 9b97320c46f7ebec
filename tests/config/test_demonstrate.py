"""The demo's command: what it refuses, and how it begins anew."""

import fcntl
import os
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
import typer
from typer.testing import CliRunner

from xilin.config import anew, demonstrate
from xilin.demo import building

app = typer.Typer()
app.command("demo")(demonstrate.demo)
app.command("pictures")(demonstrate.pictures)


@pytest.fixture
def home(tmp_path, settings, monkeypatch):
    """A home of its own, spoken to in English."""
    settings.HOME = tmp_path
    monkeypatch.setenv("XILIN_LANGUAGE", "en")
    monkeypatch.setattr(demonstrate.signal, "signal", lambda *_: None)
    return tmp_path


def said(*words):
    done = CliRunner().invoke(app, ["demo", *words])
    return done.exit_code, done.output


def test_a_scale_that_makes_no_sense_is_told(home):
    code, words = said("--scale", "0")

    assert code == 2
    assert "above 0" in words


def test_two_demos_in_one_home_are_one_too_many(home):
    with (home / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        code, words = said()

    assert code == 1
    assert "Another demo is using" in words


def test_a_league_the_demo_knows_nothing_of_is_told(home, settings, tmp_path):
    settings.LEAGUE = tmp_path / "elsewhere"

    code, words = said()

    assert code == 1
    assert "leagues/xilingol only" in words


@pytest.fixture
def database():
    """A database as a demo leaves it, on the tests' server."""
    url = os.environ["XILIN_DATABASE_URL"]
    own = building.database_url(url, "anew")
    beside = building.database_url(own, "rsj")
    names = [address.split("?")[0].rsplit("/", 1)[1] for address in (own, beside)]
    with psycopg.connect(url, autocommit=True) as link:
        for name in names:
            link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            link.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(own) as link:
        link.execute("CREATE TABLE anything (number int)")
    yield own
    with psycopg.connect(url, autocommit=True) as link:
        for name in names:
            link.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_beginning_anew_leaves_an_empty_database_and_of_the_home_only_what_is_no_demos(database, tmp_path):
    for name in ("demo/truth", "lake/raw", "report", "keys/audit-months", "pg"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("demo/made.json", "keys/audit", "keys/audit-months/2026-03", "keys/django", "pg/PG_VERSION"):
        (tmp_path / name).write_text("x")

    anew.begin_anew(tmp_path, database)

    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == ["keys/django", "pg/PG_VERSION"]
    with psycopg.connect(database) as link:
        tables = link.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        others = link.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE '%_anew_demo_rsj'"
        ).fetchall()
    assert tables == (0,)
    assert others == []


def test_a_database_of_somebody_elses_is_emptied_only_when_that_is_asked_for(home, settings, monkeypatch):
    made = building.Made(seed=1, scale=0.5, as_of=datetime(2026, 3, 2).date(), code=1, mariadb=False)
    (home / "demo").mkdir()
    (home / "demo" / "made.json").write_bytes(msgspec.json.encode(made))
    settings.LEAGUE = Path(settings.ROOT) / "leagues" / "xilingol"
    monkeypatch.setattr(demonstrate, "begin_anew", lambda *_: pytest.fail("it was emptied"))

    code, words = said()

    assert code == 1
    assert "--fresh" in words


def test_a_database_out_of_reach_is_told_without_a_traceback(home, settings, monkeypatch):
    folder = settings.LEAGUE = Path(settings.ROOT) / "leagues" / "xilingol"
    made = building.Made(2016, 0.01, datetime(2026, 3, 2).date(), building.code_sum(folder), mariadb=False)
    (home / "demo").mkdir()
    (home / "demo" / "made.json").write_bytes(msgspec.json.encode(made))
    monkeypatch.setenv("XILIN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

    code, words = said()

    assert code == 1
    assert "can't be reached" in words
