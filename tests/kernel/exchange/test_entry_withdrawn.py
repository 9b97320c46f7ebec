"""A catalogue entry that is withdrawn takes its grants with it, on every gateway within a second; the holders are told."""

import time
from datetime import timedelta

import httpx
import pytest
from calling import CALL, aside, run

import small_catalogue
from xilin.kernel.audit.models import Entry
from xilin.kernel.catalog import actions as catalog
from xilin.kernel.catalog.models import Resource
from xilin.kernel.exchange import actions, errors, queries
from xilin.kernel.exchange.gateway import Gateway
from xilin.kernel.exchange.models import Grant, Review

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entry(shared, tmp_path):
    """The granted resource, with a catalogue that can be reviewed."""
    small_catalogue.apply(tmp_path, at=shared.now + timedelta(seconds=1))
    return Resource.objects.get(code="households")


def withdraw(shared, entry):
    asked = catalog.withdraw(entry, reason="业务取消", by=shared.carl, at=shared.now)
    passed = catalog.pass_on(asked, by=shared.bob, at=shared.now)
    assert Grant.objects.get(pk=shared.grant.pk).revoked_at is None
    return catalog.publish(passed, by=shared.dora, at=shared.now)


def test_grants_end_with_their_entry_on_every_gateway_within_a_second(shared, entry):
    async def story(caller):
        other = Gateway(lambda: shared.now)
        transport = httpx.ASGITransport(app=other)
        headers = {"Authorization": f"Bearer {shared.key}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as second:
            try:
                both = [caller.client, second]
                for one in both:
                    answered = await one.post("/v1/resources/households/lookup", json=CALL, headers=headers)
                    assert answered.status_code == 200, answered.text
                await aside(withdraw, shared, entry)
                ended = time.monotonic()
                said = [
                    await one.post("/v1/resources/households/lookup", json=CALL, headers=headers)
                    for one in both
                ]
                return said, time.monotonic() - ended
            finally:
                await other.close()

    said, seconds = run(story)

    assert [one.status_code for one in said] == [403, 403]
    assert {one.json()["type"] for one in said} == {"gateway.GrantNotInForce"}
    assert seconds < 1


def test_holders_are_told_why_and_the_log_says_who_ended_them(shared, entry):
    withdraw(shared, entry)

    ((grant, reason),) = queries.ended_lately(shared.ann, shared.now + timedelta(days=1))
    assert (grant.pk, reason) == (shared.grant.pk, "目录“户籍人口基本信息”已撤销。")
    assert queries.ended_lately(shared.bob, shared.now + timedelta(days=1)) == []
    assert queries.ended_lately(shared.ann, shared.now + timedelta(days=31)) == []
    logged = Entry.objects.filter(kind="exchange.grant.revoked", seq__gte=shared.log).get()
    assert (logged.subject, logged.by, logged.detail["reason"]) == (grant.number, "dora", reason)
    assert grant.request.reviews.get(decision=Review.Decision.REVOKED).by == shared.dora


def test_a_grant_that_ended_before_or_is_of_another_entry_is_let_alone(shared, entry):
    other = shared.ask(resource=Resource.objects.get(code="entities"), items=["uscc"])
    over = Grant.objects.filter(pk=shared.grant.pk)
    over.update(valid_from=shared.now - timedelta(days=2), valid_until=shared.now - timedelta(days=1))
    asked = catalog.withdraw(entry, reason="业务取消", by=shared.carl, at=shared.now)
    catalog.publish(catalog.pass_on(asked, by=shared.bob, at=shared.now), by=shared.dora, at=shared.now)
    assert not Grant.objects.exclude(revoked_at=None).exists()
    assert Grant.objects.filter(request=other).exists()


def test_a_request_that_waits_is_not_granted_after_the_entry_is_gone(shared, entry):
    waits = shared.ask(at=shared.now)
    withdraw(shared, entry)
    with pytest.raises(errors.EntryWithdrawn):
        actions.approve(waits, by=shared.bob, at=shared.now)
