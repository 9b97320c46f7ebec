"""The demo's command: what it refuses, and how it begins anew."""

import fcntl
import io
import os
import types
from datetime import datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
import typer
from rich.console import Console
from rich.progress import Progress
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


def test_a_chain_of_no_size_is_told(home):
    code, words = said("--chain-scale", "0")

    assert code == 2
    assert "--chain-scale must be above 0" in words


@pytest.mark.parametrize(
    ("words", "scale"),
    [
        ((), 0.01),
        (("--scale", "0.02"), 0.02),
        (("--scale", "1"), demonstrate.CHAIN_AT_MOST),
        (("--scale", "1", "--chain-scale", "0.5"), 0.5),
        (("--chain-scale", "1"), 1),
    ],
)
def test_the_chain_is_told_at_the_leagues_scale_up_to_a_cap_or_at_its_own(home, monkeypatch, words, scale):
    asked = []
    monkeypatch.setattr(
        demonstrate, "_carry_out", lambda _, league, chain, *rest, **more: asked.append(chain)
    )

    code, _ = said(*words)

    assert code == 0
    assert asked == [scale]


def chain_told(monkeypatch, tmp_path, scale, chain):
    """The scales the season and the looks were made at, and what was said."""
    made = building.Made(seed=1, scale=scale, as_of=datetime(2026, 3, 2).date(), code=1, mariadb=False)
    seen = []
    monkeypatch.setattr(building, "made", lambda _: made)
    monkeypatch.setattr(demonstrate.showing, "stands", lambda: False)
    season = types.SimpleNamespace(expected=10)
    monkeypatch.setattr(demonstrate.showing, "season", lambda seed, of, *_: seen.append(of) or season)
    monkeypatch.setattr(demonstrate.showing, "with_codes", lambda *_: None)
    monkeypatch.setattr(demonstrate.showing, "show", lambda *_, tell: 10)
    monkeypatch.setattr(demonstrate.showing, "look", lambda _, of, *rest: seen.append(of) or 5)
    one = demonstrate.Demo(port=0, gateway_port=0)
    one.console = Console(file=io.StringIO(), width=200)
    with Progress(console=one.console) as progress:
        demonstrate._chain(one, progress, tmp_path, scale, chain, 1)
    return seen, one.console.file.getvalue()


def test_a_chain_smaller_than_the_league_is_said(home, monkeypatch, tmp_path):
    seen, words = chain_told(monkeypatch, tmp_path, 1.0, 0.05)

    assert seen == [0.05, 0.05]
    assert "told at scale 0.05, the league at 1" in words


def test_a_chain_of_the_leagues_own_scale_is_not_worth_a_word(home, monkeypatch, tmp_path):
    seen, words = chain_told(monkeypatch, tmp_path, 0.01, 0.01)

    assert seen == [0.01, 0.01]
    assert "told at scale" not in words


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
