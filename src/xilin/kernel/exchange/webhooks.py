"""推送 Pushing changes to subscribers' addresses: signed, one message after the other, again until it arrives.

A message is a row before it leaves: the span of changes it carries and its identifier, the same on every try. Each
try checks the grant, is entered in the log, durable, and only then sent. What arrived moves the subscription on;
what a crash interrupts is sent again, so a receiver may see a message twice and knows it by its identifier.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import Q
from django.utils import timezone

from xilin import __version__
from xilin.kernel.exchange import changes, reaching, signatures
from xilin.kernel.exchange import delivery_scope as scopes
from xilin.kernel.exchange.actions.feeds import entered
from xilin.kernel.exchange.delivery_models import Followed, Message, Subscription
from xilin.kernel.exchange.exporting import Scope
from xilin.kernel.exchange.models import Grant
from xilin.lib.errors import Refusal

MOST_CHANGES = 500
# Waits between tries; after the last the message is a dead letter. About a day and a half in all.
WAITS = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200))
PATIENCE = httpx.Timeout(10.0, connect=5.0)
BUDGET = timedelta(seconds=20)
LATER = timedelta(minutes=10)
NAMESPACE = uuid.UUID("6f1d3c0e-6a5b-5d0c-9a3e-2f8b7c1d4e90")
HEADERS = {"content-type": "application/json"}


def due(at: datetime) -> list[str]:
    """Numbers of the subscriptions with something to push now."""
    waiting = Subscription.objects.filter(
        Q(next_at=None) | Q(next_at__lte=at), state=Subscription.State.ACTIVE, target__isnull=False
    ).select_related("grant__resource")
    newest = {one.resource: one for one in Followed.objects.all()}
    return [
        one.number
        for one in waiting
        if (there := newest.get(one.grant.resource.code)) is not None
        and (one.epoch, one.seq) != (there.epoch, there.seq)
    ]


def push(number: str, *, clock: Callable[[], datetime] = timezone.now) -> int:
    """Push what waits for a subscription, message by message, until none is left, one fails, or time is up; how many arrived.

    0 where another worker is at it.
    """
    arrived = 0
    with _alone(number) as ours:
        begun = clock()
        while ours and clock() - begun < BUDGET and _push_one(number, clock):
            arrived += 1
    return arrived


def _push_one(number: str, clock: Callable[[], datetime]) -> bool:
    """Send the next message; whether it arrived."""
    at = clock()
    found = _subscription(number)
    if found is None or found.state != Subscription.State.ACTIVE or (found.next_at and found.next_at > at):
        return False
    try:
        scopes.check_alive(found.grant, at)
        scopes.check_hours(found.grant, at)
        scope = scopes.scope(found.grant)
        message, carried = _next(found, scope, at)
        if message is None:
            return False
        outcome = _send(found, message, carried, clock) if carried else ""
    except Refusal:
        # Hours, quota, a grant that ended: nothing may leave now, and whether it may later is asked later.
        Subscription.objects.filter(pk=found.pk).update(next_at=at + LATER)
        return False
    return _settle(found, message, outcome, clock())


def _subscription(number: str) -> Subscription | None:
    rows = Subscription.objects.select_related(
        "grant__client__department", "grant__department", "grant__provider", "grant__resource", "target"
    )
    return rows.filter(number=number).first()


def _next(
    found: Subscription, scope: Scope, at: datetime
) -> tuple[Message | None, tuple[dict[str, object], ...]]:
    """The message that was on its way, or a new one of the changes that come next; with its changes."""
    followed = Followed.objects.get(resource=scope.resource)
    open_ = found.messages.filter(state=Message.State.SENDING).first()
    if followed.epoch != found.epoch or found.seq < followed.floor:
        _begin_anew(found, followed, open_, at)
        return None, ()
    if open_ is not None:
        page = changes.page(scope, after=open_.first - 1, most=MOST_CHANGES * 4, upto=open_.last)
        return open_, page.changes
    if found.seq >= followed.seq:
        return None, ()
    most = max(1, min(MOST_CHANGES, scopes.rows_left(found.grant, at)))
    page = changes.page(scope, after=found.seq, most=most)
    if not page.changes:
        _move(found, page.seq, at)
        return (_next(found, scope, at)) if page.more else (None, ())
    message = Message(
        ident=uuid.uuid5(NAMESPACE, f"{found.number}/{found.epoch}/{found.seq + 1}"),
        subscription=found,
        epoch=found.epoch,
        first=found.seq + 1,
        last=page.seq,
        changes=len(page.changes),
        made_at=at,
    )
    return message, page.changes


def _begin_anew(found: Subscription, followed: Followed, open_: Message | None, at: datetime) -> None:
    """Go on in the sequence that is: what came between can't be told, and the receiver sees so by the numbers."""
    with transaction.atomic():
        if open_ is not None:
            Message.objects.filter(pk=open_.pk).update(state=Message.State.DROPPED)
        entered(
            "exchange.feed.restarted",
            found,
            at,
            {"after": f"{found.epoch}.{found.seq}", "until": f"{followed.epoch}.{followed.seq}"},
        )
        Subscription.objects.filter(pk=found.pk).update(
            epoch=followed.epoch, seq=followed.seq, state=Subscription.State.HALTED, moved_at=at
        )


