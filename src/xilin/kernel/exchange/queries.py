"""Reading the exchange on someone's behalf: requests, decisions to make, grants, clients, use of data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange.models import Client, Grant, Request
from xilin.kernel.exchange.scope import Proposal, propose_shape, purposes, searched
from xilin.lib.errors import NotFound

__all__ = [
    "Proposal",
    "Use",
    "client_for",
    "clients_for",
    "grant_for",
    "grants_for",
    "in_force",
    "inbox",
    "may_decide",
    "propose_shape",
    "purposes",
    "request_for",
    "requests_for",
    "searched",
    "usage_for",
]

ACCESS = "exchange.access"


@dataclass(frozen=True, slots=True)
class Use:
    """One answer the gateway gave; `number` is its entry's in the log, by which its receipt is found."""

    at: datetime
    client: str
    department: str
    provider: str
    resource: str
    purpose: str
    case_number: str
    shape: str
    items: tuple[str, ...]
    found: bool
    number: int


def requests_for(user: Any) -> QuerySet[Request]:
    """The requests someone may see: those their department made or received; all for the audit administrator."""
    rows = Request.objects.select_related(
        "case", "department", "applicant", "client", "resource__provider", "provider"
    ).defer("resource__search")
    return _of_parties(rows, user)


def request_for(user: Any, number: str) -> Request:
    """One request that someone may see, or NotFound."""
    return _one(requests_for(user), number)  # type: ignore[no-any-return]


def inbox(user: Any) -> QuerySet[Request]:
    """The pending requests to the user's department, the one that is due first at the top."""
    if not _acts(user):
        return Request.objects.none()
    pending = requests_for(user).filter(provider=user.department_id, state=Request.State.PENDING)
    return pending.order_by("case__due_at", "pk")


def may_decide(user: Any, request: Request) -> bool:
    """Whether this person may approve or refuse a request: an approver of the provider, not the applicant."""
    return bool(
        _acts(user)
        and request.state == Request.State.PENDING
        and user.role == User.Role.APPROVER
        and user.department_id == request.provider_id
        and user.pk != request.applicant_id
    )


def grants_for(user: Any) -> QuerySet[Grant]:
    """The grants someone may see: those their department holds or gave; all for the audit administrator."""
    rows = (
        Grant.objects.select_related(
            "request", "client", "department", "provider", "resource", "asked_by", "approved_by", "revoked_by"
        )
        .defer("resource__search")
        .prefetch_related("items")
    )
    return _of_parties(rows, user)


def grant_for(user: Any, number: str) -> Grant:
    """One grant that someone may see, or NotFound."""
    return _one(grants_for(user), number)  # type: ignore[no-any-return]


def in_force(at: datetime | None = None) -> int:
    """How many grants are in force at a moment, now where none is given."""
    at = at or timezone.now()
    return Grant.objects.filter(revoked_at=None, valid_from__lte=at, valid_until__gt=at).count()


def usage_for(user: Any, *, limit: int = 200) -> list[Use]:
    """The newest uses of the data of the user's department, for the audit administrator of everyone's."""
    if user is None or not user.is_authenticated or not user.is_active:
        return []
    if user.role == User.Role.AUDIT:
        entries = audit.entries(kind=ACCESS)
    elif user.department_id is not None:
        entries = audit.entries(kind=ACCESS, provider=user.department.code)
    else:
        return []
    return [_use(entry) for entry in entries[:limit]]


def _use(entry: Entry) -> Use:
    detail = entry.detail
    return Use(
        at=entry.at,
        client=entry.by,
        department=entry.department,
        provider=entry.provider,
        resource=entry.subject,
        purpose=detail["purpose"],
        case_number=detail["case_number"],
        shape=detail["shape"],
        items=tuple(detail["items"]),
        found=detail["found"],
        number=entry.seq,
    )


def clients_for(user: Any) -> QuerySet[Client]:
    """The systems of the user's department that are in use, with their keys."""
    if not _acts(user):
        return Client.objects.none()
    rows = Client.objects.filter(department=user.department_id, retired_at=None)
    return rows.select_related("department").prefetch_related("keys")


def client_for(user: Any, code: str) -> Client:
    """One system of the user's department, or NotFound."""
    found = clients_for(user).filter(code=code).first()
    if found is None:
        raise NotFound(kind=Client._meta.verbose_name, name=code)
    return found


def _acts(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated and user.is_active and user.department_id)


def _of_parties(rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
    """Rows of which the user's department is applicant or provider."""
    if user is None or not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.role == User.Role.AUDIT:
        return rows
    if user.department_id is None:
        return rows.none()
    return rows.filter(Q(department=user.department_id) | Q(provider=user.department_id))


def _one(rows: QuerySet[Any], number: str) -> Any:
    found = rows.filter(number=number).first()
    if found is None:
        raise NotFound(kind=rows.model._meta.verbose_name, name=number)
    return found
