"""A small chain for tests of recalls at the desk: a lamb in four packs with codes, in two shops, with the people who act."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
from django.utils import timezone

import trace_league
from lineage_events import made, seen
from xilin.apps.trace.codes import issuing
from xilin.apps.trace.codes.actions import activate
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.models import Code, Party, Seat
from xilin.apps.trace.repository.capture import capture
from xilin.kernel.accounts.models import Department, User

# A product that the bureau of market regulation watches: the department in charge of its recalls.
GTIN, BUREAU = "09520004000017", "scjgj"
TAG = "urn:xilin:eartag:399250200000017"
RANCH, PLANT = "https://id.gs1.org/414/9521141000021", "https://id.gs1.org/414/9521141000038"
SHOP, FAR = "https://id.gs1.org/414/9521141000007", "https://id.gs1.org/414/9521141000014"
PASSWORD = "look-at-the-goods"


def person(
    name: str, *, department: str = "", role: str = "steward", party: str = "", acts: bool = True
) -> User:
    """Somebody of a department, or who works for a party."""
    found = Department.objects.get(code=department) if department else None
    user = User.objects.create_user(
        name, password=PASSWORD, department=found, role="producer" if party else role
    )
    if party:
        of = Party.objects.get(code=party)
        Seat.objects.create(user=user, party=of, acts=acts, given_at=timezone.now())
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
            capture([_written(one) for one in some], party=party, at=now - timedelta(days=8))
        for party, place in (("plant", PLANT), ("shop", SHOP)):
            Party.objects.filter(code=party).update(ids=[place], name=f"The {party}")


def _written(event: Event) -> Event:
    """An event with the body its facts are read from."""
    lists: dict[str, list[str]] = {}
    for thing in event.things:
        name = {"epc": "epcList", "input": "inputEPCList", "output": "outputEPCList"}[thing.role]
        lists.setdefault(name, []).append(thing.id)
    place = {"id": event.biz_location}
    body: dict[str, Any] = {
        "type": event.type,
        "eventTime": event.time.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        **({"action": event.action} if event.action else {}),
        **({"bizStep": event.biz_step} if event.biz_step else {}),
        "readPoint": place,
        "bizLocation": place,
        **lists,
    }
    return msgspec.structs.replace(event, body=body)


def _begin() -> Any:
    from lineage_events import DAY

    return DAY
