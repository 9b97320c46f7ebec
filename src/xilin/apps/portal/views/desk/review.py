"""核对 The review queue: one pair at a time, side by side, answered by a key."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.queries import raw_rows, reviewing
from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.lake import engine
from xilin.kernel.registry import decisions, review
from xilin.kernel.registry.errors import AlreadyDecided
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound, Refusal

CHOICES = ("registry", "why", "source")
VERDICTS = ("same", "different")


@require_safe
@desk_page
def queue(request: HttpRequest) -> HttpResponse:
    """The next pair that waits: of a registry, narrowed by why and by source, after the one that was skipped."""
    user = person(request)
    decisions.need_reviewer(user)
    chosen = _chosen(request, request.GET)
    return _page(request, chosen, review.next_of(review.queue(user, **chosen), _after(request)))


@require_safe
@desk_page
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One pair, such as the one whose answer was taken back."""
    decisions.need_reviewer(person(request))
    return _page(request, _chosen(request, request.GET), review.pair_for(person(request), pk))


@require_safe
@desk_page
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """Both records of a pair as their departments gave them; an htmx request gets that part alone, the look goes on record."""
    user = person(request)
    decisions.need_reviewer(user)
    pair = review.pair_for(user, pk)
    try:
        found = review.look_at_rows(pair, by=user, at=timezone.now(), con=engine.connect(settings.MEMORY_MB))
    except AlreadyDecided:
        return _page(request, _chosen(request, request.GET), pair)
    given = raw_rows.beside(pair, found)
    if request.headers.get("HX-Request") == "true":
        response = render(request, "portal/desk/rows.html", {"given": given})
    else:
        response = _page(request, _chosen(request, request.GET), pair, given=given)
    response.headers["Vary"] = "HX-Request, Cookie, Accept-Language"
    return response


@require_POST
@desk_page
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a pair is one and the same or two different ones, and go on to the next."""
    user, chosen = person(request), _chosen(request, request.POST)
    pair = review.pair_for(user, pk)
    verdict, run = request.POST.get("verdict", ""), request.POST.get("run", "")
    if verdict not in VERDICTS:
        return redirect(_address(chosen))
    try:
        review.judge(
            pair,
            verdict,
            by=user,
            at=timezone.now(),
            reason=request.POST.get("reason", "")[:500],
            seen=int(run) if run.isdecimal() and len(run) < 18 else None,
        )
    except AlreadyDecided as refusal:
        messages.info(request, f"{refusal} {refusal.advice}")
    except Refusal as refusal:
        return _page(request, chosen, pair, refusal=refusal)
    else:
        said = _("One and the same.") if verdict == "same" else _("Two different ones.")
        messages.success(request, said + " " + _("U takes it back."))
    return redirect(_address(chosen | {"after": str(pk)}))


@require_POST
@desk_page
def undo(request: HttpRequest) -> HttpResponse:
    """Take one's newest answer back, and look at its pair again."""
    chosen = _chosen(request, request.POST)
    pair = review.undo(by=person(request), at=timezone.now(), registry=chosen["registry"])
    if pair is None:
        messages.info(request, _("There is no answer of yours to take back."))
        return redirect(_address(chosen))
    messages.success(request, _("Taken back. The pair waits again."))
    return redirect(f"{reverse('portal:review_pair', args=[pair.pk])}?{urlencode(chosen)}")


def _page(
    request: HttpRequest,
    chosen: dict[str, str],
    pair: Any,
    refusal: Refusal | None = None,
    given: raw_rows.Beside | None = None,
) -> HttpResponse:
    user = person(request)
    opened = None
    if pair is not None:
        chosen = chosen | {"registry": pair.registry}
        try:
            opened = reviewing.opened(review.look(pair, by=user, at=timezone.now()))
        except AlreadyDecided as gone:
            refusal = gone
    return show(
        request,
        "review",
        "review",
        status=409 if refusal else 200,
        opened=opened,
        given=given,
        refusal=refusal,
        chosen=chosen,
        query=urlencode({name: value for name, value in chosen.items() if value}),
        left=review.queue(user, **chosen).count(),
        registries=_registries(user),
        filters=reviewing.filters(user, chosen["registry"]) if chosen["registry"] else {},
        joined=review.joined_since(user, chosen["registry"]) if chosen["registry"] else 0,
        decided=pair is not None and pair.decision_id is not None,
    )


def _registries(user: Any) -> list[tuple[str, str, int]]:
    """The declared registries with how many pairs wait in each."""
    names, waiting = Names(), review.registries(user)
    return [(code, names.of("registry", code), waiting.get(code, 0)) for code in declared("registry")]


def _chosen(request: HttpRequest, given: QueryDict) -> dict[str, str]:
    """What the queue is narrowed to; without a registry the one in which most pairs wait."""
    chosen = {name: given.get(name, "")[:60] for name in CHOICES}
    if chosen["registry"] not in declared("registry"):
        waiting = sorted(_registries(person(request)), key=lambda one: -one[2])
        chosen["registry"] = waiting[0][0] if waiting else ""
    return chosen


def _after(request: HttpRequest) -> Any:
    """The pair that was skipped or answered last, if it is still there."""
    number = request.GET.get("after", "")
    try:
        return review.pair_for(person(request), int(number)) if number.isdecimal() else None
    except NotFound:
        return None


def _address(chosen: dict[str, str]) -> str:
    return f"{reverse('portal:review')}?{urlencode({name: value for name, value in chosen.items() if value})}"
