"""What a league folder says about data elements, code lists, areas and holidays; the list of kinds.

Source: data elements as GB/T 19488.1-2004 (an ISO/IEC 11179 profile) describes them.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from hashlib import blake2b
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
AreaCode = Annotated[str, Meta(pattern=r"^[0-9A-Za-z]{1,12}$")]


class Name(Text, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A name in the platform's languages."""


class LeagueInfo(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The region itself (`league.toml`)."""

    code: str
    name: Name
    motto: Text = Text(zh="")
    area_km2: float = 0
    centre: tuple[float, float] = (0.0, 0.0)
    languages: tuple[str, ...] = ("zh-hans", "en")


class Element(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """数据元 A data element: the one place that says what values a column may hold.

    Lengths count characters. `check` names an algorithm of `kernel.standards.identifiers`.
    With `not_in_future` a date is at most the day of the batch. `personal` grades the element by
    GB/T 35273: not personal, personal, or sensitive personal information; `level` 1 to 4
    is the grade of general data (GB/T 43697-2024, annex H).
    """

    code: Code
    name: Name
    type: Literal["string", "integer", "decimal", "boolean", "date", "datetime"]
    source: str
    definition: Text = Text(zh="")
    identifier: str = ""
    min_length: int = 0
    max_length: int = 0
    minimum: float | None = None
    maximum: float | None = None
    not_before: date | None = None
    not_after: date | None = None
    not_in_future: bool = False
    pattern: str = ""
    check: Literal["", "citizen_id", "uscc", "organisation_code", "mobile", "area_code"] = ""
    code_list: str = ""
    unit: str = ""
    personal: Literal["no", "personal", "sensitive"] = "no"
    level: Literal[1, 2, 3, 4] = 1


class CodeEntry(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One row of a code list: code, Chinese, English, first and last day where they are limited."""

    code: str
    zh: str
    en: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class CodeList(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """代码集 A code list, with its source and first day in force."""

    code: Code
    name: Name
    source: str
    since: date
    entries: tuple[CodeEntry, ...]


class Area(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """行政区划 One area (a row of `areas.csv`), GB/T 2260 and the 12-digit division code, padded with zeros."""

    code: AreaCode
    name: str
    level: Literal["league", "county", "town", "village", "community", "grid"]
    source: str
    parent: str = ""
    kind: str = ""
    name_en: str = ""
    name_mn: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


class Word(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Chinese words of this folder in both Mongolian scripts (a row of `words/*.csv`), and how well each is attested.

    The letters are those of the catalogues: A and B two sources or an official one, C, D and U less, P put together by
    us. Only A and B stand unmarked on a page; a native reader who has checked a word makes it an A.
    """

    zh: Annotated[str, Meta(min_length=1)]
    mn: str = ""
    mn_cyrl: str = ""
    status: Literal["A", "B", "C", "D", "U", "P"] = "P"
    status_cyrl: Literal["A", "B", "C", "D", "U", "P"] = "P"


class Boundary(Struct, frozen=True, omit_defaults=True):
    """The outline of an area, or a point in it (a feature of `*.geojson`), CGCS2000 longitude and latitude in degrees."""

    code: str
    geometry: dict[str, Any]
    source: str = ""
    area_km2: float = 0
    centre: tuple[float, float] | None = None


class Holiday(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A year of the State Council's holiday table: days off, and weekend days worked."""

    year: int
    source: str
    off: tuple[date, ...]
    worked: tuple[date, ...] = ()


# What only elements of a type may say.
ONLY_FOR = {
    "min_length": ("string",),
    "max_length": ("string",),
    "pattern": ("string",),
    "check": ("string",),
    "code_list": ("string",),
    "minimum": ("integer", "decimal"),
    "maximum": ("integer", "decimal"),
    "not_before": ("date", "datetime"),
    "not_after": ("date", "datetime"),
    "not_in_future": ("date", "datetime"),
}
# Forms that the lake's engine (RE2) can't match; Python could.
BEYOND_RE2 = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]|\(\?P=")


def _element(element: Declared[Element], league: League) -> Iterable[Fault]:
    value: Element = element.value
    if value.code_list and value.code_list not in league.all("code_list"):
        yield element.fault(
            "code_list",
            zh=f"数据元“{element.code}”引用的代码集“{value.code_list}”不存在。",
            en=f"Data element {element.code} refers to code list {value.code_list}, which doesn't exist.",
            allowed=league.codes("code_list"),
        )
    for name, types in ONLY_FOR.items():
        if getattr(value, name) not in ("", 0, None, False) and value.type not in types:
            yield element.fault(
                name,
                zh=f"数据元“{element.code}”是 {value.type}，不能写 {name}。",
                en=f"Data element {element.code} is a {value.type}, for which {name} has no meaning.",
                allowed=f"type = {' | '.join(types)}",
            )
    yield from _bounds(element)
    yield from _pattern(element)


def _bounds(element: Declared[Element]) -> Iterable[Fault]:
    for low, high in (("min_length", "max_length"), ("minimum", "maximum"), ("not_before", "not_after")):
        least, most = getattr(element.value, low), getattr(element.value, high)
        if least and most and least > most:
            yield element.fault(
                high,
                zh=f"数据元“{element.code}”的 {high}（{most}）小于 {low}（{least}）。",
                en=f"Data element {element.code} has {high} {most} below {low} {least}.",
                allowed=f">= {least}",
            )


def _pattern(element: Declared[Element]) -> Iterable[Fault]:
    pattern = element.value.pattern
    try:
        re.compile(pattern)
    except re.error as error:
        yield element.fault(
            "pattern",
            zh=f"数据元“{element.code}”的正则表达式不合法（{error}）。",
            en=f"The pattern of data element {element.code} is not a regular expression: {error}.",
        )
        return
    if BEYOND_RE2.search(pattern):
        yield element.fault(
            "pattern",
            zh=f"数据元“{element.code}”的正则表达式用了环视或反向引用，引擎不支持。",
            en=f"The pattern of data element {element.code} looks around or back, which the engine can't.",
            allowed=Text(zh="RE2 语法", en="the syntax of RE2"),
        )


def _code_list(declared: Declared[CodeList], _league: League) -> Iterable[Fault]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(declared.value.entries):
        if entry.code in seen:
            yield declared.fault(
                "entries",
                index,
                zh=f"代码集“{declared.code}”的代码“{entry.code}”重复。",
                en=f"Code {entry.code} stands twice in code list {declared.code}.",
            )
        seen[entry.code] = index
        if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
            yield declared.fault(
                "entries",
                index,
                zh=f"代码“{entry.code}”的停用日期早于启用日期。",
                en=f"Code {entry.code} ends before it begins.",
            )


LEVELS = ("league", "county", "town", "village", "community", "grid")


def _area(area: Declared[Area], league: League) -> Iterable[Fault]:
    value: Area = area.value
    if value.parent:
        parent = league.all("area").get(value.parent)
        if parent is None:
            yield area.fault(
                "parent",
                zh=f"行政区划“{area.code}”的上级“{value.parent}”不存在。",
                en=f"Area {area.code} lies in {value.parent}, which doesn't exist.",
            )
        elif LEVELS.index(parent.value.level) >= LEVELS.index(value.level):
            yield area.fault(
                "parent",
                zh=f"行政区划“{area.code}”（{value.level}）的上级“{value.parent}”级别不高于它（{parent.value.level}）。",
                en=f"Area {area.code} ({value.level}) lies in {value.parent}, whose level is not above it ({parent.value.level}).",
                allowed=", ".join(LEVELS[: LEVELS.index(value.level)]) or '""',
            )
    if value.valid_from and value.valid_to and value.valid_to < value.valid_from:
        yield area.fault(
            "valid_to",
            zh=f"行政区划“{area.code}”的停用日期早于启用日期。",
            en=f"Area {area.code} ends before it begins.",
        )


def _boundary(boundary: Declared[Boundary], league: League) -> Iterable[Fault]:
    if boundary.code not in league.all("area"):
        yield boundary.fault(
            zh=f"边界所属的行政区划“{boundary.code}”不存在。",
            en=f"The outline is of area {boundary.code}, which doesn't exist.",
        )
    wrong = wrong_geometry(boundary.value.geometry)
    if wrong:
        yield boundary.fault(
            zh=f"行政区划“{boundary.code}”的边界不合规：{wrong.zh}。",
            en=f"The outline of area {boundary.code} can't be used: {wrong.en}.",
            allowed=Text(
                zh="Polygon、MultiPolygon 或 Point，经纬度",
                en="Polygon, MultiPolygon or Point, longitude and latitude",
            ),
        )


def wrong_geometry(geometry: dict[str, Any]) -> Text | None:
    """Why a GeoJSON geometry (RFC 7946) can't be an outline, or None.

    Closed rings of degrees are wanted, or a point where nobody published an outline.
    """
    kind, shape = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon", "Point"):
        return Text(zh=f"类型是 {kind}", en=f"its type is {kind}")
    if not isinstance(shape, list) or not shape:
        return Text(zh="没有坐标", en="it has no coordinates")
    try:
        rings = {"Point": [shape], "Polygon": shape}.get(kind) or [ring for part in shape for ring in part]
        points = rings if kind == "Point" else [point for ring in rings for point in ring]
        if any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y, *_ in points):
            return Text(zh="坐标不是经纬度", en="a coordinate is not in degrees")
        if kind != "Point" and any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
            return Text(zh="环不闭合", en="a ring is not closed")
    except (TypeError, ValueError, IndexError):
        return Text(zh="坐标结构不对", en="its coordinates are not rings of points")
    return None


# What a word may not hold: Chinese, or letters of the other script.
FOREIGN = {"mn": r"[\u0400-\u04ff\u4e00-\u9fff]", "mn_cyrl": r"[\u1820-\u18af\u4e00-\u9fff]"}


def _word(word: Declared[Word], _league: League) -> Iterable[Fault]:
    facts = re.compile(r"\{[^}]*\}")
    for name, foreign in FOREIGN.items():
        said = getattr(word.value, name)
        if re.search(foreign, said):
            yield word.fault(
                name,
                zh=f"“{word.value.zh}”的 {name} 里有另一种文字。",
                en=f"{name} of {word.value.zh} holds letters of another script.",
            )
        if said and sorted(facts.findall(said)) != sorted(facts.findall(word.value.zh)):
            yield word.fault(
                name,
                zh=f"“{word.value.zh}”的 {name} 缺少或多出了 {{…}}。",
                en=f"{name} of {word.value.zh} has other facts in braces than the Chinese.",
            )


def _key(word: Word) -> str:
    """Words are their own code; long ones are cut, and told apart by their digest."""
    if len(word.zh) <= 100:
        return word.zh
    return f"{word.zh[:80]}…{blake2b(word.zh.encode(), digest_size=8).hexdigest()}"


def _holiday(holiday: Declared[Holiday], _league: League) -> Iterable[Fault]:
    value: Holiday = holiday.value
    both = set(value.off) & set(value.worked)
    for name in ("off", "worked"):
        for index, day in enumerate(getattr(value, name)):
            if day.year != value.year and (day.year, day.month) != (value.year - 1, 12):
                yield holiday.fault(
                    name,
                    index,
                    zh=f"{day} 不在 {value.year} 年。",
                    en=f"{day} is not in {value.year}.",
                    allowed=f"{value.year}-01-01 … {value.year}-12-31",
                )
    for day in sorted(both):
        yield holiday.fault(
            "worked",
            zh=f"{day} 既放假又上班。",
            en=f"{day} is both off and worked.",
        )


KINDS: list[Kind] = []
APPLIERS: dict[str, Callable[..., None]] = {}


def register(kind: Kind, apply: Callable[..., None] | None = None) -> None:
    """Make a kind of declaration known; parts call this from `apps.ready()`, lower floors first.

    `apply(changes)` gets the changes of this kind (`standards.actions.Change`) inside the
    transaction that records them, to carry them into the part's own tables.
    """
    if kind.name not in {known.name for known in KINDS}:
        KINDS.append(kind)
    if apply is not None:
        APPLIERS[kind.name] = apply


LEAGUE = Kind("league", Text(zh="盟市", en="League"), LeagueInfo, "league.toml", needed=True)
ELEMENT = Kind(
    "element",
    Text(zh="数据元", en="Data element"),
    Element,
    "elements/*.toml",
    "element",
    check=_element,
)
CODE_LIST = Kind(
    "code_list",
    Text(zh="代码集", en="Code list"),
    CodeList,
    "code_lists/*.toml",
    "code_list",
    check=_code_list,
)
AREA = Kind("area", Text(zh="行政区划", en="Area"), Area, "areas/*.csv", check=_area)
BOUNDARY = Kind("boundary", Text(zh="边界", en="Boundary"), Boundary, "areas/*.geojson", check=_boundary)
WORD = Kind("word", Text(zh="译词", en="Word"), Word, "words/*.csv", code=_key, check=_word)
HOLIDAY = Kind(
    "holiday",
    Text(zh="节假日安排", en="Holiday table"),
    Holiday,
    "holidays.toml",
    "holiday",
    code=lambda value: str(value.year),
    check=_holiday,
)
