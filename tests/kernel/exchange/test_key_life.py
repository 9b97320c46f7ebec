"""A signing key ends on its day; the next one is entered before, so that no call is ever refused in between."""

import json
from datetime import timedelta

import pytest
import signing
from calling import CALL, run
from django.utils import timezone

from xilin.kernel.exchange import actions, errors, queries

pytestmark = pytest.mark.django_db(transaction=True)


def enter(shared, on, at=None):
    signer = signing.Signer()
    row = actions.register_signing_key(
        shared.client,
        algorithm="ed25519",
        public=signer.public,
        by=shared.ann,
        at=at or shared.now,
        expires_on=on,
    )
    signer.keyid = row.keyid
    return signer, row


def asks(signer, at, nonce):
    """What the gateway says to a call that is signed at a moment."""

    async def story(caller):
        body = json.dumps(CALL).encode()
        request = signer.sign(signing.request(body, "/v1/resources/households/lookup"), at, nonce=nonce)
        answered = await caller.client.send(request)
        return answered.status_code, answered.json().get("type")

    return run(story, lambda: at)


def test_a_key_is_refused_from_the_day_after_its_last(shared):
    last = timezone.localdate(shared.now) + timedelta(days=3)
    signer, row = enter(shared, last)
    end = row.expires_at

    assert timezone.localtime(end).date() == last + timedelta(days=1)
    assert asks(signer, end - timedelta(seconds=1), "a") == (200, None)
    assert asks(signer, end, "b") == (401, "gateway.KeyEnded")


def test_keys_are_rotated_without_a_gap(shared):
    last = timezone.localdate(shared.now) + timedelta(days=3)
    old, row = enter(shared, last)
    new, _ = enter(shared, last + timedelta(days=300), at=shared.now + timedelta(days=1))

    moments = [row.expires_at + timedelta(seconds=n) for n in (-90000, -2, -1, 0, 1, 90000)]
    said = [(asks(old, at, f"o{n}")[0], asks(new, at, f"n{n}")[0]) for n, at in enumerate(moments)]

    assert [new_ for _, new_ in said] == [200] * 6
    assert [old_ for old_, _ in said] == [200, 200, 200, 401, 401, 401]


def test_the_desk_warns_a_month_ahead_until_the_next_key_is_there(shared):
    actions.revoke_key(shared.client.keys.get(), by=shared.ann, at=shared.now)
    today = timezone.localdate(shared.now)
    _, row = enter(shared, today + timedelta(days=40))
    soon = shared.now + timedelta(days=15)
    assert queries.keys_ending(shared.ann, shared.now) == []
    assert queries.keys_ending(shared.ann, soon) == [row]
    assert queries.keys_ending(shared.bob, soon) == []
    enter(shared, timezone.localdate(soon) + timedelta(days=365), at=soon)
    assert queries.keys_ending(shared.ann, soon) == []


@pytest.mark.parametrize("days", [-1, 732])
def test_a_key_that_ended_or_lives_too_long_is_not_entered(shared, days):
    with pytest.raises(errors.ExpiryWrong):
        enter(shared, timezone.localdate(shared.now) + timedelta(days=days))
