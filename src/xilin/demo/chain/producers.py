"""Producers of the demo who sign in: the meat company, whose plant tells the chain's events, and the distillery."""

import secrets
from datetime import datetime
from pathlib import Path

from xilin.apps.trace.desk import seats
from xilin.apps.trace.models import Party
from xilin.apps.trace.verdicts.queries import book
from xilin.demo import accounts
from xilin.demo.accounts import Account
from xilin.kernel.accounts.actions import add_producer
from xilin.kernel.accounts.models import User
from xilin.lib.text import Text

# Name of who signs in, the product whose producer they are, the party that tells its events ("" the producer itself).
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
