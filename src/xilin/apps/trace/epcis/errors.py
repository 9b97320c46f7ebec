"""Why a document isn't EPCIS, place by place."""

from collections.abc import Sequence

import msgspec

from xilin.lib.text import Text


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a document: where, what, and what to do.

    `place` is a JSON pointer (`/epcisBody/eventList/0/action`) or an XPath; `line` is the line of XML or of text
    that isn't JSON at all; `event` is the index of the event it lies in, None outside the events.
    """

    code: str
    place: str
    what: Text
    remedy: Text
    line: int | None = None
    event: int | None = None


class Invalid(Exception):
    """A document that can't be read as EPCIS; `faults` says each reason and is never empty."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{self.faults[0].place or '/'}: {self.faults[0].what.en}")
