"""The public pages' frame: what parts offer to the home page, the herders' and the visitors' page, and to the news.

Applications don't know each other: each offers its sections, figures, doors and news here, and the pages show those of all.
Whatever is offered is asked for when a page wants it; a part that fails is told in the log and leaves the page standing.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language

Asked = TypeVar("Asked")
Given = TypeVar("Given")
logger = logging.getLogger(__name__)

Page = Literal["home", "herders", "visitors"]
# In the navigation, in the footer, in an entrance of the home page, above what the herders' and the visitors' page show.
Place = Literal[
    "navigation",
    "footing",
    "citizens",
    "herders",
    "visitors",
    "enterprises",
    "departments",
    "herders_page",
    "visitors_page",
]
Answer = Callable[[HttpRequest], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a public page: its title, the template it is drawn with, and who answers what the template shows.

    An answer of nothing is shown as `empty` (and `advice`, what comes next). `span` is how much of the page's width it wants,
    `order` where it stands; `more` leads on: a name and an address, each when the page is drawn.
    """

    page: Page
    code: str
    title: Any
    template: str
    answer: Answer
    empty: Any
    advice: Any = ""
    order: int = 100
    span: Literal["whole", "half", "third"] = "whole"
    more: Callable[[], tuple[Any, str]] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as it stands on a page; `state` is `full`, `empty` or `failed`, `html` what a full one shows."""

    section: Section
    state: Literal["full", "empty", "failed"]
    html: str = ""
    more: tuple[Any, str] | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A live figure of the home page: how much of what, as of when, and where it comes from. `shown` stands for a share."""

    what: Any
    href: str
    value: float | None = None
    shown: str = ""
    at: datetime | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class Door:
    """A way to a page, and where it stands."""

    place: Place
    name: Any
    href: str
    order: int = 100
    about: Any = ""
    icon: str = "arrow"


@dataclass(frozen=True, slots=True)
class News:
    """An event the public may know of: what happened when, of which kind, and its page; `id` never changes."""

    id: str
    at: datetime
    kind: str
    title: str
    href: str
    about: str = ""


SECTIONS: list[Section] = []
MORE: list[Callable[[Page], Iterable[Section]]] = []
FIGURES: list[Callable[[HttpRequest], Iterable[Figure]]] = []
DOORS: list[Callable[[HttpRequest], Iterable[Door]]] = []
NEWS: list[Callable[[int], Iterable[News]]] = []


def offer(*sections: Section) -> None:
    """Let a part add sections to public pages. Called from `apps.ready()`; a second one of a page and code is left out."""
    known = {(one.page, one.code) for one in SECTIONS}
    SECTIONS.extend(one for one in sections if (one.page, one.code) not in known)


def offer_more(part: Callable[[Page], Iterable[Section]]) -> None:
    """Let a part add sections that are known when a page is drawn, such as those a league folder declares."""
    if part not in MORE:
        MORE.append(part)


def offer_figures(part: Callable[[HttpRequest], Iterable[Figure]]) -> None:
    """Let a part add live figures to the home page."""
    if part not in FIGURES:
        FIGURES.append(part)


def offer_doors(part: Callable[[HttpRequest], Iterable[Door]]) -> None:
    """Let a part add ways to its pages: to the navigation, the footer, or the entrances of the home page."""
    if part not in DOORS:
        DOORS.append(part)


def offer_news(part: Callable[[int], Iterable[News]]) -> None:
    """Let a part tell its newest events, at most so many as it is asked for."""
    if part not in NEWS:
        NEWS.append(part)


def sections(request: HttpRequest, page: Page) -> list[Shown]:
    """The sections of a page as they stand now, in their order."""
    found = [one for one in SECTIONS if one.page == page]
    found += [one for part in MORE for one in _asked(part, page)]
    return [_shown(request, one) for one in sorted(found, key=lambda one: one.order)]


def figures(request: HttpRequest) -> list[Figure]:
    """The live figures that have a value, in their order."""
    found = [one for part in FIGURES for one in _asked(part, request)]
    return sorted((one for one in found if one.value or one.shown), key=lambda one: one.order)


def doors(request: HttpRequest, place: Place) -> list[Door]:
    """The ways that stand in a place, in their order; the parts are asked once for a request."""
    language = get_language()
    known: tuple[str | None, list[Door]] | None = getattr(request, "_doors", None)
    if known is None or known[0] != language:
        found = (one for part in DOORS for one in _asked(part, request))
        known = language, sorted(found, key=lambda one: one.order)
        request._doors = known  # type: ignore[attr-defined]
    return [one for one in known[1] if one.place == place]


def news(most: int) -> list[News]:
    """The newest events of all parts, newest first."""
    found = [one for part in NEWS for one in _asked(part, most)]
    return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:most]


def _shown(request: HttpRequest, section: Section) -> Shown:
    try:
        with _apart():
            answer = section.answer(request)
            if not answer:
                return Shown(section, "empty")
            html = render_to_string(section.template, dict(answer), request)
            return Shown(section, "full", html, section.more() if section.more else None)
    except Exception:
        logger.exception("Section %s of page %s failed.", section.code, section.page)
        return Shown(section, "failed")


def _asked(part: Callable[[Asked], Iterable[Given]], asked: Asked) -> Sequence[Given]:
    try:
        with _apart():
            return list(part(asked))
    except Exception:
        logger.exception("A part of the public pages failed: %s.", getattr(part, "__qualname__", part))
        return ()


def _apart() -> Any:
    """Within a transaction a failed statement must not take the others with it."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()
