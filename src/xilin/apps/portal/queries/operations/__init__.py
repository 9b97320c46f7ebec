"""运维 What the cockpit shows: facts of its panels, and the narrow questions that tell when they changed."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import stages
from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.queries.operations import flowing, history, plant, standing
from xilin.kernel.collect import queries as collect

LATEST = 12
DAY = timedelta(days=1)


def flow() -> dict[str, Any]:
    """The river of data."""
    return {"river": flowing.river(timezone.now())}


def sources() -> dict[str, Any]:
    """Every source with its newest batch."""
    return {"gauges": stages.gauges()}


def batches() -> dict[str, Any]:
    """The newest batches, without a source's own words on why one was refused."""
    return _batches(lambda batch: _("The source could not be read. Sign in to see why."))


def batches_inside() -> dict[str, Any]:
    """The newest batches, each with why it was refused."""
    return _batches(lambda batch: batch.message(get_language() or ""))


def _batches(why: Any) -> dict[str, Any]:
    rows = collect.batches()
    found = [(batch, why(batch) if batch.error else "") for batch in rows[:LATEST]]
    running = sum(1 for batch, _said in found if batch.state == "running")
    return {"batches": found, "count": rows.count(), "running": running, "names": Names()}


def quality() -> dict[str, Any]:
    """Quality over all."""
    return standing.quality()


def registries() -> dict[str, Any]:
    """The base registries."""
    return {"registries": standing.registries(timezone.now())}


def requests() -> dict[str, Any]:
    """Requests and their clocks."""
    return {"requests": standing.requests(timezone.now())}


def gateway() -> dict[str, Any]:
    """The gateway's pace."""
    return {"gateway": standing.gateway(timezone.now())}


def logged() -> dict[str, Any]:
    """The log and its witnesses."""
    return {"log": standing.logged(timezone.now())}


def trace() -> dict[str, Any]:
    """Traceability since midnight."""
    found = standing.trace(timezone.now())
    names = (
        ("genuine", _("genuine")),
        ("caution", _("caution")),
        ("fake", _("counterfeit")),
        ("unknown", _("unknown")),
    )
    said = [(level, name, found.verdicts.get(level, 0)) for level, name in names]
    return {"trace": found, "verdicts": said}


def day() -> dict[str, Any]:
    """What happened within a day."""
    return {"history": history.history(timezone.now())}


def day_inside() -> dict[str, Any]:
    """What happened within a day, and why."""
    return {"history": history.history(timezone.now(), inside=True)}


def alarms() -> dict[str, Any]:
    """What is to be looked into."""
    return {"alarms": history.alarms(timezone.now())}


def machines() -> dict[str, Any]:
    """Database, lake, disk, replicas, workers."""
    now = timezone.now()
    return {
        "storage": plant.storage_kept(),
        "replicas": plant.replicas(),
        "jobs": plant.jobs(now - DAY, now),
    }
