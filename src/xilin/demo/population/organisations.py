"""Organisations as they truly are: companies and branches, businesses, cooperatives, institutions, village collectives."""

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
from xilin.demo.rates import Counts, Fixed, Mix
from xilin.demo.streams import stream

# Market entities first, then what other registrars register.
COMPANY, BUSINESS, COOPERATIVE, BRANCH, SCHOOL, HOSPITAL, CENTRE, CLINIC, COLLECTIVE = range(9)
LEADS = ("91", "92", "93", "91", "12", "12", "12", "12", "N2")
TRADES_OF = {COMPANY: "c", BUSINESS: "i", COOPERATIVE: "h"}
# How a row writes a name; `names` says what each does.
AS_REGISTERED, OTHER_FORM, HALF_WIDTH, NO_REGION, SPACED, SHORT, NO_FORM, LEAGUE, FORMER = range(9)
HERDING = ("嘎查", "村")
COLLECTIVES = ("股份经济合作社", "集体经济组织", "经济合作社")
SITES = ("分公司", "分店", "营业部")
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
    league: str
    short: dict[str, str]
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
    before. `parent` is the company a branch belongs to, -1 for all others. `brand_before` is
    in the name before the last change, the same as `brand` where there was none. `subtype`
    counts in SCHOOLS for schools, in SITES for branches, in COLLECTIVES for collectives;
    `serial` counts schools of a kind in a county and a parent's branches. `size` is people employed.
    """

    kind: Ints
    county: Ints
    village: Ints
    door: Ints
    parent: Ints
    brand: Ints
    brand_before: Ints
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
    seed: int, counts: Counts, set_: Fixed, mix: Mix, as_of: date, where_: places.Places, people: People
) -> Organisations:
    """The league's organisations: the same for the same arguments."""
    rng = stream(seed, "organisations")
    entities = counts.market_entities
    companies = min(
        round(entities * 0.6), max(round(entities * mix.companies), round(set_.sme_companies * 1.05))
    )
    cooperatives, branches = round(entities * mix.cooperatives), round(companies * mix.branches)
    herding = np.flatnonzero(np.isin(where_.kinds, HERDING))
    beyond = max(0, set_.sme_companies - companies)  # platform companies registered elsewhere, at tiny scales
    runs = (
        (COMPANY, companies),
        (BUSINESS, entities - companies - cooperatives - branches),
        (COOPERATIVE, cooperatives),
        (BRANCH, branches),
        (COMPANY, beyond),
        (SCHOOL, set_.schools),
        (HOSPITAL, set_.town_hospitals),
        (CENTRE, set_.community_centres),
        (CLINIC, set_.village_clinics),
        (COLLECTIVE, round(len(herding) * mix.collectives)),
    )
    kind = np.repeat([k for k, _ in runs], [n for _, n in runs])
    count = len(kind)
    registered = np.arange(count) < entities
    village, door = _places(rng, count, where_)
    village = _institution_places(rng, kind, village, where_)
    village[kind == COLLECTIVE] = rng.choice(herding, int((kind == COLLECTIVE).sum()), replace=False)
    door = np.where(kind == COLLECTIVE, places.draw_doors(rng, np.zeros(count, np.bool_)), door)
    size = _sizes(rng, kind)
    parent = _parents(rng, kind, registered, size)
    near = (kind == BRANCH) & (rng.random(count) < mix.branches_near)
    village = np.where(near, village[parent], village)
    today = np.datetime64(as_of, "D")
    established = today - (rng.gamma(2.0, 1700, count).clip(40, 16_000)).astype("timedelta64[D]")
    later = (rng.random(count) * (today - established[parent]).astype(int)).astype("timedelta64[D]")
    established = np.where(kind == BRANCH, established[parent] + later, established)
    changed = rng.random(count) < 0.45
    approved = established + (rng.random(count) * (today - established).astype(int) * changed).astype(
        "timedelta64[D]"
    )
    grown = np.flatnonzero((people.age >= 21) & (people.age < 70) & people.alive)
    person, before = rng.choice(grown, count), rng.choice(grown, count)
    # Most branches are run by whoever runs the company.
    person = np.where(
        (kind == BRANCH) & (rng.random(count) < mix.branches_same_person), person[parent], person
    )
    before = np.where(changed, before, person)
    brand, trade, bracketed = _naming(rng, kind)
    trade = np.where(kind == BRANCH, trade[parent], trade)
    renamed = (kind < SCHOOL) & (kind != BRANCH) & (rng.random(count) < mix.renamed)
    brand_before = np.where(renamed, rng.integers(0, len(words().brands), count), brand)
    subtype = _subtypes(rng, kind)
    county = where_.county[village]
    numbers = identifiers.phones(2 * people.count + count, stream(seed, "identity"))[2 * people.count :]
    return Organisations(
        kind=kind,
        county=county,
        village=village,
        door=door,
        parent=parent,
        brand=brand,
        brand_before=brand_before,
        trade=trade,
        long_form=rng.random(count) < 0.3,
        bracketed=bracketed,
        serial=_serials(
            np.where(kind == SCHOOL, county, np.where(kind == BRANCH, 1000 + parent, -1)), subtype
        ),
        subtype=subtype,
        established=established,
        approved=approved,
        status=rng.choice(4, count, p=(0.86, 0.04, 0.03, 0.07)),
        capital=np.rint(np.exp(rng.normal(np.where(kind == COMPANY, 5.0, 1.8), 1.1))).astype(np.int64),
        size=size,
        person=person,
        person_before=before,
        phone=numbers,
        code_bytes=_codes(kind, county, where_),
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


def _parents(rng: np.random.Generator, kind: Ints, registered: Bools, size: Ints) -> Ints:
    """The company of each branch, larger ones more often; -1 for what is no branch."""
    parent = np.full(len(kind), -1)
    firms, branches = np.flatnonzero((kind == COMPANY) & registered), np.flatnonzero(kind == BRANCH)
    if len(branches):
        parent[branches] = rng.choice(firms, len(branches), p=size[firms] / size[firms].sum())
    return parent


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
    """How many of the same kind of school stand before each in its county, or of branch of its parent."""
    return identifiers.rank(county * len(SCHOOLS) + subtype)


def _subtypes(rng: np.random.Generator, kind: Ints) -> Ints:
    shares = np.cumsum([share for share, *_ in SCHOOLS])
    schools = int((kind == SCHOOL).sum())
    result = np.where(kind == BRANCH, rng.integers(0, len(SITES), len(kind)), 0)
    result = np.where(kind == COLLECTIVE, rng.integers(0, len(COLLECTIVES), len(kind)), result)
    result[kind == SCHOOL] = np.searchsorted(shares, (np.arange(schools) + 0.5) / max(schools, 1))
    return np.minimum(result, len(SCHOOLS) - 1)


def _sizes(rng: np.random.Generator, kind: Ints) -> Ints:
    typical = np.array([12.0, 1.8, 6.0, 5.0, 45.0, 25.0, 30.0, 1.5, 3.0])
    people = np.rint(rng.lognormal(np.log(typical[kind]), 0.8))
    return np.asarray(np.maximum(1, people).astype(np.int64))


def _codes(kind: Ints, county: Ints, where_: places.Places) -> NDArray[np.uint8]:
    """Credit codes: serials of their own within a county and a leading pair."""
    leads = np.array([list(lead.encode()) for lead in LEADS], np.uint8)[kind]
    of_pair = np.unique(LEADS, return_inverse=True)[1]
    serial = 1 + identifiers.rank(county * len(LEADS) + of_pair[kind])
    area = identifiers.prefixes(where_.county_codes)[county]
    return identifiers.credit_codes(leads, area, serial)


def names(org: Organisations, who: Ints, where_: places.Places, style: Ints | None = None) -> Column:
    """Names of organisations. `style` says how each is written: as registered; in the other
    legal form; with half-width brackets; without the region; with a space after it; short
    (the banner and the legal form as people shorten them); without the legal form; with the
    league in front; by the name before the last change. Schools and health institutions
    have one name only.
    """
    style = np.full(len(who), AS_REGISTERED) if style is None else style
    kind = org.kind[who]
    # A branch is called after its company.
    head = np.where(kind == BRANCH, org.parent[who], who)
    firm = joined(_firm_names(org, head, where_, style), _sites(org, who, where_))
    result = where(kind == COLLECTIVE, _collective_names(org, who, where_, style), firm)
    return where((kind >= SCHOOL) & (kind != COLLECTIVE), _institution_names(org, who, where_), result)


def _regions(org: Organisations, who: Ints, where_: places.Places, style: Ints) -> Column:
    """The region a name begins with, as each style writes it."""
    region = pick(where_.county_names, org.county[who])
    short = pick([words().short.get(name, name) for name in where_.county_names], org.county[who])
    region = where(style == SHORT, short, region)
    region = where(style == LEAGUE, joined(words().league, region), region)
    return where(style == SPACED, joined(region, " "), region)


def _firm_names(org: Organisations, who: Ints, where_: places.Places, style: Ints) -> Column:
    """Names of companies, individual businesses and cooperatives."""
    kind = org.kind[who]
    region = _regions(org, who, where_, style)
    brand = pick(words().brands, np.where(style == FORMER, org.brand_before[who], org.brand[who]))
    trade = pick([t.word for t in words().trade], org.trade[who])
    long_form = org.long_form[who] ^ (style == OTHER_FORM)
    ending = where(long_form, "有限责任公司", constant("有限公司", len(who)))
    ending = where(style == SHORT, "公司", ending)
    together = where(style == OTHER_FORM, "农牧民专业合作社", constant("专业合作社", len(who)))
    together = where(style == SHORT, "合作社", together)
    ending = where(kind == BUSINESS, "", where(kind == COOPERATIVE, together, ending))
    ending = where((style == NO_FORM) & (kind == COMPANY), "", ending)
    lead = where(style == NO_REGION, "", region)
    plain = joined(lead, brand, trade, ending)
    left, right = (
        where(style == HALF_WIDTH, half, constant(full, len(who)))
        for half, full in (("(", "（"), (")", "）"))
    )
    bracketed = joined(brand, left, pick(where_.county_names, org.county[who]), right, trade, ending)
    return where(org.bracketed[who] & ~np.isin(style, (NO_REGION, SHORT, LEAGUE)), bracketed, plain)


def _sites(org: Organisations, who: Ints, where_: places.Places) -> Column:
    """What stands behind a company's name for its branches: the county, which one, and what it is; else nothing."""
    nth = pick([f"第{_ordinal(n + 1)}" for n in range(400)], np.minimum(org.serial[who], 399))
    first = (org.serial[who] == 0) & (org.subtype[who] != SITES.index("分店"))
    site = joined(where(first, "", nth), pick(SITES, org.subtype[who] % len(SITES)))
    county = where(org.subtype[who] == SITES.index("分公司"), pick(where_.county_names, org.county[who]), "")
    return where(org.kind[who] == BRANCH, joined(county, site), constant("", len(who)))


def _collective_names(org: Organisations, who: Ints, where_: places.Places, style: Ints) -> Column:
    """Names of village collectives: region, town, village and form; without region and town where clerks leave them out."""
    form = org.subtype[who] % len(COLLECTIVES)
    form = np.where((style == OTHER_FORM) | (style == FORMER), (form + 1) % len(COLLECTIVES), form)
    town = pick(where_.town_names, where_.town[org.village[who]])
    lead = where(style == NO_REGION, "", joined(_regions(org, who, where_, style), town))
    return joined(
        lead, pick([_short(name) for name in where_.names], org.village[who]), pick(COLLECTIVES, form)
    )


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
