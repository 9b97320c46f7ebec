"""Places: the map, search, what lists say, and an address coded."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from xilin.apps.portal.forms import AddressForm
from xilin.apps.portal.queries import places
from xilin.kernel.places.queries import code_address
from xilin.lib.errors import NotFound


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The counties or one of them, with a list beside it; an address that is sent is coded and not kept."""
    signed_in, on = request.user.is_authenticated, timezone.localdate()
    form = AddressForm(request.POST if request.method == "POST" else None)
    coded = code_address(form.cleaned_data["address"]) if form.is_valid() else None
    text = request.GET.get("q", "")[:60]
    chosen = places.chosen(request.GET.get("map", ""), signed_in=signed_in)
    marked = places.one(request.GET.get("place", ""), signed_in=signed_in)
    wanted = request.GET.get("county", "")
    county = places.county(wanted, chosen, marked, signed_in=signed_in, on=on) if chosen and wanted else None
    return render(
        request,
        "portal/places.html",
        {
            "held": places.held(signed_in=signed_in, on=on),
            "chosen": chosen,
            "map": places.by_county(chosen) if chosen and county is None else None,
            "county": county,
            "marked": marked,
            "marked_kind": places.kind_of(marked, signed_in=signed_in) if marked else "",
            "text": text,
            "found": places.search(text, signed_in=signed_in, on=on),
            "lists": places.lists(),
            "differences": places.differences(signed_in=signed_in),
            "form": form,
            "coded": coded,
        },
        status=422 if form.is_bound and coded is None else 200,
    )


@require_safe
def ground(request: HttpRequest) -> HttpResponse:
    """The map of a county with a collection's areas in it: thousands of outlines, which the page asks for when it is shown."""
    signed_in, on = request.user.is_authenticated, timezone.localdate()
    code = request.GET.get("county", "")
    one = places.chosen(request.GET.get("map", ""), signed_in=signed_in)
    marked = places.one(request.GET.get("place", ""), signed_in=signed_in)
    county = places.county(code, one, marked, signed_in=signed_in, on=on) if one else None
    if one is None or county is None:
        raise NotFound(kind="county", name=code[:20])
    drawn = places.ground_of(one, county, marked, on=on)
    response = render(request, "web/charts/ground.html", {"ground": drawn, "label": county.name})
    response.headers["Cache-Control"] = f"{'public' if one.public else 'private'}, max-age=300"
    response.headers["Vary"] = "Cookie, Accept-Language"
    return response
