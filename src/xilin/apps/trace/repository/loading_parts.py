"""One part of a file, read and captured in a process of its own: what `loading` hands out and gets back.

A process has one connection. Its commits don't wait for the disk, `loading` does once for all of them.
"""

import gc
import os
import threading
from collections.abc import Sequence
from datetime import datetime
from multiprocessing import connection as pipes
from multiprocessing import parent_process
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg

from xilin.apps.trace.epcis import documents, jsonld, xml_reading
from xilin.apps.trace.epcis.errors import Fault, Invalid
from xilin.apps.trace.epcis.xml_tree import etree
from xilin.apps.trace.repository import capture as capturing
from xilin.apps.trace.repository import months
from xilin.apps.trace.repository.faults import Problem
from xilin.apps.trace.repository.ready import Ready, ready
from xilin.lib.text import Text

BATCH = 5_000
"""Events in one capture: as many as a transaction takes before its memory outweighs what it saves. The last of a part has up to
half as many more, so that none has only a few."""
LONGEST = 1_000_000
"""Bytes of a refused document that are told again; of a longer one the beginning."""
TRIES = 5


class Part(msgspec.Struct, frozen=True):
    """Where a part of a file lies, in bytes; `line` is the number of its first line, 0 for a document that is the whole file."""

    path: str
    start: int
    length: int
    line: int


class Refusal(msgspec.Struct, frozen=True):
    """Something that can't be loaded: where it stands, why, and what it says.

    `place` is a JSON pointer or an XPath; `line` that of the file (of lines) or of the XML.
    """

    file: str
    line: int | None
    place: str
    what: Text
    remedy: Text
    found: Any

    def told(self) -> str:
        """In a line of words."""
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line} {self.place}: {self.what.en}"


class Done(msgspec.Struct):
    """What became of a part; `master_data` with the namespaces of its document, in the order of the part."""

    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    refusals: list[Refusal] = []
    master_data: list[tuple[list[dict[str, Any]], dict[str, str]]] = []


class _Waiting(NamedTuple):
    """An event that is to be captured, and where it stands."""

    ready: Ready
    line: int | None
    place: int


class _Worker:
    """What a process keeps between parts."""

    def __init__(self, connection: psycopg.Connection[Any], party: str, at: datetime) -> None:
        self.connection, self.party, self.at = connection, party, at
        self.months: set[tuple[int, int] | None] = {None}


_worker: _Worker | None = None


def begin(parameters: dict[str, Any], hooks: Sequence[capturing.Hook], party: str, at: datetime) -> None:
    """Make this process ready: a connection of its own, and the same hooks as where the load was asked for."""
    global _worker
    threading.Thread(target=_die_with_parent, daemon=True).start()
    connection = psycopg.connect(**parameters, autocommit=True)
    connection.execute("SET timezone = 'UTC'")
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET jit = off")
    capturing.hooks[:] = hooks
    _worker = _Worker(connection, party, at)
    # Events hold no circles: looking for some among ten thousands of them takes a quarter of the time of reading.
    gc.freeze()
    gc.disable()


def _die_with_parent() -> None:
    """End where whoever asked for the load ended, killed or not."""
    parent = parent_process()
    if parent is not None:
        pipes.wait([parent.sentinel])
        os._exit(1)


def carry(encoded: bytes) -> bytes:
    """Read and capture a part in a process that is ready; both ways as MessagePack."""
    assert _worker is not None  # noqa: S101 - begun
    done = load(_worker, _part.decode(encoded))
    gc.collect()
    return _encoder.encode(done)


def load(worker: _Worker, part: Part) -> Done:
    """Read and capture a part, some thousand events in a transaction."""
    with Path(part.path).open("rb") as stream:
        stream.seek(part.start)
        body = stream.read(part.length)
    done, name = Done(), Path(part.path).name
    waiting: list[_Waiting] = []
    for number, text in enumerate(body.split(b"\n") if part.line else [body], part.line):
        if text and not text.isspace():
            _read(name, number or None, text, waiting, done)
        while len(waiting) >= BATCH + BATCH // 2:
            _capture(worker, name, waiting[:BATCH], done)
            del waiting[:BATCH]
    if waiting:
        _capture(worker, name, waiting, done)
    return done


def _read(name: str, line: int | None, text: bytes, waiting: list[_Waiting], done: Done) -> None:
    """Read one document; what of it is invalid is told."""
    media = "application/xml" if text.lstrip()[:1] == b"<" else "application/json"
    try:
        fit = documents.read_fit(text, media)
    except Invalid as invalid:
        done.refused += 1
        found = text[:LONGEST].decode(errors="replace")
        done.refusals += [_refusal(name, line, fault, found) for fault in invalid.faults[:5]]
        return
    waiting += [
        _Waiting(ready(event), line, place)
        for event, place in zip(fit.document.events, fit.places, strict=True)
    ]
    if fit.faults:
        done.refused += len({fault.event for fault in fit.faults})
        bodies = _bodies(text, media)
        done.refusals += [_refusal(name, line, fault, bodies[fault.event or 0]) for fault in fit.faults]
    if fit.document.master_data:
        done.master_data.append((list(fit.document.master_data), fit.document.context))


def _bodies(text: bytes, media: str) -> list[Any]:
    """The events of a document as they were given: JSON, or the text of XML."""
    if media == "application/xml":
        events = xml_reading.events_of(xml_reading.parse(text))
        return [etree.tostring(event, encoding="unicode", with_tail=False) for event in events]
    data = jsonld.decode(text)
    return documents.json_events(data) or [data]


def _refusal(name: str, line: int | None, fault: Fault, found: Any) -> Refusal:
    return Refusal(name, line or fault.line, fault.place or "/", fault.what, fault.remedy, found)


def _capture(worker: _Worker, name: str, waiting: Sequence[_Waiting], done: Done) -> None:
    # In the order of time neighbours in a month's table and its indexes are written together.
    waiting = sorted(waiting, key=attrgetter("ready.when"))
    events = [one.ready for one in waiting]
    _ensure_months(worker, events)
    captured = _captured(worker, events)
    done.stored += captured.stored
    done.duplicates += captured.duplicates
    done.refused += sum(id is None for id in captured.ids)
    done.refusals += [_refused(name, problem, waiting[problem.event or 0]) for problem in captured.problems]


def _refused(name: str, problem: Problem, one: _Waiting) -> Refusal:
    """A reason by the place in the document: capture tells the place in the batch."""
    place = problem.place.replace(f"/eventList/{problem.event}", f"/eventList/{one.place}", 1)
    return Refusal(name, one.line, place, problem.what, problem.remedy, one.ready.event.body)


def _captured(worker: _Worker, events: Sequence[Ready]) -> capturing.Captured:
    """Capture; tried again where the database ended it because two of us waited for each other."""
    for left in reversed(range(TRIES)):
        try:
            return capturing.capture_ready(
                events,
                party=worker.party,
                at=worker.at,
                behaviour=capturing.PROCEED,
                connection=worker.connection,
            )
        except psycopg.errors.DeadlockDetected:
            if not left:
                raise
    raise AssertionError("unreachable")


def _ensure_months(worker: _Worker, events: Sequence[Ready]) -> None:
    """Make the partitions of new months in a transaction of their own: others that need them wait no longer than that."""
    times = {(at.year, at.month): at for at in [one.event.time for one in events]}
    new = {months.month(at): at for at in times.values()}
    if new.keys() - worker.months:
        with worker.connection.transaction():
            months.ensure(worker.connection, new.values())
        worker.months |= new.keys()


_encoder, _part = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Part)
