"""People as they truly are: names, numbers, homes, work and deaths."""

from dataclasses import dataclass, fields
from datetime import date

import numpy as np
from numpy.typing import NDArray

from xilin.demo import identifiers, places
from xilin.demo.columns import Bools, Column, Ints, joined, pick
from xilin.demo.names import book
from xilin.demo.population import households as hh
from xilin.demo.population.households import Days
from xilin.demo.rates import Lives, Shape
from xilin.demo.streams import stream

# Lists that the numbers below count in. Codes: GB/T 2261.2, 4658, 4762, 2261.4, 4761.
ETHNIC_CODES = ("02", "01", "11", "03", "31", "45", "10")
ETHNIC_NAMES = ("蒙古族", "汉族", "满族", "回族", "达斡尔族", "鄂温克族", "朝鲜族")
MARITAL_CODES = ("10", "20", "30", "40")
EDUCATION_CODES = ("10", "20", "30", "40", "60", "70", "80", "90")
POLITICAL_CODES = ("01", "02", "03", "13")
RELATIONS = ("户主", "配偶", "子", "女", "父", "母")
MONGOL, HAN = 0, 1
NEVER, MARRIED, WIDOWED, DIVORCED = range(4)
# Where people from outside come from: (prefix of their numbers, the place).
ORIGINS = (
    ("990105", "呼和浩特市"), ("990203", "包头市"), ("990402", "赤峰市松山区"), ("990425", "赤峰市克什克腾旗"), ("990924", "乌兰察布市兴和县"),
    ("990927", "乌兰察布市察哈尔右翼中旗"), ("990502", "通辽市科尔沁区"), ("991307", "河北省张家口市康保县"), ("991308", "河北省承德市丰宁县"),
    ("991402", "山西省大同市"), ("992102", "辽宁省朝阳市"), ("992302", "黑龙江省齐齐哈尔市"), ("993701", "山东省德州市"), ("994101", "河南省周口市"),
    ("995101", "四川省南充市"), ("996205", "甘肃省天水市"),
)  # fmt: skip


@dataclass(frozen=True)
class People:
    """One row a person. Villages and doors are numbers of `places`; -1 is nowhere.

    `home` and `home_door` are where someone is registered, `lives` and `door` where they
    live. `phone_before` is the number they had before. `death` is NaT for the living.
    """

    as_of: np.datetime64
    household: Ints
    head: Ints
    relation: Ints
    sex: Ints
    birth: Days
    death: Days
    ethnic: Ints
    surname: Ints
    given: Ints
    given_before: Ints
    id_bytes: NDArray[np.uint8]
    phone: Ints
    phone_before: Ints
    origin: Ints
    home: Ints
    home_door: Ints
    lives: Ints
    door: Ints
    marital: Ints
    education: Ints
    political: Ints

    @property
    def count(self) -> int:
        """How many people there are, the dead of the last years among them."""
        return len(self.household)

    @property
    def age(self) -> Ints:
        """Whole years on the day the league is told of."""
        return np.asarray((self.as_of - self.birth).astype(int) / hh.YEAR).astype(np.int64)

    @property
    def alive(self) -> Bools:
        """Who has not died."""
        return np.isnat(self.death)

    @property
    def outsider(self) -> Bools:
        """Who is registered outside the league."""
        return self.home < 0

    def memory(self) -> int:
        """Bytes held."""
        return sum(int(getattr(self, field.name).nbytes) for field in fields(self))

    def names(self, who: Ints, given: Ints | None = None) -> Column:
        """Names of people; with `given` under other given names than their own."""
        words = book.book()
        own = self.given[who] if given is None else given
        return joined(pick(words.surnames, self.surname[who]), pick(words.spellings, own))


