"""What every page of the goods' desk shares: its section of the desk, the pages beside it, and what somebody may see."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from xilin.apps.trace.desk.queries import Scope, scope_of
from xilin.apps.trace.verdicts.queries import book
from xilin.web import desk
from xilin.web.desk import Section

Tabs = Callable[[HttpRequest, Scope], Sequence[Section]]
OFFERED: list[Tabs] = []


def offer(tabs: Tabs) -> None:
    """Let a part of the goods' desk add its pages for those to whom they are of use. Called from `apps.ready()`."""
    if tabs not in OFFERED:
        OFFERED.append(tabs)


def scope(request: HttpRequest) -> Scope:
    """What who is signed in may see of goods, looked up once for a request."""
    found: Scope | None = getattr(request, "_goods_scope", None)
    if found is None:
        found = scope_of(request.user, book(timezone.now()))
        request._goods_scope = found  # type: ignore[attr-defined]
    return found


def sections(request: HttpRequest) -> list[Section]:
    """The goods' section of the desk, for those to whom some page of it is of use; it leads to the first."""
    return [Section("goods", _("Goods and codes"), one.href) for one in tabs(request, "")[:1]]


def tabs(request: HttpRequest, current: str) -> list[Section]:
    """The pages of the goods' desk that are of use to who is signed in."""
    seen = scope(request)
    return [
        Section(one.code, one.name, one.href, one.waiting, one.code == current)
        for part in OFFERED
        for one in part(request, seen)
    ]


def show(request: HttpRequest, template: str, tab: str, status: int = 200, **answer: Any) -> HttpResponse:
    """A page of the goods' desk (a template that extends `goods_desk/frame.html`) with its sections and tabs above."""
    answer |= {"tabs": tabs(request, tab), "scope": scope(request)}
    return desk.show(request, f"goods_desk/{template}.html", "goods", status, **answer)
