"""批量文件 Asking for a file, making it, handing it out, letting go of it.

A file is made in one piece under a lock of its own: written beside, brought to the disk, then one transaction counts
its rows, enters it in the log and makes it ready. Until that commits nobody can fetch it; what a crash leaves is made anew.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone, translation
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.kernel.audit.actions import record
from xilin.kernel.exchange import bulk, exporting, watermark
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange import delivery_scope as scopes
from xilin.kernel.exchange.delivery_models import Export, Followed, Subscription
from xilin.kernel.exchange.models import Grant, Way
from xilin.kernel.lake import engine
from xilin.lib.errors import Refusal

TASK = "xilin.kernel.exchange.tasks.export"
MOST_WAITING = 5
MOST_TRIES = 3
# A file whose making kills its worker each time (memory, disk) must not do so for ever.
MOST_KILLS = 10
# After the last byte went out: who lost the end of it may come again.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `first` to before `end` of a file that may be handed out now."""

    export: Export
    path: Path
    first: int
    end: int


@transaction.atomic
def ask_export(
    client: int,
    code: str,
    *,
    purpose: str,
    case_number: str,
    kind: str,
    at: datetime,
    columns: Sequence[str] | None = None,
    since: str | None = None,
    signed: bool = False,
) -> Export:
    """Enter that a client wants a file under one of its grants; a worker makes it.

    Args:
        client: the client's primary key.
        kind: `parquet` or `csv`.
        columns: those wanted; everything granted where left out.
        since: number of an earlier file of the same grant and items; the new one holds what changed.
        signed: whether the call was signed.
    """
    grant = scopes.granted(client, code, [Way.FILE], purpose=purpose, at=at, signed=signed)
    chosen = scopes.scope(grant, columns)
    _check_waiting(grant)
    return _enter(
        grant,
        at=at,
        purpose=purpose,
        case_number=case_number,
        format=Export.Format(kind),
        columns=list(chosen.columns),
        since=_earlier(grant, since, chosen.columns) if since is not None else None,
    )


@transaction.atomic
def ask_state(client: int, number: str, *, kind: str, at: datetime, signed: bool = False) -> Export:
    """Enter that a subscriber wants the whole state that its changes go on from."""
    found = subscription_of(client, number)
    if found.state == Subscription.State.ENDED:
        raise errors.SubscriptionOver(number=number)
    grant = found.grant
    scopes.check_alive(grant, at)
    scopes.check_hours(grant, at)
    scopes.check_signed(grant, signed)
    _check_waiting(grant)
    return _enter(
        grant,
        at=at,
        purpose=found.purpose,
        case_number=found.case_number,
        format=Export.Format(kind),
        columns=list(scopes.scope(grant).columns),
        subscription=found,
    )


def subscription_of(client: int, number: str) -> Subscription:
    """A client's subscription, or DeliveryUnknown."""
    found = (
        Subscription.objects.select_related(
            "grant__client__department", "grant__department", "grant__provider", "grant__resource", "target"
        )
        .filter(number=number, grant__client=client)
        .first()
    )
    if found is None:
        raise errors.DeliveryUnknown
    return found


def _check_waiting(grant: Grant) -> None:
    Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    open_ = (Export.State.QUEUED, Export.State.BUILDING, Export.State.READY)
    if grant.exports.filter(state__in=open_).count() >= MOST_WAITING:
        raise errors.TooManyWaiting(number=grant.number, most=MOST_WAITING)


def _earlier(grant: Grant, number: str, columns: Sequence[str]) -> Export:
    found = grant.exports.filter(number=number, snapshot__isnull=False, entry__isnull=False).first()
    if found is None or list(found.columns) != list(columns):
        raise errors.SinceWrong(since=number[:24])
    return found


def _enter(grant: Grant, *, at: datetime, **said: Any) -> Export:
    day = scopes.day(at)
    number = f"E{day:%Y%m%d}-{secrets.token_hex(5)}"
    made = Export.objects.create(number=number, grant=grant, asked_at=at, **said)
    entered("exchange.export.asked", made, at, {})
    nudge(made)
    return made


