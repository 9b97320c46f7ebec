"""What the rest of the platform knows of an EPCIS event (供应链事件): its facts in one canonical form."""

from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

Role = Literal["epc", "parent", "child", "input", "output"]


class Thing(msgspec.Struct, frozen=True, gc=False):
    """One object (or one quantity of a class of objects) an event is about, and its part in the event.

    `id` is canonical: a GS1 Digital Link URI (`https://id.gs1.org/...`) of the finest key for
    GS1 keys, the URI as given for anything else. A class (`is_class`) is a product or a batch; `quantity` is None
    where the event doesn't say how many, `uom` (UN/ECE Rec 20, such as `KGM`) is None for a plain count.
    """

    role: Role
    id: str
    quantity: float | None = None
    uom: str | None = None
    is_class: bool = False


class Link(msgspec.Struct, frozen=True, gc=False):
    """A business transaction, source or destination: its type (bare CBV word or full URI, None if unsaid), its id."""

    type: str | None
    id: str


class ErrorDeclaration(msgspec.Struct, frozen=True, gc=False):
    """That an earlier event was wrong: since when, why, and which events put it right."""

    time: datetime
    reason: str | None = None
    corrective_ids: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True, gc=False):
    """One EPCIS event: who saw what, when, where, why.

    `time` is aware and in UTC, `offset` is the local offset as given (`+08:00`). Words of the Core
    Business Vocabulary are bare (`shipping`), whatever form the document used; words of others are full URIs.
    `body` is the event as EPCIS 2.0 JSON with the names as given, `context` its namespaces (prefix -> URI) and
    `hash` the strict event hash, which is equal for equal events whatever syntax they came in.
    """

    type: str
    action: str | None
    time: datetime
    offset: str
    record_time: datetime | None
    event_id: str | None
    biz_step: str | None
    disposition: str | None
    set: tuple[str, ...]
    unset: tuple[str, ...]
    read_point: str | None
    biz_location: str | None
    transformation_id: str | None
    things: tuple[Thing, ...]
    transactions: tuple[Link, ...]
    sources: tuple[Link, ...]
    destinations: tuple[Link, ...]
    error: ErrorDeclaration | None
    body: dict[str, Any]
    context: dict[str, str]
    hash: str


class Written(Protocol):
    """What the writers need of an event: its body and its namespaces."""

    @property
    def body(self) -> dict[str, Any]:
        """The event as EPCIS 2.0 JSON."""

    @property
    def context(self) -> dict[str, str]:
        """The namespaces its names use."""


class Document(msgspec.Struct, frozen=True):
    """An EPCIS document as read: its events and everything around them.

    `kind` is `EPCISDocument`, `EPCISQueryDocument`, `EPCISMasterDataDocument`, `EPCISCaptureJob`, `EPCISQuery`
    or `event` for one bare event. `version` is the schema version it claims (`2.0`, `1.2`). `head` keeps
    the document's other members as EPCIS 2.0 JSON (`@context`, `creationDate`, `sender`, header, ...),
    `master_data` the vocabularies of its header, `query` what a query document asks or answers
    (`queryName`, `subscriptionID`, or a call such as `Poll` with its parameters).
    """

    kind: str
    version: str
    events: tuple[Event, ...]
    head: dict[str, Any]
    context: dict[str, str]
    master_data: tuple[dict[str, Any], ...] = ()
    query: dict[str, Any] | None = None
