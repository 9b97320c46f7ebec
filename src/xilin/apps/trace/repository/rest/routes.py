"""Which address does what: the 29 paths of the bindings with their methods, and what each needs."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote

from xilin.apps.trace.repository.rest import capturing, events, named, top
from xilin.apps.trace.repository.rest.calls import JSON, LD, XML, Answer, Call

Handler = Callable[[Call], Answer]


class Route(NamedTuple):
    """One path: its functions by method, and what one must be allowed for them (`capture`, `query` or either).

    `kinds` are the media types of its answers, the usual one first; `operations` describes the methods (OpenAPI) where the description can't be worked out from the path: those of
    what stands above the repository.
    """

    path: str
    methods: dict[str, Handler]
    needs: dict[str, str]
    discovery: str = "default"
    kinds: tuple[str, ...] = (JSON, LD)
    operations: dict[str, Any] | None = None

    @property
    def allowed(self) -> str:
        """The methods, as the header Allow says them."""
        always = () if self.path.startswith("/nextPageToken") else ("OPTIONS",)
        return ", ".join(sorted({*self.methods, *always, *(("HEAD",) if "GET" in self.methods else ())}))


def _route(
    path: str, needs: str = "query", discovery: str = "default", *, xml: bool = False, **methods: Handler
) -> Route:
    upper = {name.upper(): handler for name, handler in methods.items()}
    kinds = (JSON, LD, XML) if xml else (JSON, LD)
    return Route(path, upper, dict.fromkeys([*upper, "OPTIONS"], needs), discovery, kinds)


ROUTES = [
    _route("/", "either", xml=True, get=top.resources),
    _route("/capture", "capture", "capture", get=capturing.jobs, post=capturing.post_document),
    _route("/capture/{captureID}", "capture", xml=True, get=capturing.job),
    Route(
        "/events",
        {"GET": events.events, "POST": capturing.post_event},
        {"GET": "query", "POST": "capture", "OPTIONS": "either"},
        "writable",
        (JSON, LD, XML),
    ),
    _route("/events/{eventID}", xml=True, get=events.event),
    *(
        route
        for resource, name in (
            ("eventTypes", "eventType"), ("epcs", "epc"), ("bizSteps", "bizStep"), ("bizLocations", "bizLocation"),
            ("readPoints", "readPoint"), ("dispositions", "disposition"),
        )
        for route in (
            _route(f"/{resource}", get=events.collection),
            _route(f"/{resource}/{{{name}}}", get=events.value),
            _route(f"/{resource}/{{{name}}}/events", xml=True, get=events.value_events),
        )
    ),
    _route("/queries", discovery="writable", get=named.queries, post=named.create),
    _route("/queries/{queryName}", discovery="removable", get=named.definition, delete=named.delete),
    _route("/queries/{queryName}/subscriptions", discovery="writable", get=named.subscriptions, post=named.subscribe),
    _route(
        "/queries/{queryName}/subscriptions/{subscriptionID}", discovery="subscription",
        get=named.subscription, delete=named.unsubscribe,
    ),
    _route("/queries/{queryName}/events", xml=True, get=named.events),
    _route("/nextPageToken/{token}", delete=top.forget_token),
    _route("/masterData", get=top.master_data),
]  # fmt: skip
BY_PATH = {route.path: route for route in ROUTES}
ADDED: dict[str, Route] = {}


def add(*more: Route) -> None:
    """Answer at more paths, none of them with an identifier in it: what stands above the repository adds its own."""
    ADDED.update({route.path: route for route in more})


_BROWSED = {path.split("/")[1]: path for path in BY_PATH if path.count("/") == 2 and path.endswith("}")}


def split(raw: bytes) -> tuple[str, ...]:
    """The parts of a path as it came, decoded one by one; identifiers may hold slashes, encoded or not."""
    parts = raw.decode("ascii", "replace").strip("/").split("/")
    return tuple(unquote(part, errors="replace") for part in parts) if parts != [""] else ()


def find(parts: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a path, and its parts with an identifier that had slashes put together; None where there is none."""
    if not parts:
        return BY_PATH["/"], ()
    if added := ADDED.get("/" + "/".join(parts)):
        return added, parts
    if len(parts) == 1:
        route = BY_PATH.get(f"/{parts[0]}")
        return (route, parts) if route else None
    head = parts[0]
    if head == "queries":
        return _query(parts)
    if head in ("capture", "nextPageToken"):
        return (BY_PATH[_BROWSED[head]], parts) if len(parts) == 2 else None
    if head not in _BROWSED:
        return None
    pattern = _BROWSED[head]
    if head != "events" and len(parts) > 2 and parts[-1] == "events":
        return BY_PATH[f"{pattern}/events"], (head, "/".join(parts[1:-1]), "events")
    return BY_PATH[pattern], (head, "/".join(parts[1:]))


def _query(parts: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
    below = {2: "", 3: f"/{parts[2]}" if len(parts) > 2 else "", 4: "/subscriptions/{subscriptionID}"}
    if len(parts) > 4 or (len(parts) == 4 and parts[2] != "subscriptions"):
        return None
    route = BY_PATH.get(f"/queries/{{queryName}}{below[len(parts)]}")
    return (route, parts) if route else None
