"""Reading the exchange on someone's behalf: requests, decisions to make, grants, clients, use of data."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.models import Entry
from xilin.kernel.catalog.queries import authority
from xilin.kernel.exchange.anomaly_models import Alarm
from xilin.kernel.exchange.models import Client, Grant, Request, Review
from xilin.kernel.exchange.scope import RENEWED_FROM, Proposal, propose_shape, purposes, searched
from xilin.kernel.exchange.signing_models import SigningKey
from xilin.kernel.exchange.words import filter_in_words, grant_in_words
from xilin.kernel.standards.queries import declaration
from xilin.lib.errors import NotFound

__all__ = [
    "Proposal",
    "Use",
    "acts_for",
    "client_for",
    "clients_for",
    "ending",
    "filter_in_words",
    "for_authority",
    "grant_for",
    "grant_in_words",
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
    """One answer the gateway gave, to `client`, a system that is called `system`.

    `number` is the answer's entry in the log, by which its receipt is found. `trial` where somebody tried the call by hand.
    """

    at: datetime
    client: str
    system: str
    department: str
    provider: str
    resource: str
    purpose: str
    case_number: str
    shape: str
    items: tuple[str, ...]
    found: bool
    number: int
    trial: bool


def requests_for(user: Any) -> QuerySet[Request]:
    """The requests someone may see: those their department made or received; all for the audit administrator.

    The authority sees those it reviews, gives more time for, or decides a dispute about.
    """
    rows = Request.objects.select_related(
        "case", "department", "applicant", "client", "resource__provider", "provider"
    ).defer("resource__search")
    mine = _of_parties(rows, user)
    if _acts(user) and user.role != User.Role.AUDIT and _is_authority(user):
        return rows.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=_above(user).values("pk")))
    return mine


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
    """Whether this person may approve a request: an approver of the provider, not the applicant, after any review of form."""
    return "approve" in acts_for(user, request)


def acts_for(user: Any, request: Request) -> frozenset[str]:
    """What this person may do to a request as it stands; the actions check the same again."""
    if not _acts(user):
        return frozenset()
    step = request.case.steps.filter(ended_at=None).first()
    reviewing = step is not None and step.step == "review"
    pending = request.state == Request.State.PENDING
    told = {review.decision for review in request.reviews.all()}
    found = set[str]()
    if user.department_id == request.department_id and user.role in (User.Role.STEWARD, User.Role.APPROVER):
        found |= _applicants(request, pending, told)
    hand = user.pk == request.applicant_id or user.role != User.Role.APPROVER
    if not hand and pending and user.department_id == request.provider_id and not reviewing:
        found |= _providers(request, step, told)
    if (
        not hand
        and _is_authority(user)
        and user.department_id not in (request.department_id, request.provider_id)
    ):
        found |= _authoritys(user, request, pending and reviewing, told)
    return frozenset(found)


def _applicants(request: Request, pending: bool, told: set[str]) -> set[str]:
    found = {"withdraw"} if pending else set()
    if pending and request.case.stopped_at is not None:
        found.add("complete")
    if request.state == Request.State.REFUSED and "disputed" not in told and _stands_above(request):
        found.add("dispute")
    return found


def _providers(request: Request, step: Any, told: set[str]) -> set[str]:
    found = {"approve"}
    stopped = request.case.stopped_at is not None
    if not stopped and "ordered" not in told:
        found.add("refuse")
    if not stopped and "incomplete" not in told:
        found.add("tell_missing")
    rule = declaration("deadline", step.rule) if step is not None else None
    if rule is not None and rule.extend and "more_time" not in told and _stands_above(request):
        found.add("ask_more_time")
    return found


def _authoritys(user: Any, request: Request, reviewing: bool, told: set[str]) -> set[str]:
    found = set[str]()
    if reviewing:
        found.add("pass_on")
        if request.case.stopped_at is None and "incomplete" not in told:
            found.add("tell_missing")
    extension = getattr(request, "extension", None)
    if extension is not None and extension.given is None and extension.asked_by_id != user.pk:
        found.add("consent")
    objection = getattr(request, "objection", None)
    if objection is not None and objection.ordered is None and objection.made_by_id != user.pk:
        found.add("settle")
    return found


def for_authority(user: Any) -> QuerySet[Request]:
    """The requests that wait for the authority's word: a review of form, more time, a dispute; none for others."""
    if not (_acts(user) and _is_authority(user)):
        return Request.objects.none()
    waits = Q(case__steps__step="review", case__steps__ended_at=None)
    waits |= Q(extension__given=None, extension__isnull=False, state=Request.State.PENDING)
    waits |= Q(objection__ordered=None, objection__isnull=False)
    return requests_for(user).filter(pk__in=_above(user).filter(waits).values("pk"))


