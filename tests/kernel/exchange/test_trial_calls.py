"""Trial calls: a key of few calls under one grant and nothing else, the mark in the log, and what is sent on unchanged."""

import asyncio
import json
from datetime import timedelta

import pytest
from calling import CALL, aside, entries_since, run, until
from published import PEOPLE
from signing import Signer, request

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.models import Entry
from xilin.kernel.audit.verifier import verify_receipt
from xilin.kernel.exchange import actions, errors, queries, relaying, trying
from xilin.kernel.exchange.models import Grant
from xilin.kernel.exchange.signing_models import SigningKey

NOW = small_league.NOW
BODY = json.dumps(CALL).encode()
pytestmark = pytest.mark.django_db(transaction=True)


def entered(shared, *, at=NOW):
    """A signer whose trial key is entered."""
    signer = Signer()
    key = actions.enter_trial_key(shared.grant, public=signer.public, by=shared.ann, at=at)
    signer.keyid = key.keyid
    return signer, key


def send(caller, signer, body=BODY, path="/v1/resources/households/lookup", at=NOW, method="POST", **more):
    signed = signer.sign(request(body, path, method=method), at, tag=trying.TAG, **more)
    return caller.client.send(signed)


def test_a_trial_key_is_of_its_grant_for_a_quarter_of_an_hour_and_in_the_log(shared):
    _, key = entered(shared)

    assert (key.trial_of, key.calls_left) == (shared.grant, trying.CALLS)
    assert key.expires_at == NOW + trying.LIFE
    entry = Entry.objects.get(kind="exchange.trial_key.entered")
    assert entry.detail["keyid"] == key.keyid
    assert entry.detail["grant"] == shared.grant.number
    assert key.keyid.startswith("trial-means_check-")
    (client,) = queries.clients_for(shared.ann)
    assert not list(client.signing_keys.all()), "nobody is told to renew it"
    assert not queries.keys_ending(shared.ann, NOW)


def test_a_trial_call_is_answered_as_any_and_marked_in_the_log_with_a_receipt(shared):
    signer, key = entered(shared)

    answer = run(lambda caller: send(caller, signer))

    assert answer.status_code == 200
    said = answer.json()
    assert said["answer"]["rows"][0]["id_number"] != PEOPLE[0]["id_number"], "masked as the grant says"
    (entry,) = entries_since(shared.log)
    assert entry.detail["trial"] is True
    assert entry.detail["signed"] == key.keyid
    verify_receipt(said["receipt"], audit.key())
    assert queries.usage_for(shared.bob)[0].trial
    key.refresh_from_db()
    assert key.calls_left == trying.CALLS - 1


def test_the_mark_is_what_the_signature_says_for_a_key_of_the_system_itself_too(shared):
    signer = Signer()
    signer.keyid = actions.register_signing_key(
        shared.client, algorithm="ed25519", public=signer.public, by=shared.ann, at=NOW
    ).keyid

    async def story(caller):
        tried = await send(caller, signer)
        usual = await caller.client.send(signer.sign(request(BODY), NOW))
        return tried.status_code, usual.status_code

    assert run(story) == (200, 200)
    assert ["trial" in entry.detail for entry in entries_since(shared.log)] == [True, False]


def test_of_several_at_once_no_more_go_through_than_the_key_has_calls(shared):
    signer, key = entered(shared)
    SigningKey.objects.filter(pk=key.pk).update(calls_left=3)

    async def story(caller):
        return await asyncio.gather(*(send(caller, signer) for _ in range(8)))

    answers = run(story)

    assert sorted(one.status_code for one in answers) == [200] * 3 + [429] * 5
    assert {one.json()["type"] for one in answers if one.status_code == 429} == {"gateway.TrialUsedUp"}
    key.refresh_from_db()
    assert key.calls_left == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "type_"),
    [
        pytest.param("GET", "/v1/grants/{number}/openapi.json", b"", 200, None, id="its own description"),
        pytest.param("GET", "/v1/grants/G-1/openapi.json", b"", 403, "TrialOnly", id="another grant's"),
        pytest.param("POST", "/v1/resources/households/export", b"{}", 403, "TrialOnly", id="files"),
        pytest.param("POST", "/v1/disputes", b"{}", 403, "TrialOnly", id="disputes"),
        pytest.param("POST", "/v1/resources/entities/lookup", BODY, 403, "TrialOnly", id="another resource"),
    ],
)
def test_a_trial_key_is_good_for_calls_under_its_grant_alone(shared, method, path, body, status, type_):
    signer, _ = entered(shared)
    path = path.format(number=shared.grant.number)

    answer = run(lambda caller: send(caller, signer, body, path, method=method))

    assert answer.status_code == status
    if type_:
        assert answer.json()["type"] == f"gateway.{type_}"


