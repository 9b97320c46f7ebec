"""Whether the database keeps the log's promise: what is answered stands on the disk."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from xilin.kernel.audit.errors import NotDurable

# With fsync off a crash of the machine, with synchronous_commit off any crash of the server forgets entries
# that were answered for. Settings of the server, the database and the role all show here.
LAX = """
    SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off' ORDER BY name
"""


def check() -> None:
    """NotDurable where commits of this connection don't wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute(LAX)
        judge(cursor.fetchall())


def judge(rows: Iterable[Any]) -> None:
    """NotDurable where the rows of LAX, asked on another connection, name a setting."""
    if names := [str(name) for (name,) in rows]:
        raise NotDurable(settings=", ".join(names))
