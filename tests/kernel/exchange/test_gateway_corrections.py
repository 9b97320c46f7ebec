"""A system disputes what it was answered and pulls corrections through the gateway: its own alone, by its key."""

import json

import pytest
from calling import aside, run
from test_disputes import RIGHT, WRONG, acts, hub, rows, shared  # noqa: F401 - fixtures

from xilin.kernel.audit import queries as audit
from xilin.kernel.audit import verifier
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.dispute_models import Dispute, Notice

pytestmark = pytest.mark.django_db(transaction=True)


def told(shared, **changed):  # noqa: F811
    usual = {
        "by": {"id_number": shared.id}, "item": "person_name", "claimed": RIGHT, "grounds": "户口簿上写的是“方”",
    }  # fmt: skip
    return json.dumps(usual | changed)


async def send(caller, key, method, path, body=None):
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"} if key else {}
    return await caller.client.request(method, path, content=body, headers=headers)


DISPUTE = "/v1/resources/households/dispute"


def test_a_value_is_disputed_corrected_pulled_and_acknowledged(shared):  # noqa: F811
    async def story(caller):
        answered = (await caller.look_up(shared.key, by={"id_number": shared.id})).json()
        entry = answered["receipt"]["index"]
        made = await send(caller, shared.key, "POST", DISPUTE, told(shared, entry=entry))
        assert made.status_code == 201, made.text
        number = made.json()["dispute"]["number"]
        assert made.json()["dispute"]["provider"] == "police"
        verifier.verify_receipt(made.json()["receipt"], await aside(audit.key))
        empty = await send(caller, shared.key, "GET", "/v1/corrections?after=0")
        assert empty.json()["corrections"] == []

        def correct():
            acts.correct(Dispute.objects.get(number=number), by=shared.carl, at=shared.now)

        await aside(correct)
        pulled = (await send(caller, shared.key, "GET", "/v1/corrections")).json()
        (one,) = pulled["corrections"]
        assert (one["number"], one["item"], one["entries"]) == (number, "person_name", [entry])
        assert (await send(caller, shared.key, "GET", f"/v1/corrections?after={pulled['next']}")).json() == {
            "corrections": [],
            "next": pulled["next"],
        }
        ended = await send(caller, shared.key, "POST", f"/v1/corrections/{one['id']}/acknowledge")
        assert ended.json()["correction"]["acknowledged_at"]
        again = (await caller.look_up(shared.key, by={"id_number": shared.id})).json()
        assert RIGHT[0] in again["answer"]["rows"][0]["person_name"]
        return pulled

    text = json.dumps(run(story), ensure_ascii=False)

    assert not any(value in text for value in (shared.id, WRONG, RIGHT))
    assert Notice.objects.get().acknowledged_at == shared.now


@pytest.mark.parametrize(
    ("changed", "status", "kind"),
    [
        ({"item": "address", "claimed": "x"}, 403, "dispute_errors.not_received"),
        ({"claimed": ""}, 422, "call_wrong"),
        ({"more": 1}, 422, "call_wrong"),
        ({"by": {"nothing": "1"}}, 403, "a_look_up_column"),
        ({"entry": 0}, 403, "not_received"),
    ],
)
def test_what_cant_be_disputed_is_refused_and_on_record(shared, changed, status, kind):  # noqa: F811
    async def story(caller):
        await caller.look_up(shared.key, by={"id_number": shared.id}, items=["person_name"])
        return await send(caller, shared.key, "POST", DISPUTE, told(shared, **changed))

    size = audit.size()
    answered = run(story)

    assert answered.status_code == status, answered.text
    assert answered.headers["content-type"] == "application/problem+json"
    assert audit.entries(kind="exchange.denied").filter(seq__gte=size).count() == 1
    assert Dispute.objects.count() == 0


def test_nobody_gets_at_anothers_notices_or_in_without_a_key(shared):  # noqa: F811
    other = actions.register_client(code="other", name="其他系统", by=shared.dora, at=shared.now)
    key = actions.issue_key(other, by=shared.dora, at=shared.now)

    async def story(caller):
        await caller.look_up(shared.key, by={"id_number": shared.id})
        made = await send(caller, shared.key, "POST", DISPUTE, told(shared))
        number = made.json()["dispute"]["number"]

        def correct():
            acts.correct(Dispute.objects.get(number=number), by=shared.carl, at=shared.now)
            return Notice.objects.get().pk

        pk = await aside(correct)
        statuses = [
            (await send(caller, key, "POST", f"/v1/corrections/{pk}/acknowledge")).status_code,
            (await send(caller, None, "GET", "/v1/corrections")).status_code,
            (await send(caller, "xk_nothing", "GET", "/v1/corrections")).status_code,
            (await send(caller, shared.key, "POST", "/v1/corrections")).status_code,
            (await send(caller, shared.key, "GET", "/v1/corrections?after=-1")).status_code,
            (await send(caller, key, "POST", DISPUTE, told(shared))).status_code,
        ]
        theirs = await send(caller, key, "GET", "/v1/corrections")
        return statuses, theirs.json()["corrections"]

    statuses, theirs = run(story)

    assert statuses == [404, 401, 401, 405, 422, 403]
    assert theirs == []
