"""Locks of the whole installation: one process at a time does what a name says."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def held(name: str, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of a name; whether it is ours, which it is without fail where we `wait` for it.

    It stands on a connection of its own: the usual one may be renewed in between, and the lock goes
    with its connection, so that nobody waits for a process that was killed.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            if wait:
                cursor.execute("SELECT pg_advisory_lock(hashtext('xilin.lock'), hashtext(%s))", [name])
                yield True
            else:
                cursor.execute("SELECT pg_try_advisory_lock(hashtext('xilin.lock'), hashtext(%s))", [name])
                yield bool(cursor.fetchone()[0])
    finally:
        own.close()
