"""Tables that people work with: sorted, filtered, paged, with the columns one wants, taken along as CSV or XLSX.

A view declares the columns, hands in its rows (a query set of what the reader may see, or a list) and gets a table that
has already answered the request. All of it works through plain links and a form; htmx only changes the table in place.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

Kind = Literal["text", "number", "percent", "moment", "day", "status", "code"]
Rows = QuerySet[Any] | Sequence[Any]
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIGURES = {"number", "percent"}
# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
EXPORT_MOST = 50_000
PAGE_ROWS = 25


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the address and in words, what it tells of a row, and how.

    `value` is an attribute's name, a key, or what computes the value of a row. `sort` is the field of a query set by which
    the column is sorted; lists are sorted by the value itself, where `sortable` says so. `href` leads from the cell's row to
    its page; `template` draws the cell from `row` and `value` where a value is not enough. `status` gives the class of a badge.
    """

    name: str
    title: str
    value: str | Callable[[Any], Any] = ""
    kind: Kind = "text"
    sort: str = ""
    sortable: bool = False
    decimals: int = 0
    shown: bool = True
    href: Callable[[Any], str] | None = None
    status: Callable[[Any], str] | None = None
    template: str = ""

    @property
    def is_figure(self) -> bool:
        """Whether its cells are set so that digits stand below digits."""
        return self.kind in FIGURES

    @property
    def by(self) -> bool:
        """Whether one may sort by it."""
        return bool(self.sort) or self.sortable

    def of(self, row: Any) -> Any:
        """What it tells of a row."""
        if callable(self.value):
            return self.value(row)
        name = self.value or self.name
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name)


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the table that narrows its rows: `narrow` takes the rows and a value of `choices`."""

    name: str
    title: str
    choices: Sequence[tuple[str, str]]
    narrow: Callable[[Rows, str], Rows]


@dataclass(frozen=True, slots=True)
class Chip:
    """Something the rows are narrowed by now, and the address without it."""

    title: str
    value: str
    without: str


@dataclass
class Table:
    """A table as one asked for it: made from a request by `asked`."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Rows
    query: QueryDict
    path: str
    filters: Sequence[Filter] = ()
    find: Callable[[Rows, str], Rows] | None = None
    order: str = ""
    per_page: int = PAGE_ROWS
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of its place in the page."""
        return f"table-{self.name}"

    @cached_property
    def visible(self) -> list[Column]:
        """The columns one wants to see; the first is always among them."""
        wanted = set(self.query.getlist("show"))
        known = [column for column in self.columns if column.name in wanted]
        if not known:
            return [column for column in self.columns if column.shown]
        first = self.columns[0]
        return known if known[0] is first else [first, *known]

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The column the rows are sorted by, and whether downwards; an unknown name sorts by nothing."""
        asked = self.query.get("sort", "") or self.order
        name = asked.removeprefix("-")
        return (
            (name, asked.startswith("-"))
            if any(c.name == name and c.by for c in self.columns)
            else ("", False)
        )

    @cached_property
    def found(self) -> Rows:
        """The rows that pass the filters, in order."""
        rows = self.rows
        if self.find and (words := self.query.get("q", "").strip()):
            rows = self.find(rows, words)
        for one in self.filters:
            if value := self.chosen.get(one.name, ""):
                rows = one.narrow(rows, value)
        name, down = self.sorted_by
        column = next((column for column in self.columns if column.name == name), None)
        if column is None:
            return rows
        if isinstance(rows, QuerySet):
            return rows.order_by(f"{'-' * down}{column.sort}", "pk") if column.sort else rows
        told = [row for row in rows if column.of(row) is not None]
        untold = [row for row in rows if column.of(row) is None]
        return [*sorted(told, key=column.of, reverse=down), *untold]

    @cached_property
    def page(self) -> Page[Any]:
        """The rows of the page one is on; the nearest one where there is no such page."""
        return Paginator(self.found, self.per_page).get_page(self.query.get("page"))

    @property
    def count(self) -> int:
        """How many rows were found."""
        return self.page.paginator.count

    @property
    def chips(self) -> list[Chip]:
        """What narrows the rows now."""
        chips = []
        if words := self.query.get("q", "").strip():
            chips.append(Chip("", words, self.address(q="", page="")))
        for one in self.filters:
            if value := self.chosen.get(one.name, ""):
                without = self.address(**{one.name: "", "page": ""})
                chips += [Chip(one.title, dict(one.choices)[value], without)]
        return chips

    def address(self, **changes: str) -> str:
        """The address of the table with some parameters changed; an empty value removes one."""
        wanted = self.query.copy()
        for name, value in changes.items():
            wanted.pop(name, None)
            if value:
                wanted[name] = value
        query = wanted.urlencode()
        return f"{self.path}?{query}" if query else self.path

    def heads(self) -> list[dict[str, Any]]:
        """The visible columns with the way they are sorted and the address that sorts by them (the other way round)."""
        name, down = self.sorted_by

        def other(column: Column) -> str:
            # What is counted is wanted from the most on, words from the first on.
            first = column.is_figure or column.kind in {"moment", "day"}
            return "-" if (not down if column.name == name else first) else ""

        return [
            {
                "column": column,
                "sorted": ("descending" if down else "ascending") if column.name == name else "",
                "href": self.address(sort=other(column) + column.name, page="") if column.by else "",
            }
            for column in self.visible
        ]

    def lines(self) -> list[dict[str, Any]]:
        """The rows of this page with their cells."""
        return [
            {
                "row": row,
                "cells": [
                    {
                        "column": column,
                        "value": column.of(row),
                        "href": column.href(row) if column.href else "",
                        "status": column.status(row) if column.status else "",
                    }
                    for column in self.visible
                ],
            }
            for row in self.page
        ]

    def kept(self, *names: str) -> list[tuple[str, str]]:
        """The parameters a form of the table must carry along: all but these and the page."""
        left_out = {*names, "page", "export"}
        return [
            (name, value) for name, values in self.query.lists() if name not in left_out for value in values
        ]


