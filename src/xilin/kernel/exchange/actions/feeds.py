"""订阅 Beginning and ending subscriptions, pulling changes, and the addresses that messages may go to."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.verifier import canonical
from xilin.kernel.exchange import changes, reaching
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange import delivery_scope as scopes
from xilin.kernel.exchange.actions.exports import subscription_of
from xilin.kernel.exchange.actions.parties import ASKERS, department_of, need
from xilin.kernel.exchange.delivery_models import Followed, Message, Subscription, Target
from xilin.kernel.exchange.models import Client, Grant, Way

MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull answers, and the receipt of its entry; None where nothing was delivered and so nothing is entered."""

    answer: dict[str, Any]
    receipt: dict[str, Any] | None


def subscribe(
    client: int,
    code: str,
    *,
    purpose: str,
    case_number: str,
    at: datetime,
    target: int | None = None,
    signed: bool = False,
) -> Subscription:
    """Begin a subscription under one of a client's grants, from the state of the lake that was told last.

    Args:
        client: the client's primary key.
        target: the address to push to, approved for this client; None to pull.
        signed: whether the call was signed.
    """
    grant = scopes.granted(client, code, [Way.FEED], purpose=purpose, at=at, signed=signed)
    scopes.scope(grant)
    address = _approved(grant.client, target) if target is not None else None
    with transaction.atomic():
        followed = changes.follow(code, at=at)
        made = Subscription.objects.create(
            number=f"S{scopes.day(at):%Y%m%d}-{secrets.token_hex(5)}",
            grant=grant,
            target=address,
            purpose=purpose,
            case_number=case_number,
            made_at=at,
            epoch=followed.epoch,
            seq=followed.seq,
        )
        entered("exchange.feed.begun", made, at, {"way": "push" if address else "pull"})
    return made


def _approved(client: Client, target: int) -> Target:
    found = Target.objects.filter(pk=target, client=client, ended_at=None, approved_at__isnull=False).first()
    if found is None:
        raise errors.NotApproved
    return found


def entered(kind: str, subscription: Subscription, at: datetime, detail: dict[str, Any]) -> int:
    """Enter something about a subscription in the log, in the caller's transaction; the entry's number."""
    grant = subscription.grant
    entry = record(
        kind,
        at=at,
        by=grant.client.code,
        department=grant.department,
        provider=grant.provider,
        subject=grant.resource.code,
        detail={
            "subscription": subscription.number,
            "grant": grant.number,
            "purpose": subscription.purpose,
            "case_number": subscription.case_number,
            **detail,
        },
    )
    return int(entry.seq)


def pull(
    client: int,
    number: str,
    *,
    after: str | None,
    most: int = MOST_CHANGES,
    at: datetime,
    signed: bool = False,
) -> Pulled:
    """The changes after a cursor (the subscription's own where none is given), entered in the log before they leave."""
    found = subscription_of(client, number)
    _check(found, at, signed)
    epoch, seq = changes.read_cursor(number, after) if after is not None else (found.epoch, found.seq)
    scope = scopes.scope(found.grant)
    followed = Followed.objects.filter(resource=scope.resource).first()
    if followed is None or epoch != followed.epoch or not followed.floor <= seq <= followed.seq:
        raise errors.CursorGone
    left = scopes.rows_left(found.grant, at)
    page = changes.page(scope, after=seq, most=max(1, min(most, MOST_CHANGES, left)))
    answer = {
        "subscription": number,
        "resource": scope.resource,
        "grant": found.grant.number,
        "changes": list(page.changes),
        "cursor": changes.cursor(number, page.epoch, page.seq),
        "more": page.more,
    }
    entry = None
    with transaction.atomic():
        Grant.objects.select_for_update(of=("self",)).get(pk=found.grant_id)
        scopes.check_alive(found.grant, at)
        if found.target_id is None:  # where a pushed one stands is what arrived
            Subscription.objects.filter(pk=found.pk).update(epoch=epoch, seq=seq, moved_at=at)
        if page.changes:
            scopes.count_rows(found.grant, len(page.changes), at)
            entry = entered(
                "exchange.feed.pulled",
                found,
                at,
                {
                    "changes": len(page.changes),
                    "items": list(scope.columns),
                    "after": f"{epoch}.{seq}",
                    "until": f"{page.epoch}.{page.seq}",
                    "digest": hashlib.sha256(canonical(answer)).hexdigest(),
                },
            )
    return Pulled(answer, audit.receipt(entry) if entry is not None else None)


