"""The sections of the herders' and the visitors' page that the league folder declares, and the doors above them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.declarations import PageSection
from xilin.apps.portal.queries import economy, region
from xilin.kernel.economy.declarations import Dataflow
from xilin.kernel.economy.errors import NoSuchDataflow
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.indicators.queries import Figure
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text
from xilin.web.keeping import kept
from xilin.web.public import Door, Page, Section


@dataclass(frozen=True, slots=True)
class Told:
    """The newest value of a series, what it was a year (or a period) before, and its course."""

    name: str
    unit: str
    period: str
    value: float
    decimals: int
    change: float | None
    course: list[float]
    source: str
    href: str


@dataclass(frozen=True, slots=True)
class County:
    """A county's value of the indicator that is shown by county."""

    name: str
    value: float
    href: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A series in a table of areas."""

    name: str
    unit: str
    href: str


@dataclass(frozen=True, slots=True)
class ByArea:
    """The newest values of several series in every area, each with its decimals; None where an area has none of that period."""

    period: str
    source: str
    headings: list[Heading]
    rows: list[tuple[str, list[tuple[float | None, int]]]]


@dataclass(frozen=True, slots=True)
class Office:
    """A department and its duty."""

    name: str
    duty: str
    href: str


def sections(page: Page) -> Iterator[Section]:
    """The declared sections of a page."""
    language = get_language() or ""
    for one in declared("page_section").values():
        if one.page == page:
            yield Section(
                page=page,
                code=one.code,
                title=one.title.of(language),
                template="portal/offered/declared.html",
                answer=_answer(one),
                empty=_("There are no figures yet."),
                advice=_("They are shown as soon as departments' data is counted."),
                order=one.order,
                span=one.span,
            )


def _answer(one: PageSection) -> Callable[[HttpRequest], Mapping[str, Any]]:
    return lambda _request: _found(one)


@kept
def _found(one: PageSection) -> dict[str, Any]:
    latest = indicators.latest() if one.indicators or one.by_county else {}
    figures = [latest[code] for code in one.indicators if code in latest and latest[code].value is not None]
    found: dict[str, Any] = {
        "figures": figures,
        "as_of": max((figure.as_of for figure in figures if figure.as_of), default=None),
        "series": list(_series(one.series)),
        "areas": _by_area(one.by_area),
        "offices": list(_offices(one.departments)),
    }
    if one.by_county in latest:
        found["county_figure"] = latest[one.by_county]
        found["counties"] = _counties(latest[one.by_county])
        found["highest"] = max((row.value for row in found["counties"]), default=0)
    if not any(found.get(name) for name in ("figures", "series", "areas", "offices", "counties")):
        return {}
    return found | {"note": one.note.of(get_language() or "")}


def _counties(figure: Figure) -> list[County]:
    names, page = region.county_names(), reverse("portal:indicator", args=[figure.indicator.code])
    rows = [
        County(names[area], value, f"{page}?area={area}")
        for area, value in indicators.by_county(figure.indicator.code).items()
        if area in names
    ]
    return sorted(rows, key=lambda row: (-row.value, row.name))


def _by_area(wanted: Iterable[str]) -> ByArea | None:
    """Several series side by side, an area a row, in the order of the areas' codes; of the newest period any of them has."""
    language, found = get_language() or "", []
    for said in wanted:
        code, _slash, figure = said.partition("/")
        with suppress(NoSuchDataflow):
            one = economy.abreast(AnonymousUser(), code, figure)
            if one.values:
                found.append((one, _explorer(one.flow, figure)))
    if not found:
        return None
    period = max(period for one, _href in found for period, _value in one.values.values())
    names = {area: name for one, _href in found for area, name in one.names.items() if area in one.values}
    return ByArea(
        period=period,
        source=found[0][0].flow.source.of(language),
        headings=[
            Heading(one.figure.name.of(language), one.figure.unit.of(language), href) for one, href in found
        ],
        rows=[
            (names[area], [(_at(one.values.get(area), period), one.figure.decimals) for one, _href in found])
            for area in sorted(names)
        ],
    )


def _at(found: tuple[str, float] | None, period: str) -> float | None:
    """A value where it is of a period."""
    return found[1] if found and found[0] == period else None


def _explorer(flow: Dataflow, figure: str) -> str:
    """Where a figure of a dataflow is explored."""
    return f"{reverse('portal:dataflow', args=[flow.code])}?{flow.dimension[flow.position('figure')].id}={figure}"


def _series(wanted: Iterable[str]) -> Iterator[Told]:
    for said in wanted:
        code, _slash, figure = said.partition("/")
        try:
            found = economy.of_figure(AnonymousUser(), code, figure)
        except NoSuchDataflow:
            continue
        if not found.values:
            continue
        newest = found.values[0]
        before = {one.period: one.value for one in found.values}.get(_year_before(newest.period))
        yield Told(
            name=found.figure.name.of(get_language() or ""),
            unit=found.figure.unit.of(get_language() or ""),
            period=newest.period,
            value=newest.value or 0.0,
            decimals=found.figure.decimals,
            change=(newest.value or 0.0) / before - 1 if before else None,
            course=[one.value or 0.0 for one in reversed(found.values[:24])],
            source=found.flow.source.of(get_language() or ""),
            href=_explorer(found.flow, figure),
        )


def _year_before(period: str) -> str:
    """The same month or quarter of the year before: 2025-Q3 of 2026-Q3."""
    return f"{int(period[:4]) - 1}{period[4:]}" if period[:4].isdecimal() else ""


def _offices(codes: Iterable[str]) -> Iterator[Office]:
    language, known = get_language() or "", declared("department") if codes else {}
    for code in codes:
        if code in known:
            one = known[code]
            href = f"{reverse('portal:catalogue')}?department={code}"
            yield Office(_full(one.name, language), one.duty.of(language), href)


def _full(name: Any, language: str) -> str:
    return Text(zh=name.zh, en=name.en, mn=name.mn, mn_cyrl=name.mn_cyrl).of(language)


def doors(_request: HttpRequest) -> Iterator[Door]:
    """What stands above the sections of the two pages."""
    check, map_, me = reverse("consumer:find"), reverse("portal:map"), reverse("portal:citizen")
    yield Door(
        "herders_page",
        _("Check a code"),
        check,
        10,
        _("Ear tag or pack: from which household, is it recalled"),
        "search",
    )
    yield Door(
        "herders_page",
        _("Who looked at my data"),
        me,
        30,
        _("Which departments looked, and why; ask to have it corrected"),
        "key",
    )
    yield Door("herders_page", _("Map"), map_, 40, _("Banners, sums, gachas, and the figures of each"), "map")
    yield Door("visitors_page", _("Map"), map_, 10, _("Banners, places and how to find them"), "map")
    yield Door(
        "visitors_page",
        _("Check a code"),
        check,
        20,
        _("Is the lamb you bought genuine, and where did it graze"),
        "search",
    )
    yield Door(
        "visitors_page",
        _("Places"),
        reverse("portal:places"),
        40,
        _("Names in Chinese and Mongolian, and their codes"),
        "catalogue",
    )
