"""Joint questions for the pages: what is asked in words, and the answer as a table."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.opening import coarse, words_of
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.opening import queries
from xilin.kernel.opening.questions import Form
from xilin.lib.text import Text

OPS = {"eq": "=", "in": "∈", "prefix": "…", "ge": "≥", "le": "≤"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in words, and its answer's rows as people read them."""

    form: Form
    first: Any
    second: Any
    measure: str
    groups: list[str]
    conditions: list[str]
    signings: list[tuple[str, str, Any]]
    rows: list[tuple[list[str], str, str]]
    protection: str


def about(question: Any) -> Asked:
    """All that the page of a question shows."""
    form = queries.form_of(question)
    pair = {"first": catalog.resource(form.first), "second": catalog.resource(form.second)}
    titles = {(side, item.column): item.title for side, one in pair.items() for item in one.items.all()}
    measure = _("number of people")
    if form.column:
        measure = _("sum of {item}").format(item=titles.get(("second", form.column), form.column))
    wheres = (("first", form.first_where), ("second", form.second_where))
    return Asked(
        form=form,
        first=pair["first"],
        second=pair["second"],
        measure=measure,
        groups=[
            " · ".join(
                filter(None, (titles.get((g.side, g.column), g.column), coarse(f"{g.kind} {g.level}")))
            )
            for g in form.by
        ],
        conditions=[
            f"{titles.get((side, one['column']), one['column'])} {OPS[one['op']]} {_value(one['value'])}"
            for side, where in wheres
            for one in where
        ],
        signings=[(_named(one.department), str(one.by), one.at) for one in question.signings.all()],
        rows=_rows(form, question.answer or {}),
        protection=_protected(form, question.answer or {}),
    )


def _named(department: Any) -> str:
    return Text(zh=department.short, en=department.short_en).of(get_language() or "")


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(form: Form, answer: Any) -> list[tuple[list[str], str, str]]:
    """Groups in words, how many people, and the sum where one was asked for."""
    resources = {"first": form.first, "second": form.second}
    words = [(group.column, words_of(resources[group.side], [group.by])) for group in form.by]
    found = []
    for row in answer.get("rows", ()):
        said = [known.of(column, value) for (column, known), value in zip(words, row["by"], strict=False)]
        count = "" if row["count"] is None else f"{row['count']:,}"
        found.append((said, count, "" if row.get("sum") is None else f"{row['sum']:,}"))
    return found


def _protected(form: Form, answer: Any) -> str:
    if not answer:
        return ""
    if form.epsilon:
        return _("With noise: ε = {epsilon}, at most {within} off, 19 times of 20.").format(
            epsilon=f"{form.epsilon:g}", within=answer["within"]
        )
    return _("Left out: {small} groups of fewer than {least}, and {more} that would give them away.").format(
        small=answer["primary"], least=answer["least"], more=answer["secondary"]
    )
