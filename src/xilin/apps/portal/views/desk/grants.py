"""Grants that the department holds or gave, and ending one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.tables import exchange as listed
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.exchange import actions, forms, queries
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Grants held and grants given."""
    department = getattr(request.user, "department_id", None)
    rows = sharing.grants(request.user, timezone.now())
    held = [row for row in rows if row.grant.department_id == department]
    given = [row for row in rows if row.grant.department_id != department]
    found = [
        listed.grants(request, "held", _("Held by us"), held),
        listed.grants(request, "given", _("Given by us"), given),
    ]
    return tables.exported(*found) or show(request, "grants", "grants", tables=found)


@require_POST
@desk_page
def revoke(request: HttpRequest, number: str) -> HttpResponse:
    """End a grant at once."""
    grant = queries.grant_for(request.user, number)
    form = forms.RevokeForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.revoke(grant, by=person(request), at=timezone.now(), reason=reason)
    messages.success(request, _("Grant %(number)s has ended.") % {"number": number})
    return redirect("portal:request", grant.request.number)
