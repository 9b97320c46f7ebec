"""The rules that a resource breaks, each leading to the rows it holds back."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import holding, scores
from xilin.apps.portal.queries.scores import rule_names
from xilin.web import tables
from xilin.web.tables import Column, Table


def rules(request: HttpRequest, found: holding.Holding) -> Table:
    """The broken rules of a resource, those that hold rows back first."""
    names = {id(one): name for one, name in rule_names(found.rules)}
    words = scores.words()
    rows: Callable[[Any], str] = lambda one: (  # noqa: E731 - as the other columns say theirs
        holding.rows_of(found.sources, one.code) if one.severity == "block" else ""
    )
    return tables.asked(
        request,
        "rules",
        _("Rules that were broken"),
        [
            Column("name", _("Rule"), lambda one: names[id(one)], sortable=True, below=lambda one: one.column),
            Column("dimension", _("Dimension"), lambda one: words.get(one.dimension, one.dimension), sortable=True),
            Column("severity", _("A row that breaks it"), lambda one: _("is held back") if one.severity == "block" else _("is counted"), kind="status", status=lambda one: "warn" if one.severity == "block" else ""),
            Column("broken", _("Rows"), kind="number", sortable=True, href=rows),
            Column("share", _("Passed"), kind="percent", sortable=True),
            Column("source", _("Source of the rule")),
        ],
        found.rules,
        empty=(_("No rule is broken."), _("What breaks a rule with the next batch appears here.")),
    )  # fmt: skip
