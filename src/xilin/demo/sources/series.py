"""Series of the statistics bureau: by county and industry over six years, every figure with its releases.

Proportions and paths are drawn, not statistics. What must add up does: counties to the league, industries to the
total, quarters to the year. Provisional figures miss the final ones by a drawn error, in the leaves, so they add up too.
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
YEARS = 6
INDUSTRIES = "ABCDEFGHIJKLMNOPQRS"
# Weight of each industry in value added (of 100, rounded): a pastoral league with coal, power and trade.
WEIGHTS = (16, 18, 12, 10, 6, 8, 5, 2, 2, 4, 4, 2, 1, 1, 1, 3, 2, 1, 6)
SEASON = (0.19, 0.24, 0.27, 0.30)
YUAN_A_HEAD = 82_000
WHOLE, TOTAL = "全盟", "合计"
HEADS = ("报告期", "地区", "指标", "行业门类", "数值", "单位", "数据状态", "发布日期")
# Item, unit, value a head and month, yearly growth, strength of the seasons, phase of the peak in months.
MONTHLY = (
    ("社会消费品零售总额", "万元", 0.19, 0.055, 0.12, 11),
    ("一般公共预算收入", "万元", 0.085, 0.04, 0.25, 5),
    ("工业用电量", "万千瓦时", 0.13, 0.06, 0.08, 0),
)
# Item, unit, head of (or tonnes from) livestock a person, share of them beside each quarter's.
QUARTERLY = (("羊存栏", "只", 9.5), ("牛存栏", "头", 1.9), ("羊肉产量", "吨", 0.055))
HERDS = (0.62, 0.88, 1.0, 0.74)


@dataclass(frozen=True)
class Issue:
    """One release: which status it has, how many days after the period's end, how far off it is."""

    status: str
    days: int
    error: float


QUARTER = (Issue("初步核算", 20, 0.012), Issue("最终核实", 300, 0.0))
YEAR = (Issue("初步核算", 21, 0.012), Issue("初步核实", 270, 0.004), Issue("最终核实", 380, 0.0))
MONTH = (Issue("初步数", 18, 0.006), Issue("最终数", 75, 0.0))
HERD = (Issue("初步数", 25, 0.01), Issue("最终数", 110, 0.0))
PRICE = (Issue("最终数", 12, 0.0),)


def released_figures(league: League) -> Found:
    """统计数据发布库 Every release of every figure up to today."""
    rows = [row for part in (_gdp, _monthly, _herds, _prices) for row in part(league)]
    found = list(zip(*rows, strict=True)) or [()] * len(HEADS)
    table = pa.table({head: pa.array(column, pa.string()) for head, column in zip(HEADS, found, strict=True)})
    return Found(table, "", {}, np.full(table.num_rows, -1))


Row = tuple[str, ...]


def _people(league: League) -> Values:
    """People of each county, at least one, so that no figure is 0."""
    lives = np.bincount(league.places.county[league.people.lives], minlength=len(league.places.county_codes))
    return np.maximum(lives, 1).astype(np.float64)


def _first(league: League) -> int:
    return league.as_of.year - YEARS


def _released(end: np.datetime64, issue: Issue, league: League) -> str:
    """The day of a release; nothing where it is yet to come."""
    day = end + np.timedelta64(issue.days, "D")
    return str(day) if day <= league.today else ""


def _month_end(year: int, month: int) -> np.datetime64:
    """The last day of a month."""
    return np.datetime64(date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1), "D")


def _noisy(rng: np.random.Generator, final: Values, error: float) -> Values:
    return np.round(final * (1 + rng.normal(0, error, final.shape))) if error else np.round(final)


def _areas(league: League, values: Values) -> Iterator[tuple[str, Values]]:
    """The league's sum, and each county's values."""
    yield WHOLE, values.sum(axis=0)
    yield from zip(league.places.county_names, values, strict=True)


def _gdp(league: League) -> Iterator[Row]:
    """地区生产总值 By county and industry, each quarter and year; growth against the same period a year before."""
    rng, people, first = league.stream("tjj_gdp"), _people(league), _first(league)
    shares = rng.dirichlet(np.array(WEIGHTS) * 1.5, len(people))
    growth = 1 + rng.normal(0.055, 0.02, (len(people), 1, YEARS + 1))
    level = np.cumprod(growth, axis=2)
    yearly = people[:, None, None] * YUAN_A_HEAD / 1e4 * shares[:, :, None] * level
    quarters = yearly[..., None] * np.array(SEASON) * (1 + rng.normal(0, 0.02, (*yearly.shape, 4)))
    issued = {issue: _noisy(rng, quarters, issue.error) for issue in {*QUARTER, *YEAR}}
    for year in range(YEARS + 1):
        name = f"{first + year}年"
        for quarter in range(4):
            told = {issue: issued[issue][:, :, year, quarter] for issue in QUARTER}
            before = issued[QUARTER[-1]][:, :, year - 1, quarter] if year else None
            end = _month_end(first + year, 3 * quarter + 3)
            yield from _accounts(league, f"{name}{quarter + 1}季度", end, told, before)
        told = {issue: issued[issue][:, :, year].sum(axis=2) for issue in YEAR}
        before = issued[YEAR[-1]][:, :, year - 1].sum(axis=2) if year else None
        yield from _accounts(league, name, _month_end(first + year, 12), told, before)


