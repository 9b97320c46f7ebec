"""Deadlines against dates counted by hand from the State Council's holiday tables."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import small_league
from xilin.kernel.accounts.models import Department
from xilin.kernel.casework import actions, clock, queries
from xilin.kernel.casework.errors import CaseIsClosed, NoDeadlineRule
from xilin.kernel.casework.models import Card, CaseStep
from xilin.kernel.standards.calendar import calendar

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def league(tmp_path):
    return small_league.apply(tmp_path)


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def opened(at, kind="sharing_conditional", **more):
    department = Department.objects.get(code="police")
    return actions.open(
        kind=kind, subject="民政局: 户籍", department=department, step="reply", at=at, by=None, **more
    )


def dues(started, days):
    return calendar().due(date.fromisoformat(started), days).isoformat()


@pytest.mark.parametrize(
    ("started", "days", "due"),
    [
        ("2026-09-25", 1, "2026-09-28"),
        ("2026-09-25", 10, "2026-10-15"),
        ("2026-09-25", 20, "2026-10-29"),
        ("2026-02-11", 10, "2026-03-03"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-09", 1, "2026-10-10"),
        ("2026-11-20", 1, "2026-11-23"),
    ],
)
def test_working_days_skip_weekends_and_holidays_and_count_made_up_days(started, days, due):
    assert dues(started, days) == due


def test_a_deadline_ends_with_the_last_second_of_its_last_day_in_local_time():
    case = opened(shanghai("2026-09-25T23:30:00"))

    assert case.due_at == shanghai("2026-10-15T23:59:59")
    assert case.warn_at == shanghai("2026-10-13T00:00:00")


def test_the_day_is_the_local_one_even_where_the_world_is_still_at_yesterday():
    late_evening_utc = datetime(2026, 9, 27, 17, 0, tzinfo=UTC)  # Monday the 28th, 01:00 in Shanghai

    case = opened(late_evening_utc, kind="sharing_unconditional")

    assert case.due_at == shanghai("2026-09-29T23:59:59")


def test_a_local_regime_stands_beside_the_national_one():
    assert opened(shanghai("2026-11-02T09:00:00"), regime="local").due_at == shanghai("2026-11-09T23:59:59")
    assert opened(shanghai("2026-11-02T09:00:00")).due_at == shanghai("2026-11-16T23:59:59")


def test_the_rule_in_force_on_the_day_counts(tmp_path):
    newer = small_league.DEADLINES + small_league.DEADLINES.split("[[deadline]]")[3].replace(
        'code = "conditional_reply"', '[[deadline]]\ncode = "conditional_reply_2027"'
    ).replace("days = 10", "days = 3").replace("2025-08-01", "2026-10-12")
    small_league.apply(tmp_path, deadlines=newer)

    assert opened(shanghai("2026-10-09T09:00:00")).due_at == shanghai("2026-10-22T23:59:59")
    assert opened(shanghai("2026-10-12T09:00:00")).due_at == shanghai("2026-10-15T23:59:59")


def test_a_step_without_a_rule_is_refused_with_what_to_declare():
    with pytest.raises(NoDeadlineRule) as refusal:
        opened(shanghai("2025-07-31T09:00:00"))

    assert "2025-07-31" in str(refusal.value)
    assert "deadlines.toml" in refusal.value.advice
    assert not CaseStep.objects.exists()


def test_a_deadline_in_hours_runs_through_the_night():
    rule = clock.rule_for(regime="national", kind="alarm", step="answer", on=date(2026, 9, 24))
    began = shanghai("2026-10-01T23:30:00")

    found = clock.deadline(rule, began, calendar())

    assert found.due_at == began + timedelta(hours=2)
    assert found.warn_at == began + timedelta(hours=1)


def test_cards_turn_yellow_two_working_days_before_and_red_after_the_deadline():
    case = opened(shanghai("2026-09-25T10:00:00"))
    step = case.steps.get()

    assert step.card(shanghai("2026-10-12T23:59:59")) == Card.NONE
    assert step.card(shanghai("2026-10-13T00:00:00")) == Card.YELLOW
    assert step.card(shanghai("2026-10-15T23:59:59")) == Card.YELLOW
    assert step.card(shanghai("2026-10-16T00:00:00")) == Card.RED


def test_cards_of_all_cases_come_red_first():
    late = opened(shanghai("2026-09-25T10:00:00"))
    nearly = opened(shanghai("2026-10-09T10:00:00"))
    opened(shanghai("2026-10-20T10:00:00"))

    found = queries.cards(shanghai("2026-10-21T12:00:00"))

    assert [(one.case.number, one.card) for one in found] == [
        (late.number, Card.RED),
        (nearly.number, Card.YELLOW),
    ]


def test_a_step_ended_in_time_never_turns_red_and_one_ended_late_stays_red():
    in_time, late = (opened(shanghai("2026-09-25T10:00:00")) for _ in range(2))
    actions.close(in_time, at=shanghai("2026-10-15T20:00:00"), by=None, outcome="approved")
    actions.close(late, at=shanghai("2026-10-16T08:00:00"), by=None, outcome="approved")
    a_year_on = shanghai("2026-12-01T00:00:00")

    assert in_time.steps.get().card(a_year_on) == Card.NONE
    assert late.steps.get().card(a_year_on) == Card.RED
    assert queries.cards(a_year_on) == []


def test_a_score_is_the_share_of_steps_that_ended_in_time():
    kept = [opened(shanghai("2026-09-25T10:00:00")) for _ in range(4)]
    for case, day in zip(kept, ("09", "10", "15", "16"), strict=True):
        actions.close(case, at=shanghai(f"2026-10-{day}T08:00:00"), by=None, outcome="approved")
    opened(shanghai("2026-09-25T10:00:00"))

    (score,) = queries.scores(shanghai("2026-10-01T00:00:00"), shanghai("2026-11-01T00:00:00"))

    assert (score.department.code, score.in_time, score.late, score.overdue) == ("police", 3, 1, 1)
    assert score.points == 60.0
    assert queries.scores(shanghai("2026-11-01T00:00:00"), shanghai("2026-11-02T00:00:00"))[0].points == 0.0


def test_a_deadline_in_a_year_without_a_holiday_table_raises_an_alarm_and_is_set_right_by_the_table(
    tmp_path, caplog
):
    case = opened(shanghai("2026-12-24T10:00:00"))

    assert not case.certain
    assert case.due_at == shanghai("2027-01-07T23:59:59"), "an estimate by weekends alone"
    assert [(alarm.year, [step.case_id for step in alarm.steps]) for alarm in queries.alarms()] == [
        (2027, [case.pk])
    ]
    assert "2027" in caplog.text

    table = '\n[[holiday]]\nyear = 2027\nsource = "test"\noff = [2027-01-01, 2027-01-02, 2027-01-03]\n'
    small_league.apply(tmp_path, holidays=small_league.HOLIDAYS + table)

    case.refresh_from_db()
    assert case.certain
    assert case.due_at == shanghai("2027-01-08T23:59:59")
    assert queries.alarms() == []


def test_a_case_moves_from_step_to_step_and_its_clock_with_it():
    case = opened(shanghai("2026-11-02T09:00:00"))

    actions.step(case, to="provide", at=shanghai("2026-11-03T09:00:00"), by=None, outcome="approved")

    case.refresh_from_db()
    first, second = case.steps.all()
    assert (first.step, first.outcome, first.ended_at) == ("reply", "approved", second.began_at)
    assert second.step == "provide"
    assert case.due_at == second.due_at == shanghai("2026-12-01T23:59:59")


def test_a_closed_case_can_neither_go_on_nor_be_closed_again():
    case = opened(shanghai("2026-11-02T09:00:00"))
    moment = shanghai("2026-11-03T09:00:00")
    actions.close(case, at=moment, by=None, outcome="refused")

    with pytest.raises(CaseIsClosed):
        actions.close(case, at=moment, by=None, outcome="approved")
    with pytest.raises(CaseIsClosed):
        actions.step(case, to="provide", at=moment, by=None)
    case.refresh_from_db()
    assert (case.state, case.due_at) == ("closed", None)


def test_numbers_carry_the_local_day_and_never_repeat():
    numbers = [opened(datetime(2026, 11, 1, 18, 0, tzinfo=UTC)).number for _ in range(3)]

    assert len(set(numbers)) == 3
    assert all(number.startswith("20261102-") for number in numbers)