# What ends is told so long before, and what others ended so long after.
TOLD = timedelta(days=30)


def ending(user: Any, at: datetime) -> QuerySet[Grant]:
    """The grants the user's department holds that end soon and nothing carries on yet, the first to end at the top."""
    if not _acts(user):
        return Grant.objects.none()
    soon = at + timedelta(days=RENEWED_FROM)
    rows = grants_for(user).filter(department=user.department_id, revoked_at=None)
    rows = rows.filter(valid_from__lte=at, valid_until__gt=at, valid_until__lte=soon)
    live = [Request.State.PENDING, Request.State.APPROVED]
    return rows.exclude(renewals__state__in=live).order_by("valid_until", "pk")


def ended_lately(user: Any, at: datetime) -> list[tuple[Grant, str]]:
    """The grants the user's department held that others ended within `TOLD` before a moment, with the reason, the newest first."""
    if not _acts(user):
        return []
    rows = grants_for(user).filter(department=user.department_id, revoked_at__gt=at - TOLD)
    rows = rows.exclude(revoked_by__department=user.department_id).order_by("-revoked_at", "-pk")
    why = Review.objects.filter(request__in=rows.values("request"), decision=Review.Decision.REVOKED)
    reasons = dict(why.order_by("pk").values_list("request", "reason"))
    return [(grant, reasons.get(grant.request_id, "")) for grant in rows]


def keys_ending(user: Any, at: datetime) -> list[Any]:
    """The keys and signing keys of the department's systems that end within `TOLD`, or did, and no newer one carries on."""
    if not _acts(user):
        return []
    found: list[Any] = []
    for client in clients_for(user).filter(retired_at=None):
        for kind in (client.keys.all(), client.signing_keys.all()):
            ends = [(key.expires_at, key) for key in kind if key.revoked_at is None]
            if not ends or any(end is None for end, _ in ends):
                continue
            last, key = max((end, key.pk, key) for end, key in ends if end is not None)[::2]
            if at - TOLD < last <= at + TOLD:
                found.append(key)
    return sorted(found, key=lambda key: key.expires_at)


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


def alarms_pulse() -> tuple[int, int]:
    """What changes when an alarm of unusual use is raised or closed, cheaply asked."""
    newest = Alarm.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return newest, Alarm.objects.filter(closed_at=None).count()


def open_alarms(most: int) -> list[Alarm]:
    """The newest alarms of unusual use that nobody has closed: for those who operate, whom they don't concern."""
    return list(Alarm.objects.filter(closed_at=None)[:most])


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
    found = list(entries[:limit])
    names = dict(Client.objects.filter(code__in={entry.by for entry in found}).values_list("code", "name"))
    return [_use(entry, names.get(entry.by, "")) for entry in found]


def _use(entry: Entry, system: str) -> Use:
    detail = entry.detail
    return Use(
        at=entry.at,
        client=entry.by,
        system=system or entry.by,
        department=entry.department,
        provider=entry.provider,
        resource=entry.subject,
        purpose=detail["purpose"],
        case_number=detail["case_number"],
        shape=detail["shape"],
        items=tuple(detail["items"]),
        found=detail["found"],
        number=entry.seq,
        trial=bool(detail.get("trial")),
    )


def clients_for(user: Any) -> QuerySet[Client]:
    """The systems of the user's department that are in use, with their keys."""
    if not _acts(user):
        return Client.objects.none()
    rows = Client.objects.filter(department=user.department_id, retired_at=None)
    # Trial keys end within minutes: nobody has to renew them.
    signing = Prefetch("signing_keys", SigningKey.objects.filter(trial_of=None))
    return rows.select_related("department").prefetch_related("keys", signing)


def client_for(user: Any, code: str) -> Client:
    """One system of the user's department, or NotFound."""
    found = clients_for(user).filter(code=code).first()
    if found is None:
        raise NotFound(kind=Client._meta.verbose_name, name=code)
    return found


def _acts(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated and user.is_active and user.department_id)


def _stands_above(request: Request) -> bool:
    """Whether there is an authority that is neither applicant nor provider."""
    above = authority()
    return above is not None and above.pk not in (request.department_id, request.provider_id)


def _is_authority(user: Any) -> bool:
    above = authority()
    return above is not None and above.pk == user.department_id


def _above(user: Any) -> QuerySet[Request]:
    """The requests between other departments in which the authority had or has a part."""
    part = Q(case__steps__department=user.department_id)
    part |= Q(extension__isnull=False) | Q(objection__isnull=False)
    others = Request.objects.exclude(department=user.department_id).exclude(provider=user.department_id)
    return others.filter(part)


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
