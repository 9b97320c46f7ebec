"""The page of places: counts, the map by county or of one, search, lists and where they differ."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import region
from xilin.kernel.places import queries as places
from xilin.kernel.places.declarations import Collection
from xilin.kernel.standards.declarations import Area
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text
from xilin.web.charts import choropleth, ground

MOST_PLOTS, MOST_SPOTS, MOST_FOUND = 2500, 250, 40


@dataclass(frozen=True, slots=True)
class Held:
    """A collection and how many places it has."""

    collection: Collection
    count: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of place on a map: its words, the class of its colour where it has one, how many."""

    name: str
    shade: str
    count: int


@dataclass
class County:
    """One county: its map, what lies in it by kind, its towns; `later` is where the map with all areas in it is had."""

    code: str
    name: str
    map: ground.Ground | None
    kinds: list[Kind] = field(default_factory=list)
    towns: list[Any] = field(default_factory=list)
    shown: int = 0
    all: int = 0
    box: str = ""
    later: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A town on which the official lists differ: its place, what each list says (name, words or ""), the difference."""

    place: Any
    said: list[tuple[Text, str]]
    words: str


def held(*, signed_in: bool, on: date) -> list[Held]:
    """The collections one may see, with their counts."""
    counts = places.counts(on=on)
    return [Held(one, counts.get(code, 0)) for code, one in places.collections(signed_in=signed_in).items()]


def by_county(one: Collection) -> choropleth.Map:
    """The map of the counties, shaded by how many places of a collection lie in each."""
    values = {code: float(count) for code, count in places.by_county(one.code).items()}
    return region.map_of(values, href=f"{reverse('portal:places')}?map={one.code}&county={{code}}")


def county(code: str, one: Collection, marked: Any, *, signed_in: bool, on: date) -> County | None:
    """A county with a few spots of a collection; None where there is no such county.

    The areas of a collection, thousands of them, are left to a request of their own: see `ground_of`.
    """
    area, geometry = _outlined(code)
    if area is None:
        return None
    language = get_language() or ""
    words = places.kinds(one)
    order = {kind: number for number, kind in enumerate(words)}
    inside = places.inside(one.code, code, on=on) if not one.level else places.Inside({}, 0, 0)
    href = f"{reverse('portal:places')}?map={one.code}&county={code}&place="
    spots = [] if one.level else places.spots(one.code, code, on=on, most=MOST_SPOTS)
    query = {"map": one.code, "county": code} | ({"place": marked.pk} if marked else {})
    return County(
        code,
        region.county_name(area),
        ground.draw(
            geometry,
            [],
            [ground.Spot(name, x, y, f"{href}{pk}") for pk, name, x, y in spots],
            _shape(marked, code),
        ),
        [
            Kind(
                words.get(kind, Text(zh=kind)).of(language),
                f"q{order.get(kind, 0) % ground.KINDS}" if inside.outlined else "",
                count,
            )
            for kind, count in sorted(inside.kinds.items(), key=lambda pair: order.get(pair[0], 0))
        ],
        places.named(towns.code, code, on=on) if (towns := _of_level("town", signed_in=signed_in)) else [],
        min(inside.outlined, MOST_PLOTS) + len(spots),
        sum(inside.kinds.values()),
        _box(geometry),
        f"{reverse('portal:places_ground')}?{urlencode(query)}" if inside.outlined else "",
    )


def ground_of(one: Collection, county: County, marked: Any, *, on: date) -> ground.Ground | None:
    """The map of a county with the areas of a collection in it, drawn once for each state of the collection."""
    _area, geometry = _outlined(county.code)
    shape, state = _shape(marked, county.code), places.state(one.code)
    if geometry is None and shape is not None:
        return ground.draw(None, _shapes(one, county.code, on), [], shape)
    drawn = _drawn(one, county.code, on, state)
    return replace(county.map, layers=drawn.layers) if geometry and county.map and drawn else drawn


@lru_cache(maxsize=32)
def _drawn(one: Collection, code: str, on: date, _state: int) -> ground.Ground | None:
    """A county's outline, and the areas of a collection in it."""
    return ground.draw(_outlined(code)[1], _shapes(one, code, on), [])


