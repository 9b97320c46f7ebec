"""What a league folder says about data elements, code lists, areas and holidays; the list of kinds.

Source: data elements as GB/T 19488.1-2004 (an ISO/IEC 11179 profile) describes them.
"""

from collections.abc import Callable, Iterable
from datetime import date
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


class Boundary(Struct, frozen=True, omit_defaults=True):
    """The outline of an area (a feature of `*.geojson`), CGCS2000 longitude and latitude in degrees."""

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


def _known_code_list(element: Declared[Element], league: League) -> Iterable[Fault]:
    wanted = element.value.code_list
    if wanted and wanted not in league.all("code_list"):
        yield element.fault(
            "code_list",
            zh=f"数据元“{element.code}”引用的代码集“{wanted}”不存在。",
            en=f"Data element {element.code} refers to code list {wanted}, which doesn't exist.",
            allowed=league.codes("code_list"),
        )


def _known_parent(area: Declared[Area], league: League) -> Iterable[Fault]:
    wanted = area.value.parent
    if wanted and wanted not in league.all("area"):
        yield area.fault(
            "parent",
            zh=f"行政区划“{area.code}”的上级“{wanted}”不存在。",
            en=f"Area {area.code} lies in {wanted}, which doesn't exist.",
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


LEAGUE = Kind("league", Text(zh="盟市", en="League"), LeagueInfo, "league.toml")
ELEMENT = Kind(
    "element",
    Text(zh="数据元", en="Data element"),
    Element,
    "elements/*.toml",
    "element",
    check=_known_code_list,
)
CODE_LIST = Kind("code_list", Text(zh="代码集", en="Code list"), CodeList, "code_lists/*.toml", "code_list")
AREA = Kind("area", Text(zh="行政区划", en="Area"), Area, "areas/*.csv", check=_known_parent)
BOUNDARY = Kind("boundary", Text(zh="边界", en="Boundary"), Boundary, "areas/*.geojson")
HOLIDAY = Kind(
    "holiday",
    Text(zh="节假日安排", en="Holiday table"),
    Holiday,
    "holidays.toml",
    "holiday",
    code=lambda value: str(value.year),
)
