"""What the tests of the audit log share: an empty log, and hands that get past its triggers."""

from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from psycopg_pool import AsyncConnectionPool

from xilin.kernel.audit import log
from xilin.kernel.audit.log import New
from xilin.lib.wire import Wire

START = datetime(2026, 11, 25, 1, 2, 3, 4, tzinfo=UTC)
TABLES = ("audit_entry", "audit_tile", "audit_checkpoint", "audit_cosignature", "audit_shard", "audit_head")


@contextmanager
def unguarded():
    """A cursor without the tables' triggers, as the owner of the database could have it."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def emptied():
    with unguarded() as cursor:
        cursor.execute("TRUNCATE audit_entry, audit_tile, audit_checkpoint, audit_cosignature, audit_shard")
        cursor.execute("UPDATE audit_head SET size = 0, frontier = '', shard = 0, first = 0, origin = ''")
        cursor.execute("TRUNCATE audit_mention")
        cursor.execute("UPDATE audit_mentioned SET upto = 0")


@pytest.fixture
def empty_log(db):
    """A log without entries, gone with the test."""
    emptied()


@pytest.fixture
def shared_log(transactional_db):
    """A log without entries that other connections see too."""
    emptied()
    yield dsn()
    emptied()


def dsn():
    """How others connect to the tests' database."""
    found = connection.settings_dict
    return psycopg.conninfo.make_conninfo(
        host=found["HOST"],
        port=found["PORT"] or None,
        dbname=found["NAME"],
        user=found["USER"] or None,
        password=found["PASSWORD"] or None,
    )


@asynccontextmanager
async def a_wire(address):
    """A wire to the tests' database, as the gateway has it."""
    async with AsyncConnectionPool(address, min_size=1, kwargs={"autocommit": True}, open=False) as pool:
        wire = Wire(pool)
        try:
            yield wire
        finally:
            await wire.close()


def entry(number, **more):
    """An entry to be; about one in three names a provider."""
    return New(
        **{
            "kind": "exchange.access" if number % 2 else "test.done",
            "at": START + timedelta(seconds=number),
            "by": "ann",
            "department": "mzj",
            "provider": "" if number % 3 else "gaj",
            "subject": f"案-{number}",
            "detail": {"count": number, "items": ["name", "sex"], "share": 0.1, "no": None},
        }
        | more
    )


def grow(*groups, **more):
    """Append groups of the given sizes; everything appended."""
    appended = []
    for size in groups:
        with connection.cursor() as cursor:
            appended += log.append_with(cursor, [entry(len(appended) + one, **more) for one in range(size)])
    return appended
