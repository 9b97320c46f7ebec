"""我的数据 What is held about a citizen and by whom: kinds of items, never a value; and whom to ask to have it corrected."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language

from xilin.apps.portal.queries import region
from xilin.apps.portal.queries.names import Names
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.registry import queries as registry
from xilin.lib.errors import NotFound
from xilin.lib.text import Text


@dataclass(frozen=True, slots=True)
class Held:
    """What a department holds of somebody in a resource: the names of the items, the sensitive ones apart."""

    department: str
    resource: str
    code: str
    items: str
    sensitive: str
    contact: str


@dataclass(frozen=True, slots=True)
class About:
    """All that is held about somebody, by department, and within how many working days a correction is answered."""

    held: list[Held]
    departments: int
    days: int | None


def about(me: Any) -> About:
    """What sources the person's golden record comes from, in words."""
    held = _held(me)
    rule = next(
        (
            one
            for one in region.known("deadline").values()
            if (one.case_kind, one.step) == ("correction", "answer")
        ),
        None,
    )
    return About(held, len({one.department for one in held}), rule.days if rule else None)


def _held(me: Any) -> list[Held]:
    try:
        entity = registry.entity(me.registry, me.entity)
    except NotFound:
        return []
    sources, names = region.known("source"), Names()
    of: dict[str, set[str]] = defaultdict(set)
    for source in registry.members(entity).order_by().values_list("source", flat=True).distinct():
        if source in sources:
            of[sources[source].resource].add(sources[source].department)
    # What the public doesn't know the catalogue to hold isn't told here either.
    known = catalog.resources_for(AnonymousUser()).filter(code__in=of).prefetch_related("items")
    entries = {one.code: one for one in known}
    found = [
        _one(entries[code], names.of("department", department))
        for code, departments in of.items()
        for department in departments
        if code in entries
    ]
    return sorted(found, key=lambda one: (one.department, one.resource))


def _one(resource: Any, department: str) -> Held:
    declared = region.known("resource").get(resource.code)
    elements = region.known("element")
    kinds = {
        item.key: elements[item.element].personal
        for item in (declared.item if declared else ())
        if item.element in elements
    }
    titles: dict[bool, list[str]] = {True: [], False: []}
    for item in resource.items.all():
        titles[kinds.get(item.column) == "sensitive"].append(item.title)
    return Held(
        department, resource.title, resource.code, _and(titles[False]), _and(titles[True]), _contact(resource)
    )


def _contact(resource: Any) -> str:
    told = resource.contact
    name = Text(**told.get("name", {"zh": ""})).of(get_language() or "") if told else ""
    return (
        " · ".join(part for part in (name, told.get("telephone"), told.get("email")) if part) if told else ""
    )


def _and(words: list[str]) -> str:
    return Text(zh="、", en=", ", mn=", ", mn_cyrl=", ").of(get_language() or "").join(words)
