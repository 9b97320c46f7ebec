"""数据动态 News of data: open data, entries of the catalogue, runs of the indicators, recalls; of real events alone."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from xilin.apps.trace.genealogy import recalls
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.indicators import queries as indicators
from xilin.kernel.opening import queries as opening
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text
from xilin.web.public import News

# So many entries of one day are told one by one; more are told together.
ONE_BY_ONE = 3
# Of older computations the news no longer tell.
MOST_RUNS = 40


def releases(most: int) -> Iterator[News]:
    """Releases of open data."""
    known, language = declared("opening"), get_language() or ""
    for one in opening.newest_releases(most):
        if (told := known.get(one.opening)) is None:
            continue
        title = _("%(name)s, version %(n)s") % {"name": told.name.of(language), "n": one.version}
        about = ngettext("%(n)s row", "%(n)s rows", one.rows) % {"n": f"{one.rows:,}"}
        href = reverse("portal:opening", args=[one.opening])
        yield News(f"open:{one.opening}:{one.version}", one.released_at, "open", title, href, about)


def entries(most: int) -> Iterator[News]:
    """Versions of the catalogue's entries; many of one day as one event."""
    days: dict[date, list[Any]] = defaultdict(list)
    for version in catalog.newest_versions(catalog.resources_for(AnonymousUser()), most * 10):
        days[timezone.localtime(version.at).date()].append(version)
    for day, versions in list(days.items())[:most]:
        if len(versions) > ONE_BY_ONE:
            title = _("%(n)s entries published") % {"n": len(versions)}
            yield News(f"catalogue:{day}", versions[0].at, "catalogue", title, reverse("portal:catalogue"))
            continue
        for one in versions:
            words = _("New: %(name)s") if one.number == 1 else _("Changed: %(name)s")
            href = reverse("portal:versions", args=[one.resource.code])
            yield News(
                f"catalogue:{one.resource.code}:{one.number}",
                one.at,
                "catalogue",
                words % {"name": one.resource.title},
                href,
                _named(one.resource.provider),
            )


def computed(most: int) -> Iterator[News]:
    """The newest computation of the indicators of each day."""
    days: set[date] = set()
    for run, figures in indicators.runs(min(most, MOST_RUNS)):
        day = timezone.localtime(run.computed_at).date()
        if day in days or not figures:
            continue
        days.add(day)
        title = _("%(n)s indicators computed anew") % {"n": figures}
        yield News(f"indicators:{run.pk}", run.computed_at, "indicators", title, reverse("portal:indicators"))


def recalled(most: int) -> Iterator[News]:
    """Recalls that were opened publicly, and how they ended."""
    for one in recalls.public_recalls(most):
        href = f"{reverse('portal:news')}#recall-{one.pk}"
        title = one.reason[:120]
        about = str(one.get_state_display())
        if one.opened_at is None:
            continue
        yield News(f"recall:{one.pk}", one.opened_at, "recall", title, href, about)


def _named(department: Any) -> str:
    return Text(zh=department.name, en=department.name_en).of(get_language() or "")


PARTS = (releases, entries, computed, recalled)
