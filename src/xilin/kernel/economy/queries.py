"""Reading the economy: dataflows someone may see, their codes, series and observations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from xilin.kernel.economy.declarations import FREQUENCIES, STATUSES, UNITS, Dataflow, Dimension, Publisher
from xilin.kernel.economy.errors import NoSuchDataflow
from xilin.kernel.economy.models import Observation, Release, Series
from xilin.kernel.standards.declarations import CodeList, Name
from xilin.kernel.standards.models import Area, Declaration
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text


@dataclass(frozen=True)
class CodeName:
    """A code with its names, its definition, and the code above it."""

    code: str
    name: Text
    definition: Text | None = None
    parent: str = ""


@dataclass(frozen=True)
class Declared:
    """All that is declared of the economy in one version of the league."""

    publishers: Mapping[str, Publisher]
    flows: Mapping[str, Dataflow]
    lists: Mapping[str, CodeList]
    areas: tuple[CodeName, ...]
    levels: Mapping[str, str]
    applied_at: datetime | None

    def codes(self, dimension: Dimension, flow: Dataflow) -> list[CodeName]:
        """The codes a dimension of a dataflow may have, in their order."""
        if dimension.of == "frequency":
            return self.listed(FREQUENCIES)
        if dimension.of == "figure":
            return [CodeName(figure.id, figure.name, figure.definition) for figure in flow.figure]
        if dimension.of == "area":
            return [area for area in self.areas if self.levels[area.code] in dimension.levels]
        total = [CodeName(dimension.total, TOTAL)] if dimension.total else []
        return [*total, *self.listed(dimension.code_list)]

    def listed(self, code_list: str) -> list[CodeName]:
        """The codes of a code list."""
        return [CodeName(one.code, Name(zh=one.zh, en=one.en)) for one in self.lists[code_list].entries]

    def publisher(self, flow: Dataflow) -> Publisher:
        """Who publishes a dataflow."""
        return self.publishers[flow.publisher]


TOTAL = Text(zh="合计", en="Total", mn="ᠪᠦᠭᠦᠳᠡ", mn_cyrl="Нийт")


def economy() -> Declared:
    """What is declared of the economy and in force; kept in the process until another version is applied."""
    version = current_version()
    return _declared(version.pk if version else 0, version.applied_at if version else None)


@lru_cache(maxsize=2)
def _declared(_version: int, applied_at: datetime | None) -> Declared:
    flows: dict[str, Dataflow] = declared("dataflow")
    used = {one.code_list for flow in flows.values() for one in flow.dimension if one.code_list}
    levels = {level for flow in flows.values() for one in flow.dimension for level in one.levels}
    areas = list(Area.objects.filter(level__in=levels).select_related("parent"))
    shown = {area.code for area in areas}
    return Declared(
        publishers=declared("publisher"),
        flows=flows,
        lists={
            code: found
            for code, found in declared("code_list").items()
            if code in {*used, FREQUENCIES, STATUSES, UNITS, "unit_multiplier"}
        },
        areas=tuple(
            CodeName(
                area.code,
                Text(zh=area.name, en=area.name_en, mn=area.name_mn),
                parent=area.parent.code if area.parent and area.parent.code in shown else "",
            )
            for area in areas
        ),
        levels={area.code: area.level for area in areas},
        applied_at=applied_at,
    )


def may_read(flow: Dataflow, publisher: Publisher, user: Any) -> bool:
    """Whether someone may read a dataflow: anybody a public one, the publisher's department its others."""
    if flow.public:
        return True
    department = getattr(user, "department", None) if getattr(user, "is_authenticated", False) else None
    return department is not None and department.code == publisher.department


def flows_for(user: Any) -> dict[str, Dataflow]:
    """The dataflows someone may read, by code, in the order of their file names."""
    known = economy()
    order = Declaration.objects.filter(kind="dataflow", until=None).order_by("file", "line")
    return {
        code: known.flows[code]
        for code in order.values_list("code", flat=True)
        if may_read(known.flows[code], known.publisher(known.flows[code]), user)
    }


