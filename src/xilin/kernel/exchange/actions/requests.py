"""Asking for data, and taking a request back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import clock
from xilin.kernel.casework.models import Case
from xilin.kernel.catalog.models import Resource
from xilin.kernel.exchange import errors, filters, scope
from xilin.kernel.exchange.actions.grants import give
from xilin.kernel.exchange.actions.parties import ASKERS, above, department_of, need
from xilin.kernel.exchange.declarations import Purpose
from xilin.kernel.exchange.models import Client, Grant, Request, Review, Use, Way
from xilin.lib.errors import NotFound

REVIEW = "review"
UNCONDITIONAL, CONDITIONAL = "sharing_unconditional", "sharing_conditional"


@transaction.atomic
def ask(
    *,
    resource: Resource,
    client: Client,
    items: Sequence[str],
    purpose: str,
    scenario: str,
    valid_until: date,
    by: User,
    at: datetime,
    basis: str = "",
    shape: str = "",
    delivery: str = "",
    row_filter: Sequence[filters.Condition] = (),
    listing: bool = False,
    match: bool = False,
    use: str = Use.CASE,
    records: int = 0,
    quota_per_day: int = 1000,
    renews: Grant | None = None,
) -> Request:
    """Ask for items of a resource on behalf of the user's department.

    Args:
        client: the system of that department that will call the gateway.
        items: columns of the resource.
        purpose: code of a declared purpose; its legal basis is taken where `basis` is empty.
        valid_until: the last day, inclusive, at most the purpose's `max_days` from today.
        shape: how the data is answered; the weakest that serves where it is left out.
        delivery: call, file or feed; the weakest that serves where it is left out with the shape.
        row_filter: conditions on the rows, as `scope.check_filter` takes them; every row where it is empty.
        listing: whether lists of the rows that fit a condition are asked for.
        match: whether people are to be looked for by name, birth, area and telephone.
        use: how often the work needs the data, `records` how many at once; both decide what is proposed.
        renews: the department's grant near its end that this one carries on from there.

    Returns the request: approved with its grant where every item is shared unconditionally (the law has
    answered), otherwise pending with the provider's clock running.
    """
    department = department_of(by)
    need(by, *ASKERS)
    if resource.retired:
        raise NotFound(kind=Resource._meta.verbose_name, name=resource.code)
    if resource.provider_id == department.pk:
        raise errors.OwnData(resource=resource.title)
    if client.department_id != department.pk or client.retired_at is not None:
        raise errors.ClientNotYours(client=client.name)
    reason = scope.purpose(purpose)
    chosen = scope.chosen_items(resource, items)
    proposed = scope.propose_shape(reason, chosen, use=scope.use(use), records=records, quota=quota_per_day)
    wanted = scope.shape(shape) if shape else proposed.shape
    way = scope.way(delivery or (Way.CALL if shape else proposed.way), wanted, listing=listing)
    conditions = scope.check_filter(resource, row_filter)
    if match:
        scope.check_match(resource)
    first = timezone.localtime(at).date()
    if renews is not None:
        scope.check_renewal(
            renews, department=department.pk, client=client.pk, resource=resource.pk, purpose=purpose, at=at
        )
        first = timezone.localtime(renews.valid_until).date()
    scope.check_term(reason, valid_until, first)
    scope.check_quota(quota_per_day, scope.most_a_day(way))
    by_law = scope.lawful(resource, chosen, wanted, conditions=conditions, match=match)
    grounds = _grounds(reason, basis, scenario)
    case = _open(resource, department, by_law, by, at)
    request = Request.objects.create(
        case=case,
        number=case.number,
        department=department,
        applicant=by,
        client=client,
        resource=resource,
        provider=resource.provider,
        items=[item.column for item in chosen],
        purpose=purpose,
        basis=grounds,
        scenario=scenario.strip(),
        shape=wanted,
        proposed_shape=proposed.shape,
        proposed_delivery=proposed.way,
        delivery=way,
        row_filter=conditions,
        listing=listing,
        match=match,
        use=use,
        records=records,
        renews=renews,
        quota_per_day=quota_per_day,
        valid_until=valid_until,
        asked_at=at,
    )
    record(
        "exchange.request.made",
        by=by,
        department=department,
        subject=case.number,
        detail=facts(request),
        at=at,
    )
    return _answer_by_law(request, at) if by_law else request


@transaction.atomic
def withdraw(request: Request, *, by: User, at: datetime, reason: str = "") -> Request:
    """Take back a request of the user's own department that nobody has decided."""
    department = department_of(by)
    need(by, *ASKERS)
    request = locked(request)
    if request.department_id != department.pk:
        raise errors.NotTheApplicant(number=request.number, department=request.department.name)
    request.state = Request.State.WITHDRAWN
    request.save(update_fields=["state"])
    Review.objects.create(
        request=request, decision=Review.Decision.WITHDRAWN, by=by, at=at, reason=reason.strip()
    )
    casework.close(request.case, at=at, by=by, outcome="withdrawn", remark=reason.strip(), withdrawn=True)
    record(
        "exchange.request.withdrawn",
        by=by,
        department=department,
        subject=request.number,
        detail=facts(request),
        at=at,
    )
    return request


