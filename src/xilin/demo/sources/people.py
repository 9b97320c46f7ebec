"""The systems that keep people: police, population, housing, labour, civil affairs, party, justice, governance."""

import numpy as np
import pyarrow.compute as pc

from xilin.demo import columns
from xilin.demo.columns import Column, Ints, joined, pick, where
from xilin.demo.league import League
from xilin.demo.population import households as hh
from xilin.demo.population import organisations as org
from xilin.demo.population import people as pp
from xilin.demo.records import Found, Records

ETHNIC_SHORT = ("蒙古", "汉", "满", "回", "达斡尔", "鄂温克", "朝鲜")
MARITAL_WORDS = ("未婚", "有配偶", "丧偶", "离婚")
EDUCATION_WORDS = ("研究生", "大学本科", "大学专科", "中专", "高中", "初中", "小学", "其他")
HAN_SEX = ("男", "女")
CHILD_AGE, PENSION_AGE = 16, 60


def household_registration(league: League) -> Found:
    """户籍 Everyone registered in the league; the dead stay on with or without a date of death."""
    people, lives = league.people, league.errors.lives
    rows = Records(league, "gaj_hukou", np.flatnonzero(~people.outsider), prefix="H")
    known = rows.rng.random(rows.count) >= lives.death_not_cancelled
    death = np.where(known, people.death[rows.who], np.datetime64("NaT", "D"))
    return rows.found(
        "RYBH",
        {
            "RYBH": rows.keys,
            "GMSFHM": rows.id_number(),
            "XM": rows.name(),
            "CYM": rows.former_name(),
            "XB": rows.sex(),
            "CSRQ": rows.birth("digits"),
            "MZ": rows.ethnic(pp.ETHNIC_CODES),
            "HH": rows.household_no(),
            "YHZGX": rows.relation(),
            "HYZK": rows.coded(MARITAL_WORDS, people.marital[rows.who]),
            "WHCD": rows.coded(EDUCATION_WORDS, people.education[rows.who]),
            "SSXQ": rows.area("village", registered=True),
            "HKSZD": rows.address(registered=True),
            "SWRQ": columns.dates(death, "digits"),
            "DJRQ": rows.days(rows.since(0, years=30), "digits"),
            "GXSJ": rows.updated(),
        },
        {"GXSJ": "stamp"},
    )


def whole_population(league: League) -> Found:
    """全员人口 Everyone who lives here, incomers too, but for those the village worker missed."""
    people, lives = league.people, league.errors.lives
    rng = league.stream("wjw_population:who")
    held = np.flatnonzero(rng.random(people.count) >= lives.missed_by_population)
    rows = Records(league, "wjw_population", held, prefix="QY")
    known = rows.rng.random(rows.count) < 0.7
    death = np.where(known, people.death[rows.who], np.datetime64("NaT", "D"))
    return rows.found(
        "RKID",
        {
            "RKID": rows.keys,
            "XM": rows.name(),
            "SFZH": rows.id_number(),
            "XB": rows.sex(*HAN_SEX),
            "CSRQ": rows.birth("dashes"),
            "MZMC": rows.ethnic(pp.ETHNIC_NAMES),
            "HYZK": rows.coded(pp.MARITAL_CODES, people.marital[rows.who]),
            "WHCD": rows.coded(pp.EDUCATION_CODES, people.education[rows.who]),
            "XJZDQH": rows.area("village"),
            "HJDQH": rows.area("village", registered=True),
            "XJZD": rows.address(),
            "LXDH": rows.phone(),
            "HKBH": rows.household_no(),
            "SWRQ": columns.dates(death, "dashes"),
            "XGSJ": rows.updated(),
        },
        {"XGSJ": "stamp"},
    )


def death_certificates(league: League) -> Found:
    """死亡证明 The dead of the last three years, but for the few without a certificate."""
    people = league.people
    rng = league.stream("wjw_deaths:who")
    dead = np.flatnonzero(~people.alive)
    dead = dead[rng.random(len(dead)) >= league.errors.lives.death_not_certified]
    rows = Records(league, "wjw_deaths", dead, prefix="SW")
    causes = ("循环系统疾病", "肿瘤", "呼吸系统疾病", "损伤和中毒", "其他")
    cause = rows.rng.choice(5, rows.count, p=(0.46, 0.24, 0.12, 0.08, 0.10))
    death = people.death[rows.who]
    return rows.found(
        "ZMBH",
        {
            "ZMBH": rows.keys,
            "XM": rows.name(),
            "SFZH": rows.id_number(),
            "XB": rows.sex(),
            "CSRQ": rows.birth("digits"),
            "SWRQ": columns.dates(death, "digits"),
            "SWYY": rows.coded(causes, cause),
            "XZQH": rows.area("county"),
            "SBRQ": rows.days(
                death + rows.rng.integers(1, 25, rows.count).astype("timedelta64[D]"), "digits"
            ),
            "GXSJ": rows.updated(),
        },
        {"GXSJ": "stamp"},
    )


