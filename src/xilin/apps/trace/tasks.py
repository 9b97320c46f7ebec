"""Jobs: what no single look shows is looked for each hour, what late events add to public recalls too; masses and ear tags are
balanced each night."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from xilin.apps.trace.desk.producer import actions as producers
from xilin.apps.trace.desk.producer.sheets import keeping
from xilin.apps.trace.desk.regulator import statistics
from xilin.apps.trace.genealogy import recalls
from xilin.apps.trace.verdicts import actions, overseeing
from xilin.apps.trace.verdicts.queries import book


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="trace.sweep", pass_context=False)
def sweep(timestamp: int) -> int:
    """Look over the looks of the last days; how many consignments were found in other regions."""
    return actions.sweep(at=datetime.now(UTC))


@app.periodic(cron="53 2 * * *")
@app.task(queueing_lock="trace.balance", pass_context=False)
def assess(timestamp: int) -> None:
    """Weigh what went into each process against what came out, what herders sold against what they tagged; count chains."""
    at = datetime.now(UTC)
    overseeing.assess(at=at)
    statistics.count(book(at), at=at)


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="trace.recalls", pass_context=False)
def look_again(timestamp: int) -> int:
    """Look public recalls up again: late events show more items and holders; how many items were found."""
    return recalls.look_at_all_again(at=datetime.now(UTC))


@app.task(name=producers.TASK, pass_context=False)
def code_work(number: int) -> None:
    """Do what a producer asked to be done with codes."""
    producers.carry_out(number, at=datetime.now(UTC))


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="trace.requeue", pass_context=False)
def requeue(timestamp: int) -> int:
    """Queue work on codes and workbooks again whose job got lost."""
    return producers.requeue()


@app.task(name=keeping.TASK, pass_context=False)
def keep_sheet(number: int) -> None:
    """Keep a large workbook of a producer."""
    now = datetime.now(UTC)
    keeping.carry_out(number, book=book(now), at=now)
