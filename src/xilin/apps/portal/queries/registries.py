"""Base registries for their page: how many, from which sources, how linked, scored against the truth."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import declared


@dataclass(frozen=True, slots=True)
class Feeder:
    """A source and how many of its records were linked."""

    code: str
    name: str
    records: int


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which records found their entity, with the colour of its bar."""

    name: str
    records: int
    kind: str


@dataclass(frozen=True, slots=True)
class Registry:
    """A base registry as it stands."""

    code: str
    name: str
    summary: str
    entities: int
    records: int
    feeders: list[Feeder]
    ways: list[Way]
    attributes: list[str]
    run: Any
    score: list[tuple[str, float]] = field(default_factory=list)
    truth: int | None = None

    @property
    def most(self) -> int:
        """The records of the largest source."""
        return max((feeder.records for feeder in self.feeders), default=0)

    @property
    def each(self) -> float | None:
        """Records for one entity."""
        return self.records / self.entities if self.entities else None

    @property
    def seconds(self) -> float | None:
        """How long the newest linking took."""
        begun: datetime | None = getattr(self.run, "started_at", None)
        return (self.run.finished_at - begun).total_seconds() if begun else None


def registries() -> list[Registry]:
    """Every declared registry, the largest first."""
    names, language = Names(), get_language() or ""
    elements = names.all("element")
    found = [_registry(code, one, names, elements, language) for code, one in declared("registry").items()]
    return sorted(found, key=lambda one: -one.entities)


def _registry(code: str, one: Any, names: Names, elements: dict[str, str], language: str) -> Registry:
    by_source = registry.records_by_source(code)
    how, run = registry.how(code), registry.latest_run(code)
    feeders = [Feeder(source, names.of("source", source), count) for source, count in by_source.items()]
    score = getattr(run, "score", None) or {}
    attributes = [
        attribute.name.of(language) if attribute.name else elements.get(attribute.element, attribute.element)
        for attribute in one.attribute
    ]
    return Registry(
        code,
        one.name.of(language),
        one.summary.of(language),
        registry.count(code),
        sum(by_source.values()),
        sorted(feeders, key=lambda feeder: -feeder.records),
        [Way(name, how[way], kind) for way, name, kind in ways() if how.get(way)],
        attributes,
        run,
        [(name, score[key]) for key, name in measures() if score.get(key) is not None],
        score.get("truth_entities"),
    )


def ways() -> list[tuple[str, str, str]]:
    """How a record may come to its entity: code, words, colour of its bar."""
    return [
        ("identifier", _("a valid identifier"), "deep"),
        ("repaired", _("a mended identifier, name and birth agreeing"), "good"),
        ("compared", _("attributes compared"), "warn"),
        ("decided", _("a person's decision"), "brand"),
        ("alone", _("nothing like it was found elsewhere"), "idle"),
    ]


def measures() -> list[tuple[str, str]]:
    """What a comparison with the truth measures, in pairs of records."""
    return [("precision", _("precision")), ("recall", _("recall of pairs")), ("f1", _("F1"))]
