"""Records about people as a department has them: the truth with that department's mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xilin.demo import columns, places
from xilin.demo.columns import Bools, Column, Ints, joined, pick, where
from xilin.demo.league import League
from xilin.demo.mistakes import impossible_dates, mistyped_ids, wrong_days
from xilin.demo.names import book
from xilin.demo.population.households import MALE, Days
from xilin.demo.population.people import HAN, MONGOL, ORIGINS
from xilin.demo.rates import Rates

OUTSIDE = "X9"  # a code that no list has
OFFICE = (8 * 3600, 18 * 3600)  # records are changed in office hours


@dataclass(frozen=True)
class Found:
    """One source as it is found: its columns, and the truth about each row.

    `types` names the columns that aren't text: `stamp`, `date` or `number`. `entity` is
    the person or organisation of each row, -1 where the source is about neither.
    """

    table: pa.Table
    key: str
    types: dict[str, str]
    entity: Ints
    registry: str = ""


class Records:
    """The rows of one source about people; every column comes with the source's own errors."""

    def __init__(self, league: League, source: str, who: Ints, *, prefix: str) -> None:
        self.league, self.source = league, source
        self.rates: Rates = league.errors.of(source)
        self.rng = league.stream(source)
        again = self.rng.choice(who, round(len(who) * self.rates.doubled)) if len(who) else who
        self.who = self.rng.permutation(np.concatenate([who, again]))
        self.count = len(self.who)
        self.keys = joined(prefix, columns.digits(np.arange(1, self.count + 1), 9))

    def hit(self, rate: float) -> Bools:
        """Rows that an error of this rate strikes."""
        return self.rng.random(self.count) < rate

    def id_number(self) -> Column:
        """公民身份号码 With every mistake of `rates.toml`."""
        people, rates = self.league.people, self.rates
        matrix = people.id_bytes[self._lent()]
        ids = columns.fixed(matrix)
        old = self.hit(rates.id_fifteen) & self._born_before(1986)
        short = np.r_[0:6, 8:17]
        ids = pc.replace_with_mask(ids, pa.array(old), columns.fixed(matrix[old][:, short]))
        wrong = self.hit(rates.id_mistyped) & ~old
        ids = pc.replace_with_mask(ids, pa.array(wrong), mistyped_ids(self.rng, matrix[wrong]))
        small = self.hit(rates.id_lower_x) & (matrix[:, 17] == ord("X"))
        ids = where(small, pc.utf8_lower(ids), ids)
        ids = columns.full_width(ids, self.hit(rates.full_width))
        return where(self.hit(rates.id_missing), None, ids)

    def _lent(self) -> Ints:
        """Whose number stands in each row: one's own, rarely another's of the household."""
        people = self.league.people
        head = people.head[self.who]
        following = np.minimum(head + 1, people.count - 1)
        other = np.where(self.who == head, following, head)
        same = people.household[other] == people.household[self.who]
        return np.where(self.hit(self.rates.id_borrowed) & same, other, self.who)

    def _born_before(self, year: int) -> Bools:
        birth = self.league.people.birth[self.who]
        return np.asarray((birth < np.datetime64(f"{year}-01-01")) & (birth >= np.datetime64("1900-01-01")))

    def name(self) -> Column:
        """姓名 Written another way, the one before a change, padded with a space, or missing."""
        people, rates, words = self.league.people, self.rates, book.book()
        mongol = people.surname[self.who] == 0
        other = np.where(mongol, self.hit(rates.name_variant_mongol), self.hit(rates.name_variant_han))
        # A stream of its own, so that nothing else moves.
        stays = self.league.stream(f"{self.source}:former").random(self.count) < rates.name_old
        given = np.where(stays, people.given_before[self.who], people.given[self.who])
        variant = words.variants[given, self.rng.integers(0, 2, self.count)]
        names = people.names(self.who, np.where(other, variant, given))
        spaced = self.hit(rates.name_spaced) & pc.equal(pc.utf8_length(names), 2).to_numpy(False)
        first, second = pc.utf8_slice_codeunits(names, 0, 1), pc.utf8_slice_codeunits(names, 1, 2)
        names = where(spaced, joined(first, "　", second), names)
        return where(self.hit(rates.name_missing), None, names)

    def former_name(self) -> Column:
        """曾用名 Of those who had another name."""
        people = self.league.people
        before = people.given_before[self.who]
        return where(before == people.given[self.who], None, people.names(self.who, before))

    def sex(self, male: str = "1", female: str = "2") -> Column:
        """性别 In the source's own words."""
        sex = self.league.people.sex[self.who]
        is_male = (sex == MALE) ^ self.hit(self.rates.sex_wrong)
        return self.coded((male, female), np.where(is_male, 0, 1))

    def coded(self, codes: Sequence[str], numbers: Ints) -> Column:
        """Codes by number, a few of them not in any list."""
        return where(self.hit(self.rates.code_outside), OUTSIDE, pick(codes, numbers))

    def ethnic(self, words: Sequence[str]) -> Column:
        """民族 In the source's own words, given in the order of `people.ETHNIC_CODES`."""
        group = self.league.people.ethnic[self.who]
        slip = self.hit(self.rates.sex_wrong) & (group <= HAN)
        return self.coded(words, np.where(slip, HAN + MONGOL - group, group))

    def birth(self, form: str) -> Column:
        """出生日期 Sometimes of another day, sometimes of no day there is."""
        days = wrong_days(self.league.people.birth[self.who], self.hit(self.rates.birth_wrong))
        texts = columns.dates(np.minimum(days, self.league.today), form)
        never = self.hit(self.rates.birth_impossible)
        replaced = impossible_dates(self.rng, days[never], form)
        return pc.replace_with_mask(texts, pa.array(never), replaced)

    def days(self, days: Days, form: str) -> Column:
        """Dates as they are, none after today."""
        return columns.dates(np.minimum(days, self.league.today), form)

    def area(self, form: str, *, registered: bool = False) -> Column:
        """行政区划 `village` (12 digits), `county` (6 digits) or `name` of the county.

        The residence, or with `registered` the place of registration; null for those
        registered outside the league.
        """
        people, place = self.league.people, self.league.places
        village = (people.home if registered else people.lives)[self.who]
        if form == "village":
            return pick(place.codes, village)
        county = np.where(village < 0, -1, place.county[village])
        codes = [code[:6] for code in place.county_codes]
        return pick(codes if form == "county" else place.county_names, county)

    def address(self, *, registered: bool = False) -> Column:
        """住址 The present one, the one before, or none."""
        people = self.league.people
        old = self.hit(self.rates.address_old) | registered
        here = ~old | people.outsider[self.who]
        village = np.where(here, people.lives[self.who], people.home[self.who])
        door = np.where(here, people.door[self.who], people.home_door[self.who])
        texts = places.addresses(self.league.places, village, door)
        texts = columns.full_width(texts, self.hit(self.rates.full_width))
        return where(self.hit(self.rates.address_missing), None, texts)

    def origin(self) -> Column:
        """户籍地址 Where those from outside come from; null for others."""
        return pick([place for _, place in ORIGINS], self.league.people.origin[self.who])

    def phone(self) -> Column:
        """联系电话 The present one, the one before, one digit short, or none."""
        people, rates = self.league.people, self.rates
        number = np.where(self.hit(rates.phone_old), people.phone_before[self.who], people.phone[self.who])
        texts = columns.digits(np.maximum(number, 0), 11)
        texts = where(self.hit(rates.phone_bad), pc.utf8_slice_codeunits(texts, 0, 10), texts)
        texts = columns.full_width(texts, self.hit(rates.full_width / 4))
        return where(self.hit(rates.phone_missing) | (number < 0), None, texts)

    def household_no(self) -> Column:
        """户号 The police's number of the household; null for those registered outside."""
        people = self.league.people
        number = columns.digits(250_000_000 + people.household[self.who] * 17 % 50_000_000, 9)
        return where(self.hit(self.rates.household_missing) | people.outsider[self.who], None, number)

    def relation(self) -> Column:
        """与户主关系 In words."""
        people = self.league.people
        words = ("户主", "妻", "夫", "子", "女", "父", "母")
        spouse = np.where(people.sex[self.who] == MALE, 2, 1)
        number = people.relation[self.who]
        return self.coded(words, np.where(number == 1, spouse, np.where(number > 1, number + 1, 0)))

    def updated(self, form: str = "dashes", *, between: str = " ", short: bool = False) -> Column:
        """更新时间 When the row was last changed: most of them lately, in office hours."""
        days, seconds = self.moments()
        return columns.stamps(days, seconds, form, between=between, short=short)

    def moments(self) -> tuple[Days, Ints]:
        """Days and seconds of the day at which rows were last changed."""
        ago = np.minimum(self.rng.exponential(160, self.count), 1400).astype("timedelta64[D]")
        return self.league.today - ago, self.rng.integers(*OFFICE, self.count)

    def since(self, age: float, *, years: float = 12) -> Days:
        """Days between the time a person was `age` years old, or `years` ago, and today."""
        birth = self.league.people.birth[self.who]
        grown = birth + np.timedelta64(int(age * 365.25), "D")
        first = np.maximum(grown, self.league.today - np.timedelta64(int(years * 365), "D"))
        span = np.maximum((self.league.today - first).astype(int), 0)
        return np.asarray(first + (span * self.rng.random(self.count)).astype("timedelta64[D]"))

    def found(self, key: str, table: dict[str, Column], types: dict[str, str] | None = None) -> Found:
        """The source, with the rows that stand there twice."""
        rows = np.arange(self.count)
        again = self.rng.choice(rows, round(self.count * self.rates.repeated)) if self.count else rows
        order = pa.array(np.concatenate([rows, again]))
        whole = pa.table(table).take(order)
        return Found(whole, key, types or {}, self.who[order.to_numpy()], "people")