def housing(league: League) -> Found:
    """住房 Owners: most heads of households, some spouses. The land office never asked for their sex."""
    people = league.people
    rng = league.stream("zjj_housing:who")
    share = np.select([people.relation == 0, people.relation == 1], [0.62, 0.10], 0.0) * people.alive
    rows = Records(league, "zjj_housing", np.flatnonzero(rng.random(people.count) < share), prefix="FW")
    uses = ("住宅", "商业", "工业", "办公", "其他")
    use = rows.rng.choice(5, rows.count, p=(0.93, 0.04, 0.01, 0.01, 0.01))
    area = np.where(rows.hit(0.001), 0.0, rows.rng.normal(88, 24, rows.count).clip(28, 400))
    year = rows.rng.integers(2016, 2027, rows.count)
    return rows.found(
        "fwbh",
        {
            "fwbh": rows.keys,
            "qzh": joined(
                "蒙（", columns.digits(year, 4), "）不动产权第", columns.digits(rows.who + 1_000_000, 7), "号"
            ),
            "cqrxm": rows.name(),
            "cqrzjh": rows.id_number(),
            "cqrcsrq": rows.birth("slashes"),
            "lxdh": rows.phone(),
            "fwzl": rows.address(),
            "jzmj": columns.numbers(area, 2),
            "fwyt": rows.coded(uses, use),
            "djrq": rows.days(rows.since(20, years=10), "slashes"),
            "xzqh": rows.area("county"),
            "gxsj": rows.updated(),
        },
        {"gxsj": "stamp", "jzmj": "number"},
    )


def _employers(league: League, rows: Records, employer: Ints) -> tuple[Column, Column]:
    """Names and codes of employers as the personnel office wrote them; null for those without."""
    rates, firms = league.errors.organisations, league.organisations
    style = np.where(rows.hit(rates.name_variant), rows.rng.integers(1, 5, rows.count), 0)
    names = org.names(firms, np.maximum(employer, 0), league.places, style)
    codes = firms.codes.take(np.maximum(employer, 0))
    wrong = joined(pc.utf8_slice_codeunits(codes, 0, 17), "I")
    codes = where(rows.hit(rates.employer_uscc_wrong), wrong, codes)
    none = employer < 0
    return where(none, None, names), where(none | rows.hit(rates.employer_uscc_missing), None, codes)


def employment(league: League) -> Found:
    """就业 Those employed by market entities, as far as these filed it."""
    people, firms = league.people, league.organisations
    rng = league.stream("rsj_employment:who")
    by_entity = (league.employer >= 0) & (firms.kind[league.employer] < org.SCHOOL)
    filed = np.flatnonzero(by_entity & (rng.random(people.count) < 0.85))
    rows = Records(league, "rsj_employment", filed, prefix="JY")
    names, codes = _employers(league, rows, league.employer[rows.who])
    states = ("职员", "工人", "管理人员", "专业技术人员", "个体")
    state = rows.rng.choice(5, rows.count, p=(0.34, 0.36, 0.08, 0.10, 0.12))
    return rows.found(
        "就业登记号",
        {
            "就业登记号": rows.keys,
            "姓名": rows.name(),
            "身份证号码": rows.id_number(),
            "性别": rows.sex(*HAN_SEX),
            "出生日期": rows.birth("han"),
            "民族": rows.ethnic(pp.ETHNIC_NAMES),
            "文化程度": rows.coded(EDUCATION_WORDS, people.education[rows.who]),
            "联系电话": rows.phone(),
            "单位名称": names,
            "统一社会信用代码": columns.full_width(codes, rows.hit(rows.rates.full_width)),
            "就业日期": rows.days(rows.since(16, years=8), "han"),
            "旗县": rows.area("name"),
            "现住址": rows.address(),
            "从业状况": rows.coded(states, state),
            "更新日期": rows.days(rows.moments()[0], "han"),
        },
    )


