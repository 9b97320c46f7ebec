"""Grassland plots and points of interest of the natural resources bureau, inside the counties' outlines."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from xilin.demo import columns
from xilin.demo.columns import Ints, joined, pick
from xilin.demo.league import League
from xilin.demo.records import OFFICE, Found

KM2_PER_DEGREE2 = 111.32**2
MU_PER_HA = 15.0
GRASSLAND = ("温性草甸草原", "温性典型草原", "温性荒漠草原", "低地草甸", "沙地植被")
YIELDS = np.array([1650.0, 1050.0, 420.0, 1900.0, 760.0])  # dry matter, kg/ha
USES = ("草畜平衡", "季节性休牧", "禁牧", "打草场")
SPOTS = (
    "牧民服务站", "饲草料站", "供水点", "兽医站", "卫生室", "学校", "加油站", "邮政所", "敖包", "旅游点", "客运站", "粮油店",
)  # fmt: skip
NARROW = 5  # decimals of a degree: a metre


@dataclass(frozen=True)
class Ground:
    """Plots as rings of one length, with the county and the village each lies in; `middle` is each village's, or NaN."""

    rings: NDArray[np.float64]
    county: Ints
    village: Ints
    middle: NDArray[np.float64]


def ground(league: League, count: int) -> Ground:
    """Plots over the counties that have an outline, in proportion to their size; neighbours share their borders.

    Villages have no outlines: each herders' village gets the plots nearest to a plot of its own.
    """
    place = league.places
    shapes = [shapely.from_geojson(text) if text else None for text in place.outlines]
    sizes = np.array([_km2(shape) if shape is not None else 0.0 for shape in shapes])
    middle = np.full((len(place.codes), 2), np.nan)
    rings, counties, villages = [], [], []
    rural = ~place.urban
    for county, shape in enumerate(shapes):
        if shape is None or sizes[county] == 0:
            continue
        rng = league.stream(f"ground {place.county_codes[county]}")
        wanted = max(1, round(count * sizes[county] / sizes.sum()))
        found = _plots(rng, shape, wanted)
        centres = found.mean(axis=1)
        mine = np.flatnonzero(rural & (place.county == county))
        at = centres[rng.choice(len(centres), len(mine), replace=len(mine) > len(centres))]
        middle[mine] = at
        squeeze = np.array([np.cos(np.radians(centres[:, 1].mean())), 1.0])
        nearest = ((centres[:, None, :] - at[None, :, :]) * squeeze) ** 2
        rings.append(found)
        counties.append(np.full(len(found), county))
        villages.append(mine[nearest.sum(axis=2).argmin(axis=1)])
    return Ground(np.concatenate(rings), np.concatenate(counties), np.concatenate(villages), middle)


def _km2(shape: object) -> float:
    latitude = shapely.centroid(shape).y
    return float(shapely.area(shape) * KM2_PER_DEGREE2 * np.cos(np.radians(latitude)))


def _plots(rng: np.random.Generator, shape: object, wanted: int) -> NDArray[np.float64]:
    """At most `wanted` plots wholly inside a shape: cells of a shaken lattice, their borders bent in the middle."""
    west, south, east, north = shapely.bounds(shape)
    squeeze = np.cos(np.radians((south + north) / 2))
    step = np.sqrt(shapely.area(shape) * squeeze / (wanted * 1.45))
    for _ in range(12):
        rings = _lattice(rng, (west, south, east, north), step / squeeze, step)
        cells = shapely.polygons(rings)
        shapely.prepare(shape)
        inside = np.flatnonzero(shapely.contains_properly(shape, cells) & shapely.is_valid(cells))
        if len(inside) >= wanted:
            return np.asarray(rings[np.sort(rng.choice(inside, wanted, replace=False))])
        step *= 0.85
    return np.asarray(rings[inside])


def _lattice(
    rng: np.random.Generator, box: tuple[float, float, float, float], width: float, height: float
) -> NDArray[np.float64]:
    west, south, east, north = box
    across, up = int((east - west) / width) + 2, int((north - south) / height) + 2
    x, y = np.meshgrid(west + width * np.arange(across + 1), south + height * np.arange(up + 1))
    size = np.array([width, height])

    def shake(points: NDArray[np.float64], by: float) -> NDArray[np.float64]:
        return np.asarray(points + rng.uniform(-by, by, points.shape) * size)

    corner = shake(np.stack([x, y], axis=-1), 0.25)
    along = shake((corner[:, :-1] + corner[:, 1:]) / 2, 0.06)
    upward = shake((corner[:-1] + corner[1:]) / 2, 0.06)
    parts = [
        corner[:-1, :-1], along[:-1], corner[:-1, 1:], upward[:, 1:], corner[1:, 1:], along[1:], corner[1:, :-1],
        upward[:, :-1], corner[:-1, :-1],
    ]  # fmt: skip
    return np.round(np.stack(parts, axis=2).reshape(-1, len(parts), 2), NARROW)


