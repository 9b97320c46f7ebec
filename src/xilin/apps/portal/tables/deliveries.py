"""Tables of what is delivered: subscriptions, the addresses they are pushed to, bulk files."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from xilin.apps.portal.tables.exchange import by_field
from xilin.apps.portal.templatetags.portal import briefly
from xilin.web import tables
from xilin.web.tables import Column, Rows, Table
from xilin.web.templatetags.xilin import moment

SUBSCRIPTIONS = {"active": "good dot", "halted": "bad dot"}
FILES = {"ready": "good dot", "refused": "bad", "queued": "warn", "building": "warn"}


def subscriptions(request: HttpRequest, rows: Rows, ours: int | None) -> Table:
    """Subscriptions of one's systems and to one's data; `ours` is the department that resumes those that stand still."""

    def tried(row: Any) -> str:
        message = next((one for one in row.messages.all() if one.state != "arrived"), None)
        if message is None:
            return ""
        said = ngettext(
            "%(state)s: %(n)s try, %(outcome)s", "%(state)s: %(n)s tries, %(outcome)s", message.tries
        )
        return said % {
            "state": message.get_state_display(),
            "n": message.tries,
            "outcome": message.outcome or "—",
        }

    def target(row: Any) -> str:
        return str(row.target.url) if row.target and row.grant.department_id == ours else ""

    return tables.asked(
        request,
        "subscriptions",
        _("Subscriptions"),
        [
            Column("number", _("Number"), kind="code", sort="number", below=lambda row: row.grant.number),
            Column("state", _("State"), lambda row: row.get_state_display(), kind="status", sort="state", status=lambda row: SUBSCRIPTIONS.get(row.state, ""), below=tried),
            Column("resource", _("Resource"), lambda row: row.grant.resource.title, sort="grant__resource__name"),
            Column("system", _("System"), lambda row: row.grant.client.name, sort="grant__client__name", below=lambda row: briefly(row.grant.department)),
            Column("way", _("Way"), lambda row: _("pushed") if row.target else _("pulled"), below=target),
            Column("seq", _("Changes up to"), kind="number", sort="seq"),
            Column("moved", _("Last moved"), lambda row: row.moved_at, kind="moment", sort="moved_at"),
            Column("act", _("What can be done"), kind="acts", template="portal/desk/cells/resume.html"),
        ],
        rows,
        filters=[by_field("state", "state", _("State"), _states(rows))],
        find=tables.matching("number", "grant__number", "grant__resource__name", "grant__client__name"),
        prefix="subscriptions-",
        empty=(_("None yet."), ""),
        more={"ours": ours},
    )  # fmt: skip


def targets(request: HttpRequest, rows: Rows, me: Any) -> Table:
    """Addresses that messages are pushed to; another approver than who entered one lets messages go there."""
    return tables.asked(
        request,
        "addresses",
        _("Push addresses"),
        [
            Column("url", _("Address"), kind="code", sort="url", below=lambda row: " ".join((_("number"), str(row.pk)))),
            Column("system", _("System"), lambda row: row.client.name, sort="client__name"),
            Column("by", _("Entered by"), lambda row: row.registered_by, sort="registered_by__username", below=lambda row: moment(row.registered_at)),
            Column("state", _("State"), lambda row: _("approved") if row.approved_at else _("waits for an approver"), kind="status", status=lambda row: "good dot" if row.approved_at else "warn", below=lambda row: row.approved_by or ""),
            Column("act", _("What can be done"), kind="acts", template="portal/desk/cells/address.html"),
        ],
        rows,
        find=tables.matching("url", "client__name"),
        prefix="addresses-",
        empty=(_("No address is entered: subscriptions are pulled."), ""),
        more={"me": me},
    )  # fmt: skip


def files(request: HttpRequest, rows: Rows) -> Table:
    """Bulk files, the newest first."""

    def why(row: Any) -> str:
        return str((row.refusal or {}).get("en" if get_language() == "en" else "zh", ""))

    return tables.asked(
        request,
        "files",
        _("Bulk files"),
        [
            Column("number", _("Number"), kind="code", sort="number", below=_form),
            Column("state", _("State"), lambda row: row.get_state_display(), kind="status", sort="state", status=lambda row: FILES.get(row.state, "")),
            Column("resource", _("Resource"), lambda row: row.grant.resource.title, sort="grant__resource__name", below=lambda row: row.grant.number),
            Column("system", _("System"), lambda row: row.grant.client.name, sort="grant__client__name", below=lambda row: briefly(row.grant.department)),
            Column("case", _("Case"), lambda row: row.case_number, sort="case_number", below=why),
            Column("rows", _("Rows"), lambda row: row.rows if row.entry else None, kind="number", sort="rows"),
            Column("asked", _("Asked"), lambda row: row.asked_at, kind="moment", sort="asked_at"),
            Column("entry", _("Log entry"), kind="number", sort="entry"),
        ],
        rows,
        filters=[by_field("state", "state", _("State"), _states(rows))],
        find=tables.matching("number", "case_number", "grant__number", "grant__resource__name", "grant__client__name"),
        empty=(_("None yet."), ""),
    )  # fmt: skip


def _form(row: Any) -> list[str]:
    """A file's format, and of a file of changes the one it goes on from."""
    return [row.get_format_display(), *([_("changes since"), row.since.number] if row.since else [])]


def _states(rows: Any) -> Sequence[tuple[str, str]]:
    return [(code, str(name)) for code, name in rows.model._meta.get_field("state").flatchoices]
