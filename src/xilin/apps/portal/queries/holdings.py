"""What the centre holds, in a few figures."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from xilin.kernel.catalog import queries as catalog


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much there is; `items` are columns bound to data elements."""

    resources: int
    departments: int
    items: int


def holdings(user: Any) -> Holdings:
    """What the catalogue holds for a reader."""
    found = catalog.resources_for(user).order_by()
    counts = found.aggregate(
        resources=Count("pk", distinct=True),
        departments=Count("provider", distinct=True),
        items=Count("items"),
    )
    return Holdings(**counts)


def departments(user: Any) -> list[tuple[Any, int]]:
    """The departments that provide resources, with how many, most first."""
    found: dict[int, tuple[Any, int]] = {}
    for resource in catalog.resources_for(user):
        provider, count = found.get(resource.provider_id, (resource.provider, 0))
        found[resource.provider_id] = (provider, count + 1)
    return sorted(found.values(), key=lambda pair: (-pair[1], pair[0].code))
