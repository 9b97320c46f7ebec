"""Deciding on a request: an approver of the providing department, never the applicant."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import clock
from xilin.kernel.catalog.models import Resource
from xilin.kernel.exchange import errors, filters, risk, scope
from xilin.kernel.exchange.actions.grants import give
from xilin.kernel.exchange.actions.parties import department_of, need, need_authority
from xilin.kernel.exchange.actions.requests import REVIEW, facts, locked, said_of
from xilin.kernel.exchange.models import Grant, Objection, Publication, Request, Review, Shape, Way

LATER = "reply_unpublished"


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
    delivery: str = "",
    row_filter: Sequence[filters.Condition] | None = None,
    listing: bool = False,
    least: int | None = None,
    keyed: bool = True,
    signed: bool = False,
) -> Grant:
    """Approve a request as it stands or in part; the grant is in force when the transaction commits.

    Fewer items, a weaker shape, calls instead of a file or subscription, fewer rows, other masks, a
    smaller quota, fewer hours, an earlier last day may be given; more than was asked for never
    (MoreThanAsked). `match` lets people be looked for by name, birth, area and telephone, `listing` lists
    be made of at least `least` rows, where both was asked for; `row_filter` stays as it was asked for where
    it is left out; with `signed` calls must be signed. Refused where all that the applicant then may see
    singles people out (`risk.check`; small groups want `reason`).
    """
    request = _mine(request, by)
    form = scope.shape(shape or request.shape)
    fields = form in (Shape.MASKED, Shape.FULL)
    way = scope.way(delivery or (request.delivery if fields else Way.CALL), form, listing=listing)
    conditions = None if row_filter is None else scope.check_filter(request.resource, row_filter)
    if match:
        scope.check_match(request.resource)
    _within(request, items, form.strength - scope.shape(request.shape).strength, valid_until)
    _no_wider(request, way, conditions, listing=listing, match=match)
    quota = request.quota_per_day if quota_per_day is None else quota_per_day
    scope.check_quota(quota, request.quota_per_day)
    scope.check_hours(*hours)
    if least is not None:
        scope.check_least(least)
    if form in (Shape.MASKED, Shape.FULL):
        columns = request.items if items is None else list(items)
        shown = scope.masks_of(scope.chosen_items(request.resource, columns), form, masks or {})
        found = risk.union(request.department, request.resource, columns, shown, shape=form, at=at)
        risk.check(found, reason)
    first = timezone.localtime(request.renews.valid_until if request.renews else at).date()
    scope.check_term(scope.purpose(request.purpose), valid_until or request.valid_until, first)
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
        delivery=way,
        row_filter=conditions,
        listing=listing,
        least=least,
        keyed=keyed,
        signed=signed,
    )
    given = {
        "grant": grant.number,
        "items": {item.column: item.mask for item in grant.items.all()},
        "shape": str(grant.shape),
        "valid_until": grant.valid_until.isoformat(),
        "match": grant.match,
        "delivery": str(grant.delivery),
        "row_filter": said_of(grant.resource, grant.row_filter),
        "listing": grant.listing,
        "least": grant.least,
        "keyed": grant.keyed,
        "signed": grant.signed,
        "hours": [grant.hour_from, grant.hour_to],
        "quota_per_day": grant.quota_per_day,
        "valid_from": grant.valid_from.isoformat(),
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
    """Refuse a request with its legal basis and a written reason (Order 809: no refusal without).

    Not while the applicant completes it, nor where the authority has ordered provision.
    """
    request = _mine(request, by)
    if Objection.objects.filter(request=request, ordered=True).exists():
        raise errors.Ordered(number=request.number)
    if request.case.stopped_at is not None:
        raise errors.Incomplete(number=request.number)
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


@transaction.atomic
def pass_on(request: Request, *, by: User, at: datetime, reason: str = "") -> Request:
    """规范性审核通过 The authority has reviewed the request's form; the provider's clock for its reply begins.

    Where the regime gives more time for data that isn't on the platform yet, that clock runs.
    """
    need_authority(request, by)
    request = locked(request)
    step = request.case.steps.get(ended_at=None)
    if step.step != REVIEW:
        raise errors.NotInReview(number=request.number)
    if by.pk == request.applicant_id:
        raise errors.DecidedBefore(number=request.number)
    on = timezone.localtime(at).date()
    unpublished = clock.covering(regime=request.case.regime, kind=request.case.kind, step=LATER, on=on)
    following = LATER if unpublished and not on_platform(request.resource) else "reply"
    Review.objects.create(
        request=request, decision=Review.Decision.PASSED, by=by, at=at, reason=reason.strip()
    )
    casework.step(
        request.case, to=following, at=at, by=by, outcome="passed_on", remark=reason.strip(),
        department=request.provider,
    )  # fmt: skip
    record(
        "exchange.request.passed_on",
        by=by,
        department=department_of(by),
        provider=request.provider,
        subject=request.number,
        detail=facts(request) | {"step": following},
        at=at,
    )
    return request


def on_platform(resource: Resource) -> bool:
    """Whether the resource's rows can be looked up already: published, or golden records."""
    return resource.base or Publication.objects.filter(resource=resource.code, state="current").exists()


def _mine(request: Request, by: User) -> Request:
    """The pending request under a lock, if this person may decide on it."""
    department = department_of(by)
    if department.pk != request.provider_id:
        raise errors.NotTheProvider(number=request.number, provider=request.provider.name)
    need(by, User.Role.APPROVER)
    request = locked(request)
    if request.applicant_id == by.pk:
        raise errors.OwnRequest(number=request.number)
    if request.case.steps.filter(ended_at=None, step=REVIEW).exists():
        raise errors.NotPassedOn(number=request.number)
    return request


def _within(request: Request, items: Sequence[str] | None, stronger: int, until: date | None) -> None:
    """MoreThanAsked where the decision goes beyond the request."""
    if extra := sorted(set(items or ()) - set(request.items)):
        raise errors.MoreThanAsked(what=", ".join(extra))
    if stronger > 0:
        raise errors.MoreThanAsked(what=str(Request._meta.get_field("shape").verbose_name))
    if until is not None and until > request.valid_until:
        raise errors.MoreThanAsked(what=until.isoformat())


def _no_wider(
    request: Request, way: Way, conditions: list[filters.Condition] | None, *, listing: bool, match: bool
) -> None:
    """MoreThanAsked where another way of delivery, more rows, lists or matches would be given than were asked for."""
    if way not in (request.delivery, Way.CALL):
        raise errors.MoreThanAsked(what=str(way.label))
    if listing and not request.listing:
        raise errors.MoreThanAsked(what=str(Request._meta.get_field("listing").verbose_name))
    if match and not request.match:
        raise errors.MoreThanAsked(what=str(Request._meta.get_field("match").verbose_name))
    kinds = {item.column: item.type for item in request.resource.items.all()}
    if conditions is not None and not filters.narrower(conditions, request.row_filter, kinds):
        raise errors.MoreThanAsked(what=str(Request._meta.get_field("row_filter").verbose_name))
