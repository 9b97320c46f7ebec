"""Traces and recalls over HTTP, in the repository's service: the same keys, rights, headers, problems and log (an addition to the bindings)."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from xilin.apps.trace.genealogy import walks
from xilin.apps.trace.genealogy.shapes import Held, Reach
from xilin.apps.trace.repository import searching
from xilin.apps.trace.repository.errors import QueryInvalid, QueryParameterWrong
from xilin.apps.trace.repository.rest import paging
from xilin.apps.trace.repository.rest import routes as repository
from xilin.apps.trace.repository.rest.calls import JSON, LD, Answer, Call, acceptable
from xilin.apps.trace.repository.rest.routes import Route
from xilin.apps.trace.tracing import answers, asked, sight

PER_PAGE, MOST_PER_PAGE, MOST_ROOTS = 1000, 100_000, 1000
_PAGING = {"perPage", "nextPageToken"}


def back(call: Call) -> Answer:
    """`GET /traces/back?id=…`: what something was made of."""
    return _traced(call, "back")


def forward(call: Call) -> Answer:
    """`GET /traces/forward?id=…`: what something went into."""
    return _traced(call, "forward")


def _traced(call: Call, direction: str) -> Answer:
    acceptable(call.headers.get("accept", ""), (JSON, LD))
    given = _parameters(call, {"id", "at"})
    if len(given.get("id", ())) != 1:
        raise QueryParameterWrong(name="id", why="1")
    at = asked.time(_last(given, "at"))
    with searching.patient(call.connection), walks.on(call.connection):
        trace = sight.trace(asked.known(given["id"][0]), direction, at, call.viewer, call.connection)
        call.noted = {"nodes": len(trace.nodes), "complete": trace.completeness.complete}
        return Answer(answers.of_trace(trace, call.connection))


def recall(call: Call) -> Answer:
    """`GET /traces/recall?id=…&id=…` or `household=…`, or the same posted: everything that anything of these is in, and who has it."""
    acceptable(call.headers.get("accept", ""), (JSON, LD))
    given = _parameters(call, {"id", "household", "at", *_PAGING})
    start = paging.began(call)
    posted = _posted(call) if call.method == "POST" and start is None else Asked()
    names, household = [*given.get("id", ()), *posted.ids], _last(given, "household") or posted.household
    at = start["at"] if start else _last(given, "at") or posted.at
    size = _size(_last(given, "perPage"))
    moment = asked.time(at)
    with searching.patient(call.connection), walks.on(call.connection):
        roots = start["roots"] if start else _roots(names, household)
        key = (call.viewer, tuple(roots), moment)
        kept = _KEPT.get(key, call.at) if start else None
        reach = kept or sight.reach(roots, moment, call.viewer, call.connection)
        after = start["after"] if start else ""
        rest = sorted((one for one in reach.held if one.item > after), key=_by_item)
        shown = rest[:size]
        call.noted = {"items": len(reach.held), "complete": reach.completeness.complete}
        answer = Answer(answers.of_reach(reach, shown, call.connection))
    following = {"roots": roots, "at": at, "after": shown[-1].item} if len(rest) > size else None
    if following and kept is None:
        _KEPT.put(key, reach, call.at)
    return paging.linked(call, answer, following)


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a recall that is posted."""

    ids: list[str] = []
    household: str | None = None
    at: str | None = None


def _posted(call: Call) -> Asked:
    try:
        return msgspec.json.decode(call.body, type=Asked)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise QueryInvalid(why=str(error)) from None


def _roots(names: list[str], household: str | None) -> list[str]:
    """What is asked for by name, and what was tagged at a household."""
    if not 0 < len(names) + bool(household) <= MOST_ROOTS:
        raise QueryParameterWrong(name="id", why=f"1, 2, … {MOST_ROOTS}")
    tagged = walks.tagged(asked.known(household)) if household else []
    return list(dict.fromkeys([*asked.all_known(names), *tagged])) or [str(household)]


