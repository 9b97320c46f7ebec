"""Households and the people in them: who is whose spouse, child or parent, and how old."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xilin.demo.columns import Bools, Ints

Days = NDArray[np.datetime64]
HEAD, SPOUSE, CHILD, PARENT, NOBODY = range(5)
MALE, FEMALE = 1, 2
YEAR = 365.25


@dataclass(frozen=True)
class Kind:
    """A kind of household: its share, its members, the head's ages and the share of men among heads."""

    share: float
    members: tuple[int, ...]
    ages: tuple[int, int]
    men: float


KINDS = (
    Kind(0.14, (HEAD,), (22, 60), 0.55),
    Kind(0.09, (HEAD,), (62, 94), 0.35),
    Kind(0.20, (HEAD, SPOUSE), (23, 62), 0.88),
    Kind(0.12, (HEAD, SPOUSE), (60, 88), 0.88),
    Kind(0.20, (HEAD, SPOUSE, CHILD), (24, 52), 0.88),
    Kind(0.12, (HEAD, SPOUSE, CHILD, CHILD), (28, 55), 0.88),
    Kind(0.05, (HEAD, SPOUSE, CHILD, PARENT), (30, 52), 0.90),
    Kind(0.03, (HEAD, SPOUSE, CHILD, CHILD, PARENT, PARENT), (32, 52), 0.90),
    Kind(0.05, (HEAD, CHILD), (28, 55), 0.30),
)
LONELY, OLD_ALONE, LONE_PARENT = 0, 1, 8
LARGEST = 6
TWINS = 0.02  # of second children


@dataclass(frozen=True)
class Members:
    """People by number, household after household; `kind` and `head` are by person."""

    household: Ints
    kind: Ints
    role: Ints
    head: Ints
    place: Ints
    sex: Ints
    birth: Days
    twin: Bools

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.household)


def form(rng: np.random.Generator, people: int, as_of: np.datetime64) -> Members:
    """Households of exactly `people` members in all, as they stand on a day."""
    shares = np.array([kind.share for kind in KINDS])
    sizes = np.array([len(kind.members) for kind in KINDS])
    wanted = int(people / float(shares @ sizes) * 1.1) + 50
    kinds = rng.choice(len(KINDS), wanted, p=shares / shares.sum())
    ends = np.cumsum(sizes[kinds])
    last = int(np.searchsorted(ends, people))
    kinds = kinds[: last + 1]
    size = sizes[kinds]
    size[-1] -= int(ends[last]) - people
    household = np.repeat(np.arange(len(kinds)), size)
    starts = np.r_[0, np.cumsum(size)[:-1]]
    place = np.arange(people) - starts[household]
    table = np.array([[*kind.members, *[NOBODY] * (LARGEST - len(kind.members))] for kind in KINDS])
    kind, head = kinds[household], starts[household]
    role = table[kind, place]
    sex = _sexes(rng, kind, role, head, place)
    birth, twin = _births(rng, kind, role, head, as_of)
    return Members(household, kind, role, head, place, sex, birth, twin)


def _sexes(rng: np.random.Generator, kind: Ints, role: Ints, head: Ints, place: Ints) -> Ints:
    men = np.array([kind.men for kind in KINDS])
    chance = rng.random(len(kind))
    own = np.where(role == CHILD, chance < 0.515, chance < men[kind])
    heads = own[head]
    first_parent = np.where(kind == len(KINDS) - 2, place == 4, chance < 0.35)
    male = np.select([role == SPOUSE, role == PARENT], [~heads, first_parent], own)
    return np.where(male, MALE, FEMALE)


def _births(
    rng: np.random.Generator, kind: Ints, role: Ints, head: Ints, as_of: np.datetime64
) -> tuple[Days, Bools]:
    """Birth dates, and who was born on the day of the sibling before."""
    low, high = (np.array([kind.ages[side] for kind in KINDS]) for side in (0, 1))
    chance, spread = rng.random(len(kind)), rng.random(len(kind))
    heads = (low[kind] + chance * (high - low)[kind])[head]
    spouse = np.maximum(heads + rng.normal(-1.0, 3.0, len(kind)), 20.5 + 3 * spread)
    child = chance * np.minimum(heads - 21, 25)
    parent = np.minimum(heads + 21 + chance * 13, 92 + 10 * spread)
    age = np.select([role == SPOUSE, role == CHILD, role == PARENT], [spouse, child, parent], heads)
    twin = (role == CHILD) & (np.r_[0, role[:-1]] == CHILD) & (rng.random(len(kind)) < TWINS)
    age = np.where(twin, np.r_[0, age[:-1]], age)
    days = as_of - np.rint(age * YEAR).astype("timedelta64[D]")
    return np.asarray(days), np.asarray(twin)


def heaviest(rng: np.random.Generator, weight: NDArray[Any], count: int) -> Ints:
    """`count` different rows drawn by weight (Efraimidis and Spirakis)."""
    count = min(count, int((weight > 0).sum()))
    with np.errstate(divide="ignore"):
        keys = np.where(weight > 0, np.log(rng.random(len(weight))) / np.maximum(weight, 1e-300), -np.inf)
    return np.asarray(np.sort(np.argpartition(-keys, count - 1)[:count])) if count else np.zeros(0, np.int64)
