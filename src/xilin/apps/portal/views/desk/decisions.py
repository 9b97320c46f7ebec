"""裁定 Decisions: proposals that wait for a second person, and what was decided."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.tables import decisions as listed
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.registry import decisions
from xilin.lib.errors import Refusal
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """What waits for a second person first, then everything that was decided, newest first."""
    return _page(request)


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    user = person(request)
    decisions.need_reviewer(user)
    rows = decisions.decisions_for(user)
    decided = listed.decided(request, rows.exclude(state="proposed"), user)
    return tables.exported(decided) or show(
        request,
        "decisions",
        "decisions",
        status=refusal.status if refusal else 200,
        refusal=refusal,
        waiting=list(rows.filter(state="proposed")),
        decided=decided,
    )


@require_POST
@desk_page
def approve(request: HttpRequest, number: int) -> HttpResponse:
    """Put a merge or split in force as its second person."""
    user = person(request)
    try:
        decisions.approve(decisions.decision_for(user, number), by=user, at=timezone.now())
    except Refusal as refusal:
        return _page(request, refusal)
    messages.success(
        request, _("Approved: decision %(number)s holds from the next linking.") % {"number": number}
    )
    return redirect("portal:decisions")


@require_POST
@desk_page
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take a decision back, or refuse another person's proposal with a reason."""
    user = person(request)
    try:
        decisions.withdraw(
            decisions.decision_for(user, number),
            by=user,
            at=timezone.now(),
            remark=request.POST.get("remark", "")[:2000],
        )
    except Refusal as refusal:
        return _page(request, refusal)
    messages.success(request, _("Decision %(number)s is withdrawn.") % {"number": number})
    return redirect("portal:decisions")
