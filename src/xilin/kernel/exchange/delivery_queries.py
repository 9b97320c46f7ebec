"""Reading deliveries on someone's behalf: files, subscriptions, addresses of their department, or of its data."""

from typing import Any

from django.db.models import Q, QuerySet

from xilin.kernel.accounts.models import User
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange.delivery_models import Export, Subscription, Target


def exports_for(user: Any) -> QuerySet[Export]:
    """Files that the user's department asked for or whose data they hold; all for the audit administrator."""
    rows = Export.objects.select_related(
        "grant__client", "grant__department", "grant__provider", "grant__resource", "since", "subscription"
    ).defer("grant__resource__search")
    return _of_parties(rows, user)


def subscriptions_for(user: Any) -> QuerySet[Subscription]:
    """Subscriptions that the user's department has or to whose data; all for the audit administrator."""
    rows = Subscription.objects.select_related(
        "grant__client", "grant__department", "grant__provider", "grant__resource", "target"
    ).defer("grant__resource__search")
    return _of_parties(rows, user).prefetch_related("messages")


def targets_for(user: Any) -> QuerySet[Target]:
    """The push addresses of the systems of the user's department that have not ended."""
    if not _acts(user):
        return Target.objects.none()
    rows = Target.objects.filter(client__department=user.department_id, ended_at=None)
    return rows.select_related("client", "registered_by", "approved_by")


def target_for(user: Any, pk: int) -> Target:
    """One of these addresses, or DeliveryUnknown."""
    found = targets_for(user).filter(pk=pk).first()
    if found is None:
        raise errors.DeliveryUnknown
    return found


def halted(user: Any) -> int:
    """How many subscriptions of the user's department stand still until somebody resumes them."""
    if not _acts(user):
        return 0
    rows = Subscription.objects.filter(grant__department=user.department_id)
    return rows.filter(state=Subscription.State.HALTED).count()


def _acts(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated and user.is_active and user.department_id)


def _of_parties(rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
    if user is None or not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.role == User.Role.AUDIT:
        return rows
    if user.department_id is None:
        return rows.none()
    return rows.filter(Q(grant__department=user.department_id) | Q(grant__provider=user.department_id))
