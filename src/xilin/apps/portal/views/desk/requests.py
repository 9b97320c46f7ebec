"""Requests: to the department, from it, one of them, and a new one."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, forms, queries

# Two forms of one page both ask for a reason.
REFUSE = "refuse_%s"


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Requests to the department (`box=in`) or from it (`box=out`)."""
    box = "out" if request.GET.get("box") == "out" else "in"
    department = getattr(request.user, "department_id", None)
    rows = queries.requests_for(request.user)
    if department:
        rows = rows.filter(provider=department) if box == "in" else rows.filter(department=department)
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return show(request, "requests", "requests", box=box, page=page, now=timezone.now())


@require_safe
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One request with its course, and the decision where it is the reader's to take."""
    return _page(request, queries.request_for(request.user, number))


def _page(request: HttpRequest, found: Any, **bound: Any) -> HttpResponse:
    deciding = queries.may_decide(request.user, found)
    answer: dict[str, Any] = {
        "one": found,
        "about": sharing.request(found),
        "deciding": deciding,
        "own": found.department_id == getattr(request.user, "department_id", None),
        "now": timezone.now(),
    }
    if deciding:
        answer |= {"approve": forms.ApproveForm(request=found), "refuse": forms.RefuseForm(auto_id=REFUSE)}
    return show(request, "request", "requests", status=409 if bound else 200, **(answer | bound))


@require_POST
@desk_page
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """Approve a request, whole or in part."""
    found = queries.request_for(request.user, number)
    form = forms.ApproveForm(request.POST, request=found)
    if form.is_valid():
        grant = attempt(
            form, lambda: actions.approve(found, by=person(request), at=timezone.now(), **form.cleaned_data)
        )
        if grant:
            messages.success(request, _("Approved: grant %(number)s is in force.") % {"number": grant.number})
            return redirect("portal:request", number)
    return _page(request, found, approve=form)


@require_POST
@desk_page
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Refuse a request, with legal basis and reason."""
    found = queries.request_for(request.user, number)
    form = forms.RefuseForm(request.POST, auto_id=REFUSE)
    if form.is_valid() and attempt(
        form, lambda: actions.refuse(found, by=person(request), at=timezone.now(), **form.cleaned_data)
    ):
        messages.success(request, _("Refused, with your reasons."))
        return redirect("portal:request", number)
    return _page(request, found, refuse=form)


@require_POST
@desk_page
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take a request of one's own department back."""
    actions.withdraw(queries.request_for(request.user, number), by=person(request), at=timezone.now())
    messages.success(request, _("The request was withdrawn."))
    return redirect("portal:request", number)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for items of a resource."""
    resource = catalog.resource_for(request.user, code)
    given = request.POST if request.method == "POST" else None
    now = timezone.now()
    form = forms.RequestForm(given, user=request.user, resource=resource, today=timezone.localdate(now))
    if form.is_valid():
        made = attempt(
            form, lambda: actions.ask(resource=resource, by=person(request), at=now, **form.cleaned_data)
        )
        if made:
            said = _("Asked: request %(number)s is on its way.")
            if made.state == "approved":
                said = _("Granted at once by law: request %(number)s.")
            messages.success(request, said % {"number": made.number})
            return redirect("portal:request", made.number)
    systems = queries.clients_for(request.user).exists()
    return show(request, "ask", "requests", resource=resource, form=form, systems=systems)


@require_safe
@desk_page
def shape(request: HttpRequest, code: str) -> HttpResponse:
    """The weakest shape that serves what is chosen so far: a part of the form, fetched while it is filled in."""
    resource = catalog.resource_for(request.user, code)
    wanted = set(request.GET.getlist("items"))
    items = [item for item in resource.items.all() if item.column in wanted]
    purpose = queries.purposes().get(request.GET.get("purpose", ""))
    proposal = queries.propose_shape(purpose, items) if purpose and items else None
    return render(request, "portal/desk/shape.html", {"proposal": proposal})
