"""Who was found, as pages show them: masked values, and reasons in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from xilin.apps.portal.queries.golden import Words
from xilin.kernel.registry import explain, inquiry
from xilin.kernel.registry.lookup import Candidate
from xilin.kernel.standards.queries import declared
from xilin.web.charts import waterfall


@dataclass(frozen=True, slots=True)
class Card:
    """A candidate: a title, values and reasons."""

    candidate: Candidate
    title: str
    values: list[tuple[str, str]]
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of two records."""

    name: str
    left: str
    right: str
    said: str
    bits: float | None


@dataclass(frozen=True, slots=True)
class Why:
    """Why a record is somebody's."""

    explained: explain.Explanation
    source: str
    beside: str
    reasons: list[str]
    rows: list[Row]
    chart: waterfall.Waterfall | None


def cards(code: str, found: list[Candidate]) -> list[Card]:
    """The candidates with what they are looked up by: personal values masked, the rest in words."""
    words = Words(code)
    search = words.registry.search
    made = []
    for candidate in found:
        shown = {one.code: one for one in inquiry.shown(code, candidate)}
        values = [(one.name.of(words.language), _said(words, one)) for one in shown.values()]
        name = shown.get(search.name) if search else None
        title = name.value if name else str(candidate.entity.pk)[:8]
        reasons = [reason.of(words.language) for reason in candidate.reasons]
        made.append(Card(candidate, title, values, reasons))
    return made


def _said(words: Words, one: inquiry.Shown) -> str:
    return one.value if one.masked else words.show(one.code, one.value)


def why(code: str, explained: explain.Explanation) -> Why:
    """An explanation in the reader's language, personal values masked."""
    words, elements = Words(code), declared("element")
    of = {attribute.code: elements[attribute.element] for attribute in words.registry.attribute}
    rows = []
    for one in explained.agreements:
        sides = [
            "" if value is None else inquiry.masked(value, of[one.attribute])
            for value in (one.left, one.right)
        ]
        rows.append(
            Row(one.name.of(words.language), sides[0], sides[1], one.said.of(words.language), one.bits)
        )
    known = [(row.name, row.said, row.bits) for row in rows if row.bits is not None]
    whole = known and len(known) == len(rows)
    return Why(
        explained,
        words.source(explained.record.source),
        words.source(explained.beside.source) if explained.beside else "",
        [reason.of(words.language) for reason in explained.reasons],
        rows,
        waterfall.draw(known, total=(_("together"), "")) if whole else None,
    )
