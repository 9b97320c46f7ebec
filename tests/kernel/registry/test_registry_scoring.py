"""Scores, compared with counting every pair."""

import itertools
import random

import duckdb
import pyarrow as pa
import pytest

from xilin.kernel.registry.scoring import measure

Con = duckdb.DuckDBPyConnection


def brute(found: dict[str, int], truth: dict[str, int]) -> tuple[float, float]:
    """Precision and recall by looking at every pair of the records both know."""
    pairs = list(itertools.combinations(sorted(found.keys() & truth.keys()), 2))
    same = {(a, b) for a, b in pairs if found[a] == found[b]}
    true = {(a, b) for a, b in pairs if truth[a] == truth[b]}
    return len(same & true) / len(same) if same else 1.0, len(same & true) / len(true) if true else 1.0


def b_cubed(found: dict[str, int], truth: dict[str, int]) -> tuple[float, float]:
    """B-cubed, record by record."""
    both = sorted(found.keys() & truth.keys())

    def mean(one: dict[str, int], other: dict[str, int]) -> float:
        shares = []
        for a in both:
            mates = [b for b in both if one[b] == one[a]]
            shares.append(sum(other[b] == other[a] for b in mates) / len(mates))
        return sum(shares) / len(shares)

    return mean(found, truth), mean(truth, found)


def table(con: Con, name: str, of: dict[str, int]) -> str:
    rows = {"source": ["s"] * len(of), "key": list(of), "entity": list(of.values())}
    con.register(f"{name}_rows", pa.table(rows))
    return f"SELECT * FROM {name}_rows"


@pytest.mark.parametrize("seed", range(8))
def test_pairs_counted_in_cells_are_the_pairs_counted_one_by_one(con: Con, seed: int) -> None:
    draw = random.Random(seed)
    keys = [f"k{n}" for n in range(60)]
    truth = {key: draw.randrange(18) for key in keys[:50]}
    found = {key: truth.get(key, 99) if draw.random() < 0.7 else draw.randrange(25) for key in keys[5:]}
    score = measure(con, "people", table(con, "found", found), table(con, "truth", truth))
    assert (score.precision, score.recall) == pytest.approx(brute(found, truth))
    assert (score.b_precision, score.b_recall) == pytest.approx(b_cubed(found, truth))
    assert score.f1 == pytest.approx(2 * score.precision * score.recall / (score.precision + score.recall))
    assert (score.entities, score.truth_entities) == (len(set(found.values())), len(set(truth.values())))
    assert (score.records, score.missing) == (45, 5)


def test_scores_are_those_worked_out_by_hand(con: Con) -> None:
    # True: {a b c} {d e} {f} {g}; found: {a b d} {c} {e} {f g}; h is quarantined, z is no record of the truth's.
    truth = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 3, "g": 4, "h": 4}
    found = {"a": 10, "b": 10, "d": 10, "c": 11, "e": 12, "f": 13, "g": 13, "z": 14}
    score = measure(con, "people", table(con, "found", found), table(con, "truth", truth))
    # Pairs found: ab ad bd fg; true: ab ac bc de; in both: ab.
    assert (score.precision, score.recall, score.f1) == (1 / 4, 1 / 4, 1 / 4)
    assert (score.false_pairs, score.missed_pairs) == (3, 3)
    # Of each record, the share of its mates that are right: a 2/3, b 2/3, d 1/3, c 1, e 1, f 1/2, g 1/2.
    assert score.b_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1 / 2 + 1 / 2) / 7)
    # And the share of its true mates that stand with it: a 2/3, b 2/3, c 1/3, d 1/2, e 1/2, f 1, g 1.
    assert score.b_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2 + 1 + 1) / 7)
    assert score.b_f1 == pytest.approx(2 / 3)
    # Wrongly joined: {a b d} and {f g}; wrongly parted: 1 and 2.
    assert (score.joined, score.parted) == (2, 2)
    assert (score.entities, score.truth_entities, score.records, score.missing) == (5, 4, 7, 1)
    assert score.difference == 1 / 4


def test_a_registry_that_is_right_scores_one(con: Con) -> None:
    truth = {"a": 1, "b": 1, "c": 2}
    score = measure(con, "people", table(con, "found", {"a": 7, "b": 7, "c": 9}), table(con, "truth", truth))
    assert (score.precision, score.recall, score.f1, score.difference) == (1, 1, 1, 0)
    assert (score.b_f1, score.joined, score.parted, score.false_pairs, score.missed_pairs) == (1, 0, 0, 0, 0)


def test_a_registry_of_one_big_entity_has_recall_and_no_precision(con: Con) -> None:
    truth = {f"k{n}": n // 2 for n in range(100)}
    found = dict.fromkeys(truth, 1)
    score = measure(con, "people", table(con, "found", found), table(con, "truth", truth))
    assert score.recall == 1
    assert score.precision == pytest.approx(50 / 4950)
    assert score.difference == pytest.approx(-0.98)


def test_a_score_is_told_in_both_languages(con: Con) -> None:
    truth = {"a": 1, "b": 1, "c": 2}
    score = measure(con, "people", table(con, "found", {"a": 7, "b": 8, "c": 9}), table(con, "truth", truth))
    assert "recall 0.00000" in score.told("en")
    assert "召回率 0.00000" in score.told("zh-hans")
    assert "wrongly parted 1 (1 pairs of records)" in score.told("en")
    assert "错分的实体 1（1 对记录）" in score.told("zh-hans")
