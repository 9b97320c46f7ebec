"""PDF sheets of labels, written page by page: a file of any length needs the memory of a few pages.

What stands on a sheet is little, so the file is written here in full (PDF 1.4): each QR picture is a stencil of one bit a
module within the page's own stream, as hexadecimal digits (binary data could hold the word that ends a picture), and the
whole stream is deflated. The only font is Courier, which every reader has.
"""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from xilin.apps.trace.codes import pictures

POINT = 25.4 / 72
_QUIET = 4
_LINE = 3.0
_FONT = 6.5
# What one character of Courier takes of its size.
_WIDTH = 0.6
# Pages whose pictures are made together, and pages below one node of the page tree.
_TOGETHER, _NODE = 16, 256


class Label(msgspec.Struct, frozen=True):
    """One label: what its QR picture holds, what is printed beside it, what is printed below the scratch layer."""

    serial: str
    link: str
    scratch: str


class Sheet(msgspec.Struct, frozen=True):
    """A sheet of labels, in millimetres; A4 with 5 by 10 labels as it stands."""

    width: float = 210.0
    height: float = 297.0
    columns: int = 5
    rows: int = 10
    margin: float = 8.0
    gap: float = 2.0

    @property
    def label(self) -> tuple[float, float]:
        """Width and height of one label."""
        return (
            (self.width - 2 * self.margin - (self.columns - 1) * self.gap) / self.columns,
            (self.height - 2 * self.margin - (self.rows - 1) * self.gap) / self.rows,
        )

    def corner(self, place: int) -> tuple[float, float]:
        """The left lower corner of a label on its page, counted along rows from above."""
        width, height = self.label
        row, column = divmod(place, self.columns)
        return (
            self.margin + column * (width + self.gap),
            self.height - self.margin - (row + 1) * height - row * self.gap,
        )


def as_pdf(labels: Iterable[Label], sheet: Sheet, title: str) -> Iterator[bytes]:
    """A PDF of labels in blocks; the scratch code stands below the serial number, for the layer to cover."""
    file = _File()
    catalogue, root, information, font = (file.number() for _ in range(4))
    yield file.begin()
    yield file.written(catalogue, f"<</Type/Catalog/Pages {root} 0 R>>")
    yield file.written(information, f"<</Title{_text(title)}>>")
    yield file.written(font, "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>")
    nodes: list[tuple[int, int]] = []
    node, pages = file.number(), list[int]()
    for stream in _pages(iter(labels), sheet):
        content, page = file.number(), file.number()
        packed = zlib.compress(stream, 6)
        yield file.written(content, f"<</Filter/FlateDecode/Length {len(packed)}>>", packed)
        yield file.written(page, f"<</Type/Page/Parent {node} 0 R/Contents {content} 0 R>>")
        pages.append(page)
        if len(pages) == _NODE:
            yield file.written(node, _tree(pages, len(pages), root))
            nodes.append((node, len(pages)))
            node, pages = file.number(), []
    yield file.written(node, _tree(pages, len(pages), root))
    nodes.append((node, len(pages)))
    box = f"/MediaBox[0 0 {sheet.width / POINT:.3f} {sheet.height / POINT:.3f}]"
    resources = f"/Resources<</Font<</F {font} 0 R>>>>"
    yield file.written(
        root, _tree([one for one, _ in nodes], sum(count for _, count in nodes), None, box + resources)
    )
    yield file.end(catalogue, information)


class _File:
    """Where the objects of a file begin, and how it is put together."""

    def __init__(self) -> None:
        self._begins = array("Q", [0])
        self._size = 0

    def number(self) -> int:
        """A number for an object that is written later."""
        self._begins.append(0)
        return len(self._begins) - 1

    def begin(self) -> bytes:
        """What a file begins with; the second line says that it isn't text."""
        return self._counted(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")

    def written(self, number: int, dictionary: str, stream: bytes | None = None) -> bytes:
        """An object."""
        self._begins[number] = self._size
        inside = b"" if stream is None else b"stream\n" + stream + b"\nendstream\n"
        return self._counted(b"%d 0 obj\n%s\n%sendobj\n" % (number, dictionary.encode("ascii"), inside))

    def end(self, catalogue: int, information: int) -> bytes:
        """Where everything is."""
        count = len(self._begins)
        entries = b"".join(b"%010d 00000 n \n" % begin for begin in self._begins[1:])
        return (
            b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % (count, entries, count, catalogue, information, self._size)
        )

    def _counted(self, block: bytes) -> bytes:
        self._size += len(block)
        return block


def _tree(kids: Sequence[int], count: int, parent: int | None, more: str = "") -> str:
    above = "" if parent is None else f"/Parent {parent} 0 R"
    return f"<</Type/Pages{above}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]/Count {count}{more}>>"


def _text(text: str) -> str:
    """Text of any language as PDF holds it: UTF-16 with a mark, hexadecimal."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def _pages(labels: Iterator[Label], sheet: Sheet) -> Iterator[bytes]:
    """What stands on each page; one empty page where there are no labels."""
    places = sheet.columns * sheet.rows
    first = True
    while some := list(islice(labels, places * _TOGETHER)):
        drawn = pictures.pictures([label.link for label in some])
        for start in range(0, len(some), places):
            here = slice(start, start + places)
            yield _page(some[here], drawn[here], sheet)
        first = False
    if first:
        yield b""


def _page(labels: Sequence[Label], drawn: Sequence[pictures.Picture], sheet: Sheet) -> bytes:
    width, height = sheet.label
    parts, words = [], [f"BT/F {_FONT} Tf"]
    for place, (label, picture) in enumerate(zip(labels, drawn, strict=True)):
        left, bottom = sheet.corner(place)
        lines = [label.serial, label.scratch] if label.scratch else [label.serial]
        below = _LINE * len(lines)
        side = min(width, height - below)
        module = side / (picture.size + 2 * _QUIET)
        inner = module * picture.size / POINT
        x = (left + (width - side) / 2 + _QUIET * module) / POINT
        y = (bottom + below + _QUIET * module) / POINT
        parts.append(
            f"q {inner:.3f} 0 0 {inner:.3f} {x:.3f} {y:.3f} cm\nBI/W {picture.size}/H {picture.size}/BPC 1/IM true"
            f"/D[1 0]/F/AHx ID {picture.rows.hex()}> EI Q"
        )
        for line, text in enumerate(lines):
            start = (left + width / 2) / POINT - len(text) * _FONT * _WIDTH / 2
            base = (bottom + (len(lines) - 1 - line) * _LINE + 0.8) / POINT
            words.append(f"1 0 0 1 {start:.2f} {base:.2f} Tm({text})Tj")
    return "\n".join((*parts, *words, "ET")).encode("ascii")
