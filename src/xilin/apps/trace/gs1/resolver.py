"""What a resolver answers for a Digital Link (GS1-Conformant Resolver 1.2): which link, or the list of all.

Links are kept at keys of any fineness: a product, its lot, one item. Who asks for an item and finds nothing there is led
to what is known of its lot, then of its variant, then of the product. `respond` is the whole of it for one request.

Compressed links are not read, and the description file says so by not naming them. Since July 2025 they are binary EPCs
(Digital Link URI: Compression 1.0.0). That standard's text and any vectors of it were not to be had: the binary EPC within
is known from the Tag Data Standard, but not how a link marks, spells and ends one, nor what may follow it. A guess would
lead a buyer to another article. The algorithm before it (toolkits of 2018 to 2021) loses noughts at the head of serial
numbers, so that two packs have one link, and was withdrawn.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.elements import Element
from xilin.apps.trace.gs1.errors import Malformed

VOCABULARY = "https://ref.gs1.org/voc/"
# Where the vocabulary was before, and still is in many links.
_FORMER = "https://gs1.org/voc/"
DEFAULT, ALL = "gs1:defaultLink", ("all", "linkset")
LINKSET, LINKED, PAGE = "application/linkset+json", "application/ld+json", "text/html"
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
METHODS = "GET, HEAD, OPTIONS"
# Said with every answer: scripts of any page may read it and where it leads; nothing here knows who asks.
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type",
    "Access-Control-Expose-Headers": "Link, Location",
}
_OURS = {"linktype", "context"}
_SETTINGS = link.Settings(names=True, short_gtins=True)


class Target(msgspec.Struct, frozen=True):
    """One link kept at a key: its type (`gs1:pip`, `gs1:traceability` …), where it leads, in which languages and contexts."""

    type: str
    href: str
    title: str = ""
    languages: tuple[str, ...] = ()
    context: str = ""
    media_type: str = ""
    default: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What was found: the key it is kept at (finest first), and its links; `chosen` where one was asked for."""

    anchor: str
    targets: tuple[Target, ...]
    chosen: Target | None


class Question(msgspec.Struct, frozen=True):
    """A request as it came: path and query as they were written, what the client accepts and speaks (headers)."""

    path: str
    query: str = ""
    method: str = "GET"
    accept: str = ""
    languages: str = ""


