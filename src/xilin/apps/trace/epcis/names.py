"""Names and values of a document with its prefixes written out, so that no syntax matters any more."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from xilin.apps.trace.epcis.fields import EVENTS
from xilin.apps.trace.epcis.keys import Key, canonical, usual
from xilin.apps.trace.epcis.vocabulary import EPCIS, LISTS, PREFIXES, Words, bare, one_host, web_uri

# Contexts the standard publishes; they declare the prefixes every document has anyway. None is ever fetched.
STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_STANDARD = re.compile(r"https?://(ref\.gs1\.org/standards/epcis/|gs1\.github\.io/EPCIS/)[^ ]*$")
_SIMPLE = re.compile(r"epcis-context-simple(\.jsonld)?$")

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
MOST, LONGEST = 4096, 500
"""Values of one kind that are remembered, and the characters of the longest."""
Found = TypeVar("Found")
COMMENTS = {"{http://www.w3.org/2000/01/rdf-schema}comment", "comment"}


def prefixes(context: Any, around: Mapping[str, str] | None = None) -> dict[str, str]:
    """The prefixes a `@context` declares itself; what it refers to by URI is kept but never fetched.

    One may be defined by another, by one of the standard's, or of those declared `around` it: all are written out.

    >>> prefixes([{"own": "https://own.example/"}, {"lot": "own:lot/", "more": {"@id": "lot:more#"}}])["more"]
    'https://own.example/lot/more#'
    """
    found: dict[str, str] = {}
    known = around or {}
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            told = _told(part)
            # What is defined by other names; the others are the usual ones and need no second look.
            if any(_by_another(uri, told, found, known) for uri in told.values()):
                told = {name: _whole(name, told, {**PREFIXES, **known, **found}) for name in told}
            found.update(told)
    return found


def _told(part: Mapping[str, Any]) -> dict[str, str]:
    """The names one object of a context declares, as it writes them; other words for JSON-LD's own are none."""
    found = {}
    for name, value in part.items():
        uri = value.get("@id") if isinstance(value, dict) else value
        if isinstance(uri, str) and not name.startswith("@") and not uri.startswith("@"):
            found[name] = uri
    return found


def _by_another(uri: str, *declared: Mapping[str, str]) -> bool:
    head, colon, rest = uri.partition(":")
    return (
        bool(colon)
        and not rest.startswith("//")
        and (head in PREFIXES or any(head in one for one in declared))
    )


def _whole(name: str, told: Mapping[str, str], known: Mapping[str, str]) -> str:
    """A declared name's URI with the prefixes in it written out, as far as they lead anywhere: a circle doesn't."""
    uri, passed = told[name], {name}
    while True:
        head, colon, rest = uri.partition(":")
        if not colon or rest.startswith("//") or head in passed:
            return uri
        if head in told:
            passed.add(head)
            uri = told[head] + rest
        elif head in known:
            # Those around are whole already.
            return known[head] + rest
        else:
            return uri


def is_simple(context: Any) -> bool:
    """Whether a `@context` names the standard's simple context, under which a few more forms are usual."""
    parts = context if isinstance(context, list) else [context]
    return any(isinstance(part, str) and _SIMPLE.search(part) for part in parts)


def is_standard(uri: str) -> bool:
    """Whether a URI is one of the contexts the standard publishes."""
    return _STANDARD.fullmatch(uri) is not None


def moment(text: str) -> datetime:
    """A date and time as the schema allows it, in UTC; raises ValueError for what no calendar has (the year 0000), and for a time
    without a zone, which is no moment.

    >>> moment("2026-03-01T08:00:00.5+08:00").isoformat()
    '2026-03-01T00:00:00.500000+00:00'
    """
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _odd_moment(text)
    except (ValueError, OverflowError):
        return _odd_moment(text)


