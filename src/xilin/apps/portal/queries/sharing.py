"""Requests and grants for the desk: names beside codes, the course of a request in the order it went."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language

from xilin.apps.portal.queries import fits
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text


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
    rows: Text
    granted: Text | None
    objection: Any
    extension: Any


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant and how it stands."""

    grant: Any
    in_force: bool
    items: int
    words: Text
    begun: bool
    renewable: bool


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
    grant = getattr(found, "grant", None)
    return About(
        items,
        {item.column: item.title for item in items},
        purpose.name.of(get_language() or "") if purpose else found.purpose,
        events,
        found.case.steps.filter(ended_at=None).first(),
        grant,
        exchange.filter_in_words(found.resource, found.row_filter),
        exchange.grant_in_words(grant) if grant else None,
        getattr(found, "objection", None),
        getattr(found, "extension", None),
    )


def fit(found: Any) -> dict[str, Any]:
    """How many people fit what the catalogue's masks show of what is asked for, alone and with the applicant's other grants."""
    if found.shape not in ("masked", "full"):
        return {}
    items = found.resource.items.filter(column__in=found.items)
    masks = {item.column: "" if found.shape == "full" else item.mask for item in items}
    return {
        "fits": fits.of(found.resource, masks),
        "together": fits.together(found.department, found.resource, found.items, masks, found.shape),
    }


def most_time(found: Any) -> int:
    """By how much the open step of a request may be lengthened, by its rule."""
    step = found.case.steps.filter(ended_at=None).first()
    rule = declared("deadline").get(step.rule) if step else None
    return rule.extend if rule else 0


def purpose_names() -> dict[str, str]:
    """What each declared purpose is called in the reader's language."""
    language = get_language() or ""
    return {code: purpose.name.of(language) for code, purpose in exchange.purposes().items()}


def grants(user: Any, at: datetime) -> list[Granted]:
    """The grants someone may see, newest first."""
    ending = {grant.pk for grant in exchange.ending(user, at)}
    return [
        Granted(
            grant,
            grant.in_force(at),
            len(grant.items.all()),
            exchange.grant_in_words(grant),
            grant.valid_from <= at,
            grant.pk in ending,
        )
        for grant in exchange.grants_for(user).prefetch_related("resource__items")[:200]
    ]
