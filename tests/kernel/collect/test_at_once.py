"""Two at once: collections of one source follow one another, a second run is refused."""

import threading

import pytest
import roster
from django.db import connection
from rich.console import Console

from xilin.config.run import bars, run
from xilin.kernel.collect import actions, queries
from xilin.kernel.collect.errors import AnotherRun
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake import engine, locks

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """A source that stops at its second page until it is told to go on."""

    def __init__(self, pages):
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.usual, pages.answer = pages.answer, self.answer

    def answer(self, query, authorization):
        if query["page"] == ["2"]:
            self.reached.set()
            self.go_on.wait(30)
        return self.usual(query, authorization)


@pytest.fixture
def slow(pages, settings, tmp_path):
    """The declared source `web`, which is slow."""
    settings.HOME, settings.LAKE = tmp_path / "home", str(tmp_path / "lake")
    pages.rows = [dict(zip(roster.HEADINGS, row, strict=True)) for row in roster.rows(1, 20)]
    web = {"url": pages.url, "page_size": 5, "items": "data.list", "total": "data.total"}
    headers = "headers = { Authorization = 'Bearer secret' }\n[columns]"
    roster.apply(tmp_path / "league", roster.source("web", "http", **web).replace("[columns]", headers))
    found = Slow(pages)
    yield found
    found.go_on.set()


def beside(work, told):
    """Work in a thread with a connection of its own; what it gives or raises is told."""

    def carry_out():
        try:
            told.append(work())
        except Exception as error:
            told.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=carry_out)
    thread.start()
    return thread


def go():
    with bars(Console(quiet=True)) as progress:
        return run(progress)


def test_a_second_collection_of_a_source_waits_until_the_first_has_ended(slow):
    told = []
    first = beside(lambda: actions.collect("web", at=roster.NOW), told)
    assert slow.reached.wait(30)
    second = beside(lambda: actions.collect("web", at=roster.NOW), told)
    second.join(0.7)

    assert [batch.state for batch in Batch.objects.all()] == ["running"]
    slow.go_on.set()
    first.join(60)
    second.join(60)

    assert [(batch.state, batch.rows_accepted) for batch in told] == [("done", 20), ("done", 20)]
    rows = queries.current(engine.connect(256), "roster")
    assert rows.count().execute() == 20
    assert sorted(set(rows._batch.to_pyarrow().to_pylist())) == [max(batch.pk for batch in told)]


def test_a_second_run_is_refused_in_words_and_the_first_goes_on(slow):
    told = []
    first = beside(go, told)
    assert slow.reached.wait(30)

    with pytest.raises(AnotherRun, match="正在运行") as refused:
        go()
    assert "没有改动" in refused.value.advice
    assert Batch.objects.count() == 1
    slow.go_on.set()
    first.join(60)

    assert [batch.state for batch in told[0].batches] == ["done"]
    assert go().refused == []


def test_a_lock_goes_with_the_connection_of_its_process(db):
    with locks.held("x", wait=False) as first, locks.held("x", wait=False) as second:
        assert (first, second) == (True, False)
    with locks.held("x", wait=True) as ours:
        assert ours
