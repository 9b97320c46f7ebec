"""Requests and grants for the desk: names beside codes, the course of a request in the order it went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from xilin.kernel.exchange import queries as exchange


@dataclass(frozen=True, slots=True)
class Event:
    """A moment in the course of a request."""

    at: datetime
    kind: str
    who: object
    said: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """A request with names for its codes, its course, its open step and its grant."""

    items: list[Any]
    titles: dict[str, str]
    purpose: str
    events: list[Event]
    step: Any
    grant: Any


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant and how it stands."""

    grant: Any
    in_force: bool
    items: int


def request(found: Any) -> About:
    """What the page of a request shows beside the request itself."""
    columns = set(found.items)
    items = [item for item in found.resource.items.all() if item.column in columns]
    purpose = exchange.purposes().get(found.purpose)
    events = [Event(found.asked_at, "asked", found.applicant)]
    events += [
        Event(review.at, review.decision, review.by, review.reason, review.legal_basis)
        for review in found.reviews.select_related("by").order_by("at", "pk")
    ]
    return About(
        items,
        {item.column: item.title for item in items},
        purpose.name.of(get_language() or "") if purpose else found.purpose,
        events,
        found.case.steps.filter(ended_at=None).first(),
        getattr(found, "grant", None),
    )


def purpose_names() -> dict[str, str]:
    """What each declared purpose is called in the reader's language."""
    language = get_language() or ""
    return {code: purpose.name.of(language) for code, purpose in exchange.purposes().items()}


def grants(user: Any, at: datetime) -> list[Granted]:
    """The grants someone may see, newest first."""
    return [
        Granted(grant, grant.in_force(at), len(grant.items.all()))
        for grant in exchange.grants_for(user)[:200]
    ]
