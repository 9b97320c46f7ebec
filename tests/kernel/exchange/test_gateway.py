"""What the gateway answers, in every shape, and what it keeps of each answer."""

import hashlib
import json
from datetime import date

import pytest
from calling import ID, aside, entries_since, run, until
from published import PEOPLE, publish

import small_league
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.verifier import canonical, verify_receipt
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, queries
from xilin.kernel.exchange.models import Client
from xilin.kernel.registry.models import Entity, EntityIdentifier

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "990101199912319999"


def look_up(hub, code="households", **changed):
    async def story(caller):
        return await caller.look_up(hub.key, code, **changed)

    return run(story)


def grant(hub, **changed):
    """A grant of another shape or resource for the same system, approved as it was asked for."""
    if isinstance(code := changed.get("resource"), str):
        changed["resource"] = catalog.resource(code)
    request = hub.ask(**changed)
    if hasattr(request, "grant"):
        return request.grant
    return actions.approve(request, by=hub.dora if request.provider.code == "market" else hub.bob, at=hub.now)


def test_a_masked_answer_shows_what_the_grant_shows_with_a_receipt_that_holds(shared):
    answered = look_up(shared)

    assert answered.status_code == 200, answered.text
    answer = answered.json()["answer"]
    assert answer["rows"] == [{"id_number": "990101************", "person_name": "王芳", "address": None}]
    assert (answer["found"], answer["shape"], answer["grant"]) == (True, "masked", shared.grant.number)
    entry = verify_receipt(answered.json()["receipt"], audit.key())
    assert (entry["kind"], entry["by"], entry["department"], entry["provider"], entry["subject"]) == (
        "exchange.access", "means_check", "civil", "police", "households",
    )  # fmt: skip
    detail = entry["detail"]
    assert detail["case_number"] == "低保-2026-001"
    assert (detail["purpose"], detail["rows"], detail["decision"]) == ("assistance", 1, "answered")
    assert detail["items"] == ["id_number", "person_name", "address"]
    assert detail["digest"] == hashlib.sha256(canonical(answer)).hexdigest()


def test_the_log_knows_which_record_was_looked_up_only_by_a_keyed_hash(shared):
    async def story(caller):
        for value in (ID, ID, NOBODY):
            await caller.look_up(shared.key, by={"id_number": value}, user="窗口3号李某")

    run(story)

    entries = entries_since(shared.log)
    hashes = [entry.detail["by"]["id_number"] for entry in entries]
    assert hashes[0] == hashes[1] != hashes[2]
    assert [entry.detail["found"] for entry in entries] == [True, True, False]
    assert len({entry.detail["digest"] for entry in entries}) == 3, "equal answers don't have equal digests"
    assert len({entry.detail["operator"] for entry in entries}) == 1
    for entry in entries:
        for personal in (ID, NOBODY, "王芳", "李某", "某旗某镇"):
            assert personal not in entry.text


def test_fewer_items_may_be_asked_for(shared):
    answer = look_up(shared, items=["person_name"]).json()["answer"]

    assert answer["rows"] == [{"person_name": "王芳"}]


def test_who_is_not_there_is_not_found_and_still_logged(shared):
    answered = look_up(shared, by={"id_number": NOBODY}).json()

    assert (answered["answer"]["found"], answered["answer"]["rows"]) == (False, [])
    assert verify_receipt(answered["receipt"], audit.key())["detail"]["rows"] == 0


def test_a_full_answer_shows_all_and_a_masked_one_under_the_same_grant_what_the_catalogue_masks(shared):
    actions.revoke(shared.grant, by=shared.bob, at=shared.now, reason="x")
    grant(shared, shape="full")

    full = look_up(shared).json()["answer"]
    masked = look_up(shared, shape="masked").json()["answer"]

    assert full["rows"] == [{"id_number": ID, "person_name": "王芳", "address": "某旗某镇1号"}]
    assert masked["rows"] == [{"id_number": "990101************", "person_name": "王芳", "address": None}]


def test_verification_says_yes_or_no_of_each_value_and_nothing_else(shared):
    grant(shared, shape="verify", purpose="identity")
    values = {"person_name": "王芳", "address": "某旗某镇2号"}

    right = look_up(shared, purpose="identity", values=values)
    nobody = look_up(shared, purpose="identity", values=values, by={"id_number": NOBODY})

    answer = right.json()["answer"]
    assert answer["matches"] == {"person_name": True, "address": False}
    assert answer.keys() == {"resource", "grant", "shape", "nonce", "matches"}
    assert nobody.json()["answer"]["matches"] == {"person_name": False, "address": False}
    assert "王芳" not in right.json()["receipt"]["entry"]


