"""The table of releases of codes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.releases import queries
from xilin.apps.trace.models import CodeRelease
from xilin.web import tables
from xilin.web.tables import Column, Rows, Table
from xilin.web.templatetags.xilin import moment


def releases(request: HttpRequest, rows: Rows, names: Mapping[str, str], *, now: datetime) -> Table:
    """Releases that were asked for, with who asked and what was decided."""

    def together(found: Sequence[CodeRelease]) -> list[tuple[CodeRelease, str]]:
        people = queries.people(found)
        return [(one, people.get(one.proposed_by, one.proposed_by)) for one in found]

    def state(row: tuple[CodeRelease, str]) -> tuple[str, str]:
        one = row[0]
        if one.granted is None:
            return _("to be decided"), "warn dot"
        if not one.granted:
            return _("refused"), ""
        return (_("let pass"), "good dot") if one.until and one.until > now else (_("ended"), "")

    return tables.asked(
        request,
        "releases",
        _("Releases"),
        [
            Column("case", _("Case"), lambda row: row[0].case, kind="code", sort="case", href=lambda row: reverse("goods:releases:decide", args=[row[0].case])),
            Column("product", _("Product"), lambda row: names.get(row[0].gtin, row[0].gtin), sort="gtin"),
            Column("batch", _("Batch"), lambda row: row[0].lot, kind="code", sort="lot"),
            Column("codes", _("Codes"), lambda row: row[0].count, kind="number", sort="count"),
            Column("used", _("Codes ordered so far"), lambda row: row[0].used, kind="number", sort="used"),
            Column("by", _("Asked by"), lambda row: row[1], sort="proposed_by", below=lambda row: moment(row[0].proposed_at)),
            Column("at", _("When"), lambda row: row[0].proposed_at, kind="moment", sort="proposed_at", shown=False),
            Column("state", _("State"), lambda row: state(row)[0], kind="status", status=lambda row: state(row)[1]),
        ],
        rows,
        find=tables.matching("case", "gtin", "lot"),
        per_page=50,
        together=together,
        empty=(_("Nobody has asked for a release."), ""),
    )  # fmt: skip
