"""Documents in and out: what a body holds, whatever its format, and events as a query document."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from xilin.apps.trace.epcis import documents as epcis
from xilin.apps.trace.epcis.events import Document, Event
from xilin.apps.trace.epcis.names import told
from xilin.apps.trace.repository.searching import Row

JSON, LD, XML = "application/json", "application/ld+json", "application/xml"
READ = (JSON, LD, XML, "text/xml")


def media_type(header: str) -> str | None:
    """The media type of a Content-Type header, None for one that isn't read here."""
    name = header.partition(";")[0].strip().lower()
    if name not in READ:
        return None
    return XML if name == "text/xml" else name


def read(body: bytes, media: str) -> Document:
    """The document a body holds; Invalid with every fault."""
    return epcis.read(body, media)


def read_fit(body: bytes, media: str) -> epcis.Fit:
    """A document without its events that are invalid; Invalid where something beside the events is wrong."""
    return epcis.read_fit(body, media)


class Found(msgspec.Struct):
    """An event as it is given out: its body, with when it was recorded and what it is called here."""

    body: dict[str, Any]
    context: dict[str, str]


def given(row: Row) -> Found:
    """An event of a row."""
    body = dict(row.body)
    body["recordTime"] = told(row.record_time)
    if not row.named:
        body["eventID"] = row.event_id
    return Found(body, row.context or {})


def written(
    rows: Sequence[Row],
    media: str,
    *,
    at: datetime,
    query: Mapping[str, Any],
    head: Mapping[str, Any] | None = None,
    epc_format: str = "No_Preference",
    cbv_format: str = "No_Preference",
    xml_version: str = "2.0",
) -> bytes:
    """Events as a query document, in the formats that headers name; without a preference as they were captured."""
    events = [given(row) for row in rows]
    return epcis.write(
        events,
        media,
        created=at,
        query=query,
        head=head,
        epc_format="Never_Translates" if epc_format == "No_Preference" else epc_format,  # type: ignore[arg-type]
        web_words=cbv_format != "Always_URN",
        xml_version=xml_version,
    )


def one(event: Event, name: str, media: str) -> bytes:
    """One event that was captured just now, by the name it has here."""
    return epcis.write_event(msgspec.structs.replace(event, body={**event.body, "eventID": name}), media)
