"""Ecode (物联网标识, GB/T 31866): version, number of the system, code of the thing; its versions are a dated table.

The digits of versions are unverified (the table says so line by line): whoever has the standard corrects the table. 0 as
the most characters means any number.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.errors import Malformed

_GS1 = "0000"


class Version(msgspec.Struct, frozen=True):
    """One version: how many digits its NSI has, and what its MD may be."""

    number: str
    system: int
    most: int
    characters: Literal["digits", "letters", "any"]
    title: str
    verified: bool

    def allows(self, code: str) -> bool:
        """Whether a text can be a code of this version."""
        if not code or (self.most and len(code) > self.most):
            return False
        if self.characters == "digits":
            return code.isascii() and code.isdecimal()
        return self.characters == "any" or (code.isascii() and code.isalnum())


class Ecode(msgspec.Struct, frozen=True):
    """物联网标识 One code of the Internet of things."""

    version: str
    system: str
    code: str

    def __str__(self) -> str:
        return f"{self.version}{self.system}{self.code}"


def read_table(lines: Iterable[str]) -> dict[str, Version]:
    """Versions by their number, from the lines of a table."""
    found = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        number, system, most, characters, title, verified = (field.strip() for field in line.split("|"))
        kind = msgspec.convert(characters, Literal["digits", "letters", "any"])
        found[number] = Version(number, int(system), int(most), kind, title, verified == "yes")
    return found


@cache
def versions() -> dict[str, Version]:
    """The table in this package."""
    return read_table(files(__package__).joinpath("ecode.txt").read_text("utf-8").splitlines())


def read(text: str, table: dict[str, Version] | None = None) -> Ecode:
    """An Ecode from its text; raises Malformed."""
    known = versions() if table is None else table
    version = known.get(text[:1])
    if version is None:
        raise Malformed("ecode-version", f"Ecode 没有版本 {text[:1]}。", f"Ecode has no version {text[:1]}.")
    system, code = text[1 : 1 + version.system], text[1 + version.system :]
    if (
        len(system) < version.system
        or not (system.isascii() and system.isdecimal())
        or not version.allows(code)
    ):
        raise Malformed(
            "ecode",
            f"“{text}”不是版本 {version.number} 的 Ecode。",
            f'"{text}" is no Ecode of version {version.number}.',
        )
    return Ecode(version.number, system, code)


def of_link(uri: str) -> Ecode:
    """The Ecode of a GS1 thing: version 0, which keeps GS1's own numbers; the code is the path of the canonical link."""
    return Ecode("0", _GS1, link.read(uri).canonical().removeprefix(link.ROOT))


def to_link(code: Ecode) -> str:
    """The Digital Link an Ecode of version 0 keeps; raises Malformed for every other one."""
    if code.version != "0" or code.system != _GS1:
        raise Malformed("ecode", f"Ecode {code} 不是 GS1 标识。", f"Ecode {code} is no identifier of GS1.")
    return link.read(link.ROOT + code.code).canonical()
