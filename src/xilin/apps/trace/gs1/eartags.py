"""Ear tags of livestock (畜禽标识): fifteen digits, species, county and serial number.

Source: 畜禽标识和养殖档案管理办法 (Ministry of Agriculture, order 67 of 2006), articles 6 and 7: one digit for the species
(1 pig, 2 cattle, 3 sheep and goats), six for the county (GB/T 2260), eight for the animal within it.

Within GS1 an animal is an individual asset of whoever runs the register: GIAI (8004) is a company prefix and the fifteen
digits. So a tag has a Digital Link, an EPC in events, and comes back from both.
"""

import re
from enum import StrEnum

import msgspec

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.errors import Malformed

_FORM = re.compile(r"([123])(\d{6})(\d{8})", re.ASCII)
_LENGTH = 15


class Species(StrEnum):
    """The species a tag says, by its first digit."""

    PIG = "1"
    CATTLE = "2"
    SHEEP = "3"


class EarTag(msgspec.Struct, frozen=True):
    """耳标 One animal's tag."""

    species: Species
    county: str
    serial: str

    def __str__(self) -> str:
        return f"{self.species}{self.county}{self.serial}"

    def digital_link(self, prefix: str) -> str:
        """The canonical Digital Link of the animal under a register's company prefix."""
        return f"{link.ROOT}/8004/{prefix}{self}"


def read(text: str, *, species: Species | None = None, counties: frozenset[str] | None = None) -> EarTag:
    """A tag from its digits; blanks between them are left out. Raises Malformed.

    Args:
        text: what stands on the tag.
        species: the only one it may be.
        counties: GB/T 2260 codes of counties there are; not judged where left out.

    >>> read("3 150000 00000001").county
    '150000'
    """
    digits = "".join(text.split())
    found = _FORM.fullmatch(digits)
    if found is None:
        raise Malformed("ear-tag", f"“{text}”不是 15 位耳标。", f'"{text}" is no ear tag of fifteen digits.')
    tag = EarTag(Species(found[1]), found[2], found[3])
    if species is not None and tag.species != species:
        raise Malformed(
            "ear-tag-species", f"耳标 {tag} 不是该畜种。", f"Ear tag {tag} is of another species."
        )
    if counties is not None and tag.county not in counties:
        raise Malformed(
            "ear-tag-county", f"耳标 {tag} 的县级代码不存在。", f"There is no county {tag.county}."
        )
    return tag


def of_link(uri: str, prefix: str) -> EarTag:
    """The tag in a Digital Link whose asset number is the register's prefix and a tag; raises Malformed."""
    found = link.read(uri)
    code, value = found.path[0]
    if code != "8004" or not value.startswith(prefix) or len(value) != len(prefix) + _LENGTH:
        raise Malformed("ear-tag", f"“{uri}”不含耳标。", f'"{uri}" holds no ear tag.')
    return read(value[len(prefix) :])
