"""Reading a workbook (XLSX, ECMA-376) that anybody may have sent, cell by cell, in bounded memory and without running anything.

Sizes are judged before anything is unpacked; XML with a document type is refused, so that no entity is ever expanded; nothing
outside the file is opened. Formulas are not worked out: a cell with one has the value that was saved with it, and says so.
A cell far outside costs no memory: cells are kept by where they stand. Merged cells all have the value of their first one.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any, Literal
from xml.parsers import expat

from msgspec import Struct

from xilin.lib.text import Text

LARGEST = 5 * 1024 * 1024
LARGEST_UNPACKED = 80 * 1024 * 1024
MOST_PARTS, MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, MOST_CELLS, MOST_MERGED = (
    500,
    40,
    20_000,
    100,
    400_000,
    20_000,
)
LONGEST = 32_767
"""Characters of one cell: what the format allows."""

Kind = Literal["text", "number", "moment", "truth", "error"]
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Formats of dates and times among those every workbook knows (ECMA-376, 18.8.30, with those of East Asia).
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
# Moments of a workbook have no zone: they are the clock's where it was filled in.
_EPOCH, _EPOCH_1904 = datetime.fromisoformat("1899-12-30"), datetime.fromisoformat("1904-01-01")
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


class Cell(Struct, frozen=True):
    """What stands in a cell; `formula` where it was worked out by one."""

    kind: Kind
    value: Any
    formula: bool = False


class Grid(Struct, frozen=True):
    """A sheet: its name and its cells by row and column, both from 1."""

    name: str
    cells: dict[tuple[int, int], Cell]

    def rows(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """Rows with anything in them, from the top."""
        by_row: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in self.cells.items():
            by_row.setdefault(row, {})[column] = cell
        yield from sorted(by_row.items())


class Unreadable(Exception):
    """A file that can't be read as a workbook, and why."""

    def __init__(self, zh: str, en: str) -> None:
        self.why = Text(zh=zh, en=en)
        super().__init__(en)


