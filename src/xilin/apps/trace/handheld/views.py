"""The handheld's page, what makes it installable, and the address that takes its events."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from xilin.apps.trace.handheld import actions, assets, queries, spelling
from xilin.apps.trace.handheld.errors import BadMessage, NotSignedIn
from xilin.lib.errors import Refusal

MOST_EVENTS = 200
MOST_BYTES = 2 * 1024 * 1024
EYE_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
DEEP_BLUE = "#0a3556"
ICONS = (
    ("icon-192.png", "192x192", "image/png", "any"),
    ("icon-512.png", "512x512", "image/png", "any"),
    ("icon-512.png", "512x512", "image/png", "maskable"),
    ("icon.svg", "any", "image/svg+xml", "any"),
)


def _json(told: Any, status: int = 200, content_type: str = "application/json") -> HttpResponse:
    return HttpResponse(msgspec.json.encode(told), status=status, content_type=content_type)


def _for_device(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view for the device's program: a refusal is JSON, nothing is cached."""

    @never_cache
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Refusal as refusal:
            told = {
                "type": refusal.code,
                "title": str(refusal),
                "detail": refusal.advice,
                "status": refusal.status,
            }
            return _json(told, refusal.status, "application/problem+json")  # fmt: skip

    return answer


@require_GET
def shell(request: HttpRequest) -> HttpResponse:
    """The page, the same for everyone: devices keep it; who works with it is asked for separately."""
    return render(request, "handheld/shell.html", {"ear_tag": spelling.ear_tags()})


@require_GET
def worker(_request: HttpRequest) -> HttpResponse:
    """The script that keeps the page on the device."""
    kept = [reverse("handheld:shell"), reverse("handheld:eye"), *assets.addresses()]
    facts = {
        "version": assets.version(),
        "shell": reverse("handheld:shell"),
        "kept": msgspec.json.encode(kept).decode(),
    }
    response = render(_request, "handheld/worker.js", facts, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def eye(request: HttpRequest) -> HttpResponse:
    """The script that reads codes off the camera's pictures; the only one that may make machine code."""
    facts = {"reader": static(assets.READER), "machine": static(assets.MACHINE)}
    response = render(request, "handheld/eye.js", facts, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    response["Content-Security-Policy"] = EYE_POLICY
    return response


@require_GET
def manifest(_request: HttpRequest) -> HttpResponse:
    """What an installed app is called and looks like (W3C Web Application Manifest)."""
    start = reverse("handheld:shell")
    told = {
        "id": start,
        "name": _("Xilin handheld"),
        "short_name": _("Xilin handheld"),
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": DEEP_BLUE,
        "theme_color": DEEP_BLUE,
        "icons": [
            {"src": static(f"handheld/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
            for name, sizes, kind, purpose in ICONS
        ],
    }
    return _json(told, content_type="application/manifest+json")


def _session_of(request: HttpRequest) -> str:
    """What tells one signing in from the next, and nothing more: a device knows by it which one it signed out of."""
    return salted_hmac("xilin.handheld.session", request.session.session_key or "").hexdigest()[:16]


@require_GET
@_for_device
def me(request: HttpRequest) -> HttpResponse:
    """Who works on this device, what they may record and where, and how numbers are written."""
    hand = queries.hand_of(request.user)
    return _json(
        {
            "user": hand.user.get_username(),
            "name": str(hand.user),
            "party": hand.party.code,
            "party_name": str(hand.party),
            "tasks": hand.tasks,
            "place": hand.place,
            "place_name": hand.place_name,
            "ear_tag": spelling.ear_tags(),
            "paper": spelling.paper(hand.party.code, hand.place),
            "session": _session_of(request),
            "token": get_token(request),
            "now": timezone.now().isoformat(),
        }
    )


@require_POST
@_for_device
def events(request: HttpRequest) -> HttpResponse:
    """Take in a device's events; each has its own result, also where it was here before."""
    hand = queries.hand_of(request.user)
    message = _message(request)
    if message.user != hand.user.get_username():
        raise NotSignedIn
    results = actions.take(hand, message, at=timezone.now())
    return _json(
        {
            "results": [
                {"id": result.id, "kept": result.kept} | ({"why": result.why.told()} if result.why else {})
                for result in results
            ],
            "dropped": [one.id for one in message.dropped],
        }
    )


def _message(request: HttpRequest) -> actions.Message:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise BadMessage(why=_("it is too large"))
    try:
        message = msgspec.json.decode(request.body, type=actions.Message)
    except msgspec.DecodeError as error:
        raise BadMessage(why=str(error)) from None
    if len(message.events) + len(message.dropped) > MOST_EVENTS:
        raise BadMessage(why=_("it holds too much"))
    return message
