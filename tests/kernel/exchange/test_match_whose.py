"""Whom a match found is on record by what identifies them, and by nothing where nobody was found for certain."""

import pytest
from calling import entries_since
from test_gateway_match import base, match, someone  # noqa: F401 - a fixture

from xilin.kernel.audit import mentions
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.exchange.actions import disputes as acts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("shape", ["verify", None])
def test_whoever_was_found_by_a_match_sees_that_look(base, shape):  # noqa: F811
    base.grant_of()
    said = match(base, shape=shape)
    me = acts.enter_citizen(subject="anna", registry="people", entity=base.anna, at=base.now)
    entry = entries_since(base.log)[-1]

    assert said.json()["answer"]["match"] == "one"
    assert entry.detail["who"] == [keyed_hash("id_number=990101198005120011", base.now)]
    assert entry.seq in {look.number for look in acts.looks(me, at=base.now)}


def test_where_it_stays_open_who_is_meant_nobody_is_named(base):  # noqa: F811
    base.grant_of()
    someone("琪琪格", "1980-05-12", "12000000002")
    said = match(base)
    entry = entries_since(base.log)[-1]

    assert said.json()["answer"]["match"] == "several"
    assert "who" not in entry.detail
    assert not mentions.about([keyed_hash("id_number=990101198005120011", base.now)]).filter(seq=entry.seq)
