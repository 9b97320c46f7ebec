"""From an event's JSON to what the platform knows of it."""

from collections.abc import Mapping
from typing import Any

from xilin.apps.trace.epcis import strict, vocabulary
from xilin.apps.trace.epcis.events import ErrorDeclaration, Event
from xilin.apps.trace.epcis.names import Names, moment


def event(body: dict[str, Any], names: Names, version: str = "2.0") -> Event:
    """The event a valid body describes; raises ValueError for a time no calendar has."""
    at = moment(body["eventTime"])
    recorded = moment(body["recordTime"]) if "recordTime" in body else None
    error = _error(body["errorDeclaration"], names) if "errorDeclaration" in body else None
    facts, prehash = strict.read(body, names, at)
    facts[_TIME:_ID] = at, body["eventTimeZoneOffset"], recorded, body.get("eventID")
    facts[_ERROR:] = error, body, names.declared, strict.ni(prehash, version)
    return Event(*facts)


_FIELDS = Event.__struct_fields__
_TIME, _ID, _ERROR = _FIELDS.index("time"), _FIELDS.index("event_id") + 1, _FIELDS.index("error")


def _error(value: Any, names: Names) -> ErrorDeclaration | None:
    if not isinstance(value, Mapping):
        return None
    reason = value.get("reason")
    return ErrorDeclaration(
        time=moment(value["declarationTime"]),
        reason=names.bare(vocabulary.REASON, reason) if isinstance(reason, str) else None,
        corrective_ids=tuple(value.get("correctiveEventIDs") or ()),
    )
