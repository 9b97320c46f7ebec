"""Tables of sharing: requests, grants, use, corrections, disputes, joint questions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.templatetags.portal import briefly
from xilin.web import tables
from xilin.web.tables import Column, Filter, Rows, Table

# What a request's state looks like; the others are plain.
STATES = {"approved": "good", "lawful": "good", "refused": "bad", "revoked": "bad", "pending": "warn"}
DISPUTES = {"open": "warn", "confirmed": "warn", "admitted": "bad", "rejected": ""}


def by_field(name: str, field: str, title: str, choices: Sequence[tuple[str, str]]) -> Filter:
    """A choice that narrows a query set by a field."""
    return Filter(name, title, choices, lambda rows, value: rows.filter(**{field: value}))  # type: ignore[union-attr]


def by_value(name: str, title: str, choices: Sequence[tuple[str, str]], of: Any = None) -> Filter:
    """A choice that narrows a list by an attribute, or by what `of` tells of a row."""
    told = of or (lambda row: getattr(row, name))
    return Filter(name, title, choices, lambda rows, value: [row for row in rows if told(row) == value])


def _due(row: Any) -> datetime | None:
    return row.case.due_at if row.state == "pending" and row.case else None


def requests(request: HttpRequest, rows: Rows, box: str) -> Table:
    """Requests to a department, from it, or before the authority."""
    out = box == "out"
    empty = {
        "above": (
            _("No request wants the authority's word."),
            _("Reviews of form, more time and disputes arrive here."),
        ),
        "in": (
            _("Nobody has asked for your data yet."),
            _("Requests arrive here with their clock; approvers decide, stewards may read along."),
        ),
        "out": (
            _("You have asked for nothing yet."),
            _("Find a resource in the catalogue and press “Ask for this data”."),
        ),
    }[box]
    states = [(code, str(name)) for code, name in rows.model._meta.get_field("state").flatchoices]  # type: ignore[union-attr]
    return tables.asked(
        request,
        "requests",
        _("Requests"),
        [
            Column("number", _("Number"), sort="number", href=lambda row: reverse("portal:request", args=[row.number])),
            Column("resource", _("Resource"), lambda row: row.resource.title, sort="resource__name", below=lambda row: items(len(row.items))),
            Column("department", _("Provider") if out else _("Applicant"), lambda row: briefly(row.provider if out else row.department), sort="provider__short" if out else "department__short"),
            Column("shape", _("Shape"), lambda row: row.get_shape_display(), sort="shape", below=lambda row: "" if row.delivery == "call" else row.get_delivery_display()),
            Column("asked_at", _("Asked"), kind="moment", sort="asked_at"),
            Column("state", _("State"), lambda row: row.get_state_display(), kind="status", sort="state", status=lambda row: STATES.get(row.state, "")),
            Column("due", _("Due"), _due, kind="moment", sort="case__due_at", template="portal/cells/request_due.html"),
        ],
        rows,
        filters=[by_field("state", "state", _("State"), states)],
        find=tables.matching("number", "resource__name", "department__name", "provider__name"),
        empty=empty,
    )  # fmt: skip


def items(count: int) -> str:
    """So many items, in words."""
    return ngettext("%(n)s item", "%(n)s items", count) % {"n": count}


def _standing(row: Any) -> str:
    if row.in_force:
        return _("in force")
    return _("begins later") if not row.begun and not row.grant.revoked_at else _("ended")


def grants(request: HttpRequest, name: str, title: str, rows: Rows) -> Table:
    """Grants held, or given."""
    standing = [(word, word) for word in (_("in force"), _("begins later"), _("ended"))]
    return tables.asked(
        request,
        f"grants-{name}",
        title,
        [
            Column("number", _("Number"), lambda row: row.grant.number, sortable=True, href=lambda row: reverse("portal:request", args=[row.grant.request.number])),
            Column("resource", _("Resource"), lambda row: row.grant.resource.title, sortable=True, template="portal/cells/grant_resource.html"),
            Column("system", _("System"), lambda row: row.grant.client.name, sortable=True, below=lambda row: briefly(row.grant.department)),
            Column("shape", _("Shape"), lambda row: row.grant.get_shape_display(), sortable=True, below=_grant_way),
            Column("quota", _("Quota"), lambda row: row.grant.quota_per_day, kind="number", sortable=True),
            Column("until", _("Until"), lambda row: row.grant.valid_until, kind="moment", sortable=True, template="portal/cells/grant_until.html"),
            Column("state", _("State"), _standing, kind="status", sortable=True, status=lambda row: "good dot" if row.in_force else ""),
        ],
        rows,
        filters=[by_value("state", _("State"), standing, _standing)],
        find=tables.containing(lambda row: row.grant.number, lambda row: row.grant.resource.title, lambda row: row.grant.client.name, lambda row: row.grant.department.name),
        prefix=f"{name}-",
        empty=(_("None yet."), ""),
    )  # fmt: skip


def _grant_way(row: Any) -> str:
    ways = [row.grant.get_delivery_display()] if row.grant.delivery != "call" else []
    return " · ".join([*ways, *([_("also by name")] if row.grant.match else [])])


def usage(request: HttpRequest, rows: Rows, purposes: Mapping[str, str], *, per_page: int = 50) -> Table:
    """Who used a department's data."""
    names = Names()
    return tables.asked(
        request,
        "usage",
        _("Who used my data"),
        [
            Column("at", _("When"), kind="moment", sortable=True),
            Column("department", _("Department"), lambda row: names.of("department", row.department), sortable=True),
            Column("system", _("System"), sortable=True, below=lambda row: row.client if row.system != row.client else ""),
            Column("resource", _("Resource"), lambda row: names.of("resource", row.resource), sortable=True),
            Column("purpose", _("Purpose"), lambda row: purposes.get(row.purpose, row.purpose), sortable=True),
            Column("case_number", _("Case"), sortable=True),
            Column("found", _("Answer"), lambda row: _("found") if row.found else _("not found"), kind="status", sortable=True, status=lambda row: "good" if row.found else "", below=lambda row: _("trial") if row.trial else ""),
            Column("number", _("Log entry"), kind="number", sortable=True),
        ],
        rows,
        filters=[
            by_value("department", _("Department"), _codes(rows, "department", names)),
            by_value("resource", _("Resource"), _codes(rows, "resource", names)),
            by_value("purpose", _("Purpose"), sorted((code, purposes.get(code, code)) for code in {row.purpose for row in rows})),
        ],
        find=tables.containing(lambda row: row.case_number, lambda row: row.system, lambda row: row.client, lambda row: row.number),
        per_page=per_page,
        empty=(_("Nobody has used your data yet."), _("Each look-up through the gateway appears here the moment it is answered.")),
    )  # fmt: skip


