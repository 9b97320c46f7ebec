"""审计日志 The audit log for its page: size and checkpoint, and what a receipt proves."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit import verifier
from xilin.lib.text import Text

LARGEST_RECEIPT = 256 * 1024
# What the codes of these fields are codes of.
CODES = {"department": "department", "provider": "department", "purpose": "purpose", "subject": "resource"}


@dataclass(frozen=True, slots=True)
class Log:
    """How the log stands: the newest signed checkpoint, taken apart."""

    size: int
    checkpoint: str
    key: str
    origin: str = ""
    root: str = ""
    signed: int = 0
    needed: int = 0
    witnessed: int = 0
    witnesses: tuple["Seen", ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What one witness has seen of the log, and how it stands."""

    name: str
    size: int
    at: datetime | None
    outcome: str
    grade: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt proves, or why it does not."""

    holds: bool
    said: str
    fields: list[tuple[str, Any]] = field(default_factory=list)


def log() -> Log:
    """The log as anyone may see it."""
    note, key = audit.checkpoint(), audit.key()
    if not note:
        return Log(audit.size(), "", key)
    found = verifier.read_checkpoint(note)
    needed, seen = witnesses()
    witnessed = audit.witnessed() if needed else None
    return Log(
        audit.size(),
        note,
        key,
        found.origin,
        found.root.hex(),
        found.first + found.size,
        needed,
        witnessed.size if witnessed else 0,
        seen,
    )


def witnesses() -> tuple[int, tuple[Seen, ...]]:
    """How many witnesses are needed, and how each that is declared stands."""
    quorum = audit.declared()
    known = {one.witness: one for one in audit.standings()}
    seen = []
    for one in quorum.witness:
        row = known.get(one.name)
        if row is None:
            seen.append(Seen(one.name, 0, None, _("not asked yet"), ""))
            continue
        grade = "bad" if row.alarming else "good" if row.outcome == "signed" else "warn"
        seen.append(Seen(one.name, row.size, row.at, row.get_outcome_display(), grade))
    return quorum.needed, tuple(seen)


def check(text: str) -> Verdict:
    """Check a receipt by the same rules as the stand-alone verifier, with this log's own key."""
    language = get_language() or ""
    try:
        receipt = _object(text)
        origin = verifier.origin_of(str(receipt.get("checkpoint", "")))
        entry = verifier.verify_receipt(receipt, audit.key(origin) or audit.key())
    except verifier.Invalid as error:
        return Verdict(False, Text(zh=error.zh, en=error.en).of(language))
    names = Names()
    said = [_("Entry %(seq)s is in the log, unchanged.") % {"seq": entry["seq"]}, _sentence(entry, names)]
    return Verdict(True, " ".join(said).strip(), _told(entry, names))


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a receipt; the verifier's own refusal where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _sentence(entry: dict[str, Any], names: Names) -> str:
    """What was done, as one says it; nothing for kinds that are told by their fields alone."""
    detail = entry.get("detail") or {}
    if entry.get("kind") != "exchange.access" or not isinstance(detail, dict):
        return ""
    return _("%(asker)s looked up “%(resource)s” of %(provider)s for “%(purpose)s”, case %(case)s.") % {
        "asker": names.of("department", str(entry.get("department", ""))),
        "resource": names.of("resource", str(entry.get("subject", ""))),
        "provider": names.of("department", str(entry.get("provider", ""))),
        "purpose": names.of("purpose", str(detail.get("purpose", ""))),
        "case": detail.get("case_number", "—"),
    }


def _told(entry: dict[str, Any], names: Names) -> list[tuple[str, Any]]:
    """The entry's fields with words for names and codes; details that have none keep their own."""
    detail = entry.get("detail")
    flat = {**entry, **(detail if isinstance(detail, dict) else {}), "by": entry.get("by")}
    flat.pop("detail", None)
    words = _words()
    order = [*(name for name in words if name in flat), *(name for name in flat if name not in words)]
    return [
        (str(words.get(name, name)), _value(name, flat[name], names))
        for name in order
        if flat[name] not in (None, "", [], {})
    ]


def _words() -> dict[str, str]:
    return {
        "seq": _("Entry"),
        "at": _("Time"),
        "kind": _("What happened"),
        "department": _("Department"),
        "by": _("By"),
        "provider": _("Provider"),
        "subject": _("Subject"),
        "purpose": _("Purpose"),
        "case_number": _("Case"),
        "shape": _("Shape of the answer"),
        "items": _("Items"),
        "found": _("Found"),
        "rows": _("Records that fit"),
        "grant": _("Grant"),
        "digest": _("SHA-256 of the answer"),
    }


def _value(name: str, value: Any, names: Names) -> Any:
    """A value in words: names for codes, times as times, lists in one line."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return value
    if name in CODES:
        return names.of(CODES[name], value)
    at = _moment(value)
    return value if at is None else at


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
