"""Identifiers that can't belong to anyone, by the million, with right check digits.

People: an area prefix of province 99, which does not exist (GB/T 2260). Organisations:
area 99 and organisation codes of the user-defined range PDY (GB 11714-1997).
Telephones begin with 12, which no operator has for mobiles.
"""

import numpy as np
from numpy.typing import NDArray

from xilin.demo.columns import ZERO, Ints, digit_matrix
from xilin.kernel.standards.identifiers.values import (
    CITIZEN_CHECKS,
    CITIZEN_WEIGHTS,
    ORGANISATION_WEIGHTS,
    USCC_ALPHABET,
    USCC_WEIGHTS,
)

Bytes = NDArray[np.uint8]
# GB 11714-1997, 3.3: the remainder 10 is written X, 11 is written 0.
ORGANISATION_CHECKS = np.frombuffer(b"0123456789X", np.uint8)


def prefixes(county_codes: tuple[str, ...]) -> Ints:
    """The six digits that stand for each county: 99 and the last four of its code."""
    return np.array([990_000 + int(code[2:6]) for code in county_codes], np.int64)


def citizen_ids(prefix: Ints, birth: NDArray[np.datetime64], sex: Ints) -> Bytes:
    """公民身份号码 One number a person, none twice, as rows of 18 bytes (GB 11643-1999).

    Within a prefix, day and sex people are numbered on from a start of that day's own; a day with
    more than 500 of one sex raises ValueError.
    """
    day = birth.astype(np.int64)
    year = birth.astype("datetime64[Y]").astype(int) + 1970
    month = birth.astype("datetime64[M]").astype(int) % 12 + 1
    of_month = (birth - birth.astype("datetime64[M]")).astype(int) + 1
    group = (prefix * 200_000 + day + 50_000) * 2 + sex % 2
    serial = rank(group)
    if serial.max(initial=0) >= 500:
        raise ValueError("more than 500 people of one sex born on one day in one county")
    start = (group * 2_654_435_761 >> 7) % 500
    number = (serial + start) % 500 * 2 + sex % 2
    body = np.hstack(
        [
            digit_matrix(prefix, 6),
            digit_matrix(year, 4),
            digit_matrix(month, 2),
            digit_matrix(of_month, 2),
            digit_matrix(number, 3),
        ]
    )
    return np.hstack([body, citizen_checks(body)[:, None]])


def rank(group: Ints) -> Ints:
    """How many rows of the same group stand before each row."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(group)), 0))
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - starts
    return rank


def citizen_checks(body: Bytes) -> Bytes:
    """校验码 The 18th characters of rows of 17 (GB 11643-1999, 6.1)."""
    total = (body.astype(np.int64) - ZERO) @ np.array(CITIZEN_WEIGHTS)
    return np.asarray(np.frombuffer(CITIZEN_CHECKS.encode(), np.uint8)[total % 11])


def credit_codes(kind: Bytes, area: Ints, serial: Ints) -> Bytes:
    """统一社会信用代码 Codes as rows of 18 bytes (GB 32100-2015).

    `kind` holds the two leading characters of each row; `area` six digits, `serial` the
    five digits after PDY.
    """
    count = len(serial)
    organisation = np.hstack(
        [np.tile(np.frombuffer(b"PDY", np.uint8), (count, 1)), digit_matrix(serial, 5)]
    ).astype(np.uint8)
    value = np.where(
        organisation >= ord("A"), organisation.astype(int) - ord("A") + 10, organisation.astype(int) - ZERO
    )
    check = ORGANISATION_CHECKS[(11 - value @ np.array(ORGANISATION_WEIGHTS) % 11) % 11]
    body = np.hstack([kind, digit_matrix(area, 6), organisation, check[:, None]])
    return np.hstack([body, credit_checks(body)[:, None]])


def credit_checks(body: Bytes) -> Bytes:
    """The 18th characters of rows of 17 (GB 32100-2015, 5.6)."""
    alphabet = np.frombuffer(USCC_ALPHABET.encode(), np.uint8)
    place = np.zeros(128, np.int64)
    place[alphabet] = np.arange(len(alphabet))
    total = place[body] @ np.array(USCC_WEIGHTS)
    return np.asarray(alphabet[(31 - total % 31) % 31])


def phones(count: int, rng: np.random.Generator) -> Ints:
    """Telephone numbers of eleven digits beginning with 12, none twice, as integers."""
    step = 769_230_769  # no factor in common with 10**9: a walk through all numbers, each once
    return 12_000_000_000 + (int(rng.integers(10**9)) + np.arange(count) * step) % 10**9
