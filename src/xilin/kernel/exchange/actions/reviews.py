"""Deciding on a request: an approver of the providing department, never the applicant."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.exchange import errors, scope
from xilin.kernel.exchange.actions.grants import give
from xilin.kernel.exchange.actions.parties import department_of, need
from xilin.kernel.exchange.actions.requests import facts, locked
from xilin.kernel.exchange.models import Grant, Request, Review


@transaction.atomic
def approve(
    request: Request,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    items: Sequence[str] | None = None,
    shape: str = "",
    masks: Mapping[str, str] | None = None,
    quota_per_day: int | None = None,
    hours: tuple[int, int] = (0, 24),
    valid_until: date | None = None,
    match: bool = False,
) -> Grant:
    """Approve a request as it stands or in part; the grant is in force when the transaction commits.

    Fewer items, a weaker shape, other masks, a smaller quota, fewer hours, an earlier last day may be
    given; more than was asked for never (MoreThanAsked). `match` also lets people be looked for by name,
    birth, area and telephone (NotMatched where the resource is no base registry searched that way).
    """
    request = _mine(request, by)
    form = scope.shape(shape or request.shape)
    _within(request, items, form.strength - scope.shape(request.shape).strength, valid_until)
    quota = request.quota_per_day if quota_per_day is None else quota_per_day
    scope.check_quota(quota, request.quota_per_day)
    scope.check_hours(*hours)
    if match:
        scope.check_match(request.resource)
    scope.check_term(
        scope.purpose(request.purpose), valid_until or request.valid_until, timezone.localtime(at).date()
    )
    request.state = Request.State.APPROVED
    request.save(update_fields=["state"])
    Review.objects.create(
        request=request, decision=Review.Decision.APPROVED, by=by, at=at, reason=reason.strip()
    )
    grant = give(
        request,
        approved_by=by,
        at=at,
        items=items,
        shape=form,
        masks=masks,
        quota_per_day=quota,
        hours=hours,
        valid_until=valid_until,
        match=match,
    )
    given = {
        "grant": grant.number,
        "items": {item.column: item.mask for item in grant.items.all()},
        "shape": str(grant.shape),
        "valid_until": grant.valid_until.isoformat(),
        "match": grant.match,
    }
    record(
        "exchange.request.approved",
        by=by,
        department=request.provider,
        subject=request.number,
        detail=facts(request) | given,
        at=at,
    )
    return grant


@transaction.atomic
def refuse(request: Request, *, by: User, at: datetime, reason: str, legal_basis: str) -> Request:
    """Refuse a request with its legal basis and a written reason (Order 809: no refusal without)."""
    request = _mine(request, by)
    reason, legal_basis = reason.strip(), legal_basis.strip()
    if not reason or not legal_basis:
        raise errors.RefusalNeedsBasis
    request.state = Request.State.REFUSED
    request.save(update_fields=["state"])
    Review.objects.create(
        request=request,
        decision=Review.Decision.REFUSED,
        by=by,
        at=at,
        reason=reason,
        legal_basis=legal_basis,
    )
    casework.close(request.case, at=at, by=by, outcome="refused", remark=reason)
    record(
        "exchange.request.refused",
        by=by,
        department=request.provider,
        subject=request.number,
        detail=facts(request) | {"legal_basis": legal_basis},
        at=at,
    )
    return request


def _mine(request: Request, by: User) -> Request:
    """The pending request under a lock, if this person may decide on it."""
    department = department_of(by)
    if department.pk != request.provider_id:
        raise errors.NotTheProvider(number=request.number, provider=request.provider.name)
    need(by, User.Role.APPROVER)
    request = locked(request)
    if request.applicant_id == by.pk:
        raise errors.OwnRequest(number=request.number)
    return request


def _within(request: Request, items: Sequence[str] | None, stronger: int, until: date | None) -> None:
    """MoreThanAsked where the decision goes beyond the request."""
    if extra := sorted(set(items or ()) - set(request.items)):
        raise errors.MoreThanAsked(what=", ".join(extra))
    if stronger > 0:
        raise errors.MoreThanAsked(what=str(Request._meta.get_field("shape").verbose_name))
    if until is not None and until > request.valid_until:
        raise errors.MoreThanAsked(what=until.isoformat())
