"""A wire: answers as psycopg gives them, errors as it raises them, a lost connection replaced by another."""

import asyncio
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import connection
from psycopg import sql
from psycopg_pool import AsyncConnectionPool

from xilin.lib import wire as wires
from xilin.lib.wire import Wire


@pytest.fixture
def address(transactional_db):
    found = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        host=found["HOST"],
        port=found["PORT"] or None,
        dbname=found["NAME"],
        user=found["USER"] or None,
        password=found["PASSWORD"] or None,
    )


def run(address, story):
    async def whole():
        async with AsyncConnectionPool(
            address, min_size=1, max_size=2, kwargs={"autocommit": True}, open=False
        ) as pool:
            wire = Wire(pool)
            try:
                return await story(wire, pool)
            finally:
                await wire.close()

    return asyncio.run(whole())


async def first(wire, statement, *values):
    return await (await wire.execute(statement, values)).fetchone()


def test_answers_are_those_of_a_cursor(address):
    values = ["户", 7, 2**40, date(2026, 11, 26), Decimal("1.50"), None, [1, 2**40], ["a", "é"], True]
    statement = "SELECT %s, %s::int, %b::bigint, %s::date, %s::numeric, %s::text, %s::bigint[], %b::text[], %s::bool, 5 %% 3"

    async def story(wire, pool):
        async with pool.connection() as plain:
            expected = await (await plain.execute(statement, values)).fetchone()
        return expected, [await first(wire, statement, *values) for _ in range(3)]

    expected, found = run(address, story)

    assert found == [expected] * 3


def test_statements_may_be_composed_and_may_give_no_rows(address):
    async def story(wire, pool):
        made = await wire.execute("CREATE TEMPORARY TABLE things (n int)")
        await wire.execute("INSERT INTO things SELECT generate_series(1, %s)", [3])
        found = await wire.execute(sql.SQL("SELECT n FROM {} ORDER BY n").format(sql.Identifier("things")))
        nothing = await wire.execute("SELECT n FROM things WHERE n > %s", [9])
        return await made.fetchall(), await found.fetchall(), await nothing.fetchone()

    assert run(address, story) == ([], [(1,), (2,), (3,)], None)


def test_what_is_larger_than_a_socket_takes_goes_over_whole(address):
    text = "草原" * 2_000_000

    async def story(wire, pool):
        return await first(wire, "SELECT %s::text", text)

    assert run(address, story) == (text,)


def test_an_error_of_a_statement_leaves_the_wire_good(address):
    async def story(wire, pool):
        with pytest.raises(psycopg.errors.UndefinedTable):
            await wire.execute("SELECT * FROM nowhere")
        with pytest.raises(psycopg.errors.DivisionByZero):
            await wire.execute("SELECT 1 / %s::int", [0])
        return await first(wire, "SELECT 1 / %s::int", 1)

    assert run(address, story) == (1,)


def test_a_lost_connection_is_told_once_and_replaced(address):
    async def story(wire, pool):
        (pid,) = await first(wire, "SELECT pg_backend_pid()")
        waiting = asyncio.create_task(wire.execute("SELECT pg_sleep(30)"))
        await asyncio.sleep(0.1)
        async with pool.connection() as other:
            await other.execute("SELECT pg_terminate_backend(%s)", [pid])
        with pytest.raises(psycopg.OperationalError):
            await waiting
        (second,) = await first(wire, "SELECT pg_backend_pid()")
        async with pool.connection() as other:
            await other.execute("SELECT pg_terminate_backend(%s)", [second])
        await asyncio.sleep(0.2)  # this time nothing was asked of it
        (third,) = await first(wire, "SELECT pg_backend_pid()")
        return len({pid, second, third})

    assert run(address, story) == 3


def test_a_cancelled_statement_never_answers_the_next_one(address):
    async def story(wire, pool):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.execute("SELECT 1, pg_sleep(30)"), 0.1)
        return await first(wire, "SELECT 2")

    assert run(address, story) == (2,)


def test_statements_beyond_those_kept_are_prepared_anew(address, monkeypatch):
    monkeypatch.setattr(wires, "PREPARED", 3)

    async def story(wire, pool):
        found = [await first(wire, f"SELECT {number} + %s::int", 1) for number in range(8)]
        again = [await first(wire, f"SELECT {number} + %s::int", 1) for number in range(8)]
        (kept,) = await first(wire, "SELECT count(*) FROM pg_prepared_statements")
        return [one for (one,) in found], found == again, kept <= 3

    assert run(address, story) == ([1, 2, 3, 4, 5, 6, 7, 8], True, True)


def test_a_borrowed_connection_comes_back(address):
    async def story(wire, pool):
        (pid,) = await first(wire, "SELECT pg_backend_pid()")
        async with wire.borrowed() as own, own.transaction():
            (same,) = await (await own.execute("SELECT pg_backend_pid()")).fetchone()
        return [pid, pid] == [same, (await first(wire, "SELECT pg_backend_pid()"))[0]]

    assert run(address, story)