def _check(subscription: Subscription, at: datetime, signed: bool) -> None:
    if subscription.state == Subscription.State.ENDED:
        raise errors.SubscriptionOver(number=subscription.number)
    scopes.check_alive(subscription.grant, at)
    scopes.check_hours(subscription.grant, at)
    scopes.check_signed(subscription.grant, signed)


def end(client: int, number: str, *, at: datetime) -> Subscription:
    """End a subscription; what is on its way to it is dropped."""
    return _end(subscription_of(client, number).pk, at)


def end_over(at: datetime) -> int:
    """End the subscriptions whose grants are over for good; how many there were."""
    over = Q(grant__revoked_at__isnull=False) | Q(grant__valid_until__lte=at)
    found = Subscription.objects.filter(over).exclude(state=Subscription.State.ENDED)
    return len([_end(pk, at) for pk in found.values_list("pk", flat=True)])


@transaction.atomic
def _end(pk: int, at: datetime) -> Subscription:
    found = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("grant__client", "grant__department", "grant__provider", "grant__resource")
        .get(pk=pk)
    )
    if found.state != Subscription.State.ENDED:
        found.state, found.ended_at = Subscription.State.ENDED, at
        found.save(update_fields=["state", "ended_at"])
        found.messages.filter(state__in=[Message.State.SENDING, Message.State.DEAD]).update(
            state=Message.State.DROPPED
        )
        entered("exchange.feed.ended", found, at, {})
    return found


@transaction.atomic
def resume(number: str, *, by: User, at: datetime) -> Subscription:
    """Try the dead letter of a halted subscription again, and what waits behind it; by the holder's people."""
    department = department_of(by)
    need(by, *ASKERS)
    found = (
        Subscription.objects.select_for_update(of=("self",))
        .filter(number=number, grant__department=department)
        .first()
    )
    if found is None:
        raise errors.DeliveryUnknown
    if found.state != Subscription.State.HALTED:
        raise errors.NotHalted(number=number)
    found.state, found.failures, found.next_at = Subscription.State.ACTIVE, 0, at
    found.save(update_fields=["state", "failures", "next_at"])
    found.messages.filter(state=Message.State.DEAD).update(state=Message.State.SENDING)
    record(
        "exchange.feed.resumed",
        by=by,
        department=department,
        provider=found.grant.provider,
        subject=found.grant.resource.code,
        detail={"subscription": number, "grant": found.grant.number},
        at=at,
    )
    return found


# Addresses


@transaction.atomic
def register_target(client: Client, *, url: str, by: User, at: datetime) -> Target:
    """Enter an address that messages of a system of the user's own department may be pushed to, once approved."""
    department = department_of(by)
    need(by, *ASKERS)
    client = Client.objects.select_for_update(of=("self",)).get(pk=client.pk)
    if client.department_id != department.pk or client.retired_at is not None:
        raise errors.DeliveryUnknown
    written = reaching.written(url)
    if client.targets.filter(url=written, ended_at=None).exists():
        raise errors.AddressThere
    made = Target.objects.create(client=client, url=written, registered_by=by, registered_at=at)
    record("exchange.target.registered", **_about(made, by, at))
    return made


@transaction.atomic
def approve_target(target: Target, *, by: User, at: datetime) -> Target:
    """Let messages go to an address: an approver of the same department who didn't enter it."""
    found = _target(target, by)
    need(by, User.Role.APPROVER)
    if found.registered_by_id == by.pk:
        raise errors.OwnAddress
    if found.ended_at is not None:
        raise errors.NotApproved
    if found.approved_at is None:
        found.approved_at, found.approved_by = at, by
        found.save(update_fields=["approved_at", "approved_by"])
        record("exchange.target.approved", **_about(found, by, at))
    return found


@transaction.atomic
def end_target(target: Target, *, by: User, at: datetime) -> Target:
    """Let no more messages go to an address; subscriptions that push there stand still."""
    found = _target(target, by)
    need(by, *ASKERS)
    if found.ended_at is None:
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        record("exchange.target.ended", **_about(found, by, at))
    return found


def _target(target: Target, by: User) -> Target:
    department = department_of(by)
    found = (
        Target.objects.select_for_update(of=("self",))
        .filter(pk=target.pk, client__department=department)
        .first()
    )
    if found is None:
        raise errors.DeliveryUnknown
    return found


def _about(target: Target, by: User, at: datetime) -> dict[str, Any]:
    return {
        "by": by,
        "department": target.client.department,
        "subject": target.client.code,
        "detail": {"target": target.pk, "url": target.url},
        "at": at,
    }
