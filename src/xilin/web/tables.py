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
from typing import Any, Literal, cast

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

Kind = Literal["text", "number", "percent", "moment", "day", "status", "code", "acts"]
Rows = QuerySet[Any] | Sequence[Any]
Below = str | Sequence[str | tuple[str, str]]
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIGURES = {"number", "percent"}
WAYS = {"up": False, "down": True}
# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
EXPORT_MOST = 50_000
PAGE_ROWS = 25
FEW = 7


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the address and in words, what it tells of a row, and how.

    `value` is an attribute's name, a key, or what computes the value of a row. `sort` is the field of a query set by which
    the column is sorted; lists are sorted by the value itself, where `sortable` says so. `href` leads from the cell's row to
    its page; `below` is a second, fainter line, or several, each with a class where it has one (`(class, words)`); empty ones are left out.
    Where a value is not enough, `template` draws the cell from `row` and `value`, or `drawn` draws the value without one, for tables whose
    templates would be most of what a page costs.
    `status` gives the class of a badge; `wide` is a column of sentences. A column of kind "acts" holds what may be done with a row: it is in no file.
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
    below: Callable[[Any], Below] | None = None
    template: str = ""
    drawn: Callable[[Any], str] | None = None
    wide: bool = False

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
        if self.kind == "acts":
            return ""
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
    """A table as one asked for it: made from a request by `asked`.

    `prefix` keeps the parameters of several tables of a page apart. `empty` says that there is nothing, and what to do about
    it. `more` is what the templates of cells want to know beside the row.

    Rows that wait in the database are looked up page by page: `together` makes of those that are shown, or go into a file,
    what the columns tell of, with a few questions for all of them. `arrange` sorts what is neither a query set nor a list.
    `current` is the row that the page is about.
    """

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
    prefix: str = ""
    empty: tuple[str, str] = ("", "")
    more: Mapping[str, Any] = field(default_factory=dict)
    together: Callable[[Sequence[Any]], Sequence[Any]] | None = None
    arrange: Callable[[Rows, str, bool], Rows] | None = None
    current: Callable[[Any], bool] | None = None

    def given(self, name: str) -> str:
        """A parameter of this table as the request has it."""
        return self.query.get(self.prefix + name, "")

    @property
    def words(self) -> str:
        """What is searched for."""
        return self.given("q").strip() if self.find else ""

    @property
    def id(self) -> str:
        """The id of its place in the page."""
        return f"table-{self.name}"

    @cached_property
    def visible(self) -> list[Column]:
        """The columns one wants to see; the first is always among them, and what may be done with a row."""
        wanted = set(self.query.getlist(self.prefix + "show"))
        if not any(column.name in wanted for column in self.columns):
            return [column for column in self.columns if column.shown]
        wanted |= {self.columns[0].name} | {column.name for column in self.columns if column.kind == "acts"}
        return [column for column in self.columns if column.name in wanted]

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The column the rows are sorted by, and whether downwards; an unknown name sorts by nothing.

        A head says both in one word (`sort=-rows`), a form has a choice for each (`sort=rows&way=down`).
        """
        asked = self.given("sort") or self.order
        name = asked.removeprefix("-")
        way = self.given("way") if self.given("sort") else ""
        return (
            (name, WAYS.get(way, asked.startswith("-")))
            if any(c.name == name and c.by for c in self.columns)
            else ("", False)
        )

    @cached_property
    def found(self) -> Rows:
        """The rows that pass the filters, in order."""
        rows = self.rows
        if self.find and self.words:
            rows = self.find(rows, self.words)
        for one in self.filters:
            if value := self.chosen.get(one.name, ""):
                rows = one.narrow(rows, value)
        name, down = self.sorted_by
        column = next((column for column in self.columns if column.name == name), None)
        if column is None:
            return rows
        if self.arrange:
            return self.arrange(rows, column.sort, down)
        if isinstance(rows, QuerySet):
            return rows.order_by(f"{'-' * down}{column.sort}", "pk") if column.sort else rows
        told = [row for row in rows if column.of(row) is not None]
        untold = [row for row in rows if column.of(row) is None]
        return [*sorted(told, key=column.of, reverse=down), *untold]

    @cached_property
    def page(self) -> Page[Any]:
        """The rows of the page one is on; the nearest one where there is no such page."""
        return Paginator(self.found, self.per_page).get_page(self.given("page") or None)

    @property
    def count(self) -> int:
        """How many rows were found."""
        return self.page.paginator.count

    @property
    def taking(self) -> Sequence[Any]:
        """The rows a reader gets now: those of the page, or of the file that is asked for."""
        return list(self.found[:EXPORT_MOST] if self.given("export") in FILES else self.page.object_list)

    @property
    def taken(self) -> int:
        """How many these are."""
        return min(self.count, EXPORT_MOST) if self.given("export") in FILES else len(self.page.object_list)

    def told(self, rows: Any) -> Sequence[Any]:
        """Rows as the columns tell of them."""
        return self.together(list(rows)) if self.together else list(rows)

    @property
    def narrows(self) -> bool:
        """Whether what narrows the rows is worth its room: a few rows are seen at a glance."""
        return bool(self.chips) or ((bool(self.filters) or self.find is not None) and self.count > FEW)

    @property
    def chips(self) -> list[Chip]:
        """What narrows the rows now."""
        chips = []
        if self.words:
            chips.append(Chip("", self.words, self.address(q="", page="")))
        for one in self.filters:
            if value := self.chosen.get(one.name, ""):
                without = self.address(**{one.name: "", "page": ""})
                chips += [Chip(one.title, dict(one.choices)[value], without)]
        return chips

    def address(self, **changes: str) -> str:
        """The address of the table with some parameters changed; an empty value removes one."""
        wanted = self.query.copy()
        if "sort" in changes:
            wanted.pop(f"{self.prefix}way", None)
        for name, value in changes.items():
            wanted.pop(self.prefix + name, None)
            if value:
                wanted[self.prefix + name] = value
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
                "current": bool(self.current and self.current(row)),
                "cells": [
                    {
                        "column": column,
                        "value": column.of(row),
                        "href": column.href(row) if column.href else "",
                        "status": column.status(row) if column.status else "",
                        "below": column.below(row) if column.below else "",
                        "drawn": column.drawn(row) if column.drawn else "",
                    }
                    for column in self.visible
                ],
            }
            for row in self.told(self.page.object_list)
        ]

    def kept(self, *names: str) -> list[tuple[str, str]]:
        """The parameters a form of the table must carry along: all but these and the page."""
        left_out = {self.prefix + name for name in (*names, "page", "export")}
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
    prefix: str = "",
    empty: tuple[str, str] = ("", ""),
    more: Mapping[str, Any] | None = None,
    together: Callable[[Sequence[Any]], Sequence[Any]] | None = None,
    arrange: Callable[[Rows, str, bool], Rows] | None = None,
    current: Callable[[Any], bool] | None = None,
    path: str = "",
) -> Table:
    """The table a request asks for: `q`, `sort`, `page`, `show`, and the filters by their names; what is unknown is ignored.

    `path` is the page the table stands on, where the answer to a form's own address shows it too.
    """
    chosen = {
        one.name: value
        for one in filters
        if (value := request.GET.get(prefix + one.name, "")) in {code for code, _ in one.choices} and value
    }
    return Table(
        name,
        title,
        columns,
        rows,
        request.GET,
        path or request.path,
        filters,
        find,
        order,
        per_page,
        chosen,
        prefix,
        empty,
        more or {},
        together,
        arrange,
        current,
    )


def exported(*tables: Table) -> HttpResponse | None:
    """The found rows as a file where `export=csv` or `export=xlsx` asks for one; None where the page is wanted."""
    table = next((table for table in tables if table.given("export") in FILES), None)
    if table is None:
        return None
    wanted = table.given("export")
    body, kind = FILES[wanted](table)
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{table.name}.{wanted}"'
    return response


def _told(table: Table) -> list[Column]:
    return [column for column in table.visible if column.kind != "acts"]


def _cells(table: Table) -> list[list[Any]]:
    columns = _told(table)
    return [[_plain(column.of(row)) for column in columns] for row in table.told(table.found[:EXPORT_MOST])]


def _plain(value: Any) -> Any:
    """A value a file can hold: times without their zone in the platform's, text that no spreadsheet computes."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if value is None or isinstance(value, bool | int | float | date):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _as_csv(table: Table) -> tuple[bytes, str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.title for column in _told(table)])
    writer.writerows(
        [value.isoformat(" ", "seconds") if isinstance(value, datetime) else value for value in row]
        for row in _cells(table)
    )
    # Spreadsheets take a file without this mark for one of the country's older encodings.
    return b"\xef\xbb\xbf" + out.getvalue().encode(), "text/csv; charset=utf-8"