def make(seed: int, count: int, as_of: date, where: places.Places, shape: Shape, lives: Lives) -> People:
    """The league's people: the same for the same arguments."""
    today = np.datetime64(as_of, "D")
    members = hh.form(stream(seed, "households"), count, today)
    homes = _homes(stream(seed, "homes"), members, where, lives)
    ethnic = _ethnic(stream(seed, "ethnic"), members, where.mongol[where.county[homes["lives"]]], shape)
    surname, given = _names(stream(seed, "names"), members, ethnic)
    before = _names_before(stream(seed, "former_names"), members, given, ethnic, lives.renamed)
    rng = stream(seed, "identity")
    prefix = _prefixes(rng, homes, where)
    age = (today - members.birth).astype(int) / hh.YEAR
    marital = _marital(stream(seed, "marital"), members, age)
    numbers = identifiers.phones(2 * members.count, rng)
    has_phone = age >= 14
    phone = np.where(has_phone, numbers[: members.count], -1)
    moved_on = rng.random(members.count) < 0.5
    return People(
        as_of=today,
        household=members.household,
        head=members.head,
        relation=_relations(members),
        sex=members.sex,
        birth=members.birth,
        death=_deaths(stream(seed, "deaths"), members, age, today, lives.died),
        ethnic=ethnic,
        surname=surname,
        given=given,
        given_before=before,
        id_bytes=identifiers.citizen_ids(prefix, members.birth, members.sex),
        phone=phone,
        phone_before=np.where(has_phone & moved_on, numbers[members.count :], phone),
        marital=marital,
        education=_education(stream(seed, "education"), members.birth, age),
        political=_political(stream(seed, "political"), age),
        **homes,
    )


def _homes(
    rng: np.random.Generator, members: hh.Members, where: places.Places, lives: Lives
) -> dict[str, Ints]:
    """Where each household is registered and lives; those from outside are registered nowhere here."""
    count = int(members.household[-1]) + 1
    registered = rng.choice(len(where.weight), count, p=where.weight)
    other = rng.choice(len(where.weight), count, p=_townward(where))
    outside = rng.random(count) < lives.outsider
    moved = (rng.random(count) < lives.moved) | outside
    lives_in = np.where(moved, other, registered)
    home_door = places.draw_doors(rng, where.urban[registered])
    door = np.where(moved, places.draw_doors(rng, where.urban[other]), home_door)
    origin = np.where(outside, rng.integers(0, len(ORIGINS), count), -1)
    by_household = {
        "origin": origin,
        "home": np.where(outside, -1, registered),
        "home_door": home_door,
        "lives": lives_in,
        "door": door,
    }
    return {name: column[members.household] for name, column in by_household.items()}


def _townward(where: places.Places) -> NDArray[np.float64]:
    """Where movers go: to the towns, twice as much as people already live there."""
    weight = where.weight * np.where(where.urban, 2.0, 0.5)
    return np.asarray(weight / weight.sum())


def _ethnic(rng: np.random.Generator, members: hh.Members, mongol: NDArray[np.float64], shape: Shape) -> Ints:
    """Ethnic groups: most spouses share theirs, children have their head's."""
    others = np.array([shape.other_groups[code] for code in ETHNIC_CODES[1:]])
    other = 1 + rng.choice(len(others), members.count, p=others / others.sum())
    own = np.where(rng.random(members.count) < mongol, MONGOL, other)
    mixed = (members.role == hh.SPOUSE) & (rng.random(members.count) < 0.15)
    return np.asarray(np.where(mixed, own, own[members.head]))


def _names_before(
    rng: np.random.Generator, members: hh.Members, given: Ints, ethnic: Ints, renamed: float
) -> Ints:
    """Given names before the last change: of the few who were renamed one that another like them has."""
    before = given.copy()
    changed = rng.random(members.count) < renamed
    for mongol in (False, True):
        for male in (False, True):
            who = np.flatnonzero(
                changed & ((ethnic == MONGOL) == mongol) & ((members.sex == hh.MALE) == male)
            )
            before[who] = np.roll(given[who], 1)
    return before


def _names(rng: np.random.Generator, members: hh.Members, ethnic: Ints) -> tuple[Ints, Ints]:
    """Family names (0 for most Mongols, who have none here) and given names."""
    words = book.book()
    count = members.count
    mongol = (ethnic == MONGOL) & (rng.random(count) < 0.88)
    given = np.empty(count, np.int64)
    for sex, word in ((hh.MALE, "male"), (hh.FEMALE, "female")):
        for style, mask in (("mongol", mongol), ("han", ~mongol)):
            mine = mask & (members.sex == sex)
            given[mine] = book.draw(rng, f"{style}_{word}", int(mine.sum()))
    twins = np.flatnonzero(members.twin)
    alike = mongol[twins] == mongol[twins - 1]
    same_sex = alike & (members.sex[twins] == members.sex[twins - 1])
    given[twins[same_sex]] = book.sibling(rng, given[twins[same_sex] - 1], words.blocks)
    own = rng.choice(len(words.surnames), count, p=words.surname_weights)
    father = _fathers(members)
    surname = np.where(father >= 0, own[np.maximum(father, 0)], own)
    return np.where(mongol, 0, surname), given


