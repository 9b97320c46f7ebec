"""运维 What the cockpit shows, and the narrow questions that tell when it changed."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import stages
from xilin.apps.portal.queries.names import Names
from xilin.kernel.collect import queries as collect
from xilin.kernel.standards.queries import current_version

LATEST = 12


def declarations_pulse() -> int:
    """What changes with the declarations in force."""
    version = current_version()
    return version.pk if version else 0


def batches_pulse() -> object:
    """What changes whenever a batch begins or ends."""
    return collect.pulse()


def flow() -> dict[str, Any]:
    """The river of data."""
    return {"stages": stages.stages()}


def sources() -> dict[str, Any]:
    """Every source with its newest batch."""
    return {"gauges": stages.gauges()}


def latest_batches() -> dict[str, Any]:
    """The newest batches, without a source's own words on why one was refused."""
    return _latest(lambda batch: _("The source could not be read. Sign in to see why."))


def latest_batches_inside() -> dict[str, Any]:
    """The newest batches, each with why it was refused."""
    return _latest(lambda batch: batch.message(get_language() or ""))


def _latest(why: Any) -> dict[str, Any]:
    rows = collect.batches()
    found = [(batch, why(batch) if batch.error else "") for batch in rows[:LATEST]]
    return {"batches": found, "count": rows.count(), "names": Names()}