def flow_for(user: Any, code: str) -> Dataflow:
    """One dataflow that someone may read, by its code or id; otherwise NoSuchDataflow."""
    known = flows_for(user)
    if code.lower() not in known:
        raise NoSuchDataflow(code=code, known=", ".join(known) or "-")
    return known[code.lower()]


@dataclass(frozen=True, slots=True)
class Held:
    """How much there is of a dataflow, of which periods, and when it last changed."""

    series: int
    observations: int
    first: date | None
    last: date | None
    changed_at: datetime | None


def held(code: str) -> Held:
    """What stands of a dataflow; counted once until figures are taken over."""
    taken = pulse()
    return _held(code, taken) if taken else _held.__wrapped__(code, taken)


@lru_cache(maxsize=256)
def _held(code: str, _taken: int) -> Held:
    standing = Observation.objects.filter(series__dataflow=code, superseded_at=None)
    found = standing.exclude(value=None).aggregate(
        observations=Count("pk"),
        series=Count("series", distinct=True),
        first=Min("first_day"),
        last=Max("last_day"),
    )
    return Held(**found, changed_at=changed_at(code))


def pulse() -> int:
    """What changes when figures are taken over, cheaply asked."""
    return Release.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def changed_at(code: str) -> datetime | None:
    """When something of a dataflow was last recorded."""
    changed = Release.objects.filter(dataflow=code).exclude(new=0, revised=0, withdrawn=0)
    newest: datetime | None = changed.aggregate(newest=Max("at"))["newest"]
    return newest


def keys(flow: Dataflow) -> list[str]:
    """The keys of a dataflow's series, in order; those of an earlier structure are left out."""
    rows = Series.objects.filter(dataflow=flow.code).order_by("key").values_list("key", flat=True)
    return [key for key in rows if has_place(flow, key.split("."))]


def has_place(flow: Dataflow, codes: Sequence[str]) -> bool:
    """Whether a key is one of the structure declared today: the league folder may have changed since it was kept."""
    at = flow.position("figure")
    return len(codes) == len(flow.dimension) and any(figure.id == codes[at] for figure in flow.figure)


def observations(code: str, key: str) -> QuerySet[Observation]:
    """What stands of a series, oldest first."""
    return Observation.objects.filter(series__dataflow=code, series__key=key, superseded_at=None).order_by(
        "first_day"
    )


def at_period(code: str, keys: Sequence[str], period: str) -> dict[str, float]:
    """What stands of several series for one period, by key."""
    found = Observation.objects.filter(
        series__dataflow=code, series__key__in=keys, period=period, superseded_at=None, value__isnull=False
    )
    return {key: float(value or 0) for key, value in found.values_list("series__key", "value")}


def newest_of(code: str, keys: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Of several series the newest period that has a value, and the value, by key."""
    found = (
        Observation.objects.filter(
            series__dataflow=code, series__key__in=keys, superseded_at=None, value__isnull=False
        )
        .order_by("series_id", "-first_day")
        .distinct("series_id")
    )
    rows = found.values_list("series__key", "period", "value")
    return {key: (period, float(value or 0)) for key, period, value in rows}


def revisions(code: str, key: str) -> QuerySet[Observation]:
    """Every release of those periods of a series that were released more than once, newest period first."""
    several = (
        Observation.objects.filter(series__dataflow=code, series__key=key)
        .values("period")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .values("period")
    )
    return Observation.objects.filter(series__dataflow=code, series__key=key, period__in=several).order_by(
        "-first_day", "released_at"
    )


def history(code: str, key: str) -> QuerySet[Observation]:
    """Every release of every period of a series, oldest first."""
    return Observation.objects.filter(series__dataflow=code, series__key=key).order_by(
        "first_day", "released_at"
    )


def as_of(moment: datetime) -> Q:
    """The condition of what stood at a moment."""
    return Q(released_at__lte=moment) & (Q(superseded_at=None) | Q(superseded_at__gt=moment))


def releases(code: str) -> QuerySet[Release]:
    """The takings over of a dataflow, newest first."""
    return Release.objects.filter(dataflow=code)
