"""What people do with issued codes: make them valid, allot them to sales regions, end them, and say what befell a batch."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from xilin.apps.trace.codes import life
from xilin.apps.trace.codes.errors import NoRegion, NoSuchAct
from xilin.apps.trace.codes.lifecycle import TRANSITIONS
from xilin.apps.trace.models import Allotment, CodeBatch, Notice
from xilin.kernel.audit.actions import record
from xilin.kernel.standards.queries import declaration

Run = tuple[int, int]


@transaction.atomic
def act(codes: Sequence[int], what: str, *, at: datetime, by: str) -> int:
    """Carry out an act (`activate`, `sell`, `open`, `return`, `restock`, `recall`, `release`, `void`) on codes.

    Returns how many of them it was refused for, because their state doesn't allow it. Raises NoSuchAct.
    """
    if what not in TRANSITIONS:
        raise NoSuchAct(act=what, acts=", ".join(TRANSITIONS))
    with connection.cursor() as cursor:
        refused = life.record(cursor, [life.Act(code, what, at) for code in codes], by=by)
    record(
        "trace.codes_acted", at=at, by=by, subject=what, detail={"codes": len(codes), "refused": len(refused)}
    )
    return len(refused)


def activate(batch: CodeBatch, *, at: datetime, by: str) -> int:
    """激活 Make all codes of a batch valid: its goods leave the plant."""
    return act(list(range(batch.first_id, batch.last_id + 1)), "activate", at=at, by=by)


@transaction.atomic
def allot(
    runs: Iterable[Run],
    *,
    gtin: str,
    region: str,
    at: datetime,
    by: str,
    lot: str = "",
    dealer: str = "",
    container: str = "",
) -> Allotment:
    """分配 Give codes to a dealer of a sales region; they leave the region they were given to before. Raises NoRegion.

    Args:
        runs: first and last numbers of codes.
        gtin: of the product.
        region: a declared sales region.
        at: now.
        by: who does it.
        lot: the production batch, where it is one.
        dealer: USCC of the dealer.
        container: canonical URI of the pallet or case they travel in.
    """
    if declaration("trace_region", region) is None:
        raise NoRegion(region=region)
    made = Allotment.objects.create(
        gtin=gtin, lot=lot, region=region, dealer=dealer, container=container, allotted_at=at, by=by
    )
    with connection.cursor() as cursor:
        made.count = life.allot(cursor, made.pk, runs, region)
    made.save(update_fields=["count"])
    record(
        "trace.codes_allotted",
        at=at,
        by=by,
        subject=str(made.pk),
        detail={"region": region, "codes": made.count},
    )
    return made


@transaction.atomic
def notice(
    kind: str,
    *,
    gtin: str,
    lot: str,
    since: datetime,
    by: str,
    number: str = "",
    detail: dict[str, str] | None = None,
) -> Notice:
    """公告 Say of a batch that it is recalled, stolen or over its quota; looks at its codes are told from now on."""
    made = Notice.objects.create(
        kind=kind, gtin=gtin, lot=lot, since=since, number=number, detail=detail or {}, by=by
    )
    record(
        "trace.notice_given",
        at=since,
        by=by,
        subject=f"{gtin}/{lot}",
        detail={"kind": kind, "number": number},
    )
    return made


@transaction.atomic
def end_notice(made: Notice, *, at: datetime, by: str) -> None:
    """Take a notice back."""
    if Notice.objects.filter(pk=made.pk, until=None).update(until=at):
        record(
            "trace.notice_ended", at=at, by=by, subject=f"{made.gtin}/{made.lot}", detail={"kind": made.kind}
        )
