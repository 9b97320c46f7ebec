"""The economy for the pages: dataflows by subject, and one series with its course, its revisions, and how to get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.economy import queries
from xilin.kernel.economy.declarations import STATUSES, Dataflow, Dimension, Figure, Publisher
from xilin.kernel.economy.queries import CodeName, Declared, Held
from xilin.web.charts.declared import Chart, Series


@dataclass(frozen=True, slots=True)
class Flow:
    """A dataflow with its publisher and what there is of it."""

    flow: Dataflow
    publisher: Publisher
    held: Held


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of a publisher with its dataflows."""

    name: Any
    publisher: Publisher
    flows: list[Flow]


@dataclass(frozen=True, slots=True)
class Choice:
    """A dimension to choose a code of."""

    id: str
    name: str
    options: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a series as of one release."""

    period: str
    value: float | None
    status: str
    status_code: str
    released_at: datetime
    superseded_at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class Explored:
    """All that the page of a dataflow shows."""

    flow: Dataflow
    publisher: Publisher
    held: Held
    figure: Figure
    choices: list[Choice]
    key: str
    title: str
    periods: list[str]
    since: str
    until: str
    values: list[Value]
    course: Chart
    revised: list[tuple[str, list[Value]]]
    beside: list[tuple[str, str, float]]
    most: float
    area: str
    links: list[tuple[str, str]]
    path: str


def subjects(user: Any) -> list[Subject]:
    """The dataflows someone may read, by publisher and subject."""
    known = queries.economy()
    flows = [
        Flow(flow, known.publisher(flow), queries.held(flow.code))
        for flow in queries.flows_for(user).values()
    ]
    found = []
    for publisher in known.publishers.values():
        for category in publisher.category:
            ours = [one for one in flows if one.publisher == publisher and one.flow.category == category.id]
            if ours:
                found.append(Subject(category.name, publisher, ours))
    return found


def explore(user: Any, code: str, asked: Mapping[str, str]) -> Explored:
    """One series of a dataflow: the one asked for, or the first there is.

    Raises:
        NoSuchDataflow: there is none, or the user may not see it.
    """
    flow, known = queries.flow_for(user, code), queries.economy()
    publisher = known.publisher(flow)
    keys = [key.split(".") for key in queries.keys(flow)]
    chosen = _chosen(flow, keys, asked)
    key = ".".join(chosen)
    figure = next(one for one in flow.figure if one.id == chosen[flow.position("figure")])
    names = _statuses(known)
    every = [_value(one, names) for one in queries.observations(flow.code, key) if one.value is not None]
    periods = [one.period for one in every]
    since = asked.get("since", "") if asked.get("since") in periods else ""
    until = asked.get("until", "") if asked.get("until") in periods else ""
    first = periods.index(since) if since else 0
    last = periods.index(until) if until else len(periods)
    values = every[first : last + 1]
    title = " · ".join(_titles(flow, chosen, known))
    course = Chart(
        "line",
        title,
        [value.period for value in values],
        [Series(figure.name.of(get_language() or ""), [value.value for value in values])],
        unit=figure.unit.of(get_language() or ""),
        decimals=figure.decimals,
        over=_("Period"),
        zoom=len(values) > 36,
    )
    beside = _beside(flow, chosen, values[-1].period if values else "", known)
    path = f"{publisher.agency},{flow.id},{flow.version}/{key}"
    return Explored(
        flow=flow,
        publisher=publisher,
        held=queries.held(flow.code),
        figure=figure,
        choices=_choices(flow, keys, chosen, known),
        key=key,
        title=title,
        periods=periods,
        since=since,
        until=until,
        values=values[::-1],
        course=course,
        revised=_revised(flow, key, names),
        beside=beside,
        most=max((abs(value) for _, _, value in beside), default=0),
        area=chosen[flow.position("area")] if flow.position("area") >= 0 else "",
        links=[
            ("CSV", f"/sdmx/2.1/data/{path}?format=csv&labels=both"),
            ("SDMX-ML", f"/sdmx/2.1/data/{path}?format=specific"),
            ("SDMX-JSON", f"/sdmx/2.1/data/{path}?format=json"),
            ("DSD", f"/sdmx/2.1/dataflow/{publisher.agency}/{flow.id}/{flow.version}?references=all"),
        ],
        path=f"{publisher.agency}/{flow.id}/{flow.version}/{key}",
    )


@dataclass(frozen=True, slots=True)
class Abreast:
    """A figure's newest value in every area below the whole, by the area's code; other breakdowns at their totals."""

    flow: Dataflow
    figure: Figure
    names: dict[str, str]
    values: dict[str, tuple[str, float]]


def abreast(user: Any, code: str, figure: str) -> Abreast:
    """The newest values of a figure in every area: period and value. Raises NoSuchDataflow."""
    flow, known = queries.flow_for(user, code), queries.economy()
    at, of = flow.position("area"), flow.position("figure")
    left = [key.split(".") for key in queries.keys(flow)]
    left = [key for key in left if key[of] == figure]
    for n, dimension in enumerate(flow.dimension):
        if left and n not in (at, of):
            chosen = min((key[n] for key in left), key=lambda code: (code != dimension.total, code))
            left = [key for key in left if key[n] == chosen]
    areas = (
        {one.code: _said(one) for one in known.codes(flow.dimension[at], flow) if one.parent}
        if at >= 0
        else {}
    )
    keys = {".".join(key): key[at] for key in left if key[at] in areas} if at >= 0 else {}
    found = queries.newest_of(flow.code, list(keys))
    return Abreast(
        flow=flow,
        figure=next(one for one in flow.figure if one.id == figure),
        names=areas,
        values={keys[key]: value for key, value in found.items()},
    )


def of_figure(user: Any, code: str, figure: str) -> Explored:
    """The series of a figure for the whole region. Raises NoSuchDataflow."""
    flow = queries.flow_for(user, code)
    asked = {flow.dimension[flow.position("figure")].id: figure}
    if (at := flow.position("area")) >= 0:
        whole = [one.code for one in queries.economy().codes(flow.dimension[at], flow) if not one.parent]
        asked[flow.dimension[at].id] = whole[0] if whole else ""
    return explore(user, code, asked)


def _chosen(flow: Dataflow, keys: list[list[str]], asked: Mapping[str, str]) -> list[str]:
    """The key asked for; a dimension without a code that there is has the first, totals before parts."""
    chosen: list[str] = []
    left = keys
    for n, dimension in enumerate(flow.dimension):
        codes = sorted({key[n] for key in left}, key=lambda code: (code != dimension.total, code))
        wanted = asked.get(dimension.id, "")
        if wanted not in codes:
            wanted = codes[0] if codes else _first(flow, dimension)
        chosen.append(wanted)
        left = [key for key in left if key[n] == wanted]
    return chosen


def _first(flow: Dataflow, dimension: Dimension) -> str:
    """The first code of a dimension where there are no series at all."""
    codes = queries.economy().codes(dimension, flow)
    return codes[0].code if codes else dimension.total


def _choices(flow: Dataflow, keys: list[list[str]], chosen: list[str], known: Declared) -> list[Choice]:
    """What can be chosen: of each dimension the codes that there are series of."""
    found = []
    for n, dimension in enumerate(flow.dimension):
        there = {key[n] for key in keys} | {chosen[n]}
        options = [(one.code, _said(one)) for one in known.codes(dimension, flow) if one.code in there]
        found.append(Choice(dimension.id, dimension.name.of(_language()), options, chosen[n]))
    return found


def _titles(flow: Dataflow, chosen: list[str], known: Declared) -> list[str]:
    """The names of a series' codes, its figure first, without the frequency."""
    said = {}
    for dimension, code in zip(flow.dimension, chosen, strict=True):
        names = {one.code: _said(one) for one in known.codes(dimension, flow)}
        said[dimension.of if dimension.of != "code" else dimension.id] = names.get(code, code)
    said.pop("frequency", None)
    return [said.pop("figure"), *said.values()]


