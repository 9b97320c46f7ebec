"""The service itself: what it has, tokens, master data."""
# Statements are put together from the texts of this module alone.
# ruff: noqa: S608

from typing import Any

from xilin.apps.trace.repository import masterdata
from xilin.apps.trace.repository.rest import paging
from xilin.apps.trace.repository.rest.calls import XML, Answer, Call
from xilin.apps.trace.repository.rest.events import CONTEXT

RESOURCES = [
    "queries", "capture", "events", "eventTypes", "epcs", "readPoints", "bizLocations", "dispositions", "bizSteps",
]  # fmt: skip


def resources(call: Call) -> Answer:
    """`GET /`: the resources at the top."""
    if call.media == XML:
        members = "".join(f"<member>{name}</member>" for name in RESOURCES)
        said = f'<epcis:Collection xmlns:epcis="urn:epcglobal:epcis:xsd:2">{members}</epcis:Collection>\n'
        return Answer(f'<?xml version="1.0" encoding="UTF-8"?>\n{said}'.encode(), media=XML)
    return Answer({"@context": CONTEXT, "type": "Collection", "member": RESOURCES}, media=call.media)


def forget_token(call: Call) -> Answer:
    """`DELETE /nextPageToken/{token}`."""
    paging.forget(call.connection, call.parts[1], call.viewer.client)
    return Answer(None, 204)


def master_data(call: Call) -> Answer:
    """`GET /masterData`: vocabularies as they were captured, as the header of a document (an addition to the bindings)."""
    mine = "" if call.viewer.sees_all else " AND party_id = %(party)s"

    def fetch(after: Any, count: int) -> list[tuple[Any, Any]]:
        rows = call.connection.execute(
            "SELECT id, kind, given, attributes, children, context FROM trace_masterdata"
            f" WHERE id > %(after)s{mine} ORDER BY id LIMIT %(count)s",
            {"after": after or 0, "party": call.viewer.party, "count": count},
        ).fetchall()
        return [(row[0], row[1:]) for row in rows]

    found, after = paging.listed(call, fetch)
    context: dict[str, str] = {}
    kinds: dict[str, list[dict[str, Any]]] = {}
    for kind, given, attributes, children, names in found:
        for prefix, uri in names.items():
            context.setdefault(prefix, uri)
        kinds.setdefault(kind, []).append(masterdata.element((given, attributes, children)))
    document: dict[str, Any] = {
        "@context": [CONTEXT, context] if context else [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": paging.told(call.at),
        "epcisHeader": {
            "epcisMasterData": {
                "vocabularyList": [
                    {"type": kind, "vocabularyElementList": elements} for kind, elements in kinds.items()
                ]
            }
        },
        "epcisBody": {"eventList": []},
    }
    return paging.linked(call, Answer(document, media=call.media), after)