def locked(request: Request) -> Request:
    """The request as it stands now, under a lock; NotPending where it was decided first."""
    found = (
        Request.objects.select_for_update(of=("self",))
        .select_related("case", "department", "provider", "resource", "client", "applicant", "renews")
        .get(pk=request.pk)
    )
    if found.state != Request.State.PENDING:
        raise errors.NotPending(number=found.number, state=found.get_state_display())
    return found


def facts(request: Request) -> dict[str, object]:
    """What the audit log keeps of a request: codes and scope, no person."""
    return {
        "department": request.department.code,
        "provider": request.provider.code,
        "resource": request.resource.code,
        "items": list(request.items),
        "purpose": request.purpose,
        "shape": str(request.shape),
        "client": request.client.code,
        "valid_until": request.valid_until.isoformat(),
        "delivery": str(request.delivery),
        "row_filter": said_of(request.resource, request.row_filter),
        "listing": request.listing,
        "match": request.match,
        "renews": request.renews.number if request.renews else None,
    }


def said_of(resource: Resource, conditions: Sequence[filters.Condition]) -> list[dict[str, Any]]:
    """Conditions on rows as the log keeps them: without the values of items that are personal information."""
    personal = {item.column for item in resource.items.all() if item.personal != "no"}
    return [
        {key: value for key, value in one.items() if key != "value" or one["column"] not in personal}
        for one in conditions
    ]


def _open(resource: Resource, department: Department, by_law: bool, by: User, at: datetime) -> Case:
    """The case with its clock running: the provider's reply, or first the authority's review where the regime has one."""
    regime = clock.regime_of(resource=resource.code, provider=resource.provider.code)
    kind = UNCONDITIONAL if by_law else CONDITIONAL
    owing, step = resource.provider, "reply"
    authority = above(department.pk, resource.provider_id)
    on = timezone.localtime(at).date()
    if authority is not None and clock.covering(regime=regime, kind=kind, step=REVIEW, on=on) and not by_law:
        owing, step = authority, REVIEW
    return casework.open(
        kind=kind,
        subject=f"{department.short}: {resource.name}",
        department=owing,
        step=step,
        at=at,
        by=by,
        regime=regime,
    )


def _grounds(purpose: Purpose, basis: str, scenario: str) -> str:
    """The legal basis, the purpose's own where none is given; GroundsMissing without basis or scenario."""
    basis = basis.strip() or purpose.basis.zh
    missing = [
        word for word, given in ((_("legal basis"), basis), (_("scenario"), scenario.strip())) if not given
    ]
    if missing:
        raise errors.GroundsMissing(missing=", ".join(missing))
    return basis


def _answer_by_law(request: Request, at: datetime) -> Request:
    """Grant at once what the law shares without conditions; nobody decides."""
    Review.objects.create(request=request, decision=Review.Decision.LAWFUL, at=at)
    request.state = Request.State.APPROVED
    request.save(update_fields=["state"])
    grant = give(request, approved_by=None, at=at)
    record(
        "exchange.request.granted_by_law",
        by=None,
        department=request.provider,
        subject=request.number,
        detail=facts(request) | {"grant": grant.number},
        at=at,
    )
    return request
