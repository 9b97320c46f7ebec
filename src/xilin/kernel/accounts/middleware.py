"""Sessions end when nobody uses them: GB/T 22239-2019 8.1.4.1 b) wants an idle connection to sign out by itself.

Those who only record are visitors wherever nothing is recorded.
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
from xilin.kernel.accounts.models import User

SEEN = "xilin_seen"
# Pages that renew themselves say so with this header: a page left open is nobody at work.
BY_ITSELF = "X-By-Itself"
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
        elif BY_ITSELF not in request.headers and (SEEN not in request.session or unused >= STEP):
            request.session[SEEN] = now.timestamp()


class HandsRecordOnly:
    """Accounts of the role `hand` may record and nothing else (GB/T 22239-2019 8.1.4.2: the least that a task needs).

    Outside HAND_PLACES they are nobody: no page, present or to come, has to think of them. The desk sends them where they record.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Who has no session has no role; static files and the like must not wait for one to be read.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith(
            settings.HAND_PLACES
        ):
            user: Any = request.user
            if getattr(user, "role", "") == User.Role.HAND:
                if request.path.startswith(settings.LOGIN_REDIRECT_URL) and request.method in ("GET", "HEAD"):
                    return HttpResponseRedirect(settings.HAND_HOME)
                request.user = AnonymousUser()
        return self.get_response(request)
