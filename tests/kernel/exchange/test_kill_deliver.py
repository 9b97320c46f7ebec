"""A worker killed in the middle: no file is half there, no message is lost, nothing left that the log doesn't have."""

import hashlib
import json
import os
import random
import signal
import time

import delivered
import pytest
from delivered import grant, land, people
from django.db import connections
from receiver import Receiver

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import changes, webhooks
from xilin.kernel.exchange.actions import exports, feeds
from xilin.kernel.exchange.delivery_models import Export, Message, Subscription

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
WHY = {"purpose": "assistance", "case_number": "低保-2026-001", "at": NOW}
KILLS = 6


@pytest.fixture
def rolls(hub, tmp_path, settings, monkeypatch):
    """The hub with the roll declared and filled, and a home and a lake of the test's own."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    settings.WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    small_league.apply(tmp_path / "roll", delivered.FILES)
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    land(people(*range(400)))
    hub.log = Entry.objects.filter(seq__gte=audit.size())
    return hub


def killed(work, delay):
    """Do work in a process of its own and kill it after a delay; whether it was done before."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    until = time.monotonic() + delay
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return True
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def delays():
    """Delays that hit early, in the middle and late, by how long the work takes here."""
    rng = random.Random(11)
    return [rng.uniform(0.02, 1.2) for _ in range(KILLS)]


def test_a_file_is_there_whole_and_entered_or_not_at_all(rolls):
    held = grant(rolls)
    asked = exports.ask_export(rolls.client.pk, "roll", kind="parquet", **WHY)

    for delay in delays():
        done = killed(lambda: exports.make(asked.number), delay)
        export = Export.objects.get(pk=asked.pk)
        made = rolls.log.filter(kind="exchange.export.made").count()
        assert (export.state == Export.State.READY) == (made == 1) == bool(export.sha256)
        if done:
            break
        Export.objects.filter(pk=asked.pk, state=Export.State.BUILDING).update(tries=0)
    exports.make(asked.number)

    export = Export.objects.get(pk=asked.pk)
    whole = exports.path_of(export).read_bytes()
    entry = rolls.log.get(kind="exchange.export.made")
    assert hashlib.sha256(whole).hexdigest() == export.sha256 == entry.detail["sha256"]
    assert (export.rows, held.usage.get().asked) == (400, 400)
    assert exports.waiting() == []


def test_no_message_is_lost_or_out_of_order_and_each_was_entered_before(rolls, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_CHANGES", 9)
    receiver = Receiver()
    held = grant(rolls, way="feed", items=("id_number", "phone"))
    target = feeds.register_target(rolls.client, url=receiver.url, by=rolls.ann, at=NOW)
    feeds.approve_target(target, by=rolls.eve, at=NOW)
    made = feeds.subscribe(rolls.client.pk, "roll", target=target.pk, **WHY)
    land(people(*range(350, 450)))
    changes.advance("roll", at=NOW)

    for delay in delays():
        if killed(lambda: webhooks.push(made.number, clock=lambda: NOW), delay):
            break
    while webhooks.push(made.number, clock=lambda: NOW):
        pass
    receiver.close()

    said = [(json.loads(body), hashlib.sha256(body).hexdigest()) for _, _, body in receiver.got]
    entered = {entry.detail["digest"] for entry in rolls.log.filter(kind="exchange.feed.pushed")}
    assert {digest for _, digest in said} <= entered
    seen = dict.fromkeys(message["message"] for message, _ in said)
    assert (
        len(said) - len(seen) <= KILLS
    )  # sent twice at the most where a kill came between arriving and noting
    firsts = {message["message"]: message["changes"] for message, _ in reversed(said)}
    numbers = [change["id"] for ident in seen for change in firsts[ident]]
    assert numbers == [f"1.{n}" for n in range(1, 401)]  # 350 that left, 50 new
    found = Subscription.objects.get(pk=made.pk)
    assert (found.seq, found.state) == (400, Subscription.State.ACTIVE)
    assert not Message.objects.exclude(state=Message.State.ARRIVED).exists()
    assert held.usage.get().asked == 400


def test_changes_are_found_once_however_often_the_finding_is_killed(rolls):
    grant(rolls, way="feed", items=("phone",))
    made = feeds.subscribe(rolls.client.pk, "roll", **WHY)
    land(people(*range(380, 420)))

    for delay in delays():
        if killed(lambda: changes.advance("roll", at=NOW), delay):
            break
    changes.advance("roll", at=NOW)

    answer = feeds.pull(rolls.client.pk, made.number, after=None, at=NOW).answer
    operations = [change["op"] for change in answer["changes"]]
    assert (operations.count("delete"), operations.count("insert")) == (380, 20)
    assert len(operations) == 400