def _said(code: CodeName) -> str:
    return code.name.of(_language())


def _statuses(known: Declared) -> dict[str, str]:
    return {one.code: _said(one) for one in known.listed(STATUSES)}


def _value(one: Any, names: Mapping[str, str]) -> Value:
    return Value(
        one.period,
        one.value,
        names.get(one.status, one.status),
        one.status,
        one.released_at,
        one.superseded_at,
        one.source,
    )


def _revised(flow: Dataflow, key: str, names: Mapping[str, str]) -> list[tuple[str, list[Value]]]:
    """The periods that were released more than once, newest first, each with its releases."""
    values = [_value(one, names) for one in queries.revisions(flow.code, key)]
    return [(period, list(several)) for period, several in groupby(values, lambda one: one.period)]


def _beside(flow: Dataflow, chosen: list[str], period: str, known: Declared) -> list[tuple[str, str, float]]:
    """The same figure of the same period in every area below the whole: code, name, value; largest first."""
    at = flow.position("area")
    if at < 0 or not period:
        return []
    keys = {}
    for area in known.codes(flow.dimension[at], flow):
        if area.parent:
            keys[".".join([*chosen[:at], area.code, *chosen[at + 1 :]])] = area
    found = queries.at_period(flow.code, list(keys), period)
    rows = [(keys[key].code, _said(keys[key]), value) for key, value in found.items()]
    return sorted(rows, key=lambda row: -row[2])


def _language() -> str:
    return get_language() or ""
