"""Sheets of workbooks."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import Intake, files, rows_to_batches, unreadable


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows below the row of headings, as text; rows without any value are not rows."""
    for file in files(connection.path):
        rows = _rows(file, connection)
        headings = next(rows, None)
        if headings is None or not any(headings):
            raise faults.no_header(file.name)
        width = max(index for index, name in enumerate(headings, 1) if name)
        names = intake.header(file.name, [name or "" for name in headings[:width]], of_rows=True)
        body = (_fitted(row, width) for row in rows if any(value is not None for value in row))
        for found in rows_to_batches(names, body):
            yield intake.since_cursor(found)


def _rows(file: Path, connection: Connection) -> Iterator[list[str | None]]:
    """The rows from the headings on."""
    try:
        book = CalamineWorkbook.from_path(str(file))
        name = connection.sheet or book.sheet_names[0]
        sheet = book.get_sheet_by_name(name)
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number >= connection.header_row:
                yield [as_text(value) for value in row]
    except WorksheetNotFound:
        raise faults.no_sheet(file.name, connection.sheet, book.sheet_names) from None
    except PasswordError:
        raise faults.locked_workbook(file.name) from None
    except CalamineError as error:
        raise faults.broken_workbook(
            file.name, causes.first_line(str(error), type(error).__name__)
        ) from error
    except OSError as error:
        raise unreadable(file.name, error) from error


def _fitted(row: Sequence[str | None], width: int) -> list[str | None]:
    return [*row[:width], *([None] * (width - len(row)))]


def as_text(value: Any) -> str | None:
    """A cell as text: whole numbers without a point, dates 2026-03-01, times of day 2026-03-01 10:00:00.

    >>> [as_text(v) for v in (12.0, 1.5, True, date(2026, 3, 1), datetime(2026, 3, 1, 10), "")]
    ['12', '1.5', 'true', '2026-03-01', '2026-03-01 10:00:00', None]
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
