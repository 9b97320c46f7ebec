"""The index of lineage is the same whatever order events, batches and corrections come in."""

import random

import pytest
from django.db import connection
from plain_lineage import containments

from lineage_events import Book, aggregation, at, event, made, seen, wrong
from xilin.apps.trace.genealogy import index
from xilin.apps.trace.genealogy.links import How

pytestmark = pytest.mark.django_db

HOW = {
    How.LASTS: "lasts", How.CONTENT_USED: "content used", How.USED: "used", How.REMOVED: "removed",
    How.EMPTIED: "emptied", How.GONE: "gone", How.PARENT_GONE: "parent gone", How.MOVED: "moved",
}  # fmt: skip


def capture(book, *batches):
    for batch in batches:
        with connection.cursor() as cursor:
            index.keep(cursor.connection, book.enter(batch), at(0))


def kept(book):
    """The links in the database, as the plain model says them."""
    hashes = {one.id: one.event.hash for one in book.known}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, c.name, p.name, since, until, opened, closed, how, seen, quantity FROM trace_lineagelink l "
            "JOIN trace_lineagename c ON c.id = l.child JOIN trace_lineagename p ON p.id = l.parent"
        )
        return {
            ("aggregation" if kind == 1 else "association", child, parent, since, until, hashes[opened],
             hashes.get(closed), HOW[How(how)], seen, None if quantity is None else round(quantity, 6))
            for kind, child, parent, since, until, opened, closed, how, seen, quantity in cursor.fetchall()
        }  # fmt: skip


def world(rng, count):
    """Random events of a small world: few objects, few moments, so that everything meets everything."""
    items, cases, lots = list("abcd"), ["P", "Q", "R"], ["x*", "x*3", "y*2KGM", "y*5KGM", "x*1"]
    events = {}
    while len(events) < count:
        hours, number = rng.choice([1, 2, 2, 3, 4, 5, 5, 6, 8, 9]), len(events)
        id = f"urn:uuid:{number}" if rng.random() < 0.5 else None
        step = rng.choice(["packing", "unpacking", "holding", f"urn:step:{rng.randrange(4)}"])
        match rng.randrange(8):
            case 0 | 1 | 2 | 3:
                kids = rng.sample([*items, "P", "R", *lots], rng.choice([0, 1, 1, 2, 3]))
                type = rng.choice(["AggregationEvent"] * 4 + ["AssociationEvent"])
                kids = [
                    kid
                    for place, kid in enumerate(kids)
                    if kid[0] not in {other[0] for other in kids[:place]}
                ]
                action = rng.choice(["ADD", "ADD", "OBSERVE", "DELETE"]) if kids else "DELETE"
                one = event(
                    type, hours, action=action, step=step, id=id, parent=[rng.choice(cases)], child=kids
                )
            case 4:
                one = made(hours, rng.sample([*items, "P"], 2), ["z"], id=id, step=step)
            case 5:
                one = seen(hours, "retail_selling", rng.choice(items + cases), id=id)
            case 6:
                one = seen(
                    hours, step, rng.choice(items + cases), id=id, action=rng.choice(["DELETE", "ADD"])
                )
            case _:
                one = seen(hours, step, *rng.sample(items + cases, 2), id=id)
        events[one.hash] = one
    return list(events.values())


def batches(rng, events):
    """The events in any order, cut anywhere."""
    order = rng.sample(events, len(events))
    while order:
        size = rng.choice([1, 1, 2, 5, len(order)])
        yield order[:size]
        order = order[size:]


@pytest.mark.parametrize("seed", range(30))
def test_links_are_those_of_a_plain_model_in_any_order_of_capture_and_correction(seed):
    rng = random.Random(seed)
    events = world(rng, rng.choice([4, 9, 16, 30]))
    for one in rng.sample(events, len(events) // 5):
        events.append(wrong(one, 100, by_id=bool(one.event_id) and rng.random() < 0.5))
    expected = containments(events)
    book = Book()
    capture(book, *batches(rng, events))
    assert kept(book) == expected


def test_a_case_used_again_holds_each_content_in_its_own_time():
    book = Book()
    capture(
        book,
        [aggregation(5, "ADD", "case", "c"), aggregation(4, "DELETE", "case")],
        [aggregation(1, "ADD", "case", "a", "b")],
    )
    spans = {(row[1], row[3].hour, row[4] and row[4].hour, row[7]) for row in kept(book)}
    assert spans == {("a", 1, 4, "emptied"), ("b", 1, 4, "emptied"), ("c", 5, None, "lasts")}


def test_a_declaration_before_its_event_strikes_it_when_it_comes():
    book = Book()
    packed = aggregation(1, "ADD", "case", "a")
    capture(book, [wrong(packed, 3)], [packed, aggregation(2, "ADD", "case", "b")])
    assert {row[1] for row in kept(book)} == {"b"}


def test_names_whose_hashes_meet_are_told_apart(monkeypatch):
    monkeypatch.setattr(index, "number", lambda name, salt=0: salt if name in ("a", "b") else hash(name) >> 4)
    book = Book()
    capture(book, [aggregation(1, "ADD", "case", "a")], [aggregation(2, "ADD", "case", "b")])
    capture(book, [aggregation(3, "DELETE", "case", "b")])
    assert {(row[1], row[7]) for row in kept(book)} == {("a", "lasts"), ("b", "removed")}
