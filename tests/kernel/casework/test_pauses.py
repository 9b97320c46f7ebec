"""Clocks that stand still, are lengthened, begin again; against an independent count, day by day."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_league
from xilin.kernel.accounts.models import Department
from xilin.kernel.casework import actions, clock, compliance, queries
from xilin.kernel.casework.declarations import DeadlineRule
from xilin.kernel.casework.errors import CaseIsOpen, ClockRuns, ClockStopped, NoExtension
from xilin.kernel.casework.models import Card
from xilin.kernel.standards.calendar import WorkingDays
from xilin.kernel.standards.declarations import Holiday

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGER = small_league.DEADLINES.replace("days = 10\n", "days = 10\nextend = 10\n")


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def case(tmp_path, db):
    """A case that is due on 2026-10-15: ten working days from 2026-09-25."""
    small_league.apply(tmp_path, deadlines=LONGER)
    return opened()


def opened(at="2026-09-25T10:00:00", department="police"):
    return actions.open(
        kind="sharing_conditional",
        subject="民政局: 户籍",
        department=Department.objects.get(code=department),
        step="reply",
        at=shanghai(at),
        by=None,
    )


def test_a_clock_goes_on_with_the_working_days_it_stood_still_added(case):
    actions.stop(case, at=shanghai("2026-09-29T15:00:00"), reason="缺授权书")
    actions.go_on(case, at=shanghai("2026-10-10T09:00:00"))  # a Saturday that is worked

    case.refresh_from_db()
    # Still: 30 September, 8, 9 and 10 October are the working days after the 29th up to the 10th.
    assert case.due_at == shanghai("2026-10-21T23:59:59")
    assert case.warn_at == shanghai("2026-10-19T00:00:00")
    assert case.stopped_at is None


def test_a_stop_and_go_within_a_day_wins_no_time(case):
    due = case.due_at
    actions.stop(case, at=shanghai("2026-09-29T09:00:00"))
    actions.go_on(case, at=shanghai("2026-09-29T17:00:00"))

    case.refresh_from_db()
    assert case.due_at == due


def test_while_it_stands_still_there_is_no_card_and_nothing_overdue(case):
    actions.stop(case, at=shanghai("2026-10-14T15:00:00"))
    much_later = shanghai("2026-12-01T00:00:00")
    step = case.steps.get()

    assert step.card(much_later) == Card.NONE
    assert queries.cards(much_later) == []
    (score,) = queries.scores(shanghai("2026-01-01T00:00:00"), much_later)
    assert (score.overdue, score.points) == (0, None)
    (line,) = compliance.compliance(shanghai("2026-01-01T00:00:00"), much_later)
    assert (line.open, line.overdue, line.stopped, line.share) == (1, 0, 1, None)


def test_a_clock_stopped_too_late_stays_red(case):
    actions.stop(case, at=shanghai("2026-10-16T09:00:00"))

    assert case.steps.get().card(shanghai("2026-10-17T00:00:00")) == Card.RED
    actions.go_on(case, at=shanghai("2026-11-16T09:00:00"))
    case.refresh_from_db()
    assert case.due_at == shanghai("2026-10-15T23:59:59")


def test_a_clock_stops_once_and_goes_on_once(case):
    moment = shanghai("2026-09-29T09:00:00")
    with pytest.raises(ClockRuns):
        actions.go_on(case, at=moment)
    actions.stop(case, at=moment)
    with pytest.raises(ClockStopped):
        actions.stop(case, at=moment)


def test_a_step_that_ends_while_its_clock_stands_still_ended_in_time(case):
    actions.stop(case, at=shanghai("2026-10-14T15:00:00"))
    actions.close(case, at=shanghai("2026-11-20T15:00:00"), by=None, outcome="withdrawn", withdrawn=True)

    step = case.steps.get()
    assert step.card(shanghai("2026-12-01T00:00:00")) == Card.NONE
    assert step.due_at > step.ended_at
    (line,) = compliance.compliance(shanghai("2026-01-01T00:00:00"), shanghai("2026-12-01T00:00:00"))
    assert (line.in_time, line.late, line.days) == (1, 0, 9)


def test_a_deadline_is_lengthened_once_by_no_more_than_its_rule_allows(case):
    for days in (0, -1, 11):
        with pytest.raises(NoExtension) as refused:
            actions.extend(case, days=days, at=shanghai("2026-10-12T09:00:00"))
        assert "10" in refused.value.advice
    actions.extend(case, days=5, at=shanghai("2026-10-12T09:00:00"))

    case.refresh_from_db()
    assert case.due_at == shanghai("2026-10-22T23:59:59")
    with pytest.raises(NoExtension):
        actions.extend(case, days=1, at=shanghai("2026-10-13T09:00:00"))


def test_nothing_is_lengthened_after_its_deadline(case):
    with pytest.raises(NoExtension):
        actions.extend(case, days=5, at=shanghai("2026-10-16T00:00:01"))


def test_new_tables_count_pauses_and_extensions_too(case, tmp_path):
    actions.stop(case, at=shanghai("2026-09-29T15:00:00"))
    actions.go_on(case, at=shanghai("2026-10-08T09:00:00"))
    actions.extend(case, days=2, at=shanghai("2026-10-08T10:00:00"))
    case.refresh_from_db()
    before = case.due_at
    one_more_off = small_league.HOLIDAYS.replace("2026-10-07,", "2026-10-07, 2026-10-09,")

    small_league.apply(tmp_path, deadlines=LONGER, holidays=one_more_off)

    case.refresh_from_db()
    assert before == shanghai("2026-10-21T23:59:59")
    assert case.due_at == shanghai("2026-10-22T23:59:59")


def test_an_ended_case_begins_again_with_a_step_and_a_clock(case):
    with pytest.raises(CaseIsOpen):
        actions.reopen(case, to="provide", at=shanghai("2026-10-01T09:00:00"), by=None)
    actions.close(case, at=shanghai("2026-10-12T09:00:00"), by=None, outcome="refused")
    actions.reopen(case, to="provide", at=shanghai("2026-11-02T09:00:00"), by=None)

    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("open", None)
    assert case.due_at == shanghai("2026-11-30T23:59:59")
    assert [step.step for step in case.steps.all()] == ["reply", "provide"]


REGIMES = """
[[regime]]
code = "local"
name = { zh = "地方", en = "Local" }
source = "test"
resources = ["households"]

