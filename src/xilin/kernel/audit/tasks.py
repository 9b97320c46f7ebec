"""Jobs: every minute the witnesses are asked to cosign the log's newest checkpoint; each month its log begins."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from xilin.kernel.audit import cosigning, shards


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="audit.cosign", pass_context=False)
def cosign(timestamp: int) -> dict[str, str]:
    """Ask the witnesses; how each stands. Nothing is asked where none is declared."""
    found = cosigning.collect(at=datetime.now(UTC))
    return {one.witness: one.outcome for one in found}


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="audit.roll", pass_context=False)
def roll(timestamp: int) -> str:
    """Begin the month's log in the first minute of the month (UTC); its name, "" where nothing was to do."""
    begun = shards.roll(at=datetime.now(UTC))
    return begun.origin if begun else ""
