"""随手报 The desk's pages: what was reported to the department, and what it does with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from xilin.apps.problems import actions, queries
from xilin.apps.problems.forms import AnswerForm, PassForm
from xilin.apps.problems.models import Problem
from xilin.apps.problems.views import shown
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound, Refusal
from xilin.web import desk
from xilin.web.desk import desk_page, person


@require_safe
@desk_page
def every(request: HttpRequest) -> HttpResponse:
    """The reports of the department: those that wait first, then the answered ones."""
    user = person(request)
    found = queries.problems_for(user)
    only = request.GET.get("show") == "all"
    if not only:
        found = found.filter(
            case__department=user.department_id, state__in=[Problem.State.OPEN, Problem.State.TAKEN]
        ).order_by("case__due_at", "pk")
    names = {one.code: one.name.of(get_language() or "") for one in queries.kinds()}
    areas = declared("area")
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    lines = [
        (one, names.get(one.kind, one.kind), areas[one.area].name if one.area in areas else "")
        for one in page
    ]
    return desk.show(request, "problems/desk.html", "problems", page=page, lines=lines, only=only)


@require_safe
@desk_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One report: the reporter's words and photo, the clock, and what may be done; the look is on record."""
    return _page(request, queries.problem_for(person(request), number))


@require_POST
@desk_page
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take a report on."""
    user = person(request)
    actions.take(queries.problem_for(user, number), by=user, at=timezone.now())
    messages.success(request, _("Taken: an answer is owed from now on."))
    return redirect("problems_desk:one", number)


@require_POST
@desk_page
def pass_on(request: HttpRequest, number: str) -> HttpResponse:
    """Pass a report on to another department."""
    user = person(request)
    found = queries.problem_for(user, number)
    form = PassForm(request.POST, departments=_departments(user))
    if form.is_valid() and _attempt(
        form,
        lambda: actions.pass_on(
            found, to=form.cleaned_data["to"], why=form.cleaned_data["why"], by=user, at=timezone.now()
        ),
    ):
        messages.success(request, _("Passed on."))
        return redirect("problems_desk:every")
    return _page(request, found, passing=form, status=422)


@require_POST
@desk_page
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer a report; its case is closed."""
    user = person(request)
    found = queries.problem_for(user, number)
    form = AnswerForm(request.POST)
    if form.is_valid() and _attempt(
        form,
        lambda: actions.answer(
            found,
            state=form.cleaned_data["state"],
            text=form.cleaned_data["text"],
            by=user,
            at=timezone.now(),
        ),
    ):
        messages.success(request, _("Answered: case %(number)s is closed.") % {"number": number})
        return redirect("problems_desk:every")
    return _page(request, found, answering=form, status=422)


@require_http_methods(["GET", "HEAD"])
@desk_page
def photo(request: HttpRequest, number: str) -> HttpResponse:
    """The photo, for the department that has the report now."""
    user = person(request)
    found = queries.problem_for(user, number)
    picture = queries.picture(found) if found.case.department_id == user.department_id else None
    if picture is None:
        raise NotFound(kind=_("photo"), name=number)
    return HttpResponse(picture, content_type="image/webp")


def _page(
    request: HttpRequest,
    found: Problem,
    *,
    passing: PassForm | None = None,
    answering: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    told = actions.look(found, by=user, at=timezone.now())
    answer = shown(found) | {
        "told": told,
        "has_photo": bool(told) and hasattr(found, "photo"),
        "acts": queries.may_act(user, found),
        "passing": passing or PassForm(departments=_departments(user)),
        "answering": answering or AnswerForm(),
    }
    return desk.show(request, "problems/desk_one.html", "problems", status, **answer)


def _departments(user: Any) -> list[tuple[str, str]]:
    language = get_language() or ""
    return [
        (code, one.name.of(language))
        for code, one in declared("department").items()
        if code != getattr(user.department, "code", "")
    ]


def _attempt(form: BaseForm, act: Callable[[], object]) -> bool:
    """Do it; a refusal becomes an error of the form."""
    try:
        act()
    except Refusal as refusal:
        form.add_error(None, f"{refusal} {refusal.advice}")
        return False
    return True
