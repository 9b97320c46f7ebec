"""Capture keeps every event once, whole or not at all."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from made_events import NOON, ErrorDeclaration, Link, Thing, lamb, made, seen

from xilin.apps.trace.epcis.errors import Fault
from xilin.apps.trace.models import CaptureJob, Event, EventKey, EventThing, Known, Orphan
from xilin.apps.trace.repository import capture as capturing
from xilin.apps.trace.repository.capture import Captured, Refused, Stored, capture
from xilin.apps.trace.repository.faults import Problem, unkept
from xilin.lib.text import Text

AT = datetime(2026, 3, 2, tzinfo=UTC)
WRONG = ErrorDeclaration(NOON + timedelta(days=1), "incorrect_data", ("urn:uuid:right",))


def take(*events: Any, **more: Any) -> Captured:
    return capture(events, **({"party": "ranch", "at": AT} | more))


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> list[Stored]:
    """Everything that hooks were told of."""
    told: list[Stored] = []
    monkeypatch.setattr(capturing, "hooks", [lambda _, stored, __: told.extend(stored)])
    return told


def test_an_event_is_stored_with_its_facts_in_columns_and_its_body_as_it_came(db):
    event = made(
        Thing("epc", lamb(1)), Thing("epc", "https://id.gs1.org/01/09521141000014/10/A", 12.5, "KGM", True),
        biz_location="https://id.gs1.org/414/9521141000009", read_point="urn:x:gate", disposition="in_transit",
        transactions=(Link("po", "urn:x:po:1"),), sources=(Link("owning_party", "urn:x:ranch"),), set=("recalled",),
        destinations=(Link("owning_party", "urn:x:shop"), Link("possessing_party", "urn:x:ranch")),
        context={"ex": "http://ex.example/"}, body={"ex:note": "a\tb\\c\n\"羊\""},
    )  # fmt: skip
    taken = take(event)
    row = Event.objects.get(pk=taken.ids[0])
    assert (row.event_time, row.record_time, row.zone) == (event.time, AT, "+08:00")
    assert (row.type, row.action, row.biz_step, row.disposition) == (
        "ObjectEvent",
        "OBSERVE",
        "shipping",
        "in_transit",
    )
    assert (row.biz_location, row.read_point) == (event.biz_location, event.read_point)
    assert row.body == event.body
    assert Event.objects.filter(body__has_key="ex:note").exists()
    assert row.parties == ["urn:x:ranch", "urn:x:shop"]
    assert row.context == event.context
    assert (row.event_id, row.named) == (event.hash, False)
    things = (
        EventThing.objects.filter(event=row.pk)
        .order_by("role", "uri")
        .values_list("role", "uri", "quantity", "note")
    )
    assert list(things) == [
        (1, lamb(1), None, None),
        (11, "https://id.gs1.org/01/09521141000014/10/A", 12.5, "KGM"),
        (20, "urn:x:po:1", None, "po"),
        (21, "urn:x:ranch", None, "owning_party"),
        (22, "urn:x:ranch", None, "possessing_party"),
        (22, "urn:x:shop", None, "owning_party"),
        (23, "recalled", None, None),
    ]
    job = CaptureJob.objects.get(code=taken.job)
    assert (job.success, job.stored, job.first, job.last, job.errors) == (True, 1, row.pk, row.pk, [])
    assert Known.objects.filter(kind="namespace", value="ex=http://ex.example/").exists()


def test_the_same_events_again_are_duplicates_and_no_error(db, hooked):
    events = [seen(1), seen(2), seen(3, event_id="urn:uuid:3")]
    first, again = take(*events), take(*events, seen(4))
    assert (first.stored, first.duplicates) == (3, 0)
    assert (again.success, again.stored, again.duplicates) == (True, 1, 3)
    assert again.ids[:3] == first.ids
    assert [stored.id for stored in hooked] == [*first.ids, again.ids[3]]
    assert Event.objects.count() == 4


def test_equal_events_of_one_batch_become_one(db):
    taken = take(seen(1), seen(2), seen(1), seen(1, event_id="urn:uuid:1"))
    assert (taken.stored, taken.duplicates) == (2, 2)
    assert taken.ids[0] == taken.ids[2] == taken.ids[3]


def test_another_name_of_a_known_event_leads_to_it(db):
    (known,) = take(seen(1, event_id="urn:uuid:a")).ids
    assert take(seen(1, event_id="urn:uuid:b")).ids == (known,)
    assert set(EventKey.objects.values_list("event", flat=True)) == {known}


def test_a_name_that_another_event_bears_stops_everything_or_only_its_event(db):
    take(seen(1, event_id="urn:uuid:a"))
    batch = [seen(2), seen(3, event_id="urn:uuid:a"), seen(4)]
    stopped = take(*batch)
    assert (stopped.success, stopped.stored, stopped.ids) == (False, 0, (None, None, None))
    assert stopped.problems[0].place == "/epcisBody/eventList/1/eventID"
    assert Event.objects.count() == 1
    proceeded = take(*batch, behaviour="proceed")
    assert (proceeded.success, proceeded.stored) == (False, 2)
    assert [id is None for id in proceeded.ids] == [False, True, False]
    assert take(seen(3)).stored == 1, "what was refused left no key behind"
    job = CaptureJob.objects.get(code=stopped.job)
    assert not job.success
    assert job.errors[0]["type"] == "epcisException:ResourceAlreadyExistsException"


def test_one_name_for_two_events_of_a_batch_is_refused(db):
    taken = take(seen(1, event_id="urn:uuid:a"), seen(2, event_id="urn:uuid:a"), behaviour="proceed")
    assert [id is None for id in taken.ids] == [False, True]


def test_a_declaration_of_an_error_is_linked_to_its_event_whichever_comes_first(db, hooked):
    event = seen(1, event_id="urn:uuid:a")
    declaration = seen(1, event_id="urn:uuid:a", error=WRONG)
    (original,) = take(event).ids
    (declared,) = take(declaration).ids
    assert declared != original
    assert Event.objects.get(pk=declared).corrects == original
    assert hooked[1].corrects == original
    late = seen(2, event_id="urn:uuid:b")
    (early,) = take(seen(2, event_id="urn:uuid:b", error=WRONG)).ids
    assert hooked[2].corrects is None
    assert Orphan.objects.count() == 1
    (came,) = take(late).ids
    assert hooked[3].declared == early
    assert Event.objects.get(pk=early).corrects == came
    assert not Orphan.objects.exists()


def test_an_event_and_its_declaration_in_one_batch_find_each_other(db, hooked):
    ids = take(seen(1, error=WRONG), seen(1)).ids
    assert ids[0] != ids[1]
    assert hooked[0].corrects == ids[1]
    assert Event.objects.get(pk=ids[0]).corrects == ids[1]


def test_two_declarations_about_one_event_are_both_kept(db):
    take(seen(1))
    other = ErrorDeclaration(WRONG.time, "did_not_occur")
    assert take(seen(1, error=WRONG), seen(1, error=other), seen(1, error=WRONG)).stored == 2


def test_every_time_of_an_event_has_a_partition(db):
    years = [1, 1999, 2014, 2015, 2026, 2049, 2050, 9999]
    times = [datetime(year, month, 1, tzinfo=UTC) for year in years for month in (1, 12)]
    events = (made(Thing("epc", lamb(number)), time=time) for number, time in enumerate(times))
    assert take(*events).stored == len(times)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT tableoid) FROM trace_event")
        assert cursor.fetchone() == (2 + 6,)


def test_what_no_database_holds_is_a_problem_of_its_event_alone(db):
    nul = made(Thing("epc", lamb(1)), body={"note": "a\0b"})
    backslash = made(Thing("epc", lamb(2)), body={"note": "a\\u0000b"})
    long = made(Thing("epc", "urn:x:" + "长" * 700))
    taken = take(nul, backslash, long, seen(5), behaviour="proceed")
    assert [id is None for id in taken.ids] == [True, False, True, False]
    assert [problem.event for problem in taken.problems] == [0, 2]
    assert taken.problems[0].place == "/epcisBody/eventList/0/note"


def test_a_refusal_after_validation_names_the_member():
    long = "urn:x:" + "长" * 700
    body = {
        "epcList": ["urn:x:1", long], "ex:note": "长" * 900, "readPoint": {"id": "urn:x:2"},
        "ex:more": [{"a/b": "x\0"}],
    }  # fmt: skip
    event = made(Thing("epc", long), body=body)

    assert unkept(3, event, "long").place == "/epcisBody/eventList/3/epcList/1"
    assert unkept(3, event, "nul").place == "/epcisBody/eventList/3/ex:more/0/a~1b"
    fault = Fault("quota", "/epcList/0", Text(zh="超额", en="Over."), Text(zh="少报", en="Fewer."))
    assert Problem.of(fault, 7).place == "/epcisBody/eventList/7/epcList/0"


def test_a_hook_that_fails_takes_everything_with_it(db, monkeypatch):
    def fails(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(capturing, "hooks", [fails])
    with pytest.raises(RuntimeError):
        take(seen(1))
    assert not Event.objects.exists()
    assert not EventKey.objects.exists()
    assert not CaptureJob.objects.exists()


@pytest.mark.parametrize(("behaviour", "stored"), [("rollback", 0), ("proceed", 2)])
def test_what_a_hook_refuses_is_left_out_or_stops_everything(db, monkeypatch, behaviour, stored):
    def refuses(_: object, came: list[Stored], __: object) -> None:
        fault = Fault("quota", "", Text(zh="超额", en="Over the quota."), Text(zh="少报", en="Send fewer."))
        if out := {one.id: fault for one in came if one.event.things[0].id == lamb(2)}:
            raise Refused(out)

    monkeypatch.setattr(capturing, "hooks", [refuses])
    taken = take(seen(1), seen(2), seen(3), behaviour=behaviour)
    assert (taken.success, taken.stored, Event.objects.count()) == (False, stored, stored)
    assert [problem.event for problem in taken.problems] == [1]
    monkeypatch.setattr(capturing, "hooks", [])
    assert take(seen(2)).stored == 1


def test_many_who_send_the_same_events_at_once_store_each_once(transactional_db):
    events = [seen(number, event_id=f"urn:uuid:{number}" if number % 2 else None) for number in range(40)]
    taken: list[Captured] = []
    begin = threading.Barrier(4)

    def send(turn: int) -> None:
        begin.wait()
        taken.append(take(*(events if turn % 2 else reversed(events)), party=f"p{turn}"))
        connections.close_all()

    threads = [threading.Thread(target=send, args=[turn]) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.stored for one in taken) == 40
    assert sum(one.duplicates for one in taken) == 120
    assert Event.objects.count() == 40
    numbers = {frozenset(one.ids) for one in taken}
    assert len(numbers) == 1
