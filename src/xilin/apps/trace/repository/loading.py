"""Loading files in bulk (批量装载): parts of some megabytes, each read and captured by one of a few processes.

What a file holds is captured as by any capture, so all that a capture keeps true is kept true. Each part's events are there
whole or not at all; a load that broke off is begun again with the same files, and what is there already stays as it is.
What is invalid is told, with its place and what it says, and left out.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection, transaction

from xilin.apps.trace.repository import capture as capturing
from xilin.apps.trace.repository import loading_parts, masterdata
from xilin.apps.trace.repository.loading_parts import Done, Part, Refusal

PART, LEAST = 4 * 2**20, 2**19
"""Bytes of a part of a file of lines, and of the last ones, which are smaller so that all processes end together; a line is never cut."""
AHEAD = 2
"""Parts that wait in line, so that no process is idle."""
TOLD = 1000
"""Refusals that are kept to be told; a file of refusals has all."""


class Loaded(msgspec.Struct):
    """What became of files: how many of their events were stored, there before, refused; and the first refusals."""

    stored: int = 0
    duplicates: int = 0
    refused: int = 0
    refusals: list[Refusal] = []

    @property
    def events(self) -> int:
        """All that were read."""
        return self.stored + self.duplicates + self.refused


def load(
    files: Sequence[Path],
    *,
    party: str,
    at: datetime,
    processes: int | None = None,
    refused: Path | None = None,
) -> Loaded:
    """Load files, durable when this returns.

    Args:
        files: documents, or files of lines (`.ndjson`, `.jsonl`) with a document or an event in each.
        party: code of the party whose events they are; entered where it isn't known.
        at: the record time.
        processes: how many read and capture; if not said one more than cores, so that none is idle while one waits for the index.
        refused: a file that gets a line of JSON for everything that can't be loaded; made when the first comes.
    """
    told = Loaded()
    with transaction.atomic():
        connection.ensure_connection()
        capturing.party_number(connection.connection, party)
    for done in _all(files, party, at, processes or (os.cpu_count() or 1) + 1):
        _tell(done, told, refused)
        for vocabularies, context in done.master_data:
            masterdata.keep_with_django(vocabularies, context, party=party, at=at)
    _flush()
    return told


def _all(files: Sequence[Path], party: str, at: datetime, processes: int) -> Iterator[Done]:
    """What became of each part, in the order of the files."""
    parts = map(_encoder.encode, _parts(files, processes))
    with ProcessPoolExecutor(
        processes,
        mp_context=_context(),
        initializer=loading_parts.begin,
        initargs=(_parameters(), tuple(capturing.hooks), party, at),
    ) as pool:
        waiting: list[Future[bytes]] = []
        try:
            waiting += [pool.submit(loading_parts.carry, part) for part in islice(parts, processes + AHEAD)]
            while waiting:
                yield _done.decode(waiting.pop(0).result())
                waiting += [pool.submit(loading_parts.carry, part) for part in islice(parts, 1)]
        finally:
            for one in waiting:
                one.cancel()


def _context() -> BaseContext:
    """How processes begin: as copies of this one, which has imported all they need; where threads run beside, which a copy
    would find in the middle of something, from a server of their own."""
    if threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([loading_parts.__name__])
    return context


def _parameters() -> dict[str, Any]:
    """How to connect to the database this process works on."""
    found = connection.get_connection_params()
    return {name: value for name, value in found.items() if isinstance(value, str | int)}


def _parts(files: Sequence[Path], processes: int) -> Iterator[Part]:
    """The parts of files: a document whole, a file of lines some megabytes at a time, less where little is left."""
    left = sum(file.stat().st_size for file in files)
    for file in files:
        path = str(file.resolve())
        if file.suffix.lower() not in (".ndjson", ".jsonl"):
            yield Part(path, 0, size := file.stat().st_size, 0)
            left -= size
            continue
        start, line = 0, 1
        with file.open("rb") as stream:
            while block := stream.read(min(PART, max(LEAST, left // (2 * processes)))):
                block += stream.readline()
                yield Part(path, start, len(block), line)
                start += len(block)
                left -= len(block)
                line += block.count(b"\n")


def _tell(done: Done, told: Loaded, refused: Path | None) -> None:
    told.stored += done.stored
    told.duplicates += done.duplicates
    told.refused += done.refused
    told.refusals += done.refusals[: TOLD - len(told.refusals)]
    if refused is not None and done.refusals:
        refused.parent.mkdir(parents=True, exist_ok=True)
        with refused.open("ab") as stream:
            stream.writelines(_encode(one) + b"\n" for one in done.refusals)


def _flush() -> None:
    """Wait until everything that was committed before is on the disk: a commit that waits does so for all of the log."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        cursor.execute("SELECT pg_logical_emit_message(true, 'xilin', '')")


_encoder, _done = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Done)
_encode = msgspec.json.Encoder().encode
