"""One resource of one's own: its score by dimension with what it was before, how it went, the rules that hold most rows back."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import scores
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.quality import queries as quality
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound
from xilin.web.charts.declared import Chart, Goal, Series


@dataclass(frozen=True, slots=True)
class Measured:
    """A dimension now and at the score before, 0 to 1; None where nothing was checked."""

    dimension: scores.Dimension
    before: float | None

    @property
    def course(self) -> float | None:
        """By how many points of a hundred it rose; None where one of the two is missing."""
        now = self.dimension.share
        return None if now is None or self.before is None else (now - self.before) * 100


@dataclass(frozen=True, slots=True)
class Holding:
    """What the page shows."""

    resource: Any
    scored: scores.Scored
    measured: list[Measured]
    chart: Chart | None
    rules: list[Any]
    sources: list[tuple[str, Any]]
    held: int


def holding(user: Any, code: str) -> Holding:
    """A resource that the reader's department answers for, or NotFound."""
    department = getattr(user, "department_id", None)
    resource = (
        catalog.resources_for(user).filter(provider=department, code=code).first() if department else None
    )
    if resource is None:
        raise NotFound(kind=catalog.resources().model._meta.verbose_name, name=code)
    past = quality.trend(code)
    before = past[-2].dimensions if len(past) > 1 else {}
    (scored,) = scores.scored([resource])
    names = list(scores.words())
    measured = [
        Measured(one, _share(before.get(name))) for name, one in zip(names, scored.dimensions, strict=True)
    ]
    newest = collect.newest()
    sources = [
        (one, newest.get(one)) for one, told in sorted(declared("source").items()) if told.resource == code
    ]
    held = quality.quarantine_for(user).filter(resource=code).count()
    return Holding(resource, scored, measured, _chart(past), _broken(code), sources, held)


def rows_of(sources: list[tuple[str, Any]], rule: str = "") -> str:
    """The address of the rows held back, of one rule; of the source where the resource has but one."""
    wanted = {"source": sources[0][0]} if len(sources) == 1 else {}
    wanted |= {"reason": rule} if rule else {}
    return f"{reverse('portal:quarantine')}?{urlencode(wanted)}"


def _broken(code: str) -> list[Any]:
    """The rules that something broke, those with most rows first."""
    found = [one for one in quality.results(code) if one.broken]
    return sorted(found, key=lambda one: (one.severity != "block", -one.broken, one.code))


def _share(part: Any) -> float | None:
    return part.passed / part.checked if part is not None and part.checked else None


def _chart(past: list[Any]) -> Chart | None:
    """How the score went, over all and in the dimensions that were checked; None before the second score."""
    if len(past) < 2:
        return None

    def hundred(values: list[float | None]) -> list[float | None]:
        return [None if one is None else one * 100 for one in values]

    lines = [Series(_("Overall"), hundred([one.overall for one in past]))]
    for code, name in scores.words().items():
        values = [_share(one.dimensions.get(code)) for one in past]
        if any(value is not None for value in values):
            lines.append(Series(name, hundred(values)))
    labels = [date_format(localtime(one.at), "n-j H:i") for one in past]
    return Chart(
        "line", _("How the score went"), labels, lines, unit="%", decimals=1, over=_("Checked"), goal=Goal(98, _("Good from here"))
    )  # fmt: skip
