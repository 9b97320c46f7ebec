"""数据质量 Quality: over all, and one resource."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import scores
from xilin.apps.portal.tables.public import rules
from xilin.apps.portal.tables.quality import scored
from xilin.web import tables


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Six dimensions over all, by department and by resource."""
    overview = scores.overview(request.user)
    table = scored(request, overview.resources)
    return tables.exported(table) or render(
        request, "portal/quality.html", {"overview": overview, "table": table}
    )


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One resource: its dimensions, and every rule with its source and what broke it."""
    detail = scores.detail(request.user, code)
    table = rules(request, detail.results)
    return tables.exported(table) or render(
        request,
        "portal/quality_resource.html",
        {"detail": detail, "resource": detail.scored.resource, "table": table},
    )
