"""What tells that something changed: narrow questions by index, asked once a second while anybody watches."""

from collections.abc import Hashable

from django.utils import timezone

from xilin.apps.portal.queries.operations import plant
from xilin.apps.trace.desk import today
from xilin.kernel.audit import queries as audit
from xilin.kernel.casework import totals
from xilin.kernel.collect import queries as collect
from xilin.kernel.economy import queries as economy
from xilin.kernel.exchange import pace
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.opening import queries as opening
from xilin.kernel.places import queries as places
from xilin.kernel.quality import queries as quality
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import current_version


def league() -> Hashable:
    """The declarations in force."""
    version = current_version()
    return version.pk if version else 0


def opened() -> Hashable:
    """The newest release of open data."""
    return tuple(one.pk for one in opening.newest_releases(1))


def cases() -> Hashable:
    """Cases begun and ended, and how many are overdue."""
    return totals.pulse(timezone.now())


PULSES = {
    "league": league,
    "batches": collect.pulse,
    "quality": quality.pulse,
    "linking": registry.pulse,
    "places": places.pulse,
    "economy": economy.pulse,
    "cases": cases,
    "gateway": pace.pulse,
    "log": audit.pulse,
    "alarms": exchange.alarms_pulse,
    "trace": today.pulse,
    "jobs": plant.jobs_pulse,
    "opened": opened,
}
