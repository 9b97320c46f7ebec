"""再识别 How many people still fit what masks show: of one item, and of all that a department may see together.

Measured in PostgreSQL on the rows that are served: published tables, and golden records of base registries.
Masks are written as SQL expressions here, so that no value leaves the database to be counted.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg import sql

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.exchange import candidates
from xilin.kernel.exchange.declarations import Mask
from xilin.kernel.exchange.exposure import Quasi, Risk
from xilin.kernel.exchange.models import Grant, Publication, Shape
from xilin.kernel.exchange.publishing import place
from xilin.kernel.exchange.risk_errors import UnionNeedsReason, UnionTooSmall
from xilin.kernel.exchange.risk_models import MaskFit
from xilin.kernel.registry.queries import count, latest_run
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound

PERSON = "citizen_id"
REVEALING = (Shape.MASKED, Shape.FULL)


@dataclass(frozen=True, slots=True)
class Fit:
    """How many people fit a shown value: half of all people share theirs with `median` or fewer, somebody with `least`.

    `known` names what an onlooker knows beside it (`year`, `area`, both with a plus sign); `possible` is how
    many numbers fit, counted from how identifiers are made, None for what is no identifier.
    """

    median: int
    least: int
    records: int
    known: str = ""
    possible: int | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """All that a department may see of people together, and what comes of it.

    `columns` are the items that tell people apart, as `resource.column`. `few` people stand in groups smaller
    than `reason_below`. `verdict`: `fits`; `reason` (somebody is in a small group: the approver gives a reason);
    `refused`; `identified` (people are named outright, which only a purpose can justify); `unmeasured`.
    """

    fit: Fit | None
    columns: tuple[str, ...]
    verdict: str
    few: int = 0
    reason_below: int = 0
    floor: int = 0


@dataclass(frozen=True, slots=True)
class _Population:
    """The rows of a resource as SQL: `rows` has a column for each of `columns` as text, and `_who`."""

    code: str
    rows: sql.Composable
    columns: frozenset[str]
    content: str
    people: int


@dataclass(frozen=True, slots=True)
class _Known:
    """Declarations that a measurement needs, read once."""

    resources: Mapping[str, Resource] = field(default_factory=lambda: declared("resource"))
    elements: Mapping[str, Element] = field(default_factory=lambda: declared("element"))
    masks: Mapping[str, Mask] = field(default_factory=lambda: declared("mask"))
    risk: Risk | None = field(default_factory=lambda: declaration("risk", "risk"))

    def resource(self, code: str) -> Resource:
        """A declared resource, or NotFound."""
        if code not in self.resources:
            raise NotFound(kind="resource", name=code)
        return self.resources[code]

    def beside(self, resource: Resource) -> dict[str, tuple[str, Quasi]]:
        """What an onlooker may know of the people in a resource: column and quasi-identifier, by the kind of knowledge."""
        found: dict[str, tuple[str, Quasi]] = {}
        for quasi in self.risk.quasi if self.risk else ():
            column = next((item.key for item in resource.item if item.element == quasi.element), "")
            if quasi.known and column and quasi.known not in found:
                found[quasi.known] = column, quasi
        return found


def fitting(resource: str, column: str, mask: str, *, known: str = "") -> Fit | None:
    """How many people fit what a mask shows of an item; None where no rows are served or the mask is none.

    `known`: what an onlooker knows beside it, `year`, `area` or `year+area`. Measured once for the rows that are served.
    """
    return next((fit for fit in fits(resource, column, mask) if fit.known == known), None)


def fits(resource: str, column: str, mask: str, *, most: int | None = None) -> list[Fit]:
    """The same with nothing known beside it, with the year of birth, the area, and both, as far as the resource has them.

    Of more than `most` people only what was measured before: who looks at a page doesn't wait for a minute.
    """
    told = _Known()
    value = told.resource(resource)
    if mask and mask not in told.masks:
        return []
    population = _population(value, told.elements)
    if population is None or column not in population.columns:
        return []
    content = _content(population, mask, told)
    rows = list(MaskFit.objects.filter(resource=resource, column=column, mask=mask, content=content))
    if not rows and (most is None or population.people <= most):
        rows = _measure(value, population, column, mask, told, content)
    element = told.elements[value.column(column).element]
    return [_fit(row, told.masks.get(mask), element) for row in rows if row.records]


def served() -> list[str]:
    """The resources whose rows are served."""
    told = _Known()
    return [code for code, one in told.resources.items() if _population(one, told.elements) is not None]


def outdated() -> list[str]:
    """The resources whose rows are served and of whose masks one was never measured, or on other rows."""
    told = _Known()
    kept = set(MaskFit.objects.values_list("resource", "column", "mask", "content"))
    found = []
    for code, one in told.resources.items():
        masked = [item for item in one.item if item.mask in told.masks]
        population = _population(one, told.elements) if masked else None
        if population is not None and any(
            (code, item.key, item.mask, _content(population, item.mask, told)) not in kept
            for item in masked
            if item.key in population.columns
        ):
            found.append(code)
    return found


def _content(population: _Population, mask: str, told: _Known) -> str:
    """What a measurement depends on: the rows, the mask, what is said of re-identification."""
    said = [population.content, repr(told.masks.get(mask)), repr(told.risk)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def measure(resource: str) -> list[MaskFit]:
    """Measure every item of a resource through its mask in the catalogue, so that no page has to wait for it."""
    value = _Known().resource(resource)
    for item in value.item:
        if item.mask:
            fits(resource, item.key, item.mask)
    return list(MaskFit.objects.filter(resource=resource))


def union(
    department: Any,
    resource: str | Any,
    items: Sequence[str] = (),
    masks: Mapping[str, str] | None = None,
    *,
    shape: str = Shape.MASKED,
    at: datetime | None = None,
) -> Union:
    """What a department could see of people with all its grants in force and these items through these masks.

    Grants over resources of one base registry are put together, for who asks by an identifier joins what is
    answered. Only `masked` and `full` grants show values; a mask that hides, or a pseudonym of the grant, shows none
    that tells people apart. An item without an entry in `masks` is shown as it is.
    """
    told = _Known()
    value = told.resource(resource if isinstance(resource, str) else resource.code)
    seen: dict[tuple[str, str], set[str]] = {}
    if shape in REVEALING:
        for column in items:
            seen.setdefault((value.code, column), set()).add((masks or {}).get(column, ""))
    for grant in _grants(department, value, told, at or timezone.now()):
        for item in grant.items.all():
            seen.setdefault((grant.resource.code, item.column), set()).add(item.mask)
    moment = at or timezone.now()
    return _judge(value, _telling(seen, told), told, moment, openly=shape == Shape.FULL)


def check(union: Union, reason: str = "") -> None:
    """Refuse what singles people out: UnionTooSmall, or UnionNeedsReason where the approver says nothing of it."""
    columns = ", ".join(union.columns)
    if union.verdict == "refused":
        raise UnionTooSmall(columns=columns, floor=union.floor)
    if union.verdict == "reason" and union.fit is not None and not reason.strip():
        raise UnionNeedsReason(columns=columns, least=union.fit.least, most=union.reason_below)


def smallest(resource: str, shown: Mapping[str, str]) -> Fit | None:
    """How many people look alike in these items through these masks (by column; "" shows the value)."""
    told = _Known()
    value = told.resource(resource)
    found = _look_alike(value, [(value.code, column, mask) for column, mask in shown.items()], told, 0)
    return found[0] if found else None


def _grants(department: Any, resource: Resource, told: _Known, at: datetime) -> Iterable[Grant]:
    """Grants of a department that show values of the same people, in force or about to be."""
    same = [
        code
        for code, other in told.resources.items()
        if code == resource.code or (resource.registry and other.registry == resource.registry)
    ]
    rows = Grant.objects.filter(department=department, resource__code__in=same, shape__in=REVEALING)
    rows = rows.filter(Q(revoked_at=None), valid_until__gt=at)
    return rows.select_related("resource").prefetch_related("items").order_by("pk")


def _telling(seen: Mapping[tuple[str, str], set[str]], told: _Known) -> list[tuple[str, str, str, str]]:
    """Of what is seen all that tells people apart: resource, column, mask, and whether directly or with others."""
    found = []
    for (code, column), shown in sorted(seen.items()):
        items = {item.key: item.element for item in told.resource(code).item}
        how = told.risk.of(items[column]) if told.risk and column in items else ""
        for mask in sorted(shown):
            declared_mask = told.masks.get(mask)
            silent = mask and (declared_mask is None or declared_mask.kind in ("hide", "pseudonym"))
            if how and not silent:
                found.append((code, column, mask, how))
    return found


def _judge(
    value: Resource,
    telling: Sequence[tuple[str, str, str, str]],
    told: _Known,
    at: datetime,
    *,
    openly: bool,
) -> Union:
    """What comes of all that is seen; who asks `openly` for full fields is not refused, but gives a reason."""
    risk = told.risk
    columns = tuple(dict.fromkeys(f"{code}.{column}" for code, column, _mask, _how in telling))
    if risk is None:
        return Union(None, columns, "unmeasured")
    bounds = {"reason_below": risk.reason_below, "floor": risk.floor_on(timezone.localtime(at).date())}
    if any(how == "direct" and not mask for _code, _column, mask, how in telling):
        return Union(None, columns, "identified", **bounds)
    found = _look_alike(value, [one[:3] for one in telling], told, risk.reason_below)
    if found is None:
        return Union(None, columns, "unmeasured", **bounds)
    fit, few = found
    verdict = "fits"
    if telling and fit.median < bounds["floor"]:
        verdict = "reason" if openly else "refused"
    elif telling and fit.least < risk.reason_below:
        verdict = "reason"
    return Union(fit, columns, verdict, few=few, **bounds)


def _look_alike(
    value: Resource, shown: Sequence[tuple[str, str, str]], told: _Known, below: int
) -> tuple[Fit, int] | None:
    """The sizes of the groups of people who look alike, and how many stand in groups smaller than `below`.

    People of other resources are found by their identifier; who isn't there looks like everybody who isn't.
    """
    main = _population(value, told.elements)
    if main is None:
        return None
    tables = {value.code: sql.SQL("{} AS p0").format(main.rows)}
    alias, expressions = {value.code: "p0"}, []
    for code, column, mask in shown:
        if code not in alias:
            other = _population(told.resource(code), told.elements)
            if other is None:
                continue
            alias[code] = f"p{len(alias)}"
            tables[code] = sql.SQL(
                "LEFT JOIN (SELECT DISTINCT ON (_who) * FROM {} AS x ORDER BY _who) AS {} ON {} = p0._who"
            ).format(other.rows, sql.Identifier(alias[code]), sql.Identifier(alias[code], "_who"))
        expressions.append(expression(sql.Identifier(alias[code], column), told.masks.get(mask)))
    counted = sql.SQL("SELECT count(DISTINCT p0._who) AS n FROM {} {}").format(
        sql.SQL(" ").join(tables.values()),
        sql.SQL("GROUP BY {}").format(sql.SQL(", ").join(expressions)) if expressions else sql.SQL(""),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "WITH groups AS ({}), sizes AS (SELECT n, sum(n) OVER (ORDER BY n) AS upto, sum(n) OVER () AS total"
                " FROM groups WHERE n > 0) SELECT min(n) FILTER (WHERE 2 * upto >= total), min(n), max(total),"
                " sum(n) FILTER (WHERE n < %s) FROM sizes"
            ).format(counted),
            [below],
        )
        median, least, total, few = cursor.fetchone()
    return Fit(int(median or 0), int(least or 0), int(total or 0)), int(few or 0)


def _population(resource: Resource, elements: Mapping[str, Element]) -> _Population | None:
    """The rows of a resource that are served, or None where there are none."""
    columns = [item.key for item in resource.item]
    person = next((i.key for i in resource.item if elements[i.element].check == PERSON), "")
    if resource.base:
        return _golden(resource, columns, person)
    made = Publication.objects.filter(resource=resource.code, state=Publication.State.CURRENT).first()
    if made is None:
        return None
    there = [name for name, _kind in made.content["columns"]]
    shown = sql.SQL(", ").join(
        sql.SQL("{0}::text AS {0}").format(sql.Identifier(name)) for name in columns if name in there
    )
    who = (
        sql.SQL("coalesce({}::text, ctid::text)").format(sql.Identifier(person))
        if person in there
        else sql.SQL("ctid::text")
    )
    rows = sql.SQL("(SELECT {} AS _who, {} FROM {})").format(who, shown, place(made.table))
    known = frozenset(columns) & frozenset(there)
    return _Population(resource.code, rows, known, f"publication {made.pk}", made.rows)


def _golden(resource: Resource, columns: Sequence[str], person: str) -> _Population | None:
    run = latest_run(resource.registry)
    if run is None:
        return None
    shown = sql.SQL(", ").join(
        sql.SQL("attributes ->> {} AS {}").format(sql.Literal(name), sql.Identifier(name)) for name in columns
    )
    who = sql.SQL("coalesce(attributes ->> {}, id::text)").format(sql.Literal(person))
    rows = sql.SQL(
        "(SELECT {} AS _who, {} FROM registry_entity WHERE registry = {} AND ended_run IS NULL)"
    ).format(who, shown, sql.Literal(resource.registry))
    return _Population(resource.code, rows, frozenset(columns), f"run {run.pk}", count(resource.registry))


def expression(column: sql.Composable, mask: Mask | None) -> sql.Composable:
    """What a mask shows of a text column, as `masks.masker` does; a test holds the two together.

    Of a mask that hides, or gives pseudonyms, whether there is a value at all.
    """
    if mask is None:
        return column
    if mask.kind == "year":
        return sql.SQL("substring({} FROM '^(\\d{{4}})-\\d\\d-\\d\\d')").format(column)
    if mask.kind == "area":
        return sql.SQL("rpad(left({0}, {1}), length({0}), '0')").format(column, sql.Literal(mask.keep_first))
    if mask.kind == "stars":
        first, last, kept = mask.keep_first, mask.keep_last, mask.keep_first + mask.keep_last
        length = sql.SQL("length({})").format(column)
        whole = sql.Literal(mask.stars) if mask.stars else length
        some = sql.Literal(mask.stars) if mask.stars else sql.SQL("{} - {}").format(length, sql.Literal(kept))
        return sql.SQL(
            "CASE WHEN {length} <= {kept} THEN repeat('*', {whole})"
            " ELSE left({column}, {first}) || repeat('*', {some}) || right({column}, {last}) END"
        ).format(
            length=length,
            kept=sql.Literal(kept),
            whole=whole,
            column=column,
            first=sql.Literal(first),
            some=some,
            last=sql.Literal(last),
        )
    return sql.SQL("({} IS NULL)").format(column)


def _beside(column: str, quasi: Quasi) -> sql.Composable:
    """What an onlooker knows of a column."""
    if quasi.known == "year":
        return sql.SQL("substring({} FROM '^\\d{{4}}')").format(sql.Identifier(column))
    return sql.SQL("left({}, {})").format(sql.Identifier(column), sql.Literal(quasi.keep_first))


def _measure(
    resource: Resource, population: _Population, column: str, mask: str, told: _Known, content: str
) -> list[MaskFit]:
    """Count the people of each shown value once, with all that an onlooker may know beside it."""
    beside = {known: one for known, one in told.beside(resource).items() if one[0] in population.columns}
    shown = expression(sql.Identifier(column), told.masks.get(mask))
    marked = [sql.SQL("{} AS _shown").format(shown)]
    marked += [
        sql.SQL("{} AS {}").format(_beside(*one), sql.Identifier(f"_{known}"))
        for known, one in beside.items()
    ]
    ways = [(), *((known,) for known in beside)]
    if len(beside) == 2:
        ways.append(tuple(sorted(beside, reverse=True)))
    made = []
    with connection.cursor() as cursor:
        for way in ways:
            groups = sql.SQL(", ").join([sql.Identifier("_shown"), *(sql.Identifier(f"_{w}") for w in way)])
            cursor.execute(
                sql.SQL(
                    "WITH seen AS (SELECT _who, {} FROM {} AS rows WHERE {} IS NOT NULL),"
                    " groups AS (SELECT count(DISTINCT _who) AS n FROM seen GROUP BY {}),"
                    " sizes AS (SELECT n, sum(n) OVER (ORDER BY n) AS upto, sum(n) OVER () AS total FROM groups)"
                    " SELECT min(n) FILTER (WHERE 2 * upto >= total), min(n), max(total) FROM sizes"
                ).format(sql.SQL(", ").join(marked), population.rows, sql.Identifier(column), groups)
            )
            median, least, total = cursor.fetchone()
            made.append(
                MaskFit(
                    resource=resource.code,
                    column=column,
                    mask=mask,
                    known="+".join(way),
                    content=content,
                    median=int(median or 0),
                    least=int(least or 0),
                    records=int(total or 0),
                    measured_at=timezone.now(),
                )
            )
    with transaction.atomic():
        MaskFit.objects.filter(resource=resource.code, column=column, mask=mask).delete()
        MaskFit.objects.bulk_create(made)
    return made


def _fit(row: MaskFit, mask: Mask | None, element: Element) -> Fit:
    possible = None
    if mask is not None:
        possible = candidates.least(mask, element.check, _born("year" in row.known, row.measured_at.date()))
    return Fit(row.median, row.least, int(row.records), row.known, possible)


def _born(year: bool, on: date) -> list[str]:
    """Days of birth that count: all, or those of one year of 365 days."""
    return (
        candidates.births(date(on.year - 40, 12, 31), date(on.year - 40, 1, 1))[:365]
        if year
        else candidates.births(on)
    )
