"""On the way to a reply: what is missing told once, more time asked of the authority, a refusal disputed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.exchange import errors
from xilin.kernel.exchange.actions.parties import (
    ASKERS,
    authority_over,
    department_of,
    need,
    need_authority,
)
from xilin.kernel.exchange.actions.requests import REVIEW, facts, locked
from xilin.kernel.exchange.models import Extension, Objection, Request, Review

DISPUTE = "sharing_dispute"
_D = Review.Decision


@transaction.atomic
def tell_missing(request: Request, *, by: User, at: datetime, missing: str) -> Request:
    """一次性补正告知 Tell the applicant everything that is missing; the clock stands still until it has come.

    By who owes the open step: an approver of the provider, or of the authority in its review. Once for a
    request: a second notice is refused (ToldAlready).
    """
    request = locked(request)
    if request.case.steps.filter(ended_at=None, step=REVIEW).exists():
        need_authority(request, by)
    else:
        _need_provider(request, by)
    if by.pk == request.applicant_id:
        raise errors.OwnRequest(number=request.number)
    if not missing.strip():
        raise errors.MissingNotSaid
    if request.reviews.filter(decision=_D.INCOMPLETE).exists():
        raise errors.ToldAlready(number=request.number)
    _review(request, _D.INCOMPLETE, by, at, missing)
    casework.stop(request.case, at=at, reason=missing.strip())
    _log("exchange.request.incomplete", request, by, at)
    return request


@transaction.atomic
def complete(
    request: Request, *, by: User, at: datetime, said: str, basis: str = "", scenario: str = ""
) -> Request:
    """补正 Bring what was missing: in words, and where it is given a new legal basis or scenario; the clock goes on."""
    request = locked(request)
    _need_applicant(request, by)
    if request.case.stopped_at is None:
        raise errors.NothingMissing(number=request.number)
    if not said.strip():
        raise errors.MissingNotSaid
    changed = {
        name: value.strip()
        for name, value in (("basis", basis), ("scenario", scenario))
        if value.strip() and value.strip() != getattr(request, name)
    }
    # What stood before stays readable in the course of the request.
    called = {
        "basis": Request._meta.get_field("basis").verbose_name,
        "scenario": Request._meta.get_field("scenario").verbose_name,
    }
    before = "".join(f"\n[{called[name]}] {getattr(request, name)}" for name in changed)
    for name, value in changed.items():
        setattr(request, name, value)
    request.save(update_fields=list(changed))
    _review(request, _D.COMPLETED, by, at, said.strip() + before)
    casework.go_on(request.case, at=at)
    _log("exchange.request.completed", request, by, at, changed=sorted(changed))
    return request


@transaction.atomic
def ask_more_time(request: Request, *, by: User, at: datetime, days: int, reason: str) -> Extension:
    """申请延长答复 Ask the authority for more time for the provider's reply, once, at most what the rule allows."""
    request = locked(request)
    _need_provider(request, by)
    authority = authority_over(request)
    if not reason.strip():
        raise errors.ReasonMissing
    if Extension.objects.filter(request=request).exists():
        raise errors.AskedForTime(number=request.number)
    step = request.case.steps.get(ended_at=None)
    if step.step == REVIEW:
        raise errors.NotPassedOn(number=request.number)
    casework.check_extension(request.case, step, days, at)
    extension = Extension.objects.create(
        request=request, days=days, reason=reason.strip(), asked_by=by, asked_at=at
    )
    _review(request, _D.MORE_TIME, by, at, reason)
    _log("exchange.request.more_time_asked", request, by, at, days=days, authority=authority.code)
    return extension


@transaction.atomic
def consent(request: Request, *, by: User, at: datetime, given: bool, reason: str = "") -> Extension:
    """The authority gives the provider more time, or doesn't; the applicant reads it in the course of the request.

    A refusal of it needs a reason. Given after the deadline has passed it is no extension (NoExtension).
    """
    need_authority(request, by)
    request = locked(request)
    extension = Extension.objects.select_for_update().filter(request=request, given=None).first()
    if extension is None:
        raise errors.NoTimeAsked(number=request.number)
    if by.pk in (extension.asked_by_id, request.applicant_id):
        raise errors.DecidedBefore(number=request.number)
    if not given and not reason.strip():
        raise errors.ReasonMissing
    if given:
        casework.extend(request.case, days=extension.days, at=at)
    extension.given, extension.decided_by, extension.decided_at = given, by, at
    extension.save()
    _review(request, _D.EXTENDED if given else _D.NOT_EXTENDED, by, at, reason)
    kind = "exchange.request.extended" if given else "exchange.request.not_extended"
    _log(kind, request, by, at, days=extension.days)
    return extension


