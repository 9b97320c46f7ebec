"""Jobs: every minute, send to the upper level what is due."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from xilin.kernel.catalog import actions


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="catalog.report", pass_context=False)
def report(timestamp: int) -> dict[str, int]:
    """Send the reports that are due; does nothing where no upper level is connected."""
    done = actions.send_due(now=lambda: datetime.now(UTC))
    return {"received": done.received, "refused": done.refused, "again": done.again}
