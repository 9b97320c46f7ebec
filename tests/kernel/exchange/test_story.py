"""One request from beginning to end, and what several people at once may not break."""

import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, connections, transaction

from xilin.kernel.casework import queries as casework
from xilin.kernel.casework.models import Card
from xilin.kernel.exchange import actions, queries
from xilin.kernel.exchange.errors import NotPending
from xilin.kernel.exchange.models import Grant, Request


@pytest.mark.django_db
def test_from_request_to_revocation_with_clock_case_and_reviews(hub):
    request = hub.ask()
    (waiting,) = casework.standings(hub.now, department=request.provider)
    assert (waiting.case, waiting.card) == (request.case, Card.NONE)
    (red,) = casework.cards(hub.now + timedelta(days=30))
    assert red.card == Card.RED

    decided = hub.now + timedelta(days=5)
    grant = actions.approve(request, by=hub.bob, at=decided, reason="同意")

    assert casework.cards(hub.now + timedelta(days=30)) == []
    assert list(queries.inbox(hub.bob)) == []
    assert list(queries.grants_for(hub.ann)) == [grant]
    (score,) = casework.scores(hub.now, hub.now + timedelta(days=30))
    assert (score.department.code, score.points) == ("police", 100.0)

    ended = decided + timedelta(days=1)
    actions.revoke(grant, by=hub.bob, at=ended, reason="超范围使用")

    grant.refresh_from_db()
    assert grant.in_force(ended - timedelta(seconds=1)) is False
    assert [review.decision for review in request.reviews.all()] == ["approved", "revoked"]


def listening():
    """A connection of a gateway's kind that waits for notices."""
    database = connection.settings_dict
    gateway = psycopg.connect(
        dbname=database["NAME"],
        user=database["USER"] or None,
        password=database["PASSWORD"] or None,
        port=database["PORT"] or None,
        autocommit=True,
        **({"host": database["HOST"]} if database["HOST"] else {}),
        **{key: value for key, value in database["OPTIONS"].items() if key == "host"},
    )
    gateway.execute("LISTEN xilin_grants")
    return gateway


def heard(gateway, seconds=1.0):
    return [notice.payload for notice in gateway.notifies(timeout=seconds, stop_after=1)]


@pytest.mark.django_db(transaction=True)
def test_gateways_hear_of_a_grant_and_its_end_within_a_second_and_of_nothing_that_was_rolled_back(hub):
    request = hub.ask()
    with listening() as gateway:

        def approve_and_fail():
            with transaction.atomic():
                actions.approve(request, by=hub.bob, at=hub.now)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            approve_and_fail()
        assert heard(gateway, 0.2) == []
        assert Request.objects.get().state == "pending"

        grant = actions.approve(request, by=hub.bob, at=hub.now)
        assert heard(gateway) == [grant.number]

        actions.revoke(grant, by=hub.bob, at=hub.now, reason="x")
        assert heard(gateway) == [grant.number]

        actions.issue_key(hub.client, by=hub.ann, at=hub.now)
        assert heard(gateway) == ["means_check"]


@pytest.mark.django_db(transaction=True)
def test_of_several_decisions_at_once_one_holds(hub):
    request = hub.ask()
    start, outcomes = threading.Barrier(4), []

    def decide(number):
        start.wait()
        try:
            if number % 2:
                actions.approve(request, by=hub.bob, at=hub.now)
            else:
                actions.refuse(request, by=hub.bob, at=hub.now, reason="不同意", legal_basis="某法")
            outcomes.append("decided")
        except NotPending:
            outcomes.append("too late")
        finally:
            connections.close_all()

    people = [threading.Thread(target=decide, args=(number,)) for number in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join(timeout=30)

    assert sorted(outcomes) == ["decided", "too late", "too late", "too late"]
    request.refresh_from_db()
    assert request.reviews.count() == 1
    assert Grant.objects.count() == (request.state == "approved")