def grassland_plots(league: League) -> Found:
    """草场地块 Pasture with its outline as WKT; some outlines cross themselves, are turned round, lie elsewhere or lack."""
    rates, rng = league.errors.land, league.stream("zrzyj_grassland")
    land = ground(league, league.counts.grassland_plots)
    count = len(land.rings)
    rings = land.rings.copy()
    luck = rng.random(count)
    crossed = luck < rates.crossed
    rings[crossed] = rings[crossed][:, [0, 1, 4, 3, 2, 5, 6, 7, 8]]
    swapped = (luck >= 0.2) & (luck < 0.2 + rates.swapped)
    rings[swapped] = rings[swapped][:, :, ::-1]
    astray = (luck >= 0.4) & (luck < 0.4 + rates.astray)
    rings[astray] += (9.0, 0.0)
    clockwise = rng.random(count) < 0.5
    rings[clockwise] = rings[clockwise][:, ::-1]
    missing = (luck >= 0.6) & (luck < 0.6 + rates.missing)
    texts = shapely.to_wkt(shapely.polygons(rings), rounding_precision=NARROW)
    kind = _kinds(rng, land.rings.mean(axis=1))
    hectares = np.array(shapely.area(shapely.polygons(land.rings))) * KM2_PER_DEGREE2 * 100
    hectares *= np.cos(np.radians(land.rings[:, :, 1].mean(axis=1)))
    place = league.places
    renewed = league.today - rng.integers(5, 700, count).astype("timedelta64[D]")
    table = {
        "地块编号": joined("CC", pick(place.codes, land.village), columns.digits(np.arange(1, count + 1), 6)),
        "地块名称": joined(pick(place.names, land.village), columns.numbers(_nth(land.village)), "号草场"),
        "草地类型": pick(GRASSLAND, kind),
        "利用方式": pick(USES, rng.choice(len(USES), count, p=(0.62, 0.2, 0.1, 0.08))),
        "面积（亩）": columns.numbers(hectares * MU_PER_HA, 1),
        "干草单产": columns.numbers(YIELDS[kind] * rng.lognormal(0, 0.18, count), 0),
        "区划代码": pick(place.codes, land.village),
        "空间范围": columns.where(missing, "", pa.array(texts.tolist(), pa.string())),
        "更新日期": columns.dates(renewed, "dashes"),
    }
    return Found(pa.table(table), "地块编号", {}, np.full(count, -1))


def _kinds(rng: np.random.Generator, at: NDArray[np.float64]) -> Ints:
    """Kinds of grassland: meadow steppe in the east, typical in the middle, desert steppe in the west."""
    eastward = (at[:, 0] - 111.0) / 9.0 + rng.normal(0, 0.06, len(at))
    kind = np.where(eastward > 0.72, 0, np.where(eastward > 0.33, 1, 2))
    odd = rng.random(len(at))
    return np.asarray(np.where(odd < 0.07, 3, np.where(odd < 0.12, 4, kind)))


def _nth(group: Ints) -> Ints:
    """The number of each row within its group, from 1."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    within = np.arange(len(group)) - np.repeat(starts, np.diff(np.r_[starts, len(group)]))
    found = np.empty(len(group), np.int64)
    found[order] = within + 1
    return found


def points_of_interest(league: League) -> Found:
    """兴趣点 Stations, schools, wells and sights near villages, with longitude and latitude."""
    place, rng = league.places, league.stream("zrzyj_poi")
    count = league.counts.points_of_interest
    middle = ground(league, league.counts.grassland_plots).middle
    known = ~np.isnan(middle[:, 0])
    weight = place.weight * (known | place.urban)
    village = rng.choice(len(place.codes), count, p=weight / weight.sum())
    centre = np.where(known[village][:, None], middle[village], place.centre[place.county[village]])
    at = centre + rng.normal(0, (0.016, 0.012), (count, 2))
    kind = rng.integers(0, len(SPOTS), count)
    renewed = league.today - rng.integers(1, 400, count).astype("timedelta64[D]")
    table = {
        "POI编号": joined("P", columns.digits(np.arange(1, count + 1), 8)),
        "名称": joined(pick(place.names, village), pick(SPOTS, kind)),
        "类别": pick(SPOTS, kind),
        "经度": columns.numbers(at[:, 0], 6),
        "纬度": columns.numbers(at[:, 1], 6),
        "区划代码": pick(place.codes, village),
        "更新时间": columns.stamps(renewed, rng.integers(*OFFICE, count), "dashes"),
    }
    return Found(pa.table(table), "POI编号", {}, np.full(count, -1))
