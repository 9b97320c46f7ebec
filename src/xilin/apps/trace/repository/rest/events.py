"""Events and what they are browsed by."""
# Statements are put together from the texts of this module alone.
# ruff: noqa: S608

from typing import Any

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.fields import EVENTS
from xilin.apps.trace.epcis.keys import thing
from xilin.apps.trace.repository import documents, language, searching
from xilin.apps.trace.repository.errors import NoSuchName
from xilin.apps.trace.repository.language import Condition, Query
from xilin.apps.trace.repository.rest import paging
from xilin.apps.trace.repository.rest.calls import Answer, Call

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PAGING = {"perPage", "nextPageToken"}
# Resource: the field of a query that it is, the kind of known values.
BROWSED: dict[str, tuple[str, str]] = {
    "eventTypes": ("type", "type"),
    "epcs": ("any", "epc"),
    "bizSteps": ("biz_step", "biz_step"),
    "bizLocations": ("biz_location", "biz_location"),
    "readPoints": ("read_point", "read_point"),
    "dispositions": ("disposition", "disposition"),
}
_WORDS = {"bizSteps": vocabulary.BIZ_STEP, "dispositions": vocabulary.DISPOSITION}


def events(call: Call) -> Answer:
    """`GET /events`: those that fit the parameters."""
    return answered(call, language.read(asked(call), call.names), {"queryName": "SimpleEventQuery"})


def asked(call: Call) -> dict[str, Any]:
    """The parameters that belong to the query."""
    return {name: value for name, value in call.parameters.items() if name not in PAGING}


def answered(call: Call, query: Query, name: dict[str, Any]) -> Answer:
    """A page of a query's events as a query document."""
    page = searching.page(
        call.connection,
        query,
        call.names,
        call.viewer,
        size=call.size,
        after=paging.began(call),
    )
    call.noted = {"events": len(page.rows)}
    body = documents.written(page.rows, call.media, at=call.at, query=name, **formats(call))
    return paging.linked(call, Answer(body, media=call.media), page.after)


def formats(call: Call) -> dict[str, Any]:
    """How identifiers and words are to be written."""
    return {
        "epc_format": call.headers.get("gs1-epc-format", "No_Preference"),
        "cbv_format": call.headers.get("gs1-cbv-xml-format", "No_Preference"),
        "xml_version": call.xml_version,
    }


def event(call: Call) -> Answer:
    """`GET /events/{eventID}`: the event of an identifier, and declarations of errors about it."""
    query = Query((Condition("eventID", "event_id", "EQ", (call.parts[1],)),), descending=False)
    page = searching.page(call.connection, query, call.names, call.viewer, size=100)
    if not page.rows:
        raise NoSuchName
    call.noted = {"events": len(page.rows)}
    body = documents.written(
        page.rows, call.media, at=call.at, query={"queryName": "SimpleEventQuery"}, **formats(call)
    )
    return Answer(body, media=call.media)


def collection(call: Call) -> Answer:
    """`GET /eventTypes`, `/epcs`, …: the values there are, in order."""
    _, kind = BROWSED[call.parts[0]]
    fetch = _epcs if kind == "epc" else _known
    found, after = paging.listed(call, lambda start, count: fetch(call, start, count))
    return paging.linked(call, member_list(call, found), after)


def member_list(call: Call, members: list[Any]) -> Answer:
    """A collection of members."""
    return Answer({"@context": CONTEXT, "type": "Collection", "member": members}, media=call.media)


def _known(call: Call, start: Any, count: int) -> list[tuple[str, str]]:
    kind = BROWSED[call.parts[0]][1]
    mine = "" if call.viewer.sees_all else " AND party_id = %(party)s"
    standard = sorted(EVENTS) if kind == "type" else []
    rows = call.connection.execute(
        'SELECT DISTINCT value COLLATE "C" AS v FROM (SELECT value FROM trace_known'
        f" WHERE kind = %(kind)s{mine} UNION ALL SELECT unnest(%(standard)s::text[])) known (value)"
        ' WHERE value COLLATE "C" > %(start)s ORDER BY v LIMIT %(count)s',
        {
            "kind": kind,
            "party": call.viewer.party,
            "standard": standard,
            "start": start or "",
            "count": count,
        },
    ).fetchall()
    return [(value, value) for (value,) in rows]


def _epcs(call: Call, start: Any, count: int) -> list[tuple[str, str]]:
    """Identifiers of things, each once: from one to the next by the index, not through all the rows."""
    mine = "" if call.viewer.sees_all else " AND t.party = %(party)s"
    with searching.patient(call.connection):
        rows = call.connection.execute(
            "WITH RECURSIVE walk (uri) AS ("
            " (SELECT t.uri FROM trace_event_thing t WHERE t.uri > %(start)s AND t.role < 20"
            f"{mine} ORDER BY t.uri LIMIT 1)"
            " UNION ALL SELECT (SELECT t.uri FROM trace_event_thing t WHERE t.uri > walk.uri AND t.role < 20"
            f"{mine} ORDER BY t.uri LIMIT 1) FROM walk WHERE walk.uri IS NOT NULL)"
            " SELECT uri FROM walk WHERE uri IS NOT NULL LIMIT %(count)s",
            {"party": call.viewer.party, "start": start or "", "count": count},
        ).fetchall()
    return [(uri, uri) for (uri,) in rows]


def value(call: Call) -> Answer:
    """`GET /epcs/{epc}`, …: that there is something below."""
    _condition(call)
    return member_list(call, ["events"])


def value_events(call: Call) -> Answer:
    """`GET /epcs/{epc}/events`, …: the events with that value, among those that fit the parameters."""
    query = language.read(asked(call), call.names, taken=[_condition(call)])
    return answered(call, query, {"queryName": "SimpleEventQuery"})


def _condition(call: Call) -> Condition:
    """The condition an address makes; NoSuchName where nothing has that value."""
    resource, given = call.parts[0], call.parts[1]
    field, kind = BROWSED[resource]
    names = call.names
    if not given or "\0" in given or len(given) > language.LONGEST:
        raise NoSuchName
    if resource in _WORDS:
        found = vocabulary.bare(_WORDS[resource], names.word(_WORDS[resource], given))
    elif resource == "eventTypes":
        found = names.expanded(given)
    else:
        found = thing(names.uri(given))
    if not _is_known(call, kind, found):
        raise NoSuchName
    return Condition(resource, field, "MATCH" if kind == "epc" else "EQ", (found,))


def _is_known(call: Call, kind: str, found: str) -> bool:
    """Whether a value is of the standard, or in an event that the caller may see."""
    standard = {"type": EVENTS, "biz_step": vocabulary.BIZ_STEPS, "disposition": vocabulary.DISPOSITIONS}
    if found in standard.get(kind, ()):
        return True
    field = next(field for field, its in BROWSED.values() if its == kind)
    query = Query((Condition(kind, field, "MATCH" if kind == "epc" else "EQ", (found,)),))
    return bool(searching.page(call.connection, query, call.names, call.viewer, size=1).rows)
