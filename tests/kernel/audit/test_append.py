"""Appending: canonical entries, one transaction, one gapless line, tables that only grow."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from kernel.audit.conftest import START, a_wire, entry, grow
from xilin.kernel.audit import log, queries
from xilin.kernel.audit.actions import append, record
from xilin.kernel.audit.log import New
from xilin.kernel.audit.models import Checkpoint, Cosignature, Entry, Head, Shard, Tile
from xilin.kernel.audit.verifier import leaf_hash, verify_checkpoint

APPENDER = Path(__file__).with_name("appender.py")


def test_an_entry_is_canonical_json_and_the_columns_say_the_same(empty_log):
    made = record(
        "test.done",
        by=SimpleNamespace(username="ann"),
        department=SimpleNamespace(code="mzj"),
        provider="gaj",
        subject="案-1",
        detail={"b": 1, "a": ["é", None]},
        at=START,
    )

    assert made.text == (
        '{"at":"2026-11-25T01:02:03.000004Z","by":"ann","department":"mzj","detail":{"a":["é",null],"b":1},'
        '"kind":"test.done","provider":"gaj","seq":0,"subject":"案-1"}'
    )
    assert bytes(made.leaf) == leaf_hash(made.text.encode())
    stored = Entry.objects.get(seq=0)
    for name in ("at", "kind", "by", "department", "provider", "subject", "text"):
        assert getattr(stored, name) == getattr(made, name)
    assert stored.fields["seq"] == 0
    assert stored.detail == {"a": ["é", None], "b": 1}


def test_nobody_and_nothing_are_empty_words(empty_log):
    made = record("test.done", at=START)

    assert (made.by, made.department, made.provider, made.subject, made.detail) == ("", "", "", "", {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": datetime(2026, 1, 1)},
        {"subject": "x" * 201},
        {"kind": "x" * 81},
        {"subject": "a\0b"},
    ],
    ids=["no zone", "long subject", "long kind", "NUL"],
)
def test_what_no_entry_can_hold_is_refused_before_anything_is_written(wrong):
    with pytest.raises(ValueError, match="log entry"):
        entry(1, **wrong)


@pytest.mark.parametrize("detail", [{"a": float("nan")}, {"a": "\ud800"}, {"a": START}])
def test_detail_that_is_no_json_is_refused_and_leaves_no_trace(empty_log, detail):
    with pytest.raises((ValueError, TypeError)):
        record("test.done", detail=detail, at=START)

    assert queries.size() == Entry.objects.count() == 0


def test_control_characters_in_detail_stand_escaped(empty_log):
    made = record("test.done", detail={"a": "\0\n\x1f"}, at=START)

    assert Entry.objects.get(seq=made.seq).detail == {"a": "\0\n\x1f"}
    assert queries.verify_log() == []


def test_each_append_signs_what_the_log_then_is(empty_log):
    grow(1, 3, 300)

    assert [row.size for row in Checkpoint.objects.order_by("size")] == [1, 4, 304]
    assert verify_checkpoint(queries.checkpoint(), queries.key()).size == queries.size() == 304
    assert [(tile.level, tile.number) for tile in Tile.objects.all()] == [(1, 0)]
    assert len(bytes(Head.objects.get().frontier)) == 32 * (304).bit_count()


def test_an_empty_log_has_no_checkpoint_and_holds(empty_log):
    assert (queries.size(), queries.checkpoint(), queries.verify_log()) == (0, "", [])
    assert grow(0) == []
    assert queries.size() == 0


def test_an_action_that_is_rolled_back_leaves_no_entry(empty_log):
    record("test.before", at=START)
    with transaction.atomic():
        record("test.undone", at=START)
        transaction.set_rollback(True)
    record("test.after", at=START)

    assert list(Entry.objects.order_by("seq").values_list("seq", "kind")) == [
        (0, "test.before"),
        (1, "test.after"),
    ]
    assert queries.verify_log() == []


def test_many_at_once_join_a_connections_transaction(shared_log):
    with psycopg.connect(shared_log, autocommit=True) as other:
        with other.transaction() as business:
            made = append([entry(0), entry(1)], other)
            assert Entry.objects.count() == 0
            raise psycopg.Rollback(business)
        assert Entry.objects.count() == 0
        append([entry(2)], other)

    assert [row.seq for row in made] == [0, 1]
    assert list(Entry.objects.values_list("seq", "subject")) == [(0, "案-2")]


def test_the_gateways_append_is_durable_when_it_returns(shared_log):
    seen = []

    def seen_elsewhere():
        with psycopg.connect(shared_log) as third:
            seen.append(third.execute("SELECT count(*) FROM audit_entry").fetchone()[0])

    made = written_with_a_pen(shared_log, 2, seen_elsewhere, 0, 1, seen_elsewhere)

    assert (made, seen) == ([0, 1, 2], [2, 3])
    assert queries.verify_log() == []


def written_with_a_pen(url, *steps):
    """What a pen appends, one step after the other; a step is how many entries, or something to do in between."""

    async def work():
        pen, made = log.Pen(), []
        async with a_wire(url) as wire:
            for step in steps:
                if callable(step):
                    await asyncio.to_thread(step)
                else:
                    made += await pen.append(wire, [entry(one) for one in range(step)])
        return [one.seq for one in made]

    return asyncio.run(work())


def test_a_pen_goes_on_where_somebody_else_has_written_meanwhile(shared_log):
    def other():
        with psycopg.connect(shared_log, autocommit=True) as own:
            append([entry(0, by="other")], own)

    made = written_with_a_pen(shared_log, 2, 1, other, 1, other, 255, 1, 1)

    assert made == [0, 1, 2, 4, *range(6, 263)]
    assert list(Entry.objects.filter(by="other").order_by("seq").values_list("seq", flat=True)) == [3, 5]
    assert queries.verify_log() == []


def test_a_pen_alone_writes_without_a_transaction_of_several_statements(shared_log, monkeypatch):
    locked = []

    async def counted(*arguments, plain=log._append_locked):
        locked.append(arguments)
        return await plain(*arguments)

    monkeypatch.setattr(log, "_append_locked", counted)

    assert written_with_a_pen(shared_log, 1, 1, 1, 1) == [0, 1, 2, 3]
    assert len(locked) == 1, "only the first had to be told where the log ends"


def test_pens_that_write_at_once_make_one_gapless_log(shared_log):
    acknowledged = []
    threads = [
        threading.Thread(target=lambda: acknowledged.extend(written_with_a_pen(shared_log, *[1, 3] * 10)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(acknowledged) == list(range(120))
    assert queries.verify_log() == []


def test_a_pen_tells_of_an_append_only_after_its_commit(shared_log):
    """A constraint that is looked at when the transaction ends lets every statement through, and no commit."""

    def refuse():
        with psycopg.connect(shared_log, autocommit=True) as own:
            own.execute("""
                CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit'; END $$;
                CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION refuse()
            """)

    def allow():
        with psycopg.connect(shared_log, autocommit=True) as own:
            own.execute("DROP FUNCTION refuse CASCADE")

    try:
        for steps in ([refuse, 1], [2, refuse, 1]):
            with pytest.raises(psycopg.errors.RaiseException, match="no commit"):
                written_with_a_pen(shared_log, *steps)
            allow()
        assert written_with_a_pen(shared_log, 1) == [2]
    finally:
        with psycopg.connect(shared_log, autocommit=True) as own:
            own.execute("DROP FUNCTION IF EXISTS refuse CASCADE")
    assert queries.verify_log() == []


def test_threads_that_append_at_once_make_one_gapless_log(shared_log):
    acknowledged = []

    def work(name):
        with psycopg.connect(shared_log, autocommit=True) as own:
            for group in range(20):
                made = log.append(own, [entry(one, by=name) for one in range(1 + group % 5)])
                acknowledged.extend((one.seq, name) for one in made)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(acknowledged) == list(Entry.objects.order_by("seq").values_list("seq", "by"))
    assert [seq for seq, _ in sorted(acknowledged)] == list(range(6 * 60))
    assert queries.verify_log() == []


def test_processes_that_are_killed_lose_nothing_they_were_told_is_there(shared_log):
    command = [sys.executable, str(APPENDER), shared_log]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for worker in workers:
        assert worker.stdout.readline(), "the first append is acknowledged"
    time.sleep(0.5)
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    acknowledged = [int(line) for worker in workers for line in worker.stdout.read().split()]
    for worker in workers:
        worker.wait()
    until_alone()

    stored = set(Entry.objects.values_list("seq", flat=True))
    assert len(acknowledged) > 10
    assert stored >= set(acknowledged)
    assert stored == set(range(queries.size()))
    assert queries.verify_log() == []


def until_alone():
    """Wait until the database has finished what those who were killed had asked of it."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state IS DISTINCT FROM 'idle'"
    )
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(others)
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.05)
    raise AssertionError("somebody is still at work")


