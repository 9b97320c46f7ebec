"""Whose people somebody is one of (责任主体): the party they record for, the names events have for it, what it had to do with."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from xilin.apps.trace.epcis.keys import ROOT, canonical
from xilin.apps.trace.models import Hand, Party

_PLACE, _PARTY = f"{ROOT}/414/", f"{ROOT}/417/"


def party_of(user: Any) -> Party | None:
    """The party somebody records for now."""
    hand = _hand(user)
    return hand.party if hand else None


def names_of(user: Any) -> list[str]:
    """The places and parties somebody speaks for, as events may name them."""
    hand = _hand(user)
    if hand is None:
        return []
    return names([*hand.party.ids, *([hand.place] if hand.place else [])])


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


def _hand(user: Any) -> Hand | None:
    if not user.is_authenticated or not user.is_active:
        return None
    return Hand.objects.filter(user=user, ended_at=None).select_related("party").first()
