"""Indicators: all of them, and one with its counties and its course."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import figures
from xilin.kernel.indicators.queries import latest_run


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Every indicator by theme."""
    return render(request, "portal/indicators.html", {"themes": figures.themes(), "run": latest_run()})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator: value, definition, map, counties, course."""
    detail = figures.detail(code)
    dots = detail.trend.dots
    return render(
        request,
        "portal/indicator.html",
        {"detail": detail, "figure": detail.figure, "ends": dots[:1] + dots[-1:] if len(dots) > 1 else dots},
    )
