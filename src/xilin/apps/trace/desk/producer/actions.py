"""What a producer's people can do: order codes and print files, set their codes to work, say what was behind an alert."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.apps.trace.codes import actions as codes
from xilin.apps.trace.codes import issuing, printing
from xilin.apps.trace.codes.errors import NoRegion, NotReady
from xilin.apps.trace.desk.producer import queries
from xilin.apps.trace.desk.producer.errors import (
    AnsweredAlready,
    BusyBatch,
    NobodyWatches,
    TooManyLabels,
    WrongRange,
    in_both,
)
from xilin.apps.trace.desk.producer.sheets import keeping
from xilin.apps.trace.desk.seats import Producer
from xilin.apps.trace.models import Alert, AlertAnswer, CodeBatch, CodeWork, PrintFile
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.overseeing import KIND, LOOK
from xilin.kernel.accounts.queries import department
from xilin.kernel.audit.actions import record
from xilin.kernel.casework import actions as casework
from xilin.kernel.standards.queries import declaration
from xilin.lib.errors import NotFound, Refusal

TASK = "trace.code_work"
PIECE = 20_000
MOST_LABELS = 5_000
"""Labels in one PDF: what is made while somebody waits."""
ACTS = {CodeWork.Kind.ACTIVATE: "activate", CodeWork.Kind.VOID: "void"}


@transaction.atomic
def order(
    producer: Producer,
    gtin: str,
    count: int,
    *,
    request: UUID,
    kind: str,
    site: str,
    lot: str,
    produced_on: date | None,
    expires_on: date | None,
    at: datetime,
    by: Any,
) -> CodeBatch:
    """Order codes for a product of one's own; a worker makes them. The same request again is the same batch.

    Raises NotFound for products that aren't theirs, and what `issuing.order` refuses.
    """
    producer.may_act()
    if gtin not in producer.gtins:
        raise NotFound(kind=_("product"), name=gtin)
    batch = issuing.order(
        gtin,
        count,
        request=request,
        kind=kind,
        site=site,
        at=at,
        by=by.username,
        producer=producer.number,
        lot=lot,
        produced_on=produced_on,
        expires_on=expires_on,
    )
    if not batch.works.filter(kind=CodeWork.Kind.ISSUE).exists():
        _enter(batch, CodeWork.Kind.ISSUE, 0, count - 1, at=at, by=by)
    return batch


@transaction.atomic
def ask(
    producer: Producer,
    batch: CodeBatch,
    kind: str,
    first: int,
    last: int,
    *,
    at: datetime,
    by: Any,
    region: str = "",
    dealer: str = "",
) -> CodeWork:
    """Let codes of one's own batch be activated, declared void, or allotted to a region; `first` and `last` count from 1.

    Raises WrongRange, NoRegion, NotReady, BusyBatch.
    """
    producer.may_act()
    batch = CodeBatch.objects.select_for_update().get(pk=queries.batch(producer, batch.pk).pk)
    if batch.state != CodeBatch.State.READY:
        raise NotReady(batch=batch.pk)
    if not 1 <= first <= last <= batch.count:
        raise WrongRange(first=first, last=last, count=batch.count)
    if kind == CodeWork.Kind.ALLOT and declaration("trace_region", region) is None:
        raise NoRegion(region=region)
    if batch.works.filter(finished_at=None).exists():
        raise BusyBatch
    allotted = kind == CodeWork.Kind.ALLOT
    return _enter(
        batch,
        CodeWork.Kind(kind),
        first - 1,
        last - 1,
        at=at,
        by=by,
        region=region if allotted else "",
        dealer=dealer if allotted else "",
    )


def _enter(
    batch: CodeBatch, kind: CodeWork.Kind, first: int, last: int, *, at: datetime, by: Any, **more: str
) -> CodeWork:
    work = CodeWork.objects.create(
        batch=batch, kind=kind, first=first, last=last, asked_at=at, by=by.username, **more
    )
    record(
        "trace.work_asked",
        at=at,
        by=by,
        subject=f"codes/{batch.pk}",
        detail={"work": work.pk, "kind": str(kind), "first": first, "last": last, **more},
    )
    nudge(work)
    return work


def nudge(work: CodeWork) -> None:
    """Queue the work with the caller's transaction; every five minutes what was lost is queued again."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name=TASK, queueing_lock=f"trace.work.{work.pk}", lock=f"trace.batch.{work.batch_id}").defer(
            number=work.pk
        )  # fmt: skip


def carry_out(number: int, *, at: datetime) -> CodeWork | None:
    """Do what was asked, piece by piece, from where it stands; what a rule refuses ends it with the reason."""
    work = CodeWork.objects.select_related("batch").filter(pk=number, finished_at=None).first()
    if work is None:
        return None
    CodeWork.objects.filter(pk=number).update(state=CodeWork.State.RUNNING)
    try:
        if work.kind == CodeWork.Kind.ISSUE:
            issuing.issue(work.batch, at=at, progress=lambda made: _advance(number, made))
            _end(number, at, done=work.total)
        elif work.kind == CodeWork.Kind.ALLOT:
            _allot(work, at)
        else:
            _act(work, at)
    except Refusal as refusal:
        _fail(number, refusal, at)
    work.refresh_from_db()
    return work


def _advance(number: int, made: int) -> None:
    CodeWork.objects.filter(pk=number).update(done=F("done") + made)