def nudge(export: Export) -> None:
    """Queue the making of a file with the caller's transaction; the minute's look queues what is lost."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name=TASK, queueing_lock=f"exchange.export.{export.number}").defer(
            number=export.number
        )


def entered(kind: str, export: Export, at: datetime, detail: dict[str, Any]) -> int:
    """Enter something about a file in the log, in the caller's transaction; the entry's number."""
    grant = export.grant
    entry = record(
        kind,
        at=at,
        by=grant.client.code,
        department=grant.department,
        provider=grant.provider,
        subject=grant.resource.code,
        detail={
            "export": export.number,
            "grant": grant.number,
            "purpose": export.purpose,
            "case_number": export.case_number,
            "format": export.format,
            **detail,
        },
    )
    return int(entry.seq)


# Making


def waiting() -> list[str]:
    """Numbers of the files to be made, the oldest first: those asked for, and those a crash left."""
    open_ = (Export.State.QUEUED, Export.State.BUILDING)
    return list(Export.objects.filter(state__in=open_).order_by("pk").values_list("number", flat=True))


def path_of(export: Export) -> Path:
    """Where a file lies."""
    return Path(settings.HOME) / "exports" / f"{export.number}.{export.format}"


def make(number: str) -> Export | None:
    """Make a file that was asked for; None where somebody else makes it, or nobody has to any more.

    A refusal (quota, a grant that ended meanwhile) is kept with the file. A defect raises, and is tried again
    `MOST_TRIES` times in all.
    """
    with _alone(f"exchange.export.{number}") as ours:
        export = _export(number=number) if ours else None
        if export is None or export.state not in (Export.State.QUEUED, Export.State.BUILDING):
            return None
        export.state, export.tries = Export.State.BUILDING, export.tries + 1
        export.save(update_fields=["state", "tries"])
        try:
            if export.tries > MOST_KILLS:
                raise Refusal
            _make(export)
        except Refusal as refusal:
            _refuse(export, refusal)
        except Exception:
            path_of(export).unlink(missing_ok=True)
            if export.tries >= MOST_TRIES:
                _refuse(export, Refusal())
            raise
        return export


def _export(**named: Any) -> Export | None:
    rows = Export.objects.select_related(
        "grant__client", "grant__department", "grant__provider", "grant__resource", "since", "subscription"
    )
    return rows.filter(**named).first()


def _make(export: Export) -> None:
    grant = export.grant
    scopes.check_alive(grant, timezone.now())
    scope = scopes.scope(grant, export.columns)
    _settle(export, scope.resource)
    con = engine.connect(settings.MEMORY_MB)
    try:
        exporting.prepare(con)
        query, columns = _query(con, export, scope)
        rows = exporting.count(con, query)
        if rows > scopes.rows_left(grant, timezone.now()):
            raise errors.RowsUsedUp(quota=grant.quota_per_day, number=grant.number)
        chosen = exporting.anchors(con, query, columns)
        order = watermark.order(chosen, rows, scope.mark, export.number)
        export.probe = str(con.raw_sql(watermark.PROBE).fetchone()[0])
        written = exporting.write(
            con, query, path_of(export), kind=export.format, order=order, said=_said(export)
        )
    finally:
        con.disconnect()
    _finish(export, written)


def _settle(export: Export, resource: str) -> None:
    """Choose the state of the rows that the file holds."""
    if export.subscription is not None:
        followed = Followed.objects.get(resource=resource)
        export.snapshot, export.sources = followed.snapshot, followed.sources
        export.overlays = followed.overlays
        export.epoch, export.cursor = followed.epoch, followed.seq
    else:
        now = bulk.state(resource, at=timezone.now())
        export.snapshot, export.sources, export.overlays = now.snapshot, list(now.sources), list(now.overlays)
        export.cursor = None
    if export.snapshot is None:
        raise errors.NothingCollected(resource=resource)


def _query(con: Any, export: Export, scope: exporting.Scope) -> tuple[str, tuple[str, ...]]:
    new = _rows(con, export, scope)
    if export.since is None:
        return new, scope.columns
    return exporting.changed_sql(new, _rows(con, export.since, scope), scope.columns), scope.columns


def _rows(con: Any, export: Export, scope: exporting.Scope) -> str:
    held = bulk.State(export.snapshot, tuple(export.sources), tuple(export.overlays))
    table = bulk.rows(con, scope.resource, held)
    if table is None:
        raise errors.NothingCollected(resource=scope.resource)
    return exporting.rows_sql(con, table, scope)


def _said(export: Export) -> dict[str, str]:
    """The visible marks of a file: whose it is, what for, and that it may go no further."""
    grant = export.grant
    return {
        "xilin.export": export.number,
        "xilin.grant": grant.number,
        "xilin.department": grant.department.code,
        "xilin.client": grant.client.code,
        "xilin.purpose": export.purpose,
        "xilin.case_number": export.case_number,
        "xilin.snapshot": str(export.snapshot),
        "xilin.notice": "仅限所授权用途使用，不得转交第三方。 For the granted purpose only; not to be passed on.",
    }


@transaction.atomic
def _finish(export: Export, written: exporting.Written) -> None:
    """Count the rows, enter the file in the log, make it ready: all of it or nothing."""
    grant, now = export.grant, timezone.now()
    Grant.objects.select_for_update(of=("self",)).get(pk=grant.pk)
    scopes.check_alive(grant, now)
    scopes.count_rows(grant, written.rows, now)
    export.rows, export.bytes, export.sha256 = written.rows, written.bytes, written.sha256
    export.anchors = {"columns": list(written.order.columns), "steps": written.order.steps}
    export.state, export.ready_at = Export.State.READY, now
    export.expires_at = now + timedelta(hours=settings.EXPORT_HOURS)
    export.entry = entered(
        "exchange.export.made",
        export,
        now,
        {
            "rows": written.rows,
            "bytes": written.bytes,
            "items": list(export.columns),
            "snapshot": str(export.snapshot),
            "sha256": written.sha256,
            "since": export.since.number if export.since else "",
            "subscription": export.subscription.number if export.subscription else "",
        },
    )
    export.save()


def _refuse(export: Export, refusal: Refusal) -> None:
    path_of(export).unlink(missing_ok=True)
    said = {"code": refusal.code}
    for language, name in (("zh-hans", "zh"), ("en", "en")):
        with translation.override(language):
            said[name] = f"{refusal} {refusal.advice}"
    with transaction.atomic():
        export.state, export.refusal = Export.State.REFUSED, said
        export.save(update_fields=["state", "refusal"])
        entered("exchange.export.refused", export, timezone.now(), {"decision": refusal.code})


# Handing out


def export_of(client: int, number: str) -> Export:
    """A client's file, or DeliveryUnknown."""
    found = _export(number=number, grant__client=client)
    if found is None:
        raise errors.DeliveryUnknown
    return found


