"""How many people fit what masks show, for pages: of each item, and of all that a department may see together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import risk
from xilin.kernel.exchange.risk import Fit, Union

KNOWN = {
    "": lambda: _("nothing known beside it"),
    "year": lambda: _("birth year known"),
    "area": lambda: _("area known"),
    "year+area": lambda: _("birth year and area known"),
}

# People a page is ready to count by itself; more are counted by `xilin exchange fits`.
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An item, the mask it is shown through, and what was measured of it: the words of what is known, and the fit."""

    title: str
    mask: str
    fits: list[tuple[str, Fit]]
    weak: bool


def of(resource: Any, masks: Mapping[str, str]) -> list[Shown]:
    """How many people fit each masked item of a resource; `masks` by column, items without one are left out."""
    titles = {item.column: item.title for item in resource.items.all()}
    below, found = risk.reason_below(), []
    for column, mask in masks.items():
        if mask:
            fits = risk.fits(resource.code, column, mask, most=MOST)
            said = [(KNOWN.get(fit.known, lambda: "")(), fit) for fit in fits]
            weak = any(fit.least < below for fit in fits)
            found.append(Shown(titles.get(column, column), mask, said, weak))
    return found


def catalogues(resource: Any) -> list[Shown]:
    """The same through the catalogue's own masks."""
    return of(resource, {item.column: item.mask for item in resource.items.all()})


@dataclass(frozen=True, slots=True)
class Together:
    """All that a department may see of people: the items in words, and what was measured."""

    titles: list[str]
    union: Union


def together(
    department: Any, resource: Any, items: Sequence[str], masks: Mapping[str, str], shape: str
) -> Together:
    """What a department could see with these items beside all its grants in force."""
    found = risk.union(department, resource, items, masks, shape=shape)
    codes = dict.fromkeys(column.split(".")[0] for column in found.columns)
    titles = {
        f"{code}.{item.column}": item.title for code in codes for item in catalog.resource(code).items.all()
    }
    return Together([titles.get(column, column) for column in found.columns], found)
