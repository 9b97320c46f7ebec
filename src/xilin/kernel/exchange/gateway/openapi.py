"""What the gateway can be asked, as OpenAPI 3.1, made of the declarations."""

from typing import Any

from xilin.kernel.exchange.gateway import errors
from xilin.kernel.exchange.gateway.book import Book, Served
from xilin.kernel.registry.errors import FactUnreadable, TooLittleGiven
from xilin.kernel.standards.declarations import Element
from xilin.lib.errors import Refusal

TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "decimal": {"type": "string", "format": "decimal"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
REFUSALS: tuple[type[Refusal], ...] = (
    errors.KeyMissing, errors.KeyUnknown, errors.KeyEnded, errors.SignatureMissing, errors.SignerUnknown,
    errors.SignatureWrong, errors.SignatureTooWeak, errors.SignatureExpired, errors.SignatureReplayed,
    errors.SignersDiffer, errors.DigestWrong, errors.BodyTooLarge, errors.BodyNotJson,
    errors.CallWrong, errors.CaseNumberWrong, errors.ValueWrong, errors.NotPublished, errors.NotGranted,
    errors.GrantNotInForce, errors.NotByCalls, errors.PurposeWrong, errors.OutsideHours, errors.ShapeTooStrong,
    errors.ItemNotGranted, errors.MaskedNotVerified, errors.NotALookUpColumn, errors.QuotaUsedUp,
    errors.BatchWrong, errors.ListNotGranted, errors.NotAListFilter, errors.TooFewRows, errors.CursorWrong,
    errors.ListTooSlow, errors.MatchNotGranted, errors.NotAMatchColumn, FactUnreadable, TooLittleGiven,
    errors.VerifiedTooOften, errors.TooManyRows, errors.LogUnavailable, errors.Defect,
)  # fmt: skip

SAID: dict[str, dict[str, Any]] = {
    "born": {"pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"},
    "area": {"pattern": r"^\d{6,12}$"},
}


def document(book: Book, version: str) -> dict[str, Any]:
    """The whole document: a path for each resource that is served."""
    paths = {f"/v1/resources/{s.code}/lookup": _path(s, book) for s in book.resources.values() if s.ready}
    paths |= {
        f"/v1/resources/{s.code}/match": _match_path(s, book)
        for s in book.resources.values()
        if s.ready and s.matched
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Xilin gateway",
            "version": version,
            "description": "Look-ups of one case, under a grant, for a purpose, entered in the log before they are answered.",
        },
        "paths": paths
        | {
            "/v1/health": _plain_path("health", "Whether the gateway can answer."),
            "/v1/key": _plain_path("key", "The verifier key of the log: what receipts are checked with."),
            "/v1/openapi.json": _plain_path("openapi", "This document."),
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "xk_…"}},
            "schemas": {"Problem": _problem(), "Receipt": _receipt()},
            "responses": _responses(),
        },
    }


def _plain_path(name: str, summary: str) -> dict[str, Any]:
    answered = {"description": summary, "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"get": {"operationId": name, "summary": summary, "security": [], "responses": {"200": answered}}}


def _path(served: Served, book: Book) -> dict[str, Any]:
    columns = [column for column in served.items if served.shared(column)]
    lookup = [column for column in columns if column in served.resource.lookup]
    names = {"zh": served.resource.name.zh, "en": served.resource.name.en}
    operation = {
        "operationId": f"lookup_{served.code}",
        "summary": " / ".join(filter(None, names.values())),
        "description": served.resource.summary.zh,
        "tags": list(served.resource.classification[:1]),
        "security": [{"key": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _call(served, columns, lookup, book)}},
        },
        "responses": {
            "200": {
                "description": "The answer in the shape of the grant, and the receipt of its entry.",
                "content": {"application/json": {"schema": _answer(served, columns, book)}},
            }
        }
        | {
            str(status): {"$ref": f"#/components/responses/Problem{status}"}
            for status in sorted({refusal.status for refusal in REFUSALS})
        },
    }
    return {"post": operation}


