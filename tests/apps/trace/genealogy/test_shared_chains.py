"""A party sees what its goods were made of and what became of them, and nothing of what lay beside them."""

import msgspec
import pytest
from django.db import connection

from lineage_events import aggregation, made, seen
from xilin.apps.trace.genealogy import queries, sharing
from xilin.apps.trace.repository import access
from xilin.apps.trace.repository.capture import capture

pytestmark = pytest.mark.django_db(transaction=True)

SHOP_1, SHOP_2 = "urn:x:shop1", "urn:x:shop2"
CHAIN = [
    ("ranch1", [seen(0, "commissioning", "lamb1", action="ADD", where="urn:x:ranch1")]),
    ("ranch2", [seen(0, "commissioning", "lamb2", action="ADD", where="urn:x:ranch2")]),
    ("ranch3", [seen(0, "commissioning", "lamb3", action="ADD", where="urn:x:ranch3")]),
    (
        "abattoir",
        [
            seen(5, "receiving", "lamb1", "lamb2", "lamb3", where="urn:x:abattoir"),
            made(10, ["lamb1"], ["carcass1"], where="urn:x:abattoir"),
            made(10, ["lamb2"], ["carcass2"], where="urn:x:abattoir"),
            made(10, ["lamb3"], ["carcass3"], where="urn:x:abattoir"),
            seen(11, "shipping", "carcass1", "carcass2", "carcass3", where="urn:x:abattoir", destination="urn:x:plant"),
        ],
    ),
    (
        "plant",
        [
            made(20, ["carcass1", "carcass2"], ["pack1", "pack2"], where="urn:x:plant"),
            aggregation(21, "ADD", "tote", "pack1", where="urn:x:plant"),
            seen(22, "shipping", "tote", where="urn:x:plant", source="urn:x:plant", destination=SHOP_1),
            made(23, ["carcass3"], ["pack3"], where="urn:x:plant"),
        ],
    ),
    ("carrier1", [seen(23, "transporting", "tote", where="urn:x:road")]),
    ("shop1", [seen(24, "receiving", "tote", where=SHOP_1), aggregation(25, "DELETE", "tote", where=SHOP_1)]),
    (
        "plant",
        [
            aggregation(30, "ADD", "tote", "pack2", "pack3", where="urn:x:plant"),
            seen(31, "shipping", "tote", where="urn:x:plant", source="urn:x:plant", destination=SHOP_2),
        ],
    ),
    ("carrier2", [seen(32, "transporting", "tote", where="urn:x:road")]),
    ("shop2", [seen(33, "receiving", "tote", where=SHOP_2), seen(34, "retail_selling", "pack2", where=SHOP_2)]),
    ("stranger", [seen(1, "receiving", "cow", where="urn:x:elsewhere")]),
]  # fmt: skip


@pytest.fixture
def chain():
    for party, events in CHAIN:
        capture(
            [msgspec.structs.replace(one, body={"type": one.type, "x": one.hash}) for one in events],
            party=party,
            at=events[-1].time,
        )


def look(party, trace, ids=()):
    connection.ensure_connection()
    viewer = access.viewer(connection.connection, party)
    return sharing.shared(trace, viewer._replace(ids=ids), connection=connection.connection)


def goods(found):
    return {node.id for node in found.trace.nodes if node.kind in ("item", "batch")}


def test_a_shop_sees_all_its_pack_came_from(chain):
    whole = queries.back("pack1")

    found = look("shop1", whole)

    assert found.trace.nodes == whole.nodes
    assert goods(found) == {"pack1", "carcass1", "carcass2", "lamb1", "lamb2"}
    assert found.withheld == 0
    assert {one.location for one in found.trace.events} >= {"urn:x:ranch1", "urn:x:ranch2", "urn:x:abattoir"}


def test_of_trades_of_others_the_parties_are_left_out(chain):
    found = look("shop1", queries.back("pack1"))

    told = {(one.location, one.step): one.destination for one in found.trace.events}
    assert told["urn:x:plant", "shipping"] == SHOP_1
    assert told["urn:x:abattoir", "shipping"] is None
    assert queries.back("pack1").events[-1].event in found.whole


def test_a_herder_sees_where_the_lamb_went_and_not_the_lambs_beside_it(chain):
    ahead = look("ranch1", queries.forward("lamb1"))
    assert goods(ahead) == {"lamb1", "carcass1", "pack1", "pack2"}
    assert ahead.withheld == 0

    behind = look("ranch1", queries.back("pack1"))
    assert goods(behind) == {"pack1", "carcass1", "lamb1"}
    assert behind.withheld == 3  # the lamb, its carcass, the slaughter
    assert not behind.trace.completeness.complete
    assert {one.location for one in behind.trace.events} & {"urn:x:ranch2"} == set()
    assert all(set(one.about) <= goods(behind) for one in behind.trace.events)


def test_a_shop_does_not_see_other_packs_of_its_lamb(chain):
    found = look("shop1", queries.forward("carcass1"))
    assert goods(found) == {"carcass1", "pack1"}
    assert found.withheld

    mine = look("shop1", queries.back("lamb1"))
    assert goods(mine) == {"lamb1"}


def test_who_had_a_container_had_what_was_in_it_then_and_not_what_lies_in_it_later(chain):
    assert goods(look("carrier1", queries.back("pack1"))) >= {"pack1", "lamb1"}
    assert look("carrier1", queries.back("pack3")) is None
    found = look("carrier1", queries.back("tote"))
    assert found is None or "pack3" not in goods(found)
    assert "pack3" in goods(look("carrier2", queries.back("tote")))


def test_a_stranger_sees_nothing(chain):
    assert look("stranger", queries.back("pack1")) is None
    assert look("stranger", queries.forward("lamb1")) is None
    assert look("stranger", queries.back("never seen")) is None


def test_who_is_named_as_destination_had_the_goods(chain):
    assert look("stranger", queries.back("pack2"), ids=(SHOP_2,)) is not None


def test_a_regulator_sees_everything(chain):
    viewer = access.viewer(connection.connection, "stranger")._replace(sees_all=True)
    whole = queries.back("pack1")

    assert sharing.shared(whole, viewer, connection=connection.connection).trace == whole
