"""The life of a code: a table of what may follow what, driven by events that come in any order."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trace_league
from declared_book import BEGIN
from xilin.apps.trace.codes.lifecycle import ACTS, TRANSITIONS, State, Step, act_of, after, fold


def steps(*acts):
    return [Step(BEGIN + timedelta(days=day), act, day) for day, act in enumerate(acts)]


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ((), State.ISSUED),
        (("activate",), State.ACTIVE),
        (("activate", "sell", "open"), State.OPENED),
        (("activate", "open"), State.OPENED),
        (("activate", "sell", "return", "restock", "sell"), State.SOLD),
        (("activate", "recall", "sell"), State.RECALLED),
        (("activate", "recall", "release"), State.ACTIVE),
        (("activate", "void", "activate", "sell"), State.VOID),
        (("sell",), State.ISSUED),
    ],
)
def test_a_life_is_what_its_acts_lead_to(acts, state):
    assert fold(steps(*acts))[0] == state


def test_what_a_state_does_not_allow_changes_nothing_and_is_told():
    state, refused = fold(steps("activate", "void", "sell"))

    assert (state, refused) == (State.VOID, {2})


def test_events_may_come_in_any_order():
    whole = steps("activate", "sell", "return", "restock", "sell", "open")

    assert {fold(order)[0] for order in permutations(whole)} == {State.OPENED}


def test_nothing_follows_the_end_and_every_act_is_told_for_every_state():
    assert all(State.VOID not in allowed for allowed in TRANSITIONS.values())
    for act in ACTS:
        for state in State:
            following = after(state, act)
            assert following is None or following in TRANSITIONS[act].values()


@given(st.lists(st.sampled_from(ACTS), max_size=8))
def test_saying_an_act_twice_in_a_row_changes_nothing(acts):
    twice = [act for act in acts for _ in range(2)]

    assert fold(steps(*acts))[0] == fold(steps(*twice))[0]


@pytest.mark.parametrize(
    ("step", "disposition", "act"),
    [
        ("commissioning", "active", "activate"),
        ("retail_selling", "retail_sold", "sell"),
        ("receiving", "returned", "return"),
        ("holding", "recalled", "recall"),
        ("decommissioning", "inactive", "void"),
        ("destroying", "destroyed", "void"),
        ("shipping", "in_transit", None),
        (None, None, None),
    ],
)
def test_events_say_it_by_disposition_before_step(step, disposition, act):
    assert act_of(step, disposition) == act


# On PostgreSQL, through capture


@pytest.fixture
def codes(tmp_path, transactional_db):
    from xilin.apps.trace.codes import issuing
    from xilin.apps.trace.models import Code

    trace_league.apply(tmp_path)
    batch = issuing.order(
        "09520001000010", 4, request=uuid4(), kind="link", site="https://id.example.org", at=BEGIN, lot="L1"
    )
    issuing.issue(batch, at=BEGIN)
    return list(Code.objects.filter(batch=batch).order_by("pk"))


def uri(code):
    return f"https://id.gs1.org/01/{code.gtin}/21/{code.serial}"


def event(day, code, step, disposition, **more):
    at = (BEGIN + timedelta(days=day)).isoformat().replace("+00:00", "Z")
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": at,
        "eventTimeZoneOffset": "+08:00",
        "epcList": [uri(code)],
        "bizStep": step,
        "disposition": disposition,
        **more,
    }


def captured(*events):
    import json

    from django.utils import timezone

    from xilin.apps.trace.epcis.documents import read
    from xilin.apps.trace.repository.capture import capture

    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
    found = read(json.dumps(document).encode(), "application/json")
    return capture(found.events, party="plant", at=timezone.now())


def states(codes):
    for code in codes:
        code.refresh_from_db()
    return [State(code.state) for code in codes]


def test_captured_events_carry_a_code_through_its_life(codes):
    one, two, three, _ = codes
    captured(
        event(2, one, "retail_selling", "retail_sold"),
        event(1, one, "commissioning", "active"),
        event(1, two, "commissioning", "active"),
        event(3, two, "destroying", "destroyed"),
        event(1, three, "shipping", "in_transit"),
    )

    assert states(codes) == [State.SOLD, State.VOID, State.ISSUED, State.ISSUED]


def test_a_late_event_falls_into_its_place(codes):
    one = codes[0]
    captured(event(5, one, "retail_selling", "retail_sold"))
    assert states([one]) == [State.ISSUED]
    captured(event(1, one, "commissioning", "active"))
    one.refresh_from_db()

    assert one.state == State.SOLD


def test_an_event_declared_wrong_is_as_if_it_never_was(codes):
    one = codes[0]
    wrong = event(2, one, "destroying", "destroyed", eventID="urn:uuid:11111111-2222-3333-4444-555555555555")
    captured(event(1, one, "commissioning", "active"), wrong)
    one.refresh_from_db()
    assert one.state == State.VOID

    declaration = {
        "errorDeclaration": {"declarationTime": "2026-03-09T00:00:00Z", "reason": "incorrect_data"}
    }
    captured({**wrong, **declaration})
    one.refresh_from_db()

    assert one.state == State.ACTIVE


def test_a_recalled_batch_is_told_by_a_notice(codes):
    from xilin.apps.trace.models import Notice

    lot = "https://id.gs1.org/01/09520001000010/10/L1"
    told = event(4, codes[0], "holding", "recalled") | {
        "epcList": [],
        "quantityList": [{"epcClass": lot, "quantity": 4}],
    }
    captured(told)

    (notice,) = Notice.objects.all()
    assert (notice.kind, notice.lot) == ("recalled", "L1")
