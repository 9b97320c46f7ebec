"""The first linking of a large registry takes indexes away, writes, and makes the same indexes again."""

import duckdb
import pytest
from django.db import connection
from made_up import NOW, person, rows, spec

from xilin.kernel.registry import actions, store
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord

pytestmark = pytest.mark.django_db
TABLES = [model._meta.db_table for model in (Entity, EntityRecord, EntityIdentifier)]


def indexes() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) ORDER BY indexname",
            [TABLES],
        )
        found: list[tuple[str, str]] = cursor.fetchall()
        cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'registry_%' ORDER BY conname")
        return found + [(name, "constraint") for (name,) in cursor.fetchall()]


def test_many_rows_are_written_before_their_indexes(settings, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.HOME = tmp_path
    monkeypatch.setattr(store, "BULK", 3)
    before = indexes()
    assert ("registry_record_once", "constraint") in before
    people = [person(n, "王芳", f"19{50 + n}-02-03", key=str(n)) for n in range(1, 9)]
    taken: list[str] = []

    def watch(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        taken.extend([str(sql)] if "DROP INDEX" in str(sql) or "DROP CONSTRAINT" in str(sql) else [])
        return execute(sql, params, many, context)

    with duckdb.connect() as con, connection.execute_wrapper(watch):
        actions.link_found(spec(), [rows(con, "a", *people)], at=NOW, con=con)
        first = len(taken)
        assert first >= len(TABLES)
        more = [person(20, "李雷", "1990-01-01", key="20")]
        actions.link_found(spec(), [rows(con, "a", *people, *more, batch=2)], at=NOW, con=con)
        assert len(taken) == first
    assert indexes() == before
    assert EntityRecord.objects.count() == 9
