"""Files, subscriptions and what both need in the gateway's OpenAPI documents."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xilin.kernel.exchange import delivery_errors as refusals
from xilin.kernel.exchange.gateway import errors
from xilin.kernel.exchange.gateway.book import Book, Served
from xilin.kernel.exchange.models import Way
from xilin.lib.errors import Refusal

SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"signature": []}]
# What calls to these addresses are refused with: the gateway's own refusals, then those of deliveries.
REFUSALS: tuple[type[Refusal], ...] = (
    errors.KeyMissing, errors.KeyUnknown, errors.KeyEnded, errors.SignerUnknown, errors.SignatureWrong,
    errors.SignatureTooWeak, errors.SignatureExpired, errors.SignatureReplayed, errors.SignersDiffer, errors.DigestWrong,
    errors.BodyTooLarge, errors.BodyNotJson, errors.CallWrong, errors.CaseNumberWrong, errors.PathUnknown,
    errors.MethodWrong, errors.LogUnavailable, errors.Defect,
    refusals.FilterNotUsable, refusals.NotDelivered, refusals.NothingCollected, refusals.WayNotGranted,
    refusals.GrantEndedMeanwhile, refusals.PurposeNotGranted, refusals.OutsideGrantedHours, refusals.ItemsOutside,
    refusals.MustBeSigned, refusals.RowsUsedUp, refusals.TooManyWaiting, refusals.DeliveryUnknown,
    refusals.SinceWrong, refusals.FileNotReady, refusals.FileGone, refusals.RangeWrong, refusals.SubscriptionOver,
    refusals.CursorWrong, refusals.CursorGone, refusals.NotApproved,
)  # fmt: skip
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_RECEIPT = {"$ref": "#/components/schemas/Receipt"}
_WHOLE = {
    "application/vnd.apache.parquet": {"schema": {"type": "string", "contentMediaType": "application/vnd.apache.parquet"}},
    "text/csv": {"schema": {"type": "string", "contentMediaType": "text/csv"}},
}  # fmt: skip


def paths(book: Book) -> dict[str, Any]:
    """Every resource whose rows may be delivered, and what is done with files and subscriptions."""
    found: dict[str, Any] = {}
    for served in book.resources.values():
        columns = [column for column in served.items if served.shared(column)]
        if columns:
            found |= _of(served, Way.FILE, columns, sorted(book.purposes))
            found |= _of(served, Way.FEED, columns, sorted(book.purposes))
    return found | _files() | _feeds()


def of_grant(
    served: Served, way: Way, columns: Sequence[str], purpose: str, *, signed: bool
) -> dict[str, Any]:
    """What a grant of files or of changes allows; nothing for one of calls."""
    if way == Way.CALL or not columns:
        return {}
    found = _of(served, way, columns, [purpose]) | _files()
    if way == Way.FEED:
        found |= _feeds()
    if signed:
        for item in found.values():
            for operation in item.values():
                if operation["security"]:
                    operation["security"] = [{"signature": []}, {"key": [], "signature": []}]
    return found


def problem() -> dict[str, Any]:
    """The schema of a refusal at these addresses."""
    return {"allOf": [{"$ref": "#/components/schemas/AnyProblem"},
                      {"properties": {"type": {"enum": sorted({one().code for one in REFUSALS})}}}]}  # fmt: skip


def _of(served: Served, way: Way, columns: Sequence[str], purposes: Sequence[str]) -> dict[str, Any]:
    """Asking for a file of a resource, or for its changes."""
    why = {
        "purpose": {"type": "string", "enum": list(purposes)},
        "case_number": {"type": "string", "minLength": 1, "maxLength": 64},
    }
    example: dict[str, Any] = {"purpose": purposes[0] if purposes else "", "case_number": "2026-0001"}
    if way == Way.FILE:
        call = _object(
            why
            | {
                "format": {"type": "string", "enum": ["parquet", "csv"], "default": "parquet"},
                "items": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(columns)}},
                "since": {
                    "type": "string",
                    "maxLength": 24,
                    "description": "An earlier file of this grant.",
                },
            },
            ["purpose", "case_number"],
        )
        name, summary = "export", "Ask for a file of the rows; a worker makes it."
        answered = {"202": _answered("The file as it was asked for.", _EXPORT)}
    else:
        call = _object(
            why | {"target": {"type": "integer", "description": "An approved address to push to."}},
            ["purpose", "case_number"],
        )
        name, summary = "subscriptions", "Begin to follow the changes of the rows."
        answered = {"201": _answered("The subscription.", _SUBSCRIPTION)}
    operation = _operation(f"{name}_{served.code}", summary, answered, (400, 413, 404, 409, 422, 429), call)
    operation["requestBody"]["content"]["application/json"]["example"] = example
    return {f"/v1/resources/{served.code}/{name}": {"post": operation}}


def _files() -> dict[str, Any]:
    number = [_parameter("number", "path", {"type": "string", "pattern": "^E[0-9a-f-]{5,23}$"})]
    whole = {
        "200": {"description": "The file.", "content": _WHOLE},
        "206": {"description": "The range that was asked for.", "content": _WHOLE},
    }
    wanted = [
        _parameter("Range", "header", {"type": "string", "pattern": r"^bytes=[0-9]{0,15}-[0-9]{0,15}$"})
    ]
    said = {"200": _answered("How the file stands; once it is made with its receipt.", _EXPORT)}
    return {
        "/v1/exports/{number}": {
            "get": _operation("export", "How a file stands.", said, (404,)) | {"parameters": number},
            "delete": _operation("export_given_up", "Let a file go.", said, (404,)) | {"parameters": number},
        },
        "/v1/exports/{number}/file": {
            "get": _operation("export_file", "A file's bytes.", whole, (404, 409, 410, 416))
            | {"parameters": number + wanted}
        },
    }  # fmt: skip


def _feeds() -> dict[str, Any]:
    number = [_parameter("number", "path", {"type": "string", "pattern": "^S[0-9a-f-]{5,23}$"})]
    after = _parameter("after", "query", {"type": "string"})
    limit = _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 999_999})
    standing = {"200": _answered("How the subscription stands.", _SUBSCRIPTION)}
    state = _object({"format": {"type": "string", "enum": ["parquet", "csv"]}}, [])
    return {
        "/v1/subscriptions/{number}": {
            "get": _operation("subscription", "How a subscription stands.", standing, (404,)) | {"parameters": number},
            "delete": _operation("subscription_ended", "End a subscription.", standing, (404,)) | {"parameters": number},
        },
        "/v1/subscriptions/{number}/changes": {
            "get": _operation(
                "changes", "The changes after a cursor.", {"200": _answered("Changes, and where to go on.", _CHANGES)},
                (404, 410, 422, 429),
            ) | {"parameters": [*number, after, limit]}
        },
        "/v1/subscriptions/{number}/state": {
            "post": _operation(
                "state", "Ask for the whole state as a file, and the cursor that goes on from it.",
                {"202": _answered("The file as it was asked for.", _EXPORT)}, (404, 410, 413, 422, 429), state,
            ) | {"parameters": number}
        },
        "/v1/push-key": {
            "get": {
                "operationId": "push_key", "summary": "The key that pushed messages are signed with.", "security": [],
                "responses": {
                    "200": _answered("The key.", _object({"keyid": _TEXT, "alg": _TEXT, "jwk": {"type": "object"}},
                                                         ["keyid", "alg", "jwk"])),
                    **_refused((405, 500, 503)),
                },
            }
        },
    }  # fmt: skip


def _object(properties: Mapping[str, Any], required: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(properties),
    }


_EXPORT = _object(
    {
        **dict.fromkeys(("export", "resource", "grant"), _TEXT),
        "state": {"enum": ["queued", "building", "ready", "taken", "expired", "refused"]},
        "format": {"enum": ["parquet", "csv"]},
        "items": {"type": "array", "items": _TEXT},
        "since": {"type": ["string", "null"]},
        "refusal": _object(dict.fromkeys(("code", "zh", "en"), _TEXT), ["code", "zh", "en"]),
        "rows": _COUNT,
        "bytes": _COUNT,
        **dict.fromkeys(("sha256", "snapshot", "file", "cursor"), _TEXT),
        "expires_at": {"type": ["string", "null"], "format": "date-time"},
        "receipt": _RECEIPT,
    },
    ["export", "resource", "grant", "state", "format", "items", "since"],
)
_SUBSCRIPTION = _object(
    {
        **dict.fromkeys(("subscription", "resource", "grant", "cursor", "changes"), _TEXT),
        "way": {"enum": ["push", "pull"]},
        "state": {"enum": ["active", "halted", "ended"]},
    },
    ["subscription", "resource", "grant", "way", "state", "cursor", "changes"],
)
_CHANGE = _object(
    {
        **dict.fromkeys(("id", "row"), _TEXT),
        "op": {"enum": ["insert", "update", "delete"]},
        "values": {"type": "object"},
    },
    ["id", "op", "row"],
)
_CHANGES = _object(
    {
        "answer": _object(
            {
                **dict.fromkeys(("subscription", "resource", "grant", "cursor"), _TEXT),
                "changes": {"type": "array", "items": _CHANGE},
                "more": {"type": "boolean"},
            },
            ["subscription", "resource", "grant", "changes", "cursor", "more"],
        ),
        "receipt": {"anyOf": [_RECEIPT, {"type": "null"}]},
    },
    ["answer", "receipt"],
)


def _answered(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refused(statuses: Iterable[int]) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/DeliveryProblem"}}}
    found: dict[str, Any] = {}
    for status in sorted(statuses):
        codes = sorted({one().code for one in REFUSALS if one.status == status})
        found[str(status)] = {"description": ", ".join(codes), "content": content}
    return found


def _operation(
    name: str,
    summary: str,
    answered: Mapping[str, Any],
    refused: Sequence[int],
    call: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An operation; every one may also be refused for its key, its grant, its body, or where the log can't be written."""
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "security": SECURITY,
        "responses": {**answered, **_refused({400, 401, 403, 405, 413, 422, 500, 503, *refused})},
    }
    if call is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": call}}}
    return operation


def _parameter(name: str, place: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}
