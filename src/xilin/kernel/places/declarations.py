"""What a league folder says about places: official lists, what codes meant, collections, rules of names."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import AreaCode, Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class PlaceList(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An official list of areas (统计用区划代码, 行政区划代码): one source among several."""

    code: Code
    name: Name
    publisher: Name
    as_of: date
    source: str


class ListedArea(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One row of an official list (a row of `places/lists/*.csv`), as the list has it."""

    list: str
    code: AreaCode
    name: str
    parent: AreaCode
    kind: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other row of every list."""
        return f"{self.list}:{self.code}"


class Meaning(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an area code meant while it was valid, as one book of codes has it; the successor is a code too."""

    code: AreaCode
    name: str
    book: str
    source: str
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other meaning."""
        return f"{self.code}:{self.book}:{self.valid_from or ''}"


class Collection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """要素集 A collection of places: areas of a `level`, or the rows of a `resource`.

    The resource's column `geometry` holds WKT, or `longitude` and `latitude` hold a point, all in CGCS2000.
    `label` is the column of the name, `area` that of the area code, `kind` that of the kind; `properties` are the
    columns shown besides. A column of a personal element can't be shown. `wanted` is the type of geometry.
    Who is not signed in sees `public` collections only.
    """

    code: Code
    name: Name
    summary: Text = Text(zh="")
    level: Literal["", "county", "town", "village"] = ""
    resource: str = ""
    geometry: str = ""
    longitude: str = ""
    latitude: str = ""
    label: str = ""
    area: str = ""
    kind: str = ""
    properties: tuple[str, ...] = ()
    wanted: Literal["polygon", "point", "any"] = "any"
    public: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the resource it reads."""
        named = (self.geometry, self.longitude, self.latitude, self.label, self.area, self.kind)
        return tuple(dict.fromkeys(name for name in (*named, *self.properties) if name))


class NameRules(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How names of areas are compared and addresses read (`places/rules.toml`).

    `endings` are the words of kinds by level that a name may lack (旗; 镇, 苏木, 街道; 嘎查, 社区); `alike` are groups of endings
    that are written for one another (社区, 居委会), of others one doesn't mean the other; `prefixes` what may stand
    before a county in an address; `variants` characters written for others; `aliases` an old or short name and the
    code of the area it means; `within` an area and the one it lies in, though its code says otherwise;
    `tolerance_km` how far outside the league's simplified outline a place may lie.
    """

    endings: dict[Literal["county", "town", "village"], tuple[str, ...]] = {}
    prefixes: tuple[str, ...] = ()
    variants: dict[str, str] = {}
    aliases: dict[str, str] = {}
    within: dict[str, str] = {}
    alike: tuple[tuple[str, ...], ...] = ()
    tolerance_km: Annotated[float, Meta(ge=0)] = 2.0

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of every level, longest first."""
        every = {ending for endings in self.endings.values() for ending in endings}
        return tuple(sorted(every, key=lambda ending: (-len(ending), ending)))


def _listed(declared: Declared[ListedArea], league: League) -> Iterable[Fault]:
    value: ListedArea = declared.value
    if value.list not in league.all("place_list"):
        yield declared.fault(
            "list",
            zh=f"名单“{value.list}”不存在。",
            en=f"There is no list {value.list}.",
            allowed=league.codes("place_list"),
        )
    if value.parent not in league.all("area"):
        yield declared.fault(
            "parent",
            zh=f"“{value.name}”的上级“{value.parent}”不在行政区划中。",
            en=f"{value.name} lies in {value.parent}, which is no area.",
        )


def _meaning(declared: Declared[Meaning], league: League) -> Iterable[Fault]:
    value: Meaning = declared.value
    if value.valid_from and value.valid_to and value.valid_to < value.valid_from:
        yield declared.fault(
            zh=f"代码 {value.code} 的停用日期早于启用日期。", en=f"Code {value.code} ends before it begins."
        )
    if value.book not in league.all("place_list"):
        yield declared.fault(
            zh=f"代码簿“{value.book}”不存在。",
            en=f"There is no list {value.book}.",
            allowed=league.codes("place_list"),
        )


def _collection(declared: Declared[Collection], league: League) -> Iterable[Fault]:
    value: Collection = declared.value
    if bool(value.level) == bool(value.resource):
        yield declared.fault(
            zh=f"要素集“{value.code}”须写明 level 或 resource 之一。",
            en=f"Collection {value.code} needs a level or a resource, and not both.",
        )
    resource = league.all("resource").get(value.resource)
    if value.resource and resource is None:
        yield declared.fault(
            "resource",
            zh=f"信息资源“{value.resource}”不存在。",
            en=f"There is no resource {value.resource}.",
            allowed=league.codes("resource"),
        )
    if resource is None:
        return
    if not value.geometry and not (value.longitude and value.latitude):
        yield declared.fault(
            zh=f"要素集“{value.code}”没有写明几何所在的列。",
            en=f"Collection {value.code} doesn't say which columns hold its geometry.",
            allowed="geometry = …, or longitude = … and latitude = …",
        )
    items = {item.key: item for item in resource.value.item}
    elements = league.all("element")
    # The key tells places apart, and is shown where one has no name.
    for column in dict.fromkeys((*value.columns, *resource.value.key)):
        if column not in items:
            yield declared.fault(
                zh=f"“{column}”不是资源“{value.resource}”的信息项。",
                en=f"{column} is not an item of resource {value.resource}.",
                allowed=", ".join(items),
            )
        elif (element := elements.get(items[column].element)) and element.value.personal != "no":
            yield declared.fault(
                zh=f"“{column}”是个人信息，不能放进要素集。",
                en=f"{column} is personal data, which a collection of places can't show.",
            )


def _rules(declared: Declared[NameRules], league: League) -> Iterable[Fault]:
    value: NameRules = declared.value
    for name, codes in (
        ("aliases", value.aliases.values()),
        ("within", (*value.within, *value.within.values())),
    ):
        for code in codes:
            if code not in league.all("area"):
                yield declared.fault(
                    name, zh=f"没有代码为 {code} 的行政区划。", en=f"There is no area with the code {code}."
                )


LIST = Kind("place_list", Text(zh="区划名单", en="List of areas"), PlaceList, "places/lists.toml", "list")
LISTED = Kind(
    "listed_area",
    Text(zh="名单中的区划", en="Listed area"),
    ListedArea,
    "places/lists/*.csv",
    code=lambda value: str(value.key),
    check=_listed,
)
MEANING = Kind(
    "code_meaning",
    Text(zh="代码沿革", en="Meaning of a code"),
    Meaning,
    "places/meanings.csv",
    code=lambda value: str(value.key),
    check=_meaning,
)
COLLECTION = Kind(
    "place_collection",
    Text(zh="要素集", en="Collection of places"),
    Collection,
    "places/collections.toml",
    "collection",
    check=_collection,
)
RULES = Kind(
    "place_rules",
    Text(zh="地名规则", en="Rules of names"),
    NameRules,
    "places/rules.toml",
    code=lambda _: "rules",
    check=_rules,
)
ALL = (LIST, LISTED, MEANING, RULES, COLLECTION)
