"""Reading places: collections, features by bounds, time and properties, lists and their differences, codes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import shapely
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, Substr

from xilin.kernel.places.declarations import Collection, Meaning, NameRules
from xilin.kernel.places.errors import AddressEmpty, NoCollection, NoPlace
from xilin.kernel.places.models import Build, Held, Place, Said, Version
from xilin.kernel.places.pipeline import addresses, lists, tiles
from xilin.kernel.places.pipeline.geometry import within_cell
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib import mongolian
from xilin.lib.declared import League
from xilin.lib.text import Text

Box = tuple[float, float, float, float]
OVERLAPS = "box(point(west, south), point(east, north)) && box(point(%s, %s), point(%s, %s))"
FILTERS = ("name", "kind", "area", "parent")
WORDS_FROM = 8


def collections(*, signed_in: bool) -> dict[str, Collection]:
    """The collections someone may see, in the order of their declaration."""
    found: dict[str, Collection] = declared("place_collection")
    order = {"county": 0, "town": 1, "village": 2, "": 3}
    return {
        code: one
        for code, one in sorted(found.items(), key=lambda pair: (order[pair[1].level], pair[0]))
        if one.public or signed_in
    }


def collection(code: str, *, signed_in: bool) -> Collection:
    """One collection.

    Raises:
        NoCollection: there is none, or it isn't for the caller: the same answer.
    """
    found = collections(signed_in=signed_in).get(code)
    if found is None:
        raise NoCollection(collection=code)
    return found


@dataclass(frozen=True)
class Wanted:
    """What is asked of a collection: bounds in storage order, a stretch of days, properties, an H3 cell."""

    box: Box | None = None
    since: date | None = None
    until: date | None = None
    any_time: bool = False
    equal: Mapping[str, str] = field(default_factory=dict)
    cell: str = ""


def features(code: str, wanted: Wanted, *, on: date) -> QuerySet[Place]:
    """The places of a collection that fit, by id. Without a time those that are places on the day `on`."""
    found = Place.objects.filter(collection=code).order_by("pk")
    if wanted.any_time:
        if wanted.until:
            found = found.filter(Q(valid_from=None) | Q(valid_from__lte=wanted.until))
        if wanted.since:
            found = found.filter(Q(valid_to=None) | Q(valid_to__gte=wanted.since))
    else:
        found = found.filter(Q(valid_to=None) | Q(valid_to__gte=on), ended_at=None)
    for name, value in wanted.equal.items():
        found = found.filter(**{name: value}) if name in FILTERS else found.filter(_has(name, value))
    if wanted.cell:
        low, high = within_cell(wanted.cell)
        found = found.filter(cell__gte=low, cell__lte=high)
    if wanted.box:
        found = _overlapping(found, wanted.box)
    return found


def _has(name: str, value: str) -> Q:
    """A property that is this text, or this number."""
    fits = Q(**{f"properties__{name}": value})
    try:
        number = float(value)
    except ValueError:
        return fits
    return fits | Q(**{f"properties__{name}": number}) if isfinite(number) else fits


def _overlapping(found: QuerySet[Place], box: Box) -> QuerySet[Place]:
    """Those whose bounds meet a box; a box whose west lies east of its east goes over the 180th meridian."""
    west, south, east, north = box
    boxes = [box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
    meets = Q()
    for number, (a, b, c, d) in enumerate(boxes):
        name = f"meets{number}"
        found = found.alias(**{name: RawSQL(OVERLAPS, [a, b, c, d])})  # noqa: S611 - parameters only
        meets |= Q(**{name: True})
    return found.filter(meets)


def feature(code: str, pk: int) -> Place:
    """One place of a collection, in force or not.

    Raises:
        NoPlace: the collection doesn't have it.
    """
    found = Place.objects.filter(collection=code, pk=pk).select_related("successor").first()
    if found is None:
        raise NoPlace(collection=code, place=pk)
    return found


def history(place: Place) -> list[Version]:
    """What a place was before, newest first."""
    return list(place.versions.order_by("-replaced_at"))


def extent(code: str) -> Box | None:
    """The bounds of a collection's places in force, in degrees; found once for each renewal."""
    renewed = pulse()
    return _extent(code, renewed) if renewed else _extent.__wrapped__(code, renewed)


