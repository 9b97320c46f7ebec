"""Six dimensions from counts: each a share, weighed into one figure."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as with_
from quality_plan import Batch, outcome

from xilin.kernel.quality import actions, queries, scoring
from xilin.kernel.quality.models import CheckResult, ResourceScore
from xilin.kernel.quality.rules import checks_for, set_checks
from xilin.kernel.quality.scoring import DIMENSIONS, Delivery, Part
from xilin.lib.text import Text

ON = date(2026, 9, 24)


def scored(hub, *, batches=(1,), across=(10, 1), delivered=timedelta(hours=5), newest=None, **delivery):
    (check,) = set_checks(checks_for(hub.plan, ON))
    usual = {"last_succeeded": True, "batches": 4, "succeeded": 3} | delivery
    at = None if delivered is None else hub.now - delivered
    return actions.score(
        hub.plan.resource,
        {check: across},
        batches=list(batches),
        deliveries=[Delivery("gaj_hukou", at, **usual)],
        at=hub.now,
        newest_row=newest,
    )


def test_each_dimension_is_the_share_of_what_was_checked(hub):
    actions.keep(Batch(1), hub.plan, outcome(), [])
    scored(hub)

    score = queries.score_of("households")
    assert score.dimensions == {
        # length of 4 items, code list, type and range of 2, pattern: 11 × 100, broken 3 + 0 + 1 + 2 + 1
        "conformity": Part(1000, 993),
        # required of 2, filling of 7: 900, broken 6 and 6 unfilled
        "completeness": Part(900, 888),
        # check digit and future 200, no record twice 100, one id 10: broken 4, 2, 1
        "accuracy": Part(310, 303),
        "consistency": Part(100, 95),
        "timeliness": Part(1, 1),
        # the last one, and three of four
        "accessibility": Part(5, 4),
    }
    shares = {name: part.share for name, part in score.dimensions.items()}
    assert score.overall == pytest.approx(
        0.2 * shares["conformity"] + 0.2 * shares["completeness"] + 0.25 * shares["accuracy"]
        + 0.2 * shares["consistency"] + 0.1 * shares["timeliness"] + 0.05 * shares["accessibility"]
    )  # fmt: skip


def test_an_item_that_may_rightly_be_empty_is_not_incomplete(hub):
    resource = with_(hub.plan.resource, item=tuple(with_(i, optional=True) for i in hub.plan.resource.item))
    actions.keep(Batch(1), replace(hub.plan, resource=resource), outcome(), [])
    scored(hub)

    assert queries.score_of("households").dimensions["completeness"] == Part(200, 194), (
        "what is required stays"
    )


def test_a_check_of_delivery_is_named_after_the_source():
    called = Text(zh="户籍系统", en="Household register")
    found = scoring.accessibility([Delivery("gaj_hukou", None, False, 1, 0, called)])

    assert [one.name.zh.partition("：")[0] for one in found] == ["户籍系统", "户籍系统"]
    assert found[0].name.en.startswith("Household register:")


def test_several_batches_in_force_are_scored_together_and_others_not_at_all(hub):
    for pk in (1, 2, 3):
        actions.keep(Batch(pk), hub.plan, outcome(), [])
    scored(hub, batches=(2, 3))

    assert queries.score_of("households").dimensions["consistency"] == Part(200, 190)
    birth = next(one for one in queries.results("households") if one.code == "id_birth_agrees")
    assert (birth.checked, birth.broken, birth.share) == (200, 10, 0.95)


def test_results_say_the_worst_first_in_words_with_their_source(hub):
    actions.keep(Batch(1), hub.plan, outcome(), [])
    scored(hub, across=(10, 9))
    results = queries.results("households")

    assert results[0].code == "one_id"
    assert results[0].name.zh == "号码唯一"
    birth = next(one for one in results if one.code == "id_birth_agrees")
    assert (birth.source, birth.dimension, birth.severity) == ("GB 11643-1999", "consistency", "warn")
    assert next(one for one in results if one.code == "sex.code_list").severity == "block"
    shares = [one.broken / one.checked for one in results if one.checked]
    assert shares == sorted(shares, reverse=True)


def test_scoring_again_replaces_results_across_rows_and_keeps_the_old_score(hub):
    scored(hub, batches=(), across=(10, 9))
    scored(hub, batches=(), across=(10, 0))

    assert ResourceScore.objects.count() == 2
    assert CheckResult.objects.get(code="one_id").broken == 0
    assert queries.scores()["households"].dimensions["accuracy"] == Part(10, 10)


@pytest.mark.parametrize(
    ("delivered", "newest", "part"),
    [
        (timedelta(hours=47), None, Part(1, 1)),
        (timedelta(hours=49), None, Part(1, 0)),
        (None, None, Part(1, 0)),
        (timedelta(hours=1), ON - timedelta(days=2), Part(2, 2)),
        (timedelta(hours=1), ON - timedelta(days=3), Part(2, 1)),
    ],
)
def test_timeliness_looks_at_the_newest_batch_and_the_newest_record(hub, delivered, newest, part):
    score = scored(hub, batches=(), delivered=delivered, newest=newest)

    assert score.dimensions["timeliness"] == [part.passed, part.checked]


def test_a_source_that_cannot_be_reached_costs_accessibility(hub):
    score = scored(hub, batches=(), last_succeeded=False, succeeded=2)

    assert score.dimensions["accessibility"] == [2, 5]


def test_an_increment_read_again_is_no_fault_of_the_department(hub):
    from quality_plan import a_plan

    actions.keep(Batch(1), a_plan(mode="incremental", cursor="x"), outcome(), [])

    assert not CheckResult.objects.filter(kind="duplicate").exists()


def test_what_was_never_checked_has_no_share_and_no_weight(hub):
    assert queries.scores() == {}
    assert queries.score_of("households") is None
    assert scoring.overall(scoring.parts([])) is None
    assert scoring.overall(scoring.parts([("accuracy", 10, 5)])) == 0.5


@given(
    st.lists(st.tuples(st.sampled_from(DIMENSIONS), st.integers(0, 1000), st.integers(0, 1000)), max_size=30)
)
def test_a_score_lies_between_its_worst_and_its_best_dimension(counts):
    counts = [(name, max(one, other), min(one, other)) for name, one, other in counts]
    parts = scoring.parts(counts)
    shares = [part.share for part in parts.values() if part.share is not None]
    overall = scoring.overall(parts)

    assert sum(part.checked for part in parts.values()) == sum(checked for _, checked, _ in counts)
    if shares:
        assert min(shares) - 1e-9 <= overall <= max(shares) + 1e-9
    else:
        assert overall is None


def test_the_weights_are_one_together():
    assert sum(scoring.WEIGHTS.values()) == pytest.approx(1)
    assert set(scoring.WEIGHTS) == set(DIMENSIONS)


def test_values_that_users_disputed_count_into_accuracy_for_a_year(hub):
    civil = hub.people.other.department

    def answered(outcome, at):
        doubt = actions.Doubt(hub.police, "households", "households.person_name", "person_name")
        asked = actions.ask_correction(doubt, by=None, asked_for=civil, at=at)
        actions.resolve(asked, by=hub.people.owner, at=at, outcome=outcome)

    actions.keep(Batch(1), hub.plan, outcome(), [])
    scored(hub)
    before = queries.score_of("households").dimensions["accuracy"]
    answered("corrected", hub.now)
    answered("confirmed", hub.now)
    answered("refused", hub.now)
    answered("corrected", hub.now - timedelta(days=366))
    asked = actions.Doubt(hub.police, "households", "households.address", "address")
    actions.ask_correction(asked, by=None, asked_for=civil, at=hub.now)
    scored(hub)

    after = queries.score_of("households").dimensions["accuracy"]
    assert (after.checked - before.checked, after.passed - before.passed) == (2, 1)
    told = next(one for one in queries.results("households") if one.code == "record.undisputed")
    assert (told.checked, told.broken, told.dimension) == (2, 1, "accuracy")
