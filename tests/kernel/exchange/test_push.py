"""Pushed messages: signed, in order, again until they arrive, never where they may not go."""

import json
from datetime import timedelta

import delivered
import http_message_signatures as peer
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from delivered import grant, land, people, someone
from django.conf import settings as django_settings
from receiver import Receiver

import small_league
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import changes, signatures, webhooks
from xilin.kernel.exchange.actions import feeds
from xilin.kernel.exchange.delivery_models import Message, Subscription

pytestmark = pytest.mark.django_db
NOW = small_league.NOW


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def pushed(hub, tmp_path, settings, receiver):
    """A subscription that pushes to the receiver, from an empty roll."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    settings.WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    small_league.apply(tmp_path / "roll", delivered.FILES)
    hub.grant = grant(hub, way="feed", items=("id_number", "phone"))
    land([])
    hub.target = feeds.register_target(hub.client, url=receiver.url + "in", by=hub.ann, at=NOW)
    feeds.approve_target(hub.target, by=hub.eve, at=NOW)
    hub.made = feeds.subscribe(
        hub.client.pk, "roll", purpose="assistance", case_number="低保-1", target=hub.target.pk, at=NOW
    )
    return hub


def come(*rows, **named):
    land(list(rows), **named)
    changes.advance("roll", at=NOW)


def push(pushed, at=NOW):
    return webhooks.push(pushed.made.number, clock=lambda: at)


def test_changes_arrive_signed_and_a_peers_library_says_so(pushed, receiver):
    come(*people(1, 2, 3))
    assert webhooks.due(NOW) == [pushed.made.number]

    assert push(pushed) == 1

    path, headers, body = receiver.got[0]
    said = json.loads(body)
    assert path == "/in"
    assert [change["op"] for change in said["changes"]] == ["insert"] * 3
    assert said["cursor"] == changes.cursor(pushed.made.number, 1, 3)
    assert webhooks.due(NOW) == []
    sender = signatures.sender(django_settings.HOME)

    class Keys(peer.HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id):
            assert key_id == sender.keyid
            return Ed25519PublicKey.from_public_bytes(sender.public)

    verifier = peer.HTTPMessageVerifier(signature_algorithm=peer.algorithms.ED25519, key_resolver=Keys())
    request = httpx.Request("POST", receiver.url + "in", headers=headers, content=body)
    (found,) = verifier.verify(request, max_age=timedelta(days=3650))
    assert '"content-digest"' in found.covered_components
    assert headers["content-digest"] == signatures.content_digest(body)
    assert headers["xilin-message"] == said["message"]


def test_the_entry_stands_before_the_message_leaves(pushed, receiver):
    come(*people(1))
    push(pushed)

    entry = Entry.objects.get(kind="exchange.feed.pushed")
    assert entry.detail["changes"] == 1
    assert (entry.detail["after"], entry.detail["until"], entry.detail["try"]) == ("1.0", "1.1", 1)
    import hashlib

    assert entry.detail["digest"] == hashlib.sha256(receiver.got[0][2]).hexdigest()


def test_a_message_that_fails_comes_again_with_the_same_identifier_and_the_next_waits(pushed, receiver):
    receiver.answers = [500, 503]
    come(*people(1))
    assert push(pushed) == 0
    come(someone(1), someone(2))
    assert push(pushed) == 0  # not yet: it waits

    first = NOW + webhooks.WAITS[0]
    assert push(pushed, first) == 0
    assert push(pushed, first + webhooks.WAITS[1]) == 2

    idents = [headers["xilin-message"] for _, headers, _ in receiver.got]
    assert idents[0] == idents[1] == idents[2] != idents[3]
    assert [json.loads(body)["changes"][0]["id"] for _, _, body in receiver.got] == ["1.1"] * 3 + ["1.2"]
    assert pushed.grant.usage.get().asked == 2  # counted once, however often it was tried


def test_a_message_that_never_arrives_is_a_dead_letter_until_somebody_resumes_it(pushed, receiver):
    receiver.answers = [410] * (len(webhooks.WAITS) + 1)
    come(*people(1))
    at = NOW
    for wait in (timedelta(0), *webhooks.WAITS):
        at += wait
        assert push(pushed, at) == 0
    pushed.made.refresh_from_db()
    assert pushed.made.state == Subscription.State.HALTED
    assert Message.objects.get().state == Message.State.DEAD
    assert webhooks.due(at + timedelta(days=9)) == []
    assert Entry.objects.filter(kind="exchange.feed.halted").count() == 1

    feeds.resume(pushed.made.number, by=pushed.ann, at=at)

    assert push(pushed, at) == 1
    assert Message.objects.get().state == Message.State.ARRIVED


def test_a_redirect_is_not_followed(pushed, receiver):
    receiver.answers = [307]
    come(*people(1))
    assert push(pushed) == 0
    assert [path for path, _, _ in receiver.got] == ["/in"]
    assert Message.objects.get().outcome == "307"


def test_an_address_whose_network_is_allowed_no_more_gets_nothing(pushed, receiver, settings):
    settings.WEBHOOK_NETWORKS = ()
    come(*people(1))
    assert push(pushed) == 0
    assert receiver.got == []


def test_an_ended_address_gets_nothing(pushed, receiver):
    feeds.end_target(pushed.target, by=pushed.ann, at=NOW)
    come(*people(1))
    assert push(pushed) == 0
    assert receiver.got == []


def test_a_revoked_grant_sends_nothing_more(pushed, receiver):
    come(*people(1))
    type(pushed.grant).objects.update(revoked_at=NOW, revoked_by=pushed.bob)
    assert push(pushed) == 0
    assert receiver.got == []
    assert not Entry.objects.filter(kind="exchange.feed.pushed").exists()


def test_changes_that_the_grant_may_not_know_move_on_in_silence(pushed, receiver):
    come(someone(1))
    push(pushed)
    come(someone(1, income=7.0), full=False)
    assert push(pushed) == 0
    assert len(receiver.got) == 1
    pushed.made.refresh_from_db()
    assert pushed.made.seq == 2


def test_many_changes_come_in_several_messages_in_order(pushed, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_CHANGES", 4)
    come(*people(*range(10)))
    assert push(pushed) == 3
    numbers = [change["id"] for _, _, body in receiver.got for change in json.loads(body)["changes"]]
    assert numbers == [f"1.{n}" for n in range(1, 11)]


def test_the_quota_of_the_day_puts_the_rest_off(pushed, receiver):
    type(pushed.grant).objects.update(quota_per_day=3)
    come(*people(*range(5)))
    assert push(pushed) == 1
    assert push(pushed, NOW + timedelta(days=1)) == 1
    assert sum(len(json.loads(body)["changes"]) for _, _, body in receiver.got) == 5


def test_a_sequence_begun_anew_halts_what_is_pushed(pushed, receiver):
    from xilin.kernel.exchange.delivery_models import Followed

    Followed.objects.update(snapshot=17)
    come(*people(1))
    assert push(pushed) == 0
    pushed.made.refresh_from_db()
    assert (pushed.made.state, pushed.made.epoch, receiver.got) == (Subscription.State.HALTED, 2, [])
