"""The home page's own figures and sections."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xilin.apps.portal.queries import approvals, holdings, stages
from xilin.apps.portal.queries import figures as indicators
from xilin.apps.portal.queries.operations import flowing
from xilin.kernel.audit import queries as audit
from xilin.kernel.collect import queries as collect
from xilin.kernel.opening import queries as opening
from xilin.kernel.registry import queries as registry
from xilin.web import public
from xilin.web.charts.flow import Drawing
from xilin.web.keeping import kept
from xilin.web.public import Figure, Section


def figures(_request: HttpRequest) -> Iterator[Figure]:
    """Records, registries, sources, requests in time, open data, the log: as runs have counted them."""
    yield from _figures()


@kept
def _figures() -> tuple[Figure, ...]:
    return tuple(_counted())


def _counted() -> Iterator[Figure]:
    done = collect.newest().values()
    last = max((batch.finished_at for batch in done if batch.finished_at), default=None)
    cockpit = reverse("portal:cockpit")
    yield Figure(_("records of one standard"), cockpit, sum(b.rows_accepted for b in done), at=last, order=10)
    for order, base in enumerate(stages.bases(), 20):
        run = registry.latest_run(base.code)
        at = run.finished_at if run else None
        yield Figure(base.name, reverse("portal:registries"), base.entities, at=at, order=order)
    yield Figure(_("sources of departments"), reverse("portal:departments"), len(done), at=last, order=40)
    duties = approvals.counted(timezone.now())
    if duties.steps.due:
        href = reverse("portal:approvals")
        yield Figure(_("duties done in time"), href, shown=duties.percent, at=duties.at, order=50)
    released = [one.release for one in opening.openings() if one.release]
    newest = max((one.released_at for one in released), default=None)
    yield Figure(_("open data sets"), reverse("portal:open"), len(released), at=newest, order=60)
    entry = audit.entries().first()
    at = entry.at if entry else None
    yield Figure(_("entries in the public log"), reverse("portal:audit"), audit.size(), at=at, order=70)


def _headline(_request: HttpRequest) -> Mapping[str, Any]:
    found = indicators.headline()
    return {"headline": found} if found else {}


def _way(_request: HttpRequest) -> Mapping[str, Any]:
    found, drawn = _stages()
    return {"stages": found, "drawn": drawn} if found.read else {}


@kept
def _stages() -> tuple[stages.Stages, Drawing]:
    found = stages.stages()
    return found, flowing.draw(found.done, found, set(), timezone.now())


def _news(_request: HttpRequest) -> Mapping[str, Any]:
    found = newest(8)
    return {"news": found} if found else {}


newest = kept(public.news)


def _departments(_request: HttpRequest) -> Mapping[str, Any]:
    found = _providing()
    return {"departments": found} if found else {}


@kept
def _providing() -> list[tuple[Any, int]]:
    return holdings.departments(AnonymousUser())


SECTIONS = (
    Section(
        page="home",
        code="news",
        title=gettext_lazy("News of data"),
        template="portal/offered/news.html",
        answer=_news,
        empty=gettext_lazy("No news yet."),
        advice=gettext_lazy("New data, entries and figures are told here the moment they are published."),
        order=10,
        span="half",
        more=lambda: (gettext_lazy("All news"), reverse("portal:news")),
    ),
    Section(
        page="home",
        code="figures",
        title=gettext_lazy("Latest indicators"),
        template="portal/offered/headline.html",
        answer=_headline,
        empty=gettext_lazy("No indicator has been computed yet."),
        advice=gettext_lazy("The first run fills this in: xilin run"),
        order=20,
        span="half",
        more=lambda: (gettext_lazy("All indicators"), reverse("portal:indicators")),
    ),
    Section(
        page="home",
        code="way",
        title=gettext_lazy("The way of data"),
        template="portal/offered/way.html",
        answer=_way,
        empty=gettext_lazy("No batch yet."),
        advice=gettext_lazy("The first run fills this in: xilin run"),
        order=30,
        more=lambda: (gettext_lazy("Cockpit"), reverse("portal:cockpit")),
    ),
    Section(
        page="home",
        code="departments",
        title=gettext_lazy("Departments that provide data"),
        template="portal/offered/departments.html",
        answer=_departments,
        empty=gettext_lazy("No department is declared yet."),
        advice=gettext_lazy("Apply the league folder: xilin apply"),
        order=90,
        more=lambda: (gettext_lazy("What each provides"), reverse("portal:departments")),
    ),
)