class Reply(msgspec.Struct, frozen=True):
    """What is sent back instead of a page."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


Kept = Callable[[Sequence[str]], Mapping[str, Sequence[Target]]]


def keys(path: Sequence[Element]) -> list[str]:
    """Paths a link may be kept at, from the finest to the coarsest.

    Below the whole of it stand the single item without lot and variant, then lot and variant, the lot, the variant, the key
    alone (the six sets of the standard, 2.5.9).

    >>> keys([("01", "09520123456788"), ("10", "L1"), ("21", "7")])
    ['/01/09520123456788/10/L1/21/7', '/01/09520123456788/21/7', '/01/09520123456788/10/L1', '/01/09520123456788']
    """
    key, qualifiers = path[0], tuple(path[1:])
    single = [one for one in qualifiers if one[0] in ("21", "235")]
    rest = [one for one in qualifiers if one not in single]
    ways = [qualifiers, *((one,) for one in single)]
    for length in range(len(rest), -1, -1):
        ways += reversed(list(combinations(rest, length)))
    return list(dict.fromkeys(_path([key, *way]) for way in ways))


def _path(elements: Sequence[Element]) -> str:
    return link.Link("", tuple(elements), (), ()).canonical().removeprefix(link.ROOT)


def respond(question: Question, site: str, kept: Kept) -> Reply | None:
    """The answer to a request for a Digital Link; None where its default link is the address itself: its page is shown.

    `kept` gives the links at the paths it is asked for. Raises Malformed for what is no Digital Link (a status of 400).
    """
    if question.method == "OPTIONS":
        return Reply(204, OPEN | {"Allow": METHODS})
    wanted = set(_accepted(question.accept))
    if _whole(question):
        return _linkset(site, *listed(question, site, kept), wanted)
    asked = _parameter(question, "linktype")
    found = _read(question, site, checked=bool(asked))
    there = kept(keys(found.path))
    headers = _headers(site, found)
    one = answer(
        found,
        there,
        link_type=asked,
        languages=accepted_languages(question.languages),
        context=_parameter(question, "context"),
        media=wanted,
    )
    if one is None or one.chosen is None:
        return _problem(404, "There is no such link.", headers)
    if not asked and _same(one.chosen.href, site + question.path):
        return None
    return Reply(307, headers | {"Location": onward(one.chosen, question.query)})


def listed(question: Question, site: str, kept: Kept) -> tuple[list[Answer], dict[str, str]]:
    """All links at an address and at the coarser keys above it, finest first, and the headers that go with them.

    Raises Malformed for what is no Digital Link.
    """
    found = _read(question, site, checked=True)
    paths = keys(found.path)
    there = kept(paths)
    return [Answer(path, tuple(there[path]), None) for path in paths if there.get(path)], _headers(
        site, found
    )


def asks_for_page(question: Question) -> bool:
    """Whether the list of all links is asked for by somebody who reads pages, as browsers say of themselves."""
    wanted = set(_accepted(question.accept))
    return (
        question.method != "OPTIONS"
        and _whole(question)
        and PAGE in wanted
        and not wanted & {LINKSET, LINKED}
    )


def _whole(question: Question) -> bool:
    """Whether the list of all links is asked for."""
    asked = _parameter(question, "linktype")
    return asked in ALL or (not asked and LINKSET in _accepted(question.accept))


def _parameter(question: Question, wanted: str) -> str:
    given = parse_qsl(question.query, keep_blank_values=True)
    return next((value for name, value in given if name.lower() == wanted), "")


def _read(question: Question, site: str, *, checked: bool) -> link.Link:
    """The Digital Link of a question. A page is shown for whatever its query holds; who asks for links is told of attributes
    that can't be (`checked`)."""
    query = f"?{question.query}" if question.query and checked else ""
    return link.read(site + question.path.rstrip("/") + query, _SETTINGS)


def _headers(site: str, found: link.Link) -> dict[str, str]:
    return OPEN | {"Link": links_header(site, _path(found.path)), "Vary": "Accept, Accept-Language"}


def refused(wrong: Malformed) -> Reply:
    """The answer to what is no Digital Link."""
    return _problem(400, wrong.what.en, dict(OPEN))


def links_header(site: str, path: str) -> str:
    """The header that leads from an address to all its links."""
    return (
        f'<{site}{path}?linkType=linkset>; rel="linkset"; type="{LINKSET}", '
        f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="{LINKED}"'
    )


def description(site: str, name: str, contexts: Iterable[str]) -> dict[str, Any]:
    """What `/.well-known/gs1resolver` says of this resolver."""
    return {
        "name": name,
        "resolverRoot": site,
        "supportedPrimaryKeys": ["all"],
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "supportedContextValuesEnumerated": sorted({one for one in contexts if one}),
        "linkTypeDefaultCanBeLinkset": False,
        "supportsSemanticInterpretation": False,
        "validatesAIcombinations": False,
        "supportsLanguageVariants": True,
        "jsonLdContextLocation": CONTEXT,
    }


def _linkset(site: str, found: Sequence[Answer], headers: dict[str, str], wanted: set[str]) -> Reply:
    if not found:
        return _problem(404, "Nothing is known of it.", headers)
    told = linkset(site, found)
    if LINKED in wanted and LINKSET not in wanted:
        return Reply(200, headers | {"Content-Type": LINKED}, _json({"@context": CONTEXT} | told))
    return Reply(200, headers | {"Content-Type": LINKSET}, _json(told))


def _problem(status: int, title: str, headers: dict[str, str]) -> Reply:
    body = _json({"title": title, "status": status})
    return Reply(status, headers | {"Content-Type": "application/problem+json"}, body)


