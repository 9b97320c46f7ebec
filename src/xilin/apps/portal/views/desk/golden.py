"""主记录 One person or organisation: golden record, sources, history; merging and splitting by hand; the model."""

import uuid
from datetime import date, datetime, time
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xilin.apps.portal.queries import golden
from xilin.apps.portal.queries.model import model as model_of
from xilin.apps.portal.views.desk.frame import desk_page, person, show
from xilin.kernel.registry import decisions, history, queries, review
from xilin.lib.errors import Refusal


@require_safe
@desk_page
def one(request: HttpRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """A golden record as it is, or as it was known and true on given days; a merged one leads to where it went."""
    decisions.need_reviewer(person(request))
    entity = queries.entity(code, pk)
    into = history.whereto(entity)
    if into.pk != entity.pk and "former" not in request.GET:
        messages.info(request, _("%(id)s was merged into this one.") % {"id": str(entity.pk)[:8]})
        return redirect("portal:entity", code, into.pk)
    return _page(request, entity)


def _page(request: HttpRequest, entity: Any, refusal: Refusal | None = None) -> HttpResponse:
    user = person(request)
    of, to = review.see_entity(entity, by=user, at=timezone.now())
    words = golden.Words(entity.registry)
    recorded, valid = _day(request, "recorded"), _day(request, "valid")
    known = history.as_of(entity, recorded=_end(recorded) if recorded else None, valid=valid)
    now = recorded is None
    return show(
        request,
        "entity",
        "review",
        status=refusal.status if refusal else 200,
        entity=entity,
        refusal=refusal,
        words=words,
        title=words.title(entity.attributes),
        known=known,
        fields=golden.fields(words, known),
        members=golden.members(words, entity) if now else golden.former(words, known.version),
        past=golden.past(words, entity),
        versions=history.versions(entity),
        decided=golden.decided(user, entity),
        kin=golden.kin([*of, *to]),
        recorded=recorded,
        valid=valid,
        now=now and valid is None,
        living=entity.ended_run is None,
    )


@require_POST
@desk_page
def merge(request: HttpRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Propose that this entity and another are one."""
    user, entity = person(request), queries.entity(code, pk)
    decisions.need_reviewer(user)
    try:
        other = queries.entity(code, request.POST.get("other", "").strip())
        made = decisions.propose_merge(
            entity, other, by=user, at=timezone.now(), reason=request.POST.get("reason", "")[:2000]
        )
    except Refusal as refusal:
        return _page(request, entity, refusal)
    return _proposed(request, made)


@require_POST
@desk_page
def split(request: HttpRequest, code: str, pk: uuid.UUID) -> HttpResponse:
    """Propose that some records of this entity are another."""
    user, entity = person(request), queries.entity(code, pk)
    chosen = [int(number) for number in request.POST.getlist("record") if number.isdecimal()]
    try:
        made = decisions.propose_split(
            entity, chosen, by=user, at=timezone.now(), reason=request.POST.get("reason", "")[:2000]
        )
    except Refusal as refusal:
        decisions.need_reviewer(user)
        return _page(request, entity, refusal)
    return _proposed(request, made)


def _proposed(request: HttpRequest, made: Any) -> HttpResponse:
    said = _("Proposed: decision %(number)s waits for a second person.")
    messages.success(request, said % {"number": made.pk})
    return redirect("portal:decisions")


@require_safe
@desk_page
def model(request: HttpRequest, code: str) -> HttpResponse:
    """What each comparison of a registry is worth; it tells of nobody, so whoever is signed in may read it."""
    return show(request, "model", "registries", model=model_of(code))


def _day(request: HttpRequest, name: str) -> date | None:
    """A day of the query; None where there is none or it is no day."""
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError:
        return None


def _end(day: date) -> datetime:
    """The end of a day, in the platform's time zone."""
    return timezone.make_aware(datetime.combine(day, time.max))
