"""What follows from alerts: a case with its clock, a notice that buyers are told, and the end of both when events explain it."""

from uuid import uuid4

import pytest

import trace_league
from lineage_events import aggregation, at, made, seen, wrong
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.genealogy.declarations import Tags
from xilin.apps.trace.models import LineageAlert, Notice
from xilin.apps.trace.repository.capture import capture
from xilin.apps.trace.verdicts import overseeing
from xilin.apps.trace.verdicts.actions import check
from xilin.apps.trace.verdicts.facts import Scan
from xilin.kernel.casework import queries as cases
from xilin.kernel.standards.queries import declared

pytestmark = pytest.mark.django_db

GTIN = "09520001000010"
WORKS, RANCH = "https://id.gs1.org/414/9521141000007", "https://id.gs1.org/414/9521141000014"


@pytest.fixture(autouse=True)
def league(tmp_path):
    trace_league.apply(tmp_path)


def weighed(hours, lamb, carcass, kg):
    one = made(hours, [lamb], [carcass], step="killing", where=WORKS)
    one.body["sensorElementList"] = [{"sensorReport": [{"type": "Mass", "value": kg, "uom": "KGM"}]}]
    return one


def codes(count, lot="LOT1"):
    batch = issuing.order(
        GTIN, count, request=uuid4(), kind="link", site="https://id.example.org", at=at(0), lot=lot
    )
    issuing.issue(batch, at=at(0))
    return list(batch.codes.order_by("pk").values_list("serial", flat=True))


def pack(serial):
    return f"https://id.gs1.org/01/{GTIN}/21/{serial}"


def cut(carcasses, serials, hours=3):
    return made(hours, carcasses, [pack(one) for one in serials], step="disassembling", where=WORKS)


def said(serial, hours):
    verdict = check(Scan(gtin=GTIN, serial=serial, at=at(hours), client=7, act="inspect"), at=at(hours))
    return {one.rule: one.told.en for one in verdict.reasons}


def case_of(alert):
    return cases.numbered([alert.case])[alert.case]


def test_more_packs_than_meat_open_a_case_and_are_told_to_buyers_until_corrected():
    serials = codes(60)
    bad = cut(["A"], serials)
    capture([weighed(1, "a", "A", 20.0), bad], party="plant", at=at(100))

    assert overseeing.assess(at=at(10)) == 1

    alert = LineageAlert.objects.get()
    case = case_of(alert)
    assert (alert.department, alert.gtins, case.department.code) == ("nmj", [GTIN], "nmj")
    assert case.due_at > at(10)
    assert said(serials[0], 11)["quota"] == "Source 9521141000007: 20.0 kg on record, 30.0 kg claimed."

    capture([wrong(bad, 20), cut(["A"], serials[:38])], party="plant", at=at(100))
    overseeing.assess(at=at(30))

    alert.refresh_from_db()
    assert alert.ended_at == at(30)
    assert case_of(alert).state == "closed"
    assert "quota" not in said(serials[0], 31)


def test_looking_again_gives_no_second_case_and_no_second_notice():
    capture([weighed(1, "a", "A", 20.0), cut(["A"], codes(60))], party="plant", at=at(100))
    overseeing.assess(at=at(10))
    before = list(Notice.objects.values_list("pk", "number"))

    overseeing.assess(at=at(12))

    assert list(Notice.objects.values_list("pk", "number")) == before
    assert len(before) == 1


def test_only_batches_that_untagged_animals_went_into_are_told():
    tags: Tags = declared("trace_tags")["ear_tags"]
    own, bought = f"{tags.prefix}399250200000001", f"{tags.prefix}399250200000002"
    good, bad = codes(4, "GOOD"), codes(4, "BAD")
    capture(
        [
            seen(1, "commissioning", own, action="ADD", where=RANCH),
            aggregation(2, "ADD", "lorry", own, bought, step="loading", where=RANCH),
            weighed(4, own, "A", 20.0),
            weighed(4, bought, "B", 20.0),
            made(
                6, ["A"], [pack(one) for one in good] + ["rest*17800GRM"], step="disassembling", where=WORKS
            ),
            made(6, ["B"], [pack(one) for one in bad] + ["rest*17800GRM"], step="disassembling", where=WORKS),
        ],
        party="plant",
        at=at(100),
    )

    overseeing.assess(at=at(10))

    alert = LineageAlert.objects.get()
    assert (alert.kind, alert.place, alert.department, alert.too_much) == ("quota", RANCH, "nmj", 1)
    assert said(bad[0], 11)["quota"] == "Source 9521141000014: 1 on record, 2 claimed."
    assert "quota" not in said(good[0], 11)


def test_an_alert_found_in_order_tells_nobody_and_opens_again_when_it_grows():
    serials = codes(80)
    first_cut = made(
        3,
        ["A"],
        [pack(one) for one in serials[:60]],
        step="disassembling",
        where=WORKS,
        transformation="urn:uuid:cut",
    )
    capture([weighed(1, "a", "A", 20.0), first_cut], party="plant", at=at(100))
    overseeing.assess(at=at(10))
    alert = LineageAlert.objects.get()
    first = alert.case
    LineageAlert.objects.update(outcome="explained", excess=alert.too_much, decided_at=at(11))
    overseeing.hush(alert, at(11))

    overseeing.assess(at=at(12))
    alert.refresh_from_db()
    assert (alert.outcome, alert.case) == ("explained", first)
    assert Notice.objects.filter(until=None).count() == 0

    rest = [pack(one) for one in serials[60:]]
    more = made(4, [], rest, step="disassembling", where=WORKS, transformation="urn:uuid:cut")
    capture([more], party="plant", at=at(100))
    overseeing.assess(at=at(13))
    alert.refresh_from_db()
    assert alert.too_much == 20.0
    assert alert.outcome == ""
    assert alert.case != first
    assert "quota" in said(serials[70], 14)
