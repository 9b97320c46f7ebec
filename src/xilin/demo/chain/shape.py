"""The parameters of the chain, read from `chain.toml`, and how many of everything there are at a scale."""

import tomllib
from functools import cache
from pathlib import Path

from msgspec import Struct, convert


class Shape(Struct, frozen=True, forbid_unknown_fields=True):
    """`chain.toml`, where each field is explained."""

    tagged_days: tuple[int, int]
    season_days: tuple[int, int]
    per_load: int
    traced: float
    through_trolleys: float
    over_two_events: float
    per_trolley: int
    per_lot: int
    legs_per_lot: int
    rolls_per_lot: int
    per_tote: int
    per_pallet: int
    roasts_per_batch: int
    carcass_kg: tuple[float, float]
    waste: float
    loss: tuple[float, float]
    late: float
    late_days: float
    missing_receipt: float
    missing_unpacking: float
    repacked: float
    sold_a_day: float
    returned: float
    destroyed: float
    wrong_tag: float
    wrong_tote: float
    told_twice: float
    wrong_trolley: float
    overfull: float
    untagged: float


class Counts(Struct, frozen=True):
    """How many households, lambs, plants, distribution centres and shops take part."""

    households: int
    lambs: int
    plants: int
    centres: int
    shops: int


@cache
def shape() -> Shape:
    """The parameters as kept beside this module."""
    return convert(tomllib.loads(Path(__file__).with_name("chain.toml").read_text("utf-8")), Shape)


def counts(scale: float, households: int = 7_413, lambs: int = 1_610_000) -> Counts:
    """How many of everything there are at a scale; small chains keep at least a few of each."""
    animals = max(200, round(lambs * scale))
    return Counts(
        households=max(4, round(households * scale)),
        lambs=animals,
        plants=min(24, 2 + animals // 20_000),
        centres=min(12, 2 + animals // 60_000),
        shops=min(600, 6 + animals // 1_500),
    )
