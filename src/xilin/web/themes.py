"""Light or dark: the reader's own choice, kept in a cookie, so that a page is right before a script runs."""

from django.http import HttpRequest, HttpResponse

COOKIE = "xilin_theme"
THEMES = ("light", "dark")
KEPT_FOR = 365 * 24 * 3600


def chosen(request: HttpRequest) -> str:
    """The theme of the reader's choice; "" where the system decides."""
    found = request.COOKIES.get(COOKIE, "")
    return found if found in THEMES else ""


def keep(response: HttpResponse, theme: str, *, secure: bool) -> None:
    """Keep a choice in the browser; anything that is no theme leaves it to the system again."""
    if theme in THEMES:
        # Scripts set it too, so that a page changes without being loaded again.
        response.set_cookie(COOKIE, theme, max_age=KEPT_FOR, samesite="Lax", secure=secure, httponly=False)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
