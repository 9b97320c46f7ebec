"""What the gateway can be asked, as OpenAPI 3.1, made of the declarations."""

from typing import Any

from xilin.kernel.exchange.gateway import errors, openapi_corrections, openapi_deliveries
from xilin.kernel.exchange.gateway.book import Book, Held, Served
from xilin.kernel.exchange.gateway.checks import plan
from xilin.kernel.exchange.models import Shape, Way
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
    errors.VerifiedTooOften, errors.TooManyRows, errors.TrialOnly, errors.TrialUsedUp, errors.TrialTooLarge,
    errors.LogUnavailable, errors.Defect,
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
    paths |= {
        f"/v1/resources/{s.code}/batch": _batch_path(s, book) for s in book.resources.values() if s.ready
    }
    paths |= {f"/v1/resources/{s.code}/list": _list_path(s, book) for s in book.resources.values() if s.ready}
    paths |= openapi_corrections.paths(book) | openapi_deliveries.paths(book)
    return _whole(paths, "Xilin gateway", version)


def grant_document(book: Book, held: Held, served: Served, version: str) -> dict[str, Any]:
    """What may be asked under one grant: its items, its purpose, its shapes and no more, with an example of each call."""
    usable, lookup = plan(held, served)
    columns = list(usable)
    paths = {}
    if held.delivery == Way.CALL and served.ready:
        if lookup:
            paths[f"/v1/resources/{served.code}/lookup"] = _path(served, book, columns, list(lookup))
            paths[f"/v1/resources/{served.code}/batch"] = _batch_path(served, book, columns, list(lookup))
        if held.match and served.matched:
            paths[f"/v1/resources/{served.code}/match"] = _match_path(served, book, columns)
        if held.listing and held.shape != Shape.VERIFY:
            paths[f"/v1/resources/{served.code}/list"] = _list_path(served, book, columns)
    for path, item in paths.items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        _narrow(content["schema"]["properties"], held)
        content["example"] = _example(path.rpartition("/")[2], held, served, book)
        if held.signed:
            item["post"]["security"] = [{"signature": []}, {"key": [], "signature": []}]
    paths |= openapi_deliveries.of_grant(served, held.delivery, columns, held.purpose, signed=held.signed)
    if served.ready and columns:
        paths |= openapi_corrections.of_resource(served, columns)
    paths |= openapi_corrections.notices()
    found = _whole(paths, f"Xilin gateway, grant {held.number}", version)
    found["info"]["x-grant"] = {
        "number": held.number, "purpose": held.purpose, "shape": str(held.shape), "delivery": str(held.delivery),
        "quota_per_day": held.quota, "hours": list(held.hours), "valid_from": held.valid_from.isoformat(),
        "valid_until": held.valid_until.isoformat(), "signed": held.signed, "row_filter": list(held.rows.conditions),
    }  # fmt: skip
    return found


def _narrow(properties: dict[str, Any], held: Held) -> None:
    """Leave in a call's schema what the grant allows."""
    properties["purpose"] = {"type": "string", "enum": [held.purpose]}
    if "shape" in properties:
        allowed = [
            shape for shape in properties["shape"]["enum"] if Shape(shape).strength <= held.shape.strength
        ]
        properties["shape"] = {"type": "string", "enum": allowed}
    if "values" in properties and held.shape != Shape.VERIFY:
        values = properties["values"]
        values["properties"] = {c: v for c, v in values["properties"].items() if c not in held.masks}
        if not values["properties"]:
            del properties["values"]


def _example(kind: str, held: Held, served: Served, book: Book) -> dict[str, Any]:
    """A call that is lawful under the grant; whom it asks for is made up."""
    usable, lookup = plan(held, served)
    call: dict[str, Any] = {"purpose": held.purpose, "case_number": "2026-0001"}
    if kind == "list":
        return call | {"size": 100}
    if kind == "match":
        facts = [column for column in served.facts.values() if column in usable][:2]
        return call | {"by": {column: _value(served, column, book) for column in facts}}
    call["by"] = {lookup[0]: _value(served, lookup[0], book)}
    if held.shape == Shape.VERIFY:
        column = next((c for c in usable if c not in lookup), usable[0])
        call["values"] = {column: _value(served, column, book)}
    if kind == "batch":
        for name in ("by", "values"):
            if name in call:
                call[name] = {column: [value, value] for column, value in call[name].items()}
    return call


_EXAMPLES = {
    "citizen_id": "990101198501010014", "uscc": "91990101MA00000000", "organisation_code": "MA0000000",
    "mobile": "12000000000", "area_code": "990101000000",
}  # fmt: skip
_OF_TYPE: dict[str, Any] = {
    "string": "示例", "integer": 1, "decimal": "1.00", "boolean": True, "date": "2026-01-31",
    "datetime": "2026-01-31T08:00:00+08:00",
}  # fmt: skip


def _value(served: Served, column: str, book: Book) -> Any:
    """A made-up value of a column."""
    element = served.elements[column]
    codes = book.code_lists.get(element.code_list)
    if codes is not None and codes.entries:
        return codes.entries[0].code
    return _EXAMPLES.get(element.check) or _OF_TYPE[element.type]


