"""数据的路 The way of data, counted: what each source gave, how it divided, what was linked, what is served."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from xilin.apps.portal.queries.resources import form_of
from xilin.kernel.accounts.declarations import Department
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import declared


@dataclass(frozen=True, slots=True)
class Gauge:
    """A source with its newest batch."""

    code: str
    name: str
    department: str
    form: str
    batch: Any


@dataclass(frozen=True, slots=True)
class Base:
    """A registry: entities, and the records linked into them."""

    code: str
    name: str
    entities: int
    records: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the newest batch done of each source, and the registries they came to."""

    read: int
    accepted: int
    held: int
    twice: int
    bases: list[Base]

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return self.read == self.accepted + self.held + self.twice

    @property
    def entities(self) -> int:
        """Golden records of all registries."""
        return sum(base.entities for base in self.bases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages(Counts):
    """Counts of the five stages, with the sources they are of."""

    sources: int
    forms: int
    grants: int
    done: list[Gauge]


def gauges() -> list[Gauge]:
    """Every declared source with its newest batch, by department."""
    language = get_language() or ""
    departments: dict[str, Department] = declared("department")
    newest = collect.newest()
    found = [
        Gauge(
            code,
            source.name.of(language),
            departments[source.department].short.of(language) if source.department in departments else "",
            form_of(source),
            newest.get(code),
        )
        for code, source in declared("source").items()
    ]
    return sorted(found, key=lambda gauge: (gauge.department, gauge.code))


def bases() -> list[Base]:
    """Every declared registry with its counts, the largest first."""
    language = get_language() or ""
    found = [
        Base(
            code, one.name.of(language), registry.count(code), sum(registry.records_by_source(code).values())
        )
        for code, one in declared("registry").items()
    ]
    return sorted(found, key=lambda base: -base.entities)


def counts(done: list[Gauge]) -> Counts:
    """The rows of these sources' batches, and every registry."""
    return Counts(
        sum(gauge.batch.rows_read for gauge in done),
        sum(gauge.batch.rows_accepted for gauge in done),
        sum(gauge.batch.rows_quarantined for gauge in done),
        sum(gauge.batch.rows_duplicate for gauge in done),
        bases(),
    )


def stages() -> Stages:
    """The five stages as they stand now."""
    found = gauges()
    done = [gauge for gauge in found if gauge.batch is not None]
    rows = counts(done)
    return Stages(
        rows.read,
        rows.accepted,
        rows.held,
        rows.twice,
        rows.bases,
        sources=len(found),
        forms=len({gauge.form.split(" (")[0] for gauge in found}),
        grants=exchange.in_force(),
        done=done,
    )
