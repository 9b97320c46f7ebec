"""Organisations as they truly are: companies, individual businesses, cooperatives, schools, health institutions."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from msgspec import Struct, convert
from numpy.typing import NDArray

from xilin.demo import identifiers, places
from xilin.demo.columns import Bools, Column, Ints, constant, digit_matrix, fixed, joined, pick, where
from xilin.demo.population.households import Days
from xilin.demo.population.people import People
from xilin.demo.rates import Counts, Fixed
from xilin.demo.streams import stream

COMPANY, BUSINESS, COOPERATIVE, SCHOOL, HOSPITAL, CENTRE, CLINIC = range(7)
LEADS = ("91", "92", "93", "12", "12", "12", "12")
TRADES_OF = {COMPANY: "c", BUSINESS: "i", COOPERATIVE: "h"}
STATUSES = ("存续", "异常", "吊销", "注销")
# School types: share of the 156, type, ages, ending of the name.
SCHOOLS = (
    (0.50, "小学", "小学"),
    (0.18, "初中", "中学"),
    (0.14, "九年一贯制", "学校"),
    (0.06, "完全中学", "中学"),
    (0.08, "高中", "高级中学"),
    (0.04, "中职", "职业中专学校"),
)


class Trade(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of business: the word in names, its industry class, its scope, who does it."""

    word: str
    industry: str
    scope: str
    who: str


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """`organisations.toml` as a whole."""

    brand: str
    han_brands: tuple[str, ...]
    trade: tuple[Trade, ...]

    @property
    def brands(self) -> list[str]:
        """Every brand: two lucky characters, or a word of the place."""
        characters = dict.fromkeys(self.brand)
        return [a + b for a in characters for b in characters if a != b] + list(self.han_brands)


@cache
def words() -> Words:
    """The words of names."""
    path = Path(__file__).parents[1] / "names" / "organisations.toml"
    return convert(tomllib.loads(path.read_text("utf-8")), Words)


@dataclass(frozen=True)
class Organisations:
    """One row an organisation; `registered` are the market entities of this league.

    `person` is the legal representative (a number of `People`), `person_before` the one
    before. `subtype` counts in SCHOOLS for schools. `size` is people employed.
    """

    kind: Ints
    county: Ints
    village: Ints
    door: Ints
    brand: Ints
    trade: Ints
    long_form: Bools
    bracketed: Bools
    serial: Ints
    subtype: Ints
    established: Days
    approved: Days
    status: Ints
    capital: Ints
    size: Ints
    person: Ints
    person_before: Ints
    phone: Ints
    code_bytes: NDArray[np.uint8]
    registered: Bools
    on_platform: Bools
    filed: Bools

    @property
    def count(self) -> int:
        """How many organisations there are."""
        return len(self.kind)

    @property
    def codes(self) -> Column:
        """Their unified social credit codes."""
        return fixed(self.code_bytes)

    def of(self, *kinds: int) -> Ints:
        """The numbers of organisations of some kinds."""
        return np.flatnonzero(np.isin(self.kind, kinds))

    def registration_numbers(self, who: Ints) -> Column:
        """注册号 Numbers of 15 digits as they were before 2015, beginning with 99."""
        area = digit_matrix(990_000 + self.county[who] * 7 + 2500, 6)
        return fixed(np.hstack([area, digit_matrix(who * 7 + 600_000_001, 9)]))


def _places(rng: np.random.Generator, count: int, where_: places.Places) -> tuple[Ints, Ints]:
    village = rng.choice(len(where_.weight), count, p=where_.weight)
    return village, places.draw_doors(rng, where_.urban[village])


