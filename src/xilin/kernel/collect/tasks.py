"""Jobs: look every minute which sources are due by their schedule, and collect them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.kernel.collect import actions, queries
from xilin.kernel.lake.tables import Lake

# How long the lake can be read as it was.
KEPT = timedelta(days=30)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="collect.look", pass_context=False)
def look(timestamp: int) -> None:
    """Queue a collection of each source that has come due; one that waits already isn't queued twice.

    A batch whose worker was killed is repaired first, so that its source is due again. No lock of the
    queue's own: a killed worker's job would hold it for ever, and `actions.collect` has its own.
    """
    at = datetime.fromtimestamp(timestamp, UTC)
    actions.repair(at)
    for source in queries.due(at):
        with suppress(AlreadyEnqueued), transaction.atomic():
            collect.configure(queueing_lock=f"collect.{source}").defer(source=source)


@app.task
def collect(source: str) -> dict[str, Any]:
    """Collect one source; a crash of an earlier try is repaired on the way."""
    batch = actions.collect(source, at=datetime.now(UTC))
    return {"batch": batch.pk, "state": batch.state}


def soon(source: str) -> None:
    """Have a source collected in a minute, so that rows mended one after the other go in together; queued once."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        collect.configure(queueing_lock=f"collect.{source}", schedule_in={"seconds": 60}).defer(source=source)


@app.periodic(cron="17 4 * * *")
@app.task(queueing_lock="collect.tidy")
def tidy(timestamp: int) -> dict[str, Any]:
    """Once a day: repair what crashes left, and let go of the lake's history beyond `KEPT`."""
    at = datetime.fromtimestamp(timestamp, UTC)
    # First, as a batch that a crash left is told by its snapshot.
    mended = actions.repair(at)
    expired = Lake.open().expire(["raw", "std"], at - KEPT)
    done = actions.recover(at)
    return {
        "expired": expired,
        "swept": done.swept,
        "finished": [*mended.finished, *done.finished],
        "removed": [*mended.removed, *done.removed],
    }