def _accounts(
    league: League, period: str, end: np.datetime64, told: dict[Issue, Values], before: Values | None
) -> Iterator[Row]:
    """The rows of one period's accounts in each of its releases; growth over the final figures a year before."""
    for issue, values in told.items():
        if not (day := _released(end, issue, league)):
            continue
        for name, by_industry in _areas(league, values):
            said = (issue.status, day)
            yield period, name, "地区生产总值", TOTAL, f"{by_industry.sum():.0f}", "万元", *said
            for industry, value in zip(INDUSTRIES, by_industry, strict=True):
                yield period, name, "地区生产总值", industry, f"{value:.0f}", "万元", *said
        if before is None:
            continue
        for (name, now), (_, then) in zip(_areas(league, values), _areas(league, before), strict=True):
            growth = (now.sum() / then.sum() - 1) * 100
            yield period, name, "地区生产总值增速", TOTAL, f"{growth:.1f}", "%", issue.status, day


def _monthly(league: League) -> Iterator[Row]:
    """Retail sales, revenue, electricity: a month's own figures by county."""
    people, first = _people(league), _first(league)
    months = np.arange((YEARS + 1) * 12)
    for item, unit, a_head, growth, season, peak in MONTHLY:
        rng = league.stream(f"tjj_{item}")
        wave = 1 + season * np.cos(2 * np.pi * (months - peak) / 12)
        path = a_head * (1 + growth) ** (months / 12) * wave
        scale = people * rng.uniform(0.75, 1.25, len(people))
        final = scale[:, None] * path * (1 + rng.normal(0, 0.02, (len(people), len(months))))
        yield from _by_month(league, rng, item, unit, np.maximum(final, 1), first)


def _by_month(
    league: League, rng: np.random.Generator, item: str, unit: str, final: Values, first: int
) -> Iterator[Row]:
    for issue in MONTH:
        values = _noisy(rng, final, issue.error)
        for month in range(final.shape[1]):
            year, number = first + month // 12, month % 12 + 1
            if day := _released(_month_end(year, number), issue, league):
                for name, value in _areas(league, values[:, month]):
                    yield (
                        f"{year}年{number}月", name, item, TOTAL, f"{value:.0f}", unit, issue.status, day,
                    )  # fmt: skip


def _herds(league: League) -> Iterator[Row]:
    """牲畜 Sheep, cattle and mutton at each quarter's end: herds are largest after lambing."""
    people, first = _people(league), _first(league)
    for item, unit, a_head in QUARTERLY:
        rng = league.stream(f"tjj_{item}")
        each = people * a_head * rng.uniform(0.5, 1.5, len(people))
        drift = np.cumprod(1 + rng.normal(0.01, 0.02, (len(people), YEARS + 1)), axis=1)
        final = np.maximum(each[:, None, None] * drift[:, :, None] * np.array(HERDS), 1)
        for issue in HERD:
            values = _noisy(rng, final, issue.error)
            for year in range(YEARS + 1):
                for quarter in range(4):
                    day = _released(_month_end(first + year, 3 * quarter + 3), issue, league)
                    for name, value in _areas(league, values[:, year, quarter]) if day else ():
                        period = f"{first + year}年{quarter + 1}季度"
                        yield period, name, item, TOTAL, f"{value:.0f}", unit, issue.status, day


def _prices(league: League) -> Iterator[Row]:
    """居民消费价格指数 Of the whole league only, never revised."""
    rng, first = league.stream("tjj_prices"), _first(league)
    index = 101.2 + np.cumsum(rng.normal(0, 0.25, (YEARS + 1) * 12))
    for month, value in enumerate(index):
        year, number = first + month // 12, month % 12 + 1
        if day := _released(_month_end(year, number), PRICE[0], league):
            unit = "上年同月=100"
            yield (
                f"{year}年{number}月",
                WHOLE,
                "居民消费价格指数",
                TOTAL,
                f"{value:.1f}",
                unit,
                PRICE[0].status,
                day,
            )
