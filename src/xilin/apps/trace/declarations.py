"""What a league folder says of goods: products with codes, sales regions, places far and near, rules of verdicts."""

import ipaddress
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.errors import Malformed
from xilin.kernel.accounts.declarations import known_department
from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

Gtin = Annotated[str, Meta(pattern=r"^\d{14}$")]
AreaCode = Annotated[str, Meta(pattern=r"^\d{2}(\d{2}){0,2}$")]
Uscc = Annotated[str, Meta(pattern=r"^[0-9A-Z]{18}$")]


class Product(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """产品 A product whose single items carry codes.

    `code_kind`: a plain link, one with a scratch code below, one with a signature, or an NFC chip. `shelf_days` counts
    from the day of production. `k`: from how many different telephones within `window_days` an item is looked at more
    often than one item is (gifts more often than salt). `transit_days`: within how many days after shipping
    an item on its way can't be on sale. `warmest`: the degrees Celsius above which its cold chain is broken, from when it was made.
    """

    gtin: Gtin
    name: Name
    category: Literal["mutton", "liquor", "oil", "salt", "dairy", "other"]
    producer: Uscc
    producer_name: Name
    shelf_days: Annotated[int, Meta(ge=1)]
    code_kind: Literal["link", "scratch", "signed", "chip"]
    k: Annotated[int, Meta(ge=2)]
    window_days: Annotated[int, Meta(ge=1, le=365)] = 30
    transit_days: Annotated[int, Meta(ge=0, le=60)] = 7
    net: Text = Text(zh="")
    department: str = ""
    picture: str = ""
    warmest: float | None = None


class Region(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """销售区域 A sales region: the areas whose codes begin with one of `areas`."""

    code: Code
    name: Name
    areas: tuple[AreaCode, ...]

    def holds(self, place: str) -> bool:
        """Whether an area lies in it; an area coarser than the region's own is not said to lie outside."""
        return any(place.startswith(area) or area.startswith(place) for area in self.areas)


class Spot(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """地点 Where an area lies, for distances between looks: a point in degrees, and how far from it one may still be."""

    code: AreaCode
    name: str
    name_en: str
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    radius_km: Annotated[float, Meta(ge=0)]
    source: str
    name_mn: str = ""


class Network(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """网段 Where addresses of a network are used, no finer than a county; `coarse`: a mobile or company network that reaches further."""

    cidr: str
    area: str
    source: str
    coarse: bool = False


class VerdictRule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """防伪规则 One rule of verdicts with its limits, from when, and why so.

    A hard rule that is broken decides: the verdict is at least `level`. A soft one adds evidence: `weight` bits for each
    unit of what it measures, `most` units at most. `said` is for whoever looked; `told` is for experts and may name
    the numbers it was decided by. `alert` opens an alert of the kind of subject it names.
    """

    code: Code
    name: Name
    kind: Literal["hard", "soft"]
    said: Text
    told: Text
    since: date
    source: Text
    level: Literal["unknown", "caution", "fake"] = "caution"
    weight: float = 0.0
    most: Annotated[float, Meta(gt=0)] = 1.0
    alert: Literal["", "item", "asker", "consignment", "batch"] = "item"
    limits: dict[str, float] = {}
    until: date | None = None

    def in_force(self, on: date) -> bool:
        """Whether the rule holds on a day."""
        return self.since <= on and (self.until is None or on < self.until)


class Weighing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """证据合成 How evidence adds up: bits before any evidence, and from which share of certainty on somebody is warned."""

    code: Code
    prior_bits: float
    warn_from: Annotated[float, Meta(gt=0, lt=1)]
    since: date
    source: str


class Disclosure(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """公示范围 What of a party in the chain the public may read: `full`, `masked` (family name only), or `none`."""

    party: Literal["herder", "ranch", "slaughterhouse", "plant", "driver", "shop", "certificate"]
    show: Literal["full", "masked", "none"]
    basis: str


class GoodsLink(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """产品链接 A link that the resolver keeps at a GS1 key: a product, a batch of it, a place, a party.

    `key` is the path of a canonical Digital Link, `type` a link type of the GS1 vocabulary (`gs1:pip`, `gs1:instructions`
    …). `language` is the one the target is in ("" any), `context` whom it is for. A `default` is where who asks for nothing
    particular is led; the page of a single item always stands before it.
    """

    code: Code
    key: Annotated[str, Meta(pattern=r"^(/[0-9]{2,4}/[^/]+)+$")]
    type: Annotated[str, Meta(pattern=r"^gs1:[a-zA-Z]+$")]
    href: Annotated[str, Meta(pattern=r"^https://[^\s]+$", max_length=500)]
    title: Name
    since: date
    source: str
    language: Annotated[str, Meta(pattern=r"^([a-z]{2}(-[A-Z]{2})?)?$")] = ""
    context: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,40}$")] = ""
    media_type: Annotated[str, Meta(pattern=r"^[a-z]+/[a-z0-9.+-]+$")] = "text/html"
    default: bool = False


def _check_digit(digits: str) -> int:
    """The last digit of a GTIN (GS1 General Specifications, 7.9.1): weights 3 and 1 from the right."""
    weighed = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits[:-1]))
    )
    return -weighed % 10


def _product(declared: Declared[Product], league: League) -> Iterable[Fault]:
    value = declared.value
    right = _check_digit(value.gtin)
    if int(value.gtin[-1]) != right:
        yield declared.fault(
            "gtin",
            zh=f"GTIN {value.gtin} 的校验位不对。",
            en=f"The check digit of GTIN {value.gtin} is wrong.",
            allowed=value.gtin[:-1] + str(right),
        )
    yield from known_department(declared, league)


def _link(declared: Declared[GoodsLink], _league: League) -> Iterable[Fault]:
    key = declared.value.key
    try:
        right = link.read(link.ROOT + key).canonical().removeprefix(link.ROOT)
    except Malformed as wrong:
        yield declared.fault("key", zh=wrong.what.zh, en=wrong.what.en)
        return
    if right != key:
        yield declared.fault(
            "key", zh=f"“{key}”不是规范写法。", en=f"{key} isn't written canonically.", allowed=right
        )


def _network(declared: Declared[Network], league: League) -> Iterable[Fault]:
    try:
        ipaddress.ip_network(declared.value.cidr)
    except ValueError:
        yield declared.fault(
            "cidr",
            zh=f"“{declared.value.cidr}”不是网段。",
            en=f"{declared.value.cidr} is no network.",
            allowed="192.0.2.0/24, 2001:db8::/32",
        )
    if declared.value.area not in league.all("trace_spot"):
        yield declared.fault(
            "area",
            zh=f"地点表里没有“{declared.value.area}”。",
            en=f"{declared.value.area} is not in the table of places.",
            allowed=league.codes("trace_spot"),
        )


def _rule(declared: Declared[VerdictRule], _league: League) -> Iterable[Fault]:
    value = declared.value
    if value.kind == "soft" and value.weight <= 0:
        yield declared.fault(
            "weight",
            zh="软规则须有大于零的权重。",
            en="A soft rule has a weight above zero.",
        )
    if value.kind == "hard" and value.weight:
        yield declared.fault(
            "weight",
            zh="硬规则自己定论，没有权重。",
            en="A hard rule decides by itself and has no weight.",
        )
    if set(re.findall(r"\{(\w+)\}", value.told.zh)) != set(re.findall(r"\{(\w+)\}", value.told.en)):
        yield declared.fault(
            "told",
            zh="中英文说明引用的数不一致。",
            en="The words in Chinese and English name different numbers.",
        )


PRODUCT = Kind(
    "trace_product",
    Text(zh="追溯产品", en="Product with codes"),
    Product,
    "trace/products.toml",
    "product",
    code=lambda value: str(value.gtin),
    check=_product,
)
REGION = Kind("trace_region", Text(zh="销售区域", en="Sales region"), Region, "trace/regions.toml", "region")
SPOT = Kind("trace_spot", Text(zh="查验地点", en="Place of looks"), Spot, "trace/spots.csv")
NETWORK = Kind(
    "trace_network",
    Text(zh="网段所在地", en="Place of a network"),
    Network,
    "trace/networks.toml",
    "network",
    code=lambda value: str(value.cidr),
    check=_network,
)
RULE = Kind(
    "trace_rule",
    Text(zh="防伪规则", en="Rule of verdicts"),
    VerdictRule,
    "trace/rules.toml",
    "rule",
    check=_rule,
)
WEIGHING = Kind(
    "trace_weighing",
    Text(zh="证据合成", en="Weighing of evidence"),
    Weighing,
    "trace/weighing.toml",
    "weighing",
)
DISCLOSURE = Kind(
    "trace_disclosure",
    Text(zh="公示范围", en="What the public reads of a party"),
    Disclosure,
    "trace/disclosure.toml",
    "disclosure",
    code=lambda value: str(value.party),
)
LINK = Kind(
    "trace_link", Text(zh="产品链接", en="Link of goods"), GoodsLink, "trace/links.toml", "link", check=_link
)
KINDS = (PRODUCT, LINK, REGION, SPOT, NETWORK, RULE, WEIGHING, DISCLOSURE)
