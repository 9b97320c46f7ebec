"""`xilin economy`: what there is, one series, files."""

import pytest
from released_figures import standing
from typer.testing import CliRunner

from economy_league import FIRST
from xilin.kernel.economy.cli import app
from xilin.kernel.economy.errors import NoSuchDataflow, NoSuchSeries
from xilin.kernel.economy.sdmx.errors import NotAcceptable

KEY = f"A.{FIRST}.GDP._T"


@pytest.fixture
def said(con, league):
    """What a command prints."""
    standing(con)

    def run(*words):
        done = CliRunner().invoke(app, words)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_dataflows_and_series_are_listed(said):
    rows = {line.split()[0]: line.split() for line in said("list").splitlines() if line.strip()}
    assert rows["gdp"][-4:] == ["7", "9", "2023-01-01", "2024-12-31"]
    assert rows["hub"][-4:] == ["0", "0", "-", "-"]
    assert KEY in said("list", "gdp").splitlines()


def test_a_series_is_shown_with_every_release_where_wanted(said):
    assert "100" not in said("show", "gdp", KEY)
    history = said("show", "gdp", KEY, "--history")

    assert [word in history for word in ("90", "100", "104", "2025-09-30")] == [True] * 4


def test_figures_are_written_into_a_file(said, tmp_path):
    csv, old, xml = tmp_path / "gdp.csv", tmp_path / "old.csv", tmp_path / "gdp.xml"

    assert "9" in said("export", "gdp", str(csv))
    said("export", "gdp", str(old), "--key", KEY, "--as-of", "2025-03-01")
    said("export", "gdp", str(xml), "--format", "specific", "--history")

    assert len(csv.read_text("utf-8").splitlines()) == 10
    assert [line.split(",")[6] for line in old.read_text("utf-8").splitlines()[1:]] == ["90", "100.25"]
    assert xml.read_text("utf-8").count("<mes:DataSet ") > 1


def test_what_is_not_there_is_told(said, tmp_path):
    with pytest.raises(NoSuchDataflow):
        said("list", "gpd")
    with pytest.raises(NoSuchSeries):
        said("show", "gdp", "A.B.C.D")
    with pytest.raises(NotAcceptable):
        said("export", "gdp", str(tmp_path / "x"), "--format", "pdf")
