"""审计 The public side of the audit log: its size, its newest signed checkpoint, and the check of a receipt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from xilin.apps.portal.forms import ReceiptForm
from xilin.apps.portal.queries import log
from xilin.kernel.audit import queries as audit


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


def _plain(text: str) -> HttpResponse:
    response = HttpResponse(
        text, content_type="text/plain; charset=utf-8", status=200 if text.strip() else 404
    )
    response.headers["Cache-Control"] = "no-cache"
    return response