def test_another_grant_of_the_same_resource_is_not_used_by_a_trial_key(shared):
    signer, _ = entered(shared)
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="试")
    other = actions.approve(shared.ask(), by=shared.bob, at=NOW)

    answer = run(lambda caller: send(caller, signer))

    assert answer.status_code == 403
    assert answer.json()["type"] == "gateway.GrantNotInForce"
    assert Grant.objects.get(pk=other.pk).in_force(NOW)


def test_many_records_at_once_are_no_trial(shared):
    signer, _ = entered(shared)
    batch = CALL | {"by": {"id_number": [CALL["by"]["id_number"]] * (trying.RECORDS + 1)}}

    answer = run(
        lambda caller: send(caller, signer, json.dumps(batch).encode(), "/v1/resources/households/batch")
    )

    assert answer.status_code == 400
    assert answer.json()["type"] == "gateway.TrialTooLarge"
    batch["by"]["id_number"].pop()
    few = run(
        lambda caller: send(caller, signer, json.dumps(batch).encode(), "/v1/resources/households/batch")
    )
    assert few.status_code == 200


def test_after_its_quarter_of_an_hour_a_trial_key_is_refused(shared):
    signer, _ = entered(shared)
    later = NOW + trying.LIFE

    answer = run(lambda caller: send(caller, signer, at=later), clock=lambda: later)

    assert answer.json()["type"] == "gateway.KeyEnded"


def test_a_running_gateway_knows_a_key_the_moment_it_is_entered(shared):
    async def story(caller):
        await caller.client.get("/v1/health")
        signer, _ = await aside(entered, shared)
        return await until(lambda: send(caller, signer), 200)

    assert run(story).status_code == 200


def test_only_stewards_and_approvers_of_the_department_make_trial_keys(shared):
    public = Signer().public
    clerk = small_league.person("clara", "civil", User.Role.ENGINEER)

    for other in (shared.bob, shared.dora, clerk, shared.auditor):
        with pytest.raises((errors.ClientNotYours, errors.RoleMissing, errors.NoDepartment)):
            actions.enter_trial_key(shared.grant, public=public, by=other, at=NOW)
    with pytest.raises(errors.GrantNotTried):
        actions.enter_trial_key(shared.grant, public=public, by=shared.ann, at=shared.grant.valid_until)
    with pytest.raises(errors.SigningKeyWrong):
        actions.enter_trial_key(shared.grant, public="x", by=shared.ann, at=NOW)
    assert not SigningKey.objects.exists()


def test_nobody_makes_trial_keys_without_end_and_old_ones_are_forgotten(shared):
    for _ in range(trying.KEYS_AN_HOUR):
        entered(shared)
    with pytest.raises(errors.TooManyTrialKeys):
        entered(shared)

    entered(shared, at=NOW + timedelta(days=2))

    assert SigningKey.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        pytest.param({"path": "/v1/resources/entities/lookup"}, "path", id="another resource"),
        pytest.param({"path": "/v1/resources/households/lookup?x=1"}, "path", id="a query"),
        pytest.param({"path": "//elsewhere/lookup"}, "path", id="another host"),
        pytest.param({"body": "x" * (relaying.LARGEST + 1)}, "body", id="a large body"),
        pytest.param({"signature": "a\r\nx: y"}, "headers", id="a header smuggled in"),
        pytest.param({"signature": "none"}, "Signature-Input, Signature", id="no signature"),
        pytest.param({"tag": "other"}, "tag", id="not marked as a trial"),
        pytest.param({"keyid": "somebody"}, "keyid", id="a key of nobody here"),
    ],
)
def test_nothing_but_trial_calls_under_the_grant_is_sent_on(shared, settings, changed, what):
    settings.GATEWAY_REACHED = "http://127.0.0.1:9"
    signer, key = entered(shared)
    named = {"tag": changed.pop("tag", trying.TAG), "keyid": changed.pop("keyid", key.keyid)}
    signed = signer.sign(request(BODY, host="http://127.0.0.1:9"), NOW, **named).headers
    wanted = {
        "path": "/v1/resources/households/lookup",
        "body": BODY.decode(),
        "content_digest": signed["content-digest"],
        "signature_input": signed["signature-input"],
        "signature": signed["signature"],
    }

    with pytest.raises(errors.TrialMalformed) as refused:
        relaying.send(relaying.Wanted(**(wanted | changed)), shared.grant, language="zh")

    assert refused.value.facts["what"] == what


def test_a_gateway_that_is_away_is_said(shared, settings):
    settings.GATEWAY_REACHED = "http://127.0.0.1:9"
    signer, _ = entered(shared)
    signed = signer.sign(request(BODY, host="http://127.0.0.1:9"), NOW, tag=trying.TAG).headers
    wanted = relaying.Wanted(
        "/v1/resources/households/lookup", BODY.decode(), signed["content-digest"], signed["signature-input"],
        signed["signature"],
    )  # fmt: skip

    with pytest.raises(errors.GatewayAway):
        relaying.send(wanted, shared.grant, language="zh")
