"""How alike what someone says of a person and what a golden record holds are, in parts of one and in words.

Names are compared by characters and by pinyin without tones, never by bytes. One edit is a
character put in, left out, changed, or swapped with its neighbour.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from xilin.kernel.registry.pipeline.forms import sound as sound_of
from xilin.lib.text import Text

LONGEST_NAME = 200
# Digits of an area code that a county-level division and a league have (GB/T 2260).
COUNTY, LEAGUE = 6, 4
_readings: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far one given fact agrees with a record: 0 not at all, 1 wholly; and why, in words about `{name}`."""

    share: float
    said: Text


SAME = "same"
NAMES = {
    SAME: Likeness(1, Text(zh="{name}相同", en="{name}: the same")),
    "sound": Likeness(0.92, Text(zh="{name}同音，用字不同", en="{name}: same sound, other characters")),
    "order": Likeness(
        0.85, Text(zh="{name}用字相同，次序不同", en="{name}: same characters in another order")
    ),
    "inside": Likeness(0.85, Text(zh="{name}一个含有另一个", en="{name}: one stands whole in the other")),
    "near": Likeness(0.8, Text(zh="{name}读音差一个字母", en="{name}: sounds alike, one letter apart")),
    "nearish": Likeness(0.6, Text(zh="{name}读音差两个字母", en="{name}: sounds alike, two letters apart")),
    "character": Likeness(0.6, Text(zh="{name}只差一个字", en="{name}: all but one character the same")),
    "other": Likeness(0, Text(zh="{name}不同", en="{name}: another")),
}
BIRTHS = {
    SAME: Likeness(1, Text(zh="{name}相同", en="{name}: the same")),
    "partly": Likeness(1, Text(zh="{name}与所给的部分相符", en="{name}: agrees with the part that is given")),
    "swapped": Likeness(0.85, Text(zh="{name}月日对调", en="{name}: day and month swapped")),
    "digit": Likeness(0.8, Text(zh="{name}差一位数字", en="{name}: one digit apart")),
    "month": Likeness(0.5, Text(zh="{name}年月相同，日不同", en="{name}: same year and month, another day")),
    "day": Likeness(0.5, Text(zh="{name}月日相同，年份不同", en="{name}: same day and month, another year")),
    "year": Likeness(0.3, Text(zh="{name}年份相同", en="{name}: same year")),
    "other": Likeness(0, Text(zh="{name}不同", en="{name}: another")),
}
PHONES = {
    SAME: Likeness(1, Text(zh="{name}相同", en="{name}: the same")),
    "digit": Likeness(0.8, Text(zh="{name}差一位数字", en="{name}: one digit apart")),
    "other": Likeness(0, Text(zh="{name}不同", en="{name}: another")),
}
AREAS = {
    SAME: Likeness(1, Text(zh="{name}在所给的地区", en="{name}: in the given area")),
    "county": Likeness(0.6, Text(zh="{name}在同一旗县市", en="{name}: in the same county-level division")),
    "league": Likeness(0.2, Text(zh="{name}在同一盟市", en="{name}: in the same league or city")),
    "other": Likeness(0, Text(zh="{name}在别的地区", en="{name}: elsewhere")),
}
# What a record doesn't hold speaks neither for nor against it.
MISSING = Likeness(0.4, Text(zh="记录没有{name}", en="{name}: not in the record"))


def folded(text: str, replace: Mapping[str, str]) -> str:
    """A name as it is searched: one width and case, the registry's `replace`, letters, digits and Han only.

    >>> folded("（甲）其其格 ", {}), folded("Ａnna·Berg", {})
    ('甲其其格', 'annaberg')
    """
    found = text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)
    found = found.casefold()
    for old, new in replace.items():
        found = found.replace(unicodedata.normalize("NFKC", old).casefold(), new.casefold())
    if not found.isalnum():
        found = "".join(filter(str.isalnum, found))
    return found[:LONGEST_NAME]


def spoken(name: str) -> tuple[str, str]:
    """A folded name's pinyin without tones, and the first letter of each character's reading.

    >>> spoken("其其格") == spoken("琪琪格"), spoken("王芳")
    (True, ('wangfang', 'wf'))
    """
    try:
        readings = [_readings[character] for character in name]
    except KeyError:
        sound_of(name, _readings)
        readings = [_readings[character] for character in name]
    return "".join(readings)[:LONGEST_NAME], "".join([reading[:1] for reading in readings])


def sound(name: str) -> str:
    """A folded name's pinyin without tones; Mongolian names in varying characters sound alike.

    >>> sound("其其格") == sound("琪琪格")
    True
    """
    return spoken(name)[0]


def initials(name: str) -> str:
    """The first letter of each character's reading.

    >>> initials("琪琪格")
    'qqg'
    """
    return spoken(name)[1]


