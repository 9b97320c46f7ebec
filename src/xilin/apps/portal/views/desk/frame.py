"""What every page of the desk shares: who may see it, its sections, and how a refused form is shown."""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import held
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import delivery_queries, disputes
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.opening import queries as opening
from xilin.kernel.quality import queries as quality
from xilin.kernel.registry import decisions, review
from xilin.lib.errors import Refusal
from xilin.web import desk
from xilin.web.desk import desk_page, person

__all__ = ["attempt", "desk_page", "person", "sections", "show"]

# Roles of people who work for no department: nothing of the portal's desk is theirs.
OUTSIDERS = ("hand", "producer")


def show(request: HttpRequest, template: str, section: str, status: int = 200, **answer: Any) -> HttpResponse:
    """A page of the desk with its sections above."""
    answer["department"] = getattr(request.user, "department", None)
    return desk.show(request, f"portal/desk/{template}.html", section, status, **answer)


def sections(request: HttpRequest) -> list[desk.Section]:
    """The portal's sections of the desk that are of use to this person, with how much waits in each."""
    user = person(request)
    if user.role in OUTSIDERS:
        return []
    of_department = getattr(user, "department_id", None) is not None
    sees_all = user.role == "audit"
    reviews = decisions.may_review(user)
    shares = of_department and not reviews
    watches = sees_all or user.role == "security"
    wanted = [
        ("desk", _("To do") if of_department else _("Oversight"), 0, True),
        ("review", _("Pairs to review"), review.queue(user).count() if reviews else 0, reviews),
        ("decisions", _("Decisions"), decisions.waiting_for(user).count() if reviews else 0, reviews),
        ("lookup", _("Look up"), 0, reviews),
        ("requests", _("Requests"), exchange.inbox(user).count(), shares or sees_all),
        ("grants", _("Grants"), 0, shares or sees_all),
        ("holdings", _("My resources"), 0, shares),
        ("compilations", _("Catalogue entries"), catalog.waiting_for(user).count(), shares or sees_all),
        ("quarantine", _("Quarantine"), sum(n for _code, n in quality.held_by_source(user)), not reviews),
        ("corrections", _("Corrections"), held.owed(user), shares or sees_all),
        (
            "disputes",
            _("Disputes of values"),
            disputes.owed(user) + disputes.unread(user),
            shares or sees_all,
        ),
        ("questions", _("Joint questions"), opening.waiting_for(user), shares or sees_all),
        ("deliveries", _("Deliveries"), delivery_queries.halted(user), shares or sees_all),
        ("systems", _("Systems and keys"), 0, shares),
        ("usage", _("Who used my data") if of_department else _("Use of data"), 0, shares or watches),
    ]
    return [
        desk.Section(code, name, reverse(f"portal:{code}"), n) for code, name, n, useful in wanted if useful
    ]


def attempt(form: BaseForm, act: Callable[[], Any]) -> Any:
    """Carry an action out; where it is refused, the form says so and what to do, and None comes back."""
    try:
        return act()
    except Refusal as refusal:
        form.add_error(None, f"{refusal} {refusal.advice}")
        return None
