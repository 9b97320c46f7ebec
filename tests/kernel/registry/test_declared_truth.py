"""The truth, read as a registry's declaration says."""

from pathlib import Path

import duckdb
import pytest
from made_up import registry, rows

from xilin.kernel.collect.faults import SourceFault
from xilin.kernel.registry.declarations import TruthPairs
from xilin.kernel.registry.truth import known

Con = duckdb.DuckDBPyConnection


def entities(con: Con, query: str | None) -> set[frozenset[str]]:
    assert query is not None
    found: dict[str, set[str]] = {}
    for source, key, entity in con.execute(query).fetchall():
        found.setdefault(entity, set()).add(f"{source}/{key}")
    return {frozenset(members) for members in found.values()}


def test_pairs_that_hang_together_are_one_thing_and_the_others_are_alone(
    con: Con, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETS", str(tmp_path))
    (tmp_path / "truth.csv").write_text("left%right\n001%002\n003%002\n", "utf-8")
    pairs = TruthPairs("${SETS}/truth.csv", "left", "right", "a", "b", delimiter="%")
    found = [rows(con, "a", *({"name": n} for n in "xyz")), rows(con, "b", *({"name": n} for n in "uv"))]
    assert entities(con, known(con, registry(truth_pairs=pairs), found)) == {
        frozenset({"a/001", "a/003", "b/002"}),
        frozenset({"a/002"}),
        frozenset({"b/001"}),
    }


def test_a_file_of_pairs_without_headings_and_one_that_is_not_there(con: Con, tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text("001|002\n", "utf-8")
    pairs = TruthPairs(
        str(tmp_path / "truth.csv"), "column0", "column1", "a", "a", delimiter="|", header=False
    )
    found = [rows(con, "a", {"name": "x"}, {"name": "y"})]
    assert entities(con, known(con, registry(truth_pairs=pairs), found)) == {frozenset({"a/001", "a/002"})}
    gone = TruthPairs(str(tmp_path / "none.csv"), "l", "r", "a", "a")
    with pytest.raises(SourceFault):
        known(con, registry(truth_pairs=gone), found)


def test_a_declaration_that_says_nothing_of_the_truth(con: Con) -> None:
    assert known(con, registry(), [rows(con, "a", {"name": "x"})]) is None
