"""Documents and features as answers: links, JSON, GeoJSON in a coordinate system, HTML for people."""

from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec
import numpy as np
import shapely
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.places.declarations import Collection
from xilin.kernel.places.models import Place
from xilin.kernel.places.pipeline import crs
from xilin.kernel.standards.queries import declaration
from xilin.lib.text import Text

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
METRES = 3


def wants_html(request: HttpRequest) -> bool:
    """Whether the caller wants a page: `f=html`, or a browser's Accept."""
    wanted = request.GET.get("f")
    if wanted:
        return wanted == "html"
    return bool(request.get_preferred_type([JSON, GEOJSON, HTML]) == HTML)


def answer(
    request: HttpRequest, document: Any, template: str, context: Mapping[str, Any], content_type: str = JSON
) -> HttpResponse:
    """The document as JSON, or the page of it."""
    response = (
        render(request, template, dict(context))
        if wants_html(request)
        else HttpResponse(msgspec.json.encode(document), content_type=content_type)
    )
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    return response


def words(text: Text) -> str:
    """Declared words in the reader's language."""
    return text.of(get_language() or "")


@dataclass(frozen=True)
class Site:
    """Addresses of this service as the caller reaches it."""

    request: HttpRequest

    def url(self, name: str, /, *parts: object, **query: object) -> str:
        """The absolute address of a view, with a query."""
        path = self.request.build_absolute_uri(reverse(f"places:{name}", args=parts))
        return f"{path}?{urlencode(query)}" if query else path

    def link(self, rel: str, href: str, kind: str, title: str = "") -> dict[str, str]:
        """A link object (RFC 8288 relations)."""
        found = {"href": href, "rel": rel, "type": kind}
        return found | {"title": title} if title else found

    def both(
        self, name: str, *parts: object, kind: str = JSON, query: Mapping[str, object] | None = None
    ) -> list[dict[str, str]]:
        """This document, and the same in the other form."""
        query = dict(query or {})
        html = wants_html(self.request)
        as_json = self.url(name, *parts, **query | {"f": "json"})
        as_html = self.url(name, *parts, **query | {"f": "html"})
        return [
            self.link("alternate" if html else "self", as_json, kind),
            self.link("self" if html else "alternate", as_html, HTML),
        ]


def told(site: Site, one: Collection, box: tuple[float, ...] | None) -> dict[str, Any]:
    """A collection's metadata."""
    found: dict[str, Any] = {
        "id": one.code,
        "title": words(one.name),
        "description": words(one.summary),
        "itemType": "feature",
        "crs": list(crs.SUPPORTED),
        "storageCrs": crs.STORAGE,
        "links": [
            *site.both("collection", one.code),
            site.link("items", site.url("items", one.code), GEOJSON, words(one.name)),
            site.link("items", site.url("items", one.code, f="html"), HTML, words(one.name)),
            site.link(
                "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", site.url("tilesets", one.code), JSON
            ),
        ],
    }
    if box:
        found["extent"] = {"spatial": {"bbox": [list(box)], "crs": crs.CRS84}}
    return found


def features(places: Sequence[Place], system: str) -> list[dict[str, Any]]:
    """Places as GeoJSON features with coordinates in a system, in the order of its axes."""
    shapes = np.full(len(places), None, dtype=object)
    if len(places):
        shapes[:] = shapely.from_wkb(
            np.array([bytes(p.geometry) if p.geometry else None for p in places], dtype=object)
        )
        shapes = crs.from_storage(shapes, system)
    if not crs.reference(system).degrees:
        shapes = shapely.transform(shapes, lambda at: np.round(at, METRES))
    written = shapely.to_geojson(shapes)
    return [
        {
            "type": "Feature",
            "id": place.pk,
            "geometry": msgspec.Raw(text.encode()) if text else None,
            "properties": properties(place),
        }
        for place, text in zip(places, written, strict=True)
    ]


