"""Who works at the producers' desk, and what is theirs: one party's products and what stands in its name, nothing else."""

import re
import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from msgspec import Struct

from xilin.apps.trace.desk.errors import NameTaken, WrongSeat
from xilin.apps.trace.models import Hand, Party, Seat
from xilin.apps.trace.repository.finding import Viewer
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.accounts.actions import add_producer
from xilin.kernel.audit.actions import record
from xilin.lib.errors import NotFound

_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


class Producer(Struct, frozen=True):
    """A party as its own people see it. `gtins` are its products; `acts` whether who is signed in may change anything."""

    party: int
    code: str
    name: str
    ids: tuple[str, ...]
    gtins: frozenset[str]
    acts: bool

    @property
    def number(self) -> str:
        """What codes and products name it by: its unified social credit code, where it has none its own code."""
        return next((one for one in (self.code, *self.ids) if _USCC.fullmatch(one)), self.code)

    @property
    def viewer(self) -> Viewer:
        """The party as one who asks the repository."""
        return Viewer("", self.party, self.code, ids=self.ids)

    def may_act(self) -> None:
        """Raise NotFound where who is signed in only looks: nobody learns what others could do."""
        if not self.acts:
            raise NotFound(kind=_("desk"), name="producer")


def producer_of(user: Any, book: Book) -> Producer | None:
    """The party somebody works for, at the desk or with a handheld; None for everybody else."""
    if not user.is_authenticated or not user.is_active:
        return None
    seat = Seat.objects.filter(user=user, ended_at=None).select_related("party").first()
    hand = None
    if seat is None:
        hand = Hand.objects.filter(user=user, ended_at=None).select_related("party").first()
    found = seat or hand
    if found is None:
        return None
    return of_party(found.party, book, acts=seat is not None and seat.acts)


def of_party(party: Party, book: Book, *, acts: bool) -> Producer:
    """A party with its products."""
    ids = tuple(str(one) for one in party.ids)
    own = {party.code, *ids}
    gtins = frozenset(one.gtin for one in book.products.values() if one.producer in own)
    return Producer(party.pk, party.code, party.name or party.code, ids, gtins, acts)


@transaction.atomic
def give(username: str, party: str, *, acts: bool, at: datetime, by: str = "") -> Seat:
    """Let a user work at the desk for a party; the seat they had before ends. Raises WrongSeat."""
    # Whoever works for a department, or watches over all, doesn't work for a producer too.
    user = get_user_model().objects.filter(username=username, is_active=True, role="producer").first()
    if user is None:
        raise WrongSeat(what=username)
    whom = Party.objects.filter(code=party).first()
    if whom is None:
        raise WrongSeat(what=party)
    Seat.objects.filter(user=user, ended_at=None).update(ended_at=at)
    seat = Seat.objects.create(user=user, party=whom, acts=acts, given_at=at)
    record("trace.seat_given", at=at, by=by, subject=username, detail={"party": party, "acts": acts})
    return seat


@transaction.atomic
def enter_party(code: str, *, name: str = "", ids: tuple[str, ...] = (), at: datetime, by: str = "") -> Party:
    """Enter a party, or add to what is known of it; identifiers are only ever added."""
    party, new = Party.objects.get_or_create(code=code)
    added = [one for one in ids if one not in party.ids]
    if (name and name != party.name) or added:
        party.name, party.ids = name or party.name, [*party.ids, *added]
        party.save(update_fields=["name", "ids"])
    if new or added:
        record("trace.party_entered", at=at, by=by, subject=code, detail={"added": added})
    return party


def new_account(username: str, full_name: str, *, at: datetime) -> str:
    """Enter an account of a producer's people and return its password. Raises NameTaken."""
    if get_user_model().objects.filter(username=username).exists():
        raise NameTaken(name=username)
    password = secrets.token_urlsafe(9)
    add_producer(username, full_name, password, at=at)
    return password


@transaction.atomic
def end(username: str, *, at: datetime, by: str = "") -> bool:
    """Let a user work there no more; whether they did."""
    ended = Seat.objects.filter(user__username=username, ended_at=None).update(ended_at=at)
    if ended:
        record("trace.seat_ended", at=at, by=by, subject=username)
    return bool(ended)


def seats() -> QuerySet[Seat]:
    """Everyone who works at the desk now, by user name."""
    return Seat.objects.filter(ended_at=None).select_related("party", "user").order_by("user__username", "pk")
