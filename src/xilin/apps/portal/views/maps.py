"""一张图 The map: its page, its layers, the values that shade one, and search."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie

from xilin.apps.portal.queries import maps as found
from xilin.lib.errors import NotFound
from xilin.web import maps


@require_safe
@vary_on_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The map as the server draws it, with its layers; the page's script makes it one to move in."""
    return render(request, "portal/map.html", found.atlas(request))


@require_safe
@vary_on_cookie
def layers(request: HttpRequest) -> HttpResponse:
    """The layers that who asks may see, and the words the script says."""
    told = [maps.told(one, reverse("portal:map_values", args=[one.code])) for one in maps.layers(request)]
    return _private(JsonResponse({"layers": told, "words": found.words(), "home": found.home()}))


@require_safe
@vary_on_cookie
def values(request: HttpRequest, code: str) -> HttpResponse:
    """The values that shade a layer, of what was chosen (`of`, once for each choice in their order)."""
    layer = maps.layer(request, code)
    if layer is None or layer.values is None:
        raise NotFound(kind="layer", name=code)
    return _private(JsonResponse(maps.shaded(layer.values(layer.picked(request.GET.getlist("of"))))))


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Places by name or code, or where an address lies: asked in a body and kept nowhere, as an address may be a home."""
    signed_in, text = request.user.is_authenticated, request.POST.get("q", "")[:200]
    places = found.search(text, signed_in=signed_in, on=timezone.localdate())
    return JsonResponse({"places": places}, headers={"Cache-Control": "no-store"})


def _private(response: HttpResponse) -> HttpResponse:
    """An answer that a browser asks for anew when someone signs in or out."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response
