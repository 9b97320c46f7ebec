"""校核 Corrections: asked of the department that provides a value, answered within the time the law gives."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.portal import forms
from xilin.apps.portal.queries import held
from xilin.apps.portal.tables import exchange as listed
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.quality import actions as quality
from xilin.kernel.quality import queries
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """Corrections that the department owes or asked for, newest first."""
    table = listed.corrections(request, held.corrections(request.user), dict(held.outcomes()))
    return tables.exported(table) or show(request, "corrections", "corrections", table=table)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One correction, and the answer where it is the reader's department that owes it."""
    found = held.correction(request.user, number)
    if (
        found.asked_for_id is not None
    ):  # a disputed value: its page knows whose it is, and lays the correction
        return redirect("portal:dispute", number)
    form = forms.AnswerForm(request.POST if request.method == "POST" else None, outcomes=held.outcomes())
    if form.is_valid() and attempt(
        form,
        lambda: quality.resolve(found, by=person(request), at=timezone.now(), **form.cleaned_data),
    ):
        messages.success(request, _("Answered: case %(number)s is closed.") % {"number": number})
        return redirect("portal:corrections")
    owing = found.department_id == getattr(request.user, "department_id", None) and not found.outcome
    return show(
        request,
        "correction",
        "corrections",
        status=409 if form.is_bound else 200,
        one=found,
        step=found.case.steps.filter(ended_at=None).first(),
        owing=owing,
        form=form,
        outcomes=dict(held.outcomes()),
    )


@require_POST
@desk_page
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the providing department to check a held row; a refusal is shown beside the row, and that look goes on record."""
    row = queries.quarantined_for(request.user, pk)
    form = forms.DoubtForm(request.POST)
    made = form.is_valid() and attempt(
        form, lambda: quality.ask_correction(row, by=person(request), at=timezone.now(), **form.cleaned_data)
    )
    if made:
        messages.success(request, _("Asked for correction: case %(number)s.") % {"number": made.case.number})
        return redirect("portal:correction", made.case.number)
    asked = held.corrections(request.user).filter(quarantined=pk, outcome="").first()
    return show(
        request,
        "quarantined",
        "quarantine",
        status=409,
        row=held.opened(quality.look(pk, by=person(request), at=timezone.now())),
        asked=asked,
        form=form,
    )
