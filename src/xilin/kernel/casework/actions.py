"""What can be done to a case; each action is one transaction, and every open step has a clock."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.casework import clock
from xilin.kernel.casework.declarations import DEFAULT_REGIME, DeadlineRule
from xilin.kernel.casework.errors import CaseIsClosed, CaseIsOpen, ClockRuns, ClockStopped, NoExtension
from xilin.kernel.casework.models import Case, CaseStep, Pause
from xilin.kernel.standards.calendar import WorkingDays, calendar
from xilin.kernel.standards.queries import declaration

logger = logging.getLogger(__name__)


@transaction.atomic
def open(
    *,
    kind: str,
    subject: str,
    department: Department,
    step: str,
    at: datetime,
    by: User | None,
    regime: str = DEFAULT_REGIME,
) -> Case:
    """Open a case with its first step, which `department` owes. Raises NoDeadlineRule."""
    case = Case.objects.create(
        number=uuid4().hex[:20],
        kind=kind,
        regime=regime,
        subject=subject,
        department=department,
        opened_at=at,
        opened_by=by,
    )
    case.number = f"{timezone.localtime(at):%Y%m%d}-{case.pk:06d}"
    _begin(case, step, department, at)
    case.save()
    return case


@transaction.atomic
def step(
    case: Case,
    *,
    to: str,
    at: datetime,
    by: User | None,
    outcome: str = "",
    remark: str = "",
    department: Department | None = None,
) -> CaseStep:
    """End the step a case stands in and begin the next, owed by the same department or another."""
    case = _locked(case)
    _end(case, at, by, outcome, remark)
    begun = _begin(case, to, department or case.department, at)
    case.save()
    return begun


@transaction.atomic
def close(
    case: Case,
    *,
    at: datetime,
    by: User | None,
    outcome: str,
    remark: str = "",
    withdrawn: bool = False,
) -> Case:
    """End a case with the step it stands in. Raises CaseIsClosed where it ended before."""
    case = _locked(case)
    _end(case, at, by, outcome, remark)
    case.state = Case.State.WITHDRAWN if withdrawn else Case.State.CLOSED
    case.closed_at, case.due_at, case.warn_at, case.certain, case.stopped_at = at, None, None, True, None
    case.save()
    return case


@transaction.atomic
def reopen(
    case: Case, *, to: str, at: datetime, by: User | None, department: Department | None = None
) -> CaseStep:
    """Begin an ended case again with a step: someone above has ordered it. Raises CaseIsOpen, NoDeadlineRule."""
    case = Case.objects.select_for_update(of=("self",)).select_related("department").get(pk=case.pk)
    if case.state == Case.State.OPEN:
        raise CaseIsOpen(number=case.number)
    case.state, case.closed_at = Case.State.OPEN, None
    begun = _begin(case, to, department or case.department, at)
    case.save()
    return begun


@transaction.atomic
def stop(case: Case, *, at: datetime, reason: str = "") -> CaseStep:
    """中止计时 Let the clock of the open step stand still from a moment on. Raises ClockStopped."""
    case, current = _current(case)
    if current.stopped_at is not None:
        raise ClockStopped(number=case.number)
    Pause.objects.create(step=current, began_at=at, reason=reason)
    current.stopped_at = at
    current.save(update_fields=["stopped_at"])
    _show(case, current)
    case.save()
    return current


@transaction.atomic
def go_on(case: Case, *, at: datetime) -> CaseStep:
    """恢复计时 Let the clock go on; the days it stood still are added to its deadline. Raises ClockRuns."""
    case, current = _current(case)
    if current.stopped_at is None:
        raise ClockRuns(number=case.number)
    _resume(current, at)
    _show(case, current)
    case.save()
    return current


@transaction.atomic
def extend(case: Case, *, days: int, at: datetime) -> CaseStep:
    """延长时限 Lengthen the open step, once, before its deadline has passed and by no more than its rule allows.

    Raises NoExtension.
    """
    case, current = _current(case)
    check_extension(case, current, days, at)
    rule = declaration("deadline", current.rule)
    current.extended = days
    _set(current, rule, calendar())
    current.save()
    _show(case, current)
    case.save()
    return current


def check_extension(case: Case, current: CaseStep, days: int, at: datetime) -> None:
    """NoExtension unless a step may be lengthened by so much at a moment."""
    rule = declaration("deadline", current.rule)
    most = rule.extend if rule is not None else 0
    late = current.due_at is not None and at > current.due_at and current.stopped_at is None
    if not 1 <= days <= most or current.extended or late:
        raise NoExtension(number=case.number, days=days, most=most, rule=current.rule)


def reset_clocks(_changes: Iterable[Any]) -> None:
    """Count the clocks of all open steps anew: holiday tables or deadline rules have changed.

    A step keeps the rule it began under; where that rule is gone, its deadline stays as it is.
    """
    days = calendar()
    for open_step in (
        CaseStep.objects.filter(ended_at=None).select_related("case").select_for_update(of=("self",))
    ):
        rule = declaration("deadline", open_step.rule)
        if rule is not None:
            _set(open_step, rule, days)
            open_step.save(update_fields=["due_at", "warn_at", "certain"])
            _show(open_step.case, open_step)
            open_step.case.save(update_fields=["due_at", "warn_at", "certain"])


def _locked(case: Case) -> Case:
    """The case as it stands now, under a lock; CaseIsClosed where someone ended it first."""
    case = Case.objects.select_for_update(of=("self",)).select_related("department").get(pk=case.pk)
    if case.state != Case.State.OPEN:
        raise CaseIsClosed(number=case.number, state=case.get_state_display())
    return case


def _current(case: Case) -> tuple[Case, CaseStep]:
    """An open case under a lock, with the step it stands in."""
    case = _locked(case)
    return case, case.steps.select_for_update().get(ended_at=None)


def _resume(current: CaseStep, at: datetime) -> None:
    """End the pause of a step, and wind its clock with it by the rule it began under."""
    current.pauses.filter(ended_at=None).update(ended_at=at)
    current.stopped_at = None
    rule = declaration("deadline", current.rule)
    if rule is not None:
        _set(current, rule, calendar())
    current.save()


def _begin(case: Case, step: str, department: Department, at: datetime) -> CaseStep:
    on = timezone.localtime(at).date()
    rule = clock.rule_for(regime=case.regime, kind=case.kind, step=step, on=on)
    begun = CaseStep(case=case, step=step, department=department, rule=rule.code, began_at=at)
    _set(begun, rule, calendar())
    begun.save()
    case.department = department
    _show(case, begun)
    return begun


def _set(begun: CaseStep, rule: DeadlineRule, days: WorkingDays) -> None:
    """Wind a step's clock; an unknown year is said in the log, and stays visible in `alarms`."""
    known = begun.pauses.all() if begun.pk else ()
    pauses = [(pause.began_at, pause.ended_at) for pause in known if pause.ended_at is not None]
    found = clock.deadline(rule, begun.began_at, days, pauses=pauses, extended=begun.extended)
    begun.due_at, begun.warn_at, begun.certain = found.due_at, found.warn_at, found.certain
    for year in found.unknown_years:
        logger.warning(
            "A deadline of case %s falls in %s, a year without a holiday table.", begun.case_id, year
        )


def _show(case: Case, current: CaseStep) -> None:
    case.due_at, case.warn_at, case.certain = current.due_at, current.warn_at, current.certain
    case.stopped_at = current.stopped_at


def _end(case: Case, at: datetime, by: User | None, outcome: str, remark: str) -> None:
    for current in case.steps.filter(ended_at=None).exclude(stopped_at=None):
        _resume(current, at)
    case.steps.filter(ended_at=None).update(ended_at=at, ended_by=by, outcome=outcome, remark=remark)
