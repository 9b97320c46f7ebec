"""Jobs: every minute the witnesses are asked to cosign the log's newest checkpoint."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from xilin.kernel.audit import cosigning


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="audit.cosign", pass_context=False)
def cosign(timestamp: int) -> dict[str, str]:
    """Ask the witnesses; how each stands. Nothing is asked where none is declared."""
    found = cosigning.collect(at=datetime.now(UTC))
    return {one.witness: one.outcome for one in found}