def edits(one: str, other: str, most: int) -> int:
    """How many edits lie between two texts; `most` + 1 where there are more.

    >>> edits("19800512", "19805012", 1), edits("wangfang", "huangfang", 2), edits("a", "bcd", 2)
    (1, 2, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the forms it is compared in."""

    form: str
    sound: str

    @classmethod
    def of(cls, form: str) -> "Name":
        """A folded name with its sound."""
        return cls(form, sound(form))

    def like(self, other: "Name") -> Likeness:
        """How alike two names are; the best that holds."""
        return NAMES[next(self._levels(other))]

    def _levels(self, other: "Name") -> Iterator[str]:
        short, long = sorted((self.form, other.form), key=len)
        if short == long:
            yield SAME
        if self.sound == other.sound:
            yield "sound"
        if len(short) == len(long) and sorted(short) == sorted(long):
            yield "order"
        if len(short) > 1 and short in long:
            yield "inside"
        apart = edits(self.sound, other.sound, 2)
        if apart <= 2:
            yield ("near", "nearish")[apart - 1] if apart else "near"
        if len(short) > 2 and edits(short, long, 1) == 1:
            yield "character"
        yield "other"


@dataclass(frozen=True, slots=True)
class Born:
    """A date of birth, or as much of it as is known."""

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    def read(cls, text: str) -> "Born":
        """Read `1980`, `1980-05`, `1980-05-12`, also `198005`, `19800512`, `1980/5/12`, `1980年5月12日`; ValueError else.

        >>> Born.read("1980年5月"), Born.read("19800512").day
        (Born(year=1980, month=5, day=0), 12)
        """
        plain = unicodedata.normalize("NFKC", text).strip().rstrip("日号月年.-/ ")
        for mark in "年月/.-":
            plain = plain.replace(mark, " ")
        parts = plain.split()
        if len(parts) == 1 and len(plain) in (6, 8):
            parts = [plain[:4], plain[4:6], *([plain[6:]] if len(plain) == 8 else [])]
        if not 1 <= len(parts) <= 3 or not all(p.isascii() and p.isdigit() for p in parts):
            raise ValueError("not a date")
        found = cls(*map(int, parts))
        date(found.year, found.month if len(parts) > 1 else 1, found.day if len(parts) > 2 else 1)
        if found.year < 1850:
            raise ValueError("nobody's year of birth")
        return found

    @property
    def whole(self) -> date | None:
        """The day, where all of it is known."""
        return date(self.year, self.month, self.day) if self.day else None

    @property
    def known(self) -> int:
        """How many of year, month and day are known."""
        return 1 + bool(self.month) + bool(self.day)

    def text(self) -> str:
        """ISO 8601, as far as it is known.

        >>> Born(1980, 5).text()
        '1980-05'
        """
        parts = [f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part)]
        return "-".join(parts)

    def like(self, other: date) -> Likeness:
        """How alike this and a record's date are; the best that holds."""
        return BIRTHS[next(self._levels(other))]

    def _levels(self, other: date) -> Iterator[str]:
        there = (other.year, other.month, other.day)
        if there[: self.known] == (self.year, self.month, self.day)[: self.known]:
            yield SAME if self.day else "partly"
        if self.day:
            if there == (self.year, self.day, self.month):
                yield "swapped"
            if edits(f"{self.year:04}{self.month:02}{self.day:02}", f"{other:%Y%m%d}", 1) == 1:
                yield "digit"
            if there[:2] == (self.year, self.month):
                yield "month"
            if there[1:] == (self.month, self.day):
                yield "day"
        if there[0] == self.year:
            yield "year"
        yield "other"

    def near(self) -> list[date]:
        """Every real day one keying error away: a digit changed, neighbours swapped, day and month swapped."""
        if self.whole is None:
            return []
        digits = f"{self.whole:%Y%m%d}"
        texts = {f"{self.year:04}{self.day:02}{self.month:02}"} | one_digit_away(digits)
        days = {day for text in texts if (day := _day(text)) and 1850 <= day.year <= 2199}
        return sorted(days - {self.whole})


def one_digit_away(digits: str) -> set[str]:
    """Every number of the same length one keying error away."""
    found = {digits[:at] + digit + digits[at + 1 :] for at in range(len(digits)) for digit in "0123456789"}
    found |= {digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(len(digits) - 1)}
    return found - {digits}


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def like_phone(given: str, there: str) -> Likeness:
    """How alike two telephone numbers are."""
    if given == there:
        return PHONES[SAME]
    return PHONES["digit" if edits(given, there, 1) == 1 else "other"]


def like_area(given: str, there: str) -> Likeness:
    """How near a record's area is to the given one, by the digits their codes begin with.

    >>> like_area("990102", "990102001000").said.en
    '{name}: in the given area'
    """
    given, there = bare_area(given), bare_area(there)
    if there.startswith(given) or given.startswith(there):
        return AREAS[SAME]
    levels: tuple[tuple[str, int], ...] = (("county", COUNTY), ("league", LEAGUE))
    return AREAS[next((level for level, n in levels if given[:n] == there[:n]), "other")]


def bare_area(code: str) -> str:
    """An area code without the zeros that only fill it up.

    >>> bare_area("990102000000"), bare_area("990102001000"), bare_area("990000")
    ('990102', '990102001', '99')
    """
    for length in (9, 6, 4, 2):
        if len(code) > length and not code[length:].strip("0"):
            code = code[:length]
    return code


LIKE: dict[str, Callable[..., Likeness]] = {
    "name": Name.like,
    "born": Born.like,
    "phone": like_phone,
    "area": like_area,
}
