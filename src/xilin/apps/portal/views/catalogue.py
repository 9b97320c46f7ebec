"""The catalogue: search, one resource, the catalogue for machines."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import compiling, harvest, repeated, resources
from xilin.apps.portal.tables import public as listed
from xilin.kernel.catalog import queries as catalog
from xilin.web import tables

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
    found = catalog.search(text, filters=filters, among=among)
    facets = catalog.facets(text, filters=filters, found=found)
    titles = {
        "department": _("Department"),
        "share_type": _("Sharing"),
        "theme": _("Theme"),
        "cycle": _("Updated"),
    }
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    answer = {
        "text": text,
        "filters": filters,
        "facets": [(name, titles[name], choices) for name, choices in facets.items()],
        "narrowed": any(getattr(filters, name) for name in FILTERS) or filters.open,
        "page": page,
        "more": found.more,
    }
    part = request.headers.get("HX-Request") == "true"
    response = render(request, "portal/catalogue_found.html" if part else "portal/catalogue.html", answer)
    response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    return response


@require_safe
def resource(request: HttpRequest, code: str) -> HttpResponse:
    """One resource: its thirteen fields, items, quality, lineage, and how to ask for it."""
    found = catalog.resource_for(request.user, code)
    return render(request, "portal/resource.html", resources.about(found, request.user))


@require_safe
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """The published versions of a resource, and what differs between two of them (`before`, `after`)."""
    found = catalog.resource_for(request.user, code)
    kept = list(catalog.versions_of(found))
    numbers = [version.number for version in kept]
    after = _number(request.GET.get("after"), numbers, numbers[0] if numbers else 0)
    before = _number(request.GET.get("before"), numbers, max((n for n in numbers if n < after), default=0))
    told = {version.number: version.value for version in kept if version.number in (before, after)}
    table = listed.versions(request, kept, after)
    answer = {
        "resource": found,
        "versions": kept,
        "table": table,
        "before": before,
        "after": after,
        "changes": compiling.differences(told.get(before), told[after]) if after in told else [],
    }
    return tables.exported(table) or render(request, "portal/versions.html", answer)


def _number(given: str | None, numbers: list[int], otherwise: int) -> int:
    """A version's number that there is, or another."""
    return int(given) if given and given.isdecimal() and int(given) in numbers else otherwise


@require_safe
def one_source(request: HttpRequest) -> HttpResponse:
    """一数一源 Who is the one source of each data element, and who collects it besides."""
    found = repeated.report(request.user, request.GET)
    table = listed.one_source(request, found["lines"], found["show"], decides=found["decides"])
    return tables.exported(table) or render(request, "portal/one_source.html", {**found, "table": table})


@require_safe
def dcat_catalogue(request: HttpRequest) -> HttpResponse:
    """The public catalogue as DCAT 3, a hundred entries a page."""
    number = request.GET.get("page", "1")
    document = harvest.page(
        int(number) if number.isdecimal() and len(number) < 7 else 1,
        base=request.build_absolute_uri("/"),
        gateway=request.build_absolute_uri("/gateway"),
    )
    return JsonResponse(
        document, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
