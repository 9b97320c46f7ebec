"""The catalogue: search, one resource, the catalogue for machines."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import resources
from xilin.apps.portal.queries.region import league
from xilin.kernel.catalog import dcat
from xilin.kernel.catalog import queries as catalog

FILTERS = ("department", "share_type", "theme", "cycle", "format", "registry")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search with facets; an htmx request gets the results alone."""
    text = request.GET.get("q", "")[:200]
    filters = catalog.Filters(
        **{name: request.GET.get(name, "") for name in FILTERS},
        open=True if request.GET.get("open") == "1" else None,
    )
    among = catalog.resources_for(request.user)
    facets = catalog.facets(text, filters=filters, among=among)
    titles = {
        "department": _("Department"),
        "share_type": _("Sharing"),
        "theme": _("Theme"),
        "cycle": _("Updated"),
    }
    page = Paginator(catalog.search(text, filters=filters, among=among), 20).get_page(request.GET.get("page"))
    answer = {
        "text": text,
        "filters": filters,
        "facets": [(name, titles[name], choices) for name, choices in facets.items()],
        "narrowed": any(getattr(filters, name) for name in FILTERS) or filters.open,
        "page": page,
    }
    part = request.headers.get("HX-Request") == "true"
    response = render(request, "portal/catalogue_found.html" if part else "portal/catalogue.html", answer)
    response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    return response


@require_safe
def resource(request: HttpRequest, code: str) -> HttpResponse:
    """One resource: its thirteen fields, items, quality, lineage, and how to ask for it."""
    found = catalog.resource_for(request.user, code)
    return render(request, "portal/resource.html", resources.about(found))


@require_safe
def dcat_catalogue(request: HttpRequest) -> HttpResponse:
    """The public catalogue as DCAT 3."""
    info = league()
    found = catalog.resources_for(None).prefetch_related("items")
    document = dcat.catalogue(
        list(found),
        base=request.build_absolute_uri("/"),
        gateway=request.build_absolute_uri("/gateway"),
        name=info.name.zh if info else "",
        name_en=info.name.en if info else "",
    )
    return JsonResponse(
        document, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