def _json(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def _accepted(header: str) -> list[str]:
    """Media types of an Accept header, without those it refuses."""
    found = []
    for part in header.lower().split(","):
        name, *rest = (piece.strip() for piece in part.split(";"))
        if name and not any(one.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for one in rest):
            found.append(name)
    return found


def _same(href: str, address: str) -> bool:
    return unquote(href) == unquote(address)


def answer(
    found: link.Link,
    kept: Mapping[str, Sequence[Target]],
    *,
    link_type: str = "",
    languages: Sequence[str] = (),
    context: str = "",
    media: Iterable[str] = (),
) -> Answer | None:
    """The answer to a question, walking up to coarser keys; None where nothing is kept at any of them.

    `link_type` "" asks for the default link, "all" or "linkset" for the list alone. With a type that is kept nowhere on
    the way up nothing is chosen: the list of the finest key that has any is the answer.
    """
    wanted = "" if link_type in ALL else link_type
    first: Answer | None = None
    for path in keys(found.path):
        targets = tuple(kept.get(path, ()))
        if not targets:
            continue
        if link_type in ALL:
            return Answer(path, targets, None)
        chosen = _choose(targets, wanted or DEFAULT, languages, context, frozenset(media))
        if chosen is not None:
            return Answer(path, targets, chosen)
        first = first or Answer(path, targets, None)
    return first


def _choose(
    targets: Sequence[Target], wanted: str, languages: Sequence[str], context: str, media: frozenset[str]
) -> Target | None:
    full = wanted.replace(VOCABULARY, "gs1:").replace(_FORMER, "gs1:")
    if full == DEFAULT:
        fitting = [target for target in targets if target.default] or [
            target for target in targets if target.type == DEFAULT
        ]
    else:
        fitting = [target for target in targets if target.type == full]
    if context:
        fitting = [target for target in fitting if target.context == context] or fitting
    fitting = [target for target in fitting if target.media_type in media] or fitting
    for language in languages:
        for target in fitting:
            if any(_same_language(language, one) for one in target.languages):
                return target
    plain = [target for target in fitting if not target.languages]
    return next(iter(plain or fitting), None)


def _same_language(wanted: str, given: str) -> bool:
    return given.lower() == wanted.lower() or given.lower().split("-")[0] == wanted.lower().split("-")[0]


def accepted_languages(header: str) -> list[str]:
    """Languages of an Accept-Language header, the most wanted first; unreadable parts are left out."""
    weighed = []
    for place, part in enumerate(header.split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if name and name != "*" and weight > 0:
            weighed.append((-weight, place, name.strip()))
    return [name for _, _, name in sorted(weighed)]


def onward(target: Target, query: str) -> str:
    """Where to send who asked: the target with all of the question's query as it was written, but what was meant for us.

    >>> onward(Target("gs1:pip", "https://example.org/x?a=1#b"), "linkType=gs1:pip&17=261231;s=%2B&flag")
    'https://example.org/x?a=1&17=261231;s=%2B&flag#b'
    """
    parts = [part for part in query.split("&") if part and part.partition("=")[0].lower() not in _OURS]
    if not parts:
        return target.href
    address, mark, fragment = target.href.partition("#")
    return f"{address}{'&' if urlsplit(address).query else '?'}{'&'.join(parts)}{mark}{fragment}"


def linkset(site: str, answers: Iterable[Answer]) -> dict[str, Any]:
    """The list of links as a linkset (RFC 9264), one entry for each key; of default links the first is the one."""
    entries = []
    for one in answers:
        entry: dict[str, Any] = {"anchor": site + one.anchor}
        defaults = [target for target in one.targets if target.default]
        if defaults:
            entry[VOCABULARY + "defaultLink"] = [{"href": defaults[0].href, "title": _title(defaults[0])}]
        if len(defaults) > 1:
            entry[VOCABULARY + "defaultLinkMulti"] = [_told(target) for target in defaults]
        for target in one.targets:
            if target.type != DEFAULT:
                entry.setdefault(target.type.replace("gs1:", VOCABULARY), []).append(_told(target))
        entries.append(entry)
    return {"linkset": entries}


def _title(target: Target) -> str:
    return target.title or target.type.removeprefix("gs1:")


def _told(target: Target) -> dict[str, Any]:
    told: dict[str, Any] = {"href": target.href, "title": _title(target)}
    if target.media_type:
        told["type"] = target.media_type
    if target.languages:
        told["hreflang"] = list(target.languages)
    if target.context:
        told["context"] = [target.context]
    return told
