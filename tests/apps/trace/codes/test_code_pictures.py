"""QR pictures made many at a time: as another program draws them, read without an error, with the mask that is best."""

import random
from itertools import groupby

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from xilin.apps.trace.codes import pictures

# How many bytes each version holds at level M when it is full.
FULL = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251)


def modules(picture: pictures.Picture) -> np.ndarray:
    rows = np.frombuffer(picture.rows, dtype=np.uint8).reshape(picture.size, -1)
    return np.unpackbits(rows, axis=1)[:, : picture.size]


def read(picture: pictures.Picture) -> zxingcpp.Barcode:
    light = np.pad(1 - modules(picture), 4, constant_values=1)
    (found,) = zxingcpp.read_barcodes(np.kron(light * 255, np.ones((4, 4))).astype(np.uint8))
    return found


def text_of(length: int, seed: int = 7) -> str:
    # Small letters: nothing here may go into the alphanumeric mode, which is not written.
    return "".join(random.Random(seed).choices("abcxyz/:.?=%09", k=length - 1)) + "z"


@pytest.mark.parametrize("length", FULL)
def test_a_full_picture_is_the_one_another_program_draws(length: int) -> None:
    text = text_of(length)
    (picture,) = pictures.pictures([text])
    mask = read(picture).extra["DataMask"]
    other = segno.make_qr(text, error="m", boost_error=False, mask=mask)
    assert (modules(picture) == np.array(other.matrix)).all()


@settings(max_examples=40)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=300))
def test_every_picture_is_read_without_one_error_corrected(text: str) -> None:
    (picture,) = pictures.pictures([text])
    found = read(picture)
    assert (found.text, found.extra["ECLevel"]) == (text, "M")
    assert found.extra["UEC"] == 1.0
    assert (
        picture.size
        == segno.make_qr(text, error="m", boost_error=False, mode="byte").symbol_size(border=0)[0]
    )


def penalty(picture: np.ndarray) -> int:
    """ISO/IEC 18004, 7.8.3, module by module."""
    size, found = len(picture), 0
    for line in (*picture.tolist(), *picture.T.tolist()):
        lengths = [len(list(run)) for _, run in groupby(line)]
        found += sum(length - 2 for length in lengths if length >= 5)
        wide = [0] * 4 + line + [0] * 4
        for start in range(4, len(wide) - 10):
            beside = not any(wide[start - 4 : start]) or not any(wide[start + 7 : start + 11])
            found += 40 * (wide[start : start + 7] == [1, 0, 1, 1, 1, 0, 1] and beside)
    for y in range(size - 1):
        for x in range(size - 1):
            found += 3 * (picture[y : y + 2, x : x + 2].sum() in (0, 4))
    return found + 10 * int(abs(picture.sum() * 100 / size**2 - 50) // 5)


@pytest.mark.parametrize("length", [40, 84, 130])
def test_the_mask_is_the_one_with_the_least_penalty(length: int) -> None:
    texts = [text_of(length, seed) for seed in range(4)]
    for text, picture in zip(texts, pictures.pictures(texts), strict=True):
        symbol = pictures._symbol(pictures._version(length) or 0)
        words = pictures._words(modules(picture)[np.newaxis])
        own = read(picture).extra["DataMask"]
        others = {
            mask: penalty(
                np.unpackbits(
                    (words ^ symbol.masks[own] ^ symbol.masks[mask]).astype(">u8").view(np.uint8)
                ).reshape(picture.size, 64)[:, : picture.size]
            )
            for mask in range(8)
        }
        assert others[own] == min(others.values()), text


def test_texts_of_all_lengths_come_back_in_their_order() -> None:
    texts = [text_of(length, seed) for seed, length in enumerate((20, 260, 60, 20, 300, 60, 20))]
    assert [read(picture).text for picture in pictures.pictures(texts)] == texts
    assert pictures.pictures([]) == []


def test_more_than_any_picture_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        pictures.pictures(["a" * 3000])
