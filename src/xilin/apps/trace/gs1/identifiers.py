"""The application identifiers of GS1 (应用标识符): what each holds, and what may stand beside it, from a dated table."""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib.resources import files

import msgspec

from xilin.apps.trace.gs1 import lint
from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.faults import fault

_SETS = {"n": "csetnumeric", "x": "cset82", "y": "cset39", "z": "cset64"}


class Part(msgspec.Struct, frozen=True):
    """One part of a value: its set of characters, its length (at most, where `least` is smaller), its rules."""

    charset: str
    least: int
    most: int
    optional: bool
    rules: tuple[str, ...]


class Identifier(msgspec.Struct, frozen=True):
    """One application identifier.

    `fixed`: its length is known beforehand, no separator follows. `attribute`: it may stand in the query of a Digital
    Link. `key`: a Digital Link may begin with it, and these sequences of qualifiers may follow, in order, with gaps; None
    where it is no key. `beside`: one of these groups must stand beside it; `never`: none of these may.
    """

    code: str
    title: str
    fixed: bool
    attribute: bool
    parts: tuple[Part, ...]
    key: tuple[tuple[str, ...], ...] | None
    beside: tuple[tuple[tuple[str, ...], ...], ...]
    never: tuple[str, ...]

    @property
    def length(self) -> int:
        """The most characters a value has."""
        return sum(part.most for part in self.parts)

    def judge(self, value: str) -> None:
        """Check a value; raises Malformed with the characters at fault."""
        place = 0
        for part in self.parts:
            piece = value[place : place + part.most]
            if not piece and part.optional:
                break
            if len(piece) < part.least:
                raise _length(self, value)
            for rule in (_SETS[part.charset], *part.rules):
                try:
                    lint.lint(rule, piece)
                except Malformed as wrong:
                    raise fault(wrong.code, place + (wrong.start or 0), wrong.length or 0) from None
            place += len(piece)
        if place < len(value) or not value:
            raise _length(self, value)


def _length(identifier: Identifier, value: str) -> Malformed:
    return Malformed(
        "length",
        f"应用标识符 {identifier.code} 的值长度不对。",
        f"A value of identifier {identifier.code} has another length.",
        start=0,
        length=len(value),
    )


class Table:
    """Identifiers by their codes."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._all: dict[str, Identifier] = {}
        for line in lines:
            if line.strip() and not line.startswith("#"):
                for identifier in _read(line):
                    self._all[identifier.code] = identifier

    def get(self, code: str) -> Identifier | None:
        """An identifier by its code; None where there is none."""
        return self._all.get(code)

    def at(self, text: str) -> Identifier | None:
        """The identifier a text begins with; None where it begins with none."""
        for length in (2, 3, 4):
            found = self._all.get(text[:length])
            if found is not None and len(text) >= length:
                return found
        return None

    def __iter__(self) -> Iterator[Identifier]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def judge_together(self, codes: Collection[str]) -> None:
        """Check which identifiers stand together; raises Malformed where one lacks what it needs or has what it can't."""
        present = set(codes)
        for code in codes:
            identifier = self._all.get(code)
            if identifier is None:
                continue
            others = present - {code}
            for pattern in identifier.never:
                if any(matches(pattern, other) for other in others):
                    raise Malformed(
                        "together",
                        f"应用标识符 {code} 不能与 {pattern} 同时出现。",
                        f"Identifier {code} can't stand beside {pattern}.",
                    )
            for groups in identifier.beside:
                if not any(_all_there(group, others) for group in groups):
                    wanted = ", ".join("+".join(group) for group in groups)
                    raise Malformed(
                        "alone",
                        f"应用标识符 {code} 须与下列之一同时出现：{wanted}。",
                        f"Identifier {code} needs one of these beside it: {wanted}.",
                    )


def _all_there(group: tuple[str, ...], others: set[str]) -> bool:
    return all(any(matches(pattern, other) for other in others) for pattern in group)


def matches(pattern: str, code: str) -> bool:
    """Whether a code is one a pattern means: `n` stands for any digit."""
    return len(pattern) == len(code) and all(
        wanted in ("n", given) for wanted, given in zip(pattern, code, strict=True)
    )


def _read(line: str) -> list[Identifier]:
    codes, flags, parts, relations, title = (field.strip() for field in line.split("|"))
    first, _, last = codes.partition("-")
    numbers = range(int(first), int(last or first) + 1)
    key: tuple[tuple[str, ...], ...] | None = None
    beside: list[tuple[tuple[str, ...], ...]] = []
    never: tuple[str, ...] = ()
    for relation in relations.split():
        kind, _, given = relation.partition(":")
        if kind == "key":
            key = tuple(tuple(way.split(",")) for way in given.split("/")) if given else ((),)
        elif kind == "with":
            beside.append(tuple(tuple(group.split("+")) for group in given.split(",")))
        else:
            never = tuple(given.split(","))
    return [
        Identifier(
            str(number).zfill(len(first)),
            title,
            "fixed" in flags.split(),
            "attribute" in flags.split(),
            tuple(_part(text) for text in parts.split()),
            key,
            tuple(beside),
            never,
        )
        for number in numbers
    ]


def _part(text: str) -> Part:
    form, *rules = text.split("+")
    optional = form.endswith("?")
    length = form[1:].rstrip("?")
    most = int(length.lstrip("-"))
    return Part(form[0], 1 if length.startswith("-") else most, most, optional, tuple(rules))


@cache
def table() -> Table:
    """The table in this package (identifiers.txt says its date)."""
    return Table(files(__package__).joinpath("identifiers.txt").read_text("utf-8").splitlines())
