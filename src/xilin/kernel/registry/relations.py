"""关系 Finding whom an organisation's records name: by the identifier they give, else by name and telephone or area.

The other may stand in another registry (a legal representative) or in the same one (a branch's company).
"""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from psycopg import sql
from pyarrow import Table, array, compute, csv, string

from xilin.kernel.audit.actions import record
from xilin.kernel.collect.queries import current
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.declarations import Relation as Declared
from xilin.kernel.registry.errors import NotLinked
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord
from xilin.kernel.registry.pipeline.likeness import folded
from xilin.kernel.registry.pipeline.spec import literal, name
from xilin.kernel.registry.queries import latest_run
from xilin.kernel.registry.relation_models import Relation
from xilin.kernel.registry.search_models import SearchPhone, SearchRow
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

BLOCK = 100_000
TABLES = {
    model.__name__: sql.Identifier(model._meta.db_table)
    for model in (EntityIdentifier, EntityRecord, Relation, SearchPhone, SearchRow)
}
GIVEN = (
    "CREATE TEMP TABLE relating (source text, key text, name text, number text, phone text, area text, place int) "
    "ON COMMIT DROP"
)
# Of each entity the record that says most: one with an identifier first, then as sources rank.
BEST = (
    "CREATE TEMP TABLE relating_best ON COMMIT DROP AS SELECT DISTINCT ON (r.entity_id) r.entity_id AS entity, "
    "g.name, g.number, g.phone, g.area FROM relating g JOIN {EntityRecord} r "
    "ON r.registry = %(registry)s AND r.source = g.source AND r.key = g.key "
    "ORDER BY r.entity_id, g.number IS NULL, g.place"
)
FOUND = (
    "CREATE TEMP TABLE related (entity uuid PRIMARY KEY, other uuid, how text, agrees boolean) ON COMMIT DROP"
)
# An identifier that several carry says nothing; one that nobody carries is somebody from elsewhere. Nothing is
# related to itself: a branch that gives its own name for its company's says nothing.
BY_IDENTIFIER = (
    "INSERT INTO related SELECT b.entity, i.other, 'identifier', "
    "coalesce(s.name = b.name, false) FROM relating_best b "
    "JOIN (SELECT value, (array_agg(entity_id))[1] AS other FROM {EntityIdentifier} "
    "WHERE registry = %(to)s AND attribute = %(identifies)s AND value IN (SELECT number FROM relating_best) "
    "GROUP BY value HAVING count(*) = 1) i ON i.value = b.number AND i.other <> b.entity LEFT JOIN {SearchRow} s ON s.entity = i.other"
)
BY_PHONE = (
    "INSERT INTO related SELECT b.entity, (array_agg(s.entity))[1], 'phone', true FROM relating_best b "
    "JOIN {SearchPhone} p ON p.registry = %(to)s AND p.phone = b.phone AND p.entity <> b.entity "
    "JOIN {SearchRow} s ON s.entity = p.entity AND s.name = b.name "
    "WHERE b.number IS NULL AND b.phone <> '' GROUP BY b.entity HAVING count(*) = 1"
)
BY_AREA = (
    "INSERT INTO related SELECT b.entity, n.other, 'area', true FROM relating_best b JOIN ("
    "SELECT name, left(area, %(digits)s) AS area, (array_agg(entity))[1] AS other "
    "FROM {SearchRow} WHERE registry = %(to)s AND area <> '' GROUP BY 1, 2 HAVING count(*) = 1) n "
    "ON n.name = b.name AND n.area = left(b.area, %(digits)s) AND n.other <> b.entity "
    "WHERE b.number IS NULL AND b.entity NOT IN (SELECT entity FROM related)"
)
GONE = (
    "DELETE FROM {Relation} WHERE registry = %(registry)s AND code = %(code)s "
    "AND entity NOT IN (SELECT entity FROM related)"
)
KEPT = (
    "INSERT INTO {Relation} AS kept (registry, code, entity, other, how, agrees, run) "
    "SELECT %(registry)s, %(code)s, entity, other, how, agrees, %(run)s FROM related "
    "ON CONFLICT (registry, code, entity) DO UPDATE SET other = excluded.other, how = excluded.how, "
    "agrees = excluded.agrees, run = excluded.run "
    "WHERE (kept.other, kept.how, kept.agrees) IS DISTINCT FROM (excluded.other, excluded.how, excluded.agrees)"
)


@dataclass(frozen=True)
class Related:
    """One relation of an entity: what it is called, the other entity, how it was found, whether the names agree."""

    code: str
    name: Text
    entity: Entity
    how: str
    agrees: bool


def relate(code: str, *, at: datetime, con: Any) -> dict[str, dict[str, int]]:
    """Find anew whom the entities of a registry are related to, by each relation it declares.

    Args:
        code: the registry.
        at: when.
        con: an Ibis connection to DuckDB.

    Returns how many were found in each way, by relation. Only what changed is written, in one
    transaction. Raises NotFound for an undeclared registry, NotLinked before the first linking.
    """
    registry: Registry | None = declaration("registry", code)
    if registry is None:
        raise NotFound(kind=_("registry"), name=code)
    run = latest_run(code)
    if run is None:
        raise NotLinked(registry=code)
    counts = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('relations'), hashtext(%s))", [code])
        for one in registry.relation:
            counts[one.code] = _relate(cursor, registry, one, run.pk, con)
        if counts:
            record("registry.related", subject=code, detail=counts, at=at)
    return counts


