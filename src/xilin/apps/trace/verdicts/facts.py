"""What is known when somebody looks at a code, and what is said of it."""

from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from xilin.lib.text import Text

Level = Literal["genuine", "caution", "fake", "unknown"]
Act = Literal["look", "shop", "open", "inspect"]
Proof = Literal["none", "good", "bad"]


class Scan(Struct, frozen=True):
    """查验 One look at one code.

    `client` and `network` are keyed hashes of a telephone and of the network it came from: 63 bits, nothing to find a
    person by. `place` is an area code no finer than a county, "" where it isn't known; `precise` says whether it
    may be compared with other places. `lot` and `expiry` stand on the code itself, where they do. `fresh` is
    what the chip's own counter said: None where there is no chip. `typo`: the number's own check
    character doesn't fit, so that somebody mistyped it.
    """

    gtin: str
    serial: str
    at: datetime
    client: int = 0
    network: int = 0
    place: str = ""
    precise: bool = False
    act: Act = "look"
    lot: str = ""
    expiry: date | None = None
    proof: Proof = "none"
    counter: int | None = None
    fresh: bool | None = None
    sealed: bool | None = None
    typo: bool = False

    @property
    def thing(self) -> str:
        """The item's canonical GS1 Digital Link."""
        return thing_of(self.gtin, self.serial)


class Past(Struct, frozen=True):
    """An earlier look at the same code."""

    at: datetime
    client: int
    network: int
    place: str
    precise: bool
    act: str


class Notice(Struct, frozen=True):
    """公告 What was said of a batch or an item: that it is recalled, stolen, or claims more than its source has."""

    kind: str
    since: datetime
    number: str = ""
    detail: dict[str, str] = {}


class Issued(Struct, frozen=True):
    """What was recorded of a code: its batch, its state in its life, where it was to be sold."""

    lot: str
    state: str = "issued"
    since: datetime | None = None
    produced: date | None = None
    expiry: date | None = None
    region: str = ""
    consignment: int | None = None
    shipped_at: datetime | None = None
    received_at: datetime | None = None
    opened_at: datetime | None = None
    opened_client: int = 0
    opened_place: str = ""


class Known(Struct, frozen=True):
    """Everything the rules may look at besides the look itself.

    `looks` are the newest looks before this one, oldest first, at most `HELD`; `count` is how many there were
    in all. `first` says whether this is the first look of all. `asked` counts unknown numbers of this client and
    its network within the window of the rule.
    """

    issued: Issued | None
    looks: tuple[Past, ...] = ()
    count: int = 0
    first: bool = False
    first_at: datetime | None = None
    first_place: str = ""
    first_client: int = 0
    counter_before: int | None = None
    counter_at: datetime | None = None
    counter_client: int = 0
    notices: tuple[Notice, ...] = ()
    asked: int = 0
    asked_in_sequence: int = 0
    rate: float = 0.0


class Finding(Struct, frozen=True):
    """A rule that spoke: how strongly, by which numbers, in words for everybody and for experts."""

    rule: str
    hard: bool
    level: Level
    bits: float
    said: Text
    told: Text
    name: Text
    alert: str
    facts: dict[str, str]


class Judgement(Struct, frozen=True):
    """What the rules say together: the level, the share of certainty that soft evidence amounts to, and each finding."""

    level: Level
    certainty: float
    bits: float
    findings: tuple[Finding, ...]


HELD = 32


def thing_of(gtin: str, serial: str) -> str:
    """The canonical GS1 Digital Link of an item; what isn't plain in a serial number is percent-encoded.

    >>> thing_of("09520001000010", "AB12")
    'https://id.gs1.org/01/09520001000010/21/AB12'
    """
    return f"https://id.gs1.org/01/{gtin}/21/{quote(serial, safe='')}"


def trailing(serial: str) -> int | None:
    """The number a serial number ends in, to see who counts up.

    >>> trailing("G0042"), trailing("AB")
    (42, None)
    """
    digits = serial[len(serial.rstrip("0123456789")) :][-15:]
    return int(digits) if digits else None
