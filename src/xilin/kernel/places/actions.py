"""Renew collections of places from the league's areas and from the rows in force of resources."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.db import transaction

from xilin.kernel.collect.queries import current
from xilin.kernel.places import store
from xilin.kernel.places.declarations import Collection, ListedArea, NameRules
from xilin.kernel.places.errors import NoCollection, NotGeoJson
from xilin.kernel.places.models import Build, Held, Place, Said
from xilin.kernel.places.pipeline import geometry, lists
from xilin.kernel.places.pipeline.features import Feature
from xilin.kernel.places.pipeline.names import bare
from xilin.kernel.standards.models import Area
from xilin.kernel.standards.queries import declared
from xilin.lib.places import features

NO_RULES = NameRules()


@dataclass
class Gathered:
    """What a collection shall hold, and what can't be used."""

    features: list[Feature] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    read: int = 0
    batches: list[int] = field(default_factory=list)
    together: dict[str, lists.Together] = field(default_factory=dict)


def rules() -> NameRules:
    """The league's rules of names; none where it declares none."""
    return next(iter(declared("place_rules").values()), NO_RULES)


def build_all(con: Any, *, at: datetime) -> list[Build]:
    """Renew every declared collection; those whose resource was never collected are left as they are."""
    found = [build(code, con=con, at=at) for code in declared("place_collection")]
    return [one for one in found if one is not None]


def build(code: str, *, con: Any, at: datetime) -> Build | None:
    """Renew one collection; None where its resource was never collected.

    Everything is one transaction: readers see the former state or the new one.

    Raises:
        NoCollection: it isn't declared.
    """
    collection = declared("place_collection").get(code)
    if collection is None:
        raise NoCollection(collection=code)
    begun = time.monotonic()
    found = _areas(collection, at) if collection.level else _rows(collection, con, at)
    if found is None:
        return None
    return keep(collection.code, found, at=at, begun=begun)


@transaction.atomic
def keep(code: str, found: Gathered, *, at: datetime, begun: float) -> Build:
    """Write what was gathered of a collection, and that it was."""
    merged = store.merge(code, found.features, at)
    Held.objects.filter(collection=code).delete()
    Held.objects.bulk_create(found.held, batch_size=1000)
    if found.together:
        _say(code, found.together)
    for former in Place.objects.filter(collection=code, properties__has_key="successor", successor=None):
        former.successor = Place.objects.filter(collection=code, area=former.properties["successor"]).first()
        former.save(update_fields=["successor"])
    return Build.objects.create(
        collection=code,
        at=at,
        seconds=time.monotonic() - begun,
        read=found.read,
        added=merged.added,
        changed=merged.changed,
        ended=merged.ended,
        held=len(found.held),
        batches=found.batches,
    )


# Areas


def _areas(collection: Collection, at: datetime) -> Gathered:
    level = collection.level
    areas = list(Area.objects.filter(level=level).select_related("parent").order_by("code"))
    found = Gathered(read=len(areas))
    features = {area.code: _of_area(area) for area in areas}
    if level == "county":
        _outlines(areas, features, found, collection, at)
        for former in _former(areas):
            features.setdefault(former.key, former)
    if level == "town":
        _of_lists(features, found)
    found.features = sorted(features.values(), key=lambda one: one.key)
    return found


def _of_area(area: Area) -> Feature:
    return Feature(
        key=area.code,
        name=area.name,
        name_en=area.name_en,
        name_mn=area.name_mn,
        kind=area.kind,
        area=area.code,
        parent=area.parent.code if area.parent else "",
        valid_from=area.valid_from,
        valid_to=area.valid_to,
        source=area.source,
    )


def _outlines(
    areas: Iterable[Area], features: dict[str, Feature], found: Gathered, collection: Collection, at: datetime
) -> None:
    with_outline = [area for area in areas if area.geometry]
    shapes = shapely.from_geojson([_geojson(area.geometry) for area in with_outline])
    checked = geometry.check(shapes, {}, collection.wanted, None, 0)
    for index, (area, shape) in enumerate(zip(with_outline, checked.shapes, strict=True)):
        features[area.code].shape = shape
        if index in checked.reasons:
            found.held.append(
                _held(collection.code, area.code, area.source, None, checked.reasons[index], "", at)
            )


def _geojson(value: Any) -> str:
    return json.dumps(value)