def _whole(paths: dict[str, Any], title: str, version: str) -> dict[str, Any]:
    """A document with these paths."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": "Look-ups of one case, under a grant, for a purpose, entered in the log before they are answered.",
        },
        "paths": paths
        | {
            "/v1/health": _plain_path("health", "Whether the gateway can answer."),
            "/v1/key": _plain_path("key", "The verifier key of the log: what receipts are checked with."),
            "/v1/openapi.json": _plain_path("openapi", "What the gateway can be asked."),
            "/v1/grants/{number}/openapi.json": _grant_path(),
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "bearerFormat": "xk_…"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": "RFC 9421, ed25519 or sm2: covers @method, @target-uri, content-digest; created, nonce, keyid.",
                },
            },
            "schemas": {
                "Problem": _problem(),
                "Receipt": _receipt(),
                "AnyProblem": _any_problem(),
                "DeliveryProblem": openapi_deliveries.problem(),
                "DisputeProblem": openapi_corrections.problem(),
            },
            "responses": _responses(),
        },
    }


def _plain_path(name: str, summary: str) -> dict[str, Any]:
    answered = {"description": summary, "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"get": {"operationId": name, "summary": summary, "security": [], "responses": {"200": answered}}}


def _grant_path() -> dict[str, Any]:
    operation = _plain_path("grant", "What may be asked under a grant of one's own, with examples.")["get"]
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}
    problem = {"schema": {"$ref": "#/components/schemas/AnyProblem"}}
    said = {"description": "gateway.GrantUnknown", "content": {"application/problem+json": problem}}
    return {
        "get": operation
        | {
            "parameters": [number],
            "security": [{"key": []}, {"signature": []}],
            "responses": operation["responses"] | {"404": said},
        }
    }


def _path(
    served: Served, book: Book, columns: list[str] | None = None, lookup: list[str] | None = None
) -> dict[str, Any]:
    """A look-up; of all columns that are shared where none are named."""
    columns = [column for column in served.items if served.shared(column)] if columns is None else columns
    lookup = [column for column in columns if column in served.resource.lookup] if lookup is None else lookup
    names = {"zh": served.resource.name.zh, "en": served.resource.name.en}
    operation = {
        "operationId": f"lookup_{served.code}",
        "summary": " / ".join(filter(None, names.values())),
        "description": served.resource.summary.zh,
        "tags": list(served.resource.classification[:1]),
        "security": [{"key": []}, {"signature": []}],
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


def _batch_path(
    served: Served, book: Book, columns: list[str] | None = None, lookup: list[str] | None = None
) -> dict[str, Any]:
    """Many look-ups in one call: lists instead of values, and a result for each."""
    operation = _path(served, book, columns, lookup)["post"]
    call = operation["requestBody"]["content"]["application/json"]["schema"]
    for name in ("by", "values"):
        properties = call["properties"][name]["properties"]
        for column, schema in properties.items():
            properties[column] = {"type": "array", "minItems": 1, "items": schema}
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["answer"]
    result = {name: answer["properties"].pop(name) for name in ("found", "rows", "status", "matches")}
    result["refused"] = {
        "type": "string",
        "description": "Why this one is not answered, as in a problem's type.",
    }
    answer["properties"]["results"] = {"type": "array", "items": {"type": "object", "properties": result}}
    answer["required"] = [*answer["required"], "results"]
    return {
        "post": operation
        | {
            "operationId": f"batch_{served.code}",
            "description": "Many look-ups, answered in the order they are given in.",
        }
    }


def _list_path(served: Served, book: Book, columns: list[str] | None = None) -> dict[str, Any]:
    """A page of the rows that fit some conditions, under grants that allow lists."""
    columns = [column for column in served.items if served.shared(column)] if columns is None else columns
    operation = _path(served, book, columns, [])["post"]
    call = operation["requestBody"]["content"]["application/json"]["schema"]
    for name in ("by", "values"):
        del call["properties"][name]
    call["required"] = ["purpose", "case_number"]
    call["properties"]["shape"] = {"type": "string", "enum": ["status", "masked", "full"]}
    call["properties"] |= {
        "filter": {"type": "array", "maxItems": 10, "items": {
            "type": "object", "additionalProperties": False, "required": ["column", "op", "value"],
            "properties": {
                "column": {"type": "string", "enum": columns},
                "op": {"type": "string", "enum": ["eq", "in", "prefix", "ge", "le"]},
                "value": {"description": "Of the column's type; a list for `in`."},
            },
        }},
        "size": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        "cursor": {"type": "string", "maxLength": 400, "description": "That of the page before."},
    }  # fmt: skip
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["answer"]
    for name in ("found", "matches"):
        del answer["properties"][name]
    answer["properties"]["cursor"] = {"type": "string", "description": "Of the next page; empty on the last."}
    answer["required"] = [*answer["required"], "cursor"]
    return {
        "post": operation
        | {
            "operationId": f"list_{served.code}",
            "description": "Rows that fit conditions on what is shown bare, page by page.",
        }
    }


def _match_path(served: Served, book: Book, columns: list[str] | None = None) -> dict[str, Any]:
    """Matching by name, birth, area and telephone: what a look-up has, but for what is given and what it comes to."""
    operation = _path(served, book, columns)["post"]
    columns = [column for column in served.items if served.shared(column)] if columns is None else columns
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


def _any_problem() -> dict[str, Any]:
    """A problem of whatever type."""
    return _problem() | {"properties": _problem()["properties"] | {"type": {"type": "string"}}}


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
