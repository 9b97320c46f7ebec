"""Every rule of verdicts: what makes it speak, what doesn't, in which words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from declared_book import declared_book
from xilin.apps.trace.verdicts.facts import Issued, Known, Notice, Past, Scan
from xilin.apps.trace.verdicts.rules import RULES, binomial_tail, diversion, judge, poisson_tail

BOOK = declared_book()
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
MEAT, SIGNED, SPIRIT, GIFT, SALT = (
    "09520001000010", "09520001000027", "09520002000019", "09520002000026", "09520004000017",
)  # fmt: skip
ISSUED = Issued(lot="L1", state="active", produced=date(2026, 5, 1), region="capital")
LOOK = Scan(gtin=MEAT, serial="S1", at=NOON, client=1, network=1, place="11", precise=True)
KNOWN = Known(issued=ISSUED, first=True)


def spoken(scan=LOOK, known=KNOWN, **changes):
    judgement = judge(replace(scan, **changes), known, BOOK)
    return judgement, {one.rule for one in judgement.findings}


def past(minutes, client, place="11", precise=True):
    return Past(NOON - timedelta(minutes=minutes), client, client, place, precise, "look")


def test_every_declared_rule_is_there_and_every_rule_is_declared():
    assert set(RULES) | {"diversion"} == set(BOOK.rules)


def test_an_item_with_nothing_against_it_is_genuine():
    judgement, rules = spoken()

    assert (judgement.level, rules) == ("genuine", set())
    assert judgement.certainty < 0.01


@pytest.mark.parametrize(
    ("known", "changes", "rule", "level"),
    [
        (Known(issued=None), {}, "unknown_serial", "fake"),
        (Known(issued=None), {"typo": True}, "mistyped", "unknown"),
        (KNOWN, {"lot": "L2"}, "unknown_batch", "fake"),
        (KNOWN, {"expiry": date(2027, 5, 2)}, "mismatch", "fake"),
        (KNOWN, {"proof": "bad"}, "bad_proof", "fake"),
        (KNOWN, {"gtin": SIGNED}, "no_proof", "caution"),
        (replace(KNOWN, counter_before=7, counter_client=2), {"counter": 7}, "replay", "fake"),
        (replace(KNOWN, counter_before=7, counter_client=2), {"counter": 3}, "replay", "fake"),
        (KNOWN, {"fresh": False}, "replay", "fake"),
        (replace(KNOWN, counter_before=7, counter_client=1, counter_at=NOON - timedelta(days=1)), {"counter": 7}, "tap_again", "caution"),
        (replace(KNOWN, issued=replace(ISSUED, state="void")), {}, "void", "fake"),
        (replace(KNOWN, issued=replace(ISSUED, state="recalled")), {}, "recalled", "caution"),
        (replace(KNOWN, notices=(Notice("recalled", NOON, "C1"),)), {}, "recalled", "caution"),
        (replace(KNOWN, notices=(Notice("stolen", NOON, "C1"),)), {}, "stolen", "fake"),
        (replace(KNOWN, notices=(Notice("quota", NOON, detail={"have": "3"}),)), {}, "quota", "caution"),
        (replace(KNOWN, issued=replace(ISSUED, produced=date(2025, 5, 1))), {}, "expired", "caution"),
        (replace(KNOWN, issued=replace(ISSUED, state="issued")), {}, "before_active", "caution"),
        (replace(KNOWN, issued=replace(ISSUED, shipped_at=NOON - timedelta(days=2))), {}, "in_transit", "caution"),
        (replace(KNOWN, issued=replace(ISSUED, opened_at=NOON - timedelta(days=9), opened_client=2, opened_place="11")), {"act": "open"}, "second_open", "caution"),
        (replace(KNOWN, issued=replace(ISSUED, state="returned")), {}, "after_end", "caution"),
        (Known(issued=None, asked=9), {}, "enumeration", "fake"),
    ],
)  # fmt: skip
def test_a_hard_rule_decides(known, changes, rule, level):
    judgement, rules = spoken(known=known, **changes)

    assert rule in rules
    assert judgement.level == level


@pytest.mark.parametrize(
    ("known", "changes", "rule"),
    [
        (KNOWN, {"lot": "L1"}, "unknown_batch"),
        (KNOWN, {"expiry": date(2027, 5, 1)}, "mismatch"),
        (KNOWN, {"gtin": SIGNED, "proof": "good"}, "no_proof"),
        (replace(KNOWN, counter_before=7, counter_client=2), {"counter": 8}, "replay"),
        (replace(KNOWN, counter_before=7, counter_client=1, counter_at=NOON - timedelta(seconds=30)), {"counter": 7}, "tap_again"),
        (replace(KNOWN, issued=replace(ISSUED, shipped_at=NOON - timedelta(days=2), received_at=NOON)), {}, "in_transit"),
        (replace(KNOWN, issued=replace(ISSUED, shipped_at=NOON - timedelta(days=20))), {}, "in_transit"),
        (replace(KNOWN, issued=replace(ISSUED, opened_at=NOON - timedelta(days=9), opened_client=1, opened_place="11")), {"act": "open"}, "second_open"),
        (replace(KNOWN, issued=replace(ISSUED, opened_at=NOON - timedelta(hours=9), opened_client=2, opened_place="11")), {"act": "open"}, "second_open"),
        (replace(KNOWN, issued=replace(ISSUED, state="issued")), {"act": "inspect"}, "before_active"),
        (KNOWN, {"place": "1101"}, "region"),
        (KNOWN, {"place": "31", "precise": False}, "region"),
        (replace(KNOWN, issued=replace(ISSUED, region="")), {"place": "31"}, "region"),
        (Known(issued=None, asked=3), {}, "enumeration"),
    ],
)  # fmt: skip
def test_a_rule_is_silent_where_all_is_well(known, changes, rule):
    _, rules = spoken(known=known, **changes)

    assert rule not in rules


def test_two_far_pairs_of_looks_are_hard_and_one_is_soft():
    one = replace(KNOWN, first=False, looks=(past(20, 2, "44"),))
    two = replace(KNOWN, first=False, looks=(past(60, 3, "44"), past(50, 4, "11"), past(20, 2, "44")))

    assert spoken(known=one)[1] >= {"velocity"}
    assert "impossible" not in spoken(known=one)[1]
    judgement, rules = spoken(known=two)
    assert "impossible" in rules
    assert judgement.level == "caution"


def test_one_telephone_that_flies_makes_no_pair():
    flown = replace(
        KNOWN,
        first=False,
        looks=tuple(past(minutes, 1, place) for minutes, place in ((60, "44"), (50, "11"), (20, "44"))),
    )

    judgement, rules = spoken(known=flown)

    assert "impossible" not in rules
    assert judgement.level == "genuine"


def test_places_that_are_only_guessed_are_not_compared():
    vague = replace(
        KNOWN, first=False, looks=(past(20, 2, "44", precise=False), past(10, 3, "", precise=True))
    )

    assert not spoken(known=vague)[1] & {"velocity", "impossible", "spread"}


def test_many_telephones_in_many_places_add_up_to_a_warning():
    looks = tuple(
        past(60 * n, 10 + n, place) for n, place in enumerate(("11", "31", "44", "51", "21", "61"), 1)
    )
    judgement, rules = spoken(
        known=replace(KNOWN, first=False, first_at=NOON - timedelta(days=1), looks=looks)
    )

    assert rules >= {"many_devices", "spread", "first_taken", "burst"}
    assert judgement.certainty > 0.9
    assert judgement.level == "caution"


def test_a_gift_in_a_second_place_is_no_warning():
    gift = replace(
        KNOWN,
        first=False,
        first_at=NOON - timedelta(days=9),
        first_client=7,
        looks=(past(60 * 24 * 9, 7, "31"),),
    )

    assert spoken(known=gift)[0].level == "genuine"


def test_salt_is_suspected_sooner_than_a_gift():
    looks = tuple(past(60 * 24 * n, 10 + n) for n in range(1, 6))
    known = replace(KNOWN, first=False, looks=looks, issued=replace(ISSUED, region=""))

    assert "many_devices" in spoken(known=known, gtin=SALT)[1]
    assert "many_devices" not in spoken(known=known, gtin=GIFT)[1]


def test_a_leap_of_the_chips_counter_is_suspicious():
    assert (
        "counter_jump"
        in spoken(known=replace(KNOWN, counter_before=3), counter=60, gtin=SPIRIT, proof="good")[1]
    )
    assert (
        "counter_jump"
        not in spoken(known=replace(KNOWN, counter_before=3), counter=9, gtin=SPIRIT, proof="good")[1]
    )


def test_a_bottle_seen_far_away_after_it_was_opened_is_suspicious():
    opened = replace(
        ISSUED, state="opened", opened_at=NOON - timedelta(days=30), opened_client=5, opened_place="31"
    )

    assert "opened_elsewhere" in spoken(known=replace(KNOWN, issued=opened))[1]
    assert (
        "opened_elsewhere" not in spoken(known=replace(KNOWN, issued=replace(opened, opened_place="11")))[1]
    )


def test_a_product_nobody_declared_is_unknown():
    judgement, _ = spoken(known=Known(issued=None), gtin="09520009000015")

    assert judgement.level == "unknown"
    assert judgement.findings == ()


def test_each_finding_has_words_for_everybody_and_numbers_for_experts():
    judgement, _ = spoken(known=replace(KNOWN, issued=replace(ISSUED, shipped_at=NOON - timedelta(days=2))))

    (finding,) = judgement.findings
    assert "运往" in finding.said.zh
    assert "records" in finding.said.en
    assert "2026-05-30" in finding.told.en
    assert "{" not in finding.told.zh


def test_a_consignment_that_mostly_appears_elsewhere_is_diverted():
    found = diversion("capital", "31", 30, 20, BOOK)

    assert found is not None
    assert "20" in found.told.en
    assert diversion("capital", "31", 30, 3, BOOK) is None
    assert diversion("capital", "31", 400, 14, BOOK) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.001, 0.9))
def test_the_binomial_tail_is_the_sum_of_its_terms(least, of, likely):
    from math import comb

    expected = sum(comb(of, k) * likely**k * (1 - likely) ** (of - k) for k in range(least, of + 1))

    assert binomial_tail(least, of, likely) == pytest.approx(min(1.0, expected), rel=1e-6, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.floats(0.001, 30))
def test_the_poisson_tail_is_one_minus_what_is_below(least, mean):
    from math import exp, factorial

    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(least))

    assert poisson_tail(least, mean) == pytest.approx(1 - below, rel=1e-3, abs=1e-9)