def _former(areas: Iterable[Area]) -> Iterator[Feature]:
    """Areas that are no more: a code that no area has, whose successor is one of another name."""
    by_code = {area.code: area for area in areas}
    gone: dict[tuple[str, str], list[Any]] = {}
    for one in declared("code_meaning").values():
        successor = by_code.get(one.successor)
        if successor and one.code not in by_code and one.name != successor.name:
            gone.setdefault((one.code, one.name), []).append(one)
    for (code, name), said in gone.items():
        parent = by_code[said[0].successor].parent
        yield Feature(
            key=code,
            name=name,
            area=code,
            parent=parent.code if parent else "",
            valid_from=min((one.valid_from for one in said if one.valid_from), default=None),
            valid_to=max((one.valid_to for one in said if one.valid_to), default=None),
            source=said[0].source,
            properties={"successor": said[0].successor},
        )


def _of_lists(features: dict[str, Feature], found: Gathered) -> None:
    """Towns as the official lists have them together; each keeps the key it had, whatever code a list gives it now."""
    order = sorted(declared("place_list"), key=lambda code: (code != _first_list(), code))
    listed: list[ListedArea] = list(declared("listed_area").values())
    if not listed:
        return
    by_rules = rules()
    together = lists.link(listed, order, by_rules)
    keys = _keys(together, by_rules)
    areas, sources = dict(features), declared("place_list")
    features.clear()
    found.read = len(listed)
    for one, key in zip(together, keys, strict=True):
        first = one.first
        known = next((areas[row.code] for row in one.rows.values() if row.code in areas), None)
        feature = known or Feature(key="", source=sources[first.list].source)
        features[key] = Feature(
            key=key,
            name=first.name,
            name_en=feature.name_en,
            name_mn=feature.name_mn,
            kind=first.kind,
            area=first.code,
            parent=first.parent,
            valid_from=feature.valid_from,
            valid_to=feature.valid_to,
            source=feature.source,
            properties={
                **{f"{code}_code": row.code for code, row in one.rows.items()},
                **{f"{code}_name": row.name for code, row in one.rows.items()},
                "linked_by": one.how,
                "lists_differ": [each.what for each in lists.differences(one, order)],
            },
        )
        found.together[key] = one


def _first_list() -> str:
    """The list that the league's areas were taken from: the one that has most of their codes."""
    codes = set(Area.objects.filter(level="town").values_list("code", flat=True))
    counts: dict[str, int] = {}
    for row in declared("listed_area").values():
        counts[row.list] = counts.get(row.list, 0) + (row.code in codes)
    return max(sorted(counts), key=lambda code: counts[code], default="")


def _keys(together: Sequence[lists.Together], by_rules: NameRules) -> list[str]:
    """A key for each area: that of the place a list called so before, else its first code."""
    before: dict[tuple[str, ...], str] = {}
    for said in Said.objects.select_related("place"):
        name = bare(said.name, by_rules)
        before[said.list, said.code, name] = said.place.key
        before.setdefault((said.list, name, said.parent), said.place.key)
    taken: set[str] = set()
    known = set(
        Place.objects.filter(key__in=[row.code for one in together for row in one.rows.values()]).values_list(
            "key", flat=True
        )
    ) | set(before.values())
    found: list[str] = [""] * len(together)
    for strict in (True, False):
        for index, one in enumerate(together):
            wanted = [
                before.get((row.list, row.code, bare(row.name, by_rules)))
                if strict
                else before.get((row.list, bare(row.name, by_rules), row.parent))
                for row in one.rows.values()
            ]
            key = next((key for key in wanted if key and key not in taken), "")
            if key and not found[index]:
                found[index] = key
                taken.add(key)
    for index, one in enumerate(together):
        if not found[index]:
            key, nth = one.first.code, 2
            while key in taken or (before and key in known):
                key, nth = f"{one.first.code}.{nth}", nth + 1
            found[index] = key
            taken.add(key)
    return found


def _say(code: str, together: dict[str, lists.Together]) -> None:
    ids = dict(Place.objects.filter(collection=code, key__in=together).values_list("key", "pk"))
    Said.objects.filter(place__collection=code).delete()
    Said.objects.bulk_create(
        Said(
            place_id=ids[key],
            list=row.list,
            code=row.code,
            name=row.name,
            parent=row.parent,
            kind=row.kind,
            how=one.how,
        )
        for key, one in together.items()
        for row in one.rows.values()
    )


# Resources


