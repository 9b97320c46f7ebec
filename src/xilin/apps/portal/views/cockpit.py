"""The cockpit: how data flows and how the platform runs, renewed while one looks."""

from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from xilin.apps.portal.board import COCKPIT, screen_of
from xilin.apps.portal.queries.operations import metrics
from xilin.kernel.collect import queries as collect
from xilin.web.live.streams import HOLD


def _seen(request: HttpRequest) -> dict[str, Any]:
    screen, language = screen_of(request.user), get_language() or "zh-hans"
    panels = COCKPIT.panels(screen, language)
    return {
        "screen": screen,
        # Drawn by our own templates, which escaped what stands in them.
        "panels": {code: mark_safe(html) for code, html in panels.items()},  # noqa: S308
        "mark": COCKPIT.mark((screen, language)),
        "now": timezone.now(),
    }


@require_safe
@never_cache
def cockpit(request: HttpRequest) -> HttpResponse:
    """The desk's version: every panel, one under the other."""
    return render(request, "portal/cockpit.html", _seen(request))


@require_safe
@never_cache
def wall(request: HttpRequest) -> HttpResponse:
    """The wall's version: everything at once, without scrolling, to be read from five metres."""
    return render(request, "portal/cockpit_wall.html", _seen(request))


@require_safe
@never_cache
def events(request: HttpRequest) -> HttpResponse:
    """What changed since a mark, as server-sent events; the web process carries the answer on.

    A page that was made for someone else than who asks now is told to stop (204).
    """
    screen, language = screen_of(request.user), get_language() or "zh-hans"
    if request.GET.get("screen", screen) != screen:
        return HttpResponse(status=204)
    COCKPIT.panels(screen, language)
    mark = request.headers.get("Last-Event-ID", request.GET.get("since", ""))
    _, said = COCKPIT.since((screen, language), mark)
    response = HttpResponse(b"retry: 2000\n\n" + (said or b": \n\n"), content_type="text/event-stream")
    response.headers[HOLD] = f"cockpit {screen} {language}"
    response.headers["X-Accel-Buffering"] = "no"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


@require_safe
@never_cache
def numbers(request: HttpRequest) -> HttpResponse:
    """The same numbers as OpenMetrics, for whoever carries the token; for others there is no such page."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    token = settings.METRICS_TOKEN
    if not (token and scheme.lower() == "bearer" and compare_digest(given.encode(), token.encode())):
        raise Http404
    return HttpResponse(metrics.text(timezone.now()), content_type=metrics.CONTENT_TYPE)


@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: counts and their balance, times, notices, why it was refused."""
    return render(request, "portal/batch.html", {"batch": collect.batch(pk)})
