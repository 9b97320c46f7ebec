"""The desk's frame: who may see its pages, and its sections, which the parts that have pages there offer.

Applications don't know each other: each offers its sections here, and every page of the desk shows those of all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the desk, or a page below one: where it is, and how much waits there."""

    code: str
    name: str
    href: str
    waiting: int = 0
    current: bool = False


Sections = Callable[[HttpRequest], Sequence[Section]]
OFFERED: list[Sections] = []


def offer(sections: Sections) -> None:
    """Let a part add its sections to the desk of those to whom they are of use. Called from `apps.ready()`."""
    if sections not in OFFERED:
        OFFERED.append(sections)


def sections(request: HttpRequest, current: str) -> list[Section]:
    """The sections that are of use to who is signed in, those of the part first that was wired first."""
    return [
        replace(section, current=section.code == current) for part in OFFERED for section in part(request)
    ]


def desk_page(view: View) -> View:
    """For who is signed in; kept by no cache, so that nothing of it is left in a browser that others use."""
    return login_required(never_cache(view))


def person(request: HttpRequest) -> Any:
    """Who is signed in; pages of the desk are never shown to anyone else."""
    return request.user


def show(request: HttpRequest, template: str, section: str, status: int = 200, **answer: Any) -> HttpResponse:
    """A page of the desk (a template that extends `web/desk.html`) with its sections above."""
    answer["sections"] = sections(request, section)
    return render(request, template, answer, status=status)
