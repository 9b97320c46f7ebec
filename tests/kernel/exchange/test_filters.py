"""Conditions on rows: what may be written, how it is kept, and which of two is the narrower."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import errors, filters, scope

KINDS = {"area": "string", "amount": "integer", "rate": "decimal", "born": "date"}


def condition(column, op, value):
    return {"column": column, "op": op, "value": value}


@pytest.mark.django_db
def test_conditions_are_kept_in_one_form_each_once(hub):
    resource = catalog.resource("households")
    asked = [
        condition("address", "in", ["乙", "甲", "乙"]),
        condition("address", "in", ["甲", "乙"]),
    ]

    kept = scope.check_filter(resource, asked)

    assert kept == [condition("address", "in", ["乙", "甲"])]
    assert scope.check_filter(resource, kept) == kept
    assert scope.check_filter(resource, []) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        "address = 1",
        {"column": "address"},
        [["address", "eq", "x"]],
        [condition("address", "eq", "x") | {"sql": "1=1"}],
        [condition("address", "like", "x%")],
        [condition("address", "ge", "x")],
        [condition("address", "eq", "")],
        [condition("address", "eq", 7)],
        [condition("address", "eq", "a\x00b")],
        [condition("address", "eq", "x" * 201)],
        [condition("address", "in", [])],
        [condition("address", "in", "x")],
        [condition("address", "in", [str(n) for n in range(201)])],
        [condition("address", "prefix", ["x"])],
        [condition("address", "eq", str(n)) for n in range(11)],
    ],
)
def test_what_is_no_condition_is_refused_with_what_would_be(hub, wrong):
    with pytest.raises(errors.FilterWrong) as refused:
        scope.check_filter(catalog.resource("households"), wrong)

    assert refused.value.advice


@pytest.mark.django_db
def test_a_condition_on_what_is_no_item_or_not_shared_is_refused(hub):
    with pytest.raises(errors.UnknownItems):
        scope.check_filter(catalog.resource("households"), [condition('address" OR 1=1', "eq", "x")])
    with pytest.raises(errors.NotShareable):
        scope.check_filter(catalog.resource("corrections"), [condition("verdict", "eq", "x")])


def test_a_narrower_condition_is_told_from_a_wider_one():
    wide = [condition("area", "prefix", "1525")]

    assert filters.narrower([condition("area", "prefix", "152502")], wide, KINDS)
    assert filters.narrower([condition("area", "in", ["152502000000", "152501000000"])], wide, KINDS)
    assert filters.narrower([*wide, condition("amount", "ge", 5)], wide, KINDS)
    assert not filters.narrower([condition("area", "in", ["152502000000", "990000000000"])], wide, KINDS)
    assert not filters.narrower([condition("area", "prefix", "15")], wide, KINDS)
    assert not filters.narrower([], wide, KINDS)
    assert filters.narrower([condition("born", "ge", "2000-01-01")], [], KINDS)
    assert not filters.narrower(
        [condition("born", "ge", "1999-12-31")], [condition("born", "ge", "2000-01-01")], KINDS
    )


TEXTS = st.text("12", min_size=1, max_size=3)
NUMBERS = st.integers(-3, 3)
DATES = st.dates().map(lambda day: f"20{day.year % 3:02}-01-0{day.day % 3 + 1}")


def conditions(column, values, ops):
    return st.sampled_from(ops).flatmap(
        lambda op: st.builds(
            condition,
            st.just(column),
            st.just(op),
            st.lists(values, min_size=1, max_size=3) if op == "in" else values,
        )
    )


ANY = st.one_of(
    conditions("area", TEXTS, ("eq", "in", "prefix")),
    conditions("amount", NUMBERS, ("eq", "in", "ge", "le")),
    conditions("born", DATES, ("eq", "in", "ge", "le")),
)
FILTERS = st.lists(ANY, max_size=3)
ROWS = st.fixed_dictionaries(
    {"area": st.none() | TEXTS, "amount": st.none() | NUMBERS, "born": st.none() | DATES}
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=FILTERS, more=FILTERS, rows=st.lists(ROWS, min_size=5, max_size=20))
def test_no_row_of_a_narrower_filter_is_outside_the_wider(asked, more, rows):
    for chosen in (more, [*asked, *more]):
        if filters.narrower(chosen, asked, KINDS):
            assert all(filters.fits(row, asked, KINDS) for row in rows if filters.fits(row, chosen, KINDS))
    assert filters.narrower([*asked, *more], asked, KINDS)
