"""Jobs: look every minute which sources are due by their schedule, and collect them."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.kernel.collect import actions, queries


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="collect.look", pass_context=False)
def look(timestamp: int) -> None:
    """Queue a collection of each source that has come due; one that waits already isn't queued twice."""
    for source in queries.due(datetime.fromtimestamp(timestamp, UTC)):
        name = f"collect.{source}"
        with suppress(AlreadyEnqueued), transaction.atomic():
            collect.configure(lock=name, queueing_lock=name).defer(source=source)


@app.task
def collect(source: str) -> dict[str, Any]:
    """Collect one source; a crash of an earlier try is repaired on the way."""
    batch = actions.collect(source, at=datetime.now(UTC))
    return {"batch": batch.pk, "state": batch.state}
