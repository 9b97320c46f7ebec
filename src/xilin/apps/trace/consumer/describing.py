"""What the service for programs offers, as OpenAPI 3.1."""

from functools import cache
from typing import Any

import msgspec

from xilin import __version__

_TEXT = {"type": "string"}
_BOTH = {"type": "object", "properties": {"zh": _TEXT, "en": _TEXT}}
_VERDICT: dict[str, Any] = {
    "type": "object",
    "required": ["level", "gtin", "serial", "at", "blocked", "is_first", "count", "certainty", "reasons"],
    "properties": {
        "level": {"enum": ["genuine", "caution", "fake", "unknown"]},
        "gtin": _TEXT,
        "serial": _TEXT,
        "at": {"type": "string", "format": "date-time"},
        "blocked": {
            "type": "boolean",
            "description": "This client tries numbers and is told nothing more for a while.",
        },
        "state": {"enum": ["", "issued", "active", "sold", "opened", "returned", "recalled", "void"]},
        "lot": _TEXT,
        "produced": {"type": ["string", "null"], "format": "date"},
        "expiry": {"type": ["string", "null"], "format": "date"},
        "is_first": {"type": "boolean", "description": "Exactly one check of a code is the first."},
        "first": {
            "type": ["object", "null"],
            "properties": {
                "at": {"type": "string", "format": "date-time"},
                "place": {"type": "string", "description": "Area code, no finer than a county."},
                "same": {"type": "boolean"},
            },
        },
        "count": {"type": "integer"},
        "certainty": {"type": "number", "description": "How certain it is that doubles are about, 0 to 1."},
        "reasons": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"rule": _TEXT, "hard": {"type": "boolean"}, "level": _TEXT, "text": _BOTH},
            },
        },
        "product": {"type": ["object", "null"], "properties": {"name": _BOTH}},
    },
}


def _parameter(name: str, where: str, what: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "description": what, "schema": _TEXT}


def _check(*lot: dict[str, Any]) -> dict[str, Any]:
    verdict = {"description": "The verdict.", "content": {"application/json": {"schema": _VERDICT}}}
    return {
        "get": {
            "summary": "Check one item; the look is kept, without anything that says whose it is.",
            "parameters": [
                _parameter("gtin", "path", "GTIN, 8, 12, 13 or 14 digits (AI 01).", required=True),
                *lot,
                _parameter("serial", "path", "Serial number (AI 21).", required=True),
                _parameter("s", "query", "A signature, as it stands in the code."),
                _parameter("p", "query", "A chip's message (PICC data)."),
                _parameter("m", "query", "A chip's message (MAC)."),
                _parameter("17", "query", "Date of expiry, YYMMDD."),
                _parameter(
                    "Xilin-Client",
                    "header",
                    "A random number that stands for one telephone; kept as a keyed hash.",
                ),
            ],
            "responses": {
                "200": verdict,
                "404": {"description": "No address of goods."},
                "429": {
                    "description": "This address asks too often, or this client tries numbers: see Retry-After."
                },
                "503": {"description": "Try again: see Retry-After."},
            },
        }
    }


@cache
def description() -> bytes:
    """The document, as it is sent."""
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Checks of goods",
                "version": __version__,
                "description": "What the page of an item says, for programs. A signature or a chip proves who issued a code and that "
                "it was not altered, never that it was not copied.",
            },
            "paths": {
                "/01/{gtin}/21/{serial}": _check(),
                "/01/{gtin}/10/{lot}/21/{serial}": _check(
                    _parameter("lot", "path", "Batch (AI 10).", required=True)
                ),
                "/health": {
                    "get": {
                        "summary": "Whether checks are possible.",
                        "responses": {
                            "200": {"description": "They are."},
                            "503": {"description": "They are not."},
                        },
                    }
                },
            },
        }
    )
