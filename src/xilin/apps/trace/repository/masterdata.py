"""Master data (主数据): vocabularies that documents bring in their headers, kept by party and given back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection as django_connection
from django.db import transaction
from psycopg import Connection
from psycopg.types.json import Jsonb

from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.repository.capture import party_number


def keep(
    connection: Connection[Any],
    vocabularies: Sequence[Mapping[str, Any]],
    context: Mapping[str, str],
    *,
    party: str,
    at: datetime,
) -> int:
    """Keep the elements of vocabularies; one that the party gave before is replaced. How many there were."""
    number = party_number(connection, party)
    names = Names(context)
    found: dict[tuple[str, str], list[Any]] = {}
    for vocabulary in vocabularies:
        kind = str(vocabulary.get("type", ""))
        for element in vocabulary.get("vocabularyElementList") or ():
            given = str(element.get("id", ""))
            uri = names.uri(given)
            children = [names.uri(str(child)) for child in element.get("children") or ()]
            found[kind, uri] = [
                kind, uri, given, Jsonb(element.get("attributes") or []), Jsonb(children),
                Jsonb(dict(context)), number, at,
            ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO trace_masterdata (kind, uri, given, attributes, children, context, party_id, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (kind, uri, party_id) DO UPDATE SET"
            " given = EXCLUDED.given, attributes = EXCLUDED.attributes, children = EXCLUDED.children,"
            " context = EXCLUDED.context, at = EXCLUDED.at",
            [found[key] for key in sorted(found)],
        )
    return len(found)


def keep_with_django(
    vocabularies: Sequence[Mapping[str, Any]], context: Mapping[str, str], *, party: str, at: datetime
) -> int:
    """The same on Django's connection."""
    with transaction.atomic():
        django_connection.ensure_connection()
        return keep(django_connection.connection, vocabularies, context, party=party, at=at)


def element(kind_row: tuple[Any, ...]) -> dict[str, Any]:
    """An element as EPCIS 2.0 JSON, of a row (given, attributes, children)."""
    given, attributes, children = kind_row
    told: dict[str, Any] = {"id": given}
    if attributes:
        told["attributes"] = attributes
    if children:
        told["children"] = children
    return told
