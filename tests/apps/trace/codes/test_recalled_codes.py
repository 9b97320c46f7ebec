"""Every code of a public recall is said to be recalled, for as long as it holds, and no other."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

import trace_league
from lineage_events import at as hour
from lineage_events import event, made, seen
from xilin.apps.trace.codes import issuing, recalled
from xilin.apps.trace.codes.actions import activate
from xilin.apps.trace.genealogy import recalls
from xilin.apps.trace.genealogy.errors import HeldByLot
from xilin.apps.trace.models import Notice
from xilin.apps.trace.repository.capture import capture
from xilin.apps.trace.verdicts.actions import check
from xilin.apps.trace.verdicts.facts import Scan
from xilin.kernel.accounts.models import Department, User

pytestmark = pytest.mark.django_db
MEAT = "09520001000010"
LOT = f"https://id.gs1.org/01/{MEAT}/10/LOT1"
TAG = "urn:xilin:eartag:399250200000001"


@pytest.fixture
def people(tmp_path):
    trace_league.apply(tmp_path)
    bureau = Department.objects.get(code="scjgj")
    return [
        User.objects.create_user(name, department=bureau, role=role)
        for name, role in (("anna", "steward"), ("bert", "approver"))
    ]


@pytest.fixture
def codes(people):
    """Four active codes of batch LOT1; two of them are on packs made of a lamb."""
    begin = timezone.now() - timedelta(days=9)
    batch = issuing.order(
        MEAT, 4, request=uuid4(), kind="link", site="https://id.example.org", at=begin, lot="LOT1"
    )
    issuing.issue(batch, at=begin)
    activate(batch, at=begin, by="test")
    return list(batch.codes.order_by("pk"))


def item(code):
    return f"https://id.gs1.org/01/{MEAT}/21/{code.serial}"


def chain(codes):
    capture(
        [seen(0, "commissioning", TAG, action="ADD", where="ranch"), made(1, [TAG], [item(one) for one in codes], where="plant")],
        party="plant",
        at=hour(2),
    )  # fmt: skip


def opened(people, *roots):
    now = timezone.now()
    recall = recalls.propose(roots, reason="residues", level=1, at=now - timedelta(minutes=9), by=people[0])
    assert not Notice.objects.exists()
    return recalls.open_publicly(recall, at=now - timedelta(minutes=5), by=people[1])


def verdict(code):
    now = timezone.now()
    found = check(Scan(gtin=MEAT, serial=code.serial, at=now), at=now)
    return found, "recalled" in {reason.rule for reason in found.reasons}


def test_the_codes_on_the_list_are_recalled_and_those_beside_them_are_not(people, codes):
    chain(codes[:2])
    recall = opened(people, TAG)
    assert set(Notice.objects.values_list("code", "number")) == {
        (one.pk, recall.case.number) for one in codes[:2]
    }
    said = [verdict(one) for one in codes]
    assert [recalled for _, recalled in said] == [True, True, False, False]
    assert (said[0][0].level, said[0][0].state) == ("caution", "recalled")
    assert recall.case.number in said[0][0].reasons[0].told.en
    assert said[3][0].state == "active"


def test_a_lot_is_recalled_with_all_its_codes_by_one_notice(people, codes):
    made_of_parts = event("TransformationEvent", 1, input=[TAG], output=[f"{LOT}*40"], where="plant")
    capture(
        [seen(0, "commissioning", TAG, action="ADD", where="ranch"), made_of_parts], party="plant", at=hour(2)
    )
    chain(codes[:1])
    opened(people, TAG)
    assert [(one.lot, one.code) for one in Notice.objects.all()] == [("LOT1", None)]
    assert all(verdict(one)[1] for one in codes)


def test_what_late_events_show_is_recalled_too_and_a_second_look_changes_nothing(people, codes):
    chain(codes[:1])
    recall = opened(people, TAG)
    capture([made(1.5, [TAG], [item(codes[1])], where="plant")], party="plant", at=hour(9))
    assert not verdict(codes[1])[1]
    now = timezone.now()
    assert recalls.look_at_all_again(at=now) == 1
    assert verdict(codes[1])[1]
    assert recalls.look_again(recall, at=now) == 0
    assert recalled.give(recall, now) == 0
    assert recall.items.get(item=item(codes[1])).listed_at == now


def test_an_unfounded_recall_is_taken_off_all_codes_and_one_carried_out_stays(people, codes):
    chain(codes[:2])
    recall = opened(people, TAG)
    recalls.close(recall, at=timezone.now(), by=people[1], remark="the laboratory erred", outcome="unfounded")
    assert not any(verdict(one)[1] for one in codes)
    other = opened_again = recalls.propose([TAG], reason="residues", level=1, at=timezone.now(), by=people[0])
    recalls.open_publicly(opened_again, at=timezone.now(), by=people[1])
    recalls.close(other, at=timezone.now(), by=people[1], remark="two were eaten")
    assert verdict(codes[0])[1]


def test_what_only_cleared_goods_went_into_is_recalled_no_more(people, codes):
    other = "urn:xilin:eartag:399250200000002"
    capture(
        [
            seen(0, "commissioning", TAG, other, action="ADD", where="ranch"),
            made(1, [TAG], [item(codes[0])], where="plant"),
            made(1, [other], [item(codes[1])], where="plant"),
            made(2, [TAG, other], [item(codes[2])], where="plant"),
        ],
        party="plant",
        at=hour(2),
    )
    recall = opened(people, TAG, other)
    recalls.close(recall, at=timezone.now(), by=people[1], remark="the second was clean", cleared=[other])
    assert [verdict(one)[1] for one in codes[:3]] == [True, False, True]


def test_a_look_finds_its_notices_by_indexes_however_many_there_are(people, codes):
    rows = [
        Notice(kind="recalled", gtin=MEAT, code=n, since=timezone.now(), number="x") for n in range(1, 3001)
    ]
    Notice.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE trace_notice")
        cursor.execute(
            "EXPLAIN SELECT * FROM trace_notice WHERE gtin = %s AND lot = 'LOT1' AND code IS NULL AND until IS NULL"
            " UNION ALL SELECT * FROM trace_notice WHERE code = 77 AND until IS NULL", [MEAT],
        )  # fmt: skip
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "trace_notice_code" in plan


def test_what_is_brought_back_is_recalled_until_a_person_clears_it(people, codes):
    chain(codes[:2])
    recall = opened(people, TAG)
    now = timezone.now()
    back = seen(2, "receiving", item(codes[0]), where="shop", disposition="returned")
    again = seen(3, "stocking", item(codes[0]), where="shop", disposition="sellable_accessible")
    flagged = seen(4, "inspecting", item(codes[1]), where="shop", disposition="recalled")
    capture([back, again, flagged], party="shop", at=now)
    recalls.look_again(recall, at=now)
    assert [verdict(one)[1] for one in codes[:2]] == [True, True]

    recalls.clear(recall, [item(codes[1])], reason="report 17", at=timezone.now(), by=people[0])

    assert [verdict(one)[1] for one in codes[:2]] == [True, False]
    assert verdict(codes[1])[0].state == "active"
    assert recalled.give(recall, now) == 0


def test_goods_of_a_recalled_lot_are_cleared_with_it(people, codes):
    made_of_parts = event("TransformationEvent", 1, input=[TAG], output=[f"{LOT}*40"], where="plant")
    capture(
        [seen(0, "commissioning", TAG, action="ADD", where="ranch"), made_of_parts], party="plant", at=hour(2)
    )
    chain(codes[:1])
    recall = opened(people, TAG)
    with pytest.raises(HeldByLot):
        recalls.clear(recall, [item(codes[0])], reason="report 17", at=timezone.now(), by=people[0])
    assert verdict(codes[0])[1]

    assert recalls.clear(recall, [LOT], reason="report 17", at=timezone.now(), by=people[0]) == 2

    assert not any(verdict(one)[1] for one in codes)
