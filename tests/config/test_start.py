"""Starting up: the database's address, settings that can't be used, message catalogues."""

import os
import subprocess
import sys

import psycopg
import pytest

from xilin.config import settings
from xilin.config.database import _bury, settings_for
from xilin.config.messages import compile_catalogues
from xilin.lib import environment

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "sheep"\nmsgstr "羊"\n'


def test_a_url_becomes_djangos_settings_with_its_escapes_undone():
    found = settings_for("postgresql://ann:s%40x@db:5433/hub?sslmode=require")

    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "ann",
        "s@x",
        "db",
        "5433",
        "hub",
    )
    assert found["OPTIONS"] == {"sslmode": "require"}


def test_a_socket_folder_in_a_url_is_the_host():
    assert settings_for("postgresql://postgres@/hub?host=/var/run/pg")["HOST"] == "/var/run/pg"


def test_the_embedded_server_is_a_real_postgresql_18():
    with psycopg.connect(os.environ["XILIN_DATABASE_URL"]) as connection:
        (version,) = connection.execute("SHOW server_version_num").fetchone()

    assert int(version) >= 150000


@pytest.mark.parametrize("value", ["maybe", "2", "on fire"])
def test_a_flag_that_says_neither_yes_nor_no_stops_the_start_by_name(monkeypatch, value):
    monkeypatch.setenv("XILIN_THING", value)

    with pytest.raises(environment.BadSetting, match="XILIN_THING"):
        environment.flag("XILIN_THING")


def test_a_number_that_is_none_stops_the_start_by_name(monkeypatch):
    monkeypatch.setenv("XILIN_THING", "12 MB")

    with pytest.raises(environment.BadSetting, match="whole number"):
        environment.number("XILIN_THING", 1)


@pytest.mark.parametrize("value", ["0", "-5"])
def test_a_limit_that_lets_nothing_through_stops_the_start_by_name(monkeypatch, value):
    monkeypatch.setenv("XILIN_THING", value)

    with pytest.raises(environment.BadSetting, match=r"XILIN_THING.*from 1"):
        settings._positive_number("XILIN_THING", 5)


def test_catalogues_are_compiled_once_and_again_when_they_change(tmp_path):
    po = tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"
    po.parent.mkdir(parents=True)
    po.write_text(PO, encoding="utf-8")

    assert compile_catalogues(tmp_path) == 1
    assert compile_catalogues(tmp_path) == 0
    os.utime(po, (po.stat().st_mtime + 5,) * 2)
    assert compile_catalogues(tmp_path) == 1


def test_a_killed_server_that_nobody_buried_does_not_pass_for_a_running_one(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{dead.pid}\n/data\n")

    _bury(lock, seconds=0.1)

    assert not lock.exists()
    dead.wait()


def test_the_lock_of_a_running_server_is_left_alone(tmp_path):
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n/data\n")

    _bury(lock, seconds=0.1)

    assert lock.exists()
