"""Base registries: how many, from which sources, how they were linked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import registries


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Every base registry with its counts; never a record of a person."""
    return render(request, "portal/registries.html", {"registries": registries.registries()})