@lru_cache(maxsize=64)
def _extent(code: str, _renewed: int) -> Box | None:
    found = Place.objects.filter(collection=code, ended_at=None).aggregate(
        west=Min("west"), south=Min("south"), east=Max("east"), north=Max("north")
    )
    if found["west"] is None:
        return None
    return found["west"], found["south"], found["east"], found["north"]


def newest(code: str) -> Build | None:
    """The newest renewal of a collection: what names the state it is in."""
    return Build.objects.filter(collection=code).order_by("-pk").first()


def pulse() -> int:
    """What changes with every renewal of a collection, cheaply asked."""
    return Build.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def state(code: str) -> int:
    """The number of the newest renewal that changed something: what a collection holds is the same while it is."""
    changing = Build.objects.filter(collection=code).exclude(added=0, changed=0, ended=0)
    return changing.aggregate(newest=Max("pk"))["newest"] or 0


def counts(*, on: date) -> Mapping[str, int]:
    """How many places each collection has on a day; counted once for each renewal."""
    renewed = pulse()
    return _counts(on, renewed) if renewed else _counts.__wrapped__(on, renewed)


@lru_cache(maxsize=8)
def _counts(on: date, _renewed: int) -> Mapping[str, int]:
    found = Place.objects.filter(Q(valid_to=None) | Q(valid_to__gte=on), ended_at=None)
    rows = found.order_by().values_list("collection").annotate(Count("pk"))
    return MappingProxyType(dict(rows))


def by_county(code: str) -> Mapping[str, int]:
    """How many places in force of a collection each county has, by its 12-digit code; counted once for each renewal."""
    renewed = pulse()
    return _by_county(code, renewed) if renewed else _by_county.__wrapped__(code, renewed)


@lru_cache(maxsize=32)
def _by_county(code: str, _renewed: int) -> Mapping[str, int]:
    rows = (
        Place.objects.filter(collection=code, ended_at=None)
        .exclude(area="")
        .order_by()
        .annotate(county=Substr("area", 1, 6))
        .values_list("county")
        .annotate(Count("pk"))
    )
    return MappingProxyType({f"{county}000000": count for county, count in rows})


def search(text: str, codes: Iterable[str], *, on: date, most: int = 50) -> list[Place]:
    """Places whose name or code has these characters, areas before what lies in them, shorter names first."""
    text = text.strip()
    if not text:
        return []
    if mongolian.there(text):
        return _in_mongolian(text, codes, on=on, most=most)
    found = Place.objects.filter(
        Q(name__icontains=text) | Q(name_en__icontains=text) | Q(area__startswith=text),
        Q(valid_to=None) | Q(valid_to__gte=on),
        collection__in=list(codes),
        ended_at=None,
    )
    return list(found.order_by(Length("name"), "pk")[:most])


def _in_mongolian(text: str, codes: Iterable[str], *, on: date, most: int) -> list[Place]:
    """Places whose Mongolian name has the words, however either is encoded: few have one, and they are compared here."""
    named = Place.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=on), collection__in=list(codes), ended_at=None
    ).exclude(name_mn="")
    names = named.order_by(Length("name_mn"), "pk").values_list("pk", "name_mn")
    keys = [pk for pk, name in names.iterator() if mongolian.alike(text, name)][:most]
    found = Place.objects.in_bulk(keys)
    return [found[pk] for pk in keys]


def held(code: str) -> QuerySet[Held]:
    """The features of a collection that can't be used, with reasons."""
    return Held.objects.filter(collection=code)


def said(place: Place) -> list[Said]:
    """What the official lists say of a place."""
    return list(place.said.order_by("list"))


@dataclass(frozen=True, slots=True)
class Linked:
    """An area as the lists have it, and where they differ."""

    place: Place
    said: dict[str, Said]
    how: str
    differs: tuple[str, ...]


