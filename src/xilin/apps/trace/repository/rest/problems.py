"""Problem documents (RFC 9457, formerly 7807) in JSON or XML, in the reader's language."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

import msgspec
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from xilin.apps.trace.repository.errors import EpcisRefusal
from xilin.apps.trace.repository.faults import Problem
from xilin.lib.errors import Refusal

MOST = 100


def language(headers: Mapping[str, str]) -> str:
    """`zh-hans` or `en`: the first of the reader's languages that is spoken here, Chinese where none is."""
    for name, _ in parse_accept_lang_header(headers.get("accept-language", "").lower()):
        if name.startswith("zh"):
            return "zh-hans"
        if name.startswith("en"):
            return "en"
    return "zh-hans"


def refused(refusal: Refusal, speaks: str) -> dict[str, Any]:
    """A refusal as a problem."""
    with translation.override(speaks):
        return {
            "type": refusal.type
            if isinstance(refusal, EpcisRefusal)
            else "epcisException:ValidationException",
            "title": str(refusal),
            "status": refusal.status,
            "detail": refusal.advice,
        }


def rejected(problems: list[Problem], status: int, speaks: str) -> dict[str, Any]:
    """What is wrong with a document: the first place at the top, all places (the first hundred) in `errors`."""
    said = [
        {
            "type": problem.type,
            "title": problem.what.of(speaks),
            "detail": problem.remedy.of(speaks),
            "pointer": problem.place,
            **({} if problem.event is None else {"event": problem.event}),
            **({} if problem.line is None else {"line": problem.line}),
        }
        for problem in problems[:MOST]
    ]
    return {**said[0], "status": status, "errors": said}


def encoded(said: dict[str, Any], accept: str) -> tuple[bytes, str]:
    """A problem's bytes and media type: XML for those who accept that and not JSON."""
    accept = accept.lower()
    if "xml" in accept and "json" not in accept and "*/*" not in accept:
        return _xml(said), "application/problem+xml"
    return msgspec.json.encode(said), "application/problem+json"


def _xml(said: dict[str, Any]) -> bytes:
    def member(name: str, value: Any) -> str:
        if isinstance(value, list):
            inner = "".join(member("error", one) for one in value)
            return f"<{name}>{inner}</{name}>"
        if isinstance(value, dict):
            inner = "".join(member(key, one) for key, one in value.items())
            return f"<{name}>{inner}</{name}>"
        return f"<{name}>{escape(str(value))}</{name}>"

    inner = "".join(member(name, value) for name, value in said.items())
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<epcis:EPCISException xmlns:epcis="urn:epcglobal:epcis:xsd:2">{inner}</epcis:EPCISException>\n'.encode()