def test_a_status_answer_says_found_and_the_status_columns_alone(shared, tmp_path):
    elements = small_league.ELEMENTS + (
        '[[element]]\ncode = "marital_status"\nname = { zh = "婚姻状况" }\ntype = "string"\nsource = "test"\n'
        'code_list = "marital"\n'
    )
    lists = (
        '[[code_list]]\ncode = "marital"\nname = { zh = "婚姻" }\nsource = "test"\nsince = 2020-01-01\n'
        'entries = [["1", "未婚"]]\n'
    )
    (tmp_path / "code_lists").mkdir()
    (tmp_path / "code_lists" / "lists.toml").write_text(lists, encoding="utf-8")
    households = small_league.HOUSEHOLDS + '[[item]]\nelement = "marital_status"\n'
    small_league.apply(tmp_path, all=elements, households=households)
    publish("households", [row | {"marital_status": "1"} for row in PEOPLE], at=shared.now, batch=2)
    grant(shared, shape="status", purpose="identity", items=["id_number", "person_name", "marital_status"])

    answer = look_up(shared, purpose="identity").json()["answer"]

    assert (answer["found"], answer["status"]) == (True, [{"marital_status": "1"}])
    assert answer.keys() == {"resource", "grant", "shape", "nonce", "found", "status"}


def test_what_the_law_grants_at_once_is_answered_at_once(shared):
    async def story(caller):
        before = await caller.look_up(shared.key, "entities", by={"uscc": "91990101MA00000001"})
        await aside(grant, shared, resource="entities", items=["uscc", "organisation_name"])
        after = await until(
            lambda: caller.look_up(shared.key, "entities", by={"uscc": "91990101MA00000001"}), 200
        )
        return before, after

    before, after = run(story)

    assert before.status_code == 403
    assert after.json()["answer"]["rows"] == [
        {"uscc": "91990101MA00000001", "organisation_name": "第1牧业合作社"}
    ]


def test_two_grants_give_different_pseudonyms_of_one_person(shared, tmp_path):
    masks = small_league.MASKS.replace('kind = "stars"', 'kind = "pseudonym"')
    small_league.apply(tmp_path, masks=masks)
    grant(shared, purpose="identity", shape="masked")

    async def story(caller):
        purposes = ("assistance", "assistance", "identity")
        found = [await caller.look_up(shared.key, purpose=purpose) for purpose in purposes]
        return [one.json()["answer"]["rows"][0]["id_number"] for one in found]

    one, again, other = run(story)

    assert one == again != other
    assert ID not in (one, other)


def test_rows_published_anew_are_served_without_a_break(shared):
    async def story(caller):
        await caller.look_up(shared.key)
        newer = [row | {"person_name": "王芳芳"} for row in PEOPLE]
        await aside(publish, "households", newer, at=shared.now, batch=2)
        return await caller.look_up(shared.key)

    assert run(story).json()["answer"]["rows"][0]["person_name"] == "王芳芳"


def test_golden_records_of_a_base_resource_are_served_from_the_registry(shared, tmp_path):
    registry = """
code = "people"
name = { zh = "人口库" }
[[attribute]]
code = "id_number"
element = "id_number"
[[attribute]]
code = "name"
element = "person_name"
column = "person_name"
[[identifier]]
attribute = "id_number"
"""
    base = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'base = true\nregistry = "people"')
    (tmp_path / "registries").mkdir()
    (tmp_path / "registries" / "people.toml").write_text(registry, encoding="utf-8")
    small_league.apply(tmp_path, households=base)
    for ended, name in ((None, "王芳"), (3, "旧的")):
        entity = Entity.objects.create(
            registry="people", attributes={"id_number": ID, "name": name}, provenance={}, records=2, digest="x",
            since_run=1, changed_run=1, ended_run=ended,
        )  # fmt: skip
        EntityIdentifier.objects.create(registry="people", attribute="id_number", value=ID, entity=entity)

    answer = look_up(shared).json()["answer"]

    assert answer["rows"] == [{"id_number": "990101************", "person_name": "王芳", "address": None}]


def test_the_public_pages_need_no_key(shared):
    async def story(caller):
        return [await caller.client.get(f"/v1/{path}") for path in ("health", "key", "openapi.json")]

    health, key, document = run(story)

    assert health.json()["status"] == "ok"
    assert health.json()["resources"] == 2
    assert key.json() == {"key": audit.key()}
    assert document.json()["openapi"] == "3.1.0"


def test_the_use_of_a_departments_data_is_told_to_it_and_to_the_auditor(shared):
    receipt = look_up(shared).json()["receipt"]

    def seen_by(user):
        return [use for use in queries.usage_for(user) if use.number >= shared.log]

    (used,) = seen_by(shared.bob)
    assert (used.client, used.department, used.resource) == ("means_check", "civil", "households")
    assert used.system == Client.objects.get(code="means_check").name != "means_check"
    assert (used.purpose, used.case_number, used.found) == ("assistance", "低保-2026-001", True)
    assert (used.at, used.number) == (shared.now, receipt["index"])
    assert seen_by(shared.auditor) == [used]
    assert seen_by(shared.dora) == seen_by(shared.ann) == []
    assert queries.usage_for(None) == []


def test_the_count_of_grants_in_force_follows_their_terms(shared):
    assert queries.in_force(shared.now) == 1
    actions.revoke(shared.grant, by=shared.bob, at=shared.now, reason="x")
    assert queries.in_force(shared.now) == 0
    grant(shared, valid_until=date(2026, 9, 30))
    assert queries.in_force(shared.now) == 1
    assert queries.in_force(shared.now.replace(month=11)) == 0


def test_canonical_json_of_the_answer_is_what_any_json_library_makes_of_it(shared):
    answered = look_up(shared)
    answer = json.loads(answered.content)["answer"]

    again = json.dumps(answer, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert again in answered.content
