"""A decision never gives more than was asked, whatever was asked and whatever is given."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import small_league
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, errors, filters, queries
from xilin.kernel.exchange.models import Grant, Shape
from xilin.lib.errors import Refusal

pytestmark = pytest.mark.django_db
COLUMNS = ["id_number", "person_name", "address"]
KINDS = dict.fromkeys(COLUMNS, "string")
VALUES = st.text("甲乙", min_size=1, max_size=3)


def conditions():
    one = st.one_of(
        st.builds(lambda value, op: ("address", op, value), VALUES, st.sampled_from(["eq", "prefix"])),
        st.builds(lambda values: ("address", "in", values), st.lists(VALUES, min_size=1, max_size=3)),
    )
    return st.lists(one.map(lambda told: dict(zip(("column", "op", "value"), told, strict=True))), max_size=2)


ITEMS = st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True)
SHAPES = st.sampled_from(Shape.values)
WAYS = st.sampled_from(["call", "file", "feed"])
ASKED = st.fixed_dictionaries(
    {
        "items": ITEMS,
        "shape": SHAPES,
        "delivery": WAYS,
        "row_filter": conditions(),
        "listing": st.booleans(),
        "quota_per_day": st.integers(1, 50),
        "valid_until": st.integers(1, 100).map(lambda n: date(2026, 10, 1) + timedelta(days=n)),
    }
)
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "items": ITEMS,
        "shape": SHAPES,
        "delivery": WAYS,
        "row_filter": conditions(),
        "listing": st.booleans(),
        "match": st.booleans(),
        "masks": st.dictionaries(
            st.sampled_from(COLUMNS), st.sampled_from(["id_front", "hidden", "none"]), max_size=2
        ),
        "quota_per_day": st.integers(0, 60),
        "hours": st.tuples(st.integers(0, 24), st.integers(0, 24)),
        "least": st.integers(0, 30),
        "valid_until": st.integers(1, 110).map(lambda n: date(2026, 10, 1) + timedelta(days=n)),
    },
)
ROWS = [
    {"address": value} for value in (None, "甲", "乙", "甲甲", "甲乙", "乙甲", "乙乙", "甲乙甲", "乙甲乙")
]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asked=ASKED, given=GIVEN)
def test_no_decision_gives_more_than_was_asked(hub, asked, given):
    usual = {"address": "hidden", "id_number": "id_front", "person_name": ""}
    try:
        request = hub.ask(**asked)
    except Refusal:
        return
    try:
        grant = actions.approve(request, by=hub.bob, at=hub.now, **given)
    except Refusal:
        assert not Grant.objects.filter(request=request).exists()
        return

    assert {item.column for item in grant.items.all()} <= set(asked["items"])
    assert Shape(grant.shape).strength <= Shape(asked["shape"]).strength
    assert grant.delivery in ("call", request.delivery)
    assert grant.listing <= asked["listing"]
    assert not grant.match
    assert grant.quota_per_day <= asked["quota_per_day"]
    assert grant.valid_until.date() <= asked["valid_until"] + timedelta(days=1)
    assert 0 <= grant.hour_from < grant.hour_to <= 24
    assert grant.least >= 10
    if grant.shape != "full":
        assert all(item.mask or not usual[item.column] for item in grant.items.all())
    for row in ROWS:
        if filters.fits(row, grant.row_filter, KINDS):
            assert filters.fits(row, request.row_filter, KINDS)


@pytest.mark.parametrize(
    "more",
    [
        {"delivery": "file"},
        {"listing": True},
        {"row_filter": []},
        {"row_filter": [{"column": "address", "op": "prefix", "value": "甲"}]},
        {"shape": "full"},
    ],
)
def test_each_way_of_giving_more_is_refused_by_name(hub, more):
    request = hub.ask(row_filter=[{"column": "address", "op": "prefix", "value": "甲乙"}])

    with pytest.raises(errors.MoreThanAsked):
        actions.approve(request, by=hub.bob, at=hub.now, **more)


def test_rows_may_be_narrowed_and_calls_given_for_a_file(hub):
    narrow = [{"column": "address", "op": "eq", "value": "甲乙丙"}]
    request = hub.ask(
        shape="masked", delivery="file", row_filter=[{"column": "address", "op": "prefix", "value": "甲乙"}]
    )

    grant = actions.approve(
        request, by=hub.bob, at=hub.now, delivery="call", row_filter=narrow, signed=True, least=20
    )

    assert (grant.delivery, grant.row_filter, grant.signed, grant.least) == ("call", narrow, True, 20)


def test_files_have_fields_and_no_lists(hub):
    for wrong in (
        {"shape": "verify", "delivery": "file"},
        {"shape": "masked", "delivery": "feed", "listing": True},
        {"shape": "status", "listing": True},
        {"delivery": "letter"},
        {"use": "often"},
    ):
        with pytest.raises(errors.UnknownWay):
            hub.ask(**wrong)


def test_the_law_does_not_answer_where_rows_are_chosen_by_what_it_does_not_share_at_once(hub, tmp_path):
    mixed = small_league.ENTITIES.replace(
        'element = "organisation_name"', 'element = "organisation_name"\nshare_type = "conditional"'
    )
    small_league.apply(tmp_path, entities=mixed)
    told = [{"column": "organisation_name", "op": "prefix", "value": "甲"}]
    entities = catalog.resource("entities")

    assert hub.ask(resource=entities, items=["uscc"]).state == "approved"
    assert hub.ask(resource=entities, items=["uscc"], row_filter=told).state == "pending"


@pytest.mark.parametrize(
    ("purpose", "use", "records", "shape", "way"),
    [
        ("identity", "case", 0, "verify", "call"),
        ("identity", "kept", 0, "verify", "call"),
        ("assistance", "case", 0, "masked", "call"),
        ("assistance", "once", 800, "masked", "call"),
        ("assistance", "once", 80_000, "masked", "file"),
        ("assistance", "once", 0, "masked", "file"),
        ("assistance", "kept", 0, "masked", "feed"),
    ],
)
def test_the_weakest_of_the_six_shapes_is_proposed_and_taken(hub, purpose, use, records, shape, way):
    request = hub.ask(purpose=purpose, use=use, records=records)

    assert (request.shape, request.delivery) == (shape, way)
    assert (request.proposed_shape, request.proposed_delivery) == (shape, way)


def test_a_grant_is_told_in_words_of_both_languages(hub):
    request = hub.ask(
        row_filter=[{"column": "address", "op": "prefix", "value": "甲"}], listing=True, shape="masked"
    )
    grant = actions.approve(request, by=hub.bob, at=hub.now, hours=(8, 18), listing=True, signed=True)

    told = queries.grant_in_words(grant)

    for words in (
        "核对系统",
        "救助核对",
        "公民身份号码（前六位）",
        "住址以“甲”开头",
        "8时至18时",
        "不少于10行",
        "调用须签名",
        "2027-04-01",
    ):
        assert words in told.zh
    for words in (
        "Police",
        "Household registration",
        "Name",
        "Address begins with “甲”",
        "from 8 to 18",
        "at least 10",
        "signed",
    ):
        assert words in told.en


def test_the_log_keeps_conditions_without_values_of_personal_items(hub):
    from xilin.kernel.audit import queries as audit

    hub.ask(row_filter=[{"column": "address", "op": "prefix", "value": "秘密住址"}])

    entry = audit.entries(kind="exchange.request.made")[0]
    assert entry.detail["row_filter"] == [{"column": "address", "op": "prefix"}]
    assert "秘密" not in entry.text
