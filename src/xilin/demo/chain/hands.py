"""Who records in the demo with a handheld: a herder, a plant's hand, a driver, an inspector, each for their own party and place."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xilin.apps.trace.handheld.actions import enter_hand
from xilin.apps.trace.handheld.queries import hands
from xilin.apps.trace.models import MasterData, Party
from xilin.demo import accounts
from xilin.demo.accounts import Account
from xilin.demo.chain import keys
from xilin.demo.chain.season import PLANTS, RANCHES
from xilin.kernel.accounts.actions import add_hand
from xilin.lib.text import Text

LOCATION = "urn:epcglobal:epcis:vtype:Location"


@dataclass(frozen=True)
class Person:
    """Someone with a handheld: `place` is where they work, None where it is anywhere."""

    name: str
    who: Text
    party: str
    tasks: tuple[str, ...]
    place: int | None = None


PEOPLE = (
    Person("herder", Text(zh="牧户", en="herder"), "ranch-0", ("commission", "ship"), RANCHES),
    Person("plant_hand", Text(zh="屠宰加工厂操作员", en="hand of the plant"), "plant-0",
           ("receive", "slaughter", "commission", "pack", "unpack", "ship"), PLANTS),
    Person("driver", Text(zh="冷链司机", en="driver"), "carrier-0", ("ship", "receive", "pack", "unpack")),
    Person("inspector", Text(zh="检疫员", en="inspector"), "inspection-0", ("inspect",)),
)  # fmt: skip
NAMES = {"carrier-0": "草原冷链运输", "inspection-0": "动物检疫站"}


def make(home: Path, *, at: datetime) -> list[Account]:
    """Enter those who aren't there yet, with accounts that may only record; those who are keep their password."""
    known, there = accounts.kept(home), {hand.user.get_username() for hand in hands()}
    made = []
    for one in PEOPLE:
        password = known.get(one.name) or secrets.token_urlsafe(9)
        if one.name not in known or one.name not in there:
            place = keys.place(one.place) if one.place is not None else ""
            called = _called(place)
            _party(one, place, called)
            add_hand(one.name, one.who.zh, password, at=at)
            enter_hand(
                one.name, one.party, tasks=one.tasks, place=place, place_name=called[:100], by="demo", at=at
            )
        made.append(
            Account(one.name, password, Text(zh=f"手持端 {one.who.zh}", en=f"handheld: {one.who.en}"))
        )
    accounts.keep(home, known | {account.name: account.password for account in made})
    return made


def _called(place: str) -> str:
    """What master data calls a place; "" for none."""
    rows = (
        MasterData.objects.filter(uri=place, kind=LOCATION)
        .order_by("-at")
        .values_list("attributes", flat=True)[:1]
    )
    for attributes in rows:
        return next(
            (
                str(one["attribute"])
                for one in attributes
                if str(one.get("id")).rsplit("#", 1)[-1].rsplit(":", 1)[-1] == "name"
            ),
            "",
        )
    return ""


def _party(one: Person, place: str, called: str) -> None:
    """The party it is recorded for; a plant that told events before keeps its name."""
    party, new = Party.objects.get_or_create(code=one.party)
    if new or not party.name:
        party.name = NAMES.get(one.party, called or one.who.zh)
        party.ids = [*party.ids, *([place] if place and place not in party.ids else [])]
        party.save(update_fields=["name", "ids"])