def _codes(rows: Rows, attribute: str, names: Names) -> list[tuple[str, str]]:
    found = {getattr(row, attribute) for row in rows} - {"", None}
    return sorted(((code, names.of(attribute, code)) for code in found), key=lambda pair: pair[1])


def corrections(request: HttpRequest, rows: Rows, outcomes: Mapping[str, str]) -> Table:
    """Corrections that a department owes or asked for."""
    names = Names()

    def state(row: Any) -> str:
        return outcomes.get(row.outcome, row.outcome) if row.outcome else _("being checked")

    choices = [("open", _("being checked")), *outcomes.items()]
    return tables.asked(
        request,
        "corrections",
        _("Corrections"),
        [
            Column("number", _("Case"), lambda row: row.case.number, sort="case__number", href=lambda row: reverse("portal:correction", args=[row.case.number])),
            Column("resource", _("Resource"), lambda row: names.of("resource", row.resource), below=lambda row: names.of("source", row.source) if row.source else ""),
            Column("department", _("Answered by"), lambda row: briefly(row.department), sort="department__short"),
            Column("asked_by", _("Asked by"), lambda row: briefly(row.asked_for) if row.asked_for else str(row.asked_by)),
            Column("asked_at", _("Asked"), kind="moment", sort="asked_at"),
            Column("state", _("State"), state, kind="status", status=lambda row: "good" if row.outcome else "warn"),
            Column("due", _("Due"), lambda row: None if row.outcome else row.case.due_at, kind="moment", sort="case__due_at", template="portal/cells/correction_due.html"),
        ],
        rows,
        filters=[Filter("state", _("State"), choices, lambda found, value: found.filter(outcome="" if value == "open" else value))],  # type: ignore[union-attr]
        find=tables.matching("case__number", "department__name"),
        empty=(_("Nothing is being checked."), _("A correction begins at a row in quarantine, or at a value that another department doubts.")),
    )  # fmt: skip


def disputes(request: HttpRequest, rows: Rows) -> Table:
    """Disputes of values."""
    names = Names()
    return tables.asked(
        request,
        "disputes",
        _("Disputes of values"),
        [
            Column("number", _("Case"), sort="number", href=lambda row: reverse("portal:dispute", args=[row.number]), below=lambda row: row.get_kind_display()),
            Column("resource", _("Resource"), lambda row: names.of("resource", row.resource)),
            Column("department", _("Asked by"), lambda row: briefly(row.department) if row.department else _("a citizen"), sort="department__short"),
            Column("provider", _("Answered by"), lambda row: briefly(row.provider), sort="provider__short"),
            Column("asked_at", _("Asked"), kind="moment", sort="asked_at"),
            Column("state", _("State"), lambda row: row.get_state_display(), kind="status", sort="state", status=lambda row: DISPUTES.get(row.state, "good")),
        ],
        rows,
        find=tables.matching("number", "provider__name"),
        empty=(_("Nothing is disputed."), _("A dispute begins at a value you were given, or at a citizen's question.")),
    )  # fmt: skip


def questions(request: HttpRequest, rows: Rows, waiting: set[int]) -> Table:
    """Joint questions of a department."""
    return tables.asked(
        request,
        "questions",
        _("Joint questions"),
        [
            Column("title", _("Question"), sortable=True, href=lambda row: reverse("portal:question", args=[row.number]), below=lambda row: row.number),
            Column("asker", _("Asked by"), lambda row: briefly(row.asker), sortable=True),
            Column("other", _("With"), lambda row: briefly(row.other), sortable=True),
            Column("state", _("State"), lambda row: row.get_state_display(), sortable=True, template="portal/cells/question_state.html"),
            Column("asked_at", _("Asked on"), kind="moment", sortable=True),
        ],
        rows,
        find=tables.containing(lambda row: row.title, lambda row: row.number),
        empty=(_("No joint question was asked yet."), _("Choose two resources to ask about.")),
        more={"waiting": waiting},
    )  # fmt: skip