def _shapes(one: Collection, code: str, on: date) -> list[tuple[int, dict[str, Any]]]:
    """The areas of a collection in a county as they can be told apart on its map, with the numbers of their kinds."""
    geometry = _outlined(code)[1]
    points = [point for ring in ground.rings(geometry) for point in ring] if geometry else []
    wide = max(x for x, _y in points) - min(x for x, _y in points) if points else 1.0
    order = {kind: number for number, kind in enumerate(places.kinds(one))}
    found = places.outlines(one.code, code, on=on, most=MOST_PLOTS, fine=wide / ground.WIDTH / 2)
    return [(order.get(kind, 0), shape) for kind, shape in found]


def _outlined(code: str) -> tuple[Area | None, dict[str, Any] | None]:
    """A county and its outline where one is published; nothing where there is no such county."""
    for area, outline in region.counties():
        if area.code == code:
            return area, outline.geometry if outline and outline.geometry["type"] != "Point" else None
    return None, None


def _shape(marked: Any, code: str) -> dict[str, Any] | None:
    """The geometry of the marked place where it lies in a county."""
    if not marked or marked.area[:6] != code[:6] or marked.collection == "counties":
        return None
    return places.geojson(marked)


def _box(geometry: dict[str, Any] | None) -> str:
    """The bounds of an outline as a service of features is asked for them."""
    points = [point for ring in ground.rings(geometry) for point in ring] if geometry else []
    if not points:
        return ""
    edges = [min(x for x, _y in points), min(y for _x, y in points)]
    edges += [max(x for x, _y in points), max(y for _x, y in points)]
    return ",".join(str(edge) for edge in edges)


def _of_level(level: str, *, signed_in: bool) -> Collection | None:
    return next((one for one in places.collections(signed_in=signed_in).values() if one.level == level), None)


def chosen(code: str, *, signed_in: bool) -> Collection | None:
    """The collection the map shows: the one asked for, else the first that is no list of areas, else the first."""
    known = places.collections(signed_in=signed_in)
    return known.get(code) or next(
        (one for one in known.values() if not one.level), next(iter(known.values()), None)
    )


def search(text: str, *, signed_in: bool, on: date) -> list[tuple[Any, str, str]]:
    """Places that fit a search, with where each is shown on the map, and the words of its collection."""
    known = places.collections(signed_in=signed_in)
    language = get_language() or ""
    shown = chosen("", signed_in=signed_in)
    found = []
    for place in places.search(text, known, on=on, most=MOST_FOUND):
        its_own = not known[place.collection].level or shown is None
        query = {
            "map": place.collection if its_own else getattr(shown, "code", ""),
            "county": f"{place.area[:6]}000000",
            "place": place.pk,
        }
        name = known[place.collection].name.of(language)
        found.append((place, f"{reverse('portal:places')}?{urlencode(query)}", name))
    return found


def one(pk: str, *, signed_in: bool) -> Any:
    """A place by its number, or None."""
    if not (pk.isascii() and pk.isdigit() and len(pk) < 18):
        return None
    return places.place(int(pk), places.collections(signed_in=signed_in))


def kind_of(place: Any, *, signed_in: bool) -> str:
    """What kind of place it is, in the reader's words."""
    collection = places.collections(signed_in=signed_in).get(place.collection)
    word = places.kinds(collection).get(place.kind) if collection else None
    return word.of(get_language() or "") if word else str(place.properties.get("kind_name") or place.kind)


def lists() -> list[Text]:
    """The names of the official lists, by code."""
    return [one.name for _code, one in sorted(declared("place_list").items())]


def differences(*, signed_in: bool) -> list[Difference]:
    """The towns on which the lists differ."""
    towns = _of_level("town", signed_in=signed_in)
    known, words = declared("place_list"), difference_words()
    codes = sorted(known)
    return [
        Difference(
            one.place,
            [
                (known[c].name, f"{row.code[:9]} {row.name}" if (row := one.said.get(c)) else "")
                for c in codes
            ],
            _listed([str(words[what]) for what in one.differs if what in words]),
        )
        for one in (places.linked(towns.code) if towns else [])
        if one.differs
    ]


def _listed(words: list[str]) -> str:
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(words)


def difference_words() -> dict[str, str]:
    """How lists may differ."""
    return {
        "code": _("another code"),
        "name": _("another name"),
        "parent": _("another parent"),
        "missing": _("in one list only"),
    }
