"""From an event's JSON to what the platform knows of it."""

from collections.abc import Mapping
from typing import Any

from xilin.apps.trace.epcis import strict, vocabulary
from xilin.apps.trace.epcis.events import ErrorDeclaration, Event, Link, Role, Thing
from xilin.apps.trace.epcis.keys import thing
from xilin.apps.trace.epcis.names import MOST, Names, moment
from xilin.apps.trace.epcis.vocabulary import Words

# Where things stand in an event, and their part in it.
_INSTANCES: tuple[tuple[str, Role], ...] = (
    ("epcList", "epc"),
    ("childEPCs", "child"),
    ("inputEPCList", "input"),
    ("outputEPCList", "output"),
)
_CLASSES: tuple[tuple[str, Role], ...] = (
    ("quantityList", "epc"),
    ("childQuantityList", "child"),
    ("inputQuantityList", "input"),
    ("outputQuantityList", "output"),
)


def event(body: dict[str, Any], names: Names, version: str = "2.0") -> Event:
    """The event a valid body describes; raises ValueError for a time no calendar has."""
    persistent = body.get("persistentDisposition")
    at = moment(body["eventTime"])
    return Event(
        type=names.event_type(body["type"]),
        action=_string(body.get("action")),
        time=at,
        offset=body["eventTimeZoneOffset"],
        record_time=moment(body["recordTime"]) if "recordTime" in body else None,
        event_id=body.get("eventID"),
        biz_step=_word(vocabulary.BIZ_STEP, body.get("bizStep"), names),
        disposition=_word(vocabulary.DISPOSITION, body.get("disposition"), names),
        set=_states(persistent, "set", names),
        unset=_states(persistent, "unset", names),
        read_point=_place(body.get("readPoint"), names),
        biz_location=_place(body.get("bizLocation"), names),
        transformation_id=_uri(body.get("transformationID"), names),
        things=_things(body, names),
        transactions=_links(body.get("bizTransactionList"), "bizTransaction", vocabulary.TRANSACTION, names),
        sources=_links(body.get("sourceList"), "source", vocabulary.PARTY, names),
        destinations=_links(body.get("destinationList"), "destination", vocabulary.PARTY, names),
        error=_error(body.get("errorDeclaration"), names),
        body=body,
        context=names.declared,
        hash=strict.ni(strict.prehash(body, names, at), version),
    )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _uri(value: Any, names: Names) -> str | None:
    return names.uri(value) if isinstance(value, str) else None


def _word(words: Words, value: Any, names: Names) -> str | None:
    return names.bare(words, value) if isinstance(value, str) else None


def _states(persistent: Any, field: str, names: Names) -> tuple[str, ...]:
    if persistent is None or not isinstance(persistent, Mapping):
        return ()
    states = persistent.get(field)
    if not isinstance(states, list):
        return ()
    return tuple([names.bare(vocabulary.DISPOSITION, str(state)) for state in states])


def _place(value: Any, names: Names) -> str | None:
    return _uri(value.get("id"), names) if isinstance(value, Mapping) else None


def _things(body: Mapping[str, Any], names: Names) -> tuple[Thing, ...]:
    found = []
    parent = body.get("parentID")
    if isinstance(parent, str):
        found.append(Thing("parent", thing(names.uri(parent))))
    key = names.key
    for field, role in _INSTANCES:
        items = body.get(field)
        if isinstance(items, list):
            keys = [key(item) for item in items if isinstance(item, str)]
            found += [Thing(role, thing(uri), None, None, whole) for uri, whole in keys]
    for field, role in _CLASSES:
        items = body.get(field)
        if isinstance(items, list):
            found += [_amount(role, item, names) for item in items if isinstance(item, dict)]
    return tuple(found)


def _amount(role: Role, item: Mapping[str, Any], names: Names) -> Thing:
    quantity = item.get("quantity")
    return Thing(
        role,
        names.uri(str(item.get("epcClass"))),
        float(quantity) if isinstance(quantity, int | float) else None,
        _string(item.get("uom")),
        True,
    )


def _links(items: Any, field: str, words: Words, names: Names) -> tuple[Link, ...]:
    if not isinstance(items, list):
        return ()
    return tuple(
        [
            _link(item.get("type"), item[field], field, words, names)
            for item in items
            if isinstance(item, dict) and isinstance(item.get(field), str)
        ]
    )


def _link(kind: Any, given: str, field: str, words: Words, names: Names) -> Link:
    """A transaction or a party; the same ones recur in the events of a document."""
    if kind is not None and not isinstance(kind, str):
        kind = None
    known = names.recurring
    found: Link | None = known.get((field, kind, given))
    if found is None:
        found = Link(_word(words, kind, names), names.uri(given))
        if len(known) < MOST:
            known[field, kind, given] = found
    return found


def _error(value: Any, names: Names) -> ErrorDeclaration | None:
    if not isinstance(value, Mapping):
        return None
    return ErrorDeclaration(
        time=moment(value["declarationTime"]),
        reason=_word(vocabulary.REASON, value.get("reason"), names),
        corrective_ids=tuple(value.get("correctiveEventIDs") or ()),
    )
