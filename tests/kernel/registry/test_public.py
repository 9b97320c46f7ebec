"""Data that nobody here made, with a known truth: a league folder, no code."""

from datetime import UTC, datetime
from pathlib import Path

from xilin.kernel.collect import actions as collect
from xilin.kernel.lake import engine
from xilin.kernel.registry import actions, queries
from xilin.kernel.standards import actions as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_febrl_is_linked_as_well_as_by_anyone(
    settings, tmp_path, monkeypatch, testdata, transactional_db
) -> None:  # type: ignore[no-untyped-def]
    settings.HOME, settings.LAKE = tmp_path, str(tmp_path / "lake")
    monkeypatch.setenv("XILIN_TESTDATA", str(testdata))
    league, faults = read(REPO / "leagues" / "febrl", KINDS)
    assert faults == []
    standards.apply(league, at=NOW)
    batches = [collect.collect(source, at=NOW) for source in ("originals", "copies")]
    assert [(b.state, b.rows_read, b.rows_accepted, b.message("en")) for b in batches] == [
        ("done", 5000, 5000, "")
    ] * 2

    con = engine.connect(1024)
    run = actions.link("people", at=NOW, con=con)
    score = actions.score("people", None, con)

    # Of 5,000 pairs probabilistic linkage is known to find more than 99 % without a false one.
    assert score.precision == 1.0
    assert score.recall > 0.99
    assert (score.records, score.missing, score.truth_entities) == (10_000, 0, 5_000)
    assert run.batches == {"originals": batches[0].pk, "copies": batches[1].pk}
    kept = queries.latest_run("people")
    assert kept is not None
    assert kept.score["f1"] == score.f1


def test_the_folder_is_small_and_knows_nothing_of_the_platform() -> None:
    files = sorted((REPO / "leagues" / "febrl").rglob("*.*"))
    assert {file.suffix for file in files} == {".toml", ".csv"}
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files) < 150