def make(
    seed: int, counts: Counts, set_: Fixed, as_of: date, where_: places.Places, people: People
) -> Organisations:
    """The league's organisations: the same for the same arguments."""
    rng = stream(seed, "organisations")
    entities = counts.market_entities
    companies = min(round(entities * 0.6), max(round(entities * 0.2), round(set_.sme_companies * 1.05)))
    cooperatives = round(entities * 0.05)
    beyond = max(0, set_.sme_companies - companies)  # platform companies registered elsewhere, at tiny scales
    runs = (
        (COMPANY, companies),
        (BUSINESS, entities - companies - cooperatives),
        (COOPERATIVE, cooperatives),
        (COMPANY, beyond),
        (SCHOOL, set_.schools),
        (HOSPITAL, set_.town_hospitals),
        (CENTRE, set_.community_centres),
        (CLINIC, set_.village_clinics),
    )
    kind = np.repeat([k for k, _ in runs], [n for _, n in runs])
    count = len(kind)
    registered = np.arange(count) < entities
    village, door = _places(rng, count, where_)
    village = _institution_places(rng, kind, village, where_)
    today = np.datetime64(as_of, "D")
    established = today - (rng.gamma(2.0, 1700, count).clip(40, 16_000)).astype("timedelta64[D]")
    changed = rng.random(count) < 0.45
    approved = established + (rng.random(count) * (today - established).astype(int) * changed).astype(
        "timedelta64[D]"
    )
    grown = np.flatnonzero((people.age >= 21) & (people.age < 70) & people.alive)
    person, before = rng.choice(grown, count), rng.choice(grown, count)
    before = np.where(changed, before, person)
    brand, trade, bracketed = _naming(rng, kind)
    subtype = _subtypes(kind)
    numbers = identifiers.phones(2 * people.count + count, stream(seed, "identity"))[2 * people.count :]
    return Organisations(
        kind=kind,
        county=where_.county[village],
        village=village,
        door=door,
        brand=brand,
        trade=trade,
        long_form=rng.random(count) < 0.3,
        bracketed=bracketed,
        serial=_serials(np.where(kind == SCHOOL, where_.county[village], -1), subtype),
        subtype=subtype,
        established=established,
        approved=approved,
        status=rng.choice(4, count, p=(0.86, 0.04, 0.03, 0.07)),
        capital=np.rint(np.exp(rng.normal(np.where(kind == COMPANY, 5.0, 1.8), 1.1))).astype(np.int64),
        size=_sizes(rng, kind),
        person=person,
        person_before=before,
        phone=numbers,
        code_bytes=_codes(kind, where_.county[village], where_),
        registered=registered,
        on_platform=_platform(rng, kind, registered, set_.sme_companies),
        filed=_filed(rng, registered, counts.credit_filings),
    )


def _platform(rng: np.random.Generator, kind: Ints, registered: Bools, wanted: int) -> Bools:
    """Which companies are on the platform for small companies: those registered elsewhere all are."""
    chosen = np.asarray((kind == COMPANY) & ~registered)
    here = np.flatnonzero((kind == COMPANY) & registered)
    chosen[rng.choice(here, min(len(here), wanted - int(chosen.sum())), replace=False)] = True
    return chosen


def _filed(rng: np.random.Generator, registered: Bools, wanted: int) -> Bools:
    chosen = np.zeros(len(registered), np.bool_)
    chosen[rng.choice(int(registered.sum()), min(wanted, int(registered.sum())), replace=False)] = True
    return chosen


def _institution_places(rng: np.random.Generator, kind: Ints, village: Ints, where_: places.Places) -> Ints:
    """Town hospitals in different towns, clinics in different villages, centres in communities."""
    village = village.copy()
    first_of_town = np.unique(where_.town, return_index=True)[1]
    rural = np.flatnonzero(~where_.urban)
    urban = np.flatnonzero(where_.urban)
    for one, among in ((HOSPITAL, first_of_town), (CENTRE, urban), (CLINIC, rural)):
        mine = np.flatnonzero(kind == one)
        village[mine] = rng.choice(among, len(mine), replace=len(mine) > len(among))
    return village


def _naming(rng: np.random.Generator, kind: Ints) -> tuple[Ints, Ints, Bools]:
    """Brand, trade, and whether the region stands in brackets; no two companies have one name by chance."""
    count = len(kind)
    brand = rng.integers(0, len(words().brands), count)
    trade = np.zeros(count, np.int64)
    for one, letter in TRADES_OF.items():
        among = [n for n, t in enumerate(words().trade) if t.who == letter]
        mine = kind == one
        trade[mine] = rng.choice(among, int(mine.sum()))
    for _ in range(4):
        full = (kind == COMPANY) * (brand * 100 + trade + 1)
        first = np.zeros(count, np.bool_)
        first[np.unique(full, return_index=True)[1]] = True
        again = (full > 0) & ~first
        brand[again] = rng.integers(0, len(words().brands), int(again.sum()))
    return brand, trade, (kind == COMPANY) & (rng.random(count) < 0.1)


