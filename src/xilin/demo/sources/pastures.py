"""What herders ask each day: prices at the livestock markets by week, and the weather of each county by day.

Levels, seasons and paths are drawn, near what is usual in the region; they are no observations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from xilin.demo.league import League
from xilin.demo.records import Found

Values = NDArray[np.float64]
WEEKS, DAYS = 104, 60
WHOLE = "全盟"
PRICE_HEADS = ("监测周", "旗县市", "品种", "均价", "单位", "上报日期")
WEATHER_HEADS = ("日期", "站名", "要素", "值", "单位")


@dataclass(frozen=True)
class Good:
    """What is sold at a market: its price, how much the seasons move it, and the week of the year when it is dearest."""

    name: str
    unit: str
    price: float
    season: float
    dearest: int


GOODS = (
    Good("活羔羊", "元/公斤", 27.5, 0.07, 22),
    Good("羊肉", "元/公斤", 64.0, 0.06, 4),
    Good("活牛", "元/公斤", 25.0, 0.03, 6),
    Good("牛肉", "元/公斤", 62.0, 0.03, 4),
    Good("羊绒", "元/公斤", 262.0, 0.05, 20),
    Good("捆草", "元/吨", 1080.0, 0.16, 14),
)


def market_prices(league: League) -> Found:
    """畜产品和饲草价格监测 Each week's mean price of each good by county and for the league, reported on the Monday after."""
    monday = league.as_of - timedelta(days=league.as_of.weekday())
    weeks = [monday - timedelta(weeks=number) for number in range(WEEKS, 0, -1)]
    return _table(PRICE_HEADS, _prices(league, weeks))


def _prices(league: League, weeks: list[date]) -> Iterator[tuple[str, ...]]:
    names = league.places.county_names
    turns = np.array([week.isocalendar().week for week in weeks])
    for good in GOODS:
        rng = league.stream(f"nmj_prices_{good.name}")
        wave = 1 + good.season * np.cos(2 * np.pi * (turns - good.dearest) / 52)
        course = np.cumprod(1 + rng.normal(0, 0.008, len(weeks)))
        each = rng.normal(1, 0.025, (len(names), 1)) * (1 + rng.normal(0, 0.006, (len(names), len(weeks))))
        prices = good.price * wave * course * each
        for nth, week in enumerate(weeks):
            said = week.isocalendar()
            period, day = f"{said.year}年第{said.week}周", str(week + timedelta(days=7))
            yield period, WHOLE, good.name, f"{prices[:, nth].mean():.2f}", good.unit, day
            for name, price in zip(names, prices[:, nth], strict=True):
                yield period, name, good.name, f"{price:.2f}", good.unit, day


def weather(league: League) -> Found:
    """气象观测日值 The last days' extremes of temperature, rain, wind and snow at each county's station, up to yesterday."""
    days = [league.as_of - timedelta(days=number) for number in range(DAYS, 0, -1)]
    return _table(WEATHER_HEADS, _weather(league, days))


def _weather(league: League, days: list[date]) -> Iterator[tuple[str, ...]]:
    rng, names = league.stream("qxj_weather"), league.places.county_names
    shape = (len(names), len(days))
    turn = np.array([day.timetuple().tm_yday for day in days])
    # Coldest in the middle of January; warm spells and cold ones last some days, and come to all counties.
    mean = 2.0 - 20.5 * np.cos(2 * np.pi * (turn - 16) / 365) + rng.normal(0, 1.2, (len(names), 1))
    spell = np.convolve(rng.normal(0, 4.5, len(days) + 4), np.ones(5) / 5, mode="valid") * 2
    middle = mean + spell + rng.normal(0, 0.8, shape)
    span = rng.uniform(4, 9, shape)
    wet = (rng.random(len(days)) < 0.10 + 0.16 * (mean.mean(axis=0) > 8)) & (rng.random(shape) < 0.6)
    rain = np.where(wet, rng.gamma(1.1, np.where(middle > 8, 5.0, 1.4), shape), 0.0)
    wind = np.clip(rng.normal(6.5 + 2.5 * (np.abs(turn - 115) < 40), 2.2, shape), 1.0, None)
    snow = _snow(middle, rain)
    facts = (
        ("最高气温", "℃", middle + span),
        ("最低气温", "℃", middle - span),
        ("降水量", "毫米", rain),
        ("最大风速", "米/秒", wind),
        ("积雪深度", "厘米", snow),
    )
    for nth, day in enumerate(days):
        for fact, unit, values in facts:
            for name, value in zip(names, values[:, nth], strict=True):
                yield str(day), name, fact, f"{value + 0.0:.1f}", unit


def _snow(middle: Values, rain: Values) -> Values:
    """Snow lies where it fell in frost, settles, and melts above it."""
    depth, found = np.zeros(len(middle)), np.zeros_like(middle)
    for nth in range(middle.shape[1]):
        frost = middle[:, nth] < 0
        depth = np.where(frost, depth * 0.96 + rain[:, nth], np.maximum(depth - 1.5 * middle[:, nth], 0))
        found[:, nth] = depth
    return found


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Found:
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    table = pa.table(
        {head: pa.array(column, pa.string()) for head, column in zip(heads, columns, strict=True)}
    )
    return Found(table, "", {}, np.full(table.num_rows, -1))