def of(entity: Entity) -> list[Related]:
    """Whom an entity is related to, by the relations its registry declares."""
    rows = Relation.objects.filter(registry=entity.registry, entity=entity.pk)
    return _told({row: row.other for row in rows})


def to(entity: Entity) -> list[Related]:
    """Who is related to an entity: the organisations a person represents, the branches of a company."""
    rows = Relation.objects.filter(other=entity.pk)
    return _told({row: row.entity for row in rows}, back=True)


def fullest() -> Entity | None:
    """The living entity that most others are related to, one that is itself related to another if there is such a one."""
    living = Relation.objects.filter(other__in=Entity.objects.filter(ended_run=None).values("pk"))
    counted = living.values("other").annotate(number=Count("pk")).order_by("-number", "other")
    found = counted.filter(other__in=Relation.objects.values("entity")).first() or counted.first()
    return Entity.objects.get(pk=found["other"]) if found else None


def way(how: str) -> Any:
    """In words, how the other was found."""
    return Relation.How(how).label


def _told(rows: dict[Relation, uuid.UUID], *, back: bool = False) -> list[Related]:
    """Rows with the entity to be shown of each; `back` calls them as seen from the other."""
    entities = Entity.objects.filter(ended_run=None).in_bulk(rows.values())
    names = {
        (code, one.code): one.back if back and one.back else one.name
        for code, value in declared("registry").items()
        for one in value.relation
    }
    return [
        Related(
            row.code,
            names.get((row.registry, row.code), Text(zh=row.code)),
            entities[id_],
            row.how,
            row.agrees,
        )
        for row, id_ in rows.items()
        if id_ in entities
    ]


def _relate(cursor: Any, registry: Registry, one: Declared, run: int, con: Any) -> dict[str, int]:
    values = {"registry": registry.code, "code": one.code, "to": one.to, "run": run}
    values |= {"identifies": one.identifies, "digits": one.area_digits}
    for table in ("related", "relating_best", "relating"):
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(table)))
    cursor.execute(GIVEN)
    # Read before the copy begins: reading asks the same connection about declarations and batches.
    blocks = list(_given(registry, one, con))
    with cursor.copy("COPY relating FROM STDIN (FORMAT csv)") as rows:
        for block in blocks:
            rows.write(block)
    for statement in (BEST, FOUND, BY_IDENTIFIER, BY_PHONE, BY_AREA, GONE, KEPT):
        cursor.execute(sql.SQL(statement).format(**TABLES), values)
        if statement is BEST:
            cursor.execute("ANALYZE relating_best")
    cursor.execute("SELECT how, count(*) FROM related GROUP BY how ORDER BY how")
    return dict(cursor.fetchall())


def _folded(table: Table, registry: str) -> Table:
    """The same rows with the names (`c0`) in the form by which the other registry is searched."""
    other: Registry | None = declaration("registry", registry)
    wanted = other.search.name if other and other.search else ""
    replace = next((one.replace for one in other.attribute if one.code == wanted), {}) if other else {}
    # Each name once: the same few are named again and again.
    names = table["c0"].combine_chunks().dictionary_encode()
    forms = array([folded(text, replace) for text in names.dictionary.to_pylist()], string())
    return table.set_column(table.column_names.index("c0"), "c0", compute.take(forms, names.indices))


def _given(registry: Registry, one: Declared, con: Any) -> Iterator[bytes]:
    """The rows in force that name somebody, as CSV: source, key, name, number, phone, area, place."""
    ranks = {source.code: source.authority for source in declared("source").values()}
    parts, views = [], []
    for resource in declared("resource").values():
        fed = resource.registry == registry.code and not resource.base
        table = current(con, resource.code) if fed else None
        if table is None or one.named not in table.columns:
            continue
        view = f"relating_rows_{resource.code}"
        con.create_view(view, table, overwrite=True)
        views.append(view)
        columns = [
            f"CAST({name(column)} AS VARCHAR)" if column in table.columns else "NULL::VARCHAR"
            for column in (one.named, one.identifier, one.phone, one.area, registry.recorded)
        ]
        parts.append(
            f"SELECT _source, _key, {', '.join(f'{c} AS c{nth}' for nth, c in enumerate(columns))} FROM {name(view)}"
        )
    if not parts:
        return
    cases = " ".join(f"WHEN {literal(source)} THEN {rank}" for source, rank in ranks.items())
    try:
        reader = con.con.execute(
            "SELECT _source, _key, c0, c1, c2, c3, row_number() OVER "
            f"(ORDER BY CASE _source {cases} ELSE 50 END DESC, c4 DESC NULLS LAST, _source, _key) "
            f"FROM ({' UNION ALL '.join(parts)}) WHERE c0 IS NOT NULL"
        ).to_arrow_reader(BLOCK)
        for batch in reader:
            written = io.BytesIO()
            csv.write_csv(
                _folded(Table.from_batches([batch]), one.to), written, csv.WriteOptions(include_header=False)
            )
            yield written.getvalue()
    finally:
        for view in views:
            con.con.execute(f"DROP VIEW IF EXISTS {name(view)}")
