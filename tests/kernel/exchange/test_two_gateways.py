"""Two gateways in processes of their own: a grant, its rows and its end hold on both within a second."""

import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from django.utils import timezone
from published import PEOPLE, publish
from test_gateway_story import database_url

from xilin.config.serve import command_for, until_answers
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def gateway():
    """A client of a gateway served by a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        command_for("gateway", port), env=environment | {"XILIN_DATABASE_URL": database_url()}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        assert until_answers(f"{address}/v1/health"), "the gateway did not come up"
        with httpx.Client(base_url=address, timeout=30) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_a_grant_its_rows_and_its_end_hold_on_every_gateway_within_a_second(hub):
    now = timezone.now()
    publish("households", PEOPLE, at=now)
    mine, other = PEOPLE[0], PEOPLE[1]
    assert mine["address"] != other["address"]
    request = actions.ask(
        resource=catalog.resource("households"), client=hub.client, items=["id_number", "person_name"],
        purpose="assistance", scenario="低保申请核对", valid_until=timezone.localdate(now) + timezone.timedelta(days=30),
        by=hub.ann, at=now,
    )  # fmt: skip
    key = actions.issue_key(hub.client, by=hub.ann, at=now)

    with ExitStack() as stack:
        gateways = [stack.enter_context(gateway()) for _ in range(2)]

        def look_up(client, person):
            call = {
                "purpose": "assistance",
                "case_number": "低保-2026-001",
                "by": {"id_number": person["id_number"]},
            }
            headers = {"Authorization": f"Bearer {key}"}
            return client.post("/v1/resources/households/lookup", json=call, headers=headers)

        def seconds_until(client, status):
            began = time.monotonic()
            while look_up(client, mine).status_code != status and time.monotonic() < began + 10:
                time.sleep(0.01)
            return time.monotonic() - began

        for client in gateways:
            assert seconds_until(client, 403) < 10, "the key is known, and nothing is granted yet"
        only = [{"column": "address", "op": "eq", "value": mine["address"]}]
        grant = actions.approve(request, by=hub.bob, at=timezone.now(), row_filter=only)
        given = [seconds_until(client, 200) for client in gateways]
        rows = [
            [len(look_up(client, who).json()["answer"]["rows"]) for who in (mine, other)]
            for client in gateways
        ]
        actions.revoke(grant, by=hub.bob, at=timezone.now(), reason="办结")
        ended = [look_up(client, mine) for client in gateways]

    assert max(given) < 1
    assert rows == [[1, 0], [1, 0]]
    assert [answer.status_code for answer in ended] == [403, 403], "the very next call on either is refused"
    assert {answer.json()["type"] for answer in ended} == {"gateway.GrantNotInForce"}