[[regime]]
code = "police_own"
name = { zh = "公安", en = "Police" }
source = "test"
providers = ["police"]
"""


@pytest.mark.django_db
def test_a_regime_is_chosen_by_resource_then_provider_then_league(tmp_path):
    small_league.apply(tmp_path, {"regimes.toml": REGIMES})
    assert clock.regime_of(resource="households", provider="police") == "local"
    assert clock.regime_of(resource="benefits", provider="police") == "police_own"
    assert clock.regime_of(resource="benefits", provider="civil") == "national"
    small_league.apply(
        tmp_path, {"regimes.toml": REGIMES.replace('providers = ["police"]', "default = true")}
    )
    assert clock.regime_of(resource="benefits", provider="civil") == "police_own"


@pytest.mark.django_db
def test_where_a_local_regime_says_nothing_the_national_rule_holds(tmp_path):
    small_league.apply(tmp_path)
    at = date(2026, 10, 12)

    assert clock.rule_for(regime="local", kind="sharing_conditional", step="reply", on=at).days == 5
    assert clock.rule_for(regime="local", kind="sharing_conditional", step="provide", on=at).days == 20


@pytest.mark.django_db
def test_two_regimes_that_claim_one_resource_are_a_fault(tmp_path):
    from xilin.kernel.standards.declarations import KINDS
    from xilin.lib.declared import read

    twice = REGIMES.replace('providers = ["police"]', 'resources = ["households", "nothing"]')
    _league, faults = read(small_league.write(tmp_path, {"regimes.toml": twice}), KINDS)

    said = " ".join(fault.of("en") for fault in faults)
    assert "households" in said
    assert "nothing" in said


def test_a_year_without_a_table_is_an_alarm_before_any_deadline_falls_in_it(case):
    actions.close(case, at=shanghai("2026-10-12T09:00:00"), by=None, outcome="refused")

    assert queries.calendar_alarms(shanghai("2026-11-02T09:00:00")) == {}
    assert queries.calendar_alarms(shanghai("2026-12-10T09:00:00")) == {2027: 0}
    opened("2026-12-24T10:00:00")
    assert queries.calendar_alarms(shanghai("2026-12-25T09:00:00")) == {2027: 1}


def test_the_report_tells_each_department_with_the_worst_first(case):
    kept = opened(department="civil")
    actions.close(kept, at=shanghai("2026-09-30T08:00:00"), by=None, outcome="approved")
    moment = shanghai("2026-10-20T00:00:00")

    late, in_time = compliance.compliance(shanghai("2026-09-01T00:00:00"), moment)

    assert (late.department.code, late.share, late.overdue, late.days) == ("police", 0.0, 1, None)
    assert (in_time.department.code, in_time.share, in_time.days) == ("civil", 1.0, 3)
    assert (
        compliance.compliance(shanghai("2026-09-01T00:00:00"), moment, department=case.department)[0] == late
    )


def test_the_workbook_holds_what_the_report_says(case, tmp_path):
    import python_calamine

    begin, end = shanghai("2026-09-01T00:00:00"), shanghai("2026-10-20T00:00:00")
    file = tmp_path / "report.xlsx"
    file.write_bytes(compliance.workbook(compliance.compliance(begin, end), begin, end))

    rows = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert rows[-1][:4] == ["小盟公安局", 0, 0, 0]
    assert rows[-1][5:7] == [1, 1]


TABLES = (
    Holiday(2025, "test", tuple(date(2025, 12, n) for n in (29, 30, 31)), (date(2025, 12, 27),)),
    Holiday(
        2026,
        "test",
        (
            *(date(2026, 1, n) for n in (1, 2, 3)),
            *(date(2026, 2, n) for n in range(15, 24)),
            date(2026, 12, 31),
        ),
        (date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 12, 26)),
    ),
)
OFF = {day for table in TABLES for day in table.off}
WORKED = {day for table in TABLES for day in table.worked}


def counted_by_hand(began, days, pauses):
    """Walk from midnight to midnight, asking of every day whether it counts, until none is left."""
    day = began.astimezone(SHANGHAI).date()
    while days:
        day = day + timedelta(days=1)
        paused = any(
            begin.astimezone(SHANGHAI).date() < day <= end.astimezone(SHANGHAI).date()
            for begin, end in pauses
        )
        if day in WORKED:
            works = True
        elif day in OFF:
            works = False
        else:
            works = day.isoweekday() <= 5
        if works and not paused:
            days -= 1
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)


@settings(max_examples=200, deadline=None)
@given(
    began=st.datetimes(datetime(2025, 12, 1), datetime(2026, 2, 20))
    | st.datetimes(datetime(2026, 12, 1), datetime(2026, 12, 30)),
    days=st.integers(1, 20),
    extended=st.integers(0, 10),
    warn=st.integers(0, 3),
    spans=st.lists(st.tuples(st.integers(0, 30 * 24), st.integers(0, 20 * 24)), max_size=3),
)
def test_deadlines_over_year_ends_are_what_a_count_by_hand_comes_to(began, days, extended, warn, spans):
    began = began.replace(tzinfo=SHANGHAI)
    pauses, moment = [], began
    for after, length in spans:
        begin = moment + timedelta(hours=after)
        moment = begin + timedelta(hours=length)
        pauses.append((begin, moment))
    warn = min(warn, days - 1)
    rule = DeadlineRule(
        code="r", regime="national", case_kind="k", step="s", days=days, unit="working_day",
        since=date(2025, 1, 1), source="test", confirmed=True, warn=warn,
    )  # fmt: skip
    calendar = WorkingDays(TABLES)

    found = clock.deadline(rule, began, calendar, pauses=pauses, extended=extended)

    assert found.due_at == counted_by_hand(began, days + extended, pauses)
    warned = counted_by_hand(began, days + extended - warn, pauses).replace(hour=0, minute=0, second=0)
    assert found.warn_at == max(began, warned)
    assert found.certain == (found.due_at.year <= 2026)
    assert clock.taken(rule, began, found.due_at, calendar, pauses) == days + extended
