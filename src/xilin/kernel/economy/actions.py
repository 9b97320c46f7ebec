"""Take over what was released: every value is kept with its release, the newest stands."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from xilin.kernel.collect.queries import current
from xilin.kernel.economy import periods
from xilin.kernel.economy.declarations import Dataflow
from xilin.kernel.economy.models import Observation, Release, Series
from xilin.kernel.economy.pipeline import Codes, Placed, Vintage, place
from xilin.kernel.economy.queries import Declared, economy
from xilin.kernel.indicators.models import IndicatorValue
from xilin.kernel.indicators.pipeline import COUNTY_TAIL

WITHDRAWN = "O"


def release(con: Any, *, at: datetime) -> list[Release]:
    """Take over the figures of every dataflow; what did not change is not written.

    `con` is an Ibis connection to the lake's engine. A dataflow whose rows aren't there yet is left as it is.
    """
    known = economy()
    done = []
    for flow in known.flows.values():
        begun = time.monotonic()
        placed = _of_resource(con, flow, known, at) if flow.resource else _of_indicators(flow, known)
        if placed is not None:
            done.append(_keep(flow, placed, at, begun))
    return done


def _codes(flow: Dataflow, known: Declared) -> Codes:
    return Codes({one.id: {code.code for code in known.codes(one, flow)} for one in flow.dimension})


def _of_resource(con: Any, flow: Dataflow, known: Declared, at: datetime) -> Placed | None:
    table = current(con, flow.resource)
    if table is None:
        return None
    wanted = {flow.period, flow.value, flow.unit, flow.status, flow.released}
    wanted |= {dimension.column for dimension in flow.dimension}
    rows = table.select("_source", "_batch", *sorted(wanted - {""})).to_pyarrow().to_pylist()
    return place(rows, flow, _codes(flow, known), at, timezone.get_current_timezone())


def _of_indicators(flow: Dataflow, known: Declared) -> Placed:
    """The league's own indicators: the month of a computation is the period, the computation the release."""
    placed = Placed()
    figures = {figure.indicator: figure.id for figure in flow.figure}
    values = IndicatorValue.objects.filter(indicator__in=figures, value__isnull=False, period="")
    # Towns have no codes in the dataflows: their figures stay with the indicators.
    values = values.filter(Q(area="") | Q(area__endswith=COUNTY_TAIL))
    if (since := _taken_over(flow)) is not None:
        values = values.filter(run__computed_at__gte=since)
    codes = _codes(flow, known).by_dimension
    league = next((code for code, level in known.levels.items() if level == "league"), "")
    rows = values.order_by("run__computed_at").values_list(
        "indicator", "area", "value", "run__computed_at", "batches"
    )
    for indicator, area, value, computed_at, batches in rows:
        period = periods.month_of(timezone.localdate(computed_at))
        said = {"frequency": "M", "figure": figures[indicator], "area": area or league}
        wrong = [one.id for one in flow.dimension if said[one.of] not in codes[one.id]]
        if wrong:
            placed.refuse("code", f"{wrong[0]}={area}")
            continue
        key = ".".join(said[one.of] for one in flow.dimension)
        batch = max(batches, default=None)
        placed.vintages.append(Vintage(key, period, value, "A", computed_at, "indicators", batch))
    return placed


def _taken_over(flow: Dataflow) -> datetime | None:
    """Computations before this moment have been taken over for every figure; None where a figure has none yet."""
    at = flow.position("figure")
    newest: dict[str, datetime] = {}
    rows = Observation.objects.filter(series__dataflow=flow.code).values_list("series__key")
    for key, moment in rows.annotate(newest=Max("released_at")).order_by():
        figure = key.split(".")[at]
        newest[figure] = max(moment, newest.get(figure, moment))
    if any(figure.id not in newest for figure in flow.figure):
        return None
    return min(newest[figure.id] for figure in flow.figure)


@dataclass
class News:
    """What is to be written."""

    vintages: list[Vintage] = field(default_factory=list)
    new: int = 0
    revised: int = 0
    withdrawn: int = 0


