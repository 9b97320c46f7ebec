"""Sessions end when nobody uses them: GB/T 22239-2019 8.1.4.1 b) wants an idle connection to sign out by itself.

Those who only record, and those who work for a producer, are visitors outside the places that are theirs.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import ngettext

from xilin.kernel.accounts import actions

SEEN = "xilin_seen"
# Pages that renew themselves say so with this header: a page left open is nobody at work.
BY_ITSELF = "X-By-Itself"
EVENTS = "text/event-stream"
# How exact the time of the last use is; each writing of it costs a statement.
STEP = timedelta(seconds=30)


class IdleSessions:
    """Signs out whoever has not used the pages for XILIN_IDLE_MINUTES, puts it on record, and tells them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._watch(request)
        return self.get_response(request)

    @staticmethod
    def _watch(request: HttpRequest) -> None:
        user: Any = request.user
        if not user.is_authenticated:
            return
        now = timezone.now()
        seen = request.session.get(SEEN) or (user.last_login or now).timestamp()
        unused = timedelta(seconds=now.timestamp() - seen)
        if unused >= timedelta(minutes=settings.IDLE_MINUTES):
            actions.close_session(user, idle=True, at=now)
            logout(request)
            said = ngettext(
                "You were signed out after %(minutes)s minute without use.",
                "You were signed out after %(minutes)s minutes without use.",
                settings.IDLE_MINUTES,
            )
            messages.info(request, said % {"minutes": settings.IDLE_MINUTES})
        elif not _by_itself(request) and (SEEN not in request.session or unused >= STEP):
            request.session[SEEN] = now.timestamp()


def _by_itself(request: HttpRequest) -> bool:
    """Whether a page renews itself; a browser that listens to events can send no header of ours, and says what it accepts."""
    return BY_ITSELF in request.headers or request.headers.get("Accept") == EVENTS


class Outsiders:
    """Accounts of the roles `hand` and `producer` may do what is theirs and nothing else (GB/T 22239-2019 8.1.4.2: the least that a
    task needs).

    Outside the places of their role (PLACES_OF_ROLES) they are nobody: no page, present or to come, has to think of them. The
    desk sends them where they belong.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.everywhere = tuple(
            set.intersection(*(set(places) for _home, places, _sent in settings.PLACES_OF_ROLES.values()))
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Who has no session has no role; static files and the like must not wait for one to be read.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith(self.everywhere):
            user: Any = request.user
            home, places, sent = settings.PLACES_OF_ROLES.get(getattr(user, "role", ""), ("", ("/",), ()))
            if not request.path.startswith(places):
                if request.path.startswith(sent) and request.method in ("GET", "HEAD"):
                    return HttpResponseRedirect(home)
                request.user = AnonymousUser()
        return self.get_response(request)