def linked(code: str) -> list[Linked]:
    """Every area of a collection with what each list says, those that differ first."""
    places = {one.pk: one for one in Place.objects.filter(collection=code, ended_at=None)}
    rows: dict[int, dict[str, Said]] = {}
    for one in Said.objects.filter(place__collection=code, place__ended_at=None).order_by("list"):
        rows.setdefault(one.place_id, {})[one.list] = one
    found = [
        Linked(
            places[pk],
            by_list,
            next(iter(by_list.values())).how,
            tuple(places[pk].properties.get("lists_differ", ())),
        )
        for pk, by_list in rows.items()
    ]
    return sorted(found, key=lambda one: (not one.differs, one.place.key))


def meanings(code: str, on: date | None) -> list[Meaning]:
    """What an area code meant on a day, one for each book of codes; all it ever meant without a day."""
    return lists.meanings(lists.padded(code), on, declared("code_meaning").values())


def tile(one: Collection, zoom: int, column: int, row: int, *, on: date, most: int = 20_000) -> bytes:
    """A vector tile of a collection's places in force; empty where none lies in it.

    Areas smaller than half a pixel are left out, and of the others the largest are kept where there are more than `most`.
    Below level `WORDS_FROM` a feature says its kind only: thousands stand in one tile, and nobody can read their names.
    """
    box = tiles.degrees(zoom, column, row)
    found = features(one.code, Wanted(box=box), on=on).exclude(geometry=None)
    size = F("east") - F("west")
    if one.wanted != "point":
        found = (
            found.annotate(size=size)
            .filter(Q(size__gte=tiles.tiny(zoom)) | Q(size=0))
            .order_by("-size", "pk")
        )
    if zoom < WORDS_FROM and not one.level:
        brief = found.values_list("pk", "geometry", "kind")[:most]
        return tiles.encode(
            one.code, zoom, column, row, [(pk, bytes(wkb or b""), {"kind": kind}) for pk, wkb, kind in brief]
        )
    rows = found.values_list("pk", "geometry", "name", "kind", "area", "properties")[:most]
    return tiles.encode(
        one.code,
        zoom,
        column,
        row,
        [
            (pk, bytes(wkb or b""), {"name": name, "kind": kind, "area": area} | properties)
            for pk, wkb, name, kind, area, properties in rows
        ],
    )


def areas_of(league: League) -> list[addresses.Area]:
    """The areas of a league folder as an address may name them; towns also by the names of other lists."""
    rows = league.all("area")
    other: dict[str, set[str]] = {}
    for listed in league.all("listed_area").values():
        other.setdefault(listed.value.code, set()).add(listed.value.name)
    rules = next((one.value for one in league.all("place_rules").values()), NameRules())
    return _areas([one.value for one in rows.values()], other, rules)


def _areas(rows: Iterable[Any], other: Mapping[str, set[str]], rules: NameRules) -> list[addresses.Area]:
    aliases: dict[str, set[str]] = {}
    for name, code in rules.aliases.items():
        aliases.setdefault(code, set()).add(name)
    return [
        addresses.Area(
            row.code,
            row.name,
            row.level,
            row.parent,
            tuple(sorted((other.get(row.code, set()) | aliases.get(row.code, set())) - {row.name})),
        )
        for row in rows
        if row.level in addresses.LEVELS
    ]


def gazetteer() -> addresses.Gazetteer:
    """The declared areas, ready to be found in addresses; made once for each version of the declarations."""
    version = current_version()
    return _gazetteer(version.digest if version else "")


@lru_cache(maxsize=2)
def _gazetteer(_digest: str) -> addresses.Gazetteer:
    other: dict[str, set[str]] = {}
    for listed in declared("listed_area").values():
        other.setdefault(listed.code, set()).add(listed.name)
    rules = next(iter(declared("place_rules").values()), NameRules())
    return addresses.Gazetteer(_areas(declared("area").values(), other, rules), rules)


def code_address(text: str) -> addresses.Coded:
    """An address coded to its village.

    Raises:
        AddressEmpty: it has fewer than two characters or more than two hundred.
    """
    if not 2 <= len(text.strip()) <= 200:
        raise AddressEmpty
    return gazetteer().code(text)


