"""数源认定 The authority decides which department is the one source of a data element."""

from datetime import datetime

from django.db import transaction

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.catalog import errors, parties
from xilin.kernel.catalog.models import Item, Resource, SourceDecision


@transaction.atomic
def decide_source(element: str, resource: Resource, *, reason: str, by: User, at: datetime) -> SourceDecision:
    """Make a resource the one source of an element, over what is declared; an earlier decision ends.

    Raises NotYourReview unless the user is an approver of the authority.
    """
    _need(by)
    if not reason.strip():
        raise errors.ReasonMissing
    holders = Item.objects.filter(element=element, resource__retired=False, resource__base=False)
    codes = sorted(holders.values_list("resource__code", flat=True).distinct())
    if resource.code not in codes:
        raise errors.NotASource(resource=resource.title, element=element, allowed=", ".join(codes))
    SourceDecision.objects.filter(element=element, until=None).update(until=at)
    decided = SourceDecision.objects.create(
        element=element, resource=resource, reason=reason.strip(), by=by, at=at
    )
    _log("catalog.source.decided", decided, by, at)
    return decided


@transaction.atomic
def end_decision(decision: SourceDecision, *, by: User, at: datetime) -> SourceDecision:
    """End a decision: what is declared counts again."""
    _need(by)
    decision = SourceDecision.objects.select_for_update().get(pk=decision.pk)
    if decision.until is None:
        decision.until = at
        decision.save(update_fields=["until"])
        _log("catalog.source.ended", decision, by, at)
    return decision


def _need(by: User) -> None:
    authority = parties.needed_authority()
    if not parties.reviews_for(by, authority):
        raise errors.NotYourReview(department=authority.short)


def _log(kind: str, decision: SourceDecision, by: User, at: datetime) -> None:
    record(
        kind,
        by=by,
        department=by.department,
        provider=decision.resource.provider,
        subject=decision.element,
        detail={"resource": decision.resource.code},
        at=at,
    )
