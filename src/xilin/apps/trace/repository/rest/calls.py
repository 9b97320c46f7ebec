"""One call and its answer, as the service's functions see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote

import msgspec
from psycopg import Connection
from starlette.types import Scope

from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.repository.errors import NotAcceptable, QueryParameterWrong
from xilin.apps.trace.repository.finding import Viewer

JSON, LD, XML = "application/json", "application/ld+json", "application/xml"
PER_PAGE, MOST_PER_PAGE = 30, 1000
EPC_FORMATS = ("No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates")
CBV_FORMATS = ("No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates")
VERSION = "2.0.0"
_OURS, _OLD = (2, 0), (1, 2)


@dataclass
class Call:
    """A call on its way: who makes it, what it asks, and the connection to answer it on."""

    method: str
    path: str
    parts: tuple[str, ...]
    query: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    connection: Connection[Any]
    viewer: Viewer
    may_capture: bool = False
    may_query: bool = False
    language: str = "en"
    kinds: tuple[str, ...] = (JSON, LD, XML)
    noted: dict[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the address, the last of each name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def names(self) -> Names:
        """The namespaces the call declares: `GS1-Extensions: ex=http://ex.example/, …`."""
        return Names(extensions(self.headers.get("gs1-extensions", "")))

    @property
    def xml_version(self) -> str:
        """The version of EPCIS that XML is answered in: 1.2 for those who take nothing newer."""
        return "1.2" if is_old(self.headers) else "2.0"

    @property
    def size(self) -> int:
        """How many things a page of the answer holds."""
        text = self.parameters.get("perPage")
        if text is None:
            return PER_PAGE
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
            raise QueryParameterWrong(name="perPage", why="1, 2, …")
        return min(int(text), MOST_PER_PAGE)

    @property
    def media(self) -> str:
        """The media type of the answer, by `Accept`."""
        return acceptable(self.headers.get("accept", ""), self.kinds)


@dataclass
class Answer:
    """What is answered: `content` is encoded as JSON unless it is bytes already."""

    content: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media: str = JSON

    def body(self) -> bytes:
        """The answer's bytes."""
        if self.content is None:
            return b""
        return self.content if isinstance(self.content, bytes) else msgspec.json.encode(self.content)


def extensions(text: str) -> dict[str, str]:
    """The namespaces of the header GS1-Extensions.

    >>> extensions("ex=http://ex.example/, v=urn:x:")
    {'ex': 'http://ex.example/', 'v': 'urn:x:'}
    """
    found = {}
    for part in text[:8000].split(","):
        prefix, equals, uri = part.strip().partition("=")
        if equals and prefix and uri and "\0" not in part:
            found[prefix.strip()] = uri.strip()
    return found


def acceptable(header: str, known: tuple[str, ...]) -> str:
    """The media type to answer with: the best of those accepted, the first known one where anything is.

    >>> acceptable("application/json;q=0, */*", ("application/json", "application/xml"))
    'application/xml'
    """
    if not header.strip():
        return known[0]
    ranges = {}
    for part in header.split(","):
        name, *options = (one.strip().lower() for one in part.split(";"))
        weight = next((_weight(one[2:]) for one in options if one.startswith("q=")), 1.0)
        ranges[XML if name == "text/xml" else name] = weight
    best: tuple[float, int, int, str] | None = None
    for place, media in enumerate(known):
        # What names a type most exactly decides about it (RFC 9110, 12.5.1).
        for exact, name in ((2, media), (1, "application/*"), (0, "*/*")):
            if name in ranges:
                if ranges[name] > 0:
                    rank = (ranges[name], exact, -place, media)
                    best = max(best, rank) if best else rank
                break
    if best is None:
        raise NotAcceptable(header="Accept", allowed=", ".join(known))
    return best[3]


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def is_old(headers: Mapping[str, str]) -> bool:
    """Whether a call takes nothing newer than EPCIS 1.2, which XML alone has."""
    asked = _version(headers.get("gs1-epcis-max", VERSION))
    return asked is not None and asked < _OURS


def check_versions(headers: Mapping[str, str], *, oldest: tuple[int, int] = _OURS) -> None:
    """NotAcceptable where a header asks for versions or formats that aren't spoken here; `oldest` is what may be asked for."""
    for kind in ("epcis", "cbv"):
        for bound in ("min", "max"):
            name = f"gs1-{kind}-{bound}"
            asked = _version(headers.get(name, VERSION))
            if asked is None or (asked > _OURS if bound == "min" else asked < oldest):
                raise NotAcceptable(header=name, allowed=VERSION)
        name = f"gs1-{kind}-version"
        if name in headers and _version(headers[name]) not in ((2, 0), (1, 2)):
            raise NotAcceptable(header=name, allowed=f"{VERSION}, 1.2")
    for name, known in (("gs1-epc-format", EPC_FORMATS), ("gs1-cbv-xml-format", CBV_FORMATS)):
        if name in headers and headers[name] not in known:
            raise NotAcceptable(header=name, allowed=", ".join(known))


def oldest(route_kinds: tuple[str, ...], method: str) -> tuple[int, int]:
    """The oldest version that may be asked for where answers have these media types."""
    return _OLD if method == "GET" and XML in route_kinds else _OURS


def _version(text: str) -> tuple[int, int] | None:
    parts = text.strip().split(".")
    if not 1 <= len(parts) <= 3 or not all(
        part.isascii() and part.isdigit() and len(part) < 6 for part in parts
    ):
        return None
    return int(parts[0]), int(parts[1]) if len(parts) > 1 else 0


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers, by their names in small letters."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def raw_path(scope: Scope) -> bytes:
    """The path as it came, still encoded, without its query."""
    raw: bytes = scope.get("raw_path") or b""
    if not raw:
        raw = quote(scope["path"], safe="/%:;,@!$&'()*+=~-._").encode()
    return raw.partition(b"?")[0]
