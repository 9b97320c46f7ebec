"""Verification: of one record, and not so often that yes and no tell a value."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from calling import ID, Caller, entries_since, run
from published import PEOPLE, publish
from test_gateway_refusals import refused

import small_league
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.gateway import Gateway
from xilin.kernel.exchange.models import Verification

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
OTHER = PEOPLE[1]["id_number"]


@pytest.fixture
def verifying(shared):
    """The hub with a grant of verification beside the masked one."""
    shared.verify = actions.approve(
        shared.ask(shape="verify", purpose="identity"), by=shared.bob, at=shared.now
    )
    return shared


def guess(caller, hub, name="王小明", **changed):
    return caller.look_up(hub.key, purpose="identity", values={"person_name": name}, **changed)


def test_the_sixth_verification_of_a_record_on_a_day_is_refused_whatever_is_guessed(verifying):
    async def story(caller):
        found = [await guess(caller, verifying, f"王{n}") for n in range(5)]
        beyond = await guess(caller, verifying, "王芳")
        english = await guess(caller, verifying, "王芳", language="en")
        return found, beyond, english, await guess(caller, verifying, by={"id_number": OTHER})

    found, beyond, english, another = run(story)

    assert [one.status_code for one in found] == [200] * 5
    entry = refused(verifying, beyond, 429, "VerifiedTooOften")
    assert entry["detail"]["grant"] == verifying.verify.number
    assert "5" in beyond.json()["title"]
    assert "明日" in beyond.json()["detail"]
    assert "tomorrow" in english.json()["detail"]
    assert "matches" not in beyond.text
    assert another.status_code == 200, "another record is no longer answered"


def test_a_record_that_is_not_there_has_no_more_attempts_than_one_that_is(verifying):
    async def story(caller):
        return [await guess(caller, verifying, by={"id_number": "990101199912319999"}) for _ in range(6)]

    assert [one.status_code for one in run(story)] == [200] * 5 + [429]


def test_each_grant_and_each_day_of_the_platforms_zone_has_its_own_count(verifying):
    actions.approve(verifying.ask(shape="full"), by=verifying.bob, at=NOW)
    midnight = datetime(2026, 9, 24, 16, tzinfo=UTC)
    moment = NOW

    async def story(caller):
        nonlocal moment
        found = [await guess(caller, verifying) for _ in range(6)]
        found.append(await caller.look_up(verifying.key, values={"address": "某旗"}))
        for moment in (midnight - timedelta(seconds=1), midnight):  # noqa: B007 - the gateway's clock reads it
            found.append(await guess(caller, verifying))
        return found

    statuses = [one.status_code for one in run(story, lambda: moment)]

    assert statuses == [200] * 5 + [429, 200, 429, 200]


def test_the_count_goes_on_where_a_day_lies_in_two_months_of_the_logs_keys(verifying):
    """The first of October begins in Shanghai while the log still hashes with September's key."""
    moment = datetime(2026, 9, 30, 23, tzinfo=UTC)

    async def story(caller):
        nonlocal moment
        found = [await guess(caller, verifying) for _ in range(3)]
        moment += timedelta(hours=2)
        return found + [await guess(caller, verifying) for _ in range(3)]

    assert [one.status_code for one in run(story, lambda: moment)] == [200] * 5 + [429]


def test_looking_up_by_a_second_column_begins_no_new_count(verifying, tmp_path):
    wider = small_league.HOUSEHOLDS.replace('lookup = ["id_number"]', 'lookup = ["id_number", "person_name"]')
    small_league.apply(tmp_path, households=wider)
    ways = [{"id_number": ID}, {"id_number": ID, "person_name": "王芳"}]

    async def story(caller):
        found = []
        for n in range(6):
            call = {"by": ways[n % 2], "values": {"address": f"{n}"}}
            found.append(await caller.look_up(verifying.key, purpose="identity", **call))
        return found

    assert [one.status_code for one in run(story)] == [200] * 5 + [429]


def test_the_limit_is_exact_when_two_gateways_answer_many_calls_at_once(verifying):
    async def story(one):
        second = Gateway(lambda: NOW)
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(second), base_url="http://second"
            ) as client:
                callers = (one, Caller(client, second))
                return await asyncio.gather(*(guess(callers[n % 2], verifying, f"王{n}") for n in range(24)))
        finally:
            await second.close()

    statuses = [one.status_code for one in run(story)]

    assert (statuses.count(200), statuses.count(429)) == (5, 19)
    kinds = [entry.kind for entry in entries_since(verifying.log)]
    assert (kinds.count("exchange.access"), kinds.count("exchange.denied")) == (5, 19)


def test_the_limit_is_a_setting(verifying, settings):
    settings.VERIFY_LIMIT = 2

    async def story(caller):
        return [await guess(caller, verifying) for _ in range(3)]

    assert [one.status_code for one in run(story)] == [200, 200, 429]


def test_counts_name_nobody_and_are_forgotten_when_their_day_is_past(verifying):
    moment = NOW

    async def story(caller):
        nonlocal moment
        await guess(caller, verifying)
        moment += timedelta(days=2)
        await guess(caller, verifying, by={"id_number": OTHER})

    run(story, lambda: moment)

    (kept,) = Verification.objects.all()
    assert kept.day.isoformat() == "2026-09-26"
    assert OTHER not in kept.who


def test_of_several_records_all_that_is_confirmed_is_of_one(verifying):
    twice = [
        {"id_number": ID, "person_name": "王芳", "address": "某旗某镇1号"},
        {"id_number": ID, "person_name": "李娜", "address": "某旗某镇9号"},
        {"id_number": ID, "person_name": None, "address": "某旗某镇5号"},
    ]

    def matches(rows, name, address, batch):
        publish("households", rows, at=NOW, batch=batch)

        async def story(caller):
            values = {"person_name": name, "address": address}
            return await caller.look_up(verifying.key, purpose="identity", values=values)

        said = run(story).json()["answer"]["matches"]
        return said["person_name"], said["address"]

    assert matches(twice, "李娜", "某旗某镇9号", 2) == (True, True)
    mixed = matches(twice, "王芳", "某旗某镇9号", 3)
    assert sum(mixed) == 1, "the name of one record and the address of another were both confirmed"
    assert matches(twice[::-1], "王芳", "某旗某镇9号", 4) == mixed, "the answer hangs on the order of rows"
    assert matches(twice, "张三", "某旗某镇5号", 5) == (False, True)
