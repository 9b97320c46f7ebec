"""声明缓存 Registries as they are declared, kept in the process: an `xilin apply` is seen by the next look-up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from django.db import connection
from django.utils.translation import gettext as _

from xilin.kernel.registry.declarations import Registry
from xilin.kernel.standards.declarations import Element
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

Version = tuple[int | None, datetime | None]
NONE: Version = (None, None)

# The version in force, as a subquery of one row that has nulls before the first apply.
VERSION = """
    (SELECT 1) one
    LEFT JOIN (SELECT id, applied_at FROM standards_leagueversion ORDER BY number DESC LIMIT 1) version ON true
"""
_VERSION = f"SELECT version.id, version.applied_at FROM {VERSION}"  # noqa: S608 - constants
# A registry's declaration and those of its attributes' elements in one go: a league has hundreds of elements.
_DECLARED = f"""
    WITH registry AS (
        SELECT content FROM standards_declaration WHERE kind = 'registry' AND code = %s AND until_id IS NULL
    )
    SELECT version.id, version.applied_at, said.code, said.content::text FROM {VERSION} JOIN (
        SELECT NULL AS code, content FROM registry UNION ALL
        SELECT code, content FROM standards_declaration WHERE kind = 'element' AND until_id IS NULL
        AND code IN (SELECT jsonb_array_elements(content -> 'attribute') ->> 'element' FROM registry)
    ) said ON true
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Known:
    """A declared registry, the data element of each of its attributes, what each is called, and since which version."""

    version: Version
    registry: Registry
    elements: dict[str, Element]
    names: dict[str, Text]


_kept: dict[str, Known] = {}


def known(code: str) -> Known:
    """A registry as it is declared now; NotFound where it isn't."""
    kept = _kept.get(code)
    return kept if kept is not None and in_force(kept) else reread(code)


def in_force(kept: Known) -> bool:
    """Whether no other version was applied since a registry was read."""
    return bool(rows(_VERSION)[0] == kept.version)


def last_known(code: str) -> Known:
    """A registry as it was declared when it was last read, for who compares the version; NotFound where it isn't."""
    return _kept.get(code) or reread(code)


def reread(code: str) -> Known:
    """A registry as it is declared now, read anew; NotFound where it isn't declared."""
    found: dict[Any, Any] = {}
    version = NONE
    for number, applied_at, element, content in rows(_DECLARED, code):
        version = number, applied_at
        found[element] = msgspec.json.decode(content, type=Element if element else Registry, strict=False)
    value: Registry | None = found.pop(None, None)
    if value is None:
        _kept.pop(code, None)
        raise NotFound(kind=_("registry"), name=code)
    elements = {a.code: found[a.element] for a in value.attribute if a.element in found}
    now = Known(version, value, elements, _names(value, elements))
    if version != NONE:
        _kept[code] = now
    return now


def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a constant query, which the server parses and plans once for a connection.

    Django's own cursors put parameters into the text, so that each query is planned anew.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        connection.connection.prepare_threshold = 0  # Django's cursors never prepare whatever this says
        return cursor.execute(query.encode(), parameters).fetchall()


def _names(value: Registry, elements: dict[str, Element]) -> dict[str, Text]:
    """What each attribute is called."""
    own = {attribute.code: attribute.name for attribute in value.attribute}
    return {
        code: Text(zh=name.zh, en=name.en)
        for code, element in elements.items()
        if (name := own.get(code) or element.name)
    }
