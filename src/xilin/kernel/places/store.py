"""Features into PostgreSQL in one go: what is equal stays untouched, what changed keeps its former version, ids stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from xilin.kernel.places.pipeline.features import COLUMNS, Feature, rows

TYPES = {
    "properties": "jsonb", "geometry": "bytea", "west": "float8", "south": "float8", "east": "float8", "north": "float8",
    "cell": "bigint", "valid_from": "date", "valid_to": "date", "batch": "bigint",
}  # fmt: skip
CHANGING = [column for column in COLUMNS if column != "key"]
KEPT = (
    "name", "name_en", "name_mn", "kind", "area", "parent", "properties", "valid_from", "valid_to", "source", "batch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """How many places a merge added, changed and ended."""

    added: int
    changed: int
    ended: int


def merge(collection: str, features: Sequence[Feature], at: datetime) -> Merged:
    """Bring a collection to these features, within the caller's transaction.

    A key seen before keeps its id, also one that had ended. What left ends on this day; it is not deleted.
    """
    with connection.cursor() as cursor:
        _bring(cursor, rows(features))
        cursor.execute(
            f"""INSERT INTO places_version (place_id, content, geometry, recorded_at, replaced_at)
                SELECT p.id, {_content()}, p.geometry, p.recorded_at, %s FROM places_place p
                LEFT JOIN incoming i ON i.key = p.key
                WHERE p.collection = %s AND p.ended_at IS NULL AND (i.key IS NULL OR i.digest <> p.digest)""",  # noqa: S608 - our own columns
            [at, collection],
        )
        cursor.execute(
            """UPDATE places_place p SET ended_at = %s, recorded_at = %s, valid_to = coalesce(p.valid_to, %s::date)
                WHERE p.collection = %s AND p.ended_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.key = p.key)""",
            [at, at, at.date(), collection],
        )
        ended = cursor.rowcount
        cursor.execute(
            f"""UPDATE places_place p SET ({", ".join(CHANGING)}, recorded_at, ended_at) =
                ({", ".join(f"i.{column}" for column in CHANGING)}, %s, NULL)
                FROM incoming i WHERE p.collection = %s AND p.key = i.key
                AND (p.digest <> i.digest OR p.ended_at IS NOT NULL)""",  # noqa: S608 - our own columns
            [at, collection],
        )
        changed = cursor.rowcount
        cursor.execute(
            f"""INSERT INTO places_place (collection, {", ".join(COLUMNS)}, recorded_at)
                SELECT %s, {", ".join(f"i.{column}" for column in COLUMNS)}, %s FROM incoming i
                WHERE NOT EXISTS (SELECT 1 FROM places_place p WHERE p.collection = %s AND p.key = i.key)
                ORDER BY i.key""",  # noqa: S608 - our own columns
            [collection, at, collection],
        )
        added = cursor.rowcount
        cursor.execute("DROP TABLE incoming")
    return Merged(added, changed, ended)


def _bring(cursor: Any, found: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f"{column} {TYPES.get(column, 'text')}" for column in COLUMNS)
    cursor.execute(f"CREATE TEMPORARY TABLE incoming ({columns}) ON COMMIT DROP")
    with cursor.copy(f"COPY incoming ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        for row in found:
            copy.write_row(row)
    cursor.execute("CREATE UNIQUE INDEX ON incoming (key)")
    cursor.execute("ANALYZE incoming")


def _content() -> str:
    return "jsonb_build_object(" + ", ".join(f"'{column}', p.{column}" for column in KEPT) + ")"
