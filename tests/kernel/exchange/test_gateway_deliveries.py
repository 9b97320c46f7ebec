"""Files and subscriptions through the gateway: who may, what comes back, what is written down first."""

import hashlib
import json

import calling
import delivered
import pytest
import signing
from calling import aside
from delivered import grant, land, people

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import actions, changes
from xilin.kernel.exchange.actions import exports
from xilin.kernel.exchange.delivery_models import Export
from xilin.kernel.exchange.models import Grant

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
WHY = {"purpose": "assistance", "case_number": "低保-2026-001"}


@pytest.fixture
def rolls(hub, tmp_path, settings, monkeypatch):
    """The hub with the roll declared and filled, a key, and grants of files and of changes."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    small_league.apply(tmp_path / "roll", delivered.FILES)
    monkeypatch.setattr(exports.timezone, "now", lambda: NOW)
    hub.file, hub.feed = grant(hub), grant(hub, way="feed", items=("id_number", "phone"))
    hub.key = actions.issue_key(hub.client, by=hub.ann, at=NOW)
    land(people(*range(300)))
    hub.log = Entry.objects.filter(seq__gte=audit.size())
    return hub


def run(story):
    return calling.run(story)


async def call(caller, key, method, path, **named):
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en", **named.pop("headers", {})}
    return await caller.client.request(method, path, headers=headers, **named)


def test_a_file_is_asked_for_made_fetched_and_gone(rolls):
    async def story(caller):
        asked = await call(caller, rolls.key, "POST", "/v1/resources/roll/export", json=WHY)
        assert asked.status_code == 202, asked.text
        where = asked.headers["location"]
        early = await call(caller, rolls.key, "GET", f"{where}/file")
        assert (early.status_code, early.json()["type"]) == (409, "exchange.FileNotReady")
        await aside(exports.make, asked.json()["export"])
        told = (await call(caller, rolls.key, "GET", where)).json()
        first = await call(caller, rolls.key, "GET", f"{where}/file", headers={"Range": "bytes=0-999"})
        rest = await call(caller, rolls.key, "GET", f"{where}/file", headers={"Range": "bytes=1000-"})
        return told, first, rest, await call(caller, rolls.key, "GET", where)

    told, first, rest, after = run(story)

    assert (told["state"], told["rows"]) == ("ready", 300)
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.headers["content-range"] == f"bytes 0-999/{told['bytes']}"
    assert hashlib.sha256(first.content + rest.content).hexdigest() == told["sha256"]
    made = rolls.log.get(kind="exchange.export.made")
    assert told["receipt"]["index"] == made.seq
    fetched = rolls.log.filter(kind="exchange.export.fetched").order_by("seq")
    assert [(one.detail["first"], one.detail["end"]) for one in fetched] == [(0, 1000), (1000, told["bytes"])]
    assert after.json()["state"] == "taken"


def test_who_may_not_is_refused_and_entered(rolls):
    async def story(caller):
        Other = {"purpose": "identity", "case_number": "1号"}
        return [
            (await caller.client.post("/v1/resources/roll/export", json=WHY)).status_code,
            (await call(caller, "xk_nobody", "POST", "/v1/resources/roll/export", json=WHY)).status_code,
            *[
                (one.status_code, one.json()["type"])
                for one in [
                    await call(caller, rolls.key, "POST", "/v1/resources/roll/export", json=Other),
                    await call(caller, rolls.key, "POST", "/v1/resources/households/export", json=WHY),
                    await call(caller, rolls.key, "POST", "/v1/resources/nothing/export", json=WHY),
                    await call(
                        caller, rolls.key, "POST", "/v1/resources/roll/export", json=WHY | {"sql": "x"}
                    ),
                    await call(caller, rolls.key, "POST", "/v1/resources/roll/export", content=b"{"),
                    await call(caller, rolls.key, "GET", "/v1/exports/E20260101-0000000000"),
                    await call(caller, rolls.key, "GET", "/v1/subscriptions/S20260101-0000000000/changes"),
                    await call(caller, rolls.key, "GET", "/v1/resources/roll/export"),
                ]
            ],
        ]

    assert run(story) == [
        401,
        401,
        (403, "exchange.PurposeNotGranted"),
        (403, "exchange.WayNotGranted"),
        (404, "exchange.DeliveryUnknown"),
        (422, "gateway.CallWrong"),
        (400, "gateway.BodyNotJson"),
        (404, "exchange.DeliveryUnknown"),
        (404, "exchange.DeliveryUnknown"),
        (405, "gateway.MethodWrong"),
    ]
    denied = rolls.log.filter(kind="exchange.denied")
    assert denied.count() == 8, [one.detail["decision"] for one in denied]
    assert denied.filter(provider="police").exists()
    assert not Export.objects.exists()


def test_changes_are_pulled_by_cursor_with_a_receipt_until_the_grant_ends(rolls):
    async def story(caller):
        made = await call(caller, rolls.key, "POST", "/v1/resources/roll/subscriptions", json=WHY)
        assert made.status_code == 201, made.text
        path = made.json()["changes"]
        await aside(land, people(*range(302)))
        await aside(changes.advance, "roll", at=NOW)
        first = (await call(caller, rolls.key, "GET", path, params={"limit": 1})).json()
        cursor = first["answer"]["cursor"]
        second = (await call(caller, rolls.key, "GET", path, params={"after": cursor})).json()
        forged = await call(caller, rolls.key, "GET", path, params={"after": cursor[:-2] + "AA"})
        await aside(actions.revoke, rolls.feed, by=rolls.bob, at=NOW, reason="test")
        ended = await call(caller, rolls.key, "GET", path)
        return first, second, forged, ended

    first, second, forged, ended = run(story)

    assert [one["op"] for one in first["answer"]["changes"] + second["answer"]["changes"]] == ["insert"] * 2
    assert first["receipt"]["index"] == rolls.log.filter(kind="exchange.feed.pulled").last().seq
    assert (forged.status_code, forged.json()["type"]) == (422, "exchange.CursorWrong")
    assert (ended.status_code, ended.json()["type"]) == (403, "exchange.GrantEndedMeanwhile")


def test_a_file_stops_in_the_middle_when_its_grant_is_revoked(rolls, monkeypatch):
    from xilin.kernel.exchange.gateway import deliveries

    monkeypatch.setattr(deliveries, "CHUNK", 1000)
    monkeypatch.setattr(deliveries, "LOOK_EVERY", 0.0)
    asked = exports.ask_export(rolls.client.pk, "roll", kind="csv", at=NOW, **WHY)
    export = exports.make(asked.number)
    sent = []

    async def story(caller):
        part = await aside(exports.hand_out, rolls.client.pk, export.number, at=NOW, first=0, end=None)

        async def send(message):
            if message["type"] == "http.response.body":
                sent.append(message["body"])
                if len(sent) == 3:
                    await aside(
                        Grant.objects.filter(pk=rolls.file.pk).update, revoked_at=NOW, revoked_by=rolls.bob
                    )

        await deliveries._Handed(part, False, lambda: NOW)({"type": "http"}, None, send)

    run(story)

    assert sum(map(len, sent)) == 3000 < export.bytes
    export.refresh_from_db()
    assert export.sent == [[0, 3000]]


def test_a_signed_call_counts_once(rolls):
    Grant.objects.update(signed=True)
    signer = signing.Signer()
    row = actions.register_signing_key(
        rolls.client, algorithm="ed25519", public=signer.public, by=rolls.ann, at=NOW
    )
    signer.keyid = row.keyid
    body = json.dumps(WHY).encode()

    def request(nonce):
        plain = signing.request(body, "/v1/resources/roll/export")
        return signer.sign(plain, NOW, nonce=nonce)

    async def story(caller):
        bare = await call(caller, rolls.key, "POST", "/v1/resources/roll/export", json=WHY)
        first = await caller.client.send(request("one-nonce"))
        again = await caller.client.send(request("one-nonce"))
        return bare, first, again

    bare, first, again = run(story)

    assert bare.json()["type"] == "exchange.MustBeSigned"
    assert first.status_code == 202, first.text
    assert again.json()["type"] == "gateway.SignatureReplayed"


def test_the_key_of_pushed_messages_is_public(rolls):
    async def story(caller):
        return (await caller.client.get("/v1/push-key")).json()

    said = run(story)
    assert said["jwk"]["crv"] == "Ed25519"
    assert said["keyid"].startswith("xilin-")
