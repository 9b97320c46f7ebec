"""Two records as their departments gave them, item beside item: text as found, and the standard value where it differs."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from xilin.apps.portal.queries.golden import HIDDEN, Words
from xilin.kernel.collect.asfound import AsFound
from xilin.kernel.standards.queries import declaration, declared


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of an item: the columns it is made of, the text found there, and what became of it.

    `state` is `same` (kept as found), `made` (brought to `standard`), `lost` (not good enough to
    keep), `empty`, or `hidden` (sensitive, and not what is compared).
    """

    columns: str
    found: str
    standard: str
    state: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item with both sides; None where a side's resource has not got it."""

    name: str
    cells: list[Cell | None]
    compared: bool


@dataclass(frozen=True, slots=True)
class From:
    """Where a side comes from; `kept` tells whether its raw row is still there, `others` columns no item is made of."""

    source: str
    batch: int
    row: int
    kept: bool
    others: list[str]


@dataclass(frozen=True, slots=True)
class Beside:
    """Both records: where they come from, and their items, compared ones first."""

    sides: list[From | None]
    items: list[Item]


def beside(pair: Any, found: tuple[AsFound | None, ...]) -> Beside:
    """Both records of a pair; identifiers masked as on every page of golden records."""
    words = Words(pair.registry)
    names: dict[str, str] = {}
    cells = [_cells(words, one, names) if one else {} for one in found]
    compared = [attribute.key for attribute in words.registry.attribute]
    order = [key for key in compared if key in names] + [key for key in names if key not in compared]
    items = [Item(names[key], [side.get(key) for side in cells], key in compared) for key in order]
    return Beside([_from(words, one) if one else None for one in found], items)


def _from(words: Words, one: AsFound) -> From:
    used = {column for columns in one.made_of.values() for column in columns}
    others = [column for column in one.raw if column not in used]
    return From(words.source(one.source), one.batch, one.row, bool(one.raw), others)


def _cells(words: Words, one: AsFound, names: dict[str, str]) -> dict[str, Cell]:
    """The cells of a record by item; `names` learns what the items are called."""
    resource, elements = declaration("resource", one.resource), declared("element")
    attributes = {attribute.key: attribute.code for attribute in words.registry.attribute}
    found = {}
    for item in resource.item if resource else ():
        element = elements[item.element]
        names.setdefault(item.key, str((item.name or element.name).of(words.language)))
        code = attributes.get(item.key, "")
        columns = one.made_of.get(item.key, ())
        text = " ".join(filter(None, (one.raw.get(column) for column in columns)))
        value = one.items.get(item.key)
        said = " + ".join(columns) or _("the same in every row")
        if not code and element.personal == "sensitive":
            found[item.key] = Cell(said, HIDDEN, "", "hidden")
        else:
            found[item.key] = _cell(words, code, said, text, value)
    return found


def _cell(words: Words, code: str, columns: str, text: str, value: Any) -> Cell:
    standard = words.show(code, value) if code else _plain(value)
    if not text:
        return Cell(columns, "", standard, "made" if standard else "empty")
    shown = words.show(code, text) if words.masked(code) else text
    if value is None:
        return Cell(columns, shown, "", "lost")
    same = text == str(value) and shown == standard
    return Cell(columns, shown, "" if same else standard, "same" if same else "made")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
