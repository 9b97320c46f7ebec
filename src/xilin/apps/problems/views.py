"""随手报 The public pages: report a problem, the number and key it got, follow it."""

import base64
import math
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from xilin.apps.problems import actions, photos, queries, where
from xilin.apps.problems.errors import NothingToSend, ReportedOften
from xilin.apps.problems.forms import FollowForm, ReportForm, begun
from xilin.apps.problems.rates import Rate
from xilin.apps.problems.receiving import Told
from xilin.kernel.accounts.forms import address_of
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import Refusal
from xilin.web.keeping import kept
from xilin.web.languages import BY_CODE

MADE = "xilin_problem"
reports = Rate(settings.PROBLEM_RATE, settings.PROBLEM_RATE * 30, 3600)
looks = Rate(10, 300, 60)


@sensitive_post_parameters("words", "contact", "place", "longitude", "latitude")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form; a press on the map fills its point in and sends nothing yet."""
    kinds, areas = queries.kinds(), _areas()
    language = get_language() or ""
    choices = [(one.code, one.name.of(language)) for one in kinds]
    if request.method != "POST":
        return _form(request, _new(choices, areas))
    if "point.x" in request.POST:
        return _form(request, _pointed(request, choices, areas))
    form = ReportForm(request.POST, request.FILES, kinds=choices, areas=areas)
    if form.is_valid():
        try:
            made = _taken(request, form)
        except Refusal as refusal:
            form.add_error(None, f"{refusal} {refusal.advice}")
            return _form(request, form, refusal.status)
        request.session[MADE] = {"number": made.problem.number, "key": made.key}
        return redirect("problems:made")
    return _form(request, form, 422)


def _taken(request: HttpRequest, form: ReportForm) -> actions.Made:
    given = form.cleaned_data
    if form.by_machine():
        raise NothingToSend
    if wait := reports.wait(address_of(request)):
        raise ReportedOften(minutes=math.ceil(wait / 60))
    sent = given["photo"]
    photo = photos.cleaned(sent.file, sent.size) if sent else None
    told = Told(given["kind"], given["area"], given["longitude"], given["latitude"])
    return actions.report(
        told,
        words=given["words"],
        place=given["place"],
        contact=given["contact"],
        photo=photo,
        language=get_language() or "",
        at=timezone.now(),
    )


def _new(choices: list[tuple[str, str]], areas: list[tuple[str, str]]) -> ReportForm:
    return ReportForm(kinds=choices, areas=areas, initial={"begun": begun()})


def _pointed(
    request: HttpRequest, choices: list[tuple[str, str]], areas: list[tuple[str, str]]
) -> ReportForm:
    """The form as it was, with the point that was pressed."""
    given = {name: request.POST.get(name, "") for name in ReportForm.base_fields if name != "photo"}
    pressed = [request.POST.get(f"point.{axis}", "") for axis in "xy"]
    found = where.point(*(int(one) for one in pressed)) if all(one.isdecimal() for one in pressed) else None
    if found is None:
        messages.error(request, _("The map was not pressed within its outlines."))
    else:
        given["longitude"], given["latitude"] = (str(one) for one in found)
    return ReportForm(kinds=choices, areas=areas, initial=given | {"begun": given["begun"] or begun()})


def _form(request: HttpRequest, form: ReportForm, status: int = 200) -> HttpResponse:
    kinds = queries.kinds()
    answer = {
        "form": form,
        "kinds": kinds,
        "kinds_shown": list(zip(form["kind"].subwidgets, kinds, strict=True)),
        "width": where.WIDTH,
        "height": where.height(),
    }
    return render(request, "problems/report.html", answer, status=status)


@kept
def _areas() -> list[tuple[str, str]]:
    """The county-level areas, by code."""
    language = get_language() or ""
    return [
        (code, where.called(one, language)) for code, one in declared("area").items() if one.level == "county"
    ]


@cache_control(public=True, max_age=3600)
@require_safe
def map_image(_request: HttpRequest, language: str) -> HttpResponse:
    """The map one presses, as SVG; its language stands in its address, as caches keep it for everybody."""
    if language not in BY_CODE:
        raise Http404
    return HttpResponse(where.image(language), content_type="image/svg+xml")


@never_cache
@require_safe
def made(request: HttpRequest) -> HttpResponse:
    """Number and key of the report that was just sent, once."""
    found = request.session.pop(MADE, None)
    if found is None:
        return redirect("problems:follow")
    return render(request, "problems/made.html", {"made": found})


@sensitive_post_parameters("number", "key")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """What became of a report, for whoever has its number and key; neither ever stands in an address."""
    form = FollowForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "problems/follow.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        if wait := looks.wait(address_of(request)):
            raise ReportedOften(minutes=math.ceil(wait / 60))
        found = queries.followed(form.cleaned_data["number"], form.cleaned_data["key"])
    except Refusal as refusal:
        form.add_error(None, f"{refusal} {refusal.advice}")
        return render(request, "problems/follow.html", {"form": form}, status=refusal.status)
    return render(request, "problems/followed.html", shown(found))


def shown(problem: Any) -> dict[str, Any]:
    """What a report's page shows: its words, photo and steps; never who works on it."""
    picture = queries.picture(problem)
    kind = next((one for one in queries.kinds() if one.code == problem.kind), None)
    steps = queries.steps(problem)
    return {
        "one": problem,
        "kind": kind,
        "area": dict(_areas()).get(problem.area, problem.area),
        "told": queries.words(problem),
        "picture": base64.b64encode(picture).decode() if picture else "",
        "steps": steps,
        "step": next((step for step in steps if step.ended_at is None), None),
    }
