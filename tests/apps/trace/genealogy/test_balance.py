"""Balances of mass and quotas of ear tags find what can't be, and are settled by late and corrected events."""

from datetime import date

import pytest

from lineage_events import aggregation, at, event, made, seen, wrong
from xilin.apps.trace.genealogy import balance, declarations
from xilin.apps.trace.models import HouseholdYear, ProcessMass
from xilin.apps.trace.repository.capture import capture

pytestmark = pytest.mark.django_db

PACK = "https://id.gs1.org/01/09520001000010/21/{}"
SINCE = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    kinds = {
        "trace_balance": [declarations.Balance("cut", "Cutting", "disassembling", 0.9, 1.01, SINCE, "test")],
        "trace_net_weight": [declarations.NetWeight("09520001000010", 0.5, "test")],
        "trace_tags": [declarations.Tags("tags", "Tags", "urn:tag:", ("loading", "shipping"), SINCE, "test")],
    }
    monkeypatch.setattr(balance, "declared", lambda kind: dict(enumerate(kinds[kind])))


def weighed(hours, lamb, carcass, kg):
    one = made(hours, [lamb], [carcass], step="killing")
    one.body["sensorElementList"] = [{"sensorReport": [{"type": "gs1:Mass", "value": kg, "uom": "KGM"}]}]
    return one


def take(*events):
    capture(events, party="plant", at=at(100))


def mass():
    return balance.masses(since=at(0), until=at(1000))


def test_packs_parts_and_a_trolley_of_carcasses_are_weighed():
    take(
        weighed(1, "a", "A", 20.0), weighed(1, "b", "B", 18.0),
        aggregation(2, "ADD", "trolley", "A", "B"),
        made(3, ["trolley"], [PACK.format(n) for n in range(10)] + ["parts*30000GRM"], step="disassembling", where="plant"),
        aggregation(4, "ADD", "trolley", "C"),
    )  # fmt: skip
    (one,) = mass()
    assert (one.kg_in, one.kg_out, one.unweighed_in, one.place) == (38.0, 35.0, 0, "plant")
    assert not one.broken


def test_more_out_than_in_is_an_alert_until_it_is_corrected():
    packs = [PACK.format(n) for n in range(60)]
    bad = made(3, ["A"], packs, step="disassembling", where="plant")
    take(weighed(1, "a", "A", 20.0), bad)
    (alert,) = balance.assess(at=at(10))
    assert (alert.kind, alert.place, alert.figures["kg_out"]) == ("mass", "plant", 30.0)
    take(wrong(bad, 20), made(3, ["A"], packs[:38], step="disassembling", where="plant"))
    assert balance.assess(at=at(30)) == []
    alert.refresh_from_db()
    assert alert.ended_at == at(30)


def test_an_item_that_is_named_twice_weighs_once():
    packs = [PACK.format(n) for n in range(38)]
    take(weighed(1, "a", "A", 20.0), made(3, ["A", "A"], packs + packs, step="disassembling", where="plant"))
    (one,) = mass()
    assert (one.kg_in, one.kg_out, one.broken) == (20.0, 19.0, False)


def test_an_unweighed_input_accuses_nobody():
    take(made(3, ["A"], [PACK.format(1)], step="disassembling"))
    assert [(one.unweighed_in, one.broken) for one in mass()] == [(1, False)]


def test_lambs_sold_under_tags_of_nobody_and_more_heads_than_tags_are_alerts():
    honest, trader, dealer = "ranch1", "ranch2", "ranch3"
    take(
        *(seen(1, "commissioning", f"urn:tag:{ranch}1", f"urn:tag:{ranch}2", action="ADD", where=ranch) for ranch in (honest, trader, dealer)),
        aggregation(5, "ADD", "lorry", f"urn:tag:{honest}1", step="loading", where=honest),
        seen(6, "shipping", f"urn:tag:{honest}1", "lorry", where=honest),
        aggregation(7, "ADD", "lorry", f"urn:tag:{trader}1", "urn:tag:elsewhere", step="loading", where=trader),
        event("ObjectEvent", 8, action="OBSERVE", step="shipping", where=dealer, epc=["lambs*3"]),
    )  # fmt: skip
    found = {one.place: one for one in balance.quotas(2026)}
    assert (found[honest].tagged, found[honest].sold, found[honest].broken) == (2, 1, False)
    assert (found[trader].sold, found[trader].untagged, found[trader].broken) == (2, 1, True)
    assert (found[dealer].sold, found[dealer].broken) == (3, True)
    assert {alert.subject for alert in balance.assess(at=at(10))} == {trader, dealer}
    take(seen(0.5, "commissioning", "urn:tag:elsewhere", action="ADD", where=trader))
    assert {alert.subject for alert in balance.assess(at=at(11))} == {dealer}


def test_all_that_was_looked_at_is_kept_and_a_process_says_what_it_took_and_gave():
    packs = [PACK.format(n) for n in range(60)]
    take(
        weighed(1, "a", "A", 20.0),
        made(3, ["A"], [*packs, "parts*2000GRM"], step="disassembling", where="plant"),
        seen(1, "commissioning", "urn:tag:1", action="ADD", where="ranch"),
    )
    balance.assess(at=at(10))

    mass, household = ProcessMass.objects.get(), HouseholdYear.objects.get()
    assert (mass.kg_in, mass.kg_out, mass.broken, mass.place) == (20.0, 32.0, True, "plant")
    assert (household.place, household.tagged, household.sold, household.broken) == ("ranch", 1, 0, False)
    assert [(one.goes_in, one.name, one.count, one.kg) for one in balance.parts(mass.process)] == [
        (True, "A", 1, 20.0),
        (False, "https://id.gs1.org/01/09520001000010", 60, 30.0),
        (False, "parts", 1, 2.0),
    ]
    balance.assess(at=at(11))
    assert ProcessMass.objects.get().counted_at == at(11)
