"""Taking in what devices send; entering and ending hands."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from xilin.apps.trace.epcis import jsonld
from xilin.apps.trace.epcis.errors import Invalid
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.handheld.checks import Why, refused
from xilin.apps.trace.handheld.errors import NameTaken, WrongHand
from xilin.apps.trace.handheld.queries import may
from xilin.apps.trace.handheld.tasks import NAMES
from xilin.apps.trace.models import Device, DroppedEvent, Hand, Party
from xilin.apps.trace.repository import capture as repository
from xilin.kernel.accounts import actions as accounts
from xilin.kernel.audit import actions as audit
from xilin.lib.text import Text


class Drop(msgspec.Struct, frozen=True):
    """An event given up on its device."""

    id: str
    reason: str


class Message(msgspec.Struct, frozen=True):
    """What a device sends: events as EPCIS 2.0 JSON, each a document of its own, and what was given up.

    `user` is who recorded them, as the device knows: another's session must not speak for them.
    """

    device: uuid.UUID
    user: str
    events: list[dict[str, Any]]
    dropped: list[Drop] = []


class Result(msgspec.Struct, frozen=True):
    """What became of one event: kept (now or before), or why not."""

    id: str
    kept: bool
    why: Why | None = None


_NOT_ONE = Why(
    "form",
    Text(zh="这不是一个事件。", en="This is not one event."),
    Text(zh="更新手持端后重新记录。", en="Update the handheld and record it again."),
)


def take(hand: Hand, message: Message, *, at: datetime) -> list[Result]:
    """Keep the events that can be kept, each once however often it comes; durable when this returns.

    An event is known by the number its device gave it and by what it says, so a message sent again because
    its answer was lost keeps nothing twice and gets the same answer.
    """
    results: list[Result | None] = []
    sound: list[tuple[int, Event]] = []
    for body in message.events:
        found = _read(body, hand, at)
        if isinstance(found, Event):
            sound.append((len(results), found))
            results.append(None)
        else:
            results.append(Result(_name(body), kept=False, why=found))
    with transaction.atomic():
        device = _device(hand, message.device, at)
        stored = _keep(hand, device, sound, message.events, results, at)
        _note_dropped(hand, message.dropped, at)
        done = [result for result in results if result is not None]
        refusals = sum(not result.kept for result in done)
        if stored or refusals or message.dropped:
            audit.record(
                "trace.handheld.sent", at=at, by=hand.user.get_username(), subject=hand.party.code,
                detail={"device": str(device.number), "stored": stored, "refused": refusals, "dropped": len(message.dropped)},
            )  # fmt: skip
    return done


def _name(body: dict[str, Any]) -> str:
    return str(body.get("eventID", ""))


def _read(body: dict[str, Any], hand: Hand, at: datetime) -> Event | Why:
    """The event of a document, or why this hand can't record it."""
    try:
        (event,) = jsonld.of(body).events
    except Invalid as invalid:
        fault = invalid.faults[0]
        return Why(f"invalid {fault.place}", fault.what, fault.remedy)
    except ValueError:
        return _NOT_ONE
    return refused(event, may(hand), at) or event


def _keep(
    hand: Hand,
    device: Device,
    sound: Sequence[tuple[int, Event]],
    bodies: Sequence[dict[str, Any]],
    results: list[Result | None],
    at: datetime,
) -> int:
    """Capture the sound events and enter their results; how many are new."""
    if not sound:
        return 0
    captured = repository.capture(
        [event for _, event in sound],
        party=hand.party.code,
        at=at,
        behaviour=repository.PROCEED,
        client=f"handheld:{device.number}",
    )
    whys = {problem.event: Why(problem.type, problem.what, problem.remedy) for problem in captured.problems}
    for number, (place, _event) in enumerate(sound):
        kept = captured.ids[number] is not None
        results[place] = Result(_name(bodies[place]), kept, None if kept else whys[number])
    Device.objects.filter(pk=device.pk).update(events=F("events") + captured.stored)
    return captured.stored


def _device(hand: Hand, number: uuid.UUID, at: datetime) -> Device:
    device, _made = Device.objects.update_or_create(
        number=number,
        defaults={"hand": hand, "last_at": at},
        create_defaults={"hand": hand, "first_at": at, "last_at": at},
    )
    return device


def _note_dropped(hand: Hand, dropped: Sequence[Drop], at: datetime) -> None:
    DroppedEvent.objects.bulk_create(
        [DroppedEvent(event_id=one.id[:60], hand=hand, reason=one.reason[:300], at=at) for one in dropped],
        ignore_conflicts=True,
    )


def new_account(username: str, full_name: str, *, at: datetime) -> str:
    """Enter somebody who may only record; their password, which is kept nowhere. Raises NameTaken."""
    if get_user_model().objects.filter(username=username).exists():
        raise NameTaken(name=username)
    password = secrets.token_urlsafe(9)
    accounts.add_hand(username, full_name, password, at=at)
    return password


def enter_hand(
    username: str, party: str, *, tasks: Sequence[str], place: str = "", place_name: str = "", by: str = "", at: datetime
) -> Hand:  # fmt: skip
    """Let a user record with a handheld for a party from now on; what they could do before ends."""
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise WrongHand(what=username, known=_("those who have an account; enter another with --new"))
    if strange := [task for task in tasks if task not in NAMES]:
        raise WrongHand(what=strange[0], known=", ".join(NAMES))
    with transaction.atomic():
        end_hand(username, at=at, by=by)
        whom, _made = Party.objects.get_or_create(code=party)
        hand = Hand.objects.create(
            user=user, party=whom, tasks=list(tasks), place=canonical(place).id if place else "", place_name=place_name, given_at=at
        )  # fmt: skip
        audit.record(
            "trace.hand.entered", at=at, by=by, subject=username,
            detail={"party": party, "tasks": list(tasks), "place": hand.place},
        )  # fmt: skip
    return hand


def end_hand(username: str, *, at: datetime, by: str = "") -> bool:
    """Let a user record no more; whether they could."""
    with transaction.atomic():
        ended = Hand.objects.filter(user__username=username, ended_at__isnull=True).update(ended_at=at)
        if ended:
            audit.record("trace.hand.ended", at=at, by=by, subject=username)
    return bool(ended)
