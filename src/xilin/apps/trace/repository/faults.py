"""What can be wrong with an event beside its form, as a capture job and a problem document tell it."""

from typing import Any

import msgspec

from xilin.apps.trace.epcis.errors import Fault
from xilin.apps.trace.epcis.events import Event
from xilin.lib.text import Text

VALIDATION = "epcisException:ValidationException"
EXISTS = "epcisException:ResourceAlreadyExistsException"


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
        """A fault of a document, as a problem."""
        found = fault.event if event is None else event
        return cls(VALIDATION, fault.place, fault.what, fault.remedy, found, fault.line)

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
    """An event that is valid and can't be kept."""
    what, remedy = _UNKEPT[why]
    return Problem(VALIDATION, f"/epcisBody/eventList/{place}", what, remedy, place)


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
