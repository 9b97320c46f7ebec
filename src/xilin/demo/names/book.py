"""The book of names: every family name, given name and spelling, with how often each is given."""

import itertools
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """A run of given names in the book: `singles` of one word first, then `first` x `last` of two."""

    start: int
    singles: int
    first: int
    last: int


@dataclass(frozen=True)
class Book:
    """All names by number. A given name's other spellings follow the given names themselves.

    `surnames[0]` is empty: Mongols here have a single name. `variants` has one row a given
    name: numbers of other spellings, the name itself where there is none.
    """

    surnames: tuple[str, ...]
    surname_weights: Floats
    spellings: tuple[str, ...]
    variants: Ints
    blocks: dict[str, Block]


def falling(count: int) -> Floats:
    """Shares that fall with rank, as names' shares do; their sum is 1."""
    weights = 1.0 / (np.arange(count) + 8.0)
    return np.asarray(weights / weights.sum())


def _han(characters: str, alike: dict[str, str]) -> list[tuple[str, ...]]:
    """Given names of one and of two characters, each with other spellings."""
    words = [*characters, *(a + b for a, b in itertools.product(characters, repeat=2))]
    return [(word, *_respelt(word, alike)) for word in words]


def _respelt(word: str, alike: dict[str, str]) -> list[str]:
    return [
        word[:at] + other + word[at + 1 :]
        for at, character in enumerate(word)
        for other in alike.get(character, "")
        if other != character
    ][:2]


def _mongol(first: list[list[str]], last: list[list[str]]) -> list[tuple[str, ...]]:
    """Names of one word and of two, each with other spellings."""
    names = [tuple(ways) for ways in first]
    for a, b in itertools.product(first, last):
        others = [a[0] + way for way in b[1:]] + [way + b[0] for way in a[1:]]
        names.append((a[0] + b[0], *others[:3]))
    return names


@cache
def book() -> Book:
    """Read the words and put the book together."""
    words = tomllib.loads((Path(__file__).parent / "names.toml").read_text("utf-8"))
    alike = {character: group for group in words["han"]["alike"] for character in group}
    split = {key: [line.split() for line in lines] for key, lines in words["mongol"].items()}
    han = {sex: "".join(dict.fromkeys(words["han"][sex])) for sex in ("male", "female")}
    names: list[tuple[str, ...]] = []
    blocks = {}
    for sex in ("male", "female"):
        blocks[f"han_{sex}"] = Block(len(names), len(han[sex]), len(han[sex]), len(han[sex]))
        names += _han(han[sex], alike)
        first, last = split[f"{sex}_first"], split[f"{sex}_last"]
        blocks[f"mongol_{sex}"] = Block(len(names), len(first), len(first), len(last))
        names += _mongol(first, last)
    shares = [line.split() for line in words["han"]["surnames"]]
    weights = np.array([0.0, *(float(share) for _, share in shares)])
    return Book(
        surnames=("", *(name for name, _ in shares)),
        surname_weights=weights / weights.sum(),
        spellings=(*(ways[0] for ways in names), *(way for ways in names for way in ways[1:])),
        variants=_variants(names),
        blocks=blocks,
    )


def _variants(names: list[tuple[str, ...]]) -> Ints:
    """Two other spellings of every name, by number."""
    table = np.tile(np.arange(len(names))[:, None], (1, 2))
    at = len(names)
    for row, ways in enumerate(names):
        others = range(at, at + len(ways) - 1)
        at += len(others)
        if others:
            table[row] = others[0], others[-1]
    return np.asarray(table, dtype=np.int64)


def draw(rng: np.random.Generator, block: str, count: int) -> Ints:
    """Numbers of `count` given names from a block (`han_male`, `mongol_female`, …)."""
    part = book().blocks[block]
    first = rng.choice(part.first, count, p=falling(part.first))
    last = rng.choice(part.last, count, p=falling(part.last))
    single = rng.random(count) < 0.25
    return np.asarray(part.start + np.where(single, first, part.singles + first * part.last + last))


def sibling(rng: np.random.Generator, given: Ints, blocks: dict[str, Block]) -> Ints:
    """Given names that share their first word with those of twins, and differ in the second."""
    result = given.copy()
    for part in blocks.values():
        mine = (given >= part.start) & (given < part.start + part.singles + part.first * part.last)
        place = given[mine] - part.start
        first = np.where(place < part.singles, place, (place - part.singles) // part.last)
        last = rng.integers(0, part.last, len(first))
        drawn = part.start + part.singles + first * part.last + last
        clash = drawn == given[mine]
        result[mine] = np.where(clash, part.start + first, drawn)
    return result
