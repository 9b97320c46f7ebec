"""Indicators for the pages: headline figures, themes, one indicator with its counties and its course."""

from dataclasses import dataclass

from django.urls import reverse

from xilin.apps.portal.queries.region import map_of
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.indicators.queries import Figure
from xilin.lib.errors import NotFound
from xilin.web.charts import choropleth


@dataclass(frozen=True, slots=True)
class Theme:
    """Indicators that belong together, with the last values of each for a small line."""

    name: object
    figures: list[tuple[Figure, list[float]]]


def figure(code: str) -> Figure:
    """One indicator with its latest value, or NotFound."""
    found = indicators.latest().get(code)
    if found is None:
        raise NotFound(kind=_kind(), name=code)
    return found


def mapped() -> list[Figure]:
    """The indicators that have values by county, golden records first."""
    found = [one for one in indicators.latest().values() if one.indicator.by]
    found = [one for one in found if one.value]
    return sorted(found, key=lambda one: (one.indicator.formula != "entities", -(one.value or 0)))


def map_for(code: str) -> choropleth.Map:
    """The map of an indicator by county; each leads to the indicator there."""
    one = figure(code)
    return map_of(
        indicators.by_county(code),
        href=f"{reverse('portal:indicator', args=[code])}?area={{code}}",
        decimals=one.indicator.decimals,
    )


def themes() -> list[Theme]:
    """Every theme with its figures."""
    return [
        Theme(figures[0].indicator.theme, [(one, _course(one)) for one in figures])
        for figures in indicators.themes().values()
    ]


def headline(most: int = 8) -> list[Figure]:
    """The largest figure of each theme, then the next, until there are enough."""
    ranked = [
        sorted((one for one in theme if one.value), key=lambda one: -(one.value or 0))
        for theme in indicators.themes().values()
    ]
    picked: list[Figure] = []
    for depth in range(max((len(theme) for theme in ranked), default=0)):
        picked += [theme[depth] for theme in ranked if depth < len(theme)]
    return picked[:most]


def _course(one: Figure) -> list[float]:
    return [value for _, value in indicators.series(one.indicator.code, limit=24)]


def _kind() -> str:
    from django.utils.translation import gettext

    return gettext("indicator")
