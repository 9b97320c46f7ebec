"""The site's own few answers, which belong to no part."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from xilin.web import gallery, tables, themes


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's choice of light or dark, and go back to where it was made."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    response = HttpResponseRedirect(back)
    themes.keep(response, request.POST.get("theme", ""), secure=request.is_secure())
    return response


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """The gallery of components, open to everyone: it holds no data."""
    contents = gallery.contents(request, get_language() or "")
    return tables.exported(contents["table"]) or render(request, "web/gallery.html", contents)
