"""Loading files in bulk (批量装载): read and hashed in processes beside, captured here, a few thousand events at a time.

What a file holds is judged as a capture would judge it; an invalid event is told with its place and left out.
"""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from xilin.apps.trace.epcis import documents
from xilin.apps.trace.epcis.errors import Invalid
from xilin.apps.trace.epcis.events import Event
from xilin.apps.trace.repository import masterdata
from xilin.apps.trace.repository.capture import PROCEED, capture

LINES = 2000
AHEAD = 3
"""Parts read ahead of the one that is captured."""


class Loaded(msgspec.Struct):
    """What became of files: how many events of them were stored, there before, refused; and the faults in words."""

    events: int = 0
    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    faults: list[str] = []


class _Part(msgspec.Struct):
    """What was read of a part of a file."""

    events: list[Event]
    faults: list[str]
    refused: int
    master_data: list[dict[str, Any]]
    context: dict[str, str]


def load(files: Sequence[Path], *, party: str, at: datetime, processes: int | None = None) -> Loaded:
    """Load files in their order; each part in a transaction of its own, so a load that broke off can be begun again."""
    told = Loaded()
    count = processes or max(1, (os.cpu_count() or 2) - 1)
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        waiting: list[Future[bytes]] = []
        parts = _parts(files)
        waiting += [pool.submit(_read, *part) for part in islice(parts, count + AHEAD)]
        while waiting:
            part = _decoder.decode(waiting.pop(0).result())
            waiting += [pool.submit(_read, *one) for one in islice(parts, 1)]
            _keep(part, party, at, told)
    return told


def _keep(part: _Part, party: str, at: datetime, told: Loaded) -> None:
    """Capture a part."""
    told.events += len(part.events) + part.refused
    told.refused += part.refused
    told.faults += part.faults
    captured = capture(part.events, party=party, at=at, behaviour=PROCEED)
    told.stored += captured.stored
    told.duplicates += captured.duplicates
    told.refused += sum(id is None for id in captured.ids)
    told.faults += [f"{problem.place}: {problem.what.en}" for problem in captured.problems]
    if part.master_data:
        masterdata.keep_with_django(part.master_data, part.context, party=party, at=at)


def _parts(files: Sequence[Path]) -> Iterator[tuple[str, bytes, bool]]:
    """The parts of files: a document whole, a file of lines some thousand lines at a time."""
    for file in files:
        with file.open("rb") as stream:
            if file.suffix.lower() not in (".ndjson", ".jsonl"):
                yield file.name, stream.read(), False
                continue
            first = 1
            while lines := list(islice(stream, LINES)):
                yield f"{file.name}:{first}", b"".join(lines), True
                first += len(lines)


def _read(name: str, body: bytes, lines: bool) -> bytes:
    """Read a part in a process of its own."""
    part = _Part([], [], 0, [], {})
    media = "application/xml" if body.lstrip()[:1] == b"<" else "application/json"
    for number, text in enumerate(body.splitlines() if lines else [body]):
        if text.strip():
            _read_one(f"{name}+{number}" if lines else name, text, media, part)
    return _encoder.encode(part)


def _read_one(name: str, text: bytes, media: str, part: _Part) -> None:
    try:
        fit = documents.read_fit(text, media)
    except Invalid as invalid:
        part.refused += 1
        part.faults += [f"{name} {fault.place}: {fault.what.en}" for fault in invalid.faults[:5]]
        return
    part.events += fit.document.events
    part.refused += len({fault.event for fault in fit.faults})
    part.faults += [f"{name} {fault.place}: {fault.what.en}" for fault in fit.faults]
    part.master_data += fit.document.master_data
    part.context |= fit.document.context


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Part)