def _move(found: Subscription, seq: int, at: datetime) -> None:
    found.seq = seq
    Subscription.objects.filter(pk=found.pk).update(seq=seq, moved_at=at)


def body_of(found: Subscription, message: Message, carried: tuple[dict[str, object], ...]) -> bytes:
    """A message as it is sent."""
    return msgspec.json.encode(
        {
            "message": str(message.ident),
            "subscription": found.number,
            "resource": found.grant.resource.code,
            "grant": found.grant.number,
            "changes": list(carried),
            "cursor": changes.cursor(found.number, message.epoch, message.last),
        }
    )


def _send(
    found: Subscription,
    message: Message,
    carried: tuple[dict[str, object], ...],
    clock: Callable[[], datetime],
) -> str:
    """Enter a try in the log, then make it; "" where it arrived, else what became of it."""
    target = found.target
    if target is None or target.approved_at is None or target.ended_at is not None:
        return "address"
    try:
        way = reaching.way(target.url)
    except Refusal:
        return "address"
    body = body_of(found, message, carried)
    at = clock()
    with transaction.atomic():
        Grant.objects.select_for_update(of=("self",)).get(pk=found.grant_id)
        scopes.check_alive(found.grant, at)
        if message._state.adding:
            scopes.count_rows(found.grant, len(carried), at)
        message.tries, message.tried_at = message.tries + 1, at
        message.entry = entered(
            "exchange.feed.pushed",
            found,
            at,
            {
                "message": str(message.ident),
                "try": message.tries,
                "target": target.pk,
                "changes": len(carried),
                "after": f"{message.epoch}.{message.first - 1}",
                "until": f"{message.epoch}.{message.last}",
                "digest": hashlib.sha256(body).hexdigest(),
            },
        )
        message.save()
    return _post(way, body, message, at)


def _post(way: reaching.Way, body: bytes, message: Message, at: datetime) -> str:
    """POST a body to a judged address; no proxy, no redirect, and nothing of the answer but its status counts."""
    sender = signatures.sender(Path(settings.HOME))
    headers = HEADERS | {"xilin-message": str(message.ident)}
    signed = signatures.sign(sender, way.url, body, headers, at)
    sent = signed | {
        "host": way.authority,
        "user-agent": f"Xilin/{__version__}",
        "accept-encoding": "identity",
    }
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=PATIENCE) as client,
            client.stream(
                "POST", way.connect, content=body, headers=sent, extensions={"sni_hostname": way.host}
            ) as answer,
        ):
            return "" if 200 <= answer.status_code < 300 else str(answer.status_code)
    except (httpx.HTTPError, OSError) as error:
        return type(error).__name__


def _settle(found: Subscription, message: Message, outcome: str, at: datetime) -> bool:
    """Note what became of a try: moved on, to be tried again, or a dead letter that halts the subscription."""
    with transaction.atomic():
        row = Subscription.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if row.state == Subscription.State.ENDED:
            return False
        message.outcome = outcome or "ok"
        if not outcome:
            message.state = Message.State.ARRIVED
            row.seq, row.failures, row.next_at, row.moved_at = message.last, 0, None, at
        elif row.failures < len(WAITS):
            row.next_at, row.failures = at + WAITS[row.failures], row.failures + 1
        else:
            message.state, row.state = Message.State.DEAD, Subscription.State.HALTED
        row.save()
        if not message._state.adding:
            message.save()
        if row.state == Subscription.State.HALTED:
            entered(
                "exchange.feed.halted", found, at, {"message": str(message.ident), "outcome": message.outcome}
            )
    return not outcome


@contextmanager
def _alone(number: str) -> Iterator[bool]:
    """Hold the lock of a subscription, which keeps its messages in order; it goes with the session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('xilin.push'), hashtext(%s))", [number])
        (ours,) = cursor.fetchone()
    try:
        yield bool(ours)
    finally:
        if ours:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('xilin.push'), hashtext(%s))", [number])
