"""Lineage is kept by capture itself, in its transaction."""

import pytest

from lineage_events import aggregation, at, made, seen, wrong
from xilin.apps.trace.genealogy import queries
from xilin.apps.trace.repository.capture import capture

pytestmark = pytest.mark.django_db


def test_captured_events_are_traced_and_corrections_undo_them():
    packed = aggregation(3, "ADD", "case", "pack")
    events = [
        seen(1, "commissioning", "lamb", action="ADD"),
        made(2, ["lamb"], ["pack"], step="killing"),
        packed,
    ]
    capture(events, party="plant", at=at(5))
    capture(events[:1], party="plant", at=at(6))
    trace = queries.back("pack")
    assert trace.goods() == {"pack", "lamb"}
    assert [edge.target for edge in trace.edges if edge.kind == "inside"] == ["case"]
    capture([wrong(packed, 6)], party="plant", at=at(7))
    assert not [edge for edge in queries.back("pack").edges if edge.kind == "inside"]


def test_a_declaration_captured_before_its_event_holds():
    slaughter = made(2, ["lamb"], ["pack"], step="killing")
    capture([wrong(slaughter, 4)], party="plant", at=at(4))
    capture([slaughter], party="plant", at=at(5))
    assert queries.back("pack").goods() == {"pack"}


def test_any_text_can_be_a_name():
    odd = [
        'urn:x:"quoted"',
        "urn:x:back\\slash",
        "urn:x:{a,b}",
        "urn:x:NULL",
        "urn:x:tab\tand\nline",
        "urn:x:羊",
    ]
    capture([aggregation(1, "ADD", odd[0], *odd[1:])], party="plant", at=at(5))
    assert queries.back(odd[0]).goods() == set(odd)
