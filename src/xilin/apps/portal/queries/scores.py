"""数据质量 Quality for the pages: six dimensions over all, by department, by resource; what was broken."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.quality import queries as quality
from xilin.web import languages
from xilin.web.charts import radar
from xilin.web.numbers import share

DIMENSIONS = ("conformity", "completeness", "accuracy", "consistency", "timeliness", "accessibility")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the six dimensions: how much was checked, and how much of it passed."""

    name: str
    checked: int
    passed: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing was checked."""
        return self.passed / self.checked if self.checked else None

    @property
    def grade(self) -> str:
        """The colour a share is shown in."""
        return grade(self.share)


@dataclass(frozen=True, slots=True)
class Scored:
    """A resource with its score, or None where nothing was scored."""

    resource: Any
    dimensions: list[Dimension]
    overall: float | None
    at: Any

    @property
    def grade(self) -> str:
        """The colour its score is shown in."""
        return grade(self.overall)


@dataclass(frozen=True, slots=True)
class Department:
    """A department: the mean score of its resources, and how many of them there are."""

    department: Any
    overall: float
    resources: int

    @property
    def grade(self) -> str:
        """The colour its score is shown in."""
        return grade(self.overall)


@dataclass(frozen=True, slots=True)
class Overview:
    """Quality over all resources that someone may see."""

    dimensions: list[Dimension]
    overall: float | None
    radar: radar.Radar
    departments: list[Department]
    resources: list[Scored]


@dataclass(frozen=True, slots=True)
class Detail:
    """The quality of one resource: its dimensions, and every rule with what broke it."""

    scored: Scored
    radar: radar.Radar
    results: list[Any]

    @property
    def broken(self) -> list[Any]:
        """The rules that something broke, worst first."""
        return [result for result in self.results if result.broken]


def grade(value: float | None) -> str:
    """Good from 98 %, a warning from 90 %, bad below."""
    if value is None:
        return ""
    told = round(value, 3)  # as it is shown
    return "good" if told >= 0.98 else "warn" if told >= 0.9 else "bad"


def words() -> dict[str, str]:
    """What the six dimensions of GB/T 36344 are called."""
    return {
        "conformity": _("Conformity"),
        "completeness": _("Completeness"),
        "accuracy": _("Accuracy"),
        "consistency": _("Consistency"),
        "timeliness": _("Timeliness"),
        "accessibility": _("Accessibility"),
    }


def scored(resources: Iterable[Any]) -> list[Scored]:
    """Resources with their scores, the worst first, those without a score last."""
    known = quality.scores()
    found = [_scored(resource, known.get(resource.code)) for resource in resources]
    return sorted(found, key=lambda one: (one.overall is None, one.overall or 0, one.resource.code))


def overview(user: Any) -> Overview:
    """What the page of quality shows."""
    found = [one for one in scored(catalog.resources_for(user)) if one.overall is not None]
    dimensions = [
        Dimension(
            name,
            sum(one.dimensions[index].checked for one in found),
            sum(one.dimensions[index].passed for one in found),
        )
        for index, name in enumerate(words().values())
    ]
    values = [one.overall for one in found if one.overall is not None]
    return Overview(
        dimensions,
        sum(values) / len(values) if values else None,
        drawn(dimensions),
        _departments(found),
        found,
    )


def detail(user: Any, code: str) -> Detail:
    """What the page of one resource's quality shows; NotFound where someone may not see it."""
    resource = catalog.resource_for(user, code)
    one = _scored(resource, quality.score_of(code))
    return Detail(one, drawn(one.dimensions), quality.results(code))


def of(code: str) -> tuple[Scored | None, radar.Radar | None]:
    """The score of a resource with its drawing, or nothing where it has none."""
    found = quality.score_of(code)
    if found is None or found.overall is None:
        return None, None
    one = _scored(None, found)
    return one, drawn(one.dimensions)


def drawn(dimensions: Iterable[Dimension]) -> radar.Radar:
    """The six dimensions as a radar from 50 to 100 %, so that what differs can be told apart."""
    told = [(one.name, _stretched(one.share), share(one.share, 1)) for one in dimensions]
    return radar.draw(told, downwards=languages.tongue(get_language() or "").vertical)


def _stretched(value: float | None) -> float | None:
    return None if value is None else max(0.0, (value - 0.5) * 2)


def _scored(resource: Any, score: Any) -> Scored:
    parts = score.dimensions if score else {}
    dimensions = [
        Dimension(name, parts[code].checked, parts[code].passed) if code in parts else Dimension(name, 0, 0)
        for code, name in words().items()
    ]
    return Scored(resource, dimensions, score.overall if score else None, score.at if score else None)


def _departments(found: Iterable[Scored]) -> list[Department]:
    by_department: dict[int, list[Scored]] = {}
    for one in found:
        by_department.setdefault(one.resource.provider_id, []).append(one)
    departments = [
        Department(ones[0].resource.provider, sum(one.overall or 0 for one in ones) / len(ones), len(ones))
        for ones in by_department.values()
    ]
    return sorted(departments, key=lambda one: one.overall)


def rule_names(results: Iterable[Any]) -> list[tuple[Any, str]]:
    """Results of rules with the rule's name in the reader's language."""
    language = get_language() or ""
    return [(result, result.name.of(language)) for result in results]
