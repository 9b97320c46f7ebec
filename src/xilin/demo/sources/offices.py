"""Small registers of offices: schools, health institutions, statistics, parcels, herders, web sites, grids."""

import numpy as np
import pyarrow as pa

from xilin.demo import columns, identifiers, places
from xilin.demo.columns import Column, joined, pick
from xilin.demo.league import League
from xilin.demo.population import households as hh
from xilin.demo.population import organisations as org
from xilin.demo.records import OFFICE, Found
from xilin.demo.sources.people import institution_codes, school_codes

KIND_WORDS = {org.HOSPITAL: "卫生院", org.CENTRE: "社区卫生服务中心", org.CLINIC: "村卫生室"}


def _stamps(
    league: League, rng: np.random.Generator, count: int, form: str = "dashes", **how: bool
) -> Column:
    ago = rng.integers(1, 300, count).astype("timedelta64[D]")
    return columns.stamps(league.today - ago, rng.integers(*OFFICE, count), form, **how)  # type: ignore[arg-type]


def _neither(table: dict[str, Column], key: str, types: dict[str, str] | None = None) -> Found:
    """A source about neither people nor organisations."""
    whole = pa.table(table)
    return Found(whole, key, types or {}, np.full(whole.num_rows, -1))


def _county6(league: League) -> list[str]:
    return [code[:6] for code in league.places.county_codes]


def schools(league: League) -> Found:
    """学校名录 Every school once."""
    firms, rng = league.organisations, league.stream("jyj_schools")
    who = firms.of(org.SCHOOL)
    table = {
        "学校标识码": school_codes(league, who),
        "统一社会信用代码": firms.codes.take(who),
        "学校名称": org.names(firms, who, league.places),
        "办学类型": pick([kind for _, kind, _ in org.SCHOOLS], firms.subtype[who]),
        "校长": league.people.names(firms.person[who]),
        "在校生数": columns.numbers(firms.size[who] * 11),
        "教职工数": columns.numbers(firms.size[who]),
        "建校日期": columns.dates(firms.established[who], "dashes"),
        "地址": places.addresses(league.places, firms.village[who], firms.door[who]),
        "旗县": pick(league.places.county_names, firms.county[who]),
        "更新日期": columns.dates(
            league.today - rng.integers(20, 200, len(who)).astype("timedelta64[D]"), "dashes"
        ),
    }
    types = {"在校生数": "number", "教职工数": "number", "建校日期": "date", "更新日期": "date"}
    return Found(pa.table(table), "学校标识码", types, who, "organisations")


def health_institutions(league: League) -> Found:
    """医疗卫生机构 Town hospitals, community centres and village clinics."""
    firms, rng = league.organisations, league.stream("wjw_institutions")
    who = firms.of(org.HOSPITAL, org.CENTRE, org.CLINIC)
    kind = firms.kind[who]
    beds = np.where(kind == org.HOSPITAL, rng.integers(10, 60, len(who)), np.where(kind == org.CENTRE, 8, 1))
    table = {
        "jgdm": institution_codes(league, who),
        "jgmc": org.names(firms, who, league.places),
        "tyshxydm": firms.codes.take(who),
        "jglb": pick([KIND_WORDS[k] for k in sorted(KIND_WORDS)], kind - org.HOSPITAL),
        "fzr": league.people.names(firms.person[who]),
        "cws": columns.numbers(beds),
        "zgs": columns.numbers(firms.size[who]),
        "clrq": columns.dates(firms.established[who], "digits"),
        "dz": places.addresses(league.places, firms.village[who], firms.door[who]),
        "xzqh": pick(_county6(league), firms.county[who]),
        "gxsj": _stamps(league, rng, len(who)),
    }
    return Found(pa.table(table), "jgdm", {"cws": "number", "zgs": "number"}, who, "organisations")