def read(content: bytes) -> list[Grid]:
    """The sheets of a workbook that are shown, in their order; raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable("文件超过 5 MB。", "The file is larger than 5 MB.")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "这是加密的工作簿或旧的 XLS 文件。", "This is a workbook with a password, or an old XLS file."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return _Book(packed).sheets()
    # `NotImplementedError` is what zipfile says of encryption and of ways of packing that no workbook has.
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as broken:
        raise Unreadable(
            "这不是 XLSX 工作簿，或文件已损坏。", "This is no XLSX workbook, or it is broken."
        ) from broken
    except (expat.ExpatError, LookupError, ValueError) as broken:
        raise Unreadable("工作簿的内容已损坏。", "What is in the workbook is broken.") from broken


def letters(column: int) -> str:
    """The letters of a column, counted from 1.

    >>> [letters(one) for one in (1, 26, 27, 702, 703)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    said = ""
    while column:
        column, rest = divmod(column - 1, 26)
        said = chr(65 + rest) + said
    return said


def _place(reference: str) -> tuple[int, int] | None:
    """Row and column of a reference such as B3; None where it is none."""
    found = _REFERENCE.fullmatch(reference.replace("$", ""))
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


class _Book:
    """A workbook that is open."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self.packed = packed
        parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
            raise Unreadable("工作簿展开后过大。", "The workbook is too large when unpacked.")
        if any(one.flag_bits & 1 for one in parts):
            raise Unreadable("工作簿有密码。", "The workbook has a password.")
        self.names = {one.filename.lstrip("/"): one.filename for one in parts}
        self.left = MOST_CELLS

    def sheets(self) -> list[Grid]:
        """All sheets that aren't hidden."""
        main = next(
            (target for kind, target in self._related("").values() if kind.endswith("/officeDocument")),
            "xl/workbook.xml",
        )
        if main not in self.names:
            raise Unreadable("这不是 XLSX 工作簿。", "This is no XLSX workbook.")
        related = self._related(main)
        listed, since_1904 = self._listed(main)
        if len(listed) > MOST_SHEETS:
            raise Unreadable("工作表太多。", "There are too many sheets.")
        strings, dates = self._strings(related), self._dates(related)
        found = []
        for name, number in listed:
            kind, target = related.get(number, ("", ""))
            if kind.endswith("/worksheet") and target in self.names:
                sheet = _Sheet(name, strings, dates, since_1904, self.left)
                self._parse(target, sheet.begin, sheet.end, sheet.text)
                self.left -= len(sheet.cells)
                found.append(Grid(name, sheet.merged()))
        return found

    def _parse(
        self,
        part: str,
        begin: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True

        def refuse(*_: object) -> None:
            raise Unreadable("工作簿含有不允许的 XML 声明。", "The workbook has XML that isn't allowed.")

        parser.StartDoctypeDeclHandler = refuse
        parser.EntityDeclHandler = refuse
        parser.StartElementHandler = lambda name, given: begin(
            name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in given.items()}
        )
        if end is not None:
            parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
        if text is not None:
            parser.CharacterDataHandler = text
        with self.packed.open(self.names[part]) as file:
            while block := file.read(65_536):
                parser.Parse(block, False)
            parser.Parse(b"", True)

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside the file: kind and name of each by its number."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: dict[str, tuple[str, str]] = {}

        def begin(element: str, given: dict[str, str]) -> None:
            if element == "Relationship" and given.get("TargetMode", "") != "External":
                target = given.get("Target", "")
                whole = (
                    target.lstrip("/")
                    if target.startswith("/")
                    else posixpath.normpath(posixpath.join(folder, target))
                )
                found[given.get("Id", "")] = given.get("Type", ""), whole

        if rels in self.names:
            self._parse(rels, begin)
        return found

    def _listed(self, main: str) -> tuple[list[tuple[str, str]], bool]:
        listed: list[tuple[str, str]] = []
        since_1904 = False

        def begin(element: str, given: dict[str, str]) -> None:
            nonlocal since_1904
            if element == "sheet" and given.get("state", "visible") == "visible":
                listed.append((given.get("name", ""), given.get("id", "")))
            elif element == "workbookPr":
                since_1904 = given.get("date1904", "0") in ("1", "true")

        self._parse(main, begin)
        return listed, since_1904

    def _strings(self, related: dict[str, tuple[str, str]]) -> list[str]:
        """Texts that cells share; readings above characters are none of them."""
        part = next((target for kind, target in related.values() if kind.endswith("/sharedStrings")), "")
        found: list[str] = []
        if part not in self.names:
            return found
        pieces: list[str] = []
        inside = {"t": False, "rPh": False}

        def begin(element: str, _: dict[str, str]) -> None:
            if element == "si":
                pieces.clear()
            elif element in inside:
                inside[element] = True

        def end(element: str) -> None:
            if element == "si":
                found.append("".join(pieces)[:LONGEST])
            elif element in inside:
                inside[element] = False

        def text(said: str) -> None:
            if inside["t"] and not inside["rPh"]:
                pieces.append(said)

        self._parse(part, begin, end, text)
        return found

    def _dates(self, related: dict[str, tuple[str, str]]) -> list[bool]:
        """For each style of a cell whether it shows a number as a date or time."""
        part = next((target for kind, target in related.values() if kind.endswith("/styles")), "")
        own: dict[int, bool] = {}
        styles: list[bool] = []
        inside = False

        def begin(element: str, given: dict[str, str]) -> None:
            nonlocal inside
            if element == "numFmt":
                own[int(given.get("numFmtId", "0"))] = _is_date(given.get("formatCode", ""))
            elif element == "cellXfs":
                inside = True
            elif element == "xf" and inside:
                number = int(given.get("numFmtId", "0"))
                styles.append(own.get(number, number in _DATES))

        def end(element: str) -> None:
            nonlocal inside
            if element == "cellXfs":
                inside = False

        if part in self.names:
            self._parse(part, begin, end)
        return styles


def _is_date(code: str) -> bool:
    """Whether a format of numbers shows a date or time.

    >>> _is_date('yyyy"年"m"月"d"日"'), _is_date('0.00"day"'), _is_date("[Red]0")
    (True, False, False)
    """
    return bool(re.search(r"[ymdhs年月日]", _LITERAL.sub("", code.split(";")[0]), re.IGNORECASE))


class _Sheet:
    """Cells of one sheet while it is read."""

    def __init__(self, name: str, strings: list[str], dates: list[bool], since_1904: bool, most: int) -> None:
        self.name, self.strings, self.dates, self.since_1904, self.most = (
            name,
            strings,
            dates,
            since_1904,
            most,
        )
        self.cells: dict[tuple[int, int], Cell] = {}
        self.ranges: list[tuple[int, int, int, int]] = []
        self.row = self.column = 0
        self.kind, self.style = "n", 0
        self.inside: list[str] = []
        self.value: list[str] = []
        self.formula = False

    def begin(self, element: str, given: dict[str, str]) -> None:
        """An element begins."""
        if element == "row":
            self.row = int(given.get("r") or self.row + 1)
            self.column = 0
        elif element == "c":
            found = _place(given.get("r", ""))
            self.row, self.column = found or (self.row, self.column + 1)
            self.kind, self.style = given.get("t", "n"), int(given.get("s") or 0)
            self.value.clear()
            self.formula = False
        elif element == "f":
            self.formula = True
        elif element in ("v", "t", "rPh"):
            self.inside.append(element)
        elif element == "mergeCell":
            self._merge(given.get("ref", ""))

    def text(self, said: str) -> None:
        """Characters of a value."""
        if self.inside and "rPh" not in self.inside:
            self.value.append(said)

    def end(self, element: str) -> None:
        """An element ends; with a cell its value is known."""
        if element in ("v", "t", "rPh") and self.inside:
            self.inside.pop()
        elif element == "c":
            cell = self._cell("".join(self.value)[:LONGEST])
            if cell is None or self.column > MOST_COLUMNS:
                return
            if len(self.cells) >= self.most:
                raise Unreadable("单元格太多。", "There are too many cells.")
            self.cells[self.row, self.column] = cell

    def _cell(self, said: str) -> Cell | None:
        if self.kind == "s":
            index = int(said or -1)
            said = self.strings[index] if 0 <= index < len(self.strings) else ""
        if self.kind in ("s", "str", "inlineStr"):
            return Cell("text", said, self.formula) if said.strip() else None
        if not said.strip():
            return None
        if self.kind == "b":
            return Cell("truth", said.strip() == "1", self.formula)
        if self.kind == "e":
            return Cell("error", said.strip(), self.formula)
        if self.kind == "d":
            return Cell("text", said.strip(), self.formula)
        number = float(said)
        if self.style < len(self.dates) and self.dates[self.style]:
            moment = _moment(number, self.since_1904)
            if moment is not None:
                return Cell("moment", moment, self.formula)
        return Cell("number", number, self.formula)

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        begin, end = _place(first), _place(last or first)
        if begin and end:
            if len(self.ranges) >= MOST_MERGED:
                raise Unreadable("合并单元格太多。", "There are too many merged cells.")
            self.ranges.append((*begin, *end))

    def merged(self) -> dict[tuple[int, int], Cell]:
        """The cells, each of a merged range with the value of its first; a range that spans a whole row is a title and stays one cell."""
        below = max((row for row, _ in self.cells), default=0)
        left = MOST_CELLS
        for top, first, bottom, last in self.ranges:
            cell = self.cells.get((top, first))
            if cell is None or first != last:
                continue
            for row in range(top + 1, min(bottom, below + MOST_ROWS) + 1):
                left -= 1
                if left < 0:
                    raise Unreadable("合并单元格太多。", "There are too many merged cells.")
                self.cells.setdefault((row, first), cell)
        return self.cells


def _moment(serial: float, since_1904: bool) -> datetime | time | None:
    """A number of days as Excel counts them; below one it is a time of day. None where no date is meant."""
    if not 0 <= serial < 2_958_466:
        return None
    rounded = timedelta(seconds=round(serial * 86_400))
    if serial < 1:
        return (_EPOCH + rounded).time()
    if since_1904:
        return _EPOCH_1904 + rounded
    # The 29th of February 1900 stands in the format, though there was none.
    return _EPOCH + rounded + timedelta(days=serial < 60)
