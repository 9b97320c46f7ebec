"""One resource of the department: its quality beside the way to its rows."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import holding
from xilin.apps.portal.tables import holding as listed
from xilin.apps.portal.views.desk.frame import desk_page, show
from xilin.web import tables


@require_safe
@desk_page
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Its score by dimension and how that went, the rules it breaks with the way to the rows, its batches."""
    found = holding.holding(request.user, code)
    table = listed.rules(request, found)
    return tables.exported(table) or show(
        request,
        "holding",
        "holdings",
        found=found,
        chart=found.chart,
        table=table,
        held_href=holding.rows_of(found.sources),
    )
