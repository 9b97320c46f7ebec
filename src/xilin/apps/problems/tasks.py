"""Jobs: every night the personal parts of reports answered long ago are deleted."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from xilin.apps.problems import actions


@app.periodic(cron="17 19 * * *")
@app.task(queueing_lock="problems.forget", pass_context=False)
def forget(timestamp: int) -> int:
    """Delete what is no longer needed; how many reports were concerned."""
    return actions.forget(at=datetime.now(UTC))
