"""Jobs: what no single look shows is looked for each hour; masses and ear tags are balanced each night."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from xilin.apps.trace.genealogy import balance
from xilin.apps.trace.verdicts import actions


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="trace.sweep", pass_context=False)
def sweep(timestamp: int) -> int:
    """Look over the looks of the last days; how many consignments were found in other regions."""
    return actions.sweep(at=datetime.now(UTC))


@app.periodic(cron="53 2 * * *")
@app.task(queueing_lock="trace.balance", pass_context=False)
def assess(timestamp: int) -> None:
    """Weigh what went into each process against what came out, and what herders sold against what they tagged."""
    balance.assess(at=datetime.now(UTC))
