"""What every response carries, and how a refusal becomes an answer."""

import json
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xilin.lib.errors import Refusal

PROBLEM = "application/problem+json"
Answer = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
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
