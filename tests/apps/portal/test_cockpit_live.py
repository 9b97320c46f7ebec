"""The cockpit renews itself: what happens is on every screen within two seconds, whoever looks sees what is theirs."""

import time

import pytest
from cockpit_served import Listener, served
from django.utils import timezone

from xilin.apps.portal.board import COCKPIT
from xilin.kernel.collect.models import Batch

WITHIN = 2.0


@pytest.fixture(autouse=True)
def nothing_drawn_before():
    COCKPIT.forget()
    yield
    COCKPIT.forget()


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_ends_is_on_every_screen_within_two_seconds(hub, client):
    """The real server on the real database; one who is signed in, one who isn't, and one who was cut off meanwhile."""
    client.force_login(hub.ann)
    session = client.cookies["sessionid"].value
    begun = Batch.objects.create(
        source="hukou", resource="households", mode="full", started_at=timezone.now()
    )
    with served() as address:
        visitor, member = Listener(address), Listener(address, cookie=f"sessionid={session}")
        for one in (visitor, member):
            one.start()
            assert one.wait(lambda it: it.panels()), one.problem
        first = visitor.events[0][1]["id"]
        told = len(visitor.events), len(member.events)

        begun.state, begun.finished_at = Batch.State.DONE, timezone.now()
        begun.rows_read, begun.rows_accepted = 4321, 4321
        begun.save()
        ended = time.monotonic()

        for one, after in zip((visitor, member), told, strict=True):
            at = one.wait(lambda it, n=after: [at for at, code, html in it.panels(n) if "4,321" in html])
            assert at, one.events[after:]
            assert at[0] - ended < WITHIN

        inside = {code for _, code, _ in member.panels()}
        outside = {code for _, code, _ in visitor.panels()}
        assert outside <= inside
        assert any("文件损坏。" in html for _, _, html in member.panels())
        assert not any("文件损坏。" in html for _, _, html in visitor.panels())

        newest = visitor.events[-1][1]["id"]
        up_to_date, behind = (
            Listener(address, **{"Last-Event-ID": newest}),
            Listener(address, **{"Last-Event-ID": first}),
        )
        for one in (up_to_date, behind):
            one.start()
            assert one.wait(lambda it: it.events), one.problem
        assert up_to_date.events[0][1]["event"] == "beat"
        assert any("4,321" in html for _, _, html in behind.panels())

        for one in (visitor, member, up_to_date, behind):
            one.stop()