def _serials(county: Ints, subtype: Ints) -> Ints:
    """How many of the same kind of school stand before each in its county."""
    return identifiers.rank(county * len(SCHOOLS) + subtype)


def _subtypes(kind: Ints) -> Ints:
    shares = np.cumsum([share for share, *_ in SCHOOLS])
    schools = int((kind == SCHOOL).sum())
    result = np.zeros(len(kind), np.int64)
    result[kind == SCHOOL] = np.searchsorted(shares, (np.arange(schools) + 0.5) / max(schools, 1))
    return np.minimum(result, len(SCHOOLS) - 1)


def _sizes(rng: np.random.Generator, kind: Ints) -> Ints:
    typical = np.array([12.0, 1.8, 6.0, 45.0, 25.0, 30.0, 1.5])
    people = np.rint(rng.lognormal(np.log(typical[kind]), 0.8))
    return np.asarray(np.maximum(1, people).astype(np.int64))


def _codes(kind: Ints, county: Ints, where_: places.Places) -> NDArray[np.uint8]:
    """Credit codes: serials of their own within a county and a leading pair."""
    leads = np.array([list(lead.encode()) for lead in LEADS], np.uint8)[kind]
    serial = 1 + identifiers.rank(county * 8 + np.where(kind >= SCHOOL, SCHOOL, kind))
    area = identifiers.prefixes(where_.county_codes)[county]
    return identifiers.credit_codes(leads, area, serial)


def names(org: Organisations, who: Ints, where_: places.Places, style: Ints | None = None) -> Column:
    """Names of organisations. `style` says how each is written: 0 as registered, 1 the other
    form of limited company, 2 half-width brackets, 3 without the region, 4 with a space.
    """
    style = np.zeros(len(who), np.int64) if style is None else style
    kind = org.kind[who]
    trades = words().trade
    region = pick(where_.county_names, org.county[who])
    brand = pick(words().brands, org.brand[who])
    trade = pick([t.word for t in trades], org.trade[who])
    long_form = org.long_form[who] ^ (style == 1)
    ending = where(long_form, "有限责任公司", constant("有限公司", len(who)))
    ending = where(kind == BUSINESS, "", where(kind == COOPERATIVE, "专业合作社", ending))
    lead = where(style == 3, "", where(style == 4, joined(region, " "), region))
    plain = joined(lead, brand, trade, ending)
    left, right = (
        where(style == 2, half, constant(full, len(who))) for half, full in (("(", "（"), (")", "）"))
    )
    bracketed = joined(brand, left, region, right, trade, ending)
    company = where(org.bracketed[who] & (style != 3), bracketed, plain)
    return where(kind >= SCHOOL, _institution_names(org, who, where_), company)


ORDINALS = "一二三四五六七八九十"


def _institution_names(org: Organisations, who: Ints, where_: places.Places) -> Column:
    county = pick(where_.county_names, org.county[who])
    ordinal = pick([f"第{_ordinal(n + 1)}" for n in range(400)], np.minimum(org.serial[who], 399))
    school = pick([ending for *_, ending in SCHOOLS], org.subtype[who])
    town = pick(where_.town_names, where_.town[org.village[who]])
    village = pick([_short(name) for name in where_.names], org.village[who])
    kind = org.kind[who]
    result = joined(county, ordinal, school)
    result = where(kind == HOSPITAL, joined(county, town, "中心卫生院"), result)
    result = where(kind == CENTRE, joined(county, village, "社区卫生服务中心"), result)
    return where(kind == CLINIC, joined(county, town, village, "卫生室"), result)


def _ordinal(number: int) -> str:
    """A number below 400 as Chinese ordinals write it.

    >>> _ordinal(8), _ordinal(21), _ordinal(105)
    ('八', '二十一', '一百零五')
    """
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    head = f"{ORDINALS[hundreds - 1]}百" if hundreds else ""
    if hundreds and rest and not tens:
        head += "零"
    ten = "" if not tens else ("十" if tens == 1 and not hundreds else f"{ORDINALS[tens - 1]}十")
    return head + ten + (ORDINALS[ones - 1] if ones else "")


def _short(village: str) -> str:
    for ending in ("社区居委会", "居委会", "村委会", "社区"):
        village = village.removesuffix(ending)
    return village
