"""数据质量 Quality: over all, and one resource."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import scores


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Six dimensions over all, by department and by resource."""
    return render(request, "portal/quality.html", {"overview": scores.overview(request.user)})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One resource: its dimensions, and every rule with its source and what broke it."""
    detail = scores.detail(request.user, code)
    return render(
        request,
        "portal/quality_resource.html",
        {"detail": detail, "resource": detail.scored.resource, "dimensions": scores.words()},
    )
