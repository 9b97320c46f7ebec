"""What the service can be asked, as OpenAPI 3.0, made of the collections the caller may see."""

from collections.abc import Mapping
from typing import Any

from xilin import __version__
from xilin.kernel.places.api import asked
from xilin.kernel.places.api.answers import GEOJSON, HTML, JSON, words
from xilin.kernel.places.declarations import Collection
from xilin.kernel.places.pipeline import crs, tiles


def document(base: str, collections: Mapping[str, Collection]) -> dict[str, Any]:
    """The whole document; `base` is the service's address without a slash at its end."""
    paths: dict[str, Any] = {
        "/": _get("landing", "Landing page", {}, JSON, HTML),
        "/conformance": _get("conformance", "Conformance classes", {}, JSON, HTML),
        "/collections": _get("collections", "Collections", {}, JSON, HTML),
        "/codes/{code}": _get(
            "meaning",
            "What an area code meant",
            {"code": _path("code"), "on": _query("on", {"type": "string", "format": "date"})},
            JSON,
        ),
        "/addresses": _address(),
    }
    for code, one in collections.items():
        paths[f"/collections/{code}"] = _get(f"describe_{code}", words(one.name), {}, JSON, HTML)
        paths[f"/collections/{code}/items"] = _get(
            f"items_{code}", words(one.name), _items(one), GEOJSON, HTML
        )
        paths[f"/collections/{code}/items/{{featureId}}"] = _get(
            f"item_{code}",
            words(one.name),
            {"featureId": _path("featureId"), "crs": _ref("crs")},
            GEOJSON,
            HTML,
        )
        paths[f"/tiles/{code}/{{z}}/{{x}}/{{y}}.mvt"] = _get(
            f"tile_{code}",
            words(one.name),
            {name: _path(name, "integer") for name in "zxy"},
            tiles.MEDIA_TYPE,
        )
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Places",
            "version": __version__,
            "description": "OGC API - Features and vector tiles. Coordinates are CGCS2000; personal data is in none of them.",
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"parameters": _parameters(), "schemas": _schemas(), "responses": _responses()},
    }


def _address() -> dict[str, Any]:
    asked_for = {
        "type": "object",
        "required": ["address"],
        "additionalProperties": False,
        "properties": {"address": {"type": "string", "minLength": 2, "maxLength": 200}},
    }
    told = {
        "description": "Code an address to its village",
        "content": {JSON: {"schema": {"type": "object"}}},
    }
    return {
        "post": {
            "operationId": "address",
            "summary": "Code an address to its village",
            "requestBody": {"required": True, "content": {JSON: {"schema": asked_for}}},
            "responses": {"200": told, "400": {"$ref": "#/components/responses/Problem"}},
        }
    }


def _get(name: str, summary: str, parameters: Mapping[str, Any], *kinds: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Features"} if GEOJSON in kinds else {"type": "object"}
    content: dict[str, Any] = {
        kind: {"schema": schema if kind in (JSON, GEOJSON) else {"type": "string"}} for kind in kinds
    }
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [*parameters.values(), *([_ref("f")] if HTML in kinds else [])],
            "responses": {
                "200": {"description": summary, "content": content},
                "400": {"$ref": "#/components/responses/Problem"},
                "404": {"$ref": "#/components/responses/Problem"},
            },
        }
    }


def _items(one: Collection) -> dict[str, Any]:
    found = {name: _ref(name) for name in ("bbox", "bbox-crs", "crs", "datetime", "limit", "after", "h3")}
    return found | {name: _query(name, {"type": "string"}) for name in asked.filters(one)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _path(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _query(name: str, schema: dict[str, Any], *, required: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema, **more}


def _parameters() -> dict[str, Any]:
    systems = {"type": "string", "format": "uri", "enum": list(crs.SUPPORTED), "default": crs.CRS84}
    box = {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    limit = {"type": "integer", "minimum": 1, "maximum": asked.MOST, "default": asked.LIMIT}
    return {
        "bbox": _query("bbox", box, style="form", explode=False),
        "bbox-crs": _query("bbox-crs", systems, style="form", explode=False),
        "crs": _query("crs", systems, style="form", explode=False),
        "datetime": _query("datetime", {"type": "string"}, style="form", explode=False),
        "limit": _query("limit", limit, style="form", explode=False),
        "after": _query("after", {"type": "integer", "minimum": 0}),
        "h3": _query("h3", {"type": "string"}),
        "f": _query("f", {"type": "string", "enum": ["json", "html"]}),
    }


def _schemas() -> dict[str, Any]:
    link = {
        "type": "object",
        "required": ["href"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title", "hreflang")},
    }
    return {
        "Link": link,
        "Features": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {"type": "string", "enum": ["FeatureCollection", "Feature"]},
                "numberMatched": {"type": "integer", "minimum": 0},
                "numberReturned": {"type": "integer", "minimum": 0},
                "timeStamp": {"type": "string", "format": "date-time"},
                "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
                "features": {"type": "array", "items": {"type": "object"}},
            },
        },
        "Problem": {
            "type": "object",
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "detail": {"type": "string"},
                "status": {"type": "integer"},
            },
        },
    }


def _responses() -> dict[str, Any]:
    return {
        "Problem": {
            "description": "What can't be done, and what to do (RFC 9457).",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
