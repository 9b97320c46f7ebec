"""The systems that keep organisations: market supervision, credit, the SME platform."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xilin.demo import columns, places
from xilin.demo.columns import Bools, Column, Ints, joined, pick, where
from xilin.demo.league import League
from xilin.demo.population import organisations as org
from xilin.demo.records import OFFICE, OUTSIDE, Found


class Entities:
    """The rows of one source about organisations, with the mistakes all of them share."""

    def __init__(self, league: League, source: str, who: Ints, *, prefix: str) -> None:
        self.league, self.rates = league, league.errors.organisations
        self.firms = league.organisations
        self.rng = league.stream(source)
        again = self.rng.choice(who, round(len(who) * self.rates.doubled)) if len(who) else who
        self.who = self.rng.permutation(np.concatenate([who, again]))
        self.count = len(self.who)
        self.keys = joined(prefix, columns.digits(np.arange(1, self.count + 1), 9))

    def hit(self, rate: float) -> Bools:
        """Rows that an error of this rate strikes."""
        return self.rng.random(self.count) < rate

    def code(self, missing: float) -> Column:
        """统一社会信用代码 Mistyped, or at a rate of `missing` not given."""
        codes = self.firms.codes.take(self.who)
        at = int(self.rng.integers(9, 16))
        wrong = joined(
            pc.utf8_slice_codeunits(codes, 0, at),
            pick("0123456789", self.rng.integers(0, 10, self.count)),
            pc.utf8_slice_codeunits(codes, at + 1, 18),
        )
        codes = where(self.hit(self.rates.uscc_mistyped), wrong, codes)
        codes = where(self.hit(0.02), pc.utf8_lower(codes), codes)
        return where(self.hit(missing), None, codes)

    def name(self) -> Column:
        """名称 As registered, or in another form."""
        firms, rates = self.firms, self.rates
        variant = self.rng.integers(org.OTHER_FORM, org.SHORT, self.count)
        style = np.where(self.hit(rates.name_variant), variant, org.AS_REGISTERED)
        style = np.where(
            self.hit(rates.name_short), self.rng.integers(org.SHORT, org.FORMER, self.count), style
        )
        renamed = (firms.brand_before != firms.brand) | (firms.kind == org.COLLECTIVE)
        style = np.where(self.hit(rates.name_old) & renamed[self.who], org.FORMER, style)
        return org.names(self.firms, self.who, self.league.places, style)

    def registered_name(self) -> Column:
        """名称 As registered."""
        return org.names(self.firms, self.who, self.league.places)

    def former_name(self) -> Column:
        """曾用名称 The name before the last change, of those that had another."""
        renamed = self.firms.brand_before[self.who] != self.firms.brand[self.who]
        style = np.full(self.count, org.FORMER)
        return where(~renamed, None, org.names(self.firms, self.who, self.league.places, style))

    def person(self) -> Ints:
        """The legal representative, or the one before the last change."""
        old = self.hit(self.rates.legal_person_old)
        return np.asarray(np.where(old, self.firms.person_before[self.who], self.firms.person[self.who]))

    def person_name(self) -> Column:
        """法定代表人姓名."""
        return self.league.people.names(self.person())

    def area(self) -> Column:
        """行政区划 Six digits of the county."""
        return pick([code[:6] for code in self.league.places.county_codes], self.firms.county[self.who])

    def coded(self, codes: tuple[str, ...], numbers: Ints) -> Column:
        """Codes by number, a few of them in no list."""
        return where(self.hit(self.rates.code_outside), OUTSIDE, pick(codes, numbers))

    def updated(self, between: str = " ") -> Column:
        """更新时间 Mostly of the last year."""
        ago = np.minimum(self.rng.exponential(200, self.count), 1400).astype("timedelta64[D]")
        seconds = self.rng.integers(*OFFICE, self.count)
        return columns.stamps(self.league.today - ago, seconds, between=between)

    def since(self, first: Column, *, latest_days: int = 1200) -> Column:
        """Days after `first` and within the last `latest_days`, none after today."""
        early = np.maximum(first, self.league.today - np.timedelta64(latest_days, "D"))
        span = np.maximum((self.league.today - early).astype(int), 0)
        return early + (span * self.rng.random(self.count)).astype("timedelta64[D]")

    def found(self, key: str, table: dict[str, Column], types: dict[str, str] | None = None) -> Found:
        """The source, with the rows that stand there twice."""
        rows = np.arange(self.count)
        again = self.rng.choice(rows, round(self.count * self.rates.repeated)) if self.count else rows
        order = np.concatenate([rows, again])
        return Found(
            pa.table(table).take(pa.array(order)), key, types or {}, self.who[order], "organisations"
        )


KINDS = ("企业", "个体工商户", "农民专业合作社", "企业分支机构")
CERTIFICATE = "居民身份证"
# Economic types of companies, businesses, cooperatives and branches (GB/T 12402).
ECONOMY = ("150", "170", "120", "150")
BUSINESS_TERM = 20 * 365  # days a licence holds that isn't for good


def market_entities(league: League) -> Found:
    """市场主体 Every entity registered in the league; those of before 2015 may have no credit code."""
    firms, people = league.organisations, league.people
    rows = Entities(league, "scjgj_entities", np.flatnonzero(firms.registered), prefix="ZT")
    who, person = rows.who, firms.person[rows.who]
    established, approved = firms.established[who], firms.approved[who]
    disorder = rows.hit(rows.rates.date_disorder)
    approved = np.where(disorder, established - np.timedelta64(400, "D"), approved)
    trades = org.words().trade
    kind, branch = firms.kind[who], firms.kind[who] == org.BRANCH
    told = branch & ~rows.hit(rows.rates.parent_missing)
    parent = np.where(told, firms.parent[who], 0)
    business = np.where(firms.status[who] == 3, 2, np.where(approved > established, 1, 0))
    ends = np.where(rows.rng.random(rows.count) < 0.5, np.datetime64("NaT"), established + BUSINESS_TERM)
    county = pick(league.places.county_names, firms.county[who])
    return rows.found(
        "ZTBH",
        {
            "ZTBH": rows.keys,
            "TYSHXYDM": rows.code(rows.rates.uscc_missing_register),
            "ZCH": where(
                established < np.datetime64("2015-10-01"),
                firms.registration_numbers(who),
                columns.constant(None, rows.count),
            ),
            "ZTMC": rows.registered_name(),
            "CYMC": rows.former_name(),
            "ZTLX": rows.coded(KINDS, kind),
            "FDDBR": people.names(person),
            "FDDBRZJLX": columns.constant(CERTIFICATE, rows.count),
            "FDDBRZJHM": columns.fixed(people.id_bytes[person]),
            "CLRQ": columns.dates(established, "dashes"),
            "HZRQ": columns.dates(approved, "dashes"),
            "ZCZB": where(branch, None, columns.numbers(firms.capital[who], 2)),
            "BZ": where(branch, None, columns.constant("人民币", rows.count)),
            "JJLX": pick(ECONOMY, kind),
            "CYRS": columns.numbers(firms.size[who]),
            "HYDM": pick([trade.industry for trade in trades], firms.trade[who]),
            "JYFW": pick([trade.scope for trade in trades], firms.trade[who]),
            "DZ": places.addresses(league.places, firms.village[who], firms.door[who]),
            "XZQH": rows.area(),
            "JYZT": rows.coded(org.STATUSES, firms.status[who]),
            "YWLX": rows.coded(("设立", "变更", "注销"), business),
            "DJJG": joined(county, "市场监督管理局"),
            "YYQX_Z": columns.dates(established, "dashes"),
            "YYQX_ZHI": columns.dates(ends, "dashes"),
            "LSQYMC": where(
                told, org.names(firms, parent, league.places), columns.constant(None, rows.count)
            ),
            "LSQYDM": where(
                told & ~rows.hit(rows.rates.parent_code_missing),
                firms.codes.take(pa.array(parent)),
                columns.constant(None, rows.count),
            ),
            "LXDH": columns.digits(firms.phone[who], 11),
            "GXSJ": rows.updated(),
        },
        {"GXSJ": "stamp", "ZCZB": "number", "CYRS": "number"},
    )


def credit_filings(league: League) -> Found:
    """信用备案 The entities that filed, under names as their clerks write them."""
    firms = league.organisations
    rows = Entities(league, "fgw_credit", np.flatnonzero(firms.filed), prefix="BA")
    numbers = firms.registration_numbers(rows.who)
    grade = rows.rng.choice(4, rows.count, p=(0.30, 0.52, 0.15, 0.03))
    filed = rows.since(np.maximum(firms.established[rows.who], np.datetime64("2014-10-01")))
    return rows.found(
        "babh",
        {
            "babh": rows.keys,
            "qymc": rows.name(),
            "tyxydm": rows.code(rows.rates.uscc_missing),
            "gszch": where(
                firms.established[rows.who] < np.datetime64("2015-10-01"),
                numbers,
                columns.constant(None, rows.count),
            ),
            "fddbr": rows.person_name(),
            "barq": columns.dates(filed, "digits"),
            "xydj": rows.coded(("优", "良", "中", "差"), grade),
            "xzqh": rows.area(),
            "gxsj": rows.updated(),
        },
    )


def sme_companies(league: League) -> Found:
    """中小企业平台 The companies the platform admitted: exactly as many as the report counts."""
    firms = league.organisations
    rows = Entities(league, "gxj_sme", np.flatnonzero(firms.on_platform), prefix="SME")
    trades = org.words().trade
    income = firms.size[rows.who] * rows.rng.uniform(8, 60, rows.count)
    admitted = rows.since(
        np.maximum(firms.established[rows.who], np.datetime64("2014-01-01")), latest_days=3000
    )
    return rows.found(
        "id",
        {
            "id": rows.keys,
            "name": rows.name(),
            "creditCode": rows.code(rows.rates.uscc_missing),
            "legalPerson": rows.person_name(),
            "industry": pick([trade.industry[0] for trade in trades], firms.trade[rows.who]),
            "employees": columns.numbers(firms.size[rows.who]),
            "income": columns.numbers(income, 1),
            "approvedAt": columns.dates(admitted, "dashes"),
            "areaCode": rows.area(),
            "updatedAt": rows.updated(between="T"),
        },
        {"employees": "number", "income": "number"},
    )
