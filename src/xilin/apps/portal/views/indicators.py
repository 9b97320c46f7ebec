"""Indicators: all of them, and one down to its banners and towns and along time; the same for programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import drilling, figures
from xilin.apps.portal.tables import public as listed
from xilin.apps.portal.views.opening import limited
from xilin.kernel.indicators.queries import latest_run
from xilin.web import tables
from xilin.web.keeping import kept


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Every indicator by theme."""
    table = listed.indicators(request, _themes())
    return tables.exported(table) or render(
        request, "portal/indicators.html", {"table": table, "run": latest_run()}
    )


_themes = kept(figures.themes)


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator at the area that is asked for: value, definition, map, areas below, course."""
    found = drilling.drilled(code, request.GET.get("area", "")[:12])
    site = request.build_absolute_uri("/").rstrip("/")
    table = listed.areas(request, found) if found.below else None
    answer = {"found": found, "figure": found.figure, "site": site, "table": table}
    return (table and tables.exported(table)) or render(request, "portal/indicator.html", answer)


@require_safe
@limited
def as_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Every value of the newest computation as CSV."""
    response = HttpResponse(drilling.as_csv(code), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="{figures.figure(code).indicator.code}.csv"'
    )
    return response


@require_safe
@limited
def as_json(request: HttpRequest, code: str) -> JsonResponse:
    """Every value of the newest computation as JSON, with what it stands on."""
    return JsonResponse(drilling.as_json(code), json_dumps_params={"ensure_ascii": False})
