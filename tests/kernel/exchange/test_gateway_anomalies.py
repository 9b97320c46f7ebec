"""Unusual use: numbers one after the other, outside hours, far more than usual, one person again and again."""

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from calling import aside, run, until
from published import PEOPLE

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.casework.queries import standings
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import errors
from xilin.kernel.exchange.actions.watching import Found, _raised, alarms_for, close_alarm, watch
from xilin.kernel.exchange.gateway.tallies import Tallies, number_of
from xilin.kernel.exchange.models import Alarm, Grant, Tally, Usage
from xilin.kernel.standards.queries import declared

pytestmark = pytest.mark.django_db(transaction=True)
NOW = small_league.NOW
RULE = """
[[anomaly]]
code = "{code}"
name = {{ zh = "x" }}
kind = "{kind}"
least = {least}
since = {since}
source = "test"
{more}
"""


def declare(folder: Any, kind: str, least: int, *, since: str = "2026-01-01", more: str = "") -> None:
    small_league.apply(
        folder, {"anomalies.toml": RULE.format(code=kind, kind=kind, least=least, since=since, more=more)}
    )


def look_up(hub: Any, ids: list[str], at: Any = NOW) -> list[int]:
    async def story(caller: Any) -> list[int]:
        return [(await caller.look_up(hub.key, by={"id_number": one})).status_code for one in ids]

    return run(story, lambda: at)


def test_numbers_one_after_the_other_stop_the_grant_until_somebody_looked(shared: Any, tmp_path: Any) -> None:
    declare(tmp_path, "sequence", 8, more="suspend = true")
    assert look_up(shared, [f"99010119850229{n:03d}X" for n in range(7)]) == [200] * 7
    assert watch(at=NOW) == []
    look_up(shared, [f"99010119850229{n:03d}X" for n in range(7, 12)])
    tally = Tally.objects.get()
    assert (tally.asked, tally.near) == (12, 10)
    (alarm,) = watch(at=NOW)
    assert (alarm.grants, alarm.suspends, watch(at=NOW)) == ([shared.grant.number], True, [])
    assert look_up(shared, [PEOPLE[0]["id_number"]]) == [403]
    with pytest.raises(errors.NotAParty):
        close_alarm(alarm, by=shared.dora, at=NOW, remark="x")
    with pytest.raises(errors.ReasonMissing):
        close_alarm(alarm, by=shared.bob, at=NOW, remark=" ")

    async def story(caller: Any) -> Any:
        assert (await caller.look_up(shared.key)).status_code == 403
        await aside(close_alarm, alarm, by=shared.bob, at=NOW, remark="年度普查")
        return await until(lambda: caller.look_up(shared.key), 200, seconds=1)

    assert run(story).status_code == 200
    logged = [audit.entries(kind=f"exchange.anomaly.{what}") for what in ("found", "closed")]
    kinds = [found.filter(seq__gte=shared.log).count() for found in logged]
    assert kinds == [1, 1]


def test_people_at_random_are_not_in_a_row() -> None:
    tallies = Tallies()
    tallies.note(1, NOW, [f"9901{n * 7919 % 10007:05d}19850101001{n % 10}" for n in range(500)])
    ((asked, near),) = tallies._counts.values()
    assert (asked, near) == (500, 0)
    assert [number_of(value) for value in ("99010119850229123X", "乌日娜", "12345", 1234567)] == [
        99010119850229123, None, None, 1234567,
    ]  # fmt: skip


def test_a_batch_of_numbers_in_a_row_is_counted_too(shared: Any) -> None:
    call = {
        "purpose": "assistance",
        "case_number": "A-1",
        "by": {"id_number": [f"99010119850229{n:03d}X" for n in range(9)]},
    }

    async def story(caller: Any) -> Any:
        headers = {"Authorization": f"Bearer {shared.key}"}
        return await caller.client.post(
            "/v1/resources/households/batch", content=json.dumps(call).encode(), headers=headers
        )

    assert run(story).status_code == 200
    assert Tally.objects.get().near == 8


def test_calls_at_night_and_on_days_off_are_counted_together(shared: Any, tmp_path: Any) -> None:
    declare(tmp_path, "off_hours", 4, more="first = 8\nlast = 18")
    night, sunday = NOW + timedelta(hours=12), NOW + timedelta(days=3)
    look_up(shared, [PEOPLE[0]["id_number"]] * 5)
    look_up(shared, [PEOPLE[0]["id_number"]] * 3, at=night)
    assert watch(at=night) == []
    look_up(shared, [PEOPLE[0]["id_number"]], at=night)
    (alarm,) = watch(at=night)
    assert (alarm.figures, alarm.suspends) == ({"asked": 4}, False)
    assert look_up(shared, [PEOPLE[0]["id_number"]] * 4, at=sunday) == [200] * 4
    assert len(watch(at=sunday)) == 1