def _parameters(call: Call, known: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(call.query, keep_blank_values=True):
        if name not in known:
            raise QueryParameterWrong(name=name[:40], why=", ".join(sorted(known)))
        found.setdefault(name, []).append(value)
    return found


def _last(given: dict[str, list[str]], name: str) -> str | None:
    return given[name][-1] if given.get(name) else None


def _size(text: str | None) -> int:
    if text is None:
        return PER_PAGE
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise QueryParameterWrong(name="perPage", why="1, 2, …")
    return min(int(text), MOST_PER_PAGE)


def _by_item(one: Held) -> str:
    return one.item


class Kept:
    """Large answers whose pages are being read, by who asked what: for as long as a page's token lasts, so many at most.

    They are worked out once, where the process that did so is asked again.
    """

    MOST, MOST_ITEMS = 8, 150_000

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: OrderedDict[tuple[Any, ...], tuple[datetime, Reach]] = OrderedDict()

    def get(self, key: tuple[Any, ...], at: datetime) -> Reach | None:
        """An answer, None where it isn't kept any more."""
        with self._lock:
            self._forget(at)
            found = self._answers.get(key)
            return found[1] if found else None

    def put(self, key: tuple[Any, ...], reach: Reach, at: datetime) -> None:
        """Keep an answer; the oldest make room."""
        with self._lock:
            self._answers.pop(key, None)
            self._answers[key] = (at, reach)
            self._forget(at)

    def _forget(self, at: datetime) -> None:
        def items() -> int:
            return sum(len(reach.held) for _, reach in self._answers.values())

        while self._answers and (
            next(iter(self._answers.values()))[0] < at - paging.LASTS
            or len(self._answers) > self.MOST
            or (len(self._answers) > 1 and items() > self.MOST_ITEMS)
        ):
            self._answers.popitem(last=False)


_KEPT = Kept()


# Description


def _parameter(name: str, schema: dict[str, Any], said: str, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": said, "schema": schema}


_TEXT = {"type": "string", "minLength": 1, "maxLength": asked.LONGEST}
_TIME = {"type": "string", "format": "date-time"}
_ID = (
    "Ear tag of fifteen digits, GS1 Digital Link, EPC URN, SSCC, or a product with its lot or serial number."
)
_AT = _parameter("at", _TIME, "As things stood then; everything known where left out.")
_GAPS = {
    "type": "object",
    "required": ["complete", "known", "closed", "gaps"],
    "properties": {
        "complete": {"type": "boolean"}, "known": {"type": "integer"}, "closed": {"type": "integer"},
        "gaps": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["node", "reason", "open"],
                "properties": {
                    "node": {"type": "string"}, "open": {"type": "boolean"}, "eventID": {"type": "string"},
                    "reason": {"enum": [
                        "never_seen", "no_origin", "unknown_input", "unknown_output", "beginning_not_seen", "moved_unseen",
                        "not_received", "quantity_only", "corrected", "withheld",
                    ]},
                },
            },
        },
    },
}  # fmt: skip


def _list(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "required": required, "properties": properties}}


_S = {"type": "string"}
_TRACE = {
    "type": "object",
    "required": ["type", "direction", "roots", "asOf", "nodes", "edges", "events", "completeness"],
    "properties": {
        "type": {"const": "Trace"},
        "direction": {"enum": ["back", "forward"]},
        "roots": {"type": "array", "items": _S},
        "asOf": {"type": ["string", "null"]},
        "nodes": _list(["id", "kind"], id=_S, kind={"enum": ["item", "batch", "container", "process"]}),
        "edges": _list(
            ["kind", "source", "target", "since", "events"],
            kind={"enum": ["used", "made", "inside", "batch"]}, source=_S, target=_S, since=_TIME, until=_TIME, step=_S,
            quantity={"type": "number"}, uom=_S, events={"type": "array", "items": _S},
        ),
        "events": _list(
            ["eventID", "time", "about"],
            eventID=_S, time=_TIME, step=_S, disposition=_S, readPoint=_S, bizLocation=_S, source=_S, destination=_S,
            about={"type": "array", "items": _S}, through={"type": "array", "items": _S},
        ),
        "completeness": _GAPS,
    },
}  # fmt: skip
_STATE = {"enum": ["held", "on_the_way", "sold", "destroyed", "used", "unseen"]}
_RECALL = {
    "type": "object",
    "required": ["type", "roots", "asOf", "count", "holders", "items", "completeness"],
    "properties": {
        "type": {"const": "Recall"},
        "roots": {"type": "array", "items": _S},
        "asOf": {"type": ["string", "null"]},
        "count": {"type": "integer"},
        "holders": _list(["state", "items"], holder=_S, state=_STATE, items={"type": "integer"}),
        "items": _list(["id", "state"], id=_S, state=_STATE, holder=_S, time=_TIME, container=_S, eventID=_S),
        "completeness": _GAPS,
    },
}


def _found(schema: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"200": {"description": "As far as is known and may be seen.", "content": content}}


def _trace(said: str) -> dict[str, Any]:
    parameters = [_parameter("id", _TEXT, _ID, required=True), _AT]
    return {"get": {"summary": said, "parameters": parameters, "responses": _found(_TRACE)}}


_PAGES = [
    _parameter("perPage", {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE}, "Items in an answer."),
    _parameter("nextPageToken", {"type": "string"}, "From the header Link of the page before."),
]  # fmt: skip
_ROOTS = {"type": "array", "items": _TEXT, "maxItems": MOST_ROOTS}
_RECALLS = {
    "get": {
        "summary": "Everything that anything of these is in, and who has it.",
        "parameters": [
            _parameter("id", _ROOTS, f"{_ID} Several times for several."),
            _parameter("household", _TEXT, "The place whose ear tags are meant."),
            _AT,
            *_PAGES,
        ],
        "responses": _found(_RECALL),
    },
    "post": {
        "summary": "The same, with many identifiers.",
        "parameters": _PAGES,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {"ids": _ROOTS, "household": _TEXT, "at": _TIME},
                        "additionalProperties": False,
                    }
                }
            },
        },
        "responses": _found(_RECALL),
    },
}


def _route(path: str, operations: dict[str, Any], **methods: Any) -> Route:
    upper = {name.upper(): handler for name, handler in methods.items()}
    needs = dict.fromkeys([*upper, "OPTIONS"], "query")
    return Route(path, upper, needs, operations=operations)


ROUTES = (
    _route(
        "/traces/back", _trace("What something was made of, through all processes and containers."), get=back
    ),
    _route("/traces/forward", _trace("What something went into."), get=forward),
    _route("/traces/recall", _RECALLS, get=recall, post=recall),
)


def add() -> None:
    """Answer traces in the repository's service."""
    repository.add(*ROUTES)
