"""Where a golden record's values come from: kept briefly, told by attribute, in databases of before as well."""

import json

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from xilin.kernel.registry.fields import kept, told
from xilin.kernel.registry.models import Entity

ORIGINS = {
    "name": ["police", 7, "2026-01-01T09:30:00"],
    "born": ["police", 7, "2026-01-01T09:30:00"],
    "phone": ["health", 2, None],
    "area": ["police", 7, None],
}


def test_what_is_kept_tells_the_same() -> None:
    parts = kept(ORIGINS)

    assert len(parts) == 3
    assert told(json.loads(json.dumps(parts))) == ORIGINS


@pytest.mark.django_db
def test_an_entity_tells_its_origins_by_attribute() -> None:
    made = Entity.objects.create(
        registry="people",
        attributes={},
        provenance=ORIGINS,
        records=1,
        digest="x",
        since_run=1,
        changed_run=1,
    )
    assert Entity.objects.get(pk=made.pk).provenance == ORIGINS
    assert Entity.objects.values_list("provenance", flat=True).get() == ORIGINS
    with connection.cursor() as cursor:
        cursor.execute("SELECT jsonb_array_length(provenance) FROM registry_entity")
        assert cursor.fetchone() == (3,)


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_at_length_is_kept_briefly_after_the_migration_and_at_length_again_before_it() -> None:
    made = Entity.objects.create(
        registry="people",
        attributes={},
        provenance=ORIGINS,
        records=1,
        digest="x",
        since_run=1,
        changed_run=1,
    )

    def stands() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT provenance FROM registry_entity WHERE id = %s", [made.pk])
            return json.loads(cursor.fetchone()[0])

    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("registry")
    try:
        MigrationExecutor(connection).migrate([("registry", "0021_marks_of_judged_records")])
        assert stands() == ORIGINS
    finally:
        MigrationExecutor(connection).migrate(newest)
    assert told(stands()) == ORIGINS  # type: ignore[arg-type]