def _rows(collection: Collection, con: Any, at: datetime) -> Gathered | None:
    table = current(con, collection.resource)
    if table is None:
        return None
    columns = [column for column in collection.columns if column in table.columns]
    held = table.select("_source", "_key", "_batch", *columns).to_pyarrow()
    data = {name: held.column(name).to_pylist() for name in held.column_names}
    if collection.geometry:
        shapes, wrong = geometry.from_text(data[collection.geometry])
    else:
        shapes, wrong = geometry.points(data[collection.longitude], data[collection.latitude])
    checked = geometry.check(shapes, wrong, collection.wanted, outline(), rules().tolerance_km)
    words = _words(collection)
    found = Gathered(read=held.num_rows, batches=sorted(set(data["_batch"])))
    for index, shape in enumerate(checked.shapes):
        source, key, batch = data["_source"][index], data["_key"][index], data["_batch"][index]
        if index in checked.reasons:
            text = (
                str(data[collection.geometry][index] or "")[:2000]
                if collection.geometry
                else str(shapes[index] or "")
            )
            found.held.append(
                _held(collection.code, f"{source}:{key}", source, batch, checked.reasons[index], text, at)
            )
            continue
        row = {name: data[name][index] for name in columns}
        found.features.append(
            Feature(
                key=f"{source}:{key}",
                name=str(row.get(collection.label) or ""),
                kind=str(row.get(collection.kind) or ""),
                area=str(row.get(collection.area) or ""),
                properties=_properties(collection, row, words),
                shape=shape,
                source=source,
                batch=batch,
            )
        )
    return found


def _words(collection: Collection) -> dict[str, dict[str, str]]:
    """For each column whose values are codes, their Chinese words."""
    resource, elements, code_lists = (
        declared("resource")[collection.resource],
        declared("element"),
        declared("code_list"),
    )
    found = {}
    for item in resource.item:
        element = elements.get(item.element)
        if item.key in (collection.kind, *collection.properties) and element and element.code_list:
            found[item.key] = {entry.code: entry.zh for entry in code_lists[element.code_list].entries}
    return found


def _properties(
    collection: Collection, row: dict[str, Any], words: dict[str, dict[str, str]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in collection.properties:
        value = row.get(name)
        found[name] = value.isoformat() if isinstance(value, date) else value
        if name in words:
            found[f"{name}_name"] = words[name].get(str(value), "")
    if collection.kind in words:
        found["kind_name"] = words[collection.kind].get(str(row.get(collection.kind)), "")
    return found


def outline() -> Any | None:
    """The league as one shape: its counties' outlines together; None where none is published."""
    told = [
        _geojson(one) for one in Area.objects.filter(level="county").values_list("geometry", flat=True) if one
    ]
    shapes = [shape for shape in shapely.from_geojson(told) if shape.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(shapely.make_valid(shapes)) if shapes else None


def _held(
    collection: str, key: str, source: str, batch: int | None, reasons: list[str], found: str, at: datetime
) -> Held:
    return Held(
        collection=collection,
        key=key,
        source=source,
        batch=batch,
        reasons=[geometry.told(reason) for reason in reasons],
        found=found,
        at=at,
    )


# Files


def load(code: str, file: Path, *, key: str, name: str, area: str, at: datetime) -> Build:
    """Bring a collection to what a GeoJSON file holds (CGCS2000, longitude before latitude).

    Raises:
        NoCollection: it isn't declared.
        NotGeoJson: the file is no feature collection.
    """
    begun = time.monotonic()
    collection = declared("place_collection").get(code)
    if collection is None:
        raise NoCollection(collection=code)
    try:
        rows = [feature for _line, feature in features(file.read_text("utf-8-sig"))]
        about = [dict(row.get("properties") or {}) for row in rows]
    except (OSError, ValueError, AttributeError, TypeError):
        raise NotGeoJson(file=file.name) from None
    texts = [_geojson(row["geometry"]) if row.get("geometry") else None for row in rows]
    shapes = shapely.from_geojson(np.array(texts, dtype=object), on_invalid="ignore")
    wrong = {
        index: "unreadable" if text else "missing"
        for index, (text, shape) in enumerate(zip(texts, shapes, strict=True))
        if shape is None
    }
    keys = [str(one.get(key, rows[index].get("id", index + 1))) for index, one in enumerate(about)]
    seen: set[str] = set()
    for index, one in enumerate(keys):
        if one in seen:
            wrong.setdefault(index, "again")
        seen.add(one)
    checked = geometry.check(shapes, wrong, collection.wanted, outline(), rules().tolerance_km)
    found = Gathered(read=len(rows))
    for index, shape in enumerate(checked.shapes):
        if index in checked.reasons:
            text = (texts[index] or "")[:2000]
            found.held.append(
                _held(code, f"file:{keys[index]}", file.name, None, checked.reasons[index], text, at)
            )
            continue
        shown = {one: about[index][one] for one in collection.properties if one in about[index]}
        found.features.append(
            Feature(
                key=f"file:{keys[index]}",
                name=str(about[index].get(name) or ""),
                kind=str(about[index].get(collection.kind) or ""),
                area=str(about[index].get(area) or ""),
                properties=shown,
                shape=shape,
                source=file.name,
            )
        )
    return keep(code, found, at=at, begun=begun)