def _as_workbook(table: Table) -> tuple[bytes, str]:
    import xlsxwriter

    out = io.BytesIO()
    # Text is text: nothing in it becomes a formula, an address to follow or a number.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm", **plain})
    sheet = book.add_worksheet(table.name[:31])
    head = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, column in enumerate(_told(table)):
        sheet.write_string(0, at, column.title, head)
        sheet.set_column(at, at, 12 if column.is_figure else 20)
    for number, row in enumerate(_cells(table), 1):
        for at, value in enumerate(row):
            is_day = isinstance(value, date) and not isinstance(value, datetime)
            sheet.write(number, at, value, *([day] if is_day else []))
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue(), SPREADSHEET


FILES: dict[str, Callable[[Table], tuple[bytes, str]]] = {"csv": _as_csv, "xlsx": _as_workbook}


def containing(*values: Callable[[Any], object]) -> Callable[[Rows, str], Rows]:
    """A search of a list: the rows in which one of these values contains the words, whatever their case."""

    def find(rows: Rows, words: str) -> Rows:
        wanted = words.casefold()
        return [row for row in rows if any(wanted in str(value(row) or "").casefold() for value in values)]

    return find


def matching(*fields: str) -> Callable[[Rows, str], Rows]:
    """The same of a query set, by the names of its fields."""

    def find(rows: Rows, words: str) -> Rows:
        wanted = Q()
        for name in fields:
            wanted |= Q(**{f"{name}__icontains": words})
        return cast("QuerySet[Any]", rows).filter(wanted)

    return find
