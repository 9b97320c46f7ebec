"""Jobs of opening: joint questions that both departments signed are answered here, never in a request for a page."""

from contextlib import suppress
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from xilin.kernel.lake import engine
from xilin.kernel.opening import cleanroom


@app.task
def answer(number: str) -> str:
    """Answer a joint question; its state."""
    con = engine.connect(settings.MEMORY_MB)
    try:
        done = cleanroom.answer(number, con=con, at=datetime.now(UTC))
    finally:
        con.disconnect()
    return done.state if done is not None else ""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="opening.questions", pass_context=False)
def questions(timestamp: int) -> int:
    """Every minute: queue the questions that wait, as a crash may have lost their jobs; how many."""
    waiting = cleanroom.waiting()
    for number in waiting:
        with suppress(AlreadyEnqueued), transaction.atomic():
            answer.configure(queueing_lock=f"opening.question.{number}").defer(number=number)
    return len(waiting)
