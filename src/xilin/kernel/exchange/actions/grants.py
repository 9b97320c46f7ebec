"""Giving and ending grants: a grant is what the gateways enforce."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.catalog.models import Resource
from xilin.kernel.exchange import errors, filters, scope
from xilin.kernel.exchange.actions.notices import announce
from xilin.kernel.exchange.actions.parties import ASKERS, department_of, need
from xilin.kernel.exchange.models import Grant, GrantItem, Request, Review, Shape, Way


def give(
    request: Request,
    *,
    approved_by: User | None,
    at: datetime,
    items: Sequence[str] | None = None,
    shape: Shape | None = None,
    masks: Mapping[str, str] | None = None,
    quota_per_day: int | None = None,
    hours: tuple[int, int] = (0, 24),
    valid_until: date | None = None,
    match: bool | None = None,
    delivery: Way | None = None,
    row_filter: Sequence[filters.Condition] | None = None,
    listing: bool | None = None,
    least: int | None = None,
    keyed: bool = True,
    signed: bool = False,
) -> Grant:
    """Turn a decided request into a grant in force from now, end its case, tell the gateways.

    Runs inside the caller's transaction. What is left out stays as it was asked for. A renewal is in
    force from the end of the grant it carries on, so that the two never count double.
    """
    if request.client.retired_at is not None:
        raise errors.ClientNotYours(client=request.client.name)
    if Resource.objects.filter(pk=request.resource_id, withdrawn=True).exists():
        raise errors.EntryWithdrawn(resource=request.resource.title)
    chosen = scope.chosen_items(request.resource, request.items if items is None else items)
    form = Shape(request.shape) if shape is None else shape
    columns = scope.masks_of(chosen, form, masks or {})
    scope.check_look_up(request.resource, columns)
    grant = Grant.objects.create(
        number=f"G{request.number}",
        request=request,
        client=request.client,
        department=request.department,
        resource=request.resource,
        provider=request.provider,
        shape=form,
        purpose=request.purpose,
        quota_per_day=request.quota_per_day if quota_per_day is None else quota_per_day,
        hour_from=hours[0],
        hour_to=hours[1],
        match=request.match if match is None else match,
        delivery=request.delivery if delivery is None else delivery,
        row_filter=request.row_filter if row_filter is None else row_filter,
        listing=request.listing if listing is None else listing,
        least=settings.LIST_LEAST if least is None else least,
        keyed=keyed,
        signed=signed,
        valid_from=_begins(request, at),
        valid_until=_after(valid_until or request.valid_until),
        asked_by=request.applicant,
        approved_by=approved_by,
    )
    GrantItem.objects.bulk_create(
        GrantItem(
            grant=grant,
            position=position,
            column=item.column,
            element=item.element,
            mask=columns[item.column],
        )
        for position, item in enumerate(chosen, 1)
    )
    outcome = "approved" if approved_by else "granted_by_law"
    if not request.case.steps.filter(ended_at=None, step="provide").exists():
        casework.step(
            request.case, to="provide", at=at, by=approved_by, outcome=outcome, department=request.provider
        )
    casework.close(request.case, at=at, by=approved_by, outcome="provided")
    announce(grant.number)
    return grant


@transaction.atomic
def revoke(grant: Grant, *, by: User, at: datetime, reason: str) -> Grant:
    """End a grant at once: an approver of the provider, or the holder giving it up. Raises GrantEnded.

    Grants that would carry it on from its end and haven't begun end with it: there is nothing left to carry on.
    """
    department = department_of(by)
    grant = (
        Grant.objects.select_for_update(of=("self",))
        .select_related("request", "department", "provider", "resource", "client")
        .get(pk=grant.pk)
    )
    if department.pk == grant.provider_id:
        need(by, User.Role.APPROVER)
    elif department.pk == grant.department_id:
        need(by, *ASKERS)
    else:
        raise errors.NotAParty(number=grant.number)
    if not reason.strip():
        raise errors.ReasonMissing
    if grant.revoked_at is not None:
        raise errors.GrantEnded(number=grant.number)
    _end(grant, by, department, at, reason)
    for following in Grant.objects.filter(request__renews=grant, revoked_at=None, valid_from__gt=at):
        revoke(following, by=by, at=at, reason=reason)
    return grant


def end_with_entry(resource: Resource, by: User, at: datetime) -> None:
    """End every grant of a catalogue entry that was withdrawn, in the caller's transaction: there is nothing to be granted.

    The holders find them among the grants that ended, with this reason.
    """
    rows = Grant.objects.filter(resource=resource, revoked_at=None, valid_until__gt=at)
    with translation.override("zh-hans"):
        reason = gettext("The catalogue entry {name} was withdrawn.").format(name=resource.name)
    for grant in rows.select_for_update(of=("self",)).select_related(
        "request", "department", "provider", "resource", "client"
    ):
        _end(grant, by, by.department, at, reason)


def _end(grant: Grant, by: User, department: Department | None, at: datetime, reason: str) -> None:
    """End a grant that is locked, with its review, its event, and word to the gateways."""
    grant.revoked_at, grant.revoked_by = at, by
    grant.save(update_fields=["revoked_at", "revoked_by"])
    Review.objects.create(
        request=grant.request, decision=Review.Decision.REVOKED, by=by, at=at, reason=reason.strip()
    )
    record(
        "exchange.grant.revoked",
        by=by,
        department=department,
        subject=grant.number,
        detail={
            "department": grant.department.code,
            "provider": grant.provider.code,
            "resource": grant.resource.code,
            "client": grant.client.code,
            "reason": reason.strip(),
        },
        at=at,
    )
    announce(grant.number)


def _begins(request: Request, at: datetime) -> datetime:
    """When the grant of a request begins: now, or when the grant it carries on ends."""
    if request.renews is None:
        return at
    before = Grant.objects.get(pk=request.renews.pk)
    return before.valid_until if before.in_force(at) else at


def _after(last_day: date) -> datetime:
    """The first moment after a day, in the platform's time zone."""
    return timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time.min))