@transaction.atomic
def _keep(flow: Dataflow, placed: Placed, at: datetime, begun: float) -> Release:
    kept = _kept(flow.code)
    news = compare(kept, placed.vintages, at)
    # An empty delivery is a fault of the source, no withdrawal of all there is.
    if flow.resource and placed.vintages:
        _withdraw(news, kept, {(one.key, one.period.text) for one in placed.vintages}, at)
    if news.vintages:
        _write(flow.code, news.vintages, at)
    return Release.objects.create(
        dataflow=flow.code,
        at=at,
        new=news.new,
        revised=news.revised,
        withdrawn=news.withdrawn,
        unplaced=dict(placed.unplaced),
        examples=placed.examples,
        seconds=time.monotonic() - begun,
    )


# What is kept of a series' period: its releases by moment, oldest first.
Releases = dict[datetime, tuple[float | None, str]]
Kept = dict[tuple[str, str], Releases]


def _kept(code: str) -> Kept:
    kept: Kept = {}
    rows = Observation.objects.filter(series__dataflow=code).order_by("released_at")
    for key, period, released, value, status in rows.values_list(
        "series__key", "period", "released_at", "value", "status"
    ):
        kept.setdefault((key, period), {})[released] = (value, status)
    return kept


def compare(kept: Kept, found: Iterable[Vintage], at: datetime) -> News:
    """What of the releases found is not kept yet.

    A release that says the same as the one before it is none. Where the newest release found has the moment of one that
    is kept but another value, its source has corrected it silently: that is a release at the moment it was noticed.
    """
    groups: dict[tuple[str, str], dict[datetime, Vintage]] = {}
    for vintage in found:
        groups.setdefault((vintage.key, vintage.period.text), {})[vintage.released_at] = vintage
    news = News()
    for place_of, vintages in groups.items():
        releases = kept.get(place_of, {})
        written = _unknown(releases, vintages, at)
        news.vintages += written
        first = int(bool(written) and not releases)
        news.new += first
        news.revised += len(written) - first
    return news


def _unknown(releases: Releases, vintages: dict[datetime, Vintage], at: datetime) -> list[Vintage]:
    """The releases of one period of one series that are to be written."""
    written, known = list[Vintage](), dict(releases)
    newest = max(vintages)
    for moment in sorted(vintages):
        vintage = vintages[moment]
        said = (vintage.value, vintage.status)
        if moment not in known:
            before = max((other for other in known if other < moment), default=None)
            if before is None or known[before] != said:
                known[moment] = said
                written.append(vintage)
        elif moment == newest and known[max(known)] != said:
            written.append(replace(vintage, released_at=at))
    return written


def _withdraw(news: News, kept: Kept, found: set[tuple[str, str]], at: datetime) -> None:
    """Values that stand but that their source no longer has."""
    for (key, text), releases in kept.items():
        value, _status = releases[max(releases)]
        period = periods.read(text)
        if (key, text) not in found and value is not None and period is not None:
            news.vintages.append(Vintage(key, period, None, WITHDRAWN, at, "", None))
            news.withdrawn += 1


COPY = """COPY economy_observation
(series_id, period, first_day, last_day, value, status, released_at, recorded_at, source, batch) FROM STDIN"""
SUPERSEDE = """
UPDATE economy_observation AS old SET superseded_at = new.next FROM (
    SELECT id, lead(released_at) OVER (PARTITION BY series_id, period ORDER BY released_at) AS next
    FROM economy_observation WHERE series_id = ANY(%s)
) AS new WHERE new.id = old.id AND old.superseded_at IS DISTINCT FROM new.next"""


def _write(code: str, vintages: list[Vintage], at: datetime) -> None:
    """Write releases, and say of each older one when it ceased to stand."""
    wanted = sorted({vintage.key for vintage in vintages})
    Series.objects.bulk_create(
        [Series(dataflow=code, key=key) for key in wanted], ignore_conflicts=True, batch_size=5000
    )
    ids = dict(Series.objects.filter(dataflow=code).values_list("key", "pk"))
    with connection.cursor() as cursor:
        with cursor.copy(COPY) as rows:
            for one in vintages:
                period = one.period
                rows.write_row(
                    (
                        ids[one.key], period.text, period.first, period.last, one.value, one.status,
                        one.released_at, at, one.source, one.batch,
                    )
                )  # fmt: skip
        cursor.execute(SUPERSEDE, [[ids[key] for key in wanted]])
