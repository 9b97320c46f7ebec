"""What a connector is asked for and what it tells beside the rows."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import pyarrow as pa

from xilin.kernel.collect import causes, faults
from xilin.lib.text import Text

# Rows a connector puts into one record batch: large enough for arrays to pay, small enough for memory.
ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Ragged:
    """A line of a CSV file with more or fewer values than there are columns, as it stood."""

    file: str
    text: str


@dataclass
class Intake:
    """One reading of a source.

    Args:
        needed: columns as found that the mapping needs.
        cursor: the column increments are told by, "" where everything is read.
        since: the greatest value of it seen by earlier batches.

    A connector calls `header` before its first row and keeps `newest` up to date.
    """

    needed: Sequence[str]
    cursor: str = ""
    since: str | None = None
    newest: str | None = None
    names: tuple[str, ...] = ()
    notices: list[Text] = field(default_factory=list)
    ragged: list[Ragged] = field(default_factory=list)

    def header(self, where: str, found: Iterable[str], *, of_rows: bool = False) -> tuple[str, ...]:
        """Check the columns as found, and give them the names they have in the raw table.

        Args:
            of_rows: the names are the first row of a file, which may be data where its headings are missing.

        Raises:
            SourceFault: a column that is needed isn't there.
        """
        names = distinct(found)
        wanted = [*self.needed, *([self.cursor] if self.cursor else [])]
        missing = [name for name in dict.fromkeys(wanted) if name not in names]
        if missing and of_rows and not set(wanted) & set(names):
            raise faults.other_headings(where, missing, len(names))
        if missing:
            raise faults.missing_columns(where, missing, names)
        extra = [name for name in names if name not in wanted]
        if extra:
            self._notice_extra(where, extra)
        self.names = tuple(dict.fromkeys([*self.names, *names]))
        return names

    def seen(self, value: str | None) -> None:
        """Remember a value of the cursor column where it is the greatest so far, compared as text."""
        if value is not None and (self.newest is None or value > self.newest):
            self.newest = value

    def since_cursor(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Of rows read whole, those at or after the cursor's last value or without one, compared as text."""
        import pyarrow.compute as pc

        if not self.cursor:
            return rows
        values = rows.column(self.cursor)
        self.seen(pc.max(values).as_py())
        if self.since is None:
            return rows
        fresh = pc.fill_null(pc.greater_equal(values, pa.scalar(self.since)), True)
        return rows.filter(fresh)

    def _notice_extra(self, where: str, extra: list[str]) -> None:
        extra = faults.named(extra)
        self.notices.append(
            Text(
                zh=f"{where} 有未映射的列：{'、'.join(extra)}；原始表保留这些列，标准表不用。",
                en=f"{where} has columns that are not mapped: {', '.join(extra)}; raw keeps them, standard doesn't use them.",
            )
        )


def distinct(found: Iterable[str]) -> tuple[str, ...]:
    """Names trimmed, the empty ones numbered, and no two alike but for case: the second gets `_2`.

    >>> distinct(["XM", " xm ", "", "_row"])
    ('XM', 'xm_2', 'column_3', '_row_2')
    """
    names: list[str] = []
    taken = {"_row", "_batch", "_text"}
    for number, name in enumerate(found, 1):
        base = name.strip().lstrip("\ufeff") or f"column_{number}"
        wanted, suffix = base, 2
        while wanted.lower() in taken:
            wanted, suffix = f"{base}_{suffix}", suffix + 1
        taken.add(wanted.lower())
        names.append(wanted)
    return tuple(names)


_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def filled(text: str) -> str:
    """A text of the declaration with `${NAME}` taken from the environment.

    Raises:
        SourceFault: the environment has no such variable, or an empty one.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1])
        if not found:
            raise faults.unset_variable(match[1])
        return found

    return _VARIABLE.sub(value, text)


def address(url: str) -> SplitResult:
    """A URL of the declaration, its variables filled in, taken apart.

    Raises:
        SourceFault: it can't be; most often a password has signs that a URL writes as %XX.
    """
    try:
        parts = urlsplit(filled(url))
        # PostgreSQL takes several hosts with a port each.
        whole = "," in parts.netloc or parts.port is None or parts.port
    except ValueError:
        raise faults.bad_address() from None
    if not whole or not parts.scheme or "@" in parts.path + parts.fragment:
        raise faults.bad_address()
    return parts


def files(pattern: str) -> list[Path]:
    """The files of a path or glob in the order of their names.

    Raises:
        SourceFault: there are none.
    """
    path = filled(pattern)
    root = Path(path).anchor or "."
    inside = path.removeprefix(root) if root != "." else path
    try:
        found = sorted(Path(root).glob(inside)) if any(mark in inside for mark in "*?[") else [Path(path)]
        found = [file for file in found if file.is_file()]
    except OSError as error:
        raise unreadable(Path(path).name[: faults.LONGEST_NAME], error) from error
    if not found:
        raise faults.no_file(Path(path).name)
    return found


def unreadable(file: str, error: OSError) -> faults.SourceFault:
    """The fault of a file that the system doesn't open."""
    return faults.unreadable_file(file, causes.of_file(error), error.strerror or type(error).__name__)


def text_batch(names: Sequence[str], columns: Iterable[Any]) -> pa.RecordBatch:
    """Columns of text, bytes or None as a record batch of text.

    Raises:
        SourceFault: bytes are no UTF-8.
    """
    arrays = []
    for name, column in zip(names, columns, strict=True):
        try:
            array = pa.array(column)
            arrays.append(array.cast(pa.string()) if array.type != pa.string() else array)
        except pa.ArrowInvalid:
            raise faults.not_text(name) from None
    return pa.RecordBatch.from_arrays(arrays, names=list(names))


def rows_to_batches(
    names: Sequence[str], rows: Iterable[Sequence[str | bytes | None]]
) -> Iterator[pa.RecordBatch]:
    """Rows of text as record batches of `ROWS` rows."""
    held: list[Sequence[str | bytes | None]] = []
    for row in rows:
        held.append(row)
        if len(held) >= ROWS:
            yield text_batch(names, zip(*held, strict=True))
            held = []
    if held:
        yield text_batch(names, zip(*held, strict=True))
