"""Data that nobody here made, with a known truth: league folders, no code."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, queries
from xilin.kernel.registry.scoring import Score
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)


class Floor(NamedTuple):
    """The least a registry of a public set must reach: pairwise precision and recall; records and true entities."""

    precision: float
    recall: float
    records: int
    entities: int


FLOORS = {
    "febrl": {"people": Floor(1.0, 0.999, 10_000, 5_000)},
    "febrl_dedupe": {
        "people1": Floor(1.0, 1.0, 1_000, 500),
        "people2": Floor(1.0, 0.997, 5_000, 4_000),
        "people3": Floor(1.0, 0.999, 5_000, 2_000),
    },
    "dblp_acm": {"papers": Floor(0.99, 0.98, 4_910, 2_686)},
    "cora": {"papers": Floor(0.88, 0.82, 1_295, 112)},
    "mismo": {
        "rl500": Floor(1.0, 0.98, 500, 450),
        "rl10000": Floor(0.965, 0.965, 10_000, 9_000),
        "institutions": Floor(0.55, 0.6, 2_260, 330),
        "holders": Floor(0.95, 0.95, 2_379, 102),
    },
    # Of a thousand of the 5,156 figures; docs/linkage.md has the whole.
    "historical": {"figures": Floor(0.96, 0.87, 9_811, 1_000)},
}
FIGURES = "er/splink_datasets/data/historical_figures_with_errors_50k.parquet"


def of_few(testdata: Path, folder: Path) -> Path:
    """The test material with all records of a thousand figures instead of fifty thousand records."""
    (folder / FIGURES).parent.mkdir(parents=True)
    for path in (testdata / "er").iterdir():
        if path.name not in FIGURES:
            (folder / "er" / path.name).symlink_to(path)
    with duckdb.connect() as con:
        con.execute("SET VARIABLE whole = ?", [str(testdata / FIGURES)])
        con.execute(
            "CREATE TABLE few AS FROM read_parquet(getvariable('whole')) SEMI JOIN (SELECT cluster FROM "
            "read_parquet(getvariable('whole')) GROUP BY cluster ORDER BY md5(cluster) LIMIT 1000) USING (cluster)"
        )
        con.table("few").write_parquet(str(folder / FIGURES))
    return folder


@pytest.fixture
def linked(settings, tmp_path, monkeypatch, testdata, transactional_db):  # type: ignore[no-untyped-def]
    """Collect and link a league folder: the score of each of its registries."""

    def run(folder: str) -> dict[str, Score]:
        settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
        monkeypatch.setenv("XILIN_TESTDATA", str(of_few(testdata, tmp_path / "testdata")))
        league, faults = read(REPO / "leagues" / folder, KINDS)
        assert faults == []
        standards.apply(league, at=NOW)
        for source in league.all("source"):
            batch = collect.collect(source, at=NOW)
            assert (batch.state, batch.message("en"), batch.rows_quarantined) == ("done", "", 0)
        con = engine.connect(1024)
        scores = {}
        for code in league.all("registry"):
            actions.link(code, at=NOW, con=con)
            scores[code] = actions.score(code, None, con)
        return scores

    return run


@pytest.mark.parametrize("folder", FLOORS)
def test_a_public_set_is_linked_as_well_as_it_was(linked, folder: str) -> None:  # type: ignore[no-untyped-def]
    scores = linked(folder)
    assert scores.keys() == FLOORS[folder].keys()
    for code, floor in FLOORS[folder].items():
        score = scores[code]
        told = score.told("en")
        assert (score.records, score.missing, score.truth_entities) == (floor.records, 0, floor.entities), (
            told
        )
        assert score.precision >= floor.precision, told
        assert score.recall >= floor.recall, told
        kept = queries.latest_run(code)
        assert kept is not None
        assert kept.score == score.as_dict()


@pytest.mark.parametrize("folder", FLOORS)
def test_the_folders_are_small_and_know_nothing_of_the_platform(folder: str) -> None:
    files = sorted((REPO / "leagues" / folder).rglob("*.*"))
    assert {file.suffix for file in files} == {".toml", ".csv"}
    registries = len(FLOORS[folder])
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files) < 90 + 90 * registries
