"""Open data: what is open, one opening, its files and its rows for programs; no sign-in, so many calls a minute."""

import time
from collections import deque
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from xilin.apps.portal.queries import opened
from xilin.apps.portal.queries import opening as pages
from xilin.kernel.opening import actions, queries
from xilin.kernel.opening.errors import TooManyCalls
from xilin.web.keeping import kept

MOST_ROWS = 1000
MINUTE = 60.0
MOST_ADDRESSES = 10_000

# When each address called in the last minute: of one process, and nowhere else, for an address is personal data.
_calls: dict[str, deque[float]] = {}


def limited(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer an address so often a minute, as XILIN_OPEN_RATE says."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wait = _wait(request.META.get("REMOTE_ADDR", ""), time.monotonic(), settings.OPEN_RATE)
        if not wait:
            return view(request, *args, **kwargs)
        refusal = TooManyCalls(most=settings.OPEN_RATE, seconds=wait)
        response = JsonResponse(
            {"title": str(refusal), "detail": str(refusal.advice), "status": 429},
            status=429,
            content_type="application/problem+json",
            json_dumps_params={"ensure_ascii": False},
        )
        response.headers["Retry-After"] = str(wait)
        return response

    return answer


def _wait(address: str, now: float, most: int) -> int:
    """How many seconds an address has to wait; 0 where it is answered, which then counts."""
    if len(_calls) > MOST_ADDRESSES:
        for known in [one for one, calls in _calls.items() if calls[-1] < now - MINUTE]:
            del _calls[known]
    calls = _calls.setdefault(address, deque())
    while calls and calls[0] <= now - MINUTE:
        calls.popleft()
    if len(calls) >= most:
        return max(int(calls[0] + MINUTE - now) + 1, 1)
    calls.append(now)
    return 0


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Everything that is open, and what its privacy may cost."""
    today = timezone.localdate()
    found = _every()
    chosen = {name: request.GET.get(name, "")[:60] for name in ("form", "department")}
    answer = {
        "shown": opened.narrowed(found, chosen),
        "facets": list(opened.facets(found, chosen)),
        "chosen": chosen,
        "site": request.build_absolute_uri("/").rstrip("/"),
        "budgets": queries.this_year(today),
        "downloads": queries.downloads(),
        "year": today.year,
    }
    return render(request, "portal/open.html", answer)


_every = kept(pages.every)
_one = kept(pages.one)


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One opening: what it holds, how people are protected in it, and how to get it."""
    found, site = _one(code), request.build_absolute_uri("/").rstrip("/")
    answer = {
        "one": found,
        "charts": opened.charts(code),
        "schema": opened.schema(found),
        "examples": opened.examples(found, site),
        "citation": opened.citation(found, site),
        "score": opened.score(found),
        "downloads": queries.downloads().get(code, 0),
    }
    return render(request, "portal/opening.html", answer)


@require_safe
@limited
def schema(request: HttpRequest, code: str) -> HttpResponse:
    """The columns of an opening's newest release as a table schema (Frictionless)."""
    site = request.build_absolute_uri("/").rstrip("/")
    return _json(opened.table_schema(pages.one(code), site))


@require_safe
@limited
def index(request: HttpRequest) -> HttpResponse:
    """The same as the page of all openings, for programs."""
    site, counted = request.build_absolute_uri("/").rstrip("/"), queries.downloads()
    found = [
        pages.machine(one, site) | {"downloads": counted.get(one.opening.code, 0)}
        for one in queries.openings()
    ]
    return _json({"openings": found, "key": queries.key()})


@require_safe
@limited
def rows(request: HttpRequest, code: str) -> HttpResponse:
    """Rows of an opening's newest release: `limit` of them after `offset`."""
    queries.opening(code)
    found = next(iter(queries.releases(code)), None)
    if found is None:
        return _json({"opening": code, "version": None, "rows": [], "total": 0})
    limit = min(max(_number(request, "limit", 100), 1), MOST_ROWS)
    offset = max(_number(request, "offset", 0), 0)
    part = queries.part(found, offset, limit)
    following = offset + len(part) if offset + len(part) < found.rows else None
    answer = {"opening": code, "version": found.version, "total": found.rows, "offset": offset}
    return _json(answer | {"next": following, "protection": found.protection, "rows": part})


@require_safe
@limited
def data(request: HttpRequest, code: str, version: int, form: str) -> HttpResponseBase:
    """A file of a release; that it was fetched is counted by the day."""
    found = queries.release(code, version)
    path = queries.file(found, form)
    if request.method == "GET":
        actions.downloaded(found, form, day=timezone.localdate())
    response = FileResponse(
        path.open("rb"),
        as_attachment=form != "json",
        filename=f"{code}-{version}.{form}",
        content_type=queries.FORMATS[form],
    )
    response.headers["ETag"] = f'"{found.digests[form]}"'
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
@limited
def signature(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """What a release's signature signs, with the signature: the digests of its files and how people are protected."""
    found = queries.release(code, version)
    return _json(
        {
            "statement": found.statement,
            "signature": found.signature,
            "algorithm": "Ed25519",
            "key": queries.key(),
        }
    )


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """The key that releases are signed with."""
    return HttpResponse(f"{queries.key()}\n", content_type="text/plain; charset=utf-8")


def _number(request: HttpRequest, name: str, default: int) -> int:
    try:
        return int(request.GET.get(name, default))
    except ValueError:
        return default


def _json(answer: Any) -> JsonResponse:
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "default": str})