def asked(
    request: HttpRequest,
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Rows,
    *,
    filters: Sequence[Filter] = (),
    find: Callable[[Rows, str], Rows] | None = None,
    order: str = "",
    per_page: int = PAGE_ROWS,
) -> Table:
    """The table a request asks for: `q`, `sort`, `page`, `show`, and the filters by their names; what is unknown is ignored."""
    chosen = {
        one.name: value
        for one in filters
        if (value := request.GET.get(one.name, "")) in {code for code, _ in one.choices} and value
    }
    return Table(
        name, title, columns, rows, request.GET, request.path, filters, find, order, per_page, chosen
    )


def exported(table: Table) -> HttpResponse | None:
    """The found rows as a file where `export=csv` or `export=xlsx` asks for one; None where the page is wanted."""
    wanted = table.query.get("export", "")
    if wanted == "csv":
        body, kind = _as_csv(table), "text/csv; charset=utf-8"
    elif wanted == "xlsx":
        body, kind = _as_workbook(table), SPREADSHEET
    else:
        return None
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{table.name}.{wanted}"'
    return response


def _cells(table: Table) -> list[list[Any]]:
    return [[_plain(column.of(row)) for column in table.visible] for row in table.found[:EXPORT_MOST]]


def _plain(value: Any) -> Any:
    """A value a file can hold: times without their zone in the platform's, text that no spreadsheet computes."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if value is None or isinstance(value, bool | int | float | date):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _as_csv(table: Table) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.title for column in table.visible])
    writer.writerows(
        [value.isoformat(" ", "seconds") if isinstance(value, datetime) else value for value in row]
        for row in _cells(table)
    )
    # Spreadsheets take a file without this mark for one of the country's older encodings.
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _as_workbook(table: Table) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    # Text is text: nothing in it becomes a formula, an address to follow or a number.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", **plain})
    sheet = book.add_worksheet(table.name[:31])
    head = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, column in enumerate(table.visible):
        sheet.write_string(0, at, column.title, head)
        sheet.set_column(at, at, 12 if column.is_figure else 20)
    for number, row in enumerate(_cells(table), 1):
        for at, value in enumerate(row):
            is_day = isinstance(value, date) and not isinstance(value, datetime)
            sheet.write(number, at, value, *([day] if is_day else []))
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
