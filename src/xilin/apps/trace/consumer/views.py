"""The pages that codes lead to."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from msgspec.structs import replace

from xilin.apps.trace.consumer import showing
from xilin.apps.trace.consumer.actions import report as report_suspicion
from xilin.apps.trace.consumer.booked import booked
from xilin.apps.trace.consumer.errors import NoGoods
from xilin.apps.trace.consumer.forms import ReportForm, ScratchForm
from xilin.apps.trace.consumer.links import Wanted, wanted
from xilin.apps.trace.consumer.looking import COOKIE, KEPT_SECONDS, look, new_token, scratched, token_of
from xilin.apps.trace.consumer.mongolian import LABELS
from xilin.apps.trace.consumer.proofs import proved
from xilin.apps.trace.verdicts.actions import Verdict, check
from xilin.apps.trace.verdicts.book import Book
from xilin.lib.errors import Refusal


def _mongolian(request: HttpRequest) -> bool:
    return request.GET.get("lang") == "mn"


def _rest(request: HttpRequest) -> str:
    """What else stands in the address, which another language keeps: a signature, a chip's message."""
    rest = request.GET.copy()
    rest.pop("lang", None)
    return rest.urlencode()


def _shown(request: HttpRequest, page: str, facts: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page in the reader's language, or with `lang=mn` its version in columns, whose Chinese is Chinese whoever reads."""
    if not _mongolian(request):
        return render(request, f"consumer/{page}.html", facts, status=status)
    with translation.override("zh-hans"):
        return render(request, f"consumer/mongolian/{page}.html", {"labels": LABELS, **facts}, status=status)


def for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for buyers: what is refused is said in columns too where the page is."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        try:
            return view(request, *args, **more)
        except Refusal as refusal:
            if not _mongolian(request):
                raise
            return _shown(request, "refused", {"refusal": refusal}, status=refusal.status)

    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HttpRequest, gtin: str, serial: str, lot: str = "") -> HttpResponse:
    """One item: each look at it is judged and kept; a scratch code that is sent opens it."""
    found = _wanted(request, gtin, lot, serial)
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return HttpResponse()  # nobody looked
    at, token = timezone.now(), token_of(request) or new_token()
    book = booked(request, at)
    scan = look(
        request, found, proved(found, request.GET.dict(), token=token, at=at), book, token=token, at=at
    )
    form, wrong = None, False
    if request.method == "POST":
        form = ScratchForm(request.POST)
        right = form.is_valid() and scratched(found, form.cleaned_data["scratch"])
        wrong = not right
        # A wrong scratch code counts like a number nobody issued, so that nobody tries them all.
        scan = (
            replace(scan, act="open") if right else replace(scan, serial=f"{found.serial[:19]}?", typo=True)
        )
    verdict = check(scan, at=at, book=book)
    if wrong and form is not None and not verdict.blocked:
        form.add_error("scratch", _("This is not the code below the layer."))
        verdict = check(replace(scan, serial=found.serial, typo=False), at=at, book=book)
    answer = _answer(request, found, verdict, form or ScratchForm(), book, at)
    answer.status_code = 429 if verdict.blocked else 422 if wrong else 200
    if verdict.blocked:
        answer["Retry-After"] = "3600"
    answer.set_cookie(
        COOKIE, token, max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return answer


def _answer(
    request: HttpRequest, found: Wanted, verdict: Verdict, form: ScratchForm, book: Book, at: datetime
) -> HttpResponse:
    if request.GET.get("f") == "json" or request.headers.get("Accept") == "application/json":
        return HttpResponse(msgspec.json.encode(showing.told(verdict)), content_type="application/json")
    shown = showing.page(found, verdict, book, at=at)
    return _shown(request, "item", {**shown, "form": form, "report": ReportForm(), "query": _rest(request)})


@require_safe
def product(request: HttpRequest, gtin: str, lot: str = "") -> HttpResponse:
    """A product, or a batch of it, without a number of an item."""
    found = _wanted(request, gtin, lot, "")
    declared = booked(request, timezone.now()).products.get(found.gtin)
    if declared is None:
        raise NoGoods(kind="product", name=found.gtin)
    return _shown(request, "product", {"product": declared, "wanted": found})


@require_http_methods(["POST"])
@for_readers
def report(request: HttpRequest, gtin: str, serial: str) -> HttpResponse:
    """A report about an item; the page says what happens next."""
    at, token = timezone.now(), token_of(request)
    found, book = _wanted(request, gtin, "", serial), booked(request, at)
    form = ReportForm(request.POST)
    context = {"wanted": found, "product": book.products.get(found.gtin), "report": form}
    if not form.is_valid():
        return _shown(request, "report", context, status=422)
    scan = look(request, found, proved(found, {}, token=token, at=at), book, token=token, at=at)
    made = report_suspicion(
        scan, why=form.cleaned_data["why"], text=form.cleaned_data["text"], book=book, at=at
    )
    return _shown(request, "reported", {**context, "case": made.case})


def find(request: HttpRequest) -> HttpResponse:
    """A page to type a number into, for who can't scan; a number leads to its item."""
    gtin, serial = request.GET.get("gtin", "").strip(), request.GET.get("serial", "").strip()
    if gtin and serial:
        found = wanted(gtin, "", serial, {})
        if found is not None:
            return redirect(found.path + ("?lang=mn" if _mongolian(request) else ""))
    products = sorted(booked(request, timezone.now()).products.values(), key=lambda one: one.gtin)
    return _shown(request, "find", {"products": products, "gtin": gtin, "serial": serial})


def rules(request: HttpRequest) -> HttpResponse:
    """What is checked, by which limits, since when and why."""
    book = booked(request, timezone.now())
    shown = [(rule, showing.limits_of(rule)) for rule in book.rules.values()]
    return render(request, "consumer/rules.html", {"rules": shown, "weighing": book.weighing})


def _wanted(request: HttpRequest, gtin: str, lot: str, serial: str) -> Wanted:
    found = wanted(gtin, lot, serial, request.GET.dict())
    if found is None:
        raise NoGoods(kind="product", name=gtin[:14])
    return found
