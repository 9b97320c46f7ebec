"""Frauds among honest looks, on seeds that nothing was tuned on: most are found, hardly anybody is alarmed in vain."""

import pytest

from declared_book import BEGIN, declared_book
from xilin.demo.chain.scans import FRAUDS, generate
from xilin.demo.chain.trial import run

BOOK = declared_book()


@pytest.fixture(scope="module")
def trials():
    return [run(generate(seed, BOOK, items=9_000, frauds=16, begin=BEGIN), BOOK) for seed in (31, 32, 33)]


def test_frauds_are_found_and_honest_items_left_alone(trials):
    found = sum(seen for trial in trials for seen, _ in trial.found().values())
    there = sum(count for trial in trials for _, count in trial.found().values())
    in_vain = sum(len(trial.in_vain()) for trial in trials)
    genuine = sum(trial.world.items for trial in trials)

    assert {fraud for trial in trials for fraud in trial.found()} == set(FRAUDS)
    assert found / there >= 0.95
    assert in_vain / genuine <= 0.001


def test_no_kind_of_fraud_is_found_by_luck_alone(trials):
    for fraud in FRAUDS:
        seen = sum(trial.found()[fraud][0] for trial in trials)
        there = sum(trial.found()[fraud][1] for trial in trials)
        assert seen / there >= 0.75, fraud


def test_certainty_says_how_often_the_rules_are_right(trials):
    pairs = []
    for trial in trials:
        for scan, judgement in trial.judged:
            if scan.typo or any(one.hard and one.alert for one in judgement.findings):
                continue
            since = trial.world.copied_from.get(f"{scan.gtin}/{scan.serial}")
            pairs.append((judgement.certainty, since is not None and scan.at >= since))
    for low, high, slack in ((0, 0.01, 0.01), (0.01, 0.1, 0.05), (0.9, 1.01, 0.1)):
        band = [pair for pair in pairs if low <= pair[0] < high]
        said = sum(certainty for certainty, _ in band) / len(band)
        right = sum(doubled for _, doubled in band) / len(band)
        assert abs(said - right) < slack, (low, said, right)


def test_a_world_can_be_made_again_from_its_seed():
    one, other = (generate(5, BOOK, items=1_000, frauds=2, begin=BEGIN) for _ in range(2))

    assert one.scans == other.scans
    assert one.truth == other.truth
    assert generate(6, BOOK, items=1_000, frauds=2, begin=BEGIN).scans != one.scans


def test_rules_without_soft_evidence_would_miss_copies(trials):
    world = trials[0].world
    hard_only = run(world, without_soft(BOOK))

    assert hard_only.found()["copied"][0] < trials[0].found()["copied"][0]


def without_soft(book):
    from msgspec.structs import replace

    return replace(book, rules={code: rule for code, rule in book.rules.items() if rule.kind == "hard"})
