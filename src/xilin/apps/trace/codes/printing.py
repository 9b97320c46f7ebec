"""Print files of a batch: CSV for printing machines, PDF sheets of labels, both streamed.

A file is made from the codes in the database each time it is asked for and is kept nowhere. Scratch codes are in it
until they are forgotten (`issuing.forget_scratch`); signatures are made while the file is written.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

import msgspec

from xilin.apps.trace.codes import issuing, secrets, sheets
from xilin.apps.trace.codes.errors import NotReady, ScratchForgotten
from xilin.apps.trace.codes.sheets import Label, Sheet
from xilin.apps.trace.models.codes import Code, CodeBatch, CodeKey
from xilin.apps.trace.proof import claims, keys

# What a chip's link holds where the chip itself mirrors who it is, and the MAC: hexadecimal capitals.
PICC_AES, PICC_LRP, FILE, MAC = 32, 48, 32, 16
_ROWS = 20_000
_BLOCK = 64 * 1024


def labels(
    batch: CodeBatch, *, at: datetime, first: int = 0, count: int | None = None, algorithm: str = ""
) -> Iterator[Label]:
    """The labels of a batch from the `first`-th on, in the order of issuing; raises NotReady, ScratchForgotten.

    Signed codes are signed with the key in use of `algorithm`, by default of the one that the batch was signed with.
    """
    if batch.state != CodeBatch.State.READY:
        raise NotReady(batch=batch.pk)
    if batch.kind == CodeBatch.Kind.SCRATCH and batch.scratch_seed is None:
        raise ScratchForgotten(batch=batch.pk)
    return _labels(
        batch,
        at,
        first,
        batch.count if count is None else min(first + count, batch.count),
        algorithm or _algorithm_of(batch),
    )


def _algorithm_of(batch: CodeBatch) -> str:
    found = CodeKey.objects.filter(key_id=batch.key_id).values_list("algorithm", flat=True).first()
    return found or keys.ED25519


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


def as_pdf(
    batch: CodeBatch, *, at: datetime, first: int = 0, count: int | None = None, sheet: Sheet | None = None
) -> Iterator[bytes]:
    """A batch as PDF sheets of labels, in blocks."""
    found = labels(batch, at=at, first=first, count=count)
    return sheets.as_pdf(found, sheet or Sheet(), f"{batch.gtin} {batch.pk}")
