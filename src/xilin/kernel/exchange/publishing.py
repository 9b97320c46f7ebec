"""发布 Copying a resource's rows in force to a PostgreSQL table that look-ups read.

Four steps, each committed by itself, under a lock of the resource:

1. the publication's row and its empty table, together: no table is without a row that names it;
2. the rows by COPY, whole or not at all;
3. the indexes, then the switch: corrections whose source hasn't come round are laid on the new table, it is
   current, the old one isn't, gateways are told;
4. tables that serve no more are dropped.

Whatever is interrupted leaves the old table served, and a table the next publishing drops.
"""

import io
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa
from django.conf import settings
from django.db import Error, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from psycopg import sql
from pyarrow import compute, csv

from xilin.kernel.audit.actions import record
from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import overlays
from xilin.kernel.exchange.models import Publication
from xilin.kernel.exchange.notices import announce
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound

MEASURE = "xilin.kernel.exchange.tasks.measure"
SCHEMA = "published"
TYPES = {
    "string": 'text COLLATE "C"',
    "integer": "bigint",
    "decimal": "numeric",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}
# Numbers the rows of a table, so that lists go on where their last page ended.
ROW = "_row"
# A column whose code list is at least this long gets an index that lists are chosen by.
SELECTIVE = 30
CHUNK = 50_000
NAME = 50


def publish(code: str, *, con: Any, at: datetime) -> Publication | None:
    """Publish a resource's rows in force; the publication that is current afterwards.

    Nothing is copied where the same rows are served already. None where there is nothing to copy: no
    row was collected, or the resource is a base registry, which is served from the registry's own tables.
    """
    resource = declaration("resource", code)
    if resource is None:
        raise NotFound(kind="resource", name=code)
    if resource.base:
        return None
    table = collect.current(con, code)
    if table is None:
        return None
    return publish_table(resource, declared("element"), table, at=at)


def publish_table(
    resource: Resource, elements: Mapping[str, Element], table: Any, *, at: datetime
) -> Publication:
    """Publish the rows of an Ibis table, which carries `_source` and `_batch` beside the resource's items."""
    columns = {item.key: TYPES[elements[item.element].type] for item in resource.item}
    counts = _counts(table)
    content = {
        "batches": [[source, batch] for source, batch, _ in counts],
        "columns": [[column, kind] for column, kind in columns.items()],
        "lookup": list(resource.lookup),
        "listed": listed(resource, elements),
    }
    with _alone(resource.code):
        _sweep(resource.code)
        served = Publication.objects.filter(resource=resource.code, state=Publication.State.CURRENT).first()
        if served is not None and served.content == content:
            return served
        made = _make(resource.code, columns, content, at)
        made.rows = _fill(made, columns, table)
        if made.rows != sum(rows for _, _, rows in counts):
            raise RuntimeError(f"{made.rows} rows of {resource.code} were copied, {counts} were in force")
        laid = overlays.lay_on(resource.code, made.table, at=at)
        _index(made, resource.lookup, listed(resource, elements))
        _switch(made, resource, laid, at)
        _sweep(resource.code)
    return made


def _counts(table: Any) -> list[tuple[str, int, int]]:
    """How many rows in force each batch has: rows of a batch never change, so this says which rows they are."""
    found = table.group_by(["_source", "_batch"]).agg(_rows=lambda t: t.count()).to_pyarrow()
    rows = zip(*(found.column(name).to_pylist() for name in ("_source", "_batch", "_rows")), strict=True)
    return sorted((str(source), int(batch), int(count)) for source, batch, count in rows)


@contextmanager
def _alone(code: str) -> Iterator[None]:
    """Hold the lock of a resource's publishing; it goes with the session, so a crash can't keep it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('xilin.publish'), hashtext(%s))", [code])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('xilin.publish'), hashtext(%s))", [code])


def _sweep(code: str) -> None:
    """Drop the tables of this resource that serve no more, and tables that no publication names."""
    for old in (
        Publication.objects.filter(resource=code).exclude(state=Publication.State.CURRENT).exclude(table="")
    ):
        if old.state == Publication.State.BUILDING:
            old.state = Publication.State.ABANDONED
        with transaction.atomic():
            _drop(old.table)
            old.table = ""
            old.save(update_fields=["table", "state"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SCHEMA])
        there = {name for (name,) in cursor.fetchall()}
    for name in there - set(Publication.objects.exclude(table="").values_list("table", flat=True)):
        _drop(name)


def _drop(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(place(table)))


def place(table: str) -> sql.Composable:
    """A publication's table as an identifier of SQL."""
    return sql.Identifier(SCHEMA, table)


