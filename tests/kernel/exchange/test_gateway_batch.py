"""Many look-ups in one call: each as if it were asked alone, everybody in the log, counted one by one."""

import hashlib
import json
from typing import Any

import pytest
from calling import aside, entries_since, run, until
from published import PEOPLE, publish
from signing import Signer, request
from test_gateway_refusals import refused
from test_gateway_rows import narrow

import small_league
from xilin.kernel.audit import mentions
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.audit.verifier import canonical, verify_receipt
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Grant, Usage, Verification

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
WANTED = [PEOPLE[1]["id_number"], "990101199912319999", PEOPLE[0]["id_number"], PEOPLE[0]["id_number"]]
CALL: dict[str, Any] = {"purpose": "assistance", "case_number": "低保-2026-批1", "by": {"id_number": WANTED}}


def batch(hub: Any, code: str = "households", **changed: Any) -> Any:
    call = {name: value for name, value in (CALL | changed).items() if value is not None}

    async def story(caller: Any) -> Any:
        headers = {"Authorization": f"Bearer {hub.key}"}
        path = f"/v1/resources/{code}/batch"
        return await caller.client.post(path, content=json.dumps(call).encode(), headers=headers)

    return run(story)


def alone(hub: Any, id_number: str, **changed: Any) -> Any:
    async def story(caller: Any) -> Any:
        return await caller.look_up(hub.key, by={"id_number": id_number}, **changed)

    return run(story).json()["answer"]


def test_each_is_answered_as_if_asked_alone_in_the_order_of_the_call(shared: Any) -> None:
    said = batch(shared)
    assert said.status_code == 200, said.text
    results = said.json()["answer"]["results"]
    for id_number, result in zip(WANTED, results, strict=True):
        answer = alone(shared, id_number)
        assert result == {"found": answer["found"], "rows": answer["rows"]}
    assert [one["found"] for one in results] == [True, False, True, True]


def test_one_entry_holds_everybody_and_each_is_found_by_it(shared: Any) -> None:
    said = batch(shared).json()
    (entry,) = entries_since(shared.log)
    hashed = [keyed_hash(f"id_number={value}", NOW) for value in WANTED]
    assert entry.detail["by"] == {"id_number": hashed}
    assert (entry.detail["looked_up"], entry.detail["rows"], entry.detail["found"]) == (4, 3, True)
    assert not any(value in entry.text for value in WANTED)
    for one in hashed:
        assert said["receipt"]["index"] in [found.seq for found in mentions.about([one])]
    answer = verify_receipt(said["receipt"], audit.key())
    assert answer["detail"]["digest"] == hashlib.sha256(canonical(said["answer"])).hexdigest()


def test_a_batch_counts_for_each_and_none_is_answered_where_one_is_too_many(shared: Any) -> None:
    Grant.objects.filter(pk=shared.grant.pk).update(quota_per_day=7)
    assert batch(shared).status_code == 200
    assert Usage.objects.get().asked == 4
    refused(shared, batch(shared), 429, "QuotaUsedUp")


