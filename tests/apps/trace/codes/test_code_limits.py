"""Codes are not issued beyond what there is: by a party's alerts, by a batch's own quantity; two people may let an order pass."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

import trace_league
from lineage_events import at, made, seen
from xilin.apps.trace.codes import issuing, limits
from xilin.apps.trace.codes.errors import (
    LotExceeded,
    NotDecidable,
    NotTheirProduct,
    QuotaExceeded,
    SecondPerson,
)
from xilin.apps.trace.models import Code, CodeBatch, CodeRelease, LineageAlert
from xilin.apps.trace.repository.capture import capture
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.queries import entries
from xilin.kernel.casework import queries as cases

ROLL, PRODUCER, LOT = "09520001000010", "91992500PDY0900194", "L/1"
CLASS = f"https://id.gs1.org/01/{ROLL}/10/L%2F1"
NOW = at(200)


@pytest.fixture
def league(db: Any, tmp_path: Any) -> None:
    trace_league.apply(tmp_path)


def order(count: int, *, lot: str = LOT, producer: str = PRODUCER, when: Any = NOW) -> CodeBatch:
    return issuing.order(
        ROLL,
        count,
        request=uuid4(),
        kind="link",
        site="https://id.example.org",
        at=when,
        lot=lot,
        producer=producer,
    )


def person(name: str, *, code: str = "nmj", role: str = User.Role.STEWARD) -> User:
    return User.objects.create(username=name, department=Department.objects.get(code=code), role=role)


def alert(**more: Any) -> LineageAlert:
    known = {
        "kind": LineageAlert.Kind.MASS, "place": PRODUCER, "gtins": [ROLL], "found_at": at(1),
        "figures": {"kg_in": 20.0, "kg_out": 30.0}, "subject": "cut 1",
    }  # fmt: skip
    fields = {field.name for field in LineageAlert._meta.get_fields()}
    return LineageAlert.objects.create(
        **{name: value for name, value in (known | more).items() if name in fields}
    )


def test_who_claims_more_than_there_is_gets_no_codes_for_more(league: None) -> None:
    order(10)
    one = alert()
    with pytest.raises(QuotaExceeded) as stopped:
        order(10, lot="L2")
    assert f"{one.pk}" in str(stopped.value.advice)
    assert "30.0 kg" in str(stopped.value)
    with pytest.raises(QuotaExceeded):
        order(10, producer="")  # the product's own producer is meant
    assert CodeBatch.objects.count() == 1
    LineageAlert.objects.update(outcome=LineageAlert.Outcome.SETTLED)
    order(10, lot="L2")


def test_a_batch_has_no_more_codes_than_items(league: None) -> None:
    capture([seen(1, "commissioning", f"{CLASS}*50", action="ADD")], party="plant", at=at(2))
    assert limits.room_of(ROLL, LOT) == 50
    issuing.issue(order(30), at=NOW)
    with pytest.raises(LotExceeded, match="50"):
        order(21)
    order(20)
    Code.objects.filter(pk__in=list(Code.objects.values_list("pk", flat=True)[:3])).update(
        state=Code.State.VOID
    )
    order(3)
    with pytest.raises(LotExceeded):
        order(1)
    order(10_000, lot="L2")  # nothing is known of it


def test_the_mass_of_a_batch_says_how_many_packs_there_are(league: None) -> None:
    capture([made(3, ["urn:x:a"], [f"{CLASS}*20.2KGM"], step="disassembling")], party="plant", at=at(4))
    assert limits.room_of(ROLL, LOT) == 41  # half a kilogram each
    with pytest.raises(LotExceeded):
        order(42)
    order(41)
    assert limits.room_of("09520002000019", LOT) is None


def test_two_people_release_an_order_and_the_log_says_so(league: None) -> None:
    alert()
    one, other = person("one"), person("other", role=User.Role.APPROVER)
    asked = limits.propose(ROLL, 100, lot=LOT, why="迟报", at=NOW, by=one)
    assert cases.numbered([asked.case])[asked.case].department.code == "nmj"
    with pytest.raises(QuotaExceeded):
        order(60)
    with pytest.raises(SecondPerson):
        limits.decide(asked.case, granted=True, remark="", at=NOW, by=one)
    limits.decide(asked.case, granted=True, remark="核实", at=NOW, by=other)
    assert order(60).count == 60
    with pytest.raises(QuotaExceeded):
        order(60)  # forty are left
    with pytest.raises(QuotaExceeded):
        order(40, lot="L2")
    order(40)
    assert CodeRelease.objects.get().used == 100
    with pytest.raises(NotDecidable):
        limits.decide(asked.case, granted=False, remark="", at=NOW, by=other)
    assert {entry.kind for entry in entries(subject=asked.case)} >= {
        "trace.release_proposed", "trace.release_decided", "trace.codes_released",
    }  # fmt: skip


def test_a_release_ends_and_a_refused_one_lets_nothing_pass(league: None) -> None:
    alert()
    one, other = person("one"), person("other")
    refused = limits.propose(ROLL, 100, lot=LOT, why="x", at=NOW, by=one)
    limits.decide(refused.case, granted=False, remark="不予", at=NOW, by=other)
    with pytest.raises(QuotaExceeded):
        order(1)
    granted = limits.propose(ROLL, 100, lot=LOT, why="x", at=NOW, by=one)
    limits.decide(granted.case, granted=True, remark="", at=NOW, by=other)
    with pytest.raises(QuotaExceeded):
        order(1, when=NOW + limits.LASTS + timedelta(seconds=1))


@pytest.mark.parametrize(("code", "role"), [("scjgj", "steward"), ("nmj", "viewer")])
def test_who_has_no_say_over_a_product_releases_nothing(league: None, code: str, role: str) -> None:
    with pytest.raises(NotTheirProduct):
        limits.propose(ROLL, 1, why="x", at=NOW, by=person("stranger", code=code, role=role))
    with pytest.raises(NotTheirProduct):
        limits.propose("09520123456788", 1, why="x", at=NOW, by=person("nobody"))


@pytest.mark.django_db(transaction=True)
def test_orders_of_one_batch_at_the_same_moment_do_not_pass_together(tmp_path: Any) -> None:
    trace_league.apply(tmp_path)
    capture([seen(1, "commissioning", f"{CLASS}*50", action="ADD")], party="plant", at=at(2))
    ready, said = threading.Barrier(4), []

    def ask() -> None:
        ready.wait()
        try:
            order(20)
            said.append(True)
        except LotExceeded:
            said.append(False)
        finally:
            connections.close_all()

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert sorted(said) == [False, False, True, True]
