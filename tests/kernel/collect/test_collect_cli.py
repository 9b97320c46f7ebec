"""The commands."""

import json

import pytest
import roster
from typer.testing import CliRunner

from xilin.kernel.collect import lake_cli
from xilin.kernel.collect.cli import app
from xilin.kernel.collect.models import Batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(settings, tmp_path, monkeypatch):
    """Run a command in a wide terminal, with one good source and one whose file is missing."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    monkeypatch.setenv("COLUMNS", "240")
    roster.csv(tmp_path / "good.csv", roster.rows(1, 1234))
    roster.apply(
        tmp_path / "league",
        roster.source("bad", "csv", path=str(tmp_path / "none.csv")),
        roster.source("good", "csv", path=str(tmp_path / "good.csv")),
    )
    return lambda *words: CliRunner().invoke(app, list(words))


def test_one_refused_source_stops_no_other(run):
    done = run("run")

    assert done.exit_code == 1
    assert "1,234" in done.output
    assert "none.csv" in done.output


def test_a_drivers_own_words_are_told_apart(run, tmp_path):
    url = "postgresql://ann:secret@127.0.0.1:1/x"
    roster.apply(tmp_path / "league", roster.source("gone", "postgresql", url=url, table="t"))

    lines = run("run", "gone").output.splitlines()

    assert "没有服务" in lines[-2]
    assert lines[-1].startswith("gone: 技术细节：")
    assert "Connection refused" in lines[-1]


def test_a_named_source_alone(run):
    done = run("run", "good")

    assert done.exit_code == 0
    assert "bad" not in done.output


def test_a_name_nobody_declared(run):
    assert run("run", "nowhere").exit_code == 2


def test_batches_are_listed_newest_first(run):
    run("run")

    listed = run("batches").output

    assert listed.index("good") < listed.index("bad")
    assert "good" not in run("batches", "--source", "bad").output


def test_recover_says_what_it_did(run):
    assert "0" in run("recover").output


def test_lineage_prints_the_event(run):
    run("run", "good")

    told = json.loads(run("lineage", str(Batch.objects.get().pk)).output)

    assert (told["eventType"], told["job"]["name"]) == ("COMPLETE", "collect.good")
    assert run("lineage", "0").exit_code == 2


def test_the_lakes_small_files_are_put_together_on_demand(run, tmp_path):
    more = 'mode = "incremental"\ncursor = "updated"'
    path = tmp_path / "grows.csv"
    roster.apply(tmp_path / "league", roster.source("grows", "csv", more=more, path=str(path)))
    for count in (10, 20):
        roster.csv(path, roster.rows(1, count, updated=f"2026-09-{count} 10:00:00"))
        run("run", "grows")

    first, second = (CliRunner().invoke(lake_cli.app, ["compact"]).output for _ in range(2))

    assert first.splitlines() == [
        "raw.grows：2 个文件合并为 1 个，共 30 行。",
        "std.roster：3 个文件合并为 1 个，共 30 行。",
    ]
    assert "没有需要合并" in second
