"""Who claims more than there is: the answer that stops the issuing of codes."""

from datetime import date

import pytest

from lineage_events import aggregation, at, made, seen, wrong
from xilin.apps.trace.genealogy import balance, declarations, quotas, walks
from xilin.apps.trace.models import LineageAlert, Notice, Party
from xilin.apps.trace.repository.capture import capture

pytestmark = pytest.mark.django_db

GTIN, OTHER = "09520001000010", "09520001000027"
PACK = f"https://id.gs1.org/01/{GTIN}/21/{{}}"
WORKS = "https://id.gs1.org/414/9521141000007"
SINCE = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    kinds = {
        "trace_balance": [declarations.Balance("cut", "Cutting", "disassembling", 0.9, 1.01, SINCE, "test")],
        "trace_net_weight": [declarations.NetWeight(GTIN, 0.5, "test")],
        "trace_tags": [declarations.Tags("tags", "Tags", "urn:tag:", ("loading",), SINCE, "test")],
    }
    monkeypatch.setattr(balance, "declared", lambda kind: dict(enumerate(kinds[kind])))


def overfull():
    """Sixty packs from twenty kilograms, at the works of a party of captures."""
    carcass = made(1, ["a"], ["A"], step="killing")
    carcass.body["sensorElementList"] = [{"sensorReport": [{"type": "Mass", "value": 20, "uom": "KGM"}]}]
    packs = [PACK.format(n) for n in range(60)]
    cut = made(3, ["A"], packs, step="disassembling", where=WORKS, ilmd={"cbvmda:lotNumber": "L/1"})
    capture([carcass, cut], party="plant-0", at=at(100))
    Party.objects.filter(code="plant-0").update(ids=["https://id.gs1.org/417/9521141000007"])
    (alert,) = balance.assess(at=at(10))
    LineageAlert.objects.filter(pk=alert.pk).update(gtins=[GTIN], case="20260901-1")
    return alert, cut


def test_a_party_whose_works_put_out_too_much_exceeds_for_that_product_alone():
    alert, _cut = overfull()

    found = quotas.exceeded("plant-0", GTIN, at(11))

    assert found == quotas.Exceeded("9521141000007", "20.0 kg", "30.0 kg", "mass", alert.pk)
    assert quotas.exceeded("plant-0", OTHER, at(11)) is None
    assert quotas.exceeded("plant-1", GTIN, at(11)) is None
    assert quotas.exceeded("plant-0", GTIN, at(9)) is None
    assert quotas.exceeded("", "", at(11)) is None


@pytest.mark.parametrize(
    ("outcome", "stops"), [("confirmed", True), ("explained", False), ("settled", False)]
)
def test_what_was_decided_lets_codes_be_issued_again_or_not(outcome, stops):
    alert, _cut = overfull()
    LineageAlert.objects.filter(pk=alert.pk).update(outcome=outcome)

    assert (quotas.exceeded("plant-0", GTIN, at(11)) is not None) is stops


def test_a_correction_lets_codes_be_issued_again():
    _alert, cut = overfull()
    capture(
        [
            wrong(cut, 20),
            made(3, ["A"], [PACK.format(n) for n in range(38)], step="disassembling", where=WORKS),
        ],
        party="plant-0",
        at=at(30),
    )
    balance.assess(at=at(31))

    assert quotas.exceeded("plant-0", GTIN, at(32)) is None


def test_a_notice_on_a_batch_counts_for_whoever_orders_codes_of_it():
    overfull()
    Notice.objects.create(kind="quota", gtin=GTIN, lot="L/1", since=at(11), number="20260901-1")

    assert quotas.exceeded("somebody", GTIN, at(12), lot="L/1") is not None
    assert quotas.exceeded("somebody", GTIN, at(12), lot="L2") is None


def test_batches_of_things_are_those_their_events_name_and_those_they_are():
    overfull()
    capture(
        [
            seen(5, "shipping", f"https://id.gs1.org/01/{OTHER}/10/B7*3"),
            aggregation(6, "ADD", "box", PACK.format(1)),
        ],
        party="plant-0",
        at=at(100),
    )
    known = walks.numbers([PACK.format(1), f"https://id.gs1.org/01/{OTHER}/10/B7", "box"])

    assert quotas.lots(list(known.values())) == [(GTIN, "L/1"), (OTHER, "B7")]


def test_a_household_that_sold_more_than_it_tagged_exceeds_for_whatever_it_orders():
    ranch = "https://id.gs1.org/414/9521141000014"
    capture(
        [
            seen(1, "commissioning", "urn:tag:1", "urn:tag:2", action="ADD", where=ranch),
            aggregation(5, "ADD", "lorry", "urn:tag:1", "urn:tag:9", step="loading", where=ranch),
        ],
        party="station",
        at=at(100),
    )
    (alert,) = balance.assess(at=at(10))

    assert quotas.exceeded(ranch, GTIN, at(11)) == quotas.Exceeded(
        "9521141000014", "1", "2", "quota", alert.pk
    )
    assert alert.too_much == 1
