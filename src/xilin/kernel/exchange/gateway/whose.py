"""Whose record a match came to: what the log keeps of them, so that they find the look at themselves."""

from datetime import datetime
from uuid import UUID

from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.exchange.gateway.book import Served
from xilin.lib.wire import Connection

_CARRIED = """
    SELECT attribute, value FROM registry_entityidentifier WHERE entity_id = %s AND attribute = ANY(%s)
    UNION
    SELECT a, e.attributes->>a FROM registry_entity e, unnest(%s::text[]) a
    WHERE e.id = %s AND e.attributes->>a IS NOT NULL
"""


async def hashes(connection: Connection, served: Served, entity: UUID, at: datetime) -> list[str]:
    """Keyed hashes of the identifiers that an entity's records carry, as a look-up by them would leave."""
    golden = served.golden
    assert golden is not None  # noqa: S101 - only base resources are matched
    elements = {one.code: one.element for one in golden.attribute}
    known = [one.attribute for one in golden.identifier]
    cursor = await connection.execute(_CARRIED, [entity, known, known, entity])
    return sorted({keyed_hash(f"{elements[code]}={value}", at) for code, value in await cursor.fetchall()})