@transaction.atomic
def dispute(request: Request, *, by: User, at: datetime, grounds: str) -> Objection:
    """争议 Dispute a refusal: the authority gets a case with a clock of its own. Once, by the applicant's department."""
    request = _held(request)
    _need_applicant(request, by)
    if request.state != Request.State.REFUSED or Objection.objects.filter(request=request).exists():
        raise errors.NotRefused(number=request.number, state=request.get_state_display())
    authority = authority_over(request)
    if not grounds.strip():
        raise errors.ReasonMissing
    case = casework.open(
        kind=DISPUTE,
        subject=request.case.subject,
        department=authority,
        step="decide",
        at=at,
        by=by,
        regime=request.case.regime,
    )
    objection = Objection.objects.create(
        request=request, case=case, grounds=grounds.strip(), made_by=by, made_at=at
    )
    _review(request, _D.DISPUTED, by, at, grounds)
    _log("exchange.request.disputed", request, by, at, case=case.number, authority=authority.code)
    return objection


@transaction.atomic
def settle(
    request: Request, *, by: User, at: datetime, ordered: bool, reason: str, legal_basis: str = ""
) -> Objection:
    """争议处理 The authority upholds a refusal, or orders provision: then the provider owes it, with a clock, and can't refuse again.

    A refusal that is upheld needs its legal basis again.
    """
    need_authority(request, by)
    request = _held(request)
    objection = Objection.objects.select_for_update().filter(request=request, ordered=None).first()
    if objection is None:
        raise errors.NotDisputed(number=request.number)
    hands = set(request.reviews.filter(decision=_D.REFUSED).values_list("by", flat=True))
    if by.pk in {objection.made_by_id, request.applicant_id} | hands:
        raise errors.DecidedBefore(number=request.number)
    if not reason.strip():
        raise errors.ReasonMissing
    if not ordered and not legal_basis.strip():
        raise errors.RefusalNeedsBasis
    objection.ordered, objection.decided_by, objection.decided_at = ordered, by, at
    objection.save()
    decision = _D.ORDERED if ordered else _D.UPHELD
    Review.objects.create(
        request=request,
        decision=decision,
        by=by,
        at=at,
        reason=reason.strip(),
        legal_basis=legal_basis.strip(),
    )
    casework.close(objection.case, at=at, by=by, outcome=str(decision), remark=reason.strip())
    if ordered:
        request.state = Request.State.PENDING
        request.save(update_fields=["state"])
        casework.reopen(request.case, to="provide", at=at, by=by, department=request.provider)
    _log(
        "exchange.request.dispute_settled", request, by, at, ordered=ordered, legal_basis=legal_basis.strip()
    )
    return objection


def _held(request: Request) -> Request:
    """The request as it stands now, under a lock, in whatever state."""
    return (
        Request.objects.select_for_update(of=("self",))
        .select_related("case", "department", "provider", "resource", "client", "applicant", "renews")
        .get(pk=request.pk)
    )


def _need_applicant(request: Request, by: User) -> None:
    department = department_of(by)
    need(by, *ASKERS)
    if department.pk != request.department_id:
        raise errors.NotTheApplicant(number=request.number, department=request.department.name)


def _need_provider(request: Request, by: User) -> None:
    department = department_of(by)
    if department.pk != request.provider_id:
        raise errors.NotTheProvider(number=request.number, provider=request.provider.name)
    need(by, User.Role.APPROVER)
    if by.pk == request.applicant_id:
        raise errors.OwnRequest(number=request.number)


def _review(request: Request, decision: Review.Decision, by: User, at: datetime, reason: str) -> None:
    Review.objects.create(request=request, decision=decision, by=by, at=at, reason=reason.strip())


def _log(kind: str, request: Request, by: User, at: datetime, **more: object) -> None:
    """Enter what was done; the request's scope, and no words of anyone."""
    due = request.case.steps.filter(ended_at=None).values_list("due_at", flat=True).first()
    record(
        kind,
        by=by,
        department=department_of(by),
        provider=request.provider,
        subject=request.number,
        detail=facts(request) | {"due": timezone.localtime(due).isoformat() if due else None} | more,
        at=at,
    )
