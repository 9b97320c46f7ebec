"""The addresses of the service: landing page, collections, items, tiles, codes and addresses."""

from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.kernel.places import queries
from xilin.kernel.places.api import answers, asked, openapi
from xilin.kernel.places.api.answers import GEOJSON, HTML, JSON, OPENAPI, Site, answer
from xilin.kernel.places.errors import AddressEmpty, NoTile
from xilin.kernel.places.pipeline import crs, tiles
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

CONFORMS = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)
QUAD = "WebMercatorQuad"
TITLE = Text(
    zh="地点基础库",
    en="Base registry of places",
    mn="ᠭᠠᠵᠠᠷ\u202fᠤᠨ ᠰᠠᠭᠤᠷᠢ ᠳᠠᠩᠰᠠ",
    mn_cyrl="Газрын суурь бүртгэл",
)
ABOUT = Text(
    zh="行政区划、宗地、草场与兴趣点，CGCS2000；按 OGC API 要素标准提供。",
    en="Areas, parcels, grassland and points of interest in CGCS2000, served as OGC API - Features.",
)
DAY_SECONDS = 86_400


class AddressAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request to code an address."""

    address: str


def _signed_in(request: HttpRequest) -> bool:
    return bool(getattr(request, "user", None) and request.user.is_authenticated)


def _today() -> date:
    return timezone.localdate()


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What there is, and where."""
    asked.known(request, ("f",))
    site = Site(request)
    document = {
        "title": answers.words(TITLE),
        "description": answers.words(ABOUT),
        "links": [
            *site.both("landing"),
            site.link("service-desc", site.url("openapi"), OPENAPI, "OpenAPI 3.0"),
            site.link("service-doc", site.url("landing", f="html"), HTML),
            site.link("conformance", site.url("conformance"), JSON),
            site.link("data", site.url("collections"), JSON),
        ],
    }
    return answer(request, document, "places/landing.html", _landing())


def _landing() -> dict[str, Any]:
    """What the landing page shows."""
    return {"title": answers.words(TITLE), "about": answers.words(ABOUT), "conforms": CONFORMS}


@require_safe
def conformance(request: HttpRequest) -> HttpResponse:
    """The conformance classes."""
    asked.known(request, ("f",))
    return answer(
        request,
        {"conformsTo": CONFORMS},
        "places/landing.html",
        _landing(),
    )


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    base = request.build_absolute_uri(request.path.removesuffix("/openapi.json"))
    document = openapi.document(base, queries.collections(signed_in=_signed_in(request)))
    return answer(request, document, "places/landing.html", _landing(), OPENAPI)


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """The collections the caller may see."""
    asked.known(request, ("f",))
    site, counts = Site(request), queries.counts(on=_today())
    found = queries.collections(signed_in=_signed_in(request))
    document = {
        "links": site.both("collections"),
        "crs": crs.SUPPORTED,
        "collections": [answers.told(site, one, queries.extent(one.code)) for one in found.values()],
    }
    context = {"collections": [(one, counts.get(one.code, 0)) for one in found.values()]}
    return answer(request, document, "places/collections.html", context)


@require_safe
def collection(request: HttpRequest, code: str) -> HttpResponse:
    """One collection."""
    one = queries.collection(code, signed_in=_signed_in(request))
    asked.known(request, ("f",))
    context = _about(one)
    return answer(
        request, answers.told(Site(request), one, context["box"]), "places/collection.html", context
    )


def _about(one: Any) -> dict[str, Any]:
    """What the page of a collection shows."""
    return {
        "collection": one,
        "box": queries.extent(one.code),
        "build": queries.newest(one.code),
        "count": queries.counts(on=_today()).get(one.code, 0),
        "systems": crs.SUPPORTED,
    }


@require_safe
def items(request: HttpRequest, code: str) -> HttpResponse:
    """Features: filtered, a page of them, in the coordinate system asked for."""
    one = queries.collection(code, signed_in=_signed_in(request))
    wanted, site = asked.items(request, one), Site(request)
    fitting = queries.features(code, wanted.wanted, on=_today())
    matched = fitting.count()
    found = list(fitting.filter(pk__gt=wanted.after)[: wanted.limit + 1])
    more, found = len(found) > wanted.limit, found[: wanted.limit]
    kinds = queries.kinds(one)
    given = {name: request.GET[name] for name in request.GET if name != "f"}
    links = site.both("items", code, kind=GEOJSON, query=given)
    links.append(site.link("collection", site.url("collection", code), JSON))
    following = {**given, "after": found[-1].pk} if more else {}
    if more:
        links.append(site.link("next", site.url("items", code, **following), GEOJSON))
    as_html = answers.wants_html(request)
    document = {
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": len(found),
        "timeStamp": timezone.now(),
        "links": links,
        "features": [] if as_html else answers.features(found, wanted.crs),
    }
    context = {
        "collection": one,
        "places": [(place, answers.kind(place, kinds)) for place in found],
        "matched": matched,
        "given": answers.conditions(given, queries.column_names(one)),
        "next": site.url("items", code, f="html", **following) if more else "",
    }
    response = answer(request, document, "places/items.html", context, GEOJSON)
    response.headers["Content-Crs"] = f"<{wanted.crs}>"
    return response


