"""Codes for the packs of a season are real ones, and others each time some are asked for."""

from datetime import UTC, datetime

import pytest

import trace_league
from xilin.apps.trace.models import Code
from xilin.apps.trace.verdicts.queries import book
from xilin.demo.chain.looks import Issuer

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_more_packs_of_a_lot_have_other_numbers_and_equal_seasons_equal_orders(tmp_path):
    trace_league.apply(tmp_path)
    issuer = Issuer(book(AT), AT, seed=4)

    first, more = issuer("09520001000010", "L1", 5), issuer("09520001000010", "L1", 5)

    assert len({*first, *more}) == 10
    assert Code.objects.filter(batch__lot="L1").count() == 10
    again = Issuer(book(AT), AT, seed=4)
    assert again("09520001000010", "L1", 5) == first
