"""Rows of a workbook by sheet and field: which sheet is meant, where its headings stand, what stands below them."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from xilin.apps.trace.desk.producer.sheets import cells
from xilin.apps.trace.desk.producer.sheets.template import SHEETS, Sheet
from xilin.apps.trace.desk.producer.sheets.workbook import MOST_ROWS, Cell, Grid, Unreadable, letters
from xilin.lib.text import Text

T = TypeVar("T")
HEADED = 10
"""Headings stand in one of the first rows: titles may stand above them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a sheet: the cell, in words, and what to do."""

    sheet: str
    row: int
    cell: str
    what: Text
    remedy: Text


@dataclass(slots=True)
class Line:
    """One row: its cells by field, where each stands, and what is wrong with it."""

    sheet: Sheet
    name: str
    row: int
    cells: dict[str, Cell]
    places: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    def cell(self, name: str) -> str:
        """Where the cell of a field stands; the row's first cell where the sheet has no such column."""
        return f"{self.places.get(name) or min(self.places.values(), default='A')}{self.row}"

    def wrong(self, name: str, what: Text, remedy: Text) -> None:
        """Note a fault in the cell of a field."""
        self.faults.append(Fault(self.name, self.row, self.cell(name), what, remedy))

    def read(self, name: str, meant: Callable[[Cell | None], T]) -> T | None:
        """What a cell means; None where it is empty or wrong, which is noted."""
        cell = self.cells.get(name)
        if cell is None:
            return None
        try:
            return meant(cell)
        except cells.Wrong as wrong:
            self.wrong(name, wrong.what, wrong.remedy)
            return None

    def shown(self) -> dict[str, str]:
        """The cells as text, to be given back."""
        said = {}
        for name, cell in self.cells.items():
            try:
                said[name] = cells.text(cell)
            except cells.Wrong:
                said[name] = cells.plain(cell.value)
        return said


@dataclass(slots=True)
class Read:
    """What a workbook holds: its rows, faults of whole sheets, how many cells were worked out by formulas."""

    lines: list[Line]
    faults: list[Fault]
    formulas: int = 0


def read(grids: Sequence[Grid]) -> Read:
    """The rows of all sheets that are known by their name, or whose headings say which one is meant. Raises Unreadable."""
    found = Read([], [])
    met = False
    for grid in grids:
        sheet = _by_name(grid.name)
        heads = _heads(grid, sheet) if sheet else None
        if sheet is None:
            sheet, heads = _by_headings(grid)
        if sheet is None:
            continue
        met = True
        _below(grid, sheet, heads, found)
    if not met:
        raise Unreadable(
            "工作簿里没有可识别的表。", "No sheet of the workbook is one of those that can be taken in."
        )
    if len(found.lines) > MOST_ROWS:
        raise Unreadable(
            f"共 {len(found.lines):,} 行，一次最多 {MOST_ROWS:,} 行。",
            f"There are {len(found.lines):,} rows; {MOST_ROWS:,} can be sent at once.",
        )
    return found


def _plain(said: str) -> str:
    return "".join(unicodedata.normalize("NFKC", said).split()).rstrip("*").casefold()


def _by_name(name: str) -> Sheet | None:
    said = _plain(name)
    return next((one for one in SHEETS if said in map(_plain, one.names)), None)


def _heads(grid: Grid, sheet: Sheet) -> tuple[int, dict[int, str]]:
    """The row of headings and the field of each column: the one of the first rows with the most of them."""
    known = {_plain(heading): one.field for one in sheet.columns for heading in one.headings}
    best: tuple[int, dict[int, str]] = (0, {})
    for row, row_cells in grid.rows():
        if row > HEADED:
            break
        fields: dict[int, str] = {}
        for column, cell in sorted(row_cells.items()):
            meant = known.get(_plain(str(cell.value))) if cell.kind == "text" else None
            if meant and meant not in fields.values():
                fields[column] = meant
        if len(fields) > len(best[1]):
            best = row, fields
    return best


def _by_headings(grid: Grid) -> tuple[Sheet | None, tuple[int, dict[int, str]]]:
    """The sheet all whose needed columns are there; where several fit, the one with the most."""
    fitting = []
    for sheet in SHEETS:
        heads = _heads(grid, sheet)
        if {one.field for one in sheet.columns if one.needed} <= set(heads[1].values()):
            fitting.append((len(heads[1]), sheet, heads))
    if not fitting:
        return None, (0, {})
    _, sheet, heads = max(fitting, key=lambda one: one[0])
    return sheet, heads


def _below(grid: Grid, sheet: Sheet, heads: tuple[int, dict[int, str]] | None, found: Read) -> None:
    row_of_heads, fields = heads or (0, {})
    columns = {name: letters(column) for column, name in fields.items()}
    lacking = [one for one in sheet.columns if one.needed and one.field not in columns]
    below = [(row, row_cells) for row, row_cells in grid.rows() if row > row_of_heads]
    if lacking:
        if below:
            found.faults += [
                Fault(
                    grid.name,
                    max(row_of_heads, 1),
                    f"A{max(row_of_heads, 1)}",
                    Text(zh=f"缺少“{one.headings[0]}”列。", en=f'The column "{one.headings[1]}" is missing.'),
                    Text(zh="按模板补上这一列的表头。", en="Add the heading as the template has it."),
                )
                for one in lacking
            ]
        return
    for row, row_cells in below:
        held = {fields[column]: cell for column, cell in row_cells.items() if column in fields}
        if not held:
            continue
        found.formulas += sum(cell.formula for cell in held.values())
        line = Line(sheet, grid.name, row, held, columns)
        for one in sheet.columns:
            if one.needed and one.field not in held:
                line.wrong(
                    one.field,
                    Text(zh=f"没有填“{one.headings[0]}”。", en=f'"{one.headings[1]}" is empty.'),
                    one.hint if one.hint.zh else Text(zh="补填这一格。", en="Fill this cell in."),
                )
        found.lines.append(line)
