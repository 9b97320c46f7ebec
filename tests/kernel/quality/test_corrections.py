"""校核 The duty to correct: a case for the providing department, with a clock."""

from datetime import timedelta

import pytest
from quality_plan import Batch, a_plan, outcome

from xilin.kernel.audit.models import Entry
from xilin.kernel.casework.errors import CaseIsClosed
from xilin.kernel.quality import actions, queries
from xilin.kernel.quality.actions import Doubt
from xilin.kernel.quality.errors import AlreadyAsked, NoDepartment, NotTheProvider
from xilin.kernel.quality.models import Quarantined


@pytest.fixture
def row(hub):
    actions.keep(Batch(1), hub.plan, outcome(), [hub.file("q", [hub.row(4, "R4", 姓名="某某")])])
    return Quarantined.objects.get()


def doubt(hub):
    return Doubt(
        department=hub.police, resource="households", subject="people 12: birth_date", column="birth_date"
    )


def test_asking_opens_a_case_for_the_provider_with_ten_working_days(hub):
    correction = actions.ask_correction(doubt(hub), by=hub.people.other, at=hub.now, doubt="与档案不符")

    assert (correction.case.kind, correction.case.department) == ("correction", hub.police)
    assert f"{correction.case.due_at:%Y-%m-%d}" == "2026-10-15"
    (entry,) = Entry.objects.filter(kind="quality.correction.asked")
    assert (entry.by, entry.department, entry.provider) == ("other", "civil", "police")
    assert "与档案不符" not in entry.text


def test_a_held_row_is_named_by_its_place_and_asked_about_once(hub, row):
    correction = actions.ask_correction(row, by=hub.people.owner, at=hub.now)

    assert correction.subject == "households: gaj_hukou 1:4"
    assert correction.column == "person_name"
    with pytest.raises(AlreadyAsked) as refused:
        actions.ask_correction(row, by=hub.people.owner, at=hub.now)
    assert correction.case.number in str(refused.value)


def test_a_held_row_cannot_be_doubted_by_those_who_may_not_see_it(hub, row):
    with pytest.raises(Quarantined.DoesNotExist):
        actions.ask_correction(row, by=hub.people.other, at=hub.now)


def test_who_acts_for_no_department_cannot_ask(hub):
    with pytest.raises(NoDepartment):
        actions.ask_correction(doubt(hub), by=hub.people.nobody, at=hub.now)


def test_the_provider_answers_and_the_case_closes(hub):
    correction = actions.ask_correction(doubt(hub), by=hub.people.other, at=hub.now)
    later = hub.now + timedelta(days=1)
    answered = actions.resolve(correction, by=hub.people.owner, at=later, outcome="corrected", remark="已改")

    answered.case.refresh_from_db()
    assert (answered.outcome, answered.resolved_by) == ("corrected", hub.people.owner)
    assert answered.case.state == "closed"
    assert Entry.objects.filter(kind="quality.correction.answered", provider="police").count() == 1
    with pytest.raises(CaseIsClosed):
        actions.resolve(correction, by=hub.people.owner, at=later, outcome="confirmed")


@pytest.mark.parametrize("who", ["other", "security", "auditor", "nobody"])
def test_nobody_else_answers(hub, who):
    correction = actions.ask_correction(doubt(hub), by=hub.people.other, at=hub.now)
    with pytest.raises(NotTheProvider):
        actions.resolve(correction, by=getattr(hub.people, who), at=hub.now, outcome="refused")


def test_an_outcome_that_does_not_exist_is_refused(hub):
    correction = actions.ask_correction(doubt(hub), by=hub.people.other, at=hub.now)
    with pytest.raises(ValueError, match="maybe"):
        actions.resolve(correction, by=hub.people.owner, at=hub.now, outcome="maybe")


def test_a_case_survives_the_row_it_is_about(hub, row):
    correction = actions.ask_correction(row, by=hub.people.owner, at=hub.now)
    actions.keep(Batch(2), hub.plan, outcome(), [])
    correction.refresh_from_db()

    assert correction.quarantined is None
    assert correction.case.state == "open"


def held_again(hub, batch, *rows, **more):
    actions.keep(Batch(batch), hub.plan, outcome(), [hub.file(f"q{batch}", list(rows))], **more)


def test_an_open_correction_keeps_to_its_record_through_full_batches(hub, row):
    correction = actions.ask_correction(row, by=hub.people.owner, at=hub.now)
    held_again(hub, 2, hub.row(1, "OTHER"), hub.row(9, "R4"), hub.row(10, "R4"))
    correction.refresh_from_db()

    assert (correction.quarantined.batch_id, correction.quarantined.row) == (2, 9)
    for again in Quarantined.objects.filter(key="R4"):
        with pytest.raises(AlreadyAsked):
            actions.ask_correction(again, by=hub.people.owner, at=hub.now)
    assert actions.ask_correction(Quarantined.objects.get(key="OTHER"), by=hub.people.owner, at=hub.now)


def test_an_open_correction_finds_its_record_when_it_is_held_back_once_more(hub, row):
    correction = actions.ask_correction(row, by=hub.people.owner, at=hub.now)
    held_again(hub, 2)
    held_again(hub, 3, hub.row(5, "R4"))
    correction.refresh_from_db()

    assert correction.quarantined.batch_id == 3


def test_an_answered_correction_lets_go_of_key_and_record(hub, row):
    correction = actions.ask_correction(row, by=hub.people.owner, at=hub.now)
    answered = actions.resolve(correction, by=hub.people.owner, at=hub.now, outcome="corrected")
    held_again(hub, 2, hub.row(9, "R4"))
    answered.refresh_from_db()

    assert (answered.quarantined, answered.key) == (None, "")
    assert actions.ask_correction(Quarantined.objects.get(), by=hub.people.owner, at=hub.now)


def test_rows_of_another_source_with_the_same_key_are_other_records(hub, row):
    actions.ask_correction(row, by=hub.people.owner, at=hub.now)
    actions.keep(Batch(7), a_plan(code="other"), outcome(), [hub.file("o", [hub.row(1, "R4")])])

    assert actions.ask_correction(Quarantined.objects.get(source="other"), by=hub.people.owner, at=hub.now)


def test_corrections_are_seen_by_who_asked_and_who_owes(hub):
    correction = actions.ask_correction(doubt(hub), by=hub.people.other, at=hub.now)

    for user in (hub.people.other, hub.people.owner, hub.people.auditor):
        assert list(queries.corrections_for(user)) == [correction]
    assert list(queries.corrections_for(hub.people.nobody)) == []
    assert list(queries.corrections_for(hub.people.security)) == []
