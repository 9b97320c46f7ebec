"""The economy: its dataflows, and one series with its course, its revisions, and how to get it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import economy


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The dataflows that the reader may see, by subject."""
    return render(request, "portal/economy.html", {"subjects": economy.subjects(request.user)})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One series of a dataflow."""
    found = economy.explore(request.user, code, request.GET.dict())
    dots = found.dots
    ends = dots[:1] + dots[-1:] if len(dots) > 1 else dots
    site = request.build_absolute_uri("/").rstrip("/")
    return render(request, "portal/dataflow.html", {"found": found, "ends": ends, "site": site})
