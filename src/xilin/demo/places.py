"""Where people live: the league's villages with their weights, and addresses there."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xilin.demo.columns import Column, Ints, joined, pick
from xilin.demo.rates import Shape

# How many people live in a place of each kind, beside a herders' village (嘎查).
WEIGHTS = {"社区": 8.0, "村": 2.0, "嘎查": 1.0, "其他": 1.0}
URBAN = 12 * 4 * 6 * 3  # buildings, units, floors, doors
RURAL = 400


@dataclass(frozen=True)
class Places:
    """Counties and villages by number.

    `county` gives each village's county, `weight` its share of the league's people;
    `centre` is longitude and latitude of each county, `outlines` its outline as GeoJSON, "" where none is published.
    """

    county_codes: tuple[str, ...]
    county_names: tuple[str, ...]
    mongol: NDArray[np.float64]
    centre: NDArray[np.float64]
    outlines: tuple[str, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    paths: tuple[str, ...]
    kinds: tuple[str, ...]
    county: Ints
    town: Ints
    town_names: tuple[str, ...]
    weight: NDArray[np.float64]

    @property
    def urban(self) -> NDArray[np.bool_]:
        """Which villages are communities of a town."""
        return np.array([kind == "社区" for kind in self.kinds])

    def communities(self, count: int) -> Ints:
        """The town communities of the league's largest county, at most `count`, by number.

        Communities under a sub-district (街道) come first: they are the city proper.
        """
        largest = np.bincount(self.county, self.weight).argmax()
        mine = [v for v in np.flatnonzero(self.urban) if self.county[v] == largest]
        city = sorted(mine, key=lambda v: ("街道" not in self.town_names[self.town[v]], self.codes[v]))
        return np.array(sorted(city[:count]), np.int64)


def read(folder: Path, shape: Shape) -> Places:
    """The places of a league folder."""
    with (folder / "areas" / "areas.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    by_code = {row["code"]: row for row in rows}
    counties = [row for row in rows if row["level"] == "county"]
    towns = {row["code"]: n for n, row in enumerate(r for r in rows if r["level"] == "town")}
    order = {row["code"]: n for n, row in enumerate(counties)}
    villages = [row for row in rows if row["level"] == "village"]
    county = np.array([order[by_code[row["parent"]]["parent"]] for row in villages])
    known = {row.code: row for row in shape.county}
    default = shape.county[0]
    shares = [known.get(row["code"], default) for row in counties]
    within = np.array([WEIGHTS.get(row["kind"], 1.0) for row in villages])
    totals = np.bincount(county, within, len(counties))
    weight = within / totals[county] * np.array([share.people for share in shares])[county]
    return Places(
        county_codes=tuple(order),
        county_names=tuple(row["name"] for row in counties),
        mongol=np.array([share.mongol for share in shares]),
        centre=_centres(folder, list(order)),
        outlines=_outlines(folder, list(order)),
        codes=tuple(row["code"] for row in villages),
        names=tuple(row["name"] for row in villages),
        paths=tuple(_path(row, by_code) for row in villages),
        kinds=tuple(row["kind"] for row in villages),
        county=county,
        town=np.array([towns[row["parent"]] for row in villages]),
        town_names=tuple(by_code[town]["name"] for town in towns),
        weight=weight / weight.sum(),
    )


def _path(village: dict[str, str], by_code: dict[str, dict[str, str]]) -> str:
    town = by_code[village["parent"]]
    return by_code[town["parent"]]["name"] + town["name"] + village["name"]


def _features(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((folder / "areas").glob("*.geojson")):
        yield from json.loads(path.read_text("utf-8"))["features"]


def _outlines(folder: Path, codes: list[str]) -> tuple[str, ...]:
    """Each county's outline as GeoJSON; nothing where there is only a point."""
    found = {
        str(feature["properties"]["code"]): json.dumps(feature["geometry"])
        for feature in _features(folder)
        if feature["geometry"]["type"] != "Point"
    }
    return tuple(found.get(code, "") for code in codes)


def _centres(folder: Path, codes: list[str]) -> NDArray[np.float64]:
    """A county's middle, from the outlines; the mean of the others where it has none."""
    found: dict[str, list[float]] = {}
    for feature in _features(folder):
        properties = feature.get("properties", {})
        if properties.get("centre"):
            found[str(properties["code"])] = properties["centre"]
    middle = list(np.mean(list(found.values()), axis=0)) if found else [0.0, 0.0]
    return np.array([found.get(code, middle) for code in codes], np.float64)


def doors() -> list[str]:
    """Every ending of an address: flats first (`URBAN` of them), then houses."""
    flats = [
        f"{building}号楼{unit}单元{floor}0{door}室"
        for building in range(1, 13)
        for unit in range(1, 5)
        for floor in range(1, 7)
        for door in range(1, 4)
    ]
    return flats + [f"{number}号" for number in range(1, RURAL + 1)]


def draw_doors(rng: np.random.Generator, urban: NDArray[np.bool_]) -> Ints:
    """A door for every household, a flat in a community and a house elsewhere."""
    flats = rng.integers(0, URBAN, len(urban))
    return np.asarray(np.where(urban, flats, URBAN + rng.integers(0, RURAL, len(urban))))


def addresses(places: Places, villages: Ints, door: Ints) -> Column:
    """Addresses from the county down to the door."""
    return joined(pick(places.paths, villages), pick(doors(), door))
