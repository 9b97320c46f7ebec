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
from xilin.kernel.casework.errors import CaseIsClosed
from xilin.kernel.casework.models import Case, CaseStep
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
    case.closed_at, case.due_at, case.warn_at, case.certain = at, None, None, True
    case.save()
    return case


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
    found = clock.deadline(rule, begun.began_at, days)
    begun.due_at, begun.warn_at, begun.certain = found.due_at, found.warn_at, found.certain
    for year in found.unknown_years:
        logger.warning(
            "A deadline of case %s falls in %s, a year without a holiday table.", begun.case_id, year
        )


def _show(case: Case, current: CaseStep) -> None:
    case.due_at, case.warn_at, case.certain = current.due_at, current.warn_at, current.certain


def _end(case: Case, at: datetime, by: User | None, outcome: str, remark: str) -> None:
    case.steps.filter(ended_at=None).update(ended_at=at, ended_by=by, outcome=outcome, remark=remark)