def properties(place: Place) -> dict[str, Any]:
    """What a place says of itself; empty fields are left out."""
    found = {
        "name": place.name,
        "name_en": place.name_en,
        "name_mn": place.name_mn,
        "kind": place.kind,
        "area": place.area,
        "parent": place.parent,
        "valid_from": place.valid_from,
        "valid_to": place.valid_to,
        "successor_id": place.successor_id,
        "source": place.source,
        "batch": place.batch,
    }
    told: dict[str, Any] = {name: value for name, value in found.items() if value not in ("", None)}
    return told | dict(place.properties)


def lines(
    place: Place, names: Mapping[str, Text], lists: Several[str] = (), kind: str = ""
) -> list[tuple[str, Any]]:
    """What a place says of itself, for a page: labels in words, the word in place of a code, lists in one line.

    `names` are those of the columns of its collection; what the official `lists` say is left out. `kind`
    is its kind in the reader's words.
    """
    labels = {
        "name": _("Place name"),
        "name_en": _("English name"),
        "name_mn": _("Mongolian name"),
        "kind": _("Kind"),
        "area": _("Area code"),
        "parent": _("Parent area"),
        "valid_from": _("In force from"),
        "valid_to": _("In force to"),
        "source": _("Source"),
        "batch": _("Batch"),
        "linked_by": _("Lists linked by"),
        "lists_differ": _("Lists differ in"),
    }
    told, said = properties(place), {f"{code}_{what}" for code in lists for what in ("code", "name")}
    spoken = _spoken()
    found = []
    for name, value in told.items():
        if name in said or (name.endswith("_name") and name.removesuffix("_name") in told):
            continue
        value = (kind if name == "kind" else told.get(f"{name}_name")) or value
        if name == "parent":
            value = area_called(value)
        label = labels.get(name) or (words(names[name]) if name in names else name)
        if name in ("linked_by", "lists_differ"):
            value = [spoken.get(one, one) for one in (value if isinstance(value, list) else [value])]
        found.append((label, _joined(value) if isinstance(value, list) else value))
    return [one for one in found if one[1] != ""]


def area_called(code: str) -> str:
    """An area by its name in the reader's words, with its code; the code alone where it is declared no more."""
    found = declaration("area", code)
    if found is None:
        return code
    return f"{words(Text(zh=found.name, en=found.name_en, mn=found.name_mn))} {code}"


def kind(place: Place, kinds: Mapping[str, Text]) -> str:
    """What kind of place it is, in the reader's words where its collection has a list of kinds."""
    if place.kind in kinds:
        return words(kinds[place.kind])
    return str(place.properties.get("kind_name") or place.kind)


def conditions(given: Mapping[str, str], names: Mapping[str, Text]) -> list[tuple[str, str]]:
    """What items were narrowed to, for a page: labels in words, values as they were given."""
    labels = {
        "bbox": _("within"),
        "datetime": _("as of"),
        "h3": _("in the cell"),
        "crs": _("coordinates in"),
        "kind": _("Kind"),
        "area": _("Area code"),
        "parent": _("Parent area"),
        "name": _("Place name"),
    }
    shown = {name: value for name, value in given.items() if name not in ("limit", "after")}
    return [
        (labels.get(name) or (words(names[name]) if name in names else name), value)
        for name, value in shown.items()
    ]


def _joined(values: Sequence[Any]) -> str:
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(map(str, values))


def _spoken() -> dict[str, str]:
    """How rows of official lists were linked and where they differ, in words."""
    return {
        "code_and_name": _("the same code and name"),
        "name_and_parent": _("the same name in the same area"),
        "code_and_sound": _("the same code and a name that sounds the same"),
        "name_within": _("the same name, one area within the other"),
        "alone": _("in one list only"),
        "code": _("Area code"),
        "name": _("Place name"),
        "parent": _("Parent area"),
        "missing": _("one list has it not"),
    }
