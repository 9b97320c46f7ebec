"""一数一源 Who is the one source of each data element, and who collects it besides."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog import parties
from xilin.kernel.catalog.models import Item, SourceDecision
from xilin.lib.errors import NotFound

# What is read of an item to say whose it is; the rest is left where it is.
NAMED = ("resource", "position", "column", "element", "name", "name_en", "name_mn", "one_source")


@dataclass(frozen=True, slots=True)
class OneSource:
    """一数一源 Who is the source of a data element, and who collects it besides.

    `source` is the item that is the one source: by the authority's decision, else the one declared so, else the
    only one there is; None where several departments collect the element and nobody decided. `linking` are items by which
    resources are joined or looked up: an identifier in many resources is a link, not a repetition.
    """

    element: str
    name: str
    source: Item | None
    declared: bool
    decision: SourceDecision | None = None
    repeated: list[Item] = field(default_factory=list)
    linking: list[Item] = field(default_factory=list)

    @property
    def undecided(self) -> bool:
        """Whether several departments collect the element and none is the one source."""
        return self.source is None and len(self.repeated) > 1


def one_source(element: str) -> OneSource:
    """Who is the source of one element; NotFound where no resource has it."""
    found = one_sources(element=element)
    if not found:
        raise NotFound(kind=_("data element"), name=element)
    return found[0]


def one_sources(*, element: str = "", repeated: bool = False) -> list[OneSource]:
    """The one source of each element in the catalogue; with `repeated` only those collected by several."""
    items = Item.objects.filter(resource__retired=False, resource__base=False)
    # Few resources have many items each: one row and one object of each resource, not one beside every item.
    items = items.prefetch_related("resource__provider").order_by("element", "resource__code", "position")
    items = items.only(*NAMED)
    by_element: dict[str, list[Item]] = defaultdict(list)
    for item in items.filter(element=element) if element else items:
        by_element[item.element].append(item)
    decisions = {
        one.element: one for one in SourceDecision.objects.filter(until=None).select_related("by__department")
    }
    answers = [_decide(code, found, decisions.get(code)) for code, found in by_element.items()]
    return [answer for answer in answers if answer.repeated or not repeated]


def seen_of(one: OneSource, resources: Collection[int]) -> OneSource:
    """The same as far as it is about resources someone may see, by primary key."""
    return replace(
        one,
        source=one.source if one.source and one.source.resource_id in resources else None,
        repeated=[item for item in one.repeated if item.resource_id in resources],
        linking=[item for item in one.linking if item.resource_id in resources],
    )


def decision_on(element: str) -> SourceDecision:
    """The authority's decision on an element that is in force, or NotFound."""
    found = (
        SourceDecision.objects.filter(element=element, until=None)
        .select_related("resource__provider")
        .first()
    )
    if found is None:
        raise NotFound(kind=SourceDecision._meta.verbose_name, name=element)
    return found


def may_decide_source(user: Any) -> bool:
    """Whether someone decides who is the one source of an element: an approver of the authority."""
    if getattr(user, "department_id", None) is None:
        return False
    return parties.reviews_for(user, parties.authority())


def _decide(element: str, items: list[Item], decision: SourceDecision | None) -> OneSource:
    decided = next((item for item in items if decision and item.resource_id == decision.resource_id), None)
    declared = decided or next((item for item in items if item.one_source), None)
    links = [item for item in items if item is not declared and _links(item)]
    collected = [item for item in items if item is not declared and item not in links]
    name, ground = items[0].title, decision if decided else None
    if declared is not None:
        repeated = [item for item in collected if item.resource.provider_id != declared.resource.provider_id]
        return OneSource(element, name, declared, decided is None, ground, repeated, links)
    departments = {item.resource.provider_id for item in collected}
    if len(departments) == 1:
        return OneSource(element, name, collected[0], False, ground, [], links)
    return OneSource(element, name, None, False, ground, collected, links)


def _links(item: Item) -> bool:
    return item.column in item.resource.lookup or item.column in item.resource.key
