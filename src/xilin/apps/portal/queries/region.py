"""The region: its name, its counties and their outlines."""

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from xilin.kernel.standards.declarations import Area, Boundary, LeagueInfo
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text
from xilin.web.charts import choropleth
from xilin.web.keeping import kept
from xilin.web.numbers import short


@kept
def _version() -> str:
    """What tells one state of the declarations from another; nothing before the first apply."""
    version = current_version()
    return version.digest if version else ""


@lru_cache(maxsize=4)
def _league(version: str) -> LeagueInfo | None:
    return next(iter(declared("league").values()), None) if version else None


@lru_cache(maxsize=4)
def _counties(version: str) -> tuple[tuple[Area, Boundary | None], ...]:
    if not version:
        return ()
    outlines = declared("boundary")
    return tuple(
        (area, outlines.get(code)) for code, area in declared("area").items() if area.level == "county"
    )


@lru_cache(maxsize=16)
def _declared(kind: str, version: str) -> dict[str, Any]:
    return declared(kind) if version else {}


def known(kind: str) -> dict[str, Any]:
    """The declarations of a kind, read once for each version: for the long lists, such as areas and elements."""
    return _declared(kind, _version())


def area(code: str) -> Area | None:
    """A declared area, or None."""
    return known("area").get(code)


def area_name(code: str) -> str:
    """What an area is called in the reader's language; its code where no list knows it."""
    found = area(code)
    return county_name(found) if found else code


def league() -> LeagueInfo | None:
    """The region as it is declared, or None before the first apply."""
    return _league(_version())


def name() -> str:
    """What the region is called in the reader's language; nothing before the first apply."""
    info = league()
    return info.name.of(get_language() or "") if info else ""


def counties() -> tuple[tuple[Area, Boundary | None], ...]:
    """The county-level areas with their outlines, by code."""
    return _counties(_version())


def county_name(area: Area) -> str:
    """An area's name in the reader's language."""
    return Text(zh=area.name, en=area.name_en, mn=area.name_mn).of(get_language() or "")


def county_names() -> dict[str, str]:
    """Names by code."""
    return {area.code: county_name(area) for area, _ in counties()}


def map_of(values: dict[str, float], *, href: str = "", unit: str = "", decimals: int = 0) -> choropleth.Map:
    """The map of the counties, shaded by a value; `{code}` in `href` becomes the county's code."""
    language = get_language() or ""
    return choropleth.draw(
        choropleth.Place(
            code=area.code,
            name=_brief(county_name(area), language),
            value=values.get(area.code),
            shown=f"{short(values.get(area.code), language, decimals)}{unit}",
            geometry=outline.geometry if outline else None,
            href=href.replace("{code}", area.code),
        )
        for area, outline in counties()
    )


def _brief(name: str, language: str) -> str:
    """A name without the word of its kind, which would not fit into a small county."""
    if language.startswith("zh"):
        return name.removesuffix("管委会")
    for kind in (" City", " Banner", " County", " Administration"):
        name = name.removesuffix(kind)
    return name


def version() -> Any:
    """The version of the declarations in force."""
    return current_version()