def spots(code: str, county: str, *, on: date, most: int) -> list[tuple[int, str, float, float]]:
    """Points of a collection in a county, spread over all of them, at most so many: id, name, longitude, latitude."""
    there = inside(code, county, on=on).points
    if not there:
        return []
    found = features(code, Wanted(), on=on).filter(area__startswith=county[:6], shape="Point")
    if there > most:
        found = found.annotate(turn=F("pk") % (there // most + 1)).filter(turn=0)
    return [
        (number, name, west, south)
        for number, name, west, south in found.values_list("pk", "name", "west", "south")[:most]
        if west is not None and south is not None
    ]


def outlines(code: str, county: str, *, on: date, most: int, fine: float) -> list[tuple[str, dict[str, Any]]]:
    """Kind and outline (GeoJSON) of a collection's areas in a county, the largest first, at most so many.

    Args:
        code: the collection's.
        county: its 12-digit code.
        on: the day on which they are places.
        most: how many.
        fine: how far, in degrees, an outline may lie beside the one that is kept.
    """
    found = features(code, Wanted(), on=on).filter(area__startswith=county[:6])
    found = found.exclude(geometry=None).exclude(shape="Point").order_by((F("west") - F("east")).asc(), "pk")
    rows = [
        (kind, bytes(wkb)) for kind, wkb in found.values_list("kind", "geometry")[:most] if wkb is not None
    ]
    shapes = shapely.from_wkb(np.array([wkb for _, wkb in rows], dtype=np.object_))
    written = shapely.to_geojson(shapely.simplify(shapes, fine))
    return [(kind, msgspec.json.decode(text)) for (kind, _), text in zip(rows, written, strict=True)]


@dataclass(frozen=True, slots=True)
class Inside:
    """What of a collection lies in a county: how many of each kind; how many of all have an outline, how many are points."""

    kinds: Mapping[str, int]
    outlined: int
    points: int


def inside(code: str, county: str, *, on: date) -> Inside:
    """How many places of a collection a county has; counted once for each renewal."""
    renewed = pulse()
    return _inside(code, county, on, renewed) if renewed else _inside.__wrapped__(code, county, on, renewed)


@lru_cache(maxsize=256)
def _inside(code: str, county: str, on: date, _renewed: int) -> Inside:
    found = features(code, Wanted(), on=on).filter(area__startswith=county[:6]).order_by()
    there, point = Q(geometry__isnull=False), Q(shape="Point")
    rows = list(
        found.values_list("kind").annotate(
            Count("pk"), outlined=Count("pk", filter=there & ~point), points=Count("pk", filter=there & point)
        )
    )
    return Inside(
        MappingProxyType({kind: count for kind, count, *_ in rows}),
        sum(outlined for _, _, outlined, _ in rows),
        sum(points for *_, points in rows),
    )


def kinds(one: Collection) -> dict[str, Text]:
    """What the kinds of a collection are called, in the order of their code list; nothing where they are words already."""
    resource = declared("resource").get(one.resource)
    item = next((item for item in resource.item if item.key == one.kind), None) if resource else None
    element = declared("element").get(item.element) if item else None
    entries = declared("code_list")[element.code_list].entries if element and element.code_list else ()
    return {entry.code: Text(zh=entry.zh, en=entry.en) for entry in entries}


def column_names(one: Collection) -> dict[str, Text]:
    """What the columns of a collection's resource are called."""
    resource, elements = declared("resource").get(one.resource), declared("element")
    found = {}
    for item in resource.item if resource else ():
        name = item.name or (elements[item.element].name if item.element in elements else None)
        if name is not None:
            found[item.key] = Text(zh=name.zh, en=name.en, mn=name.mn)
    return found


def list_names() -> dict[str, Text]:
    """What the official lists are called, by code."""
    return {code: one.name for code, one in sorted(declared("place_list").items())}


def named(code: str, parent: str, *, on: date) -> list[Place]:
    """The areas of a collection that lie in an area, by code."""
    return list(features(code, Wanted(), on=on).filter(parent=parent).order_by("area"))


def place(pk: int, codes: Iterable[str]) -> Place | None:
    """A place of one of these collections, or None."""
    return Place.objects.filter(pk=pk, collection__in=list(codes)).select_related("successor").first()


def geojson(place: Place) -> dict[str, Any] | None:
    """The geometry of a place, longitude before latitude; None where it has none."""
    if place.geometry is None:
        return None
    found: dict[str, Any] = json.loads(shapely.to_geojson(shapely.from_wkb(bytes(place.geometry))))
    return found
