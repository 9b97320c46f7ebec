"""办件公开 Requests and their clocks in total, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import approvals
from xilin.apps.portal.tables import public as listed
from xilin.web import tables
from xilin.web.keeping import kept


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Received, done, running out, by kind and by department; the deadlines with their sources."""
    found = _counted()
    shown = listed.approvals(request, found)
    return tables.exported(*shown) or render(
        request, "portal/approvals.html", {"found": found, "tables": shown}
    )


@kept
def _counted() -> approvals.Approvals:
    return approvals.counted(timezone.now())
