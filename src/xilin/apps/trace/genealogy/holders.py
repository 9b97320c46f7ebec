"""Whose people somebody is one of (责任主体): the party they work or record for, the names events have for it, what it had to do with."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from xilin.apps.trace.epcis.keys import ROOT, canonical
from xilin.apps.trace.models import Hand, Party, Seat

_PLACE, _PARTY = f"{ROOT}/414/", f"{ROOT}/417/"


def party_of(user: Any) -> Party | None:
    """The party somebody works for at the producers' desk, or records for; None for everybody else."""
    seat = _seat(user)
    if seat is not None:
        return seat.party
    hand = _hand(user)
    return hand.party if hand else None


def acts_for_party(user: Any) -> bool:
    """Whether somebody may do more than look for their party: by their seat, or as a person responsible who records for it."""
    seat = _seat(user)
    if seat is not None:
        return bool(seat.acts)
    return user.role in ("steward", "approver") and _hand(user) is not None


def names_of(user: Any) -> list[str]:
    """The places and parties somebody speaks for, as events may name them."""
    party, hand = party_of(user), _hand(user)
    if party is None:
        return []
    return names([*party.ids, *([hand.place] if hand is not None and hand.place else [])])


def names(given: Iterable[str]) -> list[str]:
    """Identifiers in their canonical form; a location number stands for the place and for the party it belongs to.

    >>> names(["https://id.gs1.org/417/9521141000007"])
    ['https://id.gs1.org/414/9521141000007', 'https://id.gs1.org/417/9521141000007']
    """
    found: set[str] = set()
    for name in given:
        own = canonical(name).id
        found.add(own)
        for one, other in ((_PLACE, _PARTY), (_PARTY, _PLACE)):
            if own.startswith(one) and "/" not in own[len(one) :]:
                found.add(other + own[len(one) :])
    return sorted(found)


def had_to_do(party: Party, things: Sequence[str]) -> bool:
    """Whether a party captured an event about each of these things."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT t.uri) FROM trace_event_thing t"
            " WHERE t.uri = ANY(%s) AND t.party = %s AND t.role BETWEEN 1 AND 15",
            [list(things), party.pk],
        )
        (count,) = cursor.fetchone()
    return bool(count == len(set(things)))


def _seat(user: Any) -> Seat | None:
    if not user.is_authenticated or not user.is_active:
        return None
    return Seat.objects.filter(user=user, ended_at=None).select_related("party").first()


def _hand(user: Any) -> Hand | None:
    if not user.is_authenticated or not user.is_active:
        return None
    return Hand.objects.filter(user=user, ended_at=None).select_related("party").first()
