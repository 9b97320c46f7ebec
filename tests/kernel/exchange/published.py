"""Rows to publish in the small league, and what the database holds of published tables."""

import ibis
import pyarrow as pa
from django.db import connection

from xilin.kernel.exchange import publishing
from xilin.kernel.standards.queries import declaration, declared

PEOPLE = [
    {"id_number": "990101198502291234", "person_name": "王芳", "address": "某旗某镇1号"},
    {"id_number": "99010119900101123X", "person_name": "乌日娜其木格", "address": "某旗某苏木2号"},
    {"id_number": "990101200012311111", "person_name": None, "address": ""},
]
ENTITIES = [{"uscc": f"91990101MA0000000{n}", "organisation_name": f"第{n}牧业合作社"} for n in range(3)]


def rows(found, batch=1, source="test"):
    """An Ibis table of rows as `collect.queries.current` gives them."""
    marked = [row | {"_source": source, "_batch": batch} for row in found]
    return ibis.memtable(pa.Table.from_pylist(marked))


def publish(code, found, *, at, batch=1):
    """Publish rows of a resource of the league that is applied."""
    return publishing.publish_table(
        declaration("resource", code), declared("element"), rows(found, batch), at=at
    )


def tables():
    """The tables in the schema of publications."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'published' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def served(publication):
    """The rows of a published table as dictionaries, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM published."{publication.table}"')
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{name: value for name, value in row.items() if name != publishing.ROW} for row in rows]