@transaction.atomic
def _make(code: str, columns: Mapping[str, str], content: dict[str, Any], at: datetime) -> Publication:
    """The row of a new publication and its empty table."""
    made = Publication.objects.create(resource=code, content=content, started_at=at)
    made.table = f"{code[:NAME]}_{made.pk}"
    made.save(update_fields=["table"])
    numbered = {ROW: "bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000)"}
    typed = (
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in {**columns, **numbered}.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TABLE {} ({})").format(place(made.table), sql.SQL(", ").join(typed)))
    return made


@transaction.atomic
def _fill(made: Publication, columns: Mapping[str, str], table: Any) -> int:
    """Stream the rows in; how many.

    The table is emptied in the same transaction, so that rows can come in frozen: no later pass
    over them sets their hint bits.
    """
    chosen = table.select(**{name: _column(table, name) for name in columns})
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {}").format(place(made.table)))
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, FREEZE)").format(place(made.table), names)
        with cursor.copy(statement) as copy:
            for chunk in _ahead(as_csv(batch) for batch in chosen.to_pyarrow_batches(chunk_size=CHUNK)):
                copy.write(chunk)
        return int(cursor.rowcount)


def _ahead(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, the next one made while the caller writes the last."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = maker.submit(next, chunks, None)
            yield chunk


def _column(table: Any, name: str) -> Any:
    """A column of the table; nulls where rows were collected before the item was declared."""
    return table[name] if name in table.columns else ibis.null()


def as_csv(batch: pa.RecordBatch) -> bytes:
    """Rows as PostgreSQL's COPY reads them: text in quotes, null as nothing; NUL, which it can't hold, left out."""
    columns = [_plain(column) for column in batch.columns]
    out = io.BytesIO()
    csv.write_csv(
        pa.RecordBatch.from_arrays(columns, names=batch.schema.names),
        out,
        csv.WriteOptions(include_header=False),
    )
    return out.getvalue().replace(b"\0", b"")


def _plain(column: pa.Array) -> pa.Array:
    """A column as CSV can be written of it; a time without a zone is of the platform's zone."""
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        return compute.assume_timezone(column, settings.TIME_ZONE)
    return column


def listed(resource: Resource, elements: Mapping[str, Element]) -> list[str]:
    """The columns that lists are quickly chosen by: coded ones with many codes, such as areas."""
    codes = {item.key: elements[item.element].code_list for item in resource.item}
    known = {code: declaration("code_list", code) for code in set(codes.values()) if code}
    return [
        column
        for column, code in codes.items()
        if code and known[code] is not None and len(known[code].entries) >= SELECTIVE
    ]


def _index(made: Publication, lookup: tuple[str, ...], listed: list[str]) -> None:
    """An index for each column that rows are looked up by, those that lists go along, and statistics."""
    with connection.cursor() as cursor:
        for column in lookup:
            statement = sql.SQL("CREATE INDEX ON {} ({})")
            cursor.execute(statement.format(place(made.table), sql.Identifier(column)))
        cursor.execute(
            sql.SQL("CREATE UNIQUE INDEX ON {} ({})").format(place(made.table), sql.Identifier(ROW))
        )
        for column in listed:
            statement = sql.SQL("CREATE INDEX ON {} ({}, {})")
            cursor.execute(statement.format(place(made.table), sql.Identifier(column), sql.Identifier(ROW)))
        cursor.execute(sql.SQL("ANALYZE {}").format(place(made.table)))


@transaction.atomic
def _switch(made: Publication, resource: Resource, laid: Collection[int], at: datetime) -> None:
    """Serve the new table instead of the old one, from the commit on."""
    current = Publication.objects.filter(resource=made.resource, state=Publication.State.CURRENT)
    current.update(state=Publication.State.REPLACED)
    # Whoever lays a correction holds the row above: none comes between what is laid here and the switch.
    overlays.lay_on(made.resource, made.table, at=at, but=laid)
    made.state, made.published_at = Publication.State.CURRENT, at
    made.save(update_fields=["state", "rows", "published_at"])
    announce(made.resource)
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name=MEASURE, queueing_lock=f"exchange.measure.{made.resource}").defer(
            resource=made.resource
        )
    record(
        "exchange.published",
        at=at,
        provider=resource.provider,
        subject=made.resource,
        detail={"rows": made.rows, "batches": made.content["batches"]},
    )
