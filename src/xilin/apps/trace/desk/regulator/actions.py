"""What the regulator does with alarms: take one, which starts a clock, and decide it with a reason."""

from datetime import datetime
from typing import Any

from django.db import transaction

from xilin.apps.trace.desk.actions import close as close_alert
from xilin.apps.trace.desk.regulator.alarms import STATES, Alarm
from xilin.apps.trace.desk.regulator.errors import NoSuchOutcome, NotOpen, TakenAlready
from xilin.apps.trace.models import Alert, LineageAlert, Suspicion
from xilin.apps.trace.verdicts import overseeing
from xilin.apps.trace.verdicts.overseeing import KIND, LOOK, REMEDY
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import queries as cases

OF_LINEAGE = ("confirmed", "settled", "explained")
CLOSED = "closed"
_MODELS: dict[str, Any] = {"lineage": LineageAlert, "look": Alert, "report": Suspicion}


def outcomes(alarm: Alarm) -> tuple[str, ...]:
    """How an alarm may be decided as it stands."""
    if not alarm.waits:
        return ()
    if alarm.source != "lineage":
        return (CLOSED,)
    return OF_LINEAGE[1:] if alarm.state == "confirmed" else OF_LINEAGE


@transaction.atomic
def take(alarm: Alarm, *, by: Any, at: datetime) -> None:
    """受理 Take an alarm nobody has; a case with its clock is opened where there is none. Raises NotOpen, TakenAlready."""
    one = _locked(alarm)
    if one.taken_by:
        raise TakenAlready(by=one.taken_by)
    if alarm.state != "open":
        raise NotOpen(state=STATES[alarm.state])
    one.taken_by, one.taken_at = by.username, at
    if not one.case:
        subject = f"{alarm.kind} {alarm.subject}"[:200]
        one.case = casework.open(
            kind=KIND, subject=subject, department=by.department, step=LOOK, at=at, by=by
        ).number
    if alarm.source == "lineage":
        one.department = one.department or by.department.code
    one.save()
    record(
        "trace.alarm_taken",
        at=at,
        by=by,
        department=by.department,
        subject=one.case,
        detail={"source": alarm.source, "alarm": alarm.id, "kind": alarm.kind},
    )


@transaction.atomic
def decide(alarm: Alarm, outcome: str, remark: str, *, by: Any, at: datetime) -> None:
    """处理 Say what was behind an alarm and what was done. Raises NotOpen, TakenAlready, NoSuchOutcome.

    `confirmed` keeps notices and the stop of issuing and gives time to set it right; `settled` lets codes be issued
    again and keeps the notices; `explained` ends both. Looks and reports are `closed`.
    """
    if outcome not in outcomes(alarm) or not remark:
        raise NoSuchOutcome
    one = _locked(alarm)
    if one.taken_by and one.taken_by != by.username:
        raise TakenAlready(by=one.taken_by)
    if not one.taken_by:
        take(alarm, by=by, at=at)
        one = _locked(alarm)
    if alarm.source == "lineage":
        _decide_lineage(one, outcome, remark, by, at)
    elif alarm.source == "look":
        close_alert(one, outcome=remark, by=by, at=at)
    else:
        one.closed_at, one.closed_by, one.outcome = at, by.username, remark[:200]
        one.save(update_fields=["closed_at", "closed_by", "outcome"])
        _end_case(one.case, CLOSED, remark, by, at)
    record(
        "trace.alarm_decided",
        at=at,
        by=by,
        department=by.department,
        subject=one.case,
        detail={"source": alarm.source, "alarm": alarm.id, "outcome": outcome},
    )


def _decide_lineage(alert: LineageAlert, outcome: str, remark: str, by: Any, at: datetime) -> None:
    alert.outcome, alert.remark, alert.decided_by, alert.decided_at = outcome, remark[:500], by.username, at
    alert.excess = None if outcome == "confirmed" else alert.too_much
    alert.save()
    if outcome == "explained":
        overseeing.hush(alert, at, by.username)
    if outcome == "confirmed":
        case = cases.numbered([alert.case]).get(alert.case)
        if case is not None:
            casework.step(case, to=REMEDY, at=at, by=by, outcome=outcome, remark=remark)
    else:
        _end_case(alert.case, outcome, remark, by, at)


def _end_case(number: str, outcome: str, remark: str, by: Any, at: datetime) -> None:
    case = cases.numbered([number]).get(number)
    if case is not None and case.closed_at is None:
        casework.close(case, at=at, by=by, outcome=outcome, remark=remark)


def _locked(alarm: Alarm) -> Any:
    """The row of an alarm under a lock. Raises NotOpen where somebody or something ended it meanwhile."""
    one = _MODELS[alarm.source].objects.select_for_update().get(pk=alarm.id)
    ended = (
        one.ended_at or one.outcome in ("settled", "explained")
        if alarm.source == "lineage"
        else one.closed_at
    )
    if ended:
        raise NotOpen(state=STATES["closed"])
    return one
