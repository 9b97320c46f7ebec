"""Tables of duties and of the catalogue's entries on their way."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.portal.tables.exchange import by_field, by_value
from xilin.apps.portal.templatetags.portal import CALLED, briefly, named
from xilin.web import tables
from xilin.web.tables import Column, Rows, Table

CARDS = {"red": "bad", "yellow": "warn", "none": "good dot"}
COMPILATIONS = {
    "published": "good", "returned": "bad", "withdrawn": "bad", "department_review": "warn", "authority_review": "warn",
}  # fmt: skip


def step_name(code: str) -> str:
    """What a step is called."""
    return str(CALLED["step_name"].get(code, code))


def case_page(case: Any) -> str:
    """Where a case is worked on, or nothing where it has no page of its own."""
    kind = case.kind
    if kind == "sharing_dispute":
        return reverse("portal:request", args=[case.objection.request.number])
    if kind == "unusual_use":
        return f"{reverse('portal:usage')}#unusual"
    if kind == "catalogue":
        return reverse("portal:compilation", args=[case.compilation.number])
    for begins, page in PAGES:
        if kind.startswith(begins):
            return reverse(page, args=[case.number])
    return ""


PAGES = (
    ("sharing", "portal:request"),
    ("correction", "portal:correction"),
    ("recall", "goods:tracing:recall"),
    ("trace_", "goods:regulator:case"),
)


def owed(
    request: HttpRequest, title: str, rows: Sequence[Any], *, whose: bool = False, linked: bool = True
) -> Table:
    """Open duties with their clocks, red cards first."""

    def card(row: Any) -> str:
        return {"red": _("overdue"), "yellow": _("nearly due")}.get(row.card, _("in time"))

    department = Column(
        "department", _("Department"), lambda row: briefly(row.step.department), sortable=True
    )
    found = [(code, word) for code, word in (("red", _("overdue")), ("yellow", _("nearly due")), ("none", _("in time"))) if any(row.card == code for row in rows)]  # fmt: skip
    steps = sorted({(row.step.step, step_name(row.step.step)) for row in rows})
    return tables.asked(
        request,
        "duties",
        title,
        [
            Column("case", _("Case"), lambda row: row.case.number, sortable=True, href=(lambda row: case_page(row.case)) if linked else None, below=lambda row: row.case.subject),
            *([department] if whose else []),
            Column("card", _("Card"), card, kind="status", sortable=True, status=lambda row: CARDS.get(row.card, "")),
            Column("due", _("Due"), lambda row: row.step.due_at, kind="moment", sortable=True, template="portal/cells/step_due.html"),
            Column("step", _("Step"), lambda row: step_name(row.step.step), sortable=True),
            Column("began", _("Began"), lambda row: row.step.began_at, kind="moment", sortable=True),
        ],
        rows,
        filters=[by_value("card", _("Card"), found), by_value("step", _("Step"), steps, lambda row: row.step.step)] if len(rows) > 5 else [],
        find=tables.containing(lambda row: row.case.number, lambda row: row.case.subject, lambda row: row.step.department.name) if len(rows) > 5 else None,
        prefix="owed-",
        per_page=10,
    )  # fmt: skip


def compliance(request: HttpRequest, lines: Sequence[Any]) -> Table:
    """How departments kept their deadlines."""

    def count(name: str, title: str, template: str = "") -> Column:
        return Column(name, title, kind="number", sortable=True, template=template)

    return tables.asked(
        request,
        "compliance",
        _("Deadlines kept"),
        [
            Column("department", _("Department"), lambda row: named(row.department), sortable=True),
            Column("share", _("In time"), kind="percent", sortable=True),
            Column("answered", _("Answered"), lambda row: row.in_time + row.late, kind="number", sortable=True, template="portal/cells/answered.html"),
            Column("days", _("Median days"), kind="number", decimals=1, sortable=True),
            count("open", _("Open")),
            count("overdue", _("Red cards"), "portal/cells/red.html"),
            count("yellow", _("Yellow cards"), "portal/cells/yellow.html"),
            count("stopped", _("Clocks stopped")),
            count("extended", _("Lengthened")),
        ],
        lines,
        find=tables.containing(lambda row: row.department.name, lambda row: row.department.short) if len(lines) > 10 else None,
        empty=(_("No step with a deadline in this span."), _("Choose a longer one.")),
    )  # fmt: skip


def compilations(request: HttpRequest, rows: Rows, box: str) -> Table:
    """Entries of the catalogue on their way."""
    empty = {
        "waiting": (_("Nothing waits for you."), _("Entries to review and entries that were returned to your department stand here.")),
        "ended": (_("Nothing has ended yet."), _("What was published, withdrawn or given up stands here, with its course.")),
        "open": (_("No entry is on its way."), _("Compile one, or amend a published entry from its page in the catalogue.")),
    }[box]  # fmt: skip
    states = [(code, str(name)) for code, name in rows.model._meta.get_field("state").flatchoices]  # type: ignore[union-attr]
    return tables.asked(
        request,
        "compilations",
        _("Catalogue entries"),
        [
            Column("name", _("Name"), lambda row: row.name or row.number, href=lambda row: reverse("portal:compilation", args=[row.number]), below=lambda row: row.number),
            Column("code", _("Catalogue code"), lambda row: "" if row.catalogue_code.endswith("/0") else row.catalogue_code, kind="code"),
            Column("provider", _("Provider"), lambda row: briefly(row.provider), sort="provider__short"),
            Column("state", _("State"), lambda row: row.get_state_display(), sort="state", template="portal/cells/compilation_state.html"),
            Column("due", _("Due"), lambda row: row.case.due_at if row.case else None, kind="moment", sort="case__due_at", template="portal/cells/compilation_due.html"),
        ],
        rows,
        filters=[by_field("state", "state", _("State"), states)] if box != "waiting" else [],
        find=tables.matching("number", "provider__name"),
        empty=empty,
    )  # fmt: skip


REPORTS = {"received": "good", "refused": "bad"}


def reports(request: HttpRequest, rows: Rows, states: Sequence[tuple[str, str]]) -> Table:
    """What was told to the upper level."""
    return tables.asked(
        request,
        "reports",
        _("Reports to the upper level"),
        [
            Column("resource", _("Resource"), lambda row: row.resource.title, sort="resource__name", below=lambda row: f"{briefly(row.resource.provider)} · {row.get_kind_display()}"),
            Column("version", _("Version"), "number", kind="number", sort="number"),
            Column("state", _("State"), lambda row: row.get_state_display(), kind="status", sort="state", status=lambda row: REPORTS.get(row.state, "warn")),
            Column("attempts", _("Attempts"), kind="number", sort="attempts"),
            Column("at", _("Next or answered"), lambda row: row.ended_at or row.next_at, kind="moment"),
            Column("answer", _("Answer"), lambda row: (row.error or "")[:160] or row.receipt or "", kind="code"),
        ],
        rows,
        filters=[by_field("state", "state", _("State"), states)],
        find=tables.matching("resource__name", "resource__code"),
        empty=(_("Nothing was reported yet."), _("The next entry that is published or withdrawn stands here.")),
    )  # fmt: skip
