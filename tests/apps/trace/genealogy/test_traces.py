"""Back trace, forward trace and recall follow goods in time and say what they don't know."""

import pytest
from django.db import connection

from lineage_events import Book, aggregation, at, event, made, seen, wrong
from xilin.apps.trace.genealogy import index, queries

pytestmark = pytest.mark.django_db


def capture(*batches):
    book = Book()
    for batch in batches:
        with connection.cursor() as cursor:
            index.keep(cursor.connection, book.enter(batch), at(0))
    return book


def goods(trace):
    return trace.goods() - set(trace.roots)


CHAIN = [
    seen(0, "commissioning", "lamb1", "lamb2", "lamb3", action="ADD", where="ranch"),
    made(10, ["lamb1"], ["carcass1"], where="abattoir", step="killing"),
    made(11, ["lamb2"], ["carcass2"], where="abattoir", step="killing"),
    made(12, ["lamb3"], ["carcass3"], where="abattoir", step="killing"),
    aggregation(13, "ADD", "trolley", "carcass1", "carcass2", where="abattoir"),
    made(14, ["trolley"], ["pack1", "pack2"], where="plant"),
    aggregation(15, "ADD", "trolley", "carcass3", where="abattoir"),
    made(16, ["trolley"], ["pack3"], where="plant"),
    aggregation(17, "ADD", "case", "pack1", "pack3", where="plant", step="packing"),
    seen(18, "shipping", "case", where="plant", destination="shop"),
    seen(20, "receiving", "case", where="shop"),
    aggregation(21, "DELETE", "case", where="shop", step="unpacking"),
    aggregation(22, "ADD", "case", "pack2", where="plant", step="packing"),
    seen(23, "retail_selling", "pack1", where="shop"),
]


def test_a_container_used_again_leads_to_its_content_of_the_time_only():
    capture(CHAIN)
    assert goods(queries.back("pack1")) == {"trolley", "carcass1", "carcass2", "lamb1", "lamb2"}
    assert goods(queries.back("pack3")) == {"trolley", "carcass3", "lamb3"}
    assert goods(queries.forward("lamb3")) == {"carcass3", "pack3"}
    assert goods(queries.forward("lamb1")) == {"carcass1", "pack1", "pack2"}


def test_a_trace_has_processes_containments_times_and_events():
    capture(CHAIN)
    trace = queries.back("pack1")
    edges = {(edge.kind, edge.source, edge.target, edge.since) for edge in trace.edges}
    assert ("used", "lamb1", "event:2", at(10)) in edges
    assert ("made", "event:2", "carcass1", at(10)) in edges
    assert ("inside", "carcass2", "trolley", at(13)) in edges
    assert ("inside", "pack1", "case", at(17)) in edges
    steps = [(one.step, one.location) for one in trace.events if "pack1" in one.about]
    assert steps == [
        (None, "plant"), ("packing", "plant"), ("shipping", "plant"), ("receiving", "shop"), ("unpacking", "shop"),
        ("retail_selling", "shop"),
    ]  # fmt: skip
    assert trace.completeness.complete


def test_at_an_earlier_time_nothing_later_counts():
    capture(CHAIN)
    assert goods(queries.forward("lamb1", at=at(13.5))) == {"carcass1"}
    assert not any(one.time > at(15) for one in queries.back("pack1", at=at(15)).events)
    assert goods(queries.back("case", at=at(18))) >= {"pack1", "pack3", "lamb1", "lamb2", "lamb3"}
    assert "lamb3" not in goods(queries.back("case"))


def test_a_recall_lists_every_item_with_its_holder():
    capture(CHAIN)
    found = queries.recall(["lamb1", "lamb3"])
    assert {(one.item, one.state, one.holder, one.container) for one in found.held} == {
        ("lamb1", "used", "abattoir", None), ("lamb3", "used", "abattoir", None),
        ("carcass1", "used", "plant", None), ("carcass3", "used", "plant", None),
        ("pack1", "sold", "shop", None), ("pack2", "held", "plant", "case"), ("pack3", "held", "shop", None),
    }  # fmt: skip
    early = {one.item: one for one in queries.recall(["lamb1"], at=at(19)).held}
    assert (early["pack1"].state, early["pack1"].holder) == ("on_the_way", "shop")


