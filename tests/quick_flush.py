"""Emptying the database after a test that committed: only tables that have rows, and without asking for permissions anew.

Django truncates every table and makes content types and permissions again, more than a second for a few rows.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.test import TransactionTestCase

# They are the same for every test.
KEPT = {"django_content_type", "auth_permission", "django_migrations"}
# Tables that no model stands for, or that Django doesn't make: the log, what triggers keep, jobs.
MORE = {
    *("audit_entry", "audit_tile", "audit_checkpoint", "audit_cosignature", "audit_shard", "audit_mention"),
    *("catalog_facet", "catalog_finding"),
    *("procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers"),
}
# Rows that are always there, as a new database has them.
FIRST = """
UPDATE audit_head SET size = 0, frontier = '', shard = 0, first = 0, origin = '' WHERE size > 0;
UPDATE audit_mentioned SET upto = 0 WHERE upto > 0;
"""


def filled(connection: Any, tables: Iterable[str] | None = None) -> list[str]:
    """Which tables have rows: of those given, or of all that tests write to."""
    quote = connection.ops.quote_name
    if tables is None:
        names = connection.introspection.django_table_names(only_existing=True, include_views=False)
        tables = (MORE | set(names)) - KEPT
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM {quote(table)})" for table in sorted(tables)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [table for (table,) in cursor.fetchall()]


def flush(alias: str) -> None:
    """Delete the rows of all tables of the models; triggers and references don't stand in the way."""
    connection = connections[alias]
    if found := filled(connection):
        deletes = "; ".join(f"DELETE FROM {connection.ops.quote_name(table)}" for table in found)
        with connection.cursor() as cursor:
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; {FIRST} COMMIT")


def teardown(case: TransactionTestCase) -> None:
    """What Django does after a test that committed, in less time."""
    for alias in case._databases_names(include_mirrors=False):
        flush(alias)
