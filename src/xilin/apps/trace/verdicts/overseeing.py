"""监管跟进 What follows from alerts of balances and quotas: a case with its clock, and a notice on every batch anything of it is in.

Buyers who look at such a batch are told (`rules.quota`), and issuing of codes asks `genealogy.quotas`. An alert that events explain
ends both by itself; what somebody decided stands on the alert.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from xilin.apps.trace.codes import actions as codes
from xilin.apps.trace.genealogy import balance, quotas, walks
from xilin.apps.trace.genealogy.declarations import Balance, Tags
from xilin.apps.trace.genealogy.quotas import Lot
from xilin.apps.trace.models import LineageAlert, Notice
from xilin.kernel.accounts.queries import department
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.casework import queries as cases
from xilin.kernel.standards.queries import declared

KIND, LOOK, REMEDY = "trace_alarm", "look_into", "set_right"
OVER = "over"
MOST = 100_000


def assess(*, at: datetime) -> int:
    """Balance everything of the year and follow what is found; how many alerts stand."""
    standing = balance.assess(at=at)
    follow(at=at)
    return len(standing)


def follow(*, at: datetime) -> None:
    """Open what is missing for alerts that stand, end what is left of those that are over."""
    for alert in LineageAlert.objects.filter(ended_at=None):
        _stand(alert, at)
    for alert in LineageAlert.objects.exclude(ended_at=None).exclude(case=""):
        _over(alert, at)


@transaction.atomic
def _stand(alert: LineageAlert, at: datetime) -> None:
    """A case for an alert nobody decided, and notices on its batches unless it was found to be in order."""
    found = lots(alert)
    gtins = sorted({gtin for gtin, _ in found})
    charge = alert.department or in_charge(alert)
    if not alert.case and charge:
        case = casework.open(
            kind=KIND, subject=subject(alert), department=department(charge), step=LOOK, at=at, by=None
        )
        alert.case = case.number
        record(
            "trace.alarm_raised",
            at=at,
            department=charge,
            subject=case.number,
            detail={"kind": alert.kind, "alert": alert.pk, "too_much": round(alert.too_much, 3)},
        )
    alert.gtins, alert.department = gtins, charge
    alert.save(update_fields=["gtins", "department", "case"])
    if alert.outcome != LineageAlert.Outcome.EXPLAINED:
        tell(alert, found, at)


def _over(alert: LineageAlert, at: datetime) -> None:
    """End the notices of an alert that events explained; its case says so, where nobody had decided it."""
    hush(alert, at)
    case = cases.numbered([alert.case]).get(alert.case)
    if case is not None and case.closed_at is None:
        with transaction.atomic():
            casework.close(case, at=alert.ended_at or at, by=None, outcome=OVER)
            record("trace.alarm_over", at=at, department=alert.department, subject=alert.case)


def tell(alert: LineageAlert, found: Iterable[Lot], at: datetime) -> None:
    """Say of the batches of an alert that they claim more than there is, and of no others any more."""
    said = quotas.said(alert)
    detail = {"source": said.source, "have": said.have, "claimed": said.claimed}
    wanted = set(found)
    for notice in notices(alert):
        if (notice.gtin, notice.lot) in wanted and notice.detail == detail:
            wanted.discard((notice.gtin, notice.lot))
        else:
            codes.end_notice(notice, at=at, by="")
    for gtin, lot in sorted(wanted):
        codes.notice("quota", gtin=gtin, lot=lot, since=at, by="", number=_number(alert), detail=detail)


def hush(alert: LineageAlert, at: datetime, by: str = "") -> None:
    """Take the notices of an alert back."""
    for notice in notices(alert):
        codes.end_notice(notice, at=at, by=by)


def notices(alert: LineageAlert) -> list[Notice]:
    """What is said of batches because of an alert."""
    return list(Notice.objects.filter(kind=Notice.Kind.QUOTA, number=_number(alert), until=None))


def _number(alert: LineageAlert) -> str:
    return alert.case or f"alert-{alert.pk}"


def in_charge(alert: LineageAlert) -> str:
    """Which department looks into an alert, as the league folder says."""
    if alert.kind == LineageAlert.Kind.QUOTA:
        tags: list[Tags] = list(declared("trace_tags").values())
        return next((one.department for one in tags if one.department), "")
    balances: list[Balance] = list(declared("trace_balance").values())
    return next((one.department for one in balances if one.step == alert.figures["step"]), "")


def subject(alert: LineageAlert) -> str:
    """What a case is about: identifiers, no names of people."""
    said = quotas.said(alert)
    kind = "物料不平衡" if alert.kind == LineageAlert.Kind.MASS else "超出耳标配额"
    return f"{kind} {said.source} {alert.period}：{said.claimed} > {said.have}"[:200]


def lots(alert: LineageAlert) -> list[Lot]:
    """The batches that anything of an alert is in: what the process made, or what became of animals nobody tagged."""
    if alert.kind == LineageAlert.Kind.MASS:
        return quotas.lots(_made(alert))
    animals = untagged(alert)
    if not animals:
        return []
    return quotas.lots([node for node, _, _, carrier in walks.forward(animals, walks.FOREVER) if not carrier])


def _made(alert: LineageAlert) -> list[int]:
    name = alert.subject
    process = -int(name[6:]) if name.startswith("event:") else walks.numbers([name]).get(name)
    if process is None:
        return []
    return [mark.node for mark in walks.sides([process], 7, walks.FOREVER)]


def untagged(alert: LineageAlert) -> list[int]:
    """The animals that a household sold and that nobody tagged there."""
    found = balance.leavings(alert.place, int(alert.period), most=MOST, untagged=True)
    return list(walks.numbers(one.animal for one in found).values())
