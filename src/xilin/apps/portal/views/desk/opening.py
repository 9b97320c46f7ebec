"""The clean room on the desk: joint questions of two departments, asked, signed, answered."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.portal.queries import joint
from xilin.apps.portal.tables import exchange as listed
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.opening import cleanroom, forms, queries
from xilin.web import tables


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """The joint questions of the department, and the choice of two resources to ask about."""
    own, others = queries.partners(person(request))
    pair = forms.PairForm(own=own, others=others) if own and others else None
    found = list(queries.questions_for(person(request))[:200])
    waiting = {one.pk for one in found if queries.may_sign(person(request), one)}
    table = listed.questions(request, found, waiting)
    return tables.exported(table) or show(request, "questions", "questions", table=table, pair=pair)


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def new(request: HttpRequest, first: str, second: str) -> HttpResponse:
    """Ask something of two resources."""
    pair = {
        "first": catalog.resource_for(request.user, first),
        "second": catalog.resource_for(request.user, second),
    }
    form = forms.QuestionForm(request.POST if request.method == "POST" else None, **pair)
    if form.is_valid():
        made = attempt(
            form,
            lambda: cleanroom.ask(
                title=form.cleaned_data["title"],
                purpose=form.cleaned_data["purpose"],
                said=form.said,
                by=person(request),
                at=timezone.now(),
            ),
        )
        if made:
            messages.success(request, _("Asked: an approver of each department signs it now."))
            return redirect("portal:question", made.number)
    status = 409 if form.errors else 200
    return show(request, "question_new", "questions", status=status, form=form, **pair)


@require_safe
@desk_page
def choose(request: HttpRequest) -> HttpResponse:
    """From the choice of two resources to the form for them."""
    own, others = queries.partners(person(request))
    form = forms.PairForm(request.GET, own=own, others=others)
    if not form.is_valid():
        messages.error(request, _("Choose two resources of one base registry."))
        return redirect("portal:questions")
    return redirect("portal:question_new", form.cleaned_data["first"], form.cleaned_data["second"])


@require_safe
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One joint question: what is asked, who signed, the answer."""
    found = queries.question_for(request.user, number)
    about = joint.about(found)
    user = person(request)
    mine = user.department_id in (found.asker_id, found.other_id)
    return show(
        request,
        "question",
        "questions",
        one=found,
        about=about,
        signing=queries.may_sign(user, found),
        ending=found.state == "proposed"
        and mine
        and (user.role == "approver" or user.pk == found.asked_by_id),
    )


@require_safe
@desk_page
def state(request: HttpRequest, number: str) -> HttpResponse:
    """How a question that waits stands; once it was answered or refused the page is told to come anew."""
    found = queries.question_for(request.user, number)
    answer = render(request, "portal/desk/question_waits.html", {"one": found})
    if found.state != "waiting":
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@desk_page
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Sign a question for one's department."""
    found = queries.question_for(request.user, number)
    done = cleanroom.sign(found, by=person(request), at=timezone.now())
    said = {
        "proposed": _("Signed. The other department's approver signs next."),
        "waiting": _("Signed by both: it is being answered."),
    }
    messages.success(request, said[done.state])
    return redirect("portal:question", number)


@require_POST
@desk_page
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Refuse a question, or take one's own back."""
    found = queries.question_for(request.user, number)
    reason = request.POST.get("reason", "")[:2000]
    cleanroom.refuse(found, by=person(request), at=timezone.now(), reason=reason)
    messages.success(request, _("The question is closed."))
    return redirect("portal:question", number)
