"""Tables of traces and recalls: where goods are, what came of what, who holds what is recalled."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.tracing.queries import Holder, Row
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.tables import Column, Table
from xilin.web.templatetags.xilin import grouped, words


def states(request: HttpRequest, found: Sequence[tuple[str, Text, str, int]], *, all_of_it: bool) -> Table:
    """Where goods are now, by holder and state."""
    return tables.asked(
        request,
        "now",
        _("Where all of it is") if all_of_it else _("Where it is"),
        [
            Column("holder", _("Holder"), lambda row: row[0] or "—", sortable=True),
            Column("state", _("State"), lambda row: words(row[1]), kind="status", sortable=True, status=lambda row: row[2]),
            Column("many", _("How many"), lambda row: row[3], kind="number", sortable=True),
        ],
        found,
        find=tables.containing(lambda row: row[0]),
        prefix="now-",
    )  # fmt: skip


def links(request: HttpRequest, rows: Sequence[Row]) -> Table:
    """What came of what, through which process, where and when."""
    return tables.asked(
        request,
        "links",
        _("What came of what"),
        [
            Column("before", _("From"), sortable=True),
            Column("how", _("Through"), lambda row: words(row.how), sortable=True, below=lambda row: row.place),
            Column("after", _("Became"), sortable=True),
            Column("since", _("When"), kind="moment", sortable=True),
        ],
        rows,
        find=tables.containing(lambda row: row.before, lambda row: row.after, lambda row: row.place),
        per_page=50,
        prefix="links-",
    )  # fmt: skip


def holders(request: HttpRequest, found: Sequence[Holder], path: str) -> Table:
    """Who has what is recalled, by events and by their own word."""

    def states_of(row: Holder) -> str:
        return " · ".join(f"{words(state)} {grouped(count)}" for state, _kind, count in row.states)

    return tables.asked(
        request,
        "holders",
        _("Holders"),
        [
            Column("holder", _("Holder"), lambda row: row.name, sortable=True, wide=True),
            Column("states", _("By events"), states_of, template="goods_desk/tracing/cells/states.html"),
            Column("told", _("Told of"), lambda row: row.notice.items if row.notice else None, kind="number", sortable=True, template="goods_desk/tracing/cells/told.html"),
            Column("answer", _("Their answer"), _answer, template="goods_desk/tracing/cells/answer.html"),
        ],
        found,
        find=tables.containing(lambda row: row.name),
        per_page=50,
        empty=(_("Nobody holds any of it."), ""),
        path=path,
    )  # fmt: skip


def _answer(row: Any) -> str:
    """What a holder says, in words."""
    notice = row.notice
    if notice is None or not notice.items:
        return ""
    if not notice.confirmed_at:
        return _("has read it") if notice.acknowledged_at else _("no answer yet")
    parts = [
        (_("set aside"), notice.kept),
        (_("sent back"), notice.returned),
        (_("destroyed"), notice.destroyed),
    ]
    parts += [(_("not accounted for"), notice.open)] if notice.open else []
    return " · ".join(f"{word} {grouped(count)}" for word, count in parts)