def social_insurance(league: League) -> Found:
    """社保 Four fifths of those of age; a few of them dead."""
    people, firms = league.people, league.organisations
    rng = league.stream("rsj_insurance:who")
    chance = np.where(people.alive, 0.80, 0.30) * (people.age >= CHILD_AGE)
    rows = Records(league, "rsj_insurance", np.flatnonzero(rng.random(people.count) < chance), prefix="15")
    employer = league.employer[rows.who]
    public = (employer >= 0) & (firms.kind[employer] >= org.SCHOOL)
    resident = np.where(rows.rng.random(rows.count) < 0.55, 2, 4)
    types = np.where(
        employer < 0, resident, np.where(public, 1, np.where(rows.rng.random(rows.count) < 0.6, 0, 3))
    )
    names, codes = _employers(league, rows, employer)
    base = np.where(
        employer < 0, rows.rng.integers(2, 30, rows.count) * 100, rows.rng.normal(6200, 1900, rows.count)
    )
    status = rows.rng.choice(3, rows.count, p=(0.88, 0.09, 0.03))
    return rows.found(
        "aac001",
        {
            "aac001": rows.keys,
            "aac003": rows.name(),
            "aac002": rows.id_number(),
            "aac004": rows.sex(),
            "aac005": rows.ethnic(pp.ETHNIC_CODES),
            "aac006": rows.birth("digits"),
            "aab004": names,
            "aab003": codes,
            "aae140": rows.coded(("110", "120", "170", "310", "390"), types),
            "aac008": rows.coded(("1", "2", "4"), status),
            "aac030": rows.days(rows.since(16), "digits"),
            "aac040": columns.numbers(base.clip(200), 2),
            "aae005": rows.phone(),
            "aae006": rows.address(),
            "aab301": rows.area("county"),
            "aae036": rows.updated(),
        },
        {"aae036": "stamp", "aac040": "number"},
    )


def civil_support(league: League) -> Found:
    """民政 Support in force: the old and the poor more often, and some who have died."""
    people, share = league.people, league.errors.lives.death_still_benefits
    rng = league.stream("mzj_benefits:who")
    weight = np.where(people.age >= 80, 0.35, np.where(people.age >= PENSION_AGE, 0.09, 0.028))
    drawn = np.flatnonzero(people.alive & ~people.outsider & (rng.random(people.count) < weight))
    dead = np.flatnonzero(~people.alive & ~people.outsider)
    dead = rng.choice(dead, min(len(dead), max(1, round(share * len(drawn)))), replace=False)
    rows = Records(league, "mzj_benefits", np.concatenate([drawn, dead]), prefix="MZ")
    kinds = ("城市低保", "农村牧区低保", "特困", "临时救助", "高龄津贴", "残疾补贴")
    old = people.age[rows.who] >= 80
    urban = league.places.urban[people.lives[rows.who]]
    kind = np.where(
        old,
        4,
        np.where(
            rows.rng.random(rows.count) < 0.75, np.where(urban, 0, 1), rows.rng.choice([2, 3, 5], rows.count)
        ),
    )
    amount = rows.rng.integers(1, 9, rows.count) * 100 + rows.rng.integers(0, 90, rows.count)
    return rows.found(
        "救助编号",
        {
            "序号": columns.numbers(np.arange(1, rows.count + 1)),
            "救助编号": rows.keys,
            "姓名": rows.name(),
            "身份证号": rows.id_number(),
            "性别": rows.sex(*HAN_SEX),
            "出生日期": rows.birth("dashes"),
            "救助类别": rows.coded(kinds, kind),
            "月救助金额": columns.numbers(np.where(rows.hit(0.001), 0, amount)),
            "救助起始日期": rows.days(rows.since(0, years=9), "dashes"),
            "旗县": rows.area("name"),
            "家庭住址": rows.address(),
            "联系电话": rows.phone(),
            "经办时间": rows.updated(),
        },
        {
            "序号": "number",
            "月救助金额": "number",
            "出生日期": "date",
            "救助起始日期": "date",
            "经办时间": "stamp",
        },
    )


