"""When a chain is whole: everything that went in leads back to a tag, through containers and batches, whatever process it was."""

from datetime import date

import pytest

from lineage_events import aggregation, at, made, seen
from xilin.apps.trace.genealogy import counting, declarations, queries
from xilin.apps.trace.genealogy.counting import total
from xilin.apps.trace.repository.capture import capture

pytestmark = pytest.mark.django_db

GTIN = "09520001000010"
PACK = f"https://id.gs1.org/01/{GTIN}/21/{{}}"
LOT = f"https://id.gs1.org/01/{GTIN}/10/L1"
SINCE = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    kinds = {
        "trace_balance": [declarations.Balance("cut", "Cutting", "disassembling", 0.9, 1.01, SINCE, "test")],
        "trace_net_weight": [declarations.NetWeight(GTIN, 0.5, "test")],
        "trace_tags": [declarations.Tags("tags", "Tags", "urn:tag:", ("loading",), SINCE, "test")],
    }
    monkeypatch.setattr(counting, "declared", lambda kind: dict(enumerate(kinds[kind])))


def tagged(*names):
    return seen(1, "commissioning", *(f"urn:tag:{name}" for name in names), action="ADD", where="ranch")


def cut(hours, inputs, packs, **more):
    return made(
        hours, inputs, [PACK.format(one) for one in packs], step="disassembling", where="works", **more
    )


def whole(*events):
    """Which packs have a whole chain; the same as a trace of each says."""
    capture(events, party="plant", at=at(100))
    found = counting.chains((), (), most_open=100)
    open_ = {name.rsplit("/", 1)[-1] for name, _ in found.open}
    known = {f"P{n}" for n in range(9)} & {
        name[-2:] for one in events for name in [t.id for t in one.things] if "/21/P" in name
    }
    assert total(found.figures, "packs") == len(known)
    assert total(found.figures, "packs_traced") == len(known - open_)
    for one in known:
        assert queries.back(PACK.format(one)).completeness.complete is (one not in open_), one
    return known - open_


def test_every_input_counts():
    assert whole(
        tagged("1", "2"),
        cut(3, ["urn:tag:1", "urn:tag:2"], ["P1"]),
        cut(4, ["urn:tag:1", "urn:tag:9"], ["P2"]),
    ) == {"P1"}


def test_a_trolley_stands_for_what_was_on_it_then():
    assert whole(
        tagged("1", "2"),
        aggregation(2, "ADD", "trolley", "urn:tag:1"),
        cut(3, ["trolley"], ["P1"]),
        aggregation(4, "ADD", "trolley", "urn:tag:2", "stranger"),
        cut(5, ["trolley"], ["P2"]),
    ) == {"P1"}


def test_a_process_told_in_parts_is_one_and_a_batch_leads_on():
    together = {"transformation": "urn:uuid:together"}
    assert whole(
        tagged("1", "2"),
        made(3, ["urn:tag:1"], [], step="disassembling", **together),
        made(4, ["urn:tag:2"], [], step="disassembling", **together),
        made(5, [], [PACK.format("P1"), "parts*10KGM"], step="disassembling", **together),
        made(6, ["parts*10KGM"], [PACK.format("P2")], step="other"),
        made(7, ["parts*10KGM", "spice*1KGM"], [PACK.format("P3")], step="other"),
    ) == {"P1", "P2"}


def test_what_comes_out_of_two_processes_is_whole_if_both_are():
    assert whole(
        tagged("1", "2"),
        cut(3, ["urn:tag:1"], ["P1", "P2"]),
        cut(4, ["urn:tag:2"], ["P1"]),
        cut(5, ["stranger"], ["P2"]),
    ) == {"P1"}


def test_a_process_without_inputs_leads_nowhere():
    assert whole(tagged("1"), cut(3, [], ["P1"]), cut(4, ["urn:tag:1"], ["P1", "P2"])) == {"P2"}


def test_an_item_of_a_batch_is_what_the_batch_is():
    assert whole(
        tagged("1"),
        made(3, ["urn:tag:1"], [f"{LOT}*2KGM"], step="disassembling"),
        seen(4, "commissioning", PACK.format("P1"), action="ADD", ilmd={"cbvmda:lotNumber": "L1"}),
    ) == {"P1"}
