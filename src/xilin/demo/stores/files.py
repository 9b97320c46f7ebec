"""CSV in the encodings offices export, and XLSX with titles above the headings."""

import io
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from pyarrow import csv

from xilin.demo.records import Found
from xilin.demo.stores.rows import parts

ROWS = 50_000


def write_csv(table: pa.Table, path: Path, encoding: str) -> None:
    """Write rows as a spreadsheet program exports them: commas, CRLF, quotes around texts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(",".join(table.column_names) + "\r\n")
        for part in parts(table, ROWS):
            text = io.BytesIO()
            csv.write_csv(part, text, csv.WriteOptions(include_header=False, eol="\r\n"))
            file.write(text.getvalue().decode())


def by_county(table: pa.Table, area: str) -> Iterable[tuple[str, pa.Table]]:
    """The rows of each county (six digits of the `area` column), in the order of the counties."""
    county = pc.fill_null(pc.utf8_slice_codeunits(table.column(area), 0, 6), "000000")
    for code in sorted(pc.unique(county).to_pylist()):
        yield code, table.filter(pc.equal(county, code))


def in_runs(table: pa.Table, names: list[str]) -> Iterable[tuple[str, pa.Table]]:
    """The rows in as many runs of nearly equal length as there are names."""
    ends = np.linspace(0, table.num_rows, len(names) + 1).astype(int)
    for name, start, end in zip(names, ends[:-1], ends[1:], strict=True):
        yield name, table.slice(int(start), int(end - start))


def write_xlsx(found: Found, path: Path, sheet: str, above: list[str]) -> None:
    """Write a workbook: lines of text `above` the headings, dates as Excel's own where they are dates."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False})
    page = book.add_worksheet(sheet)
    forms = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "stamp": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    for number, line in enumerate(above):
        page.write_string(number, 0, line)
    page.write_row(len(above), 0, found.table.column_names)
    kinds = [found.types.get(name, "text") for name in found.table.column_names]
    columns = [column.to_pylist() for column in found.table.columns]
    for number, row in enumerate(zip(*columns, strict=True), start=len(above) + 1):
        for at, (kind, value) in enumerate(zip(kinds, row, strict=True)):
            _cell(page, number, at, value, kind, forms)
    book.close()


def _cell(page: Any, row: int, column: int, value: str | None, kind: str, forms: dict[str, Any]) -> None:
    """One cell; a date no calendar has stays the text somebody typed."""
    if value is None:
        return
    if kind == "number":
        page.write_number(row, column, float(value))
        return
    moment = _moment(value) if kind in forms else None
    if moment is None:
        page.write_string(row, column, value)
    else:
        page.write_datetime(row, column, moment, forms[kind])


STAMP = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")


def _moment(value: str) -> datetime | None:
    if not STAMP.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.year >= 1900 else None
