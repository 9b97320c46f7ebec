"""Print files of a batch: CSV for printing machines, PDF sheets of labels, both streamed.

A file is made from the codes in the database each time it is asked for and is kept nowhere. Scratch codes are in it
until they are forgotten (`issuing.forget_scratch`); signatures are made while the file is written.
"""

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

import msgspec
import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from xilin.apps.trace.codes import issuing, secrets
from xilin.apps.trace.codes.errors import NotReady, ScratchForgotten
from xilin.apps.trace.models.codes import Code, CodeBatch
from xilin.apps.trace.proof import claims, keys

# What a chip's link holds where the chip itself mirrors who it is, and the MAC: hexadecimal capitals.
PICC_AES, PICC_LRP, FILE, MAC = 32, 48, 32, 16
_ROWS = 20_000
_BLOCK = 64 * 1024


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


def labels(
    batch: CodeBatch, *, at: datetime, first: int = 0, count: int | None = None, algorithm: str = keys.ED25519
) -> Iterator[Label]:
    """The labels of a batch from the `first`-th on, in the order of issuing; raises NotReady, ScratchForgotten."""
    if batch.state != CodeBatch.State.READY:
        raise NotReady(batch=batch.pk)
    if batch.kind == CodeBatch.Kind.SCRATCH and batch.scratch_seed is None:
        raise ScratchForgotten(batch=batch.pk)
    return _labels(
        batch, at, first, batch.count if count is None else min(first + count, batch.count), algorithm
    )


def _labels(batch: CodeBatch, at: datetime, first: int, last: int, algorithm: str) -> Iterator[Label]:
    seed = issuing.seed_of(batch)
    key = secrets.signing_key(algorithm, at=at) if batch.kind == CodeBatch.Kind.SIGNED else None
    head, ordinal = issuing.head_of(batch), first
    # Pieces by key, not one cursor for all: a printer takes hours, and nothing should be held open for it.
    while ordinal < last:
        end = min(ordinal + _ROWS, last)
        serials = (
            Code.objects.filter(pk__gte=batch.first_id + ordinal, pk__lt=batch.first_id + end)
            .order_by("pk")
            .values_list("serial", flat=True)
        )
        for place, serial in enumerate(serials, ordinal):
            path = head + serial
            signature = f"?s={claims.signature(key, path)}" if key else ""
            yield Label(
                serial,
                batch.site + path + signature,
                issuing.scratch_code(seed, place) if seed else "",
            )
        ordinal = end


class ChipLink(msgspec.Struct, frozen=True):
    """What an encoding station writes onto a chip: the link with zeros where the chip mirrors, and where mirrors begin.

    Offsets count characters from the beginning of the link: `picc` for PICC data, `file` for encrypted file data (whose
    first two characters are the state of the tamper loop), None where there are none, `mac_input` where what is MACed
    begins, `mac` for the MAC.
    """

    url: str
    picc: int
    file: int | None
    mac_input: int
    mac: int


def chip_link(batch: CodeBatch, serial: str, *, lrp: bool = False, sealed: bool = False) -> ChipLink:
    """The link of a chip in AES or LRP mode; `sealed` for one with a tamper loop."""
    url = f"{batch.site}{issuing.path_of(batch, serial)}?p="
    picc = len(url)
    url += "0" * (PICC_LRP if lrp else PICC_AES)
    file = None
    if sealed:
        url += "&e="
        file = len(url)
        url += "0" * FILE
    url += "&m="
    mac = len(url)
    return ChipLink(url + "0" * MAC, picc, file, mac if file is None else file, mac)


def as_csv(batch: CodeBatch, *, at: datetime, first: int = 0, count: int | None = None) -> Iterator[bytes]:
    """A batch as CSV (UTF-8 with a mark, RFC 4180), in blocks: serial number, link, and the scratch code where there is one."""
    found = labels(batch, at=at, first=first, count=count)
    return _csv(found, scratch=batch.kind == CodeBatch.Kind.SCRATCH)


def _csv(found: Iterator[Label], *, scratch: bool) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\N{BYTE ORDER MARK}")
    writer.writerow(["serial", "link", "scratch"] if scratch else ["serial", "link"])
    for label in found:
        writer.writerow([label.serial, label.link, label.scratch] if scratch else [label.serial, label.link])
        if buffer.tell() >= _BLOCK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_pdf(
    batch: CodeBatch,
    out: IO[bytes],
    *,
    at: datetime,
    first: int = 0,
    count: int | None = None,
    sheet: Sheet | None = None,
) -> int:
    """Write PDF sheets of labels and return how many; the scratch code stands beside the picture, for the layer to cover.

    One PDF holds what memory holds: ask for a range of a large batch at a time.
    """
    sheet = sheet or Sheet()
    page = Canvas(out, pagesize=(sheet.width * mm, sheet.height * mm), pageCompression=1)
    page.setTitle(f"{batch.gtin} {batch.pk}")
    places = sheet.columns * sheet.rows
    pages = 0
    for number, label in enumerate(labels(batch, at=at, first=first, count=count)):
        place = number % places
        if place == 0:
            if number:
                page.showPage()
            pages += 1
        _draw(page, sheet, place, label)
    page.showPage()
    page.save()
    return pages


def _draw(page: Canvas, sheet: Sheet, place: int, label: Label) -> None:
    width, height = sheet.label
    row, column = divmod(place, sheet.columns)
    left = sheet.margin + column * (width + sheet.gap)
    bottom = sheet.height - sheet.margin - (row + 1) * height - row * sheet.gap
    text = 3.0
    lines = 2 if label.scratch else 1
    side = min(width, height - lines * text)
    _picture(page, label.link, left + (width - side) / 2, bottom + lines * text, side)
    page.setFont("Courier", 6.5)
    page.drawCentredString((left + width / 2) * mm, (bottom + (lines - 1) * text + 0.8) * mm, label.serial)
    if label.scratch:
        page.drawCentredString((left + width / 2) * mm, (bottom + 0.8) * mm, label.scratch)


def _picture(page: Canvas, content: str, left: float, bottom: float, side: float) -> None:
    """A QR picture, level M with its quiet zone inside the square, drawn as runs of dark modules."""
    matrix = tuple(segno.make_qr(content, error="m", boost_error=False).matrix_iter(border=4))
    runs = []
    for y, row in enumerate(matrix):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                runs.append(f"{start} {y} {x - start} 1 re")
                start = None
    # In modules, downwards: whole numbers, which are written a good deal faster than millimetres.
    page.saveState()
    module = side / len(matrix) * mm
    page.transform(module, 0, 0, -module, left * mm, (bottom + side) * mm)
    page.addLiteral("\n".join((*runs, "f")))
    page.restoreState()


def as_pdf(
    batch: CodeBatch, *, at: datetime, first: int = 0, count: int | None = None, sheet: Sheet | None = None
) -> Iterator[bytes]:
    """PDF sheets in blocks, written to the disk first: a response never holds them in memory."""
    with tempfile.TemporaryFile() as out:
        write_pdf(batch, out, at=at, first=first, count=count, sheet=sheet)
        out.seek(0)
        while block := out.read(_BLOCK):
            yield block
