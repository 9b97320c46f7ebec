"""How many people fit what masks show, for pages: of each item, and of all that a department may see together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import risk
from xilin.kernel.exchange.risk import Fit, Union

# What an onlooker may know beside a mask, in the order of the table's columns.
KNOWN = ("", "year", "area", "year+area")
# People a page is ready to count by itself; more are counted by `xilin exchange fits`.
MOST = 200_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An item, the mask it is shown through, and what was measured of it: a fit for each of `KNOWN`, None where there is none."""

    title: str
    mask: str
    fits: list[Fit | None]

    @property
    def measured(self) -> bool:
        """Whether there is anything to show."""
        return any(self.fits)


def of(resource: Any, masks: Mapping[str, str]) -> list[Shown]:
    """How many people fit each masked item of a resource; `masks` by column, items without one are left out."""
    titles = {item.column: item.title for item in resource.items.all()}
    found = []
    for column, mask in masks.items():
        if mask:
            fits = {fit.known: fit for fit in risk.fits(resource.code, column, mask, most=MOST)}
            found.append(Shown(titles.get(column, column), mask, [fits.get(known) for known in KNOWN]))
    return found


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