def party_members(league: League) -> Found:
    """党建 Members and probationary members."""
    people = league.people
    rng = league.stream("zzb_party:who")
    member = (people.political <= 1) & people.alive & (rng.random(people.count) < 0.97)
    rows = Records(league, "zzb_party", np.flatnonzero(member), prefix="DY")
    branch = joined(pick(league.places.names, people.lives[rows.who]), "党支部")
    return rows.found(
        "dybh",
        {
            "dybh": rows.keys,
            "xm": rows.name(),
            "sfzh": rows.id_number(),
            "xb": rows.sex(*HAN_SEX),
            "csrq": rows.birth("digits"),
            "mz": rows.ethnic(ETHNIC_SHORT),
            "xl": rows.coded(EDUCATION_WORDS, people.education[rows.who]),
            "zzmm": pick(("01", "02"), people.political[rows.who]),
            "szzb": branch,
            "rdrq": rows.days(rows.since(18, years=35), "digits"),
            "lxdh": rows.phone(),
            "jtzz": rows.address(),
            "xzqh": rows.area("county"),
            "gxsj": rows.updated(),
        },
    )


def community_correction(league: League) -> Found:
    """司法 A few of the adults."""
    people = league.people
    rng = league.stream("sfj_correction:who")
    adult = (people.age >= 18) & (people.age < 70) & people.alive
    chosen = hh.heaviest(rng, adult.astype(float), max(3, round(0.0015 * people.count)))
    rows = Records(league, "sfj_correction", chosen, prefix="JZ")
    start = league.today - rows.rng.integers(5, 900, rows.count).astype("timedelta64[D]")
    term = rows.rng.integers(180, 1400, rows.count)
    term = np.where(rows.hit(0.01), -term, term).astype("timedelta64[D]")
    kind = rows.rng.choice(4, rows.count, p=(0.03, 0.88, 0.06, 0.03))
    return rows.found(
        "矫正对象编号",
        {
            "矫正对象编号": rows.keys,
            "姓名": rows.name(),
            "证件号码": rows.id_number(),
            "性别": rows.sex(*HAN_SEX),
            "出生日期": rows.birth("slashes"),
            "民族": rows.ethnic(ETHNIC_SHORT),
            "矫正类别": rows.coded(("管制", "缓刑", "假释", "暂予监外执行"), kind),
            "矫正开始日期": columns.dates(start, "slashes"),
            "矫正结束日期": columns.dates(start + term, "slashes"),
            "居住地": rows.address(),
            "行政区划": rows.area("county"),
            "联系电话": rows.phone(),
            "登记时间": rows.updated("slashes", short=True),
        },
    )


def floating_population(league: League) -> Found:
    """流动人口 Those registered elsewhere, as far as the grid workers met them."""
    people = league.people
    rng = league.stream("zfw_floating:who")
    met = people.outsider & people.alive & (rng.random(people.count) < 0.87)
    rows = Records(league, "zfw_floating", np.flatnonzero(met), prefix="LD")
    reasons = ("务工", "经商", "投亲", "求学", "放牧", "其他")
    reason = rows.rng.choice(6, rows.count, p=(0.55, 0.16, 0.12, 0.08, 0.05, 0.04))
    return rows.found(
        "rkbh",
        {
            "rkbh": rows.keys,
            "xm": rows.name(),
            "gmsfhm": rows.id_number(),
            "xb": rows.sex(*HAN_SEX),
            "csrq": rows.birth("dashes"),
            "mz": rows.ethnic(pp.ETHNIC_CODES),
            "lxdh": rows.phone(),
            "ldyy": rows.coded(reasons, reason),
            "hjdz": rows.origin(),
            "zzdz": rows.address(),
            "xzqhdm": rows.area("village"),
            "wgbm": grid_codes(league, people.lives[rows.who], people.door[rows.who]),
            "djrq": rows.days(rows.since(0, years=5), "dashes"),
            "gxsj": rows.updated(between="T"),
        },
    )


