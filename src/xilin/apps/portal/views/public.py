"""The home page and what the site says of itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import figures, holdings, region, stages
from xilin.kernel.collect import queries as collect


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the centre holds: figures, the map, the way of data, the latest batches, where to go."""
    maps = figures.mapped()[:4]
    wanted = request.GET.get("map", "")
    chosen = next((one for one in maps if one.indicator.code == wanted), maps[0] if maps else None)
    return render(
        request,
        "portal/home.html",
        {
            "league": region.league(),
            "holdings": holdings.holdings(request.user),
            "maps": maps,
            "chosen": chosen,
            "detail": figures.detail(chosen.indicator.code) if chosen else None,
            "blank": region.map_of({}),
            "headline": figures.headline(),
            "departments": holdings.departments(request.user),
            "stages": stages.stages(),
            "latest": collect.batches()[:6],
        },
    )


@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """The departments that provide data, with what each provides and how good it is."""
    return render(request, "portal/departments.html", {"providers": holdings.providers(request.user)})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is, on what law it stands, what it speaks."""
    return render(request, "portal/about.html", {"league": region.league(), "version": region.version()})
