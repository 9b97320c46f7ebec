"""目录上报 Queue what was published or withdrawn, and send what is due until the upper level has received it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from xilin.kernel.accounts.models import Department
from xilin.kernel.audit.actions import record
from xilin.kernel.catalog import sheets, upward
from xilin.kernel.catalog.models import Report, Resource, Version
from xilin.kernel.catalog.upward import Answer
from xilin.kernel.standards.queries import declared

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
# A report that is being sent is nobody else's for this long; a killed sender's is taken up again afterwards.
LEASE = timedelta(minutes=5)
_State = Report.State

Send = Callable[[str, str, str, dict[str, Any]], Answer]


@dataclass
class Sent:
    """What became of the reports that were due."""

    received: int = 0
    refused: int = 0
    again: int = 0


def queue(resource: Resource, kind: str, *, at: datetime) -> Report | None:
    """Queue one entry's newest version in the caller's transaction; None where no upper level is connected."""
    if not settings.UPWARD_URL:
        return None
    report, _created = Report.objects.get_or_create(
        resource=resource,
        number=resource.version,
        kind=kind,
        defaults={"key": uuid4(), "queued_at": at, "next_at": at},
    )
    return report


@transaction.atomic
def queue_all(*, at: datetime) -> int:
    """Queue every entry in force whose version was never reported; how many there were."""
    told = Report.objects.filter(
        resource=OuterRef("resource"), number=OuterRef("number"), kind=Report.Kind.PUBLISHED
    )
    missing = Version.objects.filter(~Exists(told), until=None, resource__retired=False).select_related(
        "resource"
    )
    queued = [queue(version.resource, Report.Kind.PUBLISHED, at=at) for version in missing]
    return sum(one is not None for one in queued)


def try_again(*, at: datetime) -> int:
    """Put what was refused back into the queue, and what waits at its head; how many there are."""
    open_ = Report.objects.exclude(state=_State.RECEIVED)
    return open_.update(state=_State.WAITING, next_at=at, ended_at=None)


def send_due(*, now: Callable[[], datetime], send: Send = upward.post, most: int = 1000) -> Sent:
    """Send the reports that are due, the versions of one entry in their order.

    Args:
        now: the clock, read before and after each attempt.
        send: how one is sent.
        most: how many attempts there are at most.
    """
    done = Sent()
    if not settings.UPWARD_URL:
        return done
    for _attempt in range(most):
        report = _claim(now())
        if report is None:
            break
        answer = send(settings.UPWARD_URL, settings.UPWARD_TOKEN, str(report.key), document(report))
        _settle(report, answer, now())
        setattr(done, answer.outcome, getattr(done, answer.outcome) + 1)
    return done


@transaction.atomic
def _claim(at: datetime) -> Report | None:
    """One report that is due, marked as being sent; nobody else gets it meanwhile."""
    before = Report.objects.filter(resource=OuterRef("resource"), state=_State.WAITING, pk__lt=OuterRef("pk"))
    due = Report.objects.filter(~Exists(before), state=_State.WAITING, next_at__lte=at).order_by(
        "next_at", "pk"
    )
    report = (
        due.select_for_update(of=("self",), skip_locked=True).select_related("resource__provider").first()
    )
    if report is not None:
        report.attempts += 1
        report.next_at = at + LEASE
        report.save(update_fields=["attempts", "next_at"])
    return report


@transaction.atomic
def _settle(report: Report, answer: Answer, at: datetime) -> None:
    """Keep how an attempt ended: a receipt, a refusal, or when it is tried again."""
    if answer.outcome == "again":
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(report.attempts - 1, 12))
        report.next_at = at + max(wait, min(timedelta(seconds=answer.wait), LONGEST_WAIT))
        report.error = answer.error[:500]
        report.save(update_fields=["next_at", "error"])
        return
    report.state = _State.RECEIVED if answer.outcome == "received" else _State.REFUSED
    report.ended_at, report.receipt, report.error = at, answer.receipt, answer.error[:500]
    report.save(update_fields=["state", "ended_at", "receipt", "error"])
    record(
        "catalog.report.received" if answer.outcome == "received" else "catalog.report.refused",
        provider=report.resource.provider,
        subject=report.resource.code,
        detail={"key": str(report.key), "version": report.number, "kind": str(report.kind)},
        at=at,
    )


def document(report: Report) -> dict[str, Any]:
    """What is sent: the version with the guide's fields by their Chinese names, its items, and how it came about."""
    version = Version.objects.get(resource=report.resource, number=report.number)
    value = version.value
    provider = Department.objects.get(code=value.provider)
    headings = {key: heading for heading, key, _others in sheets.ENTRY_COLUMNS}
    item_headings = {key: heading for heading, key, _others in sheets.ITEM_COLUMNS}
    fields, items = sheets.cells(
        value, declared("element"), declared("mask"), {provider.code: (provider.name, provider.uscc)}
    )
    return {
        "kind": str(report.kind),
        "key": str(report.key),
        "version": report.number,
        "published_at": version.at.isoformat(),
        "catalogue_code": value.catalogue_code,
        "code": value.code,
        "fields": {headings[key]: said for key, said in fields.items() if said},
        "items": [{item_headings[key]: said for key, said in item.items() if said} for item in items],
    }
