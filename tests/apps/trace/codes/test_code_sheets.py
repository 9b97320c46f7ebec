"""Sheets of labels: a file a browser shows, every picture of which another program reads off the screen."""

import io
import re
import time
import zlib
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from issued_codes import AT, SITE, issued
from PIL import Image

from xilin.apps.trace.codes import printing, serials, sheets
from xilin.web.browser import browser, missing


def labels(count: int, *, scratch: str = "") -> list[sheets.Label]:
    return [
        sheets.Label(serial, f"{SITE}/01/09520123456788/10/L1/21/{serial}", scratch)
        for serial in serials.random_serials(count)
    ]


def file_of(found: list[sheets.Label]) -> bytes:
    return b"".join(sheets.as_pdf(found, sheets.Sheet(), "09520123456788 羊肉"))


def streams(data: bytes) -> list[bytes]:
    return [
        zlib.decompress(packed)
        for packed in re.findall(rb"/Length \d+>>\nstream\n(.*?)\nendstream", data, re.DOTALL)
    ]


def test_every_object_stands_where_the_file_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_NODE", 2)
    data = file_of(labels(5 * 50 + 1))
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", data)[0])
    head, *entries = data[start:].split(b"trailer")[0].splitlines()[1:]
    assert head == b"0 %d" % len(entries)
    for number, entry in enumerate(entries[1:], 1):
        assert len(entry) == 19  # twenty with the end of the line, as the format wants it
        begin = int(entry[:10])
        assert data[begin:].startswith(b"%d 0 obj\n" % number)
    assert len(re.findall(rb"/Type/Page/", data)) == 6
    counts = [int(count) for count in re.findall(rb"/Type/Pages.*?/Count (\d+)", data)]
    assert counts == [2, 2, 2, 0, 6]
    for page, node in re.findall(rb"(\d+) 0 obj\n<</Type/Page/Parent (\d+) 0 R", data):
        kids = re.findall(rb"\n%s 0 obj\n<</Type/Pages/Parent 2 0 R/Kids\[(.*?)\]" % node, data)[0]
        assert b"%s 0 R" % page in kids


def test_a_file_is_written_while_labels_come() -> None:
    taken = []

    def coming():
        for label in labels(20_000):
            taken.append(label)
            yield label

    blocks = sheets.as_pdf(coming(), sheets.Sheet(), "")
    next(blocks)
    assert not taken
    list(islice(blocks, 5))
    assert len(taken) < 1000


def test_no_labels_are_one_empty_page() -> None:
    assert streams(file_of([])) == [b""]


def test_each_picture_in_a_page_is_that_of_its_link() -> None:
    found = labels(60, scratch="7K3QX9AB")
    pages = streams(file_of(found))
    assert len(pages) == 2
    read, words = [], []
    for page in pages:
        for size, rows in re.findall(
            rb"BI/W (\d+)/H \1/BPC 1/IM true/D\[1 0\]/F/AHx ID ([0-9a-f]+)> EI", page
        ):
            bits = np.unpackbits(
                np.frombuffer(bytes.fromhex(rows.decode()), np.uint8).reshape(int(size), -1), axis=1
            )[:, : int(size)]
            light = np.pad((1 - bits) * 255, 4, constant_values=255).astype(np.uint8)
            (code,) = zxingcpp.read_barcodes(np.kron(light, np.ones((3, 3), np.uint8)))
            read.append(code.text)
        words += re.findall(rb"\((.*?)\)Tj", page)
    assert read == [label.link for label in found]
    assert words == [word.encode() for label in found for word in (label.serial, label.scratch)]


@pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")
@pytest.mark.django_db
def test_a_browser_shows_a_sheet_and_every_code_is_read_off_the_screen(tmp_path: Path) -> None:
    batch = issued(50, kind="scratch")
    wanted = {label.link for label in printing.labels(batch, at=AT)}
    file = tmp_path / "labels.pdf"
    file.write_bytes(b"".join(printing.as_pdf(batch, at=AT)))
    with browser("") as window:
        window.driver.set_window_size(1900, 2700)
        window.driver.get(f"{file.as_uri()}#toolbar=0&navpanes=0&view=Fit")
        until, read = time.monotonic() + 20, set[str]()
        while read != wanted and time.monotonic() < until:
            time.sleep(
                0.3
            )  # the viewer is an extension of the browser: nothing in the page says that it has drawn
            shown = Image.open(io.BytesIO(window.driver.get_screenshot_as_png())).convert("L")
            read = {code.text for code in zxingcpp.read_barcodes(np.asarray(shown))}
    assert read == wanted
