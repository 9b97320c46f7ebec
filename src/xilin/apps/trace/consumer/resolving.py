"""The resolver before the pages: every address of goods is a GS1 Digital Link that may be asked for its links.

A request that wants another link, or all of them, is answered here; one whose default link is the address itself goes on to
its page. The description of the resolver stands at `/.well-known/gs1resolver`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from xilin.apps.trace.consumer.booked import booked
from xilin.apps.trace.consumer.errors import BadAddress, NoGoods
from xilin.apps.trace.consumer.links import Links, links_of
from xilin.apps.trace.gs1 import link, resolver
from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.identifiers import table
from xilin.apps.trace.gs1.resolver import Question, Reply
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.standards.queries import current_version

View = Callable[..., HttpResponse]
LONGEST = 2_000
DESCRIPTION = "/.well-known/gs1resolver"
_PRIMARY = [one.code for one in table() if one.key is not None]
_KEYS = "|".join(
    map(re.escape, [*_PRIMARY, *(name for name, code in link.NAMES.items() if code in _PRIMARY)])
)
# Addresses of every key that has no page of its own here, and of other ways to write those that have.
ANY = rf"^(?:{_KEYS})/.+$"


def answered(question: Question, site: str, links: Links) -> Reply | None:
    """The answer of the resolver, None where the page of the address is wanted; raises Malformed."""
    first = next(iter(resolver.accepted_languages(question.languages)), "zh")
    return resolver.respond(question, site, lambda paths: links.at(paths, site, first))


def resolving(view: View) -> View:
    """A page that is asked as a resolver first."""

    @wraps(view)
    def answer(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            return view(request, *given, **named)
        question = _question(request)
        try:
            if len(question.path) + len(question.query) > LONGEST:
                raise Malformed("link", "地址太长。", "The address is too long.")
            if resolver.asks_for_page(question):
                return _listed(request, question)
            reply = answered(question, _site(request), _links(request))
        except Malformed as wrong:
            if asks_for_links(question):
                return _sent(resolver.refused(wrong))
            raise BadAddress(kind="product", name="") from wrong
        if reply is not None and not (reply.status == 404 and not asks_for_links(question)):
            return _sent(reply)
        page = view(request, *given, **named)
        for header, said in (
            resolver.OPEN | {"Link": resolver.links_header(_site(request), question.path)}
        ).items():
            page.headers[header] = said
        return page

    return answer


def _listed(request: HttpRequest, question: Question) -> HttpResponse:
    """All links of an address as a page; raises Malformed, NoGoods."""
    site, links, language = _site(request), _links(request), get_language() or "zh-hans"
    found, headers = resolver.listed(question, site, lambda paths: links.at(paths, site, language))
    if not found:
        raise NoGoods(kind="product", name=question.path[:40])
    page = render(request, "consumer/links.html", {"answers": found, "site": site, "path": found[0].anchor})
    for header, said in headers.items():
        page.headers[header] = said
    page.headers["Vary"] = f"{headers['Vary']}, Cookie"
    return page


@resolving
def elsewhere(request: HttpRequest) -> HttpResponse:
    """An address of goods without a page of its own."""
    raise NoGoods(kind="product", name=request.path[:40])


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """What the resolver says of itself."""
    return _sent(described(_site(request), _links(request)))


def described(site: str, links: Links) -> Reply:
    """The description file of a resolver at a site."""
    version = current_version()
    name = f"Xilin {version.league}" if version is not None else "Xilin"
    told = msgspec.json.encode(resolver.description(site, name, links.contexts))
    return Reply(200, resolver.OPEN | {"Content-Type": "application/json"}, told)


def for_programs(question: Question, site: str, at: datetime) -> Reply | None:
    """The answer where links are asked for, or the description; None where it is the thing itself that is asked about."""
    if question.path == DESCRIPTION:
        return described(site, links_of(book(at)))
    if not asks_for_links(question):
        return None
    try:
        return answered(question, site, links_of(book(at)))
    except Malformed as wrong:
        return resolver.refused(wrong)


def _links(request: HttpRequest) -> Links:
    return links_of(booked(request, timezone.now()))


def _question(request: HttpRequest) -> Question:
    raw = getattr(request, "scope", {}).get("raw_path", b"").decode("ascii", "replace").partition("?")[0]
    return Question(
        path=raw or request.get_full_path().partition("?")[0],
        query=request.META.get("QUERY_STRING", ""),
        method=request.method or "GET",
        accept=request.headers.get("Accept", ""),
        languages=request.headers.get("Accept-Language", ""),
    )


def asks_for_links(question: Question) -> bool:
    """Whether somebody asks for links, not for what stands at the address itself."""
    return (
        question.method == "OPTIONS"
        or "linktype=" in question.query.lower()
        or resolver.LINKSET in question.accept
    )


def _site(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _sent(reply: Reply) -> HttpResponse:
    return HttpResponse(reply.body, status=reply.status, headers=reply.headers)
