"""The first linking of a large registry takes indexes away, writes, and makes the same indexes again."""

import duckdb
import pytest
from django.db import connection
from made_up import NOW, person, rows, spec

from xilin.kernel.registry import actions, store
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord, LinkRun

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


def numbers() -> set[tuple[str, int]]:
    """Each index by its table and its own number, which one that is made again doesn't keep."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, x.indexrelid FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid WHERE c.relname = ANY(%s)",
            [TABLES],
        )
        return set(cursor.fetchall())


def test_many_rows_are_written_before_their_indexes(settings, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.HOME = tmp_path
    monkeypatch.setattr(store, "BULK", 3)
    before = indexes()
    assert ("registry_record_once", "constraint") in before
    people = [person(n, "王芳", f"19{50 + n}-02-03", key=str(n)) for n in range(1, 9)]
    old = numbers()
    with duckdb.connect() as con:
        actions.link_found(spec(), [rows(con, "a", *people)], at=NOW, con=con)
        made = numbers()
        assert {table for table, number in made - old} == set(TABLES), "indexes of each table were made anew"
        more = [person(20, "李雷", "1990-01-01", key="20")]
        actions.link_found(spec(), [rows(con, "a", *people, *more, batch=2)], at=NOW, con=con)
        assert numbers() == made
    assert indexes() == before
    assert EntityRecord.objects.count() == 9


def test_a_linking_that_fails_while_records_are_on_their_way_leaves_nothing(
    settings, tmp_path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    settings.HOME = tmp_path
    people = [person(n, "王芳", f"19{50 + n}-02-03", key=str(n)) for n in range(1, 9)]
    for broken in ("_copy_in", "_rows"):
        with duckdb.connect() as con, monkeypatch.context() as patched:
            patched.setattr(store, broken, lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                actions.link_found(spec(), [rows(con, "a", *people)], at=NOW, con=con)
        assert not EntityRecord.objects.exists()
        assert not LinkRun.objects.exists()
    with duckdb.connect() as con:
        actions.link_found(spec(), [rows(con, "a", *people)], at=NOW, con=con)
    assert (EntityRecord.objects.count(), Entity.objects.count()) == (8, 8)
