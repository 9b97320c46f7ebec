"""The page of the desk of goods."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.trace.desk import frame, queries
from xilin.apps.trace.desk import tables as listed
from xilin.apps.trace.desk.actions import close as close_alert
from xilin.apps.trace.verdicts.queries import book as book_of
from xilin.lib.errors import NotFound
from xilin.web import tables
from xilin.web.desk import desk_page, person


@require_safe
@desk_page
def goods(request: HttpRequest) -> HttpResponse:
    """Codes, looks, alerts and reports of the goods that are someone's."""
    at = timezone.now()
    book = book_of(at)
    scope = frame.scope(request)
    if scope.nothing:
        raise NotFound(kind="desk", name="goods")
    found = [
        (
            one,
            book.rules.get(one.rule),
            book.products.get(one.gtin),
            book.place_name(one.place) if one.place else None,
        )
        for one in queries.alerts(scope)[: queries.MOST]
    ]
    overview = queries.overview(scope, book, at=at)
    told: dict[str, Any] = {
        "batches": listed.batches(request, overview.batches, book),
        "places": listed.places(request, overview.places),
        "allotments": listed.allotments(request, overview.allotments, book),
    }
    return tables.exported(*told.values()) or frame.show(
        request, "goods", "goods", overview=overview, alerts=found, **told
    )


@require_POST
@desk_page
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was behind an alert; only who watches these goods may."""
    at = timezone.now()
    scope = frame.scope(request)
    found = queries.alert(scope, pk)
    outcome = request.POST.get("outcome", "").strip()
    if not scope.decides or not outcome or found.taken_by not in ("", person(request).username):
        raise NotFound(kind="alert", name=pk)
    close_alert(found, outcome=outcome, by=request.user, at=at)
    return redirect("goods:goods")