def _match_path(served: Served, book: Book) -> dict[str, Any]:
    """Matching by name, birth, area and telephone: what a look-up has, but for what is given and what it comes to."""
    operation = _path(served, book)["post"]
    columns = [column for column in served.items if served.shared(column)]
    facts = {fact: column for fact, column in served.facts.items() if column in columns}
    call = _call(served, columns, [], book)
    del call["properties"]["values"]
    call["properties"]["by"] = {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            column: {"type": "string", "title": _typed(served, column)["title"]} | SAID.get(fact, {})
            for fact, column in facts.items()
        },
    }
    answer = _answer(served, columns, book)
    known = answer["properties"]["answer"]
    del known["properties"]["matches"]
    known["required"] = [*known["required"], "match"]
    known["properties"]["match"] = {
        "type": "string",
        "enum": ["one", "several", "none"],
        "description": "one: somebody fits with certainty and nobody else comes near; several: who is meant stays open, nothing is shown.",
    }
    content = {"application/json": {"schema": answer}}
    return {
        "post": operation
        | {
            "operationId": f"match_{served.code}",
            "description": "Match by what is known of somebody, under grants that allow it.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": call}}},
            "responses": operation["responses"]
            | {
                "200": {
                    "description": "What the match came to, and the receipt of its entry.",
                    "content": content,
                }
            },
        }
    }


def _call(served: Served, columns: list[str], lookup: list[str], book: Book) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["purpose", "case_number", "by"],
        "properties": {
            "purpose": {"type": "string", "enum": sorted(book.purposes)},
            "case_number": {"type": "string", "minLength": 1, "maxLength": 64},
            "by": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "properties": {column: _typed(served, column) for column in lookup},
            },
            "items": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": columns}},
            "values": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "properties": {column: _typed(served, column) for column in columns},
            },
            "shape": {"type": "string", "enum": ["verify", "status", "masked", "full"]},
            "user": {"type": "string", "maxLength": 100},
        },
    }


def _answer(served: Served, columns: list[str], book: Book) -> dict[str, Any]:
    row = {
        "type": "object",
        "additionalProperties": False,
        "properties": {column: _shown(served, column, book) for column in columns},
    }
    return {
        "type": "object",
        "required": ["answer", "receipt"],
        "properties": {
            "answer": {
                "type": "object",
                "required": ["resource", "grant", "shape", "nonce"],
                "properties": {
                    "resource": {"const": served.code},
                    "grant": {"type": "string"},
                    "shape": {"type": "string", "enum": ["verify", "status", "masked", "full"]},
                    "nonce": {"type": "string"},
                    "found": {"type": "boolean"},
                    "rows": {"type": "array", "items": row},
                    "status": {"type": "array", "items": row},
                    "matches": {
                        "type": "object",
                        "properties": {column: {"type": "boolean"} for column in columns},
                    },
                },
            },
            "receipt": {"$ref": "#/components/schemas/Receipt"},
        },
    }


def _typed(served: Served, column: str) -> dict[str, Any]:
    """The schema of a value of a column, from its data element."""
    element: Element = served.elements[column]
    name = served.items[column].name or element.name
    found = TYPES[element.type] | {"title": name.zh, "description": name.en or name.zh}
    if element.type == "string" and element.max_length:
        found["maxLength"] = element.max_length
    return found


def _shown(served: Served, column: str, book: Book) -> dict[str, Any]:
    """The schema of a value as it is answered: it may be null, and text where it is masked."""
    found = _typed(served, column)
    element = served.elements[column]
    plain = found.pop("type")
    codes = book.code_lists.get(element.code_list)
    if codes is not None:
        found["description"] = "; ".join(f"{entry.code} {entry.zh}" for entry in codes.entries[:60])
    if served.items[column].mask:
        found.pop("format", None)
        found.pop("maxLength", None)
        plain = "string" if plain == "string" else [plain, "string"]
        found["x-mask"] = served.items[column].mask
    return found | {"type": [*([plain] if isinstance(plain, str) else plain), "null"]}


def _problem() -> dict[str, Any]:
    """RFC 9457, with the receipt of the entry where the call carried a known key."""
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": sorted(refusal().code for refusal in REFUSALS)},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "receipt": {"$ref": "#/components/schemas/Receipt"},
        },
    }


def _receipt() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["format", "index", "entry", "path", "checkpoint"],
        "properties": {
            "format": {"type": "string"},
            "index": {"type": "integer"},
            "entry": {"type": "string", "description": "The log entry, canonical JSON."},
            "path": {"type": "array", "items": {"type": "string", "format": "byte"}},
            "checkpoint": {"type": "string", "description": "C2SP signed note."},
        },
    }


def _responses() -> dict[str, Any]:
    found: dict[int, list[str]] = {}
    for refusal in REFUSALS:
        found.setdefault(refusal.status, []).append(refusal().code)
    return {
        f"Problem{status}": {
            "description": ", ".join(codes),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, codes in found.items()
    }