def statistics(league: League) -> Found:
    """旗县统计 Yearly figures by county, counted from the true league at each year's end."""
    people, place, firms = league.people, league.places, league.organisations
    counties = len(place.county_codes)
    county = place.county[people.lives]
    figures: list[tuple[int, int, str, int, str]] = []
    for year in range(league.as_of.year - 3, league.as_of.year):
        first, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year}-12-31")
        born = (people.birth >= first) & (people.birth <= end)
        died = (people.death >= first) & (people.death <= end)
        there = (people.birth <= end) & ~(people.death <= end)
        open_ = firms.registered & (firms.established <= end)
        for item, unit, counts in (
            ("年末常住人口", "人", np.bincount(county[there], minlength=counties)),
            ("出生人口", "人", np.bincount(county[born], minlength=counties)),
            ("死亡人口", "人", np.bincount(county[died], minlength=counties)),
            ("年末市场主体", "户", np.bincount(firms.county[open_], minlength=counties)),
        ):
            figures += [(year, at, item, int(count), unit) for at, count in enumerate(counts)]
    filed = [league.today.astype("datetime64[Y]") + np.timedelta64(60, "D")] * len(figures)
    table = {
        "年份": pa.array([str(year) for year, *_ in figures]),
        "旗县": pick(place.county_names, np.array([at for _, at, *_ in figures])),
        "指标": pa.array([item for *_, item, _, _ in figures]),
        "数值": pa.array([str(count) for *_, count, _ in figures]),
        "单位": pa.array([unit for *_, unit in figures]),
        "填报日期": columns.dates(np.minimum(np.array(filed, "datetime64[D]"), league.today), "dashes"),
    }
    return _neither(table, "", {"年份": "number", "数值": "number", "填报日期": "date"})


LAND_USES = ("0701", "0702", "0401", "0501", "0601", "0103")


def land_parcels(league: League) -> Found:
    """宗地 Housing land, pasture and shops; codes begin with 99 like everything here."""
    people, place, rng = league.people, league.places, league.stream("zrzyj_parcels")
    heads = np.flatnonzero((people.relation == 0) & people.alive)
    who = rng.choice(heads, league.counts.land_parcels, replace=league.counts.land_parcels > len(heads))
    village = people.lives[who]
    county = place.county[village]
    urban = place.urban[village]
    use = np.where(urban, rng.choice([0, 0, 0, 3, 4], len(who)), rng.choice([1, 1, 2, 2, 5], len(who)))
    typical = np.array([220.0, 420.0, 2.4e6, 160.0, 9000.0, 52_000.0])[use]
    square_metres = typical * rng.lognormal(0, 0.45, len(who))
    prefix = identifiers.prefixes(place.county_codes)[county]
    code = joined(
        columns.digits(prefix, 6),
        columns.digits(place.town[village] % 1000, 3),
        columns.digits(village % 1000, 3),
        pick(("GB", "JC", "JC", "GB", "GB", "JB"), use),
        columns.digits(np.arange(1, len(who) + 1) % 100_000, 5),
    )
    registered = np.datetime64("2015-03-01") + rng.integers(0, 3900, len(who)).astype("timedelta64[D]")
    registered = np.where(rng.random(len(who)) < 0.004, registered - np.timedelta64(4000, "D"), registered)
    at = place.centre[county] + rng.normal(0, (0.12, 0.08), (len(who), 2))
    table = {
        "zddm": code,
        "qlrmc": people.names(who),
        "dlbm": pick(LAND_USES, np.where(rng.random(len(who)) < 0.002, -1, use)),
        "mj": columns.numbers(square_metres, 2),
        "jd": columns.numbers(at[:, 0], 6),
        "wd": columns.numbers(at[:, 1], 6),
        "zl": places.addresses(place, village, people.door[who]),
        "xzqh": pick(place.codes, village),
        "djsj": columns.dates(np.minimum(registered, league.today), "slashes"),
        "gxsj": _stamps(league, rng, len(who)),
    }
    return _neither(table, "zddm", {"mj": "number", "jd": "number", "wd": "number", "gxsj": "stamp"})


def herder_households(league: League) -> Found:
    """追溯牧户 Herders' households with pasture and lambs; their lambs add up to the report's figure, scaled."""
    people, place, rng = league.people, league.places, league.stream("nmj_herders")
    herds = np.array([kind == "嘎查" for kind in place.kinds])[people.lives]
    likely = ((people.relation == 0) & people.alive & (people.age < 75)) * (1.0 + 200.0 * herds)
    who = rng.permutation(hh.heaviest(rng, likely, league.counts.herder_households))
    share = rng.lognormal(0, 0.7, len(who))
    lambs = np.floor(share / share.sum() * league.counts.lambs).astype(np.int64)
    lambs[: league.counts.lambs - int(lambs.sum())] += 1
    breeds = ("乌珠穆沁", "苏尼特", "察哈尔", "其他")
    pasture = lambs * rng.uniform(14, 40, len(who))
    recorded = league.today - rng.integers(30, 3800, len(who)).astype("timedelta64[D]")
    numbers = columns.fixed(people.id_bytes[who])
    table = {
        "牧户编号": joined("MH", columns.digits(np.arange(1, len(who) + 1), 7)),
        "户主姓名": people.names(who),
        "户主身份证号": columns.where(rng.random(len(who)) < 0.05, "", numbers),
        "联系电话": columns.digits(np.maximum(people.phone[who], 0), 11),
        "嘎查代码": pick(place.codes, people.lives[who]),
        "嘎查": pick(place.names, people.lives[who]),
        "草场面积（亩）": columns.numbers(pasture, 1),
        "羔羊数": columns.numbers(lambs),
        "品种": pick(breeds, rng.choice(4, len(who), p=(0.55, 0.25, 0.14, 0.06))),
        "建档日期": columns.dates(recorded, "dots"),
        "更新日期": columns.dates(
            league.today - rng.integers(1, 28, len(who)).astype("timedelta64[D]"), "dots"
        ),
    }
    return _neither(table, "牧户编号")


