"""异议 Disputes: values one was given and holds to be wrong, their answers, and the corrections one is told of."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.portal.dispute_forms import DisputeForm, ReplyForm
from xilin.apps.portal.queries import disputing
from xilin.apps.portal.tables import exchange as listed
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.exchange import disputes
from xilin.kernel.exchange.actions import disputes as actions
from xilin.lib.errors import NotFound
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """The corrections one is told of, then the disputes the department owes or made, newest first."""
    user = person(request)
    table = listed.disputes(request, disputes.disputes_for(user))
    waiting = disputes.notices_for(user).filter(acknowledged_at=None)[:50]
    return tables.exported(table) or show(
        request,
        "disputes",
        "disputes",
        table=table,
        waiting=[disputing.told(one) for one in waiting],
        asked=disputing.askable(user),
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Dispute a value of a resource; what was looked up comes as a body and stands in no address."""
    user = person(request)
    asked = next((one for one in disputing.askable(user) if one.code == code), None)
    if asked is None:
        raise NotFound(kind=_("resource"), name=code)
    form = DisputeForm(
        request.POST if request.method == "POST" else None, lookup=asked.lookup, items=asked.items
    )
    if form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: actions.dispute(
                resource=code,
                by=given["by"],
                column=given["item"],
                claimed=given["claimed"],
                grounds=given["grounds"],
                evidence=given["evidence"],
                entry=given["entry"],
                user=user,
                at=timezone.now(),
            ),
        )
        if made:
            messages.success(
                request, _("The dispute is with %(provider)s.") % {"provider": made.provider.name}
            )
            return redirect("portal:dispute", made.number)
    return show(
        request, "dispute_new", "disputes", status=409 if form.is_bound else 200, asked=asked, form=form
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One dispute with what it holds, and the answer where it is the reader's department that owes it; the look is on record."""
    user, at = person(request), timezone.now()
    found = disputes.dispute_for(user, number)
    form = ReplyForm(request.POST if request.method == "POST" else None, look=found.kind == "look")
    if form.is_valid() and attempt(form, lambda: _reply(found, user, form.cleaned_data)):
        messages.success(request, _("Answered: case %(number)s is closed.") % {"number": number})
        return redirect("portal:dispute", number)
    found, kept = actions.look(number, by=user, at=at)
    return show(
        request,
        "dispute",
        "disputes",
        status=409 if form.is_bound else 200,
        one=disputing.opened(found, kept),
        step=found.case.steps.filter(ended_at=None).first(),
        answering=disputes.may_answer(user, found),
        form=form,
        notices=[disputing.told(one) for one in disputes.notices_of(found)],
        overlays=disputes.overlays_of(found),
    )


def _reply(found: Any, user: Any, given: dict[str, Any]) -> Any:
    at, reason = timezone.now(), given["reason"]
    if given["outcome"] in ("explained", "admitted"):
        return actions.explain(found, by=user, at=at, reason=reason, lawful=given["outcome"] == "explained")
    if given["outcome"] == "rejected":
        return actions.reject(found, by=user, at=at, reason=reason)
    overlay = given["outcome"] == "corrected"
    return actions.correct(found, by=user, at=at, value=given["value"], reason=reason, overlay=overlay)


@require_POST
@desk_page
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a correction was taken over."""
    user = person(request)
    actions.acknowledge(disputes.notice_for(user, pk), by=user, at=timezone.now())
    messages.success(request, _("Acknowledged."))
    return redirect("portal:disputes")