def _odd_moment(text: str) -> datetime:
    """Leap seconds, small letters and long fractions, which the schema allows too."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(found[i]) for i in range(1, 7))
    micro = int((found[7] or ".0")[1:7].ljust(6, "0"))
    zone = found[8].upper().replace("Z", "+00:00")
    plain = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 59):02}{zone}"
    try:
        at = datetime.fromisoformat(plain).astimezone(UTC)
        return at + timedelta(seconds=second - min(second, 59), microseconds=micro)
    except (ValueError, OverflowError) as error:
        raise ValueError(text) from error


def stamp(text: str) -> str:
    """A date and time in UTC with exactly three decimals, the fourth rounding half up, as hashes write it.

    >>> stamp("2026-03-01T08:00:00.1235+08:00")
    '2026-03-01T00:00:00.124Z'
    """
    return told(moment(text))


def told(at: datetime) -> str:
    """A moment in UTC with exactly three decimals, the fourth rounding half up."""
    over = at.microsecond % 1000
    if over >= 500:
        at += timedelta(microseconds=1000 - over)
    # '"2026-03-01T00:00:00.124000Z"', or without decimals where they are zeros.
    said = _encode(at).decode()
    return f"{said[1:24]}Z" if at.microsecond else f"{said[1:20]}.000Z"


_encode = msgspec.json.Encoder().encode


def number(value: float) -> str:
    """A number without zeros that say nothing.

    >>> number(20.0), number(0.50), number(1e-7)
    ('20', '0.5', '0.0000001')
    """
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


class Names:
    """What a document's names and values stand for, with its own prefixes and the standard's.

    It remembers what it has worked out, so keep one for a document; `of` keeps them for documents with the same prefixes.
    """

    def __init__(self, declared: Mapping[str, str]) -> None:
        self.declared = dict(declared)
        self._prefixes = {**PREFIXES, **{prefix: ascii_only(uri) for prefix, uri in declared.items()}}
        self._names: dict[str, str] = {}
        self._keys: dict[str, Key] = {}
        self._words: dict[str, dict[str, tuple[str, str]]] = {words.name: {} for words in LISTS}
        self._texts: dict[str, str] = {}
        self.recurring: dict[tuple[str | None, ...], Any] = {}

    def remember(self, key: tuple[str | None, ...], found: Found) -> Found:
        """Keep in `recurring` what was worked out of a small part that recurs from event to event, and give it back."""
        return _kept(self.recurring, key, found)

    def name(self, name: str) -> str:
        """A member's name as `{namespace}local`; a bare one as it is."""
        found = self._names.get(name)
        if found is None:
            found = _kept(self._names, name, self._named(name))
        return found

    def _named(self, name: str) -> str:
        head, colon, rest = name.partition(":")
        if colon and head in self._prefixes:
            return f"{{{_trimmed(self._prefixes[head])}}}{rest}"
        if not colon:
            return name
        cut = max(name.rfind("/"), name.rfind("#"), name.rfind(":"))
        if name.startswith(("http:", "https:", "urn:")) and cut < len(name) - 1:
            return f"{{{_trimmed(name[: cut + 1])}}}{name[cut + 1 :]}"
        return f"{{{head}}}{rest}"

    def expanded(self, value: str) -> str:
        """A CURIE with its prefix written out; anything else as it is."""
        head, colon, rest = value.partition(":")
        if colon and not rest.startswith("//") and head in self._prefixes:
            return self._prefixes[head] + rest
        return value

    def event_type(self, value: str) -> str:
        """A type of event: the standard's bare, others as full URIs."""
        if ":" not in value:
            return value
        whole = self.expanded(value)
        local = whole.removeprefix(EPCIS)
        return local if local in EVENTS else whole

    def uri(self, value: str) -> str:
        """An identifier in its canonical form."""
        return self.key(value).id

    def key(self, value: str) -> Key:
        """An identifier in its canonical form, and whether it names a class."""
        found = usual(value) or self._keys.get(value)
        if found is None:
            plain = value.strip()
            if not plain.startswith("urn:epc:"):
                plain = one_host(self.expanded(plain))
            found = _kept(self._keys, value, canonical(plain))
        return found

    def word(self, words: Words, value: str) -> str:
        """The web URI of a word in any form."""
        return self.both(words, value)[0]

    def bare(self, words: Words, value: str) -> str:
        """The bare word of a standard value in any form, the full URI of any other."""
        return self.both(words, value)[1]

    def both(self, words: Words, value: str) -> tuple[str, str]:
        """The web URI and the bare word of a value."""
        known = self._words[words.name]
        found = known.get(value)
        if found is None:
            uri = web_uri(words, value)
            if uri == value:
                uri = web_uri(words, self.expanded(value))
            found = _kept(known, value, (uri, bare(words, uri)))
        return found

    def text(self, value: str) -> str:
        """A value of an extension: numbers, times, CURIEs and keys in their one form, other text without spaces around."""
        found = self._texts.get(value)
        if found is None:
            found = _kept(self._texts, value, self._text(value.strip()))
        return found

    def _text(self, value: str) -> str:
        if _NUMBER.fullmatch(value):
            plain = value.rstrip("0").rstrip(".") if "." in value else value
            return "0" if plain == "-0" else plain
        if _TIME.fullmatch(value):
            try:
                return stamp(value)
            except ValueError:
                return value
        return self.uri(value) if ":" in value else value

    def scalar(self, value: Any) -> str:
        """Any single value as hashes write it; "" for nothing."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return number(value)
        return ""


def of(declared: Mapping[str, str]) -> Names:
    """Names with these prefixes, the same ones again for the next document that declares them."""
    return _of(tuple(declared.items()))


@lru_cache(maxsize=16)
def _of(declared: tuple[tuple[str, str], ...]) -> Names:
    return Names(dict(declared))


def _kept(known: dict[Any, Any], key: Any, found: Found) -> Found:
    """Remember something that was worked out; where there is too much of it, begin anew: what recurs comes again."""
    if (len(key) if isinstance(key, str) else sum(map(len, filter(None, key)))) > LONGEST:
        return found
    if len(known) >= MOST:
        known.clear()
    known[key] = found
    return found


def _trimmed(namespace: str) -> str:
    """A namespace without the delimiter at its end: XML and JSON write some with, some without."""
    return ascii_only(namespace.rstrip("/#:"))


def ascii_only(uri: str) -> str:
    """A URI whose letters outside ASCII are percent-encoded, as XML has its namespaces.

    >>> ascii_only("https://ns.example.cn/羊/")
    'https://ns.example.cn/%E7%BE%8A/'
    """
    return uri if uri.isascii() else quote(uri, safe="%/:=&?~#+!$,;'@()*-._")
