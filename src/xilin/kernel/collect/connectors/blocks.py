"""CSV text in a stream of UTF-8 bytes, parsed in blocks by Arrow."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc

BLOCK = 4 << 20


class Blocks:
    """A file for Arrow to read from, fed by an iterator of pieces of bytes.

    A fault raised by the iterator is kept in `fault`: Arrow may wrap what it gets.
    """

    closed = False

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = bytearray()
        self.fault: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        try:
            while size < 0 or len(self._held) < size:
                self._held += next(self._pieces)
        except StopIteration:
            pass
        except Exception as fault:
            self.fault = fault
            raise
        size = len(self._held) if size < 0 else size
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def readable(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing to close: who opened the pieces closes them."""
        self.closed = True


def is_long_row(error: pa.ArrowInvalid) -> bool:
    """Whether Arrow gave up at a row longer than a block."""
    return "straddling" in str(error)


def parse(
    source: Blocks,
    names: Sequence[str],
    *,
    delimiter: str = ",",
    empty_is_null: bool = True,
    ragged: Callable[[str], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Record batches of text.

    Args:
        empty_is_null: whether a quoted empty value is null as an unquoted one is.
        ragged: gets the text of a row with more or fewer values than names; without it such a row raises.

    Raises:
        pyarrow.ArrowInvalid: the quoting can't be followed.
    """

    def strange(row: Any) -> str:
        if ragged is None:
            return "error"
        ragged(row.text)
        return "skip"

    reader = pc.open_csv(
        source,
        pc.ReadOptions(block_size=BLOCK, column_names=list(names), use_threads=True),
        pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=strange),
        pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=empty_is_null,
            check_utf8=False,
        ),
    )
    yield from reader
