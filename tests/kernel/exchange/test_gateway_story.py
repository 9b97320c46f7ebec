"""The whole story with the gateway as it is served: granian in a process of its own, HTTP over a socket."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import httpx
import pytest
from django.db import connection
from published import PEOPLE, publish

from xilin.config.serve import command_for, until_answers
from xilin.kernel.audit import verifier
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions

pytestmark = pytest.mark.django_db(transaction=True)
CALL = {"purpose": "assistance", "case_number": "低保-2026-001", "by": {"id_number": PEOPLE[0]["id_number"]}}


def database_url():
    """The test database as a URL for another process."""
    known = connection.get_connection_params()
    host, port = known.get("host", ""), known.get("port") or ""
    user = quote(known.get("user") or "postgres")
    return f"postgresql://{user}@/{known['dbname']}?host={quote(str(host))}" + (
        f"&port={port}" if port else ""
    )


@pytest.fixture
def served():
    """A gateway on a free port; its address."""
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
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_ask_approve_look_up_verify_the_receipt_alone_revoke_and_be_refused(hub, served, tmp_path):
    """Times of the real clock: the gateway in the other process has no other."""
    from django.utils import timezone

    now = timezone.now()
    publish("households", PEOPLE, at=now)
    with httpx.Client(base_url=served, timeout=30) as client:

        def look_up():
            headers = {"Authorization": f"Bearer {key}"}
            return client.post("/v1/resources/households/lookup", json=CALL, headers=headers)

        def until(status, seconds):
            deadline = time.monotonic() + seconds
            while (answered := look_up()).status_code != status and time.monotonic() < deadline:
                time.sleep(0.02)
            return answered

        last_day = timezone.localdate(now) + timezone.timedelta(days=30)
        request = actions.ask(
            resource=catalog.resource("households"), client=hub.client, items=["id_number", "person_name"],
            purpose="assistance", scenario="低保申请核对", valid_until=last_day, by=hub.ann, at=now,
        )  # fmt: skip
        key = actions.issue_key(hub.client, by=hub.ann, at=now)
        waiting = until(403, 5)
        grant = actions.approve(request, by=hub.bob, at=timezone.now(), reason="同意")
        answered = until(200, 5)
        receipt, note = tmp_path / "receipt.json", client.get("/v1/key").json()["key"]
        receipt.write_bytes(httpx.Response(200, json=answered.json()["receipt"]).content)
        alone = subprocess.run(
            [sys.executable, "-I", "-S", verifier.__file__, str(receipt), "--key", note],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        actions.revoke(grant, by=hub.bob, at=timezone.now(), reason="办结")
        revoked = time.monotonic()
        refused = look_up()
        took = time.monotonic() - revoked

    assert waiting.json()["type"] == "gateway.NotGranted"
    assert answered.json()["answer"]["rows"] == [{"id_number": "990101************", "person_name": "王芳"}]
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert '"case_number": "低保-2026-001"' in alone.stdout
    assert (refused.status_code, refused.json()["type"]) == (403, "gateway.GrantNotInForce")
    assert "receipt" in refused.json()
    assert took < 1


def test_a_receipt_that_was_tampered_with_does_not_verify(shared, tmp_path):
    from calling import run

    async def story(caller):
        return await caller.look_up(shared.key)

    receipt = run(story).json()["receipt"]
    from xilin.kernel.audit import queries as audit

    verifier.verify_receipt(receipt, audit.key())
    for forged in (
        receipt | {"entry": receipt["entry"].replace('"rows":1', '"rows":0')},
        receipt | {"index": receipt["index"] - 1},
        receipt | {"path": receipt["path"][1:]},
    ):
        with pytest.raises(verifier.Invalid):
            verifier.verify_receipt(forged, audit.key())
