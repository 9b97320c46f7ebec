"""What becomes of a report: who receives it, the clocks, what is kept of whoever sent it."""

from datetime import timedelta

import pytest

from xilin.apps.problems import actions, queries, receiving
from xilin.apps.problems.errors import NoSuchReport, NotTheirs
from xilin.apps.problems.models import Photo, Problem
from xilin.kernel.audit import queries as audit
from xilin.kernel.casework.models import Case


def test_a_report_is_a_case_of_the_department_of_its_kind(office, reported):
    made = reported()
    case = Case.objects.get(number=made.problem.number)

    assert (case.kind, case.department.code, case.steps.get().step) == ("problem", "police", "receive")
    assert case.due_at is not None
    assert "塌陷" not in case.subject
    assert reported("other").problem.case.department.code == "civil"


def test_a_part_that_knows_better_receives_reports_before_the_kind_does(office, reported):
    receiving.offer(lambda told: "civil" if told.longitude == 116.1 and told.kind == "roads" else "")
    receiving.offer(lambda _told: "")

    assert reported().problem.case.department.code == "civil"


def test_words_and_contact_are_not_readable_in_the_database_nor_in_the_log(office, reported):
    made = reported()
    row = Problem.objects.filter(pk=made.problem.pk).values().get()

    assert not any("塌陷" in str(value) or "abc" in str(value) for value in row.values())
    assert queries.words(made.problem) == {"words": "207国道三公里处塌陷", "contact": "微信 abc"}
    (entry,) = audit.entries(kind="problem.reported")
    assert (entry.subject, entry.department) == (made.problem.number, "police")
    assert "塌陷" not in entry.text
    assert made.key.replace("-", "") not in str(row)


def test_the_key_opens_the_report_however_it_is_written_and_nothing_else_does(office, reported):
    made, other = reported(), reported()
    key = made.key

    assert queries.followed(made.problem.number, key.lower().replace("-", " ")) == made.problem
    for number, wrong in (
        (made.problem.number, other.key),
        (made.problem.number, ""),
        ("20260101-000000", key),
    ):
        with pytest.raises(NoSuchReport):
            queries.followed(number, wrong)


def test_a_report_is_taken_answered_and_closed_with_a_clock_for_each(office, reported):
    one = reported().problem
    actions.take(one, by=office.ann, at=office.now + timedelta(hours=1))
    one.refresh_from_db()
    assert (one.state, one.case.steps.get(ended_at=None).step) == ("taken", "answer")

    actions.answer(one, state="settled", text="已修复。", by=office.ann, at=office.now + timedelta(days=1))
    one.refresh_from_db()

    assert (one.state, one.answer, one.case.state) == ("settled", "已修复。", "closed")
    assert [entry.kind for entry in audit.entries(subject=one.number)] == [
        "problem.answered",
        "problem.taken",
        "problem.reported",
    ]
    with pytest.raises(NotTheirs):
        actions.answer(
            one, state="refused", text="不再办理。", by=office.ann, at=office.now + timedelta(days=2)
        )


def test_a_report_passed_on_is_the_other_departments_and_its_clock_begins_anew(office, reported):
    one = reported().problem
    later = office.now + timedelta(days=1)
    actions.take(one, by=office.ann, at=office.now)
    actions.pass_on(one, to="civil", why="属民政", by=office.ann, at=later)
    one.refresh_from_db()

    assert (one.state, one.case.department.code) == ("open", "civil")
    assert one.case.steps.get(ended_at=None).began_at == later
    with pytest.raises(NotTheirs):
        actions.take(one, by=office.ann, at=later)
    actions.take(one, by=office.carl, at=later)


def test_only_stewards_and_approvers_of_the_department_act_or_see(office, reported):
    one = reported().problem

    assert [queries.may_act(user, one) for user in (office.ann, office.carl, office.pia)] == [
        True,
        False,
        False,
    ]
    assert queries.problems_for(office.ann).count() == 1
    assert queries.problems_for(office.carl).count() == 0
    assert queries.problems_for(office.pia).count() == 0
    for act in (
        lambda: actions.take(one, by=office.carl, at=office.now),
        lambda: actions.pass_on(one, to="civil", why="x", by=office.carl, at=office.now),
        lambda: actions.answer(one, state="settled", text="x", by=office.pia, at=office.now),
    ):
        with pytest.raises(NotTheirs):
            act()


def test_a_department_that_passed_a_report_on_no_longer_reads_it(office, reported):
    one = reported().problem
    assert actions.look(one, by=office.ann, at=office.now)["contact"] == "微信 abc"
    actions.pass_on(one, to="civil", why="属民政", by=office.ann, at=office.now)
    one.refresh_from_db()

    assert queries.problems_for(office.ann).count() == 1
    assert actions.look(one, by=office.ann, at=office.now) == {}
    assert audit.entries(kind="problem.seen").count() == 1


def test_what_is_personal_goes_so_many_days_after_the_answer(office, reported):
    answered = reported(place="三公里处", photo=(b"webp", 10, 10)).problem
    waiting = reported().problem
    actions.answer(answered, state="settled", text="已修复。", by=office.ann, at=office.now)

    assert actions.forget(at=office.now + timedelta(days=actions.KEPT_DAYS - 1)) == 0
    assert queries.picture(answered) == b"webp"
    assert actions.forget(at=office.now + timedelta(days=actions.KEPT_DAYS + 1)) == 1
    assert actions.forget(at=office.now + timedelta(days=actions.KEPT_DAYS + 1)) == 0

    answered = Problem.objects.get(pk=answered.pk)
    assert (answered.sealed, answered.place, answered.longitude) == ("", "", None)
    assert (queries.words(answered), queries.picture(answered), answered.answer) == ({}, None, "已修复。")
    assert Photo.objects.count() == 0
    assert queries.words(Problem.objects.get(pk=waiting.pk))
