"""The cockpit: stages and batches, renewed while one looks."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import stages
from xilin.kernel.collect import queries as collect


@require_safe
def cockpit(request: HttpRequest) -> HttpResponse:
    """Stages, sources and batches; an htmx request gets the living part alone."""
    page = Paginator(collect.batches(), 20).get_page(request.GET.get("page"))
    part = request.headers.get("HX-Request") == "true"
    template = "portal/cockpit_live.html" if part else "portal/cockpit.html"
    response = render(request, template, {"stages": stages.stages(), "gauges": stages.gauges(), "page": page})
    response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    return response


@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: counts and their balance, times, notices, why it was refused."""
    found = collect.batch(pk)
    return render(
        request,
        "portal/batch.html",
        {
            "batch": found,
        },
    )