def grid_codes(league: League, village: Ints, door: Ints) -> Column:
    """The grid of an address: a community's code and three digits; null outside the grids."""
    order = np.full(len(league.places.codes), -1)
    order[league.communities] = np.arange(len(league.communities))
    each = max(1, league.fixed.grids // max(1, len(league.communities)))
    codes = joined(pick(league.places.codes, village), columns.digits(door % each + 1, 3))
    return where(order[village] < 0, None, codes)


def health_records(league: League) -> Found:
    """健康档案 As many as the report counts, drawn from everyone."""
    people, firms = league.people, league.organisations
    rng = league.stream("wjw_health:who")
    wanted = min(league.counts.health_records, people.count)
    rows = Records(league, "wjw_health", np.sort(rng.permutation(people.count)[:wanted]), prefix="JKDA")
    clinics = firms.of(org.HOSPITAL, org.CENTRE, org.CLINIC)
    clinic = clinics[rows.who % len(clinics)]
    ill = rows.rng.random(rows.count) * 90 < people.age[rows.who] - 25
    conditions = ("高血压", "糖尿病", "高血压;糖尿病", "布鲁氏菌病史", "冠心病")
    condition = np.where(ill & (rows.rng.random(rows.count) < 0.5), rows.rng.choice(5, rows.count), -1)
    codes = institution_codes(league, clinic)
    return rows.found(
        "档案编号",
        {
            "档案编号": rows.keys,
            "姓名": rows.name(),
            "身份证号": rows.id_number(),
            "性别": rows.sex("男性", "女性"),
            "出生日期": rows.birth("dashes"),
            "民族代码": rows.ethnic(pp.ETHNIC_CODES),
            "本人电话": rows.phone(),
            "现住址": rows.address(),
            "区划代码": rows.area("village"),
            "建档机构": where(rows.hit(0.004), "JG000000", codes),
            "建档日期": rows.days(rows.since(0), "dashes"),
            "慢性病": where(condition < 0, "无", pick(conditions, condition)),
            "血型": rows.coded(("A", "B", "O", "AB", "不详"), rows.rng.choice(5, rows.count)),
            "更新时间": rows.updated(),
        },
    )


def institution_codes(league: League, who: Ints) -> Column:
    """医疗卫生机构代码 The codes of health institutions by number."""
    return joined("JG", columns.digits(who - int(league.organisations.of(org.HOSPITAL)[0]) + 1, 6))


def school_codes(league: League, who: Ints) -> Column:
    """学校标识码 The codes of schools by number: ten digits beginning with 99."""
    return columns.digits(9_915_250_000 + who - int(league.organisations.of(org.SCHOOL)[0]) + 1, 10)


# School types (of SCHOOLS) that take each grade group: primary, junior, senior.
TAKES = ((0, 2), (1, 2, 3), (3, 4, 5))


def pupils(league: League) -> Found:
    """学籍 Children of 6 to 17 in a school that has their grade, in their county where there is one."""
    people, firms = league.people, league.organisations
    rng = league.stream("jyj_students:who")
    child = (people.age >= 6) & (people.age < 18) & people.alive & (rng.random(people.count) < 0.93)
    rows = Records(league, "jyj_students", np.flatnonzero(child), prefix="G99")
    grade = np.clip(people.age[rows.who] - 5, 1, 12)
    schools = firms.of(org.SCHOOL)
    county = league.places.county[people.lives[rows.who]]
    school = np.zeros(rows.count, np.int64)
    for level, (low, high) in enumerate(((1, 6), (7, 9), (10, 12))):
        fits = schools[np.isin(firms.subtype[schools], TAKES[level])]
        for one in range(len(league.places.county_codes)):
            near = fits[firms.county[fits] == one]
            mine = np.flatnonzero((grade >= low) & (grade <= high) & (county == one))
            school[mine] = rows.rng.choice(near if len(near) else fits, len(mine))
    head = people.head[rows.who]
    began = np.where(grade <= 6, grade, np.where(grade <= 9, grade - 6, grade - 9))
    year = int(str(league.as_of.year)) - began + (1 if league.as_of.month >= 9 else 0)
    missing = rows.hit(rows.rates.phone_missing)
    return rows.found(
        "xjh",
        {
            "xjh": rows.keys,
            "xm": rows.name(),
            "xb": rows.sex(),
            "csrq": rows.birth("digits"),
            "sfzjh": rows.id_number(),
            "mz": rows.ethnic(pp.ETHNIC_CODES),
            "xxbsm": where(rows.hit(0.002), "9915259999", school_codes(league, school)),
            "nj": columns.numbers(np.where(rows.hit(0.001), 99, grade)),
            "rxrq": joined(columns.digits(year, 4), "0901"),
            "jhrxm": people.names(head),
            "jhrdh": where(missing, None, columns.digits(people.phone[head], 11)),
            "jtzz": rows.address(),
            "xzqh": rows.area("county"),
            "gxsj": rows.updated(),
        },
    )
