"""异常预警 Looking for unusual use by the declared rules, and closing what was looked into."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework.errors import NoDeadlineRule
from xilin.kernel.casework.models import Case
from xilin.kernel.exchange import errors
from xilin.kernel.exchange.actions.parties import department_of, need
from xilin.kernel.exchange.anomalies import Anomaly
from xilin.kernel.exchange.anomaly_models import Alarm, Tally
from xilin.kernel.exchange.models import Grant, Usage
from xilin.kernel.exchange.notices import announce
from xilin.kernel.standards.calendar import calendar
from xilin.kernel.standards.queries import declared

WEEKS = timedelta(days=14)
# Of a provider with more grants only alarms about one grant are looked for by it.
MANY = 200
# Who looks into alarms of everybody's data: those who keep watch over the platform.
WATCHERS = (User.Role.AUDIT, User.Role.SECURITY)
CASE, LOOK = "unusual_use", "look"
_REPEATED = r"""
    SELECT found[1] AS hash, count(DISTINCT e."seq"), array_agg(DISTINCT e."text"::jsonb -> 'detail' ->> 'grant')
    FROM "audit_entry" e, regexp_matches(e."text", '"(\d{4}-\d\d:[0-9a-f]{64})"', 'g') AS found
    WHERE e."kind" = 'exchange.access' AND e."at" > %s AND e."at" <= %s
      AND found[1] IS DISTINCT FROM e."text"::jsonb -> 'detail' ->> 'operator'
    GROUP BY found[1] HAVING count(DISTINCT e."seq") >= %s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Something unusual: what it is about, which grants it concerns, the figures it shows."""

    key: str
    grants: tuple[Grant, ...]
    figures: dict[str, Any]


def watch(*, at: datetime) -> list[Alarm]:
    """Raise an alarm for everything unusual that no alarm was raised for; those that are new."""
    rules: dict[str, Anomaly] = declared("anomaly")
    today = timezone.localtime(at).date()
    return [
        alarm
        for rule in rules.values()
        if rule.in_force(today)
        for found in KINDS[rule.kind](rule, at)
        if (alarm := _raised(rule, found, at)) is not None
    ]


@transaction.atomic
def _raised(rule: Anomaly, found: Found, at: datetime) -> Alarm | None:
    """The alarm, entered in the log; None where it was raised before."""
    one = found.grants[0] if len(found.grants) == 1 else None
    alarm, created = Alarm.objects.get_or_create(
        rule=rule.code,
        key=found.key,
        grant=one,
        defaults={
            "grants": [grant.number for grant in found.grants],
            "figures": found.figures,
            "at": at,
            "suspends": rule.suspend and one is not None,
        },
    )
    if not created:
        return None
    _open_cases(alarm, rule, found, at)
    record(
        "exchange.anomaly.found",
        department=one.department if one else None,
        provider=found.grants[0].provider if found.grants else None,
        subject=rule.code,
        detail={
            "about": found.key,
            "grants": alarm.grants,
            "figures": found.figures,
            "suspends": alarm.suspends,
            "cases": [case.number for case in alarm.cases.all()],
        },
        at=at,
    )
    if alarm.suspends:
        announce(alarm.grants[0])
    return alarm


def _open_cases(alarm: Alarm, rule: Anomaly, found: Found, at: datetime) -> None:
    """Put an alarm into the case of its pattern, one for each department whose data it is about, opened where none is.

    The pattern is the rule and the grant: while its case is open, what is found again comes into it. A league that
    declares no deadline for it has alarms without a clock.
    """
    same = Alarm.objects.filter(rule=alarm.rule, grant=alarm.grant, closed_at=None).exclude(pk=alarm.pk)
    for provider in {grant.provider_id: grant.provider for grant in found.grants}.values():
        open_ = Case.objects.select_for_update(of=("self",)).filter(
            state=Case.State.OPEN, department=provider
        )
        case = open_.filter(pk__in=Case.objects.filter(unusual_use__in=same)).first() if alarm.grant else None
        if case is None:
            told = f"{rule.name.zh}: {' '.join(alarm.grants)}"[:300]
            try:
                case = casework.open(kind=CASE, subject=told, department=provider, step=LOOK, at=at, by=None)
            except NoDeadlineRule:
                continue
        alarm.cases.add(case)


def _sequence(rule: Anomaly, at: datetime) -> Iterator[Found]:
    rows = Tally.objects.filter(hour__gt=at - timedelta(days=1), hour__lte=at, near__gte=rule.least)
    for tally in rows.select_related("grant__department", "grant__provider"):
        yield Found(f"{tally.hour:%Y-%m-%dT%H}", (tally.grant,), {"asked": tally.asked, "near": tally.near})


def _off_hours(rule: Anomaly, at: datetime) -> Iterator[Found]:
    days = calendar()
    counts: dict[int, int] = {}
    for tally in Tally.objects.filter(hour__gt=at - timedelta(days=1), hour__lte=at):
        here = timezone.localtime(tally.hour)
        if not (days.counts(here.date()) and rule.first <= here.hour < rule.last):
            counts[tally.grant_id] = counts.get(tally.grant_id, 0) + tally.asked
    few = {grant: count for grant, count in counts.items() if count >= rule.least}
    for grant in _grants(Q(pk__in=few)):
        yield Found(f"{timezone.localtime(at):%Y-%m-%d}", (grant,), {"asked": few[grant.pk]})


def _volume(rule: Anomaly, at: datetime) -> Iterator[Found]:
    today = timezone.localtime(at).date()
    before = Q(grant__usage__day__gte=today - WEEKS, grant__usage__day__lt=today)
    rows = Usage.objects.filter(day=today, asked__gte=rule.least).annotate(
        usual=Avg("grant__usage__asked", filter=before), days=Count("grant__usage", filter=before)
    )
    for usage in rows.filter(days__gte=3, asked__gte=F("usual") * rule.factor):
        (grant,) = _grants(Q(pk=usage.grant_id))
        yield Found(today.isoformat(), (grant,), {"asked": usage.asked, "usual": round(usage.usual, 1)})


def _repeated(rule: Anomaly, at: datetime) -> Iterator[Found]:
    with connection.cursor() as cursor:
        cursor.execute(_REPEATED, [at - timedelta(days=1), at, rule.least])
        rows = cursor.fetchall()
    for hash_, count, numbers in rows:
        grants = tuple(_grants(Q(number__in=[number for number in numbers if number])))
        yield Found(hash_, grants, {"asked": count, "day": f"{timezone.localtime(at):%Y-%m-%d}"})


def _grants(which: Q) -> list[Grant]:
    return list(Grant.objects.filter(which).select_related("department", "provider").order_by("pk"))


KINDS = {"sequence": _sequence, "off_hours": _off_hours, "volume": _volume, "repeated": _repeated}


def alarms_for(user: Any) -> QuerySet[Alarm]:
    """The alarms someone may see, open ones first: about grants of the department's data; all for who keeps watch.

    These are the audit administrator and the security administrator.
    """
    rows = Alarm.objects.prefetch_related("cases").order_by(
        F("closed_at").asc(nulls_first=True), "-at", "-pk"
    )
    if user is None or not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.role in WATCHERS:
        return rows
    given = list(Grant.objects.filter(provider=user.department_id).values_list("number", flat=True))
    about = Q(grant__number__in=given)
    for number in given if len(given) <= MANY else ():
        about |= Q(grants__contains=number)
    return rows.filter(about) if user.department_id is not None else rows.none()


@transaction.atomic
def close_alarm(alarm: Alarm, *, by: User, at: datetime, remark: str) -> Alarm:
    """Say what was found behind an alarm; a grant it stopped is answered again, and with its last alarm a case ends.

    By the audit or the security administrator, or an approver of the provider.
    """
    cases = list(
        Case.objects.select_for_update(of=("self",)).filter(unusual_use=alarm, state=Case.State.OPEN)
    )
    alarm = Alarm.objects.select_for_update(of=("self",)).select_related("grant").get(pk=alarm.pk)
    if by.role not in WATCHERS:
        department = department_of(by)
        need(by, User.Role.APPROVER)
        if not Grant.objects.filter(number__in=alarm.grants, provider=department).exists():
            raise errors.NotAParty(number=alarm.rule)
    if not remark.strip():
        raise errors.ReasonMissing
    if alarm.closed_at is not None:
        return alarm
    alarm.closed_at, alarm.closed_by, alarm.remark = at, by, remark.strip()
    alarm.save(update_fields=["closed_at", "closed_by", "remark"])
    for case in cases:
        if not Alarm.objects.filter(cases=case, closed_at=None).exists():
            casework.close(case, at=at, by=by, outcome="looked_into", remark=remark.strip())
    record(
        "exchange.anomaly.closed",
        by=by,
        department=by.department,
        subject=alarm.rule,
        detail={"about": alarm.key, "grants": alarm.grants, "cases": [case.number for case in cases]},
        at=at,
    )
    announce(alarm.rule)
    return alarm
