"""The service's own description (OpenAPI 3.1), made of its routes, at `/openapi.json`."""

from functools import lru_cache
from typing import Any

import msgspec

from xilin import __version__
from xilin.apps.trace.repository.language import parameters
from xilin.apps.trace.repository.rest.calls import CBV_FORMATS, EPC_FORMATS, Answer
from xilin.apps.trace.repository.rest.routes import ADDED, ROUTES, Route

_PROBLEM = {"$ref": "#/components/responses/Problem"}
_TEXT = {"type": "string"}


def document() -> Answer:
    """The description."""
    return Answer(_encoded(tuple(ADDED)))


@lru_cache(maxsize=2)
def _encoded(_added: tuple[str, ...]) -> bytes:
    return msgspec.json.encode(described())


def described() -> dict[str, Any]:
    """The description as Python values."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Xilin EPCIS 2.0 repository",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
        },
        "security": [{"key": []}],
        "paths": {route.path: _path(route) for route in (*ROUTES, *ADDED.values())},
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": {
                    "description": "A problem (RFC 9457); its type is an exception of the EPCIS standard.",
                    "content": {
                        kind: {"schema": {"$ref": "#/components/schemas/Problem"}}
                        for kind in ("application/problem+json", "application/problem+xml")
                    },
                }
            },
            "schemas": _SCHEMAS,
        },
    }


_SCHEMAS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "pointer": _TEXT,
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Collection": {
        "type": "object",
        "required": ["@context", "type", "member"],
        "properties": {"type": {"const": "Collection"}, "member": {"type": "array", "items": _TEXT}},
    },
    "Document": {
        "type": "object",
        "required": ["@context", "type"],
        "properties": {"type": {"enum": ["EPCISDocument", "EPCISQueryDocument"]}},
    },
    "Job": {
        "type": "object",
        "required": ["captureID", "running", "success", "captureErrorBehaviour", "createdAt"],
        "properties": {
            "captureID": _TEXT, "running": {"type": "boolean"}, "success": {"type": "boolean"},
            "captureErrorBehaviour": {"enum": ["rollback", "proceed"]}, "createdAt": _TEXT, "finishedAt": _TEXT,
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    },
    "Query": {
        "type": "object",
        "required": ["name", "query"],
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 200}, "query": {"type": "object"}},
    },
    "Subscription": {
        "type": "object",
        "required": ["dest", "signatureToken"],
        "properties": {
            "dest": _TEXT, "signatureToken": _TEXT, "stream": {"type": "boolean"}, "reportIfEmpty": {"type": "boolean"},
            "initialRecordTime": {"type": "string", "format": "date-time"},
            "schedule": {
                "type": "object",
                "properties": dict.fromkeys(
                    ("second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"), _TEXT
                ),
                "additionalProperties": False,
            },
        },
    },
    "Subscribed": {"type": "object", "required": ["subscriptionID", "dest", "createdAt"]},
}  # fmt: skip


def _path(route: Route) -> dict[str, Any]:
    if route.operations is not None:
        return {
            method: operation | {"responses": _responses(operation["responses"])}
            for method, operation in route.operations.items()
        }
    found: dict[str, Any] = {}
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    if names:
        found["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in names
        ]
    for method in route.methods:
        found[method.lower()] = _operation(route, method)
    if "OPTIONS" in route.allowed:
        found["options"] = {"responses": _responses({"204": {"description": "What the address can do."}})}
    return found


def _operation(route: Route, method: str) -> dict[str, Any]:
    key = f"{method} {route.path}"
    operation: dict[str, Any] = {
        "parameters": _parameters(route, method),
        "responses": _responses(_good(key, route)),
    }
    if (body := _BODIES.get(key)) is not None:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _header(name: str, values: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "schema": {"type": "string", "enum": list(values)} if values else _TEXT,
    }


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _parameters(route: Route, method: str) -> list[dict[str, Any]]:
    found = [_header("GS1-Extensions")]
    if method == "GET":
        found += [_header(f"GS1-{kind}-{bound}") for kind in ("EPCIS", "CBV") for bound in ("Min", "Max")]
    if route.path.endswith("/events") and method == "GET":
        found += [_header("GS1-EPC-Format", EPC_FORMATS), _header("GS1-CBV-XML-Format", CBV_FORMATS)]
        if not route.path.startswith("/queries"):
            found += [_query(name, schema) for name, schema in parameters()]
    if method == "GET" and (
        route.path.endswith("/events") or route.path.count("/") == 1 or route.path[-13:] == "subscriptions"
    ):
        found += [
            _query("perPage", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 30}),
            _query("nextPageToken", _TEXT),
        ]
    if route.path == "/capture" and method == "POST":
        found.append(_header("GS1-Capture-Error-Behaviour", ("rollback", "proceed", "all")))
    return found


def _responses(good: dict[str, Any]) -> dict[str, Any]:
    return good | {
        str(status): _PROBLEM for status in (400, 401, 403, 404, 406, 409, 413, 414, 415, 500, 503)
    }


def _content(schema: str, *kinds: str) -> dict[str, Any]:
    kinds = kinds or ("application/json", "application/ld+json")
    return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for kind in kinds}


_BODIES = {
    "POST /capture": _content("Document", "application/json", "application/ld+json", "application/xml"),
    "POST /events": {
        "application/json": {"schema": {"type": "object", "required": ["@context", "type", "eventTime"]}}
    },
    "POST /queries": _content("Query", "application/json"),
    "POST /queries/{queryName}/subscriptions": _content("Subscription", "application/json"),
}


def _good(key: str, route: Route) -> dict[str, Any]:
    """What is answered where all is well."""
    if key.startswith("DELETE"):
        return {"204": {"description": "It is gone."}}
    if key == "POST /capture":
        return {
            "202": {"description": "Captured; the job tells.", "headers": {"Location": {"schema": _TEXT}}}
        }
    if key in ("POST /events", "POST /queries", "POST /queries/{queryName}/subscriptions"):
        content = (
            {}
            if key == "POST /queries"
            else {"content": {"application/json": {"schema": {"type": "object"}}}}
        )
        return {"201": {"description": "Made.", "headers": {"Location": {"schema": _TEXT}}, **content}}
    return {"200": {"description": "Found.", "content": _answered(route)}}


def _answered(route: Route) -> dict[str, Any]:
    if route.path.endswith("/events") or route.path in ("/events/{eventID}", "/masterData"):
        return _content("Document", *route.kinds)
    if route.path == "/capture/{captureID}":
        return _content("Job", "application/json", "application/xml")
    if route.path == "/capture":
        return {
            "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}}}
        }
    if route.path == "/queries/{queryName}/subscriptions/{subscriptionID}":
        return _content("Subscribed", "application/json")
    if route.path in ("/queries", "/queries/{queryName}/subscriptions"):
        return {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}
    if route.path == "/queries/{queryName}":
        return _content("Query", "application/json")
    return _content("Collection", *route.kinds)
