"""What every response carries, and how a refusal becomes an answer."""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from xilin.lib.errors import Refusal
from xilin.lib.text import ENGLISH
from xilin.web import beside, languages, marking, pairs

PROBLEM = "application/problem+json"
Answer = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; worker-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class ContentSecurityPolicy:
    """Nothing is loaded from anywhere else; no script and no style stands in a page itself.

    A view whose answer needs more, such as a report that is one file, sets the header itself.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


def _reads_pages(request: HttpRequest) -> bool:
    """Whether an interface for programs was asked for a page: `f=html`, or by a browser."""
    wanted = request.GET.get("f")
    if wanted:
        return wanted == "html"
    return bool(request.get_preferred_type([PROBLEM, "application/json", "text/html"]) == "text/html")


class Refusals:
    """A `Refusal` raised by a view becomes a page, or problem+json (RFC 9457) for programs."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal; anything else is a defect and stays one."""
        if not isinstance(error, Refusal):
            return None
        if request.path.startswith("/api/") and not _reads_pages(request):
            problem = {
                "type": error.code,
                "title": str(error),
                "detail": error.advice,
                "status": error.status,
            }
            return HttpResponse(
                json.dumps(problem, ensure_ascii=False),
                status=error.status,
                content_type=PROBLEM,
            )
        return render(request, "web/refusal.html", {"refusal": error}, status=error.status)


class Tongues:
    """The language of a page: desks have Chinese and English only, and what is Mongolian is finished by `marking`."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = languages.tongue(translation.get_language())
        desk = request.path.startswith(tuple(settings.DESKS))
        if desk and not asked.desks:
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
            request.asked_tongue = asked  # type: ignore[attr-defined]
        # What ends in a file's name is no page, and may be no text.
        page = asked.unread and not desk and "." not in request.path.rsplit("/", 1)[-1]
        with languages.pairing(page), languages.telling(None if desk else asked.code) as declared:
            response = self.get_response(request)
            if not response.streaming and response.content:
                _finish(request, response, asked if asked.desks or not desk else None, declared)
        return response


def _finish(
    request: HttpRequest,
    response: HttpResponse,
    tongue: languages.Tongue | None,
    declared: languages.Declared,
) -> None:
    """Turn pairs of words into what the reader sees; nothing where there is nothing to turn."""
    kind = response.get("Content-Type", "")
    if kind.startswith("text/html"):
        if tongue is not None and tongue.unread:
            page, wanted = response.content.decode(), beside.wanted(request)
            done = marking.mark(
                page,
                vertical=tongue.vertical,
                beside=wanted,
                find=lambda zh: declared.said(zh, tongue.code),
            )
            response.content = done.encode()
        elif tongue is not None and tongue.code == ENGLISH:
            # What is Chinese in it says so: a voice that reads English would spell it or pass over it.
            response.content = marking.chinese(pairs.meant(response.content.decode())).encode()
        elif pairs.there(page := response.content.decode(errors="replace")):
            response.content = pairs.meant(page).encode()
    elif tongue is not None and tongue.unread and ("json" in kind or kind.startswith("text/")):
        text = response.content.decode(errors="surrogateescape")
        found = pairs.from_json(text) if "json" in kind else pairs.said(text)
        if found != text:
            response.content = found.encode(errors="surrogateescape")