def _fathers(members: hh.Members) -> Ints:
    """Whose family name each person has: a child the father's, a head its father's where he lives there too."""
    head, role = members.head, members.role
    head_male = members.sex[head] == hh.MALE
    has_spouse = np.array([hh.SPOUSE in kind.members for kind in hh.KINDS])[members.kind]
    spouse = np.minimum(head + 1, members.count - 1)
    of_child = np.where(head_male | ~has_spouse, head, spouse)
    of_parent = np.where((members.sex == hh.MALE) & head_male, head, -1)
    return np.select([role == hh.CHILD, role == hh.PARENT], [of_child, of_parent], -1)


def _prefixes(rng: np.random.Generator, homes: dict[str, Ints], where: places.Places) -> Ints:
    """The area prefix of everyone's number: where they were first registered, not where they live."""
    inside = identifiers.prefixes(where.county_codes)
    count = len(homes["home"])
    elsewhere = rng.random(count) < 0.08
    county = where.county[np.where(homes["home"] < 0, homes["lives"], homes["home"])]
    county = np.where(elsewhere, rng.choice(len(inside), count), county)
    outside = np.array([int(prefix) for prefix, _ in ORIGINS])
    return np.where(homes["origin"] >= 0, outside[np.maximum(homes["origin"], 0)], inside[county])


def _relations(members: hh.Members) -> Ints:
    male = members.sex == hh.MALE
    return np.select(
        [members.role == hh.HEAD, members.role == hh.SPOUSE, members.role == hh.CHILD],
        [0, 1, np.where(male, 2, 3)],
        np.where(male, 4, 5),
    )


def _deaths(
    rng: np.random.Generator,
    members: hh.Members,
    age: NDArray[np.float64],
    today: np.datetime64,
    share: float,
) -> Days:
    """Deaths of the last three years; the old die more often."""
    dead = hh.heaviest(rng, np.exp((age - 60) / 10), round(share * members.count))
    death = np.full(members.count, np.datetime64("NaT", "D"))
    lived = (today - members.birth[dead]).astype(int)
    ago = (rng.random(len(dead)) * np.minimum(lived, 3 * 365)).astype(int)
    death[dead] = today - ago.astype("timedelta64[D]")
    return death


def _marital(rng: np.random.Generator, members: hh.Members, age: NDArray[np.float64]) -> Ints:
    chance = rng.random(members.count)
    couple = np.isin(members.kind, [n for n, kind in enumerate(hh.KINDS) if hh.SPOUSE in kind.members])
    alone = np.where(
        age < 30, NEVER, np.where(chance < 0.4, NEVER, np.where(chance < 0.85, DIVORCED, WIDOWED))
    )
    old = np.where(chance < 0.82, WIDOWED, np.where(chance < 0.92, DIVORCED, NEVER))
    lone = np.where(chance < 0.7, DIVORCED, WIDOWED)
    both_parents = members.kind == len(hh.KINDS) - 2
    return np.select(
        [
            members.role == hh.CHILD,
            members.role == hh.PARENT,
            couple,
            members.kind == hh.OLD_ALONE,
            members.kind == hh.LONE_PARENT,
        ],
        [NEVER, np.where(both_parents, MARRIED, WIDOWED), MARRIED, old, lone],
        alone,
    )


def _education(rng: np.random.Generator, birth: Days, age: NDArray[np.float64]) -> Ints:
    """Schooling rises with the year of birth; children are still at it."""
    year = birth.astype("datetime64[Y]").astype(int) + 1970
    luck = rng.random(len(birth)) - np.clip((year - 1955) / 120, 0, 0.4)
    adult = np.searchsorted([-0.38, -0.12, 0.02, 0.10, 0.22, 0.55, 0.85], luck)
    child = np.select([age < 6, age < 12, age < 15, age < 18], [7, 6, 5, 4], 3)
    return np.where(age < 20, child, adult)


def _political(rng: np.random.Generator, age: NDArray[np.float64]) -> Ints:
    chance = rng.random(len(age))
    grown = np.where(chance < 0.075, 0, np.where(chance < 0.077, 1, 3))
    young = np.where((chance > 0.6) & (age >= 14) & (age < 28), 2, grown)
    return np.where(age < 18, np.where((age >= 14) & (chance > 0.6), 2, 3), young)
