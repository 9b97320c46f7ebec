"""识别浏览器 Browsers that somebody has signed in with: attempts elsewhere can't shut them out.

A signed cookie names the person as a digest and the browser by chance; it opens nothing by itself.
"""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

COOKIE = "xilin_browser"
LASTS = timedelta(days=90)


def mark_of(request: HttpRequest | None, name: str) -> str:
    """The mark of a browser with which this person signed in within 90 days; "" for any other."""
    held = request.get_signed_cookie(COOKIE, "", salt=COOKIE, max_age=LASTS) if request else ""
    who, _, mark = (held or "").partition(".")
    return mark if mark and constant_time_compare(who, _who(name)) else ""


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Know this browser again when the person signs in the next time."""
    response.set_signed_cookie(
        COOKIE,
        f"{_who(name)}.{mark_of(request, name) or get_random_string(16)}",
        salt=COOKIE,
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _who(name: str) -> str:
    return salted_hmac(COOKIE, name, algorithm="sha256").hexdigest()[:32]