@transaction.atomic
def hand_out(
    client: int, number: str, *, at: datetime, first: int | None, end: int | None, signed: bool = False
) -> Part:
    """Enter that bytes of a file leave, and say which: `first` to before `end`; the last `end` where `first` is None.

    The entry is durable when this returns, before a byte is on its way.
    """
    found = export_of(client, number)
    export = (
        Export.objects.select_for_update(of=("self",))
        .select_related("grant__client", "grant__department", "grant__provider", "grant__resource")
        .get(pk=found.pk)
    )
    scopes.check_alive(export.grant, at)
    scopes.check_hours(export.grant, at)
    scopes.check_signed(export.grant, signed)
    _check_ready(export, at)
    first, end = _span(export.bytes, first, end)
    entered("exchange.export.fetched", export, at, {"first": first, "end": end, "sha256": export.sha256})
    return Part(export, path_of(export), first, end)


def _check_ready(export: Export, at: datetime) -> None:
    if export.state in (Export.State.QUEUED, Export.State.BUILDING):
        raise errors.FileNotReady(number=export.number)
    late = export.expires_at is None or at >= export.expires_at
    over = export.taken_at is not None and at >= export.taken_at + GRACE
    if export.state in (Export.State.EXPIRED, Export.State.REFUSED) or late or over:
        raise errors.FileGone(number=export.number)
    if not path_of(export).exists():
        raise errors.FileGone(number=export.number)


def _span(size: int, first: int | None, end: int | None) -> tuple[int, int]:
    if first is None:
        first, end = max(0, size - (size if end is None else end)), size
    end = size if end is None else min(end, size)
    if not 0 <= first < end:
        if size == 0 and first == 0:
            return 0, 0
        raise errors.RangeWrong(size=size)
    return first, end


@transaction.atomic
def handed_out(number: str, first: int, end: int, *, at: datetime) -> None:
    """Note bytes that went out; with the last of them the file is taken."""
    export = Export.objects.select_for_update(of=("self",)).get(number=number)
    export.sent = merged([*export.sent, [first, end]])
    if export.state == Export.State.READY and export.sent == [[0, export.bytes]]:
        export.state, export.taken_at = Export.State.TAKEN, at
    export.save(update_fields=["sent", "state", "taken_at"])


def merged(spans: Sequence[Sequence[int]]) -> list[list[int]]:
    """Spans put together where they touch.

    >>> merged([[5, 9], [0, 5], [20, 21]])
    [[0, 9], [20, 21]]
    """
    found: list[list[int]] = []
    for first, end in sorted(map(tuple, spans)):
        if found and first <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([first, end])
    return found


@transaction.atomic
def give_up(client: int, number: str, *, at: datetime) -> Export:
    """Let go of a file before its time: it was taken, or isn't wanted any more."""
    export = Export.objects.select_for_update(of=("self",)).get(pk=export_of(client, number).pk)
    export = _export(pk=export.pk) or export
    if export.state in (Export.State.QUEUED, Export.State.READY, Export.State.TAKEN):
        path_of(export).unlink(missing_ok=True)
        export.state, export.expires_at = Export.State.EXPIRED, at
        export.save(update_fields=["state", "expires_at"])
        entered("exchange.export.given_up", export, at, {})
    return export


def sweep(at: datetime) -> int:
    """Delete files whose time is over and files that no row knows; how many there were."""
    over = Export.objects.filter(state=Export.State.READY, expires_at__lte=at)
    taken = Export.objects.filter(state=Export.State.TAKEN, taken_at__lte=at - GRACE)
    gone = 0
    for export in [*over, *taken]:
        gone += path_of(export).exists()
        path_of(export).unlink(missing_ok=True)
    over.update(state=Export.State.EXPIRED)
    keep = (Export.State.QUEUED, Export.State.BUILDING, Export.State.READY, Export.State.TAKEN)
    folder = Path(settings.HOME) / "exports"
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    known = set(
        Export.objects.filter(number__in=[path.stem for path in there], state__in=keep).values_list(
            "number", flat=True
        )
    )
    for path in there:
        if path.stem not in known:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Hold a lock that goes with the session, so that a crash can't keep it; False where somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('xilin.deliver'), hashtext(%s))", [name])
        (ours,) = cursor.fetchone()
    try:
        yield bool(ours)
    finally:
        if ours:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('xilin.deliver'), hashtext(%s))", [name])
