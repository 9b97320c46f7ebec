"""What every page of the desk shares: who may see it, its sections, and how a refused form is shown."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.portal.context import Door
from xilin.kernel.exchange import queries as exchange
from xilin.lib.errors import Refusal

desk_page = login_required


def person(request: HttpRequest) -> Any:
    """Who is signed in; pages of the desk are never shown to anyone else."""
    return request.user


def show(request: HttpRequest, template: str, section: str, status: int = 200, **answer: Any) -> HttpResponse:
    """A page of the desk with its sections above."""
    answer["sections"] = sections(request, section)
    answer["department"] = getattr(request.user, "department", None)
    return render(request, f"portal/desk/{template}.html", answer, status=status)


def sections(request: HttpRequest, current: str) -> list[tuple[Door, int]]:
    """The sections of the desk with how much waits in each."""
    waiting = exchange.inbox(request.user).count()
    wanted = (
        ("desk", _("To do"), 0),
        ("requests", _("Requests"), waiting),
        ("grants", _("Grants"), 0),
        ("holdings", _("My resources"), 0),
        ("quarantine", _("Quarantine"), 0),
        ("systems", _("Systems and keys"), 0),
        ("usage", _("Who used my data"), 0),
    )
    return [(Door(name, reverse(f"portal:{code}"), code == current), n) for code, name, n in wanted]


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """Carry an action out; where it is refused, the form says so and what to do, and None comes back."""
    try:
        return act()
    except Refusal as refusal:
        form.add_error(None, f"{refusal} {refusal.advice}")
        return None
