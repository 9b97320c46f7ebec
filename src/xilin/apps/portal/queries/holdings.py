"""What the centre holds, in a few figures."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.quality import queries as quality
from xilin.kernel.standards.queries import declared


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


@dataclass(frozen=True, slots=True)
class Provider:
    """A department with what it provides: resources, sources, rows in force, the mean score of its resources."""

    department: Any
    resources: list[Any]
    sources: int
    rows: int
    overall: float | None


def providers(user: Any) -> list[Provider]:
    """Every department that provides resources, most rows first."""
    by_department: dict[int, list[Any]] = {}
    for resource in catalog.resources_for(user):
        by_department.setdefault(resource.provider_id, []).append(resource)
    newest, known = collect.newest(), quality.scores()
    sources: dict[str, list[str]] = {}
    for code, source in declared("source").items():
        sources.setdefault(source.resource, []).append(code)
    found = []
    for resources in by_department.values():
        feeds = [code for resource in resources for code in sources.get(resource.code, [])]
        scores = [known[one.code].overall for one in resources if one.code in known]
        measured = [score for score in scores if score is not None]
        found.append(
            Provider(
                resources[0].provider,
                resources,
                len(feeds),
                sum(newest[code].rows_accepted for code in feeds if code in newest),
                sum(measured) / len(measured) if measured else None,
            )
        )
    return sorted(found, key=lambda one: (-one.rows, one.department.code))
