"""Tables of quality: scores of resources and of departments, rules, rows held back, rows mended."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import held, scores
from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.tables.exchange import by_value
from xilin.apps.portal.templatetags.portal import briefly, weakest
from xilin.web import tables
from xilin.web.charts.declared import Chart, Series
from xilin.web.tables import Column, Filter, Rows, Table


def holdings(request: HttpRequest, rows: Sequence[tuple[Any, list[Any]]]) -> Table:
    """A department's resources with their scores and the newest batch of each source."""

    def weak(row: Any) -> str:
        found = weakest(row[0])
        return found.name if found else ""

    def total(part: str) -> Callable[[Any], int | None]:
        return lambda row: sum(getattr(batch, part) for batch in row[1]) if row[1] else None

    types = sorted({(one.resource.share_type, str(one.resource.get_share_type_display())) for one, _ in rows})
    return tables.asked(
        request,
        "holdings",
        _("My resources"),
        [
            Column("title", _("Resource"), lambda row: row[0].resource.title, sortable=True, href=lambda row: reverse("portal:holding", args=[row[0].resource.code]), below=lambda row: row[0].resource.catalogue_code),
            Column("sharing", _("Sharing"), lambda row: row[0].resource.get_share_type_display(), kind="status", sortable=True, status=lambda row: SHARING.get(row[0].resource.share_type, "bad")),
            Column("quality", _("Quality"), lambda row: row[0].overall, kind="percent", sortable=True, template="portal/cells/quality.html"),
            Column("weakest", _("Weakest dimension"), weak, sortable=True, template="portal/cells/weakest.html"),
            Column("accepted", _("accepted").capitalize(), total("rows_accepted"), kind="number", sortable=True, shown=False),
            Column("held", _("Held back"), total("rows_quarantined"), kind="number", sortable=True),
            Column("batches", _("Newest batch of each source"), lambda row: max((batch.finished_at for batch in row[1] if batch.finished_at), default=None), kind="moment", sortable=True, template="portal/cells/newest_batches.html"),
        ],
        rows,
        filters=[by_value("sharing", _("Sharing"), types, lambda row: row[0].resource.share_type)],
        find=tables.containing(lambda row: row[0].resource.title, lambda row: row[0].resource.catalogue_code, lambda row: row[0].resource.code),
        empty=(_("Your department provides no resource yet."), _("A resource begins as a file in the league folder; the centre's engineers enter it with you.")),
        more={"names": Names()},
    )  # fmt: skip


SHARING = {"unconditional": "good", "conditional": "warn"}


def held_rows(request: HttpRequest) -> Table:
    """Rows held back, narrowed by source and by the rule that was broken."""
    user = request.user
    names = Names()
    source = request.GET.get("source", "")[:60]
    rules = [(code, f"{name} ({n:,})") for code, name, n in held.reasons(user, source=source)]
    sources = [(code, f"{name} ({n:,})") for code, name, n in held.sources(user)]
    wanted = request.GET.get("reason", "")[:120]
    if wanted and wanted not in dict(rules):
        rules.append((wanted, wanted))
    # A source of which nothing is held is asked for all the same: the answer is that there is none, not all the others.
    if source and source not in dict(sources):
        sources.append((source, names.of("source", source)))

    return tables.asked(
        request,
        "quarantine",
        _("Rows held back"),
        [
            Column("row", _("Row"), sort="row", template="portal/cells/held_row.html"),
            Column("source", _("Source"), lambda row: names.of("source", row.source), sort="source"),
            Column("reasons", _("Reasons"), lambda row: " ".join(one.said for one in held.Row.of(row).reasons), template="portal/cells/reasons.html"),
            Column("batch", _("Batch"), "batch_id", sort="batch_id", href=lambda row: reverse("portal:batch", args=[row.batch_id])),
        ],
        held.rows(user),
        filters=[
            Filter("source", _("Source"), sources, lambda rows, value: rows.filter(source=value)),  # type: ignore[union-attr]
            Filter("reason", _("Broken rule"), rules, lambda rows, value: rows.filter(reasons__contains=[{"code": value}])),  # type: ignore[union-attr]
        ],
        empty=(_("No row is held back."), _("A row that breaks a rule of its data elements appears here with every reason, after the next batch.")),
    )  # fmt: skip


def held_by_source(sources: Sequence[tuple[str, str, int]]) -> Chart:
    """How many rows of each source are held back."""
    return Chart(
        "bar",
        _("Rows held back"),
        [name for _code, name, _n in sources],
        [Series(_("Rows held back"), [n for _code, _name, n in sources])],
        over=_("Source"),
        across=True,
    )


def mends(request: HttpRequest, rows: Rows) -> Table:
    """Rows that a department mended here."""
    names = Names()
    return tables.asked(
        request,
        "mends",
        _("Mended rows"),
        [
            Column("source", _("Source"), lambda row: names.of("source", row.source), sort="source"),
            Column("columns", _("Columns"), lambda row: ", ".join(row.changed), kind="code"),
            Column("state", _("State"), lambda row: row.get_state_display(), kind="status"),
            Column("batch", _("Batch"), "batch_id", sort="batch_id", href=lambda row: reverse("portal:batch", args=[row.batch_id]) if row.batch_id else ""),
            Column("by", _("Mended by"), lambda row: str(row.by), sort="by__name"),
            Column("at", _("When"), kind="moment", sort="at"),
            Column("withdraw", _("Withdraw"), kind="acts", template="portal/cells/withdraw_mend.html"),
        ],
        rows,
        empty=(_("No row was mended here."), _("Open a row in quarantine to mend it.")),
    )  # fmt: skip


def scored(request: HttpRequest, rows: Sequence[Any], *, name: str = "resources") -> Table:
    """Resources with their scores by dimension."""
    providers = sorted({(one.resource.provider.code, briefly(one.resource.provider)) for one in rows}, key=lambda pair: pair[1])  # fmt: skip

    def share(at: int) -> Callable[[Any], float | None]:
        return lambda row: row.dimensions[at].share if at < len(row.dimensions) else None

    return tables.asked(
        request,
        name,
        _("By resource"),
        [
            Column("title", _("Resource"), lambda row: row.resource.title, sortable=True, href=lambda row: reverse("portal:quality_of", args=[row.resource.code]), below=lambda row: briefly(row.resource.provider)),
            Column("overall", _("Overall"), kind="percent", sortable=True, template="portal/cells/overall.html"),
            *(Column(code, word, share(at), kind="percent", sortable=True, template="portal/cells/share.html") for at, (code, word) in enumerate(scores.words().items())),
        ],
        rows,
        filters=[by_value("provider", _("Provider"), providers, lambda row: row.resource.provider.code)],
        find=tables.containing(lambda row: row.resource.title, lambda row: row.resource.provider.name),
    )  # fmt: skip
