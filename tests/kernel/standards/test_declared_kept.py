"""Declarations are read once for each state they are in, and anew as soon as one of them is another."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

import small_league
from xilin.kernel.standards import queries

AT = datetime(2026, 9, 24, 2, 0, tzinfo=UTC)
AREAS = """code,name,level,source,parent,kind,name_en
990000000000,小盟,league,test,,,
990101000000,{name},county,test,990000000000,旗,
"""


@pytest.fixture
def league(tmp_path, db, settings):
    """Applies the small league with a county of a name, each time later; what is declared is kept."""
    settings.KEPT_SECONDS = 20
    queries.forget()
    times = iter(range(100))

    def apply(name):
        at = AT + timedelta(hours=next(times))
        small_league.apply(tmp_path, {"areas/areas.csv": AREAS.format(name=name)}, at=at)

    apply("东旗")
    yield apply
    queries.forget()


def test_what_is_declared_is_read_once(league, django_assert_num_queries):
    first = queries.declared("area")
    with django_assert_num_queries(1) as asked:
        again = queries.declared("area")

    assert "content" not in asked.captured_queries[0]["sql"]
    assert again == first
    assert again["990101000000"].name == "东旗"
    again.clear()
    assert queries.declared("area") == first


def test_a_change_is_seen_at_once(league):
    queries.declared("area")
    league("西旗")

    assert queries.declared("area")["990101000000"].name == "西旗"


def test_a_change_that_is_taken_back_is_seen_as_taken_back(league):
    queries.declared("area")

    def fail():
        with transaction.atomic():
            league("西旗")
            assert queries.declared("area")["990101000000"].name == "西旗"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert queries.declared("area")["990101000000"].name == "东旗"
    league("南旗")
    assert queries.declared("area")["990101000000"].name == "南旗"


def test_nothing_is_kept_where_that_is_switched_off(league, settings, django_assert_num_queries):
    settings.KEPT_SECONDS = 0
    queries.declared("area")
    with django_assert_num_queries(1) as asked:
        queries.declared("area")

    assert "content" in asked.captured_queries[0]["sql"]
