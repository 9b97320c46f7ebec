"""审计日志 The audit log for its page: size and checkpoint, and what a receipt proves."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.audit import queries as audit
from xilin.kernel.audit import verifier
from xilin.lib.text import Text

LARGEST_RECEIPT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Log:
    """How the log stands: the newest signed checkpoint, taken apart."""

    size: int
    checkpoint: str
    key: str
    origin: str = ""
    root: str = ""
    signed: int = 0


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
    return Log(audit.size(), note, key, found.origin, found.root.hex(), found.size)


def check(text: str) -> Verdict:
    """Check a receipt by the same rules as the stand-alone verifier, with this log's own key."""
    language = get_language() or ""
    try:
        entry = verifier.verify_receipt(_object(text), audit.key())
    except verifier.Invalid as error:
        return Verdict(False, Text(zh=error.zh, en=error.en).of(language))
    return Verdict(True, _("Entry %(seq)s is in the log, unchanged.") % {"seq": entry["seq"]}, _told(entry))


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a receipt; the verifier's own refusal where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _told(entry: dict[str, Any]) -> list[tuple[str, Any]]:
    """The entry's fields with words for their names, nested details by their own."""
    words = {
        "seq": _("Entry"),
        "at": _("Time"),
        "kind": _("What happened"),
        "by": _("By"),
        "department": _("Department"),
        "provider": _("Provider"),
        "subject": _("Subject"),
    }
    told = [(words[name], _value(entry[name])) for name in words if entry.get(name) not in (None, "")]
    rest = {name: value for name, value in entry.items() if name not in words}
    details = rest.pop("detail", None)
    if isinstance(details, dict):
        rest |= details
    return told + [(name, _value(value)) for name, value in rest.items() if value not in (None, "", [], {})]


def _value(value: Any) -> Any:
    if isinstance(value, str):
        at = _moment(value)
        return value if at is None else at
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
