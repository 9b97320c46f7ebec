"""What a resolver answers for a Digital Link (GS1-Conformant Resolver 1.1): which link, or the list of all.

Links are kept at keys of any fineness: a product, its lot, one item. Who asks for an item and finds nothing there is led
to what is known of its lot, then of its variant, then of the product.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from xilin.apps.trace.gs1 import link
from xilin.apps.trace.gs1.elements import Element

VOCABULARY = "https://ref.gs1.org/voc/"
DEFAULT, ALL = "gs1:defaultLink", ("all", "linkset")


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


def keys(path: Sequence[Element]) -> list[str]:
    """Paths from the finest to the coarsest: each qualifier from the last on is left out in turn.

    >>> keys([("01", "09520123456788"), ("10", "L1"), ("21", "7")])
    ['/01/09520123456788/10/L1/21/7', '/01/09520123456788/10/L1', '/01/09520123456788']
    """
    return [
        link.Link("", tuple(path[:length]), (), ()).canonical().removeprefix(link.ROOT)
        for length in range(len(path), 0, -1)
    ]


def answer(
    found: link.Link,
    kept: Mapping[str, Sequence[Target]],
    *,
    link_type: str = "",
    languages: Sequence[str] = (),
    context: str = "",
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
        chosen = _choose(targets, wanted or DEFAULT, languages, context)
        if chosen is not None:
            return Answer(path, targets, chosen)
        first = first or Answer(path, targets, None)
    return first


def _choose(targets: Sequence[Target], wanted: str, languages: Sequence[str], context: str) -> Target | None:
    full = wanted.replace(VOCABULARY, "gs1:")
    if full == DEFAULT:
        fitting = [target for target in targets if target.default] or [
            target for target in targets if target.type == DEFAULT
        ]
    else:
        fitting = [target for target in targets if target.type == full]
    if context:
        fitting = [target for target in fitting if target.context == context] or fitting
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


def onward(target: Target, query: Sequence[tuple[str, str]]) -> str:
    """Where to send who asked: the target with the parameters of the question that it doesn't have itself."""
    have = {name for name, _ in _parameters(target.href)}
    rest = [
        (name, value) for name, value in query if name not in have and name not in ("linkType", "context")
    ]
    if not rest:
        return target.href
    return target.href + ("&" if urlsplit(target.href).query else "?") + urlencode(rest)


def _parameters(href: str) -> list[tuple[str, str]]:
    return [(part.partition("=")[0], "") for part in urlsplit(href).query.split("&") if part]


def linkset(site: str, answers: Iterable[Answer]) -> dict[str, Any]:
    """The list of links as a linkset (RFC 9264), one entry for each key."""
    entries = []
    for one in answers:
        entry: dict[str, Any] = {"anchor": site + one.anchor}
        for target in one.targets:
            words = {"title": target.title, "type": target.media_type}
            told: dict[str, Any] = {"href": target.href} | {
                name: said for name, said in words.items() if said
            }
            if target.languages:
                told["hreflang"] = list(target.languages)
            if target.context:
                told["context"] = [target.context]
            entry.setdefault(target.type.replace("gs1:", VOCABULARY), []).append(told)
            if target.default:
                entry.setdefault(VOCABULARY + "defaultLink", []).append(told)
        entries.append(entry)
    return {"linkset": entries}
