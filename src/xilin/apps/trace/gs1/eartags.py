"""Ear tags of livestock (畜禽标识): fifteen digits, species, county and serial number.

Source: 畜禽标识和养殖档案管理办法 (Ministry of Agriculture, order 67 of 2006), articles 6 and 7: one digit for the species
(1 pig, 2 cattle, 3 sheep and goats), six for the county (GB/T 2260), eight for the animal within it.

The one form in events, index, quotas and questions is `urn:xilin:eartag:` and the fifteen digits: the digits alone name the
animal, whoever registers it. Some systems write an animal as an individual asset of theirs (GIAI, 8004: a company prefix
and the fifteen digits), as a Digital Link or an EPC. Under the prefixes an installation names (`declare`) those are the
same animals; a GIAI of any other prefix stays what it is, whatever its digits look like.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.errors import Malformed

URN = "urn:xilin:eartag:"
_FORM = re.compile(r"([123])(\d{6})(\d{8})", re.ASCII)
_LENGTH = 15
_GIAI = f"{link.ROOT}/8004/"
_PREFIX = re.compile(r"\d{4,12}", re.ASCII)
_prefixes: tuple[str, ...] = ()


def declare(prefixes: Iterable[str]) -> None:
    """Say under which GS1 company prefixes animals are written as assets, once for the process; raises Malformed."""
    global _prefixes
    given = tuple(sorted(set(prefixes)))
    for one in given:
        if not _PREFIX.fullmatch(one):
            raise Malformed("prefix", f"“{one}”不是厂商识别代码。", f'"{one}" is no GS1 company prefix.')
    _prefixes = given


def declared() -> tuple[str, ...]:
    """The prefixes that were declared."""
    return _prefixes


def canonical(uri: str) -> str:
    """The one form of an ear tag's URI; any other URI as it is. GS1 keys are given as canonical Digital Links.

    >>> declare(["9520123"])
    >>> canonical("https://id.gs1.org/8004/9520123399999900001234")
    'urn:xilin:eartag:399999900001234'
    >>> declare([])
    """
    if _prefixes and uri.startswith(_GIAI):
        value = uri[len(_GIAI) :]
        for prefix in _prefixes:
            digits = value[len(prefix) :]
            if value.startswith(prefix) and _FORM.fullmatch(digits):
                return URN + digits
    return uri


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

    @property
    def uri(self) -> str:
        """The animal in events and questions."""
        return f"{URN}{self}"

    def digital_link(self, prefix: str) -> str:
        """The Digital Link of the animal as an asset under a company prefix, for systems that want one."""
        return f"{link.ROOT}/8004/{prefix}{self}"


def read(text: str, *, species: Species | None = None, counties: frozenset[str] | None = None) -> EarTag:
    """A tag from its digits or its URI; blanks between digits are left out. Raises Malformed.

    Args:
        text: what stands on the tag, in characters of any width, or the tag's URI.
        species: the only one it may be.
        counties: GB/T 2260 codes of counties there are; not judged where left out.

    >>> read("3 150000 00000001").county
    '150000'
    """
    digits = "".join(unicodedata.normalize("NFKC", text).split()).removeprefix(URN)
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
