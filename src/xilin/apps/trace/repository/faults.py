"""What can be wrong with an event beside its form, as a capture job and a problem document tell it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from xilin.apps.trace.epcis.errors import Fault
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.epcis.faults import pointer
from xilin.apps.trace.epcis.fields import FIELDS
from xilin.lib.text import Text

VALIDATION = "epcisException:ValidationException"
EXISTS = "epcisException:ResourceAlreadyExistsException"
# Kinds of members that name things, places and parties.
_NAMING = {"uri", "epcs", "quantities", "place", "transactions", "sources", "destinations", "persistent"}


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong: its EPCIS exception, where it is (a JSON pointer or an XPath), and in words."""

    type: str
    place: str
    what: Text
    remedy: Text
    event: int | None = None
    line: int | None = None

    @classmethod
    def of(cls, fault: Fault, event: int | None = None) -> "Problem":
        """A fault of a document as a problem; with `event` the fault's place is one within that event."""
        if event is None:
            return cls(VALIDATION, fault.place, fault.what, fault.remedy, fault.event, fault.line)
        place = f"/epcisBody/eventList/{event}{fault.place}"
        return cls(VALIDATION, place, fault.what, fault.remedy, event, fault.line)

    def told(self) -> dict[str, Any]:
        """As a job keeps it: an RFC 7807 problem with its words in both languages."""
        status = 409 if self.type == EXISTS else 400
        said: dict[str, Any] = {
            "type": self.type, "status": status, "title": self.what.en, "detail": self.remedy.en,
            "title_zh": self.what.zh, "detail_zh": self.remedy.zh, "pointer": self.place,
        }  # fmt: skip
        if self.event is not None:
            said["event"] = self.event
        if self.line is not None:
            said["line"] = self.line
        return said


def clashing(place: int, event: Event) -> Problem:
    """Another event has this one's identifier."""
    return Problem(
        EXISTS,
        f"/epcisBody/eventList/{place}/eventID",
        Text(
            zh="另一个内容不同的事件已使用标识 {id}。",
            en="An event with other content already has the event ID {id}.",
        ).filled({"id": str(event.event_id)}),
        Text(
            zh="给此事件新的标识；要更正已有事件，请附上 errorDeclaration。",
            en="Give this event an ID of its own; to correct the other one, send it again with an errorDeclaration.",
        ),
        place,
    )


def unkept(place: int, event: Event, why: str) -> Problem:
    """An event that is valid and can't be kept, with the member that is why."""
    what, remedy = _UNKEPT[why]
    texts = list(_texts(event.body, []))
    if why == "nul":
        found = next((path for path, text in texts if "\0" in text), [])
    else:
        # What was sent may be a short form of the long identifier; it is the longest of them even so.
        ids = [one for one in texts if _kind(one[0]) in _NAMING]
        found = max(ids, key=lambda one: len(one[1].encode()), default=([], ""))[0]
    return Problem(VALIDATION, f"/epcisBody/eventList/{place}{pointer(found)}", what, remedy, place)


def _kind(path: list[str | int]) -> str:
    """The kind of the standard's member a way leads into, "" for anybody else's."""
    field = FIELDS.get(str(path[0])) if path else None
    return field.kind if field else ""


def _texts(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    """Every text in a value with the way to it; a name that is one itself as well."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield [*path, name], name if "\0" in name else ""
            yield from _texts(inner, [*path, name])
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _texts(inner, [*path, at])


_UNKEPT = {
    "nul": (
        Text(zh="文本中含有字符 U+0000。", en="A text holds the character U+0000."),
        Text(zh="去掉该字符。", en="Leave the character out."),
    ),
    "long": (
        Text(zh="一个标识超过 2000 字节。", en="An identifier is longer than 2000 bytes."),
        Text(zh="使用较短的标识。", en="Use a shorter identifier."),
    ),
}