@require_safe
def item(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One feature."""
    one = queries.collection(code, signed_in=_signed_in(request))
    asked.known(request, ("crs", "f"))
    system, site = asked.system(request), Site(request)
    place = queries.feature(code, pk)
    (feature,) = answers.features([place], system)
    links = site.both("item", code, pk, kind=GEOJSON)
    links.append(site.link("collection", site.url("collection", code), JSON))
    names = queries.list_names()
    said = [
        {"list": answers.words(names.get(row.list, Text(zh=row.list))), "code": row.code, "name": row.name}
        for row in queries.said(place)
    ]
    context = {
        "collection": one,
        "place": place,
        "lines": answers.lines(
            place, queries.column_names(one), names, answers.kind(place, queries.kinds(one))
        ),
        "title": answers.words(Text(zh=place.name or place.key, en=place.name_en)),
        "said": said,
        "versions": queries.history(place),
    }
    response = answer(request, feature | {"links": links}, "places/item.html", context, GEOJSON)
    response.headers["Content-Crs"] = f"<{system}>"
    return response


# Tiles


@require_safe
def tilesets(request: HttpRequest, code: str) -> HttpResponse:
    """The tile sets of a collection: one, in the web's usual grid."""
    one = queries.collection(code, signed_in=_signed_in(request))
    site = Site(request)
    template = site.url("tile", code, 0, 0, 0).replace("/0/0/0.mvt", "/{tileMatrix}/{tileCol}/{tileRow}.mvt")
    document = {
        "tilesets": [
            {
                "title": answers.words(one.name),
                "dataType": "vector",
                "crs": tiles.MERCATOR,
                "tileMatrixSetURI": f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}",
                "links": [
                    {"rel": "item", "type": tiles.MEDIA_TYPE, "href": template, "templated": True},
                    site.link(
                        "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                        f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{QUAD}",
                        JSON,
                    ),
                ],
            }
        ],
        "links": site.both("tilesets", code),
    }
    return answer(request, document, "places/collection.html", _about(one))


@require_safe
def tile(request: HttpRequest, code: str, zoom: int, column: int, row: int) -> HttpResponse:
    """A vector tile; unchanged while the collection is not renewed (ETag)."""
    signed_in = _signed_in(request)
    one = queries.collection(code, signed_in=signed_in)
    if zoom > tiles.MOST_ZOOM or column >= 2**zoom or row >= 2**zoom:
        raise NoTile(tile=f"{zoom}/{column}/{row}", most=tiles.MOST_ZOOM)
    today = _today()
    state = f"{code}-{queries.state(code)}-{today:%Y%m%d}"
    tag = f'"{state}-{zoom}-{column}-{row}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        content = _tile(state, one, zoom, column, row, today)
        response = HttpResponse(content, content_type=tiles.MEDIA_TYPE, status=200 if content else 204)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = (
        f"{'public' if one.public else 'private'}, max-age=300, stale-while-revalidate={DAY_SECONDS}"
    )
    response.headers["Vary"] = "Accept-Encoding" if one.public else "Cookie, Accept-Encoding"
    if one.public:
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@lru_cache(maxsize=1024)
def _tile(state: str, one: Any, zoom: int, column: int, row: int, on: date) -> bytes:
    """A tile made once for each state of its collection."""
    return queries.tile(one, zoom, column, row, on=on)


# Codes


@require_safe
def meaning(request: HttpRequest, code: str) -> HttpResponse:
    """What an area code meant, on a day or ever, one meaning for each book of codes."""
    asked.known(request, ("on", "f"))
    on = asked.value(request, "on", date.fromisoformat, None, "2026-11-24")
    found = queries.meanings(code, on)
    document = {
        "code": code,
        "on": on,
        "meanings": [
            {
                "code": one.code,
                "name": one.name,
                "book": one.book,
                "valid_from": one.valid_from,
                "valid_to": one.valid_to,
                "successor": one.successor,
                "source": one.source,
            }
            for one in found
        ],
    }
    return answer(request, document, "places/code.html", {"code": code, "on": on, "meanings": found})


@csrf_exempt
@require_POST
def address(request: HttpRequest) -> HttpResponse:
    """Code an address: `{"address": "…"}` in, its village, how sure and what is left out. Nothing is kept.

    By POST, because an address may be someone's home and stands in no log as a body.
    """
    try:
        asked_for = msgspec.json.decode(request.body[:4000], type=AddressAsked)
    except msgspec.MsgspecError:
        raise AddressEmpty from None
    found = queries.code_address(asked_for.address)
    document = {
        "code": found.code,
        "level": found.level,
        "confidence": found.confidence,
        "areas": [
            {
                "code": one.area.code,
                "name": one.area.name,
                "level": one.area.level,
                "how": one.how,
                "text": one.text,
            }
            for one in found.steps
        ],
        "parts": found.parts,
        "rest": found.rest,
        "candidates": found.candidates,
    }
    return HttpResponse(
        msgspec.json.encode(document), content_type=JSON, headers={"Cache-Control": "no-store"}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def nothing(request: HttpRequest, rest: str) -> NoReturn:
    """An address the service doesn't have."""
    raise NotFound(kind=_("address"), name=rest[:100])