def test_a_day_far_above_the_days_before_is_found(shared: Any, tmp_path: Any) -> None:
    declare(tmp_path, "volume", 50, more="factor = 3.0")
    today = NOW.date()
    for days, asked in ((1, 20), (2, 30), (3, 25), (20, 4000)):
        Usage.objects.create(grant=shared.grant, day=today - timedelta(days=days), asked=asked)
    use = Usage.objects.create(grant=shared.grant, day=today, asked=74)
    assert watch(at=NOW) == []
    Usage.objects.filter(pk=use.pk).update(asked=75)
    (alarm,) = watch(at=NOW)
    assert alarm.figures == {"asked": 75, "usual": 25.0}


def test_one_person_asked_for_across_grants_is_found_without_being_named(shared: Any, tmp_path: Any) -> None:
    declare(tmp_path, "repeated", 4)
    # the log goes on from test to test: somebody nobody asked for before
    somebody, other = (f"99{secrets.randbelow(10**16):016d}" for _ in range(2))
    look_up(shared, [somebody] * 3 + [other])
    known = set(Alarm.objects.values_list("key", flat=True)) | {
        one.key for one in watch(at=NOW + timedelta(seconds=1))
    }
    look_up(shared, [somebody])
    (alarm,) = watch(at=NOW + timedelta(seconds=1))
    assert alarm.figures["asked"] == 4
    assert alarm.key not in known
    assert alarm.key == keyed_hash(f"id_number={somebody}", NOW)
    assert somebody not in str(vars(alarm))


def test_a_rule_holds_from_its_day_on(shared: Any, tmp_path: Any) -> None:
    Tally.objects.create(grant=Grant.objects.get(), hour=NOW, asked=100, near=100)
    declare(tmp_path, "sequence", 8, since="2026-09-25")
    assert watch(at=NOW) == []
    assert not Alarm.objects.exists()
    assert len(watch(at=NOW + timedelta(hours=20))) == 1


LOOK = """
[[deadline]]
code = "unusual_use_look"
regime = "national"
case_kind = "unusual_use"
step = "look"
days = 3
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
"""


def test_a_pattern_is_one_case_of_the_owner_with_a_clock_until_all_of_it_was_looked_into(
    shared: Any, tmp_path: Any
) -> None:
    rule = RULE.format(code="sequence", kind="sequence", least=3, since="2026-01-01", more="")
    files = {"anomalies.toml": rule, "deadlines.toml": small_league.DEADLINES + LOOK}
    small_league.apply(tmp_path, files)
    for hours in (0, 1):
        Tally.objects.create(grant=shared.grant, hour=NOW - timedelta(hours=hours), asked=9, near=5 + hours)
    first, second = watch(at=NOW)
    assert watch(at=NOW) == []
    (case,) = first.cases.all()
    assert list(second.cases.all()) == [case]
    assert (case.kind, case.department.code, case.state) == ("unusual_use", "police", "open")
    assert case.due_at is not None
    assert [one.case for one in standings(NOW, department=shared.bob.department)] == [case]
    found = audit.entries(kind="exchange.anomaly.found").filter(seq__gte=shared.log)
    assert [entry.detail["cases"] for entry in found] == [[case.number]] * 2

    close_alarm(first, by=shared.bob, at=NOW, remark="普查")
    case.refresh_from_db()
    assert case.state == "open"
    guard = small_league.person("guard", None, User.Role.SECURITY)
    assert set(alarms_for(guard)) == {first, second}
    close_alarm(second, by=guard, at=NOW, remark="同一次普查")
    case.refresh_from_db()
    step = case.steps.get()
    assert (case.state, step.outcome, step.remark, step.ended_by) == (
        "closed",
        "looked_into",
        "同一次普查",
        guard,
    )
    closed = audit.entries(kind="exchange.anomaly.closed").filter(seq__gte=shared.log)
    assert [entry.detail["cases"] for entry in closed] == [[case.number]] * 2

    Tally.objects.create(grant=shared.grant, hour=NOW - timedelta(hours=3), asked=9, near=7)
    (third,) = watch(at=NOW)
    assert third.cases.get() != case


def test_an_alarm_about_several_owners_is_a_case_of_each(shared: Any, tmp_path: Any) -> None:
    rule = RULE.format(code="repeated", kind="repeated", least=2, since="2026-01-01", more="")
    small_league.apply(tmp_path, {"anomalies.toml": rule, "deadlines.toml": small_league.DEADLINES + LOOK})
    entities = shared.ask(resource=catalog.resource("entities"), items=["uscc"])
    other = Grant.objects.get(request=entities)
    alarm = _raised(
        declared("anomaly")["repeated"], Found("2026-09:00", (shared.grant, other), {"asked": 3}), NOW
    )
    assert alarm is not None
    assert {case.department.code for case in alarm.cases.all()} == {"police", "market"}
    close_alarm(alarm, by=shared.dora, at=NOW, remark="核实无误")
    assert {case.state for case in alarm.cases.all()} == {"closed"}