def test_a_corrected_event_leads_nowhere_and_is_told():
    bad = made(14.5, ["carcass3"], ["pack1"], where="plant")
    capture([*CHAIN, bad], [wrong(bad, 30)])
    trace = queries.back("pack1")
    assert "lamb3" not in trace.goods()
    assert [gap.reason for gap in trace.completeness.gaps if gap.node == "pack1"] == ["corrected"]


def test_open_ends_are_named_with_their_reason():
    capture([
        made(1, ["stranger"], ["carcass"]),
        made(2, [], ["fat"], transformation="urn:t:1"),
        made(3, ["carcass", "fat"], ["sausage"]),
        seen(4, "shipping", "sausage", where="plant"),
        aggregation(5, "OBSERVE", "box", "sausage", where="market", step="stocking"),
        aggregation(6, "ADD", "bag", "sausage", where="market"),
    ])  # fmt: skip
    trace = queries.back("sausage")
    assert not trace.completeness.complete
    assert {(gap.node, gap.reason, gap.open) for gap in trace.completeness.gaps} == {
        ("stranger", "no_origin", True), ("urn:t:1", "unknown_input", True),
        ("sausage", "beginning_not_seen", False), ("sausage", "moved_unseen", False), ("sausage", "not_received", False),
    }  # fmt: skip
    assert [gap.reason for gap in queries.back("nobody").completeness.gaps] == ["never_seen"]


def test_one_transformation_over_several_events_joins_all_inputs_and_outputs():
    capture([
        made(1, ["a"], [], transformation="urn:t:1"), made(3, [], ["x"], transformation="urn:t:1"),
        made(4, ["b"], [], transformation="urn:t:1"), made(5, [], ["y"], transformation="urn:t:1"),
    ])  # fmt: skip
    assert goods(queries.back("x")) == {"a", "b"} == goods(queries.back("y"))
    assert goods(queries.forward("b")) == {"x", "y"}
    assert goods(queries.back("x", at=at(3))) == {"a"}


def test_batches_are_followed_by_quantity_and_their_items_by_number():
    item, lot = "https://id.gs1.org/01/09520000000011/21/7", "https://id.gs1.org/01/09520000000011/10/L%2F1"
    capture([
        seen(0, "commissioning", "milk*100LTR", action="ADD"),
        made(1, ["milk*100LTR"], [f"{lot}*50KGM"]),
        event("ObjectEvent", 2, action="ADD", step="commissioning", epc=[item], ilmd={"cbvmda:lotNumber": "L/1"}),
        made(3, [f"{lot}*10KGM"], ["cheese"]),
        made(0.5, [f"{lot}*10KGM"], ["older cheese"]),
    ])  # fmt: skip
    trace = queries.back(item)
    assert goods(trace) == {lot, "milk"}
    assert {(gap.node, gap.reason) for gap in trace.completeness.gaps} == {
        (lot, "quantity_only"), ("milk", "quantity_only"),
    }  # fmt: skip
    assert goods(queries.forward("milk")) == {lot, item, "cheese"}
    assert {one.item for one in queries.recall([lot]).held} == {lot, item, "cheese", "older cheese"}


def test_goods_in_a_box_in_a_pallet_are_used_when_the_pallet_is():
    capture([
        aggregation(1, "ADD", "box", "a"), aggregation(2, "ADD", "pallet", "box"), aggregation(3, "ADD", "box", "b"),
        aggregation(4, "DELETE", "box", "a"), made(5, ["pallet"], ["z"]), aggregation(6, "ADD", "pallet", "c"),
    ])  # fmt: skip
    assert goods(queries.back("z")) == {"pallet", "box", "b"}
    assert goods(queries.forward("a")) == set()
    assert goods(queries.forward("b")) == {"z"}


def test_returned_goods_are_where_they_came_back_to():
    capture([*CHAIN, seen(30, "receiving", "pack1", where="plant")])
    held = {one.item: one for one in queries.recall(["carcass1"]).held}
    assert (held["pack1"].state, held["pack1"].holder) == ("held", "plant")
