"""Every way to be refused: nothing leaves, the caller learns what to do, and the log has it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from calling import CALL, ID, Caller, aside, entries_since, run, until
from django.db import connection
from published import PEOPLE, publish

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.verifier import verify_receipt
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.gateway import Gateway
from xilin.kernel.exchange.models import ClientKey, Usage

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
SECRETS = (ID, "王芳", "某旗某镇1号", "乌日娜其木格")


def look_up(hub, code="households", clock=lambda: NOW, key=None, **changed):
    async def story(caller):
        return await caller.look_up(key or hub.key, code, **changed)

    return run(story, clock)


def refused(hub, answered, status, code, *, case=None):
    """Check a refusal from all sides: the answer, its receipt, the log, and that nothing leaked."""
    said = answered.json()
    assert (answered.status_code, said["type"]) == (status, f"gateway.{code}"), case or answered.text
    assert answered.headers["content-type"] == "application/problem+json"
    entry = verify_receipt(said.pop("receipt"), audit.key())
    assert (entry["kind"], entry["detail"]["decision"]) == ("exchange.denied", f"gateway.{code}")
    assert (entry["by"], entry["department"]) == ("means_check", "civil")
    assert entry["seq"] in [logged.seq for logged in entries_since(hub.log)]
    for secret in SECRETS:
        assert secret not in json.dumps([said, entry], ensure_ascii=False)
    return entry


CALLS = [
    ({"purpose": "identity"}, 403, "PurposeWrong"),
    ({"purpose": "nonsense"}, 403, "PurposeWrong"),
    ({"purpose": ""}, 422, "CallWrong"),
    ({"purpose": None}, 422, "CallWrong"),
    ({"case_number": None}, 422, "CallWrong"),
    ({"case_number": " "}, 422, "CaseNumberWrong"),
    ({"case_number": "王芳"}, 422, "CaseNumberWrong"),
    ({"case_number": "x" * 65}, 422, "CallWrong"),
    ({"case_number": "办件\n2"}, 422, "CaseNumberWrong"),
    ({"case_number": f"A-{ID}"}, 422, "CaseNumberWrong"),
    ({"case_number": f"{ID[:6]}-{ID[6:]}"}, 422, "CaseNumberWrong"),
    ({"case_number": "".join(chr(ord(digit) + 0xFEE0) for digit in ID)}, 422, "CaseNumberWrong"),
    ({"case_number": "母990101196001021220"}, 422, "CaseNumberWrong"),
    ({"by": {}}, 422, "CallWrong"),
    ({"by": {"person_name": "王芳"}}, 403, "NotALookUpColumn"),
    ({"by": {"id_number": ID, "person_name": "王芳"}}, 403, "NotALookUpColumn"),
    ({"by": {"id_number": [ID]}}, 422, "CallWrong"),
    ({"by": {"id_number": {"$ne": ""}}}, 422, "CallWrong"),
    ({"by": {"id_number": None}}, 422, "CallWrong"),
    ({"by": {"id_number": 99}}, 422, "ValueWrong"),
    ({"by": {"id_number": "9\0"}}, 422, "ValueWrong"),
    ({"by": {"id_number": ""}}, 422, "CallWrong"),
    ({"by": {"id_number": "9" * 201}}, 422, "CallWrong"),
    ({"by": {"_batch": "1"}}, 403, "NotALookUpColumn"),
    ({"by": {'id_number" = "id_number" --': "1"}}, 403, "NotALookUpColumn"),
    ({"items": ["id_number", "_source"]}, 403, "ItemNotGranted"),
    ({"items": ["*"]}, 403, "ItemNotGranted"),
    ({"items": ["address; DROP TABLE x"]}, 403, "ItemNotGranted"),
    ({"items": []}, 422, "CallWrong"),
    ({"shape": "full"}, 403, "ShapeTooStrong"),
    ({"shape": "masked", "values": {"person_name": "王芳"}}, 403, "ShapeTooStrong"),
    ({"shape": "verify"}, 403, "ShapeTooStrong"),
    ({"shape": "everything"}, 422, "CallWrong"),
    ({"values": {"person_name": "王芳", "secret": "1"}}, 403, "ItemNotGranted"),
    ({"values": {"address": "某旗某镇1号"}}, 403, "MaskedNotVerified"),
    ({"values": {"person_name": "王芳", "id_number": ID}, "shape": "verify"}, 403, "MaskedNotVerified"),
    ({"filter": "1=1"}, 422, "CallWrong"),
    ({"limit": 1000}, 422, "CallWrong"),
    ({"code": "entities"}, 403, "NotGranted"),
    ({"code": "corrections"}, 403, "NotGranted"),
    ({"code": "nowhere"}, 404, "ResourceUnknown"),
    ({"code": "households%22--"}, 404, "ResourceUnknown"),
]


def test_every_call_beyond_the_grant_is_refused_and_logged(shared):
    async def story(caller):
        return [await caller.look_up(shared.key, **changed) for changed, _, _ in CALLS]

    for (changed, status, code), answered in zip(CALLS, run(story), strict=True):
        refused(shared, answered, status, code, case=changed)
    assert [entry.kind for entry in entries_since(shared.log)] == ["exchange.denied"] * len(CALLS)


BODIES = [
    (b"", 400, "BodyNotJson"),
    (b"{", 400, "BodyNotJson"),
    (b"\xff\xfe", 400, "BodyNotJson"),
    (b"[]", 422, "CallWrong"),
    (b'{"purpose":"assistance","case_number":"\\ud800","by":{"id_number":"1"}}', 400, "BodyNotJson"),
    (b"[" * 60_000, 422, "CallWrong"),
    (b" " * 65_537, 413, "BodyTooLarge"),
]


def test_a_body_that_is_none_is_refused_and_logged(shared):
    async def story(caller):
        return [await caller.post(shared.key, "households", body) for body, _, _ in BODIES]

    for (body, status, code), answered in zip(BODIES, run(story), strict=True):
        refused(shared, answered, status, code, case=body[:40])


def test_a_body_that_grows_beyond_the_limit_is_refused_without_being_read_to_its_end(shared):
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 100:
            sent += 1
            yield b" " * 10_000

    async def story(caller):
        headers = {"Authorization": f"Bearer {shared.key}"}
        return await caller.client.post("/v1/resources/households/lookup", content=endless(), headers=headers)

    refused(shared, run(story), 413, "BodyTooLarge")
    assert sent < 20


ADDRESSES = [
    ("GET", "/v1/resources/households/lookup", 405, "MethodWrong"),
    ("DELETE", "/v1/resources/households/lookup", 405, "MethodWrong"),
    ("POST", "/v1/health", 405, "MethodWrong"),
    ("GET", "/v1/resources/households", 404, "PathUnknown"),
    ("POST", "/v1/resources/households/lookup/", 404, "PathUnknown"),
    ("GET", "/../etc/passwd", 404, "PathUnknown"),
    ("GET", "/", 404, "PathUnknown"),
]


def test_a_wrong_address_or_method_with_a_key_is_refused_and_logged(shared):
    async def story(caller):
        headers = {"Authorization": f"Bearer {shared.key}"}
        return [
            await caller.client.request(method, path, headers=headers) for method, path, _, _ in ADDRESSES
        ]

    for (method, path, status, code), answered in zip(ADDRESSES, run(story), strict=True):
        refused(shared, answered, status, code, case=(method, path))
        assert (status == 405) == ("allow" in answered.headers)


def test_without_a_known_key_nothing_is_answered_and_nothing_is_logged(shared):
    cases = [
        (None, "KeyMissing"),
        ("Basic YQ==", "KeyMissing"),
        ("Bearer ", "KeyMissing"),
        ("Bearer xk_wrong", "KeyUnknown"),
    ]

    async def story(caller):
        path = "/v1/resources/households/lookup"
        headers = [{"Authorization": header} if header else {} for header, _ in cases]
        return [await caller.client.post(path, json=CALL, headers=one) for one in headers]

    for (header, code), answered in zip(cases, run(story), strict=True):
        assert (answered.status_code, answered.json()["type"]) == (401, f"gateway.{code}"), header
        assert answered.headers["www-authenticate"] == "Bearer"
        assert "receipt" not in answered.json()
    assert entries_since(shared.log) == []


def test_a_revoked_key_is_refused_and_logged(shared):
    actions.revoke_key(ClientKey.objects.get(), by=shared.ann, at=NOW)
    refused(shared, look_up(shared), 401, "KeyEnded")


def test_an_expired_key_is_refused_and_logged(shared):
    key = actions.issue_key(shared.client, by=shared.ann, at=NOW, expires_at=NOW + timedelta(hours=1))

    assert look_up(shared, key=key).status_code == 200
    late = look_up(shared, key=key, clock=lambda: NOW + timedelta(hours=1))
    refused(shared, late, 401, "KeyEnded")


def test_the_keys_of_a_retired_system_are_refused_and_logged(shared):
    actions.retire_client(shared.client, by=shared.ann, at=NOW)
    refused(shared, look_up(shared), 401, "KeyEnded")


def test_a_revoked_grant_is_refused(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    entry = refused(shared, look_up(shared), 403, "GrantNotInForce")
    assert entry["detail"]["grant"] == shared.grant.number


def test_before_and_after_its_term_a_grant_is_refused(shared):
    before, end = NOW - timedelta(seconds=1), datetime(2027, 3, 31, 16, tzinfo=UTC)

    refused(shared, look_up(shared, clock=lambda: before), 403, "GrantNotInForce")
    assert look_up(shared, clock=lambda: end - timedelta(seconds=1)).status_code == 200
    refused(shared, look_up(shared, clock=lambda: end), 403, "GrantNotInForce")


def test_the_hours_of_a_grant_are_hours_of_the_platforms_zone(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    actions.approve(shared.ask(), by=shared.bob, at=NOW, hours=(9, 17))
    hour = 0

    def clock():
        return datetime(2026, 9, 25, hour, 30, tzinfo=UTC) - timedelta(hours=8)

    async def story(caller):
        nonlocal hour
        answered = []
        for hour in (0, 8, 9, 16, 17):  # noqa: B007 - the clock reads it
            answered.append(await caller.look_up(shared.key))
        return answered

    answered = run(story, clock)

    assert [one.status_code for one in answered] == [403, 403, 200, 200, 403]
    refused(shared, answered[-1], 403, "OutsideHours")


def test_a_call_that_was_begun_within_the_hours_and_ends_after_them_is_refused(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    actions.approve(shared.ask(), by=shared.bob, at=NOW, hours=(9, 17))
    now = datetime(2026, 9, 25, 16, 59, tzinfo=UTC) - timedelta(hours=8)

    async def slowly():
        nonlocal now
        body = json.dumps(CALL).encode()
        yield body[:20]
        now += timedelta(minutes=2)
        yield body[20:]

    async def story(caller):
        headers = {"Authorization": f"Bearer {shared.key}"}
        path = "/v1/resources/households/lookup"
        return await caller.client.post(path, content=slowly(), headers=headers)

    entry = refused(shared, run(story, lambda: now), 403, "OutsideHours")

    assert entry["at"] == "2026-09-25T09:01:00.000000Z"


def test_a_key_that_expires_while_the_body_comes_is_refused(shared):
    now = NOW
    key = actions.issue_key(shared.client, by=shared.ann, at=NOW, expires_at=NOW + timedelta(hours=1))

    async def slowly():
        nonlocal now
        now += timedelta(hours=1)
        yield json.dumps(CALL).encode()

    async def story(caller):
        headers = {"Authorization": f"Bearer {key}"}
        path = "/v1/resources/households/lookup"
        return await caller.client.post(path, content=slowly(), headers=headers)

    refused(shared, run(story, lambda: now), 401, "KeyEnded")


def test_the_systems_of_a_department_that_is_no_more_are_refused(shared):
    def leave():
        Department.objects.filter(code="civil").update(retired=True)

    async def story(caller):
        assert (await caller.look_up(shared.key)).status_code == 200
        await aside(leave)
        return await caller.look_up(shared.key)

    refused(shared, run(story), 403, "GrantNotInForce")
    refused(shared, look_up(shared), 401, "KeyEnded")


def test_a_column_of_the_resource_that_was_not_granted_is_not_had_by_any_way(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    actions.approve(shared.ask(items=["id_number", "person_name"]), by=shared.bob, at=NOW)

    refused(shared, look_up(shared, items=["address"]), 403, "ItemNotGranted")
    refused(shared, look_up(shared, values={"address": "某旗某镇1号"}), 403, "ItemNotGranted")
    assert "address" not in look_up(shared).json()["answer"]["rows"][0]


def test_a_look_up_column_that_was_not_granted_can_not_be_used(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    actions.approve(shared.ask(items=["person_name"]), by=shared.bob, at=NOW)

    refused(shared, look_up(shared), 403, "NotALookUpColumn")


def test_a_look_up_column_the_approver_masked_tells_nothing_by_found_or_not_found(shared, tmp_path):
    by_name = small_league.HOUSEHOLDS.replace(
        'lookup = ["id_number"]', 'lookup = ["id_number", "person_name"]'
    )
    small_league.apply(tmp_path, households=by_name)
    publish("households", PEOPLE, at=NOW)
    assert look_up(shared, by={"person_name": "王芳"}).json()["answer"]["rows"]

    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    actions.approve(shared.ask(), by=shared.bob, at=NOW, masks={"person_name": "hidden"})

    for name in ("王芳", "王方"):
        refused(shared, look_up(shared, by={"person_name": name}), 403, "NotALookUpColumn")
        both = {"id_number": PEOPLE[0]["id_number"], "person_name": name}
        refused(shared, look_up(shared, by=both), 403, "NotALookUpColumn")
    assert look_up(shared).json()["answer"]["rows"]  # by the number, which is masked too but names one person


def test_an_item_the_catalogue_no_longer_shares_is_refused_under_an_old_grant_too(shared, tmp_path):
    denied = small_league.HOUSEHOLDS.replace(
        'element = "address"', 'element = "address"\nshare_type = "denied"\nshare_basis = { zh = "x" }'
    )
    small_league.apply(tmp_path, households=denied)

    refused(shared, look_up(shared, items=["address"]), 403, "ItemNotGranted")
    assert "address" not in look_up(shared).json()["answer"]["rows"][0]


def test_a_resource_that_left_the_catalogue_is_refused(shared, tmp_path):
    small_league.apply(tmp_path, households=None)
    refused(shared, look_up(shared), 404, "ResourceUnknown")


def test_another_systems_grant_is_of_no_use(shared):
    justice = User.objects.create(
        username="jane", department=Department.objects.get(code="justice"), role=User.Role.STEWARD
    )
    other = actions.register_client(code="other", name="别的系统", by=justice, at=NOW)
    key = actions.issue_key(other, by=justice, at=NOW)

    answered = look_up(shared, key=key)

    assert (answered.status_code, answered.json()["type"]) == (403, "gateway.NotGranted")
    (entry,) = entries_since(shared.log)
    assert (entry.by, entry.department, entry.detail["grant"]) == ("other", "justice", "")


INJECTIONS = [
    "' OR '1'='1",
    "'; DROP TABLE exchange_grant; --",
    "\\",
    "%",
    "_" * 18,
    "{99}",
    "$1",
    "9901') UNION SELECT 1 --",
    "\u202e",
]


def test_values_that_look_like_sql_are_values(shared):
    async def story(caller):
        return [await caller.look_up(shared.key, by={"id_number": value}) for value in INJECTIONS]

    for value, answered in zip(INJECTIONS, run(story), strict=True):
        assert answered.status_code == 200, value
        assert answered.json()["answer"]["rows"] == [], value


def test_a_resource_that_is_not_published_is_not_answered(shared):
    shared.ask(resource=catalog.resource("entities"), items=["uscc"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE exchange_publication SET state = 'replaced' WHERE resource = 'entities'")

    refused(shared, look_up(shared, "entities", by={"uscc": "x"}), 503, "NotPublished")


def test_more_records_than_a_single_case_has_are_refused(shared):
    publish("households", [PEOPLE[0]] * 101, at=NOW, batch=2)
    refused(shared, look_up(shared), 422, "TooManyRows")
    publish("households", [PEOPLE[0]] * 100, at=NOW, batch=3)
    assert len(look_up(shared).json()["answer"]["rows"]) == 100


def test_the_quota_is_exact_when_two_gateways_answer_many_calls_at_once(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    grant = actions.approve(shared.ask(quota_per_day=30), by=shared.bob, at=NOW, quota_per_day=25)

    async def story(one):
        async def other(caller):
            both = [(one, caller)[n % 2].look_up(shared.key) for n in range(70)]
            return await asyncio.gather(*both)

        second = Gateway(lambda: NOW)
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(second), base_url="http://second"
            ) as client:
                return await other(Caller(client, second))
        finally:
            await second.close()

    answered = run(story)

    statuses = [one.status_code for one in answered]
    assert (statuses.count(200), statuses.count(429)) == (25, 45)
    kinds = [entry.kind for entry in entries_since(shared.log)]
    assert (kinds.count("exchange.access"), kinds.count("exchange.denied")) == (25, 45)
    assert Usage.objects.get(grant=grant).asked == 70


def test_a_new_day_of_the_platforms_zone_has_a_new_quota_and_refused_calls_cost_none(shared):
    actions.revoke(shared.grant, by=shared.bob, at=NOW, reason="x")
    actions.approve(shared.ask(), by=shared.bob, at=NOW, quota_per_day=1)
    midnight = datetime(2026, 9, 24, 16, tzinfo=UTC)
    moment = NOW

    async def story(caller):
        nonlocal moment
        found = [await caller.look_up(shared.key, items=["_source"])]
        for moment in (NOW, NOW, midnight - timedelta(seconds=1), midnight):  # noqa: B007 - as above
            found.append(await caller.look_up(shared.key))
        return found

    statuses = [one.status_code for one in run(story, lambda: moment)]

    assert statuses == [403, 200, 429, 429, 200]


def test_a_grant_revoked_while_the_gateway_hears_nothing_is_refused_all_the_same(shared):
    async def story(caller):
        first = await caller.look_up(shared.key)
        caller.gateway._listener.cancel()
        await aside(actions.revoke, shared.grant, by=shared.bob, at=NOW, reason="x")
        return first, await caller.look_up(shared.key)

    first, second = run(story)

    assert first.status_code == 200
    refused(shared, second, 403, "GrantNotInForce")


def test_a_listener_that_lost_its_connection_reads_everything_anew(shared):
    def cut():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query = 'LISTEN xilin_grants' AND datname = current_database()"
            )
            return len(cursor.fetchall())

    async def story(caller):
        await caller.look_up(shared.key)
        for _ in range(100):
            if await aside(cut):
                break
            await asyncio.sleep(0.05)
        await aside(actions.revoke, shared.grant, by=shared.bob, at=NOW, reason="x")
        held = caller.gateway._book.grants
        for _ in range(100):
            if all(grant.revoked for grants in caller.gateway._book.grants.values() for grant in grants):
                return held
            await asyncio.sleep(0.05)
        return None

    assert run(story) is not None


def test_nothing_is_answered_while_the_log_can_not_be_written(shared):
    async def story(caller):
        def rename(old, new):
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")

        await caller.look_up(shared.key)
        await aside(rename, "audit_head", "audit_head_away")
        try:
            lawful = await asyncio.gather(*(caller.look_up(shared.key) for _ in range(5)))
            unlawful = await caller.look_up(shared.key, items=["_source"])
        finally:
            await aside(rename, "audit_head_away", "audit_head")
        return lawful, unlawful, await caller.look_up(shared.key)

    lawful, unlawful, after = run(story)

    for one in [*lawful, unlawful]:
        assert one.status_code == 500
        assert one.json()["type"] == "gateway.Defect"
        assert not [secret for secret in SECRETS if secret in one.text]
    assert after.status_code == 200
    assert [entry.kind for entry in entries_since(shared.log)] == ["exchange.access"] * 2


def test_a_refusal_speaks_the_readers_language(shared):
    said = {
        language: look_up(shared, language=language, purpose="identity").json()
        for language in ("zh-CN,en;q=0.5", "en-GB", "fr", "", "en;q=0.1, zh;q=0.9")
    }

    assert said["zh-CN,en;q=0.5"]["title"] == "“户籍人口基本信息”没有以此用途授权给本系统。"
    assert said["en-GB"]["title"] == "Household registration was not granted to your system for this purpose."
    assert said["fr"]["title"] == said[""]["title"] == said["en;q=0.1, zh;q=0.9"]["title"]
    assert said["fr"]["title"] == said["zh-CN,en;q=0.5"]["title"]
    assert said["en-GB"]["detail"].startswith("Granted is: assistance.")


def test_a_gateway_whose_connections_were_all_cut_refuses_or_answers_and_soon_answers_again(shared):
    def cut():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'xilin gateway'"
            )
            return cursor.fetchone()[0]

    async def story(caller):
        await asyncio.gather(*(caller.look_up(shared.key) for _ in range(8)))
        assert await aside(cut)
        during = [await caller.look_up(shared.key) for _ in range(3)]
        return during, await until(lambda: caller.look_up(shared.key), 200, seconds=10)

    during, after = run(story)

    assert {one.status_code for one in during} <= {200, 503}
    assert all("rows" not in one.text for one in during if one.status_code == 503)
    assert after.status_code == 200
