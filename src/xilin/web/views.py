"""The site's own few answers, which belong to no part."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from xilin.web import gallery, languages, tables, themes

PARTS = "web/gallery_parts.html"


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
    """The gallery of components, open to everyone: it holds no data, so it is drawn once for each language.

    With a query its table is another one, and it is drawn anew.
    """
    language = get_language() or ""
    if request.GET:
        contents = gallery.contents(request, language)
        exported = tables.exported(contents["table"])
        body = "" if exported else render_to_string(PARTS, contents, request)
    else:
        exported, body = None, _gallery(language)
    return exported or render(request, "web/gallery.html", {"body": mark_safe(body)})  # noqa: S308 - a template's


@lru_cache(maxsize=len(languages.TONGUES))
def _gallery(language: str) -> str:
    """The parts of the gallery as they stand when nothing is asked of them."""
    plain = HttpRequest()
    plain.path = reverse("web:design")
    return render_to_string(PARTS, gallery.contents(plain, language), plain)
