"""What people get wrong on the command line and in the environment is told in words, never as a stack trace."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pyarrow as pa
import pytest
import typer
from pyarrow import parquet

from xilin.config import database, run

SECRET = "s3cret"


def plan(url, language):
    done = subprocess.run(
        [sys.executable, "-m", "xilin.config", "plan"],
        env=os.environ | {"XILIN_DATABASE_URL": url, "XILIN_LANGUAGE": language},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr + done.stdout
    return done.stderr


URLS = {
    "port that is a word": (f"postgresql://ann:{SECRET}@db:fivefour/hub", "a port is 1 to 65535", "端口应为"),
    "port too large": (f"postgresql://ann:{SECRET}@db:70000/hub", "a port is 1 to 65535", "端口应为"),
    "port zero": (f"postgresql://ann:{SECRET}@db:0/hub", "a port is 1 to 65535", "端口应为"),
    "slash in a password": (f"postgresql://ann:{SECRET}/x@db/hub", "%2F", "%2F"),
    "bracket left open": (f"postgresql://ann:{SECRET}@[::1/hub", "host or port is wrong", "主机或端口不对"),
    "another kind of database": (f"mysql://ann:{SECRET}@db/hub", "begin with postgresql://", "开头不是 postgresql://"),
    "no URL at all": ("hub", "begin with postgresql://", "开头不是 postgresql://"),
    "unknown option": (f"postgresql://ann:{SECRET}@db/hub?colour=red", "no connection has", "不认识的连接参数"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", URLS)
def test_a_database_url_that_is_none_is_told_with_what_to_write(mistake, monkeypatch):
    url, en, zh = URLS[mistake]
    for language, said in (("en", en), ("zh-hans", zh)):
        monkeypatch.setenv("XILIN_LANGUAGE", language)
        with pytest.raises(database.BadDatabase) as stopped:
            database.settings_for(url)
        assert said in str(stopped.value)
        assert "XILIN_DATABASE_URL" in str(stopped.value)
        assert SECRET not in str(stopped.value)
        assert stopped.value.__cause__ is None


def test_a_command_stops_in_words_on_a_url_that_is_none():
    said = plan(f"postgresql://ann:{SECRET}@db:fivefour/hub", "en")

    assert "postgresql://user:password@host:port/database" in said


def test_a_command_stops_in_words_where_no_database_answers():
    assert "没有服务器应答" in plan(f"postgresql://ann:{SECRET}@127.0.0.1:1/hub", "zh-hans")


@pytest.fixture
def registry(monkeypatch, tmp_path):
    """A score command up to the comparison, which is another part's; a folder for truths."""
    monkeypatch.setenv("XILIN_LANGUAGE", "en")
    monkeypatch.setattr(run, "ready", lambda: None)
    monkeypatch.setattr(
        run, "declared", lambda kind: {"people": SimpleNamespace(truth_column="", truth_pairs="")}
    )
    return tmp_path


def refused(truth, capsys):
    with pytest.raises(typer.Exit) as stopped:
        run.score(truth)
    assert stopped.value.exit_code == 1
    return capsys.readouterr().err


def test_a_truth_that_is_a_file_or_not_there_is_told_to_be_no_folder(registry, capsys):
    (registry / "people.parquet").write_text("")

    assert "takes the folder" in refused(registry / "people.parquet", capsys)
    assert "takes the folder" in refused(registry / "nowhere", capsys)


def test_a_folder_without_the_truth_of_a_registry_is_told(registry, capsys):
    assert "no truth in" in refused(registry, capsys)


@pytest.mark.parametrize("content", [b"", b"source,key,entity\n", b"PAR1broken"])
def test_a_truth_that_is_no_parquet_is_told(registry, capsys, monkeypatch, content):
    (registry / "people.parquet").write_bytes(content)

    assert "no Parquet file" in refused(registry, capsys)
    monkeypatch.setenv("XILIN_LANGUAGE", "zh-hans")
    assert "不是可读的 Parquet 文件" in refused(registry, capsys)


def test_a_truth_without_its_columns_is_told_which_and_what_there_is(registry, capsys):
    parquet.write_table(pa.table({"source": ["a"], "id": ["1"]}), registry / "people.parquet")

    said = refused(registry, capsys)

    assert "lacks the columns key, entity (it has source, id)" in said
