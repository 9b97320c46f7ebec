"""CSV files in any encoding, one after another, decoded in a stream."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.connectors.blocks import BLOCK, Blocks, is_long_row, parse
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import Intake, Ragged, files, unreadable
from xilin.lib.text import Text

LONGEST_HEADING = 1 << 16
# Lines of the wrong width that are kept aside, in memory; with more of them the file is another than declared.
MOST_RAGGED = 100_000
NOT_FOLLOWED = Text(zh="引号或分隔符无法解析", en="its quotes or delimiters can't be followed")
UNCLOSED = Text(zh="有引号没有结束", en="a quotation mark is never closed")


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of every file that matches, as text.

    The decoder is Python's: DuckDB and Arrow know no four-byte GB 18030. A row with more
    or fewer values than there are headings goes to `intake.ragged` with its text.
    """
    for file in files(connection.path):
        for rows in _read(file, connection, intake):
            yield intake.since_cursor(rows)


def _read(file: Path, connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    pieces = _texts(file, connection.encoding)
    headings, rest = _named(file.name, pieces, connection.delimiter)
    names = intake.header(file.name, headings, of_rows=True)
    quotes = 0

    def encoded() -> Iterator[bytes]:
        nonlocal quotes
        for text in chain([rest], pieces):
            quotes += text.count('"')
            yield text.encode("utf-8", "surrogatepass")

    source, last, kept = Blocks(encoded()), None, len(intake.ragged)
    try:
        for rows in parse(
            source,
            names,
            delimiter=connection.delimiter,
            ragged=lambda text: intake.ragged.append(Ragged(file.name, text)),
        ):
            last = rows if rows.num_rows else last
            if len(intake.ragged) > MOST_RAGGED:
                raise faults.too_ragged(file.name, MOST_RAGGED)
            yield rows
    except pa.ArrowInvalid as error:
        if source.fault is not None:
            raise source.fault from error
        if is_long_row(error):
            raise faults.long_row(file.name, BLOCK >> 20) from None
        if "Empty CSV file" not in str(error):
            raise faults.broken_csv(file.name, NOT_FOLLOWED, _detail(error)) from error
    if quotes % 2 and _runs_on(last, intake.ragged[kept:]):
        raise faults.broken_csv(file.name, UNCLOSED)


def _detail(error: pa.ArrowInvalid) -> str:
    """Arrow's words without the row it may repeat."""
    return re.sub(r"(got \d+): .*", r"\1", causes.first_line(str(error)))


def _named(file: str, pieces: Iterator[str], delimiter: str) -> tuple[list[str], str]:
    """The headings of a file and what was read after them; refused where it has none that can be read."""
    try:
        headings, rest = _headings(pieces, delimiter)
    except csv.Error:
        raise faults.broken_csv(file, UNCLOSED) from None
    if not headings:
        raise faults.no_header(file)
    return headings, rest


def _runs_on(last: pa.RecordBatch | None, ragged: list[Ragged]) -> bool:
    """Whether the last row holds a line's end, as one does whose quotation mark swallowed the rows after it."""
    values = list(last.slice(last.num_rows - 1).to_pylist()[0].values()) if last is not None else []
    return any("\n" in text for text in [*values, *(line.text for line in ragged[-1:])] if text)


def _texts(file: Path, encoding: str) -> Iterator[str]:
    """The file's text in pieces.

    Raises:
        SourceFault: a byte that is no text, with its place.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise faults.unknown_encoding(encoding) from None
    read = lines = 0
    try:
        with file.open("rb") as handle:
            while True:
                block = handle.read(BLOCK)
                read += len(block)
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError as error:
                    offset = read - len(error.object) + error.start
                    line = lines + error.object[: error.start].count(b"\n") + 1
                    raise faults.bad_encoding(file.name, encoding, offset, line) from None
                except UnicodeError:
                    # UTF-16 without its mark.
                    raise faults.bad_encoding(file.name, encoding, read - len(block), lines + 1) from None
                lines += text.count("\n")
                if text:
                    yield text
                if not block:
                    return
    except OSError as error:
        raise unreadable(file.name, error) from error


def _headings(pieces: Iterator[str], delimiter: str) -> tuple[list[str], str]:
    """The first row that isn't empty, and what was read beyond it."""
    held = ""
    for piece in pieces:
        held += piece
        if len(held) >= LONGEST_HEADING:
            break
    text = io.StringIO(held, newline="")
    for row in csv.reader(text, delimiter=delimiter):
        if any(value.strip() for value in row):
            return row, text.read()
    return [], ""
