"""审计 The public side of the audit log: its size, its newest signed checkpoint, and the check of a receipt."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from xilin.apps.portal.forms import ReceiptForm
from xilin.apps.portal.queries import log
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit import tiles
from xilin.kernel.audit.actions import read_by

# What a tile's path names never changes: the log only grows.
FOR_EVER = "public, max-age=31536000, immutable"
LEVEL = re.compile(r"0|[1-9][0-9]?", re.ASCII)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """How the log stands; a receipt that is sent is checked and answered in words, and not kept."""
    form = ReceiptForm(request.POST, request.FILES) if request.method == "POST" else ReceiptForm()
    verdict = log.check(form.cleaned_data["text"]) if form.is_valid() else None
    refused = form.is_bound and verdict is None
    return render(
        request,
        "portal/audit.html",
        {"log": log.log(), "form": form, "verdict": verdict},
        status=422 if refused else 200,
    )


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint as it is, with what witnesses signed of it."""
    return _plain(audit.checkpoint())


@require_safe
def witnessed(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint that enough witnesses have cosigned, with what they signed."""
    found = audit.witnessed()
    return _plain(found.note if found else "")


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The verifier keys as text, one a line: that of the month's log, then those of the months before."""
    return _plain("\n".join(reversed(audit.all_keys())))


@require_safe
def logs(request: HttpRequest) -> HttpResponse:
    """The months' logs, the first one first: each one's verifier key, first entry, and where its tiles are."""
    found = [
        {
            "origin": span.origin,
            "key": span.key,
            "first": span.first,
            "prefix": reverse("portal:log_checkpoint", args=[span.id]).rpartition("/")[0],
        }
        for span in tiles.logs()
    ]
    response = JsonResponse({"logs": found})
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def log_checkpoint(request: HttpRequest, shard: int) -> HttpResponse:
    """The newest signed checkpoint of a month's log (C2SP tlog-tiles)."""
    return _plain(tiles.checkpoint(_span(shard)))


@require_safe
def tile(request: HttpRequest, shard: int, level: str, place: str) -> HttpResponse:
    """A tile of hashes of a month's log (C2SP tlog-tiles); anyone may have it and keep it."""
    found = tiles.placed(place)
    if found is None or not LEVEL.fullmatch(level):
        raise Http404
    hashes = tiles.tile(_span(shard), int(level), *found)
    if hashes is None:
        raise Http404
    return _octets(hashes, FOR_EVER)


@require_safe
def entries(request: HttpRequest, shard: int, place: str) -> HttpResponse:
    """A bundle of entries of a month's log (C2SP tlog-tiles), for the audit administrator alone; that it was read is logged first."""
    user: Any = request.user
    found = tiles.placed(place)
    if not user.is_authenticated or user.role != "audit" or found is None:
        raise Http404
    bundle = tiles.bundle(_span(shard), *found)
    if bundle is None:
        raise Http404
    read_by(user, "entries", found[1], at=timezone.now(), everyones=True)
    return _octets(bundle, "no-store")


def _span(shard: int) -> Any:
    span = tiles.log_of(shard)
    if span is None:
        raise Http404
    return span


def _octets(data: bytes, kept: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Cache-Control"] = kept
    return response


def _plain(text: str) -> HttpResponse:
    response = HttpResponse(
        text, content_type="text/plain; charset=utf-8", status=200 if text.strip() else 404
    )
    response.headers["Cache-Control"] = "no-cache"
    return response
