"""The reader's wish to see the Chinese beside each Mongolian word, kept in a cookie."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "xilin_beside"
KEPT_FOR = 365 * 24 * 3600


def wanted(request: HttpRequest) -> bool:
    """Whether the reader has asked for the Chinese."""
    return request.COOKIES.get(COOKIE) == "1"


@require_POST
def beside(request: HttpRequest) -> HttpResponse:
    """Keep the wish, and go back to where it was made."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = HttpResponseRedirect(back)
    if request.POST.get("beside") == "1":
        response.set_cookie(
            COOKIE, "1", max_age=KEPT_FOR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
