"""隔离区 Rows that were held back: the department's own, each with every reason."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from xilin.apps.portal import forms
from xilin.apps.portal.queries import held
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.quality import actions as quality


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Held rows, narrowed by source and by reason; who may not see rows sees how many there are."""
    source, reason = request.GET.get("source", "")[:60], request.GET.get("reason", "")[:120]
    sources = held.sources(request.user)
    rows = held.rows(request.user, source=source, reason=reason)
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return show(
        request,
        "quarantine",
        "quarantine",
        sources=sources,
        reasons=held.reasons(request.user, source=source),
        source=source,
        reason=reason,
        page=page,
        rows=[held.Row.of(one) for one in page],
        counted=bool(sources) and getattr(request.user, "department_id", None) is None,
    )


@require_safe
@desk_page
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One held row as it was found, its reasons beside the columns they concern; the look goes on record."""
    row = quality.look(pk, by=person(request), at=timezone.now())
    asked = held.corrections(request.user).filter(quarantined=pk, outcome="").first()
    return show(
        request, "quarantined", "quarantine", row=held.opened(row), asked=asked, form=forms.DoubtForm()
    )
