"""Rows in quarantine for the desk: reasons in the reader's language beside the columns as found."""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language

from xilin.apps.portal.queries.names import Names
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.quality import queries as quality
from xilin.kernel.standards.queries import declaration
from xilin.lib.errors import NotFound
from xilin.lib.text import Text


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row was held back: the rule, the item it concerns, and a sentence."""

    code: str
    column: str
    said: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it was found, the items it feeds, what was wrong with it, and what somebody tried in its place."""

    column: str
    feeds: str
    value: str
    wrong: list[Reason]
    tried: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A held row."""

    pk: int
    source: str
    resource: str
    batch: int
    number: int
    key: str
    reasons: list[Reason]

    @classmethod
    def of(cls, held: Any) -> "Row":
        """As `quality` keeps it, with words for the reader."""
        return cls(held.pk, held.source, held.resource, held.batch_id, held.row, held.key, _reasons(held))


@dataclass(frozen=True, slots=True)
class Opened:
    """A held row with every value as found, and the wrongs that belong to no single one."""

    row: Row
    cells: list[Cell]
    general: list[Reason]


def sources(user: Any) -> list[tuple[str, str, int]]:
    """Sources with held rows that someone may know of: code, name, how many; most first."""
    names = Names()
    found = [(code, names.of("source", code), count) for code, count in quality.held_by_source(user)]
    return sorted(found, key=lambda one: -one[2])


def rows(user: Any, *, source: str = "", reason: str = "") -> Any:
    """The held rows someone may see, narrowed to a source and to a rule that was broken."""
    found = quality.quarantine_for(user)
    if source:
        found = found.filter(source=source)
    return found.filter(reasons__contains=[{"code": reason}]) if reason else found


def opened(
    held: Any, *, values: dict[str, str] | None = None, left: list[dict[str, str]] | None = None
) -> Opened:
    """A held row with its reasons beside the columns as found, in the order of the resource's items.

    `values` are texts that somebody tried in place of those found, `left` the reasons that were left then.
    """
    row = Row.of(held)
    if left is not None:
        row = replace(row, reasons=_worded(left))
    found = json.loads(held.found) if isinstance(held.found, str) else held.found
    feeds, titles = _feeds(held.source), _titles(held.resource)
    order = [column for columns in feeds.values() for column in columns]
    cells = [
        Cell(
            column,
            _and([titles.get(item, item) for item, columns in feeds.items() if column in columns]),
            "" if found[column] is None else str(found[column]),
            [reason for reason in row.reasons if column in feeds.get(reason.column, ())],
            (values or {}).get(column, "" if found[column] is None else str(found[column])),
        )
        for column in sorted(found, key=lambda one: order.index(one) if one in order else len(order))
    ]
    placed = {reason.column for cell in cells for reason in cell.wrong}
    return Opened(row, cells, [reason for reason in row.reasons if reason.column not in placed])


def corrections(user: Any) -> Any:
    """Corrections that someone's department asked for or owes, newest first."""
    return quality.corrections_for(user)


def correction(user: Any, number: str) -> Any:
    """One correction by the number of its case, or NotFound."""
    found = corrections(user).filter(case__number=number).first()
    if found is None:
        raise NotFound(kind=corrections(None).model._meta.verbose_name, name=number)
    return found


def owed(user: Any) -> int:
    """How many corrections the person's department has yet to answer."""
    department = getattr(user, "department_id", None)
    return corrections(user).filter(department=department, outcome="").count() if department else 0


def outcomes() -> list[tuple[str, str]]:
    """What an answer to a correction may say."""
    field = quality.corrections_for(None).model._meta.get_field("outcome")
    return [(code, str(words)) for code, words in field.get_choices(include_blank=False)]


def reasons(user: Any, *, source: str = "") -> list[tuple[str, str, int]]:
    """The rules that hold rows of the department's resources back: code, name, how many rows; most first."""
    department = getattr(user, "department_id", None)
    if department is None:
        return []
    language = get_language() or ""
    wanted = _resource_of(source) if source else ""
    counted: dict[str, tuple[str, int]] = {}
    for resource in catalog.resources_for(user).filter(provider=department):
        if wanted and resource.code != wanted:
            continue
        for result in quality.results(resource.code):
            if result.broken and result.severity == "block":
                _name, so_far = counted.get(result.code, ("", 0))
                counted[result.code] = (result.name.of(language), so_far + result.broken)
    found = [(code, name, count) for code, (name, count) in counted.items()]
    return sorted(found, key=lambda one: -one[2])


def mends(user: Any) -> Any:
    """The rows someone's department mended, newest first."""
    return quality.mends_for(user)


def may_mend(user: Any, row: Any) -> bool:
    """Whether someone may mend a row: not where a line of the file has the wrong width, which has no columns."""
    return quality.may_mend(user, row) and "_text" not in row.found


def _reasons(held: Any) -> list[Reason]:
    return _worded(held.reasons)


def _worded(reasons: list[dict[str, str]]) -> list[Reason]:
    language = get_language() or ""
    return [
        Reason(
            str(one.get("code", "")),
            str(one.get("column", "")),
            Text(zh=str(one.get("zh", "")), en=str(one.get("en", ""))).of(language),
        )
        for one in reasons
    ]


def _feeds(source: str) -> dict[str, tuple[str, ...]]:
    """Which columns as found feed each item."""
    found = declaration("source", source)
    if found is None:
        return {}
    return {item: column.join or (column.source,) for item, column in found.columns.items()}


def _titles(resource: str) -> dict[str, str]:
    """What the items of a resource are called."""
    found = catalog.resources().filter(code=resource).first()
    return {item.column: item.title for item in found.items.all()} if found else {}


def _and(words: list[str]) -> str:
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(words)


def _resource_of(source: str) -> str:
    found = declaration("source", source)
    return found.resource if found else ""
