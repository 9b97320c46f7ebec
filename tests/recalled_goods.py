"""A small chain for tests of recalls at the desk: a lamb in four packs with codes, in two shops, with the people who act."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

import trace_league
from lineage_events import made, seen
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import activate
from xilin.apps.trace.models import Code, Hand, Party
from xilin.apps.trace.repository.capture import capture
from xilin.kernel.accounts.models import Department, User

# A product that the bureau of market regulation watches: the department in charge of its recalls.
GTIN, BUREAU = "09520004000017", "scjgj"
TAG = "urn:xilin:eartag:399250200000017"
RANCH, PLANT = "https://id.gs1.org/414/9521141000021", "https://id.gs1.org/414/9521141000038"
SHOP, FAR = "https://id.gs1.org/414/9521141000007", "https://id.gs1.org/414/9521141000014"
PASSWORD = "look-at-the-goods"


def person(
    name: str, *, department: str = "", role: str = "steward", party: str = "", place: str = ""
) -> User:
    """Somebody of a department, or who records for a party."""
    found = Department.objects.get(code=department) if department else None
    user = User.objects.create_user(name, password=PASSWORD, department=found, role=role)
    if party:
        of = Party.objects.get(code=party)
        Hand.objects.create(user=user, party=of, tasks=[], place=place, given_at=timezone.now())
    return user


def item(code: Code) -> str:
    """The pack a code stands on."""
    return f"https://id.gs1.org/01/{GTIN}/21/{code.serial}"


class Goods:
    """The chain: `codes` of four packs, two of them in each shop."""

    def __init__(self, folder: Any, site: str = "https://id.example.org") -> None:
        trace_league.apply(folder)
        now = timezone.now()
        begin = now - timedelta(days=9)
        batch = issuing.order(GTIN, 4, request=uuid4(), kind="link", site=site, at=begin, lot="LOT1")
        issuing.issue(batch, at=begin)
        activate(batch, at=begin, by="test")
        self.codes = list(batch.codes.order_by("pk"))
        packs = [item(code) for code in self.codes]
        hours = (now - timedelta(days=9) - _begin()).total_seconds() / 3600
        events = [
            seen(hours, "commissioning", TAG, action="ADD", where=RANCH),
            made(hours + 1, [TAG], packs, where=PLANT),
            seen(hours + 2, "shipping", *packs[2:], where=PLANT, source=PLANT, destination=FAR),
            seen(hours + 3, "receiving", *packs[:2], where=SHOP),
        ]
        for party, some in (("plant", events[:3]), ("shop", events[3:])):
            capture(some, party=party, at=now - timedelta(days=8))
        for party, place in (("plant", PLANT), ("shop", SHOP)):
            Party.objects.filter(code=party).update(ids=[place], name=f"The {party}")


def _begin() -> Any:
    from lineage_events import DAY

    return DAY
