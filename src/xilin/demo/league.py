"""The true league as a whole: everything the departments' systems are drawn from."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from xilin.demo import places, rates
from xilin.demo.columns import Ints
from xilin.demo.population import organisations, people
from xilin.demo.streams import stream


@dataclass(frozen=True)
class League:
    """The truth. `employer` is each person's organisation, -1 for those who have none."""

    seed: int
    scale: float
    as_of: date
    counts: rates.Counts
    fixed: rates.Fixed
    mix: rates.Mix
    errors: rates.Errors
    places: places.Places
    people: people.People
    organisations: organisations.Organisations
    employer: Ints
    communities: Ints

    @property
    def today(self) -> np.datetime64:
        """The day the league is told of."""
        return np.datetime64(self.as_of, "D")

    def stream(self, purpose: str) -> np.random.Generator:
        """The random numbers for a purpose."""
        return stream(self.seed, purpose)


def make(seed: int, scale: float, as_of: date, folder: Path, rates_file: Path | None = None) -> League:
    """The league of a folder's areas, at a scale; the same for the same arguments."""
    shape, errors = rates.shape(), rates.errors(rates_file)
    counts = shape.counts.at(scale)
    where = places.read(folder, shape)
    crowd = people.make(seed, counts.people, as_of, where, shape, errors.lives)
    firms = organisations.make(seed, counts, shape.fixed, shape.organisations, as_of, where, crowd)
    return League(
        seed=seed,
        scale=scale,
        as_of=as_of,
        counts=counts,
        fixed=shape.fixed,
        mix=shape.organisations,
        errors=errors,
        places=where,
        people=crowd,
        organisations=firms,
        employer=_employers(stream(seed, "jobs"), crowd, firms),
        communities=where.communities(shape.fixed.communities),
    )


def _employers(rng: np.random.Generator, crowd: people.People, firms: organisations.Organisations) -> Ints:
    """Who works where: two thirds of those of working age, in proportion to what organisations employ."""
    working = (crowd.age >= 18) & (crowd.age < 60) & crowd.alive & (rng.random(crowd.count) < 0.66)
    open_ = (firms.status == 0) & (firms.registered | (firms.kind >= organisations.SCHOOL))
    weight = firms.size * open_
    chosen = rng.choice(firms.count, crowd.count, p=weight / weight.sum())
    return np.where(working, chosen, -1)