def web_sites(league: League) -> Found:
    """政府网站 The league's, the counties' and the towns' sites, some in Mongolian too."""
    place, rng, count = league.places, league.stream("xsj_websites"), league.fixed.websites
    level = np.where(np.arange(count) < 60, 0, np.where(np.arange(count) < 340, 1, 2))
    county = rng.choice(len(place.county_codes), count)
    town = rng.choice(len(place.town_names), count)
    offices = (
        "政务服务网",
        "教育信息网",
        "卫生健康网",
        "农牧业信息网",
        "公安网",
        "统计信息网",
        "人社网",
        "民政网",
        "文旅网",
        "财政网",
    )
    owner = columns.where(
        level == 0,
        "锡林郭勒盟",
        columns.where(level == 1, pick(place.county_names, county), pick(place.town_names, town)),
    )
    name = joined(owner, pick(offices, rng.choice(len(offices), count)))
    codes = columns.digits(9_925_000_000 + np.arange(1, count + 1), 10)
    sites = pa.array([f"http://site{number:03}.xilingol.example/" for number in range(1, count + 1)])
    table = {
        "序号": columns.numbers(np.arange(1, count + 1)),
        "网站标识码": codes,
        "网站名称": name,
        "首页网址": sites,
        "主办单位": joined(owner, "人民政府办公室"),
        "层级": pick(("盟级", "旗县级", "苏木乡镇级"), level),
        "运行状态": pick(
            ("正常", "整改", "申请关停", "已关停"), rng.choice(4, count, p=(0.82, 0.09, 0.04, 0.05))
        ),
        "语种": pick(("汉", "蒙", "英"), rng.choice(3, count, p=(0.78, 0.21, 0.01))),
        "普查日期": columns.dates(
            league.today - rng.integers(20, 110, count).astype("timedelta64[D]"), "dashes"
        ),
        "区划": columns.where(level == 0, "152500", pick(_county6(league), county)),
    }
    return _neither(table, "网站标识码", {"序号": "number", "普查日期": "date"})


def grids(league: League) -> Found:
    """网格 The city's communities, each divided into grids, with who lives there counted from the truth."""
    people, place, rng = league.people, league.places, league.stream("xht_grids")
    each = max(1, league.fixed.grids // max(1, len(league.communities)))
    village = np.repeat(league.communities, each)
    number = np.tile(np.arange(each), len(league.communities))
    here = people.alive
    cell = people.lives[here] * each + people.door[here] % each
    residents = np.bincount(cell, minlength=len(place.codes) * each)[village * each + number]
    heads = here & (people.relation == 0)
    cell = people.lives[heads] * each + people.door[heads] % each
    households = np.bincount(cell, minlength=len(place.codes) * each)[village * each + number]
    grown = np.flatnonzero((people.age >= 25) & (people.age < 55) & here)
    worker = rng.choice(grown, len(village))
    names = pick(place.names, village)
    table = {
        "网格编码": joined(pick(place.codes, village), columns.digits(number + 1, 3)),
        "网格名称": joined(names, "第", columns.numbers(number + 1), "网格"),
        "社区代码": pick(place.codes, village),
        "社区名称": names,
        "网格员": people.names(worker),
        "网格员电话": columns.digits(people.phone[worker], 11),
        "户数": columns.numbers(households),
        "人口数": columns.numbers(residents),
        "更新时间": _stamps(league, rng, len(village), "slashes", short=True),
    }
    return _neither(table, "网格编码")