@pytest.mark.parametrize("table", ["audit_entry", "audit_tile", "audit_checkpoint", "audit_head"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}"])
def test_the_tables_refuse_to_shrink(empty_log, table, statement):
    grow(260)

    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET text = text",
        "UPDATE audit_tile SET root = root",
        "UPDATE audit_checkpoint SET note = note",
        "UPDATE audit_head SET size = size - 1",
        "UPDATE audit_head SET frontier = ''",
    ],
)
def test_the_tables_refuse_to_be_edited(empty_log, statement):
    grow(260)

    with (
        pytest.raises(DatabaseError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_models_and_the_tables_have_the_same_columns(db):
    with connection.cursor() as cursor:
        for model in (Entry, Tile, Head, Checkpoint, Cosignature, Shard):
            described = connection.introspection.get_table_description(cursor, model._meta.db_table)
            assert sorted(column.name for column in described) == sorted(
                field.column for field in model._meta.concrete_fields
            )


def test_entries_are_found_by_what_they_are_about(empty_log):
    grow(12)

    assert [row.seq for row in queries.entries(kind="test.done")] == [10, 8, 6, 4, 2, 0]
    assert queries.entries(kind="exchange.").count() == 6
    assert queries.entries(kind="exch").count() == 0
    assert [row.seq for row in queries.entries(provider="gaj", kind="test.done")] == [6, 0]
    assert queries.entries(department="mzj").count() == 12
    assert queries.entries(subject="案-7").get().detail["count"] == 7


def test_new_entries_say_what_they_need():
    assert New("test.done", START).text(5) == (
        '{"at":"2026-11-25T01:02:03.000004Z","by":"","department":"","detail":{},"kind":"test.done",'
        '"provider":"","seq":5,"subject":""}'
    )
