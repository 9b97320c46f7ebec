"""Which format an answer has: what the `Accept` header or `format` asks for, among what is offered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xilin.kernel.economy.sdmx.errors import NotAcceptable

VND = "application/vnd.sdmx."


@dataclass(frozen=True)
class Format:
    """A format: its name among the writers, its media type, and options asked for with it."""

    name: str
    media: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether errors are told in JSON too."""
        return self.name.startswith("json")


DATA = {
    "generic": f"{VND}genericdata+xml;version=2.1",
    "specific": f"{VND}structurespecificdata+xml;version=2.1",
    "json1": f"{VND}data+json;version=1.0.0",
    "json2": f"{VND}data+json;version=2.0.0",
    "csv1": f"{VND}data+csv;version=1.0.0",
    "csv2": f"{VND}data+csv;version=2.0.0",
}
STRUCTURE = {
    "xml": f"{VND}structure+xml;version=2.1",
    "json1": f"{VND}structure+json;version=1.0.0",
    "json2": f"{VND}structure+json;version=2.0.0",
}
# What a media type without a version means, in REST 2.1 and 3.0, for data and for structures.
PLAIN: dict[tuple[str, bool], dict[str, str]] = {
    ("2.1", True): {
        "*/*": "generic", "text/html": "generic", "application/*": "generic", "application/xml": "generic",
        "text/xml": "generic", "application/json": "json1", "text/csv": "csv1", "text/*": "csv1",
    },
    ("3.0", True): {
        "*/*": "json2", "text/html": "json2", "application/*": "json2", "application/json": "json2",
        "application/xml": "specific", "text/xml": "specific", "text/csv": "csv2", "text/*": "csv2",
    },
    ("2.1", False): {
        "*/*": "xml", "text/html": "xml", "application/*": "xml", "application/xml": "xml", "text/xml": "xml",
        "application/json": "json1",
    },
    ("3.0", False): {
        "*/*": "json2", "text/html": "json2", "application/*": "json2", "application/json": "json2",
        "application/xml": "xml", "text/xml": "xml",
    },
}  # fmt: skip
SHORT = {
    "2.1": {"json": "json1", "csv": "csv1", "xml": "generic"},
    "3.0": {"json": "json2", "csv": "csv2", "xml": "specific"},
}


def choose(accept: str, asked: str, *, version: str, data: bool) -> Format:
    """The format of an answer; `asked` is the parameter `format`, for addresses that people follow.

    Raises:
        NotAcceptable: none of those asked for is offered.

    >>> choose("application/vnd.sdmx.data+csv;version=1.0.0;labels=both", "", version="2.1", data=True).name
    'csv1'
    """
    offered = DATA if data else STRUCTURE
    if asked:
        name = SHORT[version].get(asked, asked) if data or asked != "xml" else "xml"
        if name not in offered:
            raise NotAcceptable(what=asked, offered=", ".join([*SHORT[version], *offered]))
        return Format(name, offered[name])
    for media, parameters in _accepted(accept or "*/*"):
        name = _named(media, parameters.get("version", ""), version, data)
        if name:
            return Format(name, offered[name], parameters)
    raise NotAcceptable(what=accept, offered=", ".join(offered.values()))


def _named(media: str, wanted: str, version: str, data: bool) -> str:
    """The format a media type means, or nothing."""
    for name, offered in (DATA if data else STRUCTURE).items():
        ours, _, number = offered.partition(";version=")
        if media != ours:
            continue
        if wanted and (number == wanted or number.startswith(f"{wanted}.")):
            return name
        if not wanted and (name[-1] not in "12" or name[-1] == ("1" if version == "2.1" else "2")):
            return name
    return PLAIN[version, data].get(media, "")


def _accepted(header: str) -> list[tuple[str, dict[str, str]]]:
    """The media types of a header, best first."""
    found = []
    for n, part in enumerate(header.split(",")):
        media, *rest = (one.strip() for one in part.split(";"))
        parameters = {
            name.strip().lower(): value.strip().strip('"')
            for name, equals, value in (one.partition("=") for one in rest)
            if equals
        }
        try:
            weight = float(parameters.pop("q", "1"))
        except ValueError:
            weight = 0
        if weight > 0 and media:
            found.append((-weight, n, media.lower(), parameters))
    return [(media, parameters) for _, _, media, parameters in sorted(found, key=lambda one: one[:2])]
