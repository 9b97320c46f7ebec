"""Disputes and corrections in the gateway's OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from xilin.kernel.exchange import dispute_errors as refusals
from xilin.kernel.exchange.gateway import errors
from xilin.kernel.exchange.gateway.book import Book, Served
from xilin.lib.errors import NotFound, Refusal

SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"signature": []}]
# What calls to these addresses are refused with: the gateway's own refusals, then those of disputes.
REFUSALS: tuple[type[Refusal], ...] = (
    errors.KeyMissing, errors.KeyUnknown, errors.KeyEnded, errors.SignerUnknown, errors.SignatureWrong,
    errors.SignatureTooWeak, errors.SignatureExpired, errors.SignersDiffer, errors.DigestWrong, errors.BodyTooLarge,
    errors.BodyNotJson, errors.CallWrong, errors.ValueWrong, errors.PathUnknown, errors.ResourceUnknown,
    errors.MethodWrong, errors.NotALookUpColumn, errors.LogUnavailable, errors.Defect, NotFound,
    refusals.NotReceived, refusals.NotOneRecord, refusals.AlreadyDisputed, refusals.NotAValue, refusals.NothingWrong,
    refusals.GroundsNeeded, refusals.AlreadyAnswered, refusals.NoAnswer,
)  # fmt: skip
REFUSED = sorted({one.status for one in REFUSALS})


def problem() -> dict[str, Any]:
    """The schema of a refusal at these addresses."""
    return {"allOf": [{"$ref": "#/components/schemas/AnyProblem"},
                      {"properties": {"type": {"enum": sorted({one().code for one in REFUSALS})}}}]}  # fmt: skip


def paths(book: Book) -> dict[str, Any]:
    """A dispute for each resource that is served, and a system's notices of corrections."""
    found: dict[str, Any] = {}
    for served in book.resources.values():
        if served.ready:
            shared = [column for column in served.items if served.shared(column)]
            found |= of_resource(served, shared)
    return found | notices()


def of_resource(served: Served, columns: Sequence[str]) -> dict[str, Any]:
    """A dispute of one of some items of a resource."""
    lookup = [column for column in served.resource.lookup if served.shared(column)]
    answered = {"dispute": _DISPUTE, "receipt": _RECEIPT}
    return {
        f"/v1/resources/{served.code}/dispute": {
            "post": _operation(
                f"dispute_{served.code}",
                "Hold a value that was answered to be wrong; a case of the department it comes from.",
                {"201": _said("The case, and the receipt of its entry.", answered)},
                _call(lookup, list(columns)),
            )
        }
    }


def notices() -> dict[str, Any]:
    """A system's notices of corrections."""
    pulled = _said(
        "The notices after the cursor, oldest first, and the next cursor.",
        {"corrections": {"type": "array", "items": _NOTICE}, "next": {"type": "integer"}},
    )
    return {
        "/v1/corrections": {
            "get": _operation("corrections", "Values that were answered to this system and are corrected since.", {"200": pulled})
            | {"parameters": [_parameter("after", "query", required=False)]}
        },
        "/v1/corrections/{id}/acknowledge": {
            "post": _operation(
                "acknowledge",
                "Say that a correction was taken over.",
                {"200": _said("The notice.", {"correction": _NOTICE})},
            )
            | {"parameters": [_parameter("id", "path", required=True)]}
        },
    }  # fmt: skip


_RECEIPT = {"$ref": "#/components/schemas/Receipt"}
_TEXT = {"type": "string"}
_DISPUTE = {
    "type": "object",
    "required": ["number", "state", "resource", "item", "provider", "due_at"],
    "properties": {
        **dict.fromkeys(("number", "state", "resource", "item", "provider"), _TEXT),
        "due_at": {"type": ["string", "null"]},
    },
}
_NOTICE = {
    "type": "object",
    "required": ["id", "number", "resource", "item", "entries", "corrected_at", "acknowledged_at"],
    "properties": {
        "id": {"type": "integer"},
        **dict.fromkeys(("number", "resource", "item", "corrected_at"), _TEXT),
        "entries": {"type": "array", "items": {"type": "integer"}},
        "acknowledged_at": {"type": ["string", "null"]},
    },
}


def _operation(
    name: str, summary: str, answered: Mapping[str, Any], call: dict[str, Any] | None = None
) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/DisputeProblem"}}}
    refused = {
        str(status): {
            "description": ", ".join(sorted({one().code for one in REFUSALS if one.status == status})),
            "content": content,
        }
        for status in REFUSED
    }
    operation = {
        "operationId": name,
        "summary": summary,
        "security": SECURITY,
        "responses": {**answered, **refused},
    }
    if call is not None:
        body = {"required": True, "content": {"application/json": {"schema": call}}}
        operation["requestBody"] = body
    return operation


def _call(lookup: list[str], items: list[str]) -> dict[str, Any]:
    value = {"type": ["string", "integer", "boolean"]}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["by", "item", "claimed", "grounds"],
        "properties": {
            "by": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "properties": dict.fromkeys(lookup, value),
            },
            "item": {"type": "string", "enum": items},
            "claimed": {"type": "string", "minLength": 1, "maxLength": 200},
            "grounds": {"type": "string", "minLength": 1, "maxLength": 2000},
            "evidence": {"type": "string", "maxLength": 2000},
            "entry": {"type": "integer", "minimum": 0, "description": "The number in the answer's receipt."},
        },
    }


def _said(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameter(name: str, place: str, *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required,
            "schema": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}}  # fmt: skip
