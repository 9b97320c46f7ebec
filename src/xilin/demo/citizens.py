"""The demo's citizen: an account bound to the person whom civil affairs looked up."""

import secrets
from datetime import datetime
from pathlib import Path

from xilin.demo import accounts
from xilin.kernel.exchange.actions import disputes
from xilin.kernel.registry import queries as registry
from xilin.lib.text import Text

NAME, REGISTRY = "citizen", "people"
WHO = Text(
    zh="公民（基础库中的一人；在 /citizen/ 登录）",
    en="a citizen, one person of the registry; signs in at /citizen/",
)


def make(home: Path, number: str, *, at: datetime) -> list[accounts.Account]:
    """Bind the account to whom an ID number belongs, with the password it had; nothing where the registry knows nobody."""
    person = registry.entity_by_identifier(REGISTRY, "id_number", number)
    if person is None:
        return []
    known = accounts.kept(home)
    password = known.get(NAME) or secrets.token_urlsafe(9)
    disputes.enter_citizen(subject=NAME, registry=REGISTRY, entity=person.pk, password=password, at=at)
    accounts.keep(home, known | {NAME: password})
    return [accounts.Account(NAME, password, WHO)]
