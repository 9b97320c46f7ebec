"""Jobs of the exchange: files that were asked for, changes that came, messages that wait, what is past its time."""

import logging
from contextlib import suppress
from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.kernel.exchange import changes, golden, risk, webhooks
from xilin.kernel.exchange.actions import exports, feeds, watching

_log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="exchange.deliver", pass_context=False)
def deliver(timestamp: int) -> dict[str, int]:
    """Every minute: queue the files that wait and what a crash left, find out changes, push them.

    What is to be done stands in the exchange's own tables; a lost job is only a minute lost.
    """
    waiting = exports.waiting()
    for number in waiting:
        with suppress(AlreadyEnqueued), transaction.atomic():
            export.configure(queueing_lock=f"exchange.export.{number}").defer(number=number)
    moved = sum(_advance(code) for code in changes.behind())
    due = webhooks.due(datetime.now(UTC))
    for number in due:
        with suppress(AlreadyEnqueued), transaction.atomic():
            push.configure(queueing_lock=f"exchange.push.{number}").defer(number=number)
    return {"files": len(waiting), "changes": moved, "pushes": len(due)}


def _advance(code: str) -> int:
    """Find out a resource's changes; a defect with one stops no other, and shows in the log of the process."""
    try:
        return changes.advance(code, at=datetime.now(UTC))
    except Exception as error:
        # What an exception says may hold rows: only its kind is written down.
        _log.error("changes of %s can't be found: %s", code, type(error).__name__)
        return 0


@app.task
def export(number: str) -> str:
    """Make a file; its state."""
    made = exports.make(number)
    return made.state if made is not None else ""


@app.task
def push(number: str) -> int:
    """Push what waits for a subscription; how many messages arrived."""
    return webhooks.push(number)


@app.periodic(cron="41 4 * * *")
@app.task(queueing_lock="exchange.tidy")
def tidy(timestamp: int) -> dict[str, int]:
    """Once a day: end subscriptions whose grants are over, let go of changes and copies of golden records past their time."""
    at = datetime.now(UTC)
    return {"ended": feeds.end_over(at), "changes": changes.forget(at), "files": golden.forget(at)}


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="exchange.sweep")
def sweep(timestamp: int) -> dict[str, int]:
    """Every five minutes: delete files that were taken or whose time is over."""
    return {"files": exports.sweep(datetime.now(UTC))}


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="exchange.watch")
def watch(timestamp: int) -> int:
    """Every five minutes: raise alarms for unusual use; how many."""
    return len(watching.watch(at=datetime.now(UTC)))


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="exchange.measures", pass_context=False)
def measures(timestamp: int) -> list[str]:
    """Every five minutes: queue the measuring of masks whose rows are others than they were measured on."""
    found = risk.outdated()
    for code in found:
        with suppress(AlreadyEnqueued), transaction.atomic():
            measure.configure(queueing_lock=f"exchange.measure.{code}").defer(resource=code)
    return found


@app.task
def measure(resource: str) -> int:
    """Measure how many people fit what the masks of a resource show; how many figures there are."""
    return len(risk.measure(resource))
