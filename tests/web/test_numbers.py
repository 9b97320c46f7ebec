"""Numbers as people read them."""

import pytest

from xilin.web import numbers


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (9999, "9,999", "9,999"),
        (10_000, "1万", "10k"),
        (1_179_100, "117.91万", "1.18M"),
        (161_000_000, "1.61亿", "161M"),
        (None, "—", "—"),
        (-25_000, "-2.5万", "-25k"),
    ],
)
def test_large_numbers_are_told_in_few_digits(value, zh, en):
    assert str(numbers.short(value, "zh-hans")) == zh
    assert str(numbers.short(value, "en")) == en


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (1, 3, "33.3%"),
        (9999, 10000, "99.9%"),
        (999, 1000, "99.9%"),
        (10000, 10000, "100.0%"),
        (11, 10, "110.0%"),
        (0, 5, "0.0%"),
        (None, 5, "—"),
        (1, 0, "—"),
    ],
)
def test_a_part_is_never_told_as_the_whole(part, whole, told):
    assert numbers.share(part, whole) == told
