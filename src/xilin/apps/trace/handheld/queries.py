"""Who works with a handheld."""

from typing import Any

from django.db.models import QuerySet

from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.handheld.checks import May
from xilin.apps.trace.handheld.errors import NoHand, NotSignedIn
from xilin.apps.trace.models import Hand


def hand_of(user: Any) -> Hand:
    """The hand a user is; raises `NotSignedIn` or `NoHand`."""
    if not user.is_authenticated:
        raise NotSignedIn
    found = Hand.objects.filter(user=user, ended_at__isnull=True).select_related("party", "user").first()
    if found is None:
        raise NoHand
    return found


def hands() -> QuerySet[Hand]:
    """Everyone who works with a handheld now, by user name."""
    return (
        Hand.objects.filter(ended_at__isnull=True)
        .select_related("party", "user")
        .order_by("user__username", "pk")
    )


def may(hand: Hand) -> May:
    """What a hand may record."""
    return May(frozenset(hand.tasks), canonical(hand.place).id if hand.place else "")