def test_verifications_of_one_record_are_counted_within_a_batch_too(shared: Any) -> None:
    actions.approve(shared.ask(shape="verify", purpose="identity"), by=shared.bob, at=NOW)
    wang = PEOPLE[0]["id_number"]
    call = {
        "purpose": "identity",
        "by": {"id_number": [wang] * 7 + [WANTED[0]]},
        "values": {"person_name": ["王芳", *(f"王{n}" for n in range(6)), "乌日娜其木格"]},
    }
    results = batch(shared, **call).json()["answer"]["results"]
    assert [one.get("matches", {}).get("person_name") for one in results] == [
        True,
        *[False] * 4,
        None,
        None,
        True,
    ]
    assert [one.get("refused") for one in results[5:7]] == ["gateway.VerifiedTooOften"] * 2
    assert sorted(Verification.objects.values_list("asked", flat=True)) == [1, 7]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"by": {"id_number": []}}, 422, "CallWrong"),
        ({"by": {"id_number": "x"}}, 422, "CallWrong"),
        ({"by": {"id_number": [""]}}, 422, "CallWrong"),
        ({"by": {"id_number": [None]}}, 422, "CallWrong"),
        ({"by": {"id_number": ["9" * 201]}}, 422, "CallWrong"),
        ({"by": {"id_number": [5]}}, 422, "ValueWrong"),
        ({"by": {"id_number": ["9\0"]}}, 422, "ValueWrong"),
        ({"by": {"id_number": ["9"], "person_name": ["a", "b"]}}, 422, "BatchWrong"),
        ({"by": {"id_number": ["9"] * 10_001}}, 422, "BatchWrong"),
        ({"by": {"id_number": ["9"]}, "values": {"person_name": ["a", "b"]}}, 422, "BatchWrong"),
        ({"by": {"person_name": ["王芳"]}}, 403, "NotALookUpColumn"),
        ({"items": ["_batch"]}, 403, "ItemNotGranted"),
        ({"shape": "full"}, 403, "ShapeTooStrong"),
        ({"purpose": "identity"}, 403, "PurposeWrong"),
        ({"case_number": f"A-{WANTED[3]}"}, 422, "CaseNumberWrong"),
        ({"by": {"id_number": ["12345x", "y"]}, "case_number": "A-12345X"}, 422, "CaseNumberWrong"),
    ],
)
def test_a_batch_is_refused_as_a_look_up_is(shared: Any, changed: Any, status: int, code: str) -> None:
    refused(shared, batch(shared, **changed), status, code)
    assert not Usage.objects.exists()


def test_rows_that_the_grant_does_not_cover_are_not_found(shared: Any) -> None:
    narrow(shared.grant, ("address", "prefix", "某旗某苏木"))
    results = batch(shared).json()["answer"]["results"]
    assert [one["found"] for one in results] == [True, False, False, False]


def test_a_batch_is_read_from_the_new_table_while_rows_are_published_anew(shared: Any) -> None:
    async def story(caller: Any) -> Any:
        await caller.look_up(shared.key)
        await aside(publish, "households", PEOPLE[:2], at=NOW, batch=2)
        headers = {"Authorization": f"Bearer {shared.key}"}
        return await until(
            lambda: caller.client.post(
                "/v1/resources/households/batch", content=json.dumps(CALL).encode(), headers=headers
            ),
            200,
        )

    assert [one["found"] for one in run(story).json()["answer"]["results"]] == [True, False, True, True]


def test_one_signature_is_enough_for_a_batch_and_is_used_up(shared: Any) -> None:
    signer = Signer()
    signer.keyid = actions.register_signing_key(
        shared.client, algorithm="ed25519", public=signer.public, by=shared.ann, at=NOW
    ).keyid

    async def story(caller: Any) -> Any:
        made = signer.sign(request(json.dumps(CALL).encode(), "/v1/resources/households/batch"), NOW)
        return await caller.client.send(made), await caller.client.send(made)

    first, second = run(story)
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json()["type"] == "gateway.SignatureReplayed"
    assert Usage.objects.get().asked == 4


def test_thousands_are_answered_in_pieces_and_in_order(shared: Any) -> None:
    people = [
        {"id_number": f"99{n:016d}", "person_name": f"牧民{n}", "address": f"{n}号"} for n in range(2500)
    ]
    publish("households", people, at=NOW, batch=3)
    Grant.objects.filter(pk=shared.grant.pk).update(quota_per_day=10_000)
    wanted = [f"99{n:016d}" for n in (*range(2499, -1, -1), 5000)]
    said = batch(shared, by={"id_number": wanted}, items=["id_number", "person_name"])
    assert said.status_code == 200, said.text
    results = said.json()["answer"]["results"]
    assert len(results) == 2501
    assert [one["found"] for one in results] == [True] * 2500 + [False]
    assert [one["rows"][0]["person_name"] for one in results[:-1]] == [
        f"牧民{n}" for n in range(2499, -1, -1)
    ]
    assert results[0]["rows"][0]["id_number"] != wanted[0]
    verify_receipt(said.json()["receipt"], audit.key())