def _act(work: CodeWork, at: datetime) -> None:
    """Each piece is one transaction with how far it got: a worker that dies does nothing twice."""
    begin, last = work.batch.first_id + work.first, work.batch.first_id + work.last
    while begin + work.done <= last:
        with transaction.atomic():
            held = CodeWork.objects.select_for_update().get(pk=work.pk)
            first = begin + held.done
            piece = range(first, min(first + PIECE, last + 1))
            if piece:
                held.refused += codes.act(piece, ACTS[CodeWork.Kind(work.kind)], at=at, by=work.by)
                held.done += len(piece)
                held.save(update_fields=["done", "refused"])
        work.done = held.done
    _end(work.pk, at)


def _allot(work: CodeWork, at: datetime) -> None:
    batch = work.batch
    with transaction.atomic():
        codes.allot(
            [(batch.first_id + work.first, batch.first_id + work.last)],
            gtin=batch.gtin,
            lot=batch.lot,
            region=work.region,
            dealer=work.dealer,
            at=at,
            by=work.by,
        )
        _end(work.pk, at, done=work.total)


def _end(number: int, at: datetime, **more: int) -> None:
    CodeWork.objects.filter(pk=number).update(state=CodeWork.State.DONE, finished_at=at, **more)


def _fail(number: int, refusal: Refusal, at: datetime) -> None:
    CodeWork.objects.filter(pk=number).update(
        state=CodeWork.State.FAILED, finished_at=at, why=in_both(refusal)
    )
    CodeBatch.objects.filter(works__pk=number, works__kind=CodeWork.Kind.ISSUE, made=0).update(
        state=CodeBatch.State.FAILED
    )


def requeue() -> int:
    """Queue what nobody works on: its job got lost with a worker. How many were looked at."""
    left = list(CodeWork.objects.filter(finished_at=None))
    for work in left:
        nudge(work)
    return len(left) + keeping.requeue()


# Print files


@transaction.atomic
def order_file(
    producer: Producer, batch: CodeBatch, form: str, first: int, last: int, *, at: datetime, by: Any
) -> PrintFile:
    """Order a print file of codes of one's own batch; `first` and `last` count from 1. Raises WrongRange, NotReady, TooManyLabels."""
    producer.may_act()
    batch = queries.batch(producer, batch.pk)
    if batch.state != CodeBatch.State.READY:
        raise NotReady(batch=batch.pk)
    if not 1 <= first <= last <= batch.count:
        raise WrongRange(first=first, last=last, count=batch.count)
    count = last - first + 1
    if form == PrintFile.Form.PDF and count > MOST_LABELS:
        raise TooManyLabels(most=MOST_LABELS)
    made = PrintFile.objects.create(
        batch=batch, form=form, first=first - 1, count=count, asked_at=at, by=by.username
    )
    record(
        "trace.print_file_ordered",
        at=at,
        by=by,
        subject=f"codes/{batch.pk}",
        detail={"file": made.pk, "form": form, "first": first - 1, "count": count},
    )
    return made


def fetch(producer: Producer, file: PrintFile, *, at: datetime, by: Any) -> Iterator[bytes]:
    """A print file in blocks, made anew; each fetch is on record before its first byte. Raises ScratchForgotten."""
    producer.may_act()
    queries.batch(producer, file.batch_id)
    # Made before it is recorded: what can't be made was not fetched.
    make = printing.as_csv if file.form == PrintFile.Form.CSV else printing.as_pdf
    blocks = make(file.batch, at=at, first=file.first, count=file.count)
    first = next(blocks, b"")
    with transaction.atomic():
        PrintFile.objects.filter(pk=file.pk).update(
            fetched=F("fetched") + 1, fetched_at=at, fetched_by=by.username
        )
        record(
            "trace.print_file_fetched",
            at=at,
            by=by,
            subject=f"codes/{file.batch_id}",
            detail={"file": file.pk, "count": file.count},
        )
    return _all(first, blocks)


def _all(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from blocks


def forget_scratch(producer: Producer, batch: CodeBatch, *, at: datetime, by: Any) -> None:
    """Forget the scratch codes of one's own batch after printing; no file with them can be written any more."""
    producer.may_act()
    issuing.forget_scratch(queries.batch(producer, batch.pk), at=at, by=by.username)


# Alerts


@transaction.atomic
def explain(producer: Producer, alert: Alert, text: str, *, at: datetime, by: Any) -> AlertAnswer:
    """Say what was behind an alert about one's own goods. It stays open: a producer doesn't close what is about itself."""
    producer.may_act()
    found = queries.alert(producer, alert.pk)
    made = AlertAnswer.objects.create(
        alert=found, party_id=producer.party, text=text.strip()[:300], at=at, by=by.username
    )
    record(
        "trace.alert_explained",
        at=at,
        by=by,
        subject=f"{found.kind} {found.rule}",
        detail={"alert": found.pk},
    )
    return made


@transaction.atomic
def take_as_case(producer: Producer, alert: Alert, *, book: Book, at: datetime, by: Any) -> str:
    """Ask the authority that watches the product to look into an alert; the number of the case.

    Raises AnsweredAlready where it is one, NobodyWatches where nobody is entered for the product.
    """
    producer.may_act()
    found = Alert.objects.select_for_update().get(pk=queries.alert(producer, alert.pk).pk)
    if found.case:
        raise AnsweredAlready(case=found.case)
    product = book.products.get(found.gtin)
    if product is None or not product.department:
        raise NobodyWatches
    rule = book.rules.get(found.rule)
    case = casework.open(
        kind=KIND,
        subject=f"{rule.name.zh if rule else found.rule} {product.name.zh} {found.subject}"[:200],
        department=department(product.department),
        step=LOOK,
        at=at,
        by=None,
    )
    found.case = case.number
    found.save(update_fields=["case"])
    record(
        "trace.alert_taken",
        at=at,
        by=by,
        department=product.department,
        subject=f"{found.kind} {found.rule}",
        detail={"alert": found.pk, "case": case.number},
    )
    return str(case.number)
