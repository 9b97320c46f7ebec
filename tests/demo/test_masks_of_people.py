"""What the catalogue's masks leave of the demo's people, each of them."""

import random
import re
import statistics

from xilin.kernel.exchange import candidates
from xilin.kernel.exchange.declarations import Mask
from xilin.kernel.exchange.exposure import COUNTED_ON
from xilin.kernel.exchange.masks import masker
from xilin.kernel.standards.declarations import Name

KEY = b"k" * 32
USUAL = Mask(code="usual", name=Name(zh="前六后四"), kind="stars", source="test", keep_first=6, keep_last=4)
LEAST = 100_000
WHOLE = re.compile(r"\d{17}[\dX]")


def test_the_catalogues_masks_leave_each_of_them_among_a_hundred_thousand_numbers(declared, found):
    """Every ID number of the population register, through every mask an ID number has in the catalogue."""
    born = candidates.births(COUNTED_ON)
    days = set(born)
    column = found["gaj_hukou"].table.column("GMSFHM").to_pylist()
    numbers = sorted({n for n in column if n and WHOLE.fullmatch(n) and n[6:14] in days})
    assert len(numbers) > 5000
    masks = {
        item.mask
        for resource in declared.all("resource").values()
        for item in resource.value.item
        if item.mask and declared.all("element")[item.element].value.check == "citizen_id"
    }
    assert masks
    for code in masks:
        mask = declared.all("mask")[code].value
        shown = {masker(mask, KEY)(number) for number in numbers}
        if mask.kind == "stars":
            assert min(candidates.left(one, born) for one in shown) >= LEAST
        else:
            assert mask.kind in ("hide", "pseudonym"), code

    # The usual mask of the same people: some three thousand numbers, and thirty for who knows the year.
    some = random.Random(5).sample(numbers, 40)
    usual = [candidates.left(masker(USUAL, KEY)(number), born) for number in some]
    assert 3190 < statistics.median(usual) < 3240
    of_year = [[day for day in born if day[:4] == number[6:10]] for number in some]
    knowing = [
        candidates.left(masker(USUAL, KEY)(n), days) for n, days in zip(some, of_year, strict=True) if days
    ]
    assert 28 <= statistics.median(knowing) <= 36
