"""The economy: its dataflows, and one series with its course, its revisions, and how to get it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import economy
from xilin.apps.portal.tables import public as listed
from xilin.web import tables


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The dataflows that the reader may see, by subject."""
    subjects = economy.subjects(request.user)
    table = listed.dataflows(request, subjects)
    return tables.exported(table) or render(
        request, "portal/economy.html", {"subjects": subjects, "table": table}
    )


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One series of a dataflow."""
    found = economy.explore(request.user, code, request.GET.dict())
    shown = {"values": listed.series(request, found)}
    if len(found.beside) > 1:
        title = _("Areas in %(period)s") % {"period": found.values[0].period}
        shown["beside"] = listed.beside(request, found, title)
    site = request.build_absolute_uri("/").rstrip("/")
    return tables.exported(*shown.values()) or render(
        request, "portal/dataflow.html", {"found": found, "site": site, **shown}
    )
