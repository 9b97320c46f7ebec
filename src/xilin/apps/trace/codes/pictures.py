"""QR pictures by the thousand (ISO/IEC 18004, level M), many at a time.

Links of one batch have one length, so they share version, function patterns and tables: texts of one length become one
array, and each step (codewords, error correction, placing, the eight masks and their penalties) is done for all at once.
Rows are kept as words of 64 bits while penalties are counted, which is enough up to version 11 (251 bytes); longer texts
are left to segno, one after another.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import segno
from numpy.typing import NDArray

# For level M: codewords of error correction in each block, and the data codewords of each block.
_BLOCKS: dict[int, tuple[int, tuple[int, ...]]] = {
    1: (10, (16,)),
    2: (16, (28,)),
    3: (26, (44,)),
    4: (18, (32,) * 2),
    5: (24, (43,) * 2),
    6: (16, (27,) * 4),
    7: (18, (31,) * 4),
    8: (22, (38,) * 2 + (39,) * 2),
    9: (22, (36,) * 3 + (37,) * 2),
    10: (26, (43,) * 4 + (44,)),
    11: (30, (50,) + (51,) * 4),
}
_ALIGNED: dict[int, tuple[int, ...]] = {
    1: (), 2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34),
    7: (6, 22, 38), 8: (6, 24, 42), 9: (6, 26, 46), 10: (6, 28, 50), 11: (6, 30, 54),
}  # fmt: skip
_LAST = max(_BLOCKS)
_TOGETHER = 256
_MASKS = 8

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]


class Picture(msgspec.Struct, frozen=True):
    """A QR picture without its quiet zone: modules on each side, and its rows from above, one bit a module, dark is 1.

    Each row begins with the highest bit of a byte and fills whole bytes.
    """

    size: int
    rows: bytes


class _Symbol(msgspec.Struct, frozen=True):
    """What all pictures of one version have in common.

    `frame` is the picture without data; `places` where the bits of the codewords stand in it, row by row; `order` the
    order in which codewords stand; `tables[distance from the block's end][value]` its share of the error correction;
    `masks` (and `turned`, by columns) what each mask changes, its format information with it, as words.
    """

    size: int
    correction: int
    blocks: tuple[int, ...]
    frame: Bytes
    places: NDArray[np.intp]
    order: NDArray[np.intp]
    tables: Bytes
    masks: Words
    turned: Words


def pictures(texts: Sequence[str]) -> list[Picture]:
    """A picture of each text, in their order; ValueError where one is longer than any QR code."""
    found: dict[int, Picture] = {}
    alike: dict[int, list[int]] = defaultdict(list)
    raw = [text.encode() for text in texts]
    for place, one in enumerate(raw):
        alike[len(one)].append(place)
    for length, places in alike.items():
        version = _version(length)
        for start in range(0, len(places), _TOGETHER):
            some = places[start : start + _TOGETHER]
            if version is None:
                made = [_single(texts[place]) for place in some]
            else:
                made = _together([raw[place] for place in some], version)
            found.update(zip(some, made, strict=True))
    return [found[place] for place in range(len(texts))]


def _single(text: str) -> Picture:
    matrix = np.array(segno.make_qr(text, error="m", boost_error=False).matrix, dtype=np.uint8)
    return Picture(len(matrix), np.packbits(matrix, axis=1).tobytes())


def _version(length: int) -> int | None:
    """The smallest version that holds this many bytes, None where it is none of those kept here."""
    for version, (_, blocks) in _BLOCKS.items():
        if 4 + (8 if version < 10 else 16) + 8 * length <= 8 * sum(blocks):
            return version
    return None


def _together(texts: Sequence[bytes], version: int) -> list[Picture]:
    symbol = _symbol(version)
    size, count = symbol.size, len(texts)
    bits = np.unpackbits(_codewords(texts, version, symbol), axis=1)
    whole = np.repeat(symbol.frame.reshape(1, -1), count, axis=0)
    whole[:, symbol.places] = bits
    modules = whole.reshape(count, size, size)
    rows, columns = _words(modules), _words(modules.swapaxes(1, 2))
    best = np.argmin(_penalties(symbol, rows, columns), axis=0)
    final = (rows ^ symbol.masks[best]).astype(">u8").view(np.uint8).reshape(count, size, 8)
    packed = np.ascontiguousarray(final[:, :, : -(-size // 8)])
    return [Picture(size, one.tobytes()) for one in packed]


def _codewords(texts: Sequence[bytes], version: int, symbol: _Symbol) -> Bytes:
    """Data in byte mode, filled up, with error correction, in the order in which they are placed."""
    length, room = len(texts[0]), sum(symbol.blocks)
    # The mode takes half a byte, so that everything after it stands across bytes: half bytes are what is put together.
    head = [4, *(length >> shift & 15 for shift in ((4, 0) if version < 10 else (12, 8, 4, 0)))]
    given = np.frombuffer(b"".join(texts), dtype=np.uint8).reshape(len(texts), length)
    halves = np.zeros((len(texts), 2 * room), dtype=np.uint8)
    halves[:, : len(head)] = head
    halves[:, len(head) : len(head) + 2 * length : 2] = given >> 4
    halves[:, len(head) + 1 : len(head) + 2 * length : 2] = given & 15
    data: Bytes = halves[:, ::2] << np.uint8(4) | halves[:, 1::2]
    used = (len(head) + 2 * length + 1) // 2
    data[:, used:] = np.resize(np.array([0xEC, 0x11], dtype=np.uint8), room - used)
    parts: list[Bytes] = [data]
    start = 0
    for block in symbol.blocks:
        check = np.zeros((len(texts), symbol.correction), dtype=np.uint8)
        for place in range(block):
            check ^= symbol.tables[block - 1 - place][data[:, start + place]]
        parts.append(check)
        start += block
    return np.concatenate(parts, axis=1)[:, symbol.order]


def _words(modules: Bytes) -> Words:
    """Each row as a word, its first module the highest bit."""
    count, size, _ = modules.shape
    padded = np.zeros((count, size, 8), dtype=np.uint8)
    packed = np.packbits(modules, axis=2)
    padded[:, :, : packed.shape[2]] = packed
    return padded.view(">u8").reshape(count, size).astype(np.uint64)


def _penalties(symbol: _Symbol, rows: Words, columns: Words) -> NDArray[np.int64]:
    """The penalty of each mask for each picture (ISO/IEC 18004, 7.8.3), over the whole picture."""
    found = np.empty((_MASKS, len(rows)), dtype=np.int64)
    pairs = _high(symbol.size - 1)
    for mask in range(_MASKS):
        across, down = rows ^ symbol.masks[mask], columns ^ symbol.turned[mask]
        alike = _alike(across, pairs)
        blocks = alike[:, 1:] & alike[:, :-1] & ~(across[:, 1:] ^ across[:, :-1])
        dark = _count(across)
        share = np.abs(dark * 100 / symbol.size**2 - 50) // 5
        found[mask] = (
            _lines(across, alike) + _lines(down, _alike(down, pairs)) + 3 * _count(blocks) + 10 * share
        )
    return found


def _alike(words: Words, pairs: np.uint64) -> Words:
    """Where a module is as the next one in its line."""
    return ~(words ^ words << np.uint64(1)) & pairs


def _lines(words: Words, alike: Words) -> NDArray[np.int64]:
    """Penalties of lines: runs of five and more, and what looks like a finder pattern beside four light modules."""
    shift = [np.uint64(number) for number in range(9)]
    two = alike & alike << shift[1]
    five = two & two << shift[2]
    runs = _count(five) + 2 * _count(five & ~(five >> shift[1]))
    # 1 0 1 1 1 0 1; outside the picture is light
    ends = words & words << shift[6] & ~(words << shift[1] | words << shift[5])
    finder = ends & words << shift[2] & words << shift[3] & words << shift[4]
    before = words >> shift[1] | words >> shift[2]
    after = words << shift[7] | words << shift[8]
    busy = (before | before >> shift[2]) & (after | after << shift[2])
    return runs + 40 * _count(finder & ~busy)


def _count(words: Words) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return found


def _high(bits: int) -> np.uint64:
    """A word whose first `bits` bits are set."""
    return np.uint64(((1 << bits) - 1) << (64 - bits))


@lru_cache(maxsize=_LAST)
def _symbol(version: int) -> _Symbol:
    correction, blocks = _BLOCKS[version]
    size = 17 + 4 * version
    frame, free = _frame(version, size)
    masks = np.zeros((_MASKS, size, size), dtype=np.uint8)
    y, x = np.indices((size, size))
    for number, pattern in enumerate(_patterns(y, x)):
        masks[number] = pattern & free
        _put_format(masks[number], number)
    data = sum(blocks)
    firsts = np.cumsum((0, *blocks[:-1]))
    order = [
        first + place
        for place in range(max(blocks))
        for first, block in zip(firsts, blocks, strict=True)
        if place < block
    ]
    order += [
        data + number * correction + place for place in range(correction) for number in range(len(blocks))
    ]
    return _Symbol(
        size,
        correction,
        blocks,
        frame,
        np.array(_zigzag(size, free)[: 8 * len(order)], dtype=np.intp),
        np.array(order, dtype=np.intp),
        _tables(correction, max(blocks)),
        _words(masks),
        _words(masks.swapaxes(1, 2)),
    )


def _frame(version: int, size: int) -> tuple[Bytes, Bytes]:
    """The picture with its function patterns alone, and where it is free for data."""
    frame, free = np.zeros((size, size), dtype=np.uint8), np.ones((size, size), dtype=np.uint8)
    finder = np.array([[max(abs(y), abs(x)) in (0, 1, 3) for x in range(-3, 4)] for y in range(-3, 4)])
    for y, x in ((0, 0), (0, size - 7), (size - 7, 0)):
        free[max(y - 1, 0) : y + 8, max(x - 1, 0) : x + 8] = 0
        frame[y : y + 7, x : x + 7] = finder
    for y in _ALIGNED[version]:
        for x in _ALIGNED[version]:
            if (y, x) not in ((6, 6), (6, size - 7), (size - 7, 6)):
                free[y - 2 : y + 3, x - 2 : x + 3] = 0
                frame[y - 2 : y + 3, x - 2 : x + 3] = 1
                frame[y - 1 : y + 2, x - 1 : x + 2] = 0
                frame[y, x] = 1
    for line, blank in ((frame[6], free[6]), (frame[:, 6], free[:, 6])):
        line[8 : size - 8] = np.arange(8, size - 8) % 2 == 0
        blank[:] = 0
    free[8, : 8 + 1] = free[: 8 + 1, 8] = free[8, size - 8 :] = free[size - 8 :, 8] = 0
    frame[size - 8, 8] = 1
    if version >= 7:
        said = version << 12 | _remainder(version << 12, 0x1F25)
        for bit in range(18):
            y, x = bit // 3, size - 11 + bit % 3
            frame[y, x] = frame[x, y] = said >> bit & 1
            free[y, x] = free[x, y] = 0
    return frame, free


def _put_format(mask: Bytes, number: int) -> None:
    """Level and mask, twice, beside the finder patterns."""
    size = len(mask)
    said = (number << 10 | _remainder(number << 10, 0x537)) ^ 0x5412  # level M is 00
    left = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    right = [(y, 8) for y in range(size - 1, size - 8, -1)] + [(8, x) for x in range(size - 8, size)]
    for places in (left, right):
        for place, (y, x) in enumerate(places):
            mask[y, x] = said >> (14 - place) & 1


def _remainder(number: int, divisor: int) -> int:
    """What is left of a polynomial over GF(2)."""
    while number.bit_length() >= divisor.bit_length():
        number ^= divisor << (number.bit_length() - divisor.bit_length())
    return number


def _patterns(y: NDArray[Any], x: NDArray[Any]) -> list[NDArray[np.bool]]:
    product = y * x
    return [
        (y + x) % 2 == 0,
        y % 2 == 0,
        x % 3 == 0,
        (y + x) % 3 == 0,
        (y // 2 + x // 3) % 2 == 0,
        product % 2 + product % 3 == 0,
        (product % 2 + product % 3) % 2 == 0,
        ((y + x) % 2 + product % 3) % 2 == 0,
    ]


def _zigzag(size: int, free: Bytes) -> list[int]:
    """Places of data in the order of bits: two columns at a time from the right, upwards first."""
    found, upwards = [], True
    for right in (*range(size - 1, 6, -2), *range(5, 0, -2)):
        for y in range(size - 1, -1, -1) if upwards else range(size):
            found += [y * size + x for x in (right, right - 1) if free[y, x]]
        upwards = not upwards
    return found


def _tables(correction: int, longest: int) -> Bytes:
    """Reed-Solomon shares (7.5): for each distance from the block's end and each value of a codeword."""
    exponents = [1]
    for _ in range(254):
        exponents.append(_remainder(exponents[-1] << 1, 0x11D))
    logarithms = {value: power for power, value in enumerate(exponents)}

    def times(left: int, right: int) -> int:
        return exponents[(logarithms[left] + logarithms[right]) % 255] if left and right else 0

    generator = [1]
    for power in range(correction):
        shifted = [*generator, 0]
        for place, value in enumerate(generator):
            shifted[place + 1] ^= times(value, exponents[power])
        generator = shifted
    tables = np.zeros((longest, 256, correction), dtype=np.uint8)
    share = generator[1:]
    for distance in range(longest):
        for value in range(1, 256):
            tables[distance, value] = [times(value, factor) for factor in share]
        first, rest = share[0], [*share[1:], 0]
        share = [value ^ times(first, factor) for value, factor in zip(rest, generator[1:], strict=True)]
    return tables
