"""Requests: to the department, from it, one of them, and a new one."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.portal.queries import sharing
from xilin.apps.portal.tables import exchange as listed
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions, forms, queries
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Requests to the department (`box=in`), from it (`box=out`), or that the authority has a part in (`box=above`)."""
    department = getattr(request.user, "department_id", None)
    authority = catalog.authority()
    above = authority is not None and authority.pk == department
    boxes = ("in", "out", "above") if above else ("in", "out")
    box = request.GET.get("box", "in")
    box = box if box in boxes else "in"
    rows = queries.requests_for(request.user)
    if department and box == "above":
        rows = rows.exclude(provider=department).exclude(department=department)
    elif department:
        rows = rows.filter(provider=department) if box == "in" else rows.filter(department=department)
    table = listed.requests(request, rows, box)
    return tables.exported(table) or show(request, "requests", "requests", box=box, table=table, above=above)


@require_safe
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One request with its course, and what the reader may do to it."""
    return _page(request, queries.request_for(request.user, number))


# What may be done to a request: the form that it needs, beside what makes it of the request.
FORMS: dict[str, type[Form]] = {
    "refuse": forms.RefuseForm,
    "tell_missing": forms.MissingForm,
    "complete": forms.CompleteForm,
    "consent": forms.ConsentForm,
    "pass_on": forms.PassOnForm,
    "dispute": forms.DisputeForm,
    "settle": forms.SettleForm,
}
DONE = {
    "refuse": gettext_lazy("Refused, with your reasons."),
    "tell_missing": gettext_lazy("The applicant was told; the clock stands still."),
    "complete": gettext_lazy("Completed; the clock goes on."),
    "ask_more_time": gettext_lazy("The authority was asked for more time."),
    "consent": gettext_lazy("Decided; the applicant reads it in the course of the request."),
    "pass_on": gettext_lazy("Passed on to the provider; its clock runs."),
    "dispute": gettext_lazy("Disputed: the authority decides within its time."),
    "settle": gettext_lazy("Decided; both departments read it in the course of the request."),
}


def _page(request: HttpRequest, found: Any, **bound: Any) -> HttpResponse:
    may = queries.acts_for(request.user, found)
    answer: dict[str, Any] = {
        "one": found,
        "about": sharing.request(found),
        "may": may,
        "own": found.department_id == getattr(request.user, "department_id", None),
        "now": timezone.now(),
    }
    # Every form of the page asks for a reason, so each has names of its own for its fields.
    answer |= {name: FORMS[name](auto_id=f"{name}_%s") for name in may & FORMS.keys()}
    if "ask_more_time" in may:
        answer["ask_more_time"] = forms.MoreTimeForm(
            auto_id="ask_more_time_%s", most=sharing.most_time(found)
        )
    if "approve" in may:
        answer |= {
            "approve": forms.ApproveForm(request=found),
            "masks": forms.MaskForm(request=found, prefix="mask"),
            **sharing.fit(found),
        }
    return show(request, "request", "requests", status=409 if bound else 200, **(answer | bound))


@require_POST
@desk_page
def approve(request: HttpRequest, number: str) -> HttpResponse:
    """Approve a request, whole or in part."""
    found = queries.request_for(request.user, number)
    form = forms.ApproveForm(request.POST, request=found)
    masks = forms.MaskForm(request.POST, request=found, prefix="mask")
    if form.is_valid() and masks.is_valid():
        chosen = {
            column: mask for column, mask in masks.masks.items() if column in form.cleaned_data["items"]
        }
        grant = attempt(
            form,
            lambda: actions.approve(
                found, by=person(request), at=timezone.now(), masks=chosen, **form.cleaned_data
            ),
        )
        if grant:
            messages.success(request, _("Approved: grant %(number)s is in force.") % {"number": grant.number})
            return redirect("portal:request", number)
    return _page(request, found, approve=form, masks=masks)


@require_POST
@desk_page
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Do one of the other things that may be done to a request."""
    found = queries.request_for(request.user, number)
    if name == "ask_more_time":
        form: Form = forms.MoreTimeForm(
            request.POST, auto_id="ask_more_time_%s", most=sharing.most_time(found)
        )
    elif name in FORMS:
        form = FORMS[name](request.POST, auto_id=f"{name}_%s")
    else:
        raise Http404
    verb = getattr(actions, name)
    if form.is_valid() and attempt(
        form, lambda: verb(found, by=person(request), at=timezone.now(), **form.cleaned_data)
    ):
        messages.success(request, str(DONE[name]))
        return redirect("portal:request", number)
    return _page(request, found, **{name: form})


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
    """Ask for items of a resource; with `renews` to carry a grant on from its end."""
    resource = catalog.resource_for(request.user, code)
    given = request.POST if request.method == "POST" else None
    now = timezone.now()
    number = request.GET.get("renews", "")
    renews = queries.grant_for(request.user, number) if number else None
    form = forms.RequestForm(
        given, user=request.user, resource=resource, today=timezone.localdate(now), renews=renews
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: actions.ask(
                resource=resource, by=person(request), at=now, renews=renews, **form.cleaned_data
            ),
        )
        if made:
            said = _("Asked: request %(number)s is on its way.")
            if made.state == "approved":
                said = _("Granted at once by law: request %(number)s.")
            messages.success(request, said % {"number": made.number})
            return redirect("portal:request", made.number)
    systems = queries.clients_for(request.user).exists()
    return show(
        request,
        "ask",
        "requests",
        resource=resource,
        form=form,
        systems=systems,
        renews=renews,
        carried=queries.filter_in_words(resource, renews.row_filter)
        if renews and renews.row_filter
        else None,
    )


@require_safe
@desk_page
def shape(request: HttpRequest, code: str) -> HttpResponse:
    """The weakest of six shapes that serves what is chosen so far: a part of the form, fetched while it is filled in."""
    resource = catalog.resource_for(request.user, code)
    wanted = set(request.GET.getlist("items"))
    items = [item for item in resource.items.all() if item.column in wanted]
    purpose = queries.purposes().get(request.GET.get("purpose", ""))
    use, records, quota = (request.GET.get(name, "") for name in ("use", "records", "quota_per_day"))
    proposal = (
        queries.propose_shape(purpose, items, use=use or "case", records=_whole(records), quota=_whole(quota))
        if purpose and items
        else None
    )
    return render(request, "portal/desk/shape.html", {"proposal": proposal})


def _whole(text: str) -> int:
    """A number someone is typing, 0 where it is none yet."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
