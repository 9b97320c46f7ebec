"""Disputes in words: titles beside codes, what was sealed for the parties' eyes, looks for a citizen's."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.queries.sharing import purpose_names
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import disputes
from xilin.lib.text import Text


@dataclass(frozen=True, slots=True)
class Askable:
    """A resource one may dispute values of: its look-up columns and items with their titles."""

    code: str
    title: str
    lookup: dict[str, str]
    items: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Opened:
    """A dispute with names for its codes; what is personal only where the reader may see it."""

    dispute: Any
    item: str
    whose: list[tuple[str, str]]
    held: str
    claimed: str
    right: str
    grounds: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Told:
    """A notice of a correction with the item's title."""

    notice: Any
    item: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A look at a person in their own words: who, what for, what of them, and what they asked about it."""

    look: Any
    department: str
    resource: str
    purpose: str
    items: str
    question: Any


def askable(user: Any) -> list[Askable]:
    """The resources of which someone's department may dispute values."""
    found = []
    for one in disputes.disputable(user):
        titles = _titles(one.resource)
        found.append(
            Askable(
                one.resource,
                Names().of("resource", one.resource),
                {column: titles.get(column, column) for column in one.lookup},
                [(column, titles.get(column, column)) for column in one.items],
            )
        )
    return [one for one in found if one.lookup]


def opened(found: Any, kept: dict[str, Any]) -> Opened:
    """A dispute for the eyes of a party."""
    titles = _titles(found.resource)
    return Opened(
        dispute=found,
        item=titles.get(found.column, found.column),
        whose=[(titles.get(column, column), str(value)) for column, value in kept.get("by", {}).items()],
        held=str(kept.get("held") or ""),
        claimed=str(kept.get("claimed") or ""),
        right=str(kept.get("right") or ""),
        grounds=str(kept.get("grounds") or ""),
        evidence=str(kept.get("evidence") or ""),
    )


def told(notice: Any) -> Told:
    """A notice in words."""
    return Told(notice, _titles(notice.resource).get(notice.column, notice.column))


def looked(looks: list[Any], questions: list[Any]) -> list[Looked]:
    """Looks at a person in words."""
    names, purposes = Names(), purpose_names()
    asked = {one.entry: one for one in questions}
    titles = {code: _titles(code) for code in {look.resource for look in looks}}
    return [
        Looked(
            look,
            names.of("department", look.department) if look.department else _("the platform"),
            names.of("resource", look.resource),
            purposes.get(look.purpose, look.purpose),
            _and([titles[look.resource].get(item, item) for item in look.items]),
            asked.get(look.number),
        )
        for look in looks
    ]


def _titles(code: str) -> dict[str, str]:
    found = catalog.resources().filter(code=code).first()
    return {item.column: item.title for item in found.items.all()} if found else {}


def _and(words: list[str]) -> str:
    return Text(zh="、", en=", ").of(get_language() or "").join(words)
