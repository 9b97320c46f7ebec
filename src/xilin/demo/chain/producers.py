"""Producers of the demo who sign in: the meat company, whose plant tells the chain's events, and the distillery, which has no
system of its own and sends a workbook.
"""

import secrets
from datetime import datetime
from pathlib import Path

from xilin.apps.trace.desk import seats
from xilin.apps.trace.desk.producer import queries as goods
from xilin.apps.trace.desk.producer.sheets import keeping, template
from xilin.apps.trace.desk.producer.sheets.template import Bad
from xilin.apps.trace.models import Party
from xilin.apps.trace.verdicts.queries import book
from xilin.demo import accounts
from xilin.demo.accounts import Account
from xilin.demo.chain.keys import place
from xilin.kernel.accounts.actions import add_producer
from xilin.kernel.accounts.models import User
from xilin.lib.text import Text

# Name of who signs in, the product whose producer they are, the party that tells its events ("" the producer itself).
# Places of the distillery's workbook, by the numbers of the demo's own places that nobody else has.
PLACES = (("草原酒业灌装车间", 970_000_001), ("草原酒业东北经销商", 970_000_002))
PEOPLE = (("meat_producer", "09520001000010", "plant-0"), ("liquor_producer", "09520002000019", ""))


def make(home: Path, *, at: datetime) -> list[Account]:
    """Enter those who aren't there yet, each with a seat for its company; where no product is declared nobody is."""
    known, products = accounts.kept(home), book(at).products
    there = set(User.objects.values_list("username", flat=True))
    made = []
    for name, gtin, teller in PEOPLE:
        product = products.get(gtin)
        if product is None:
            continue
        party = _party(teller or product.producer, product.producer, product.producer_name.zh)
        password = known.get(name) or secrets.token_urlsafe(9)
        who = Text(
            zh=f"{product.producer_name.zh} 企业工作台", en=f"{product.producer_name.en}: producers' desk"
        )
        if name not in known or name not in there:
            add_producer(name, product.producer_name.zh, password, at=at)
        if not seats.seats().filter(user__username=name, party=party).exists():
            seats.give(name, party.code, acts=True, at=at)
        if not teller:
            _send(party, at=at)
        made.append(Account(name, password, who))
    accounts.keep(home, known | {account.name: account.password for account in made})
    return made


def _party(code: str, uscc: str, name: str) -> Party:
    """The party that tells events of a company, known by its credit code too."""
    party, _new = Party.objects.get_or_create(code=code)
    if uscc != code and uscc not in party.ids:
        party.ids = [*party.ids, uscc]
    party.name = name
    party.save(update_fields=["ids", "name"])
    return party


def _send(party: Party, *, at: datetime) -> None:
    """A workbook of a producer's batches and where they were shipped, kept at once; a row has a slip of the pen."""
    known = book(at)
    producer = seats.of_party(party, known, acts=True)
    if keeping.every(producer).exists():
        return
    person = seats.seats().filter(party=party).first()
    batches = [one for one in goods.batches(producer).order_by("pk") if one.produced_on and one.lot]
    if person is None or not batches:
        return
    rows = [Bad("places", {"name": name, "gln": place(number)[-13:]}, "") for name, number in PLACES]
    for one in batches:
        day = one.produced_on.isoformat() if one.produced_on else ""
        what = {"gtin": one.gtin, "lot": one.lot, "quantity": str(one.count)}
        rows.append(Bad("lots", {**what, "time": f"{day} 09:00", "place": PLACES[0][0]}, ""))
        sent = {"time": f"{day} 16:00", "place": PLACES[0][0], "other": PLACES[1][0], "paper": f"SH-{one.pk}"}
        rows.append(Bad("ship", {**what, **sent}, ""))
    slip = {**rows[-1].cells, "time": rows[-1].cells["time"].replace("16:00", "26:00")}
    content = template.write("zh", bad=[*rows, Bad("ship", slip, "")])
    sheet = keeping.send(producer, "生产与发货.xlsx", content, book=known, at=at, by=person.user)
    keeping.confirm(producer, sheet, book=known, at=at, by=person.user)
