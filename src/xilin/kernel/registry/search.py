"""检索表 Keeping the tables that look-ups read: in the transaction that writes entities, changed ones only."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import io
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection, transaction
from django.db.models.fields.json import KeyTextTransform
from psycopg import sql
from pyarrow import compute, csv

from xilin.kernel.registry.declarations import Registry, Search
from xilin.kernel.registry.models import LinkRun
from xilin.kernel.registry.pipeline import likeness
from xilin.kernel.registry.pipeline.ask import number
from xilin.kernel.registry.pipeline.golden import SEARCHED
from xilin.kernel.registry.pipeline.spec import Spec, literal
from xilin.kernel.registry.queries import living
from xilin.kernel.registry.search_models import SearchFormer, SearchPhone, SearchRow

MODELS = (SearchRow, SearchPhone, SearchFormer)
COLUMNS = tuple(tuple(field.attname for field in model._meta.concrete_fields) for model in MODELS)
TABLES = tuple(sql.Identifier(model._meta.db_table) for model in MODELS)
FACTS = ("name", "born", "area", "phone", "former")
BLOCK, BYTES = 100_000, 1 << 20
# From so many rows on the statistics are gathered anew, and indexes built afterwards rather than kept up row by row.
MANY, BULK = 50_000, 200_000
SORTING = "256MB"
COPY = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)")
# Entities whose rows may be others than they were, and their rows as they come.
TOUCHED, COMING_ROWS = sql.Identifier("registry_search_touched"), sql.Identifier("registry_search_coming")
# A row that comes as it stands is left alone.
DROP = (
    "DELETE FROM {table} old USING {touched} t LEFT JOIN {coming} new USING (entity) WHERE old.entity = t.entity "
    "AND old.registry = %s AND ({new}) IS DISTINCT FROM ({old})"
)
ADD = (
    "INSERT INTO {table} ({columns}) SELECT {new} FROM {coming} new "
    "WHERE NOT EXISTS (SELECT FROM {table} old WHERE old.entity = new.entity)"
)
# Of which entities of a linking rows come, and of which they go before.
COMING = ("new_entities", "changed_entities")
GONE = "SELECT id::VARCHAR FROM linking.ended_entities UNION ALL SELECT id FROM linking.changed_entities"
# In a linking of changes, the entities whose rows in a table may be others than before: most that change have the same.
ANEW = (
    "CREATE OR REPLACE TABLE linking.searched AS SELECT id, attributes FROM linking.new_entities UNION ALL "
    "SELECT c.id, c.attributes FROM linking.changed_entities c JOIN linking.ids i USING (id) "
    "JOIN linking.golden g USING (ent) LEFT JOIN linking.old_ids o ON o.id = c.id WHERE o.{facts} IS DISTINCT FROM g.{facts}"
)
OTHERS = "SELECT id::VARCHAR FROM linking.ended_entities UNION ALL SELECT id FROM linking.searched"
LONGEST_AREA, LONGEST_PHONE = 20, 40


def form(con: duckdb.DuckDBPyConnection, spec: Spec, path: Path) -> int:
    """Write the rows of the entities that a first linking found to files, which `keep_formed` sends; how many entities."""
    if spec.registry.search is None:
        return 0
    return _write(_Forms(spec.registry), _blocks(con, _found(spec.registry.search, "new_entities")), path)


def _write(formed: "_Forms", blocks: Iterator[pa.RecordBatch], path: Path) -> int:
    """Write the rows of entities to a file for each table; how many entities."""
    count = 0
    with ExitStack() as stack:
        files = [stack.enter_context(_file(path, nth).open("wb")) for nth in range(len(MODELS))]
        for block in blocks:
            count += block.num_rows
            for file, lines in zip(files, formed.lines(block), strict=True):
                file.write(lines)
    return count


def _file(path: Path, nth: int) -> Path:
    return path.with_suffix(f".{nth}{path.suffix}")


def keep_formed(registry: Registry, path: Path, coming: int) -> None:
    """Send rows of entities that `form` wrote."""
    if registry.search is None:
        return
    with _without_indexes(coming), connection.cursor() as cursor:
        for nth, table in enumerate(TABLES):
            _copy(cursor, table, nth, _file(path, nth))
    _analyze(coming)


def _copying(table: sql.Identifier, nth: int) -> sql.Composed:
    return COPY.format(table, sql.SQL(", ").join(map(sql.Identifier, COLUMNS[nth])))


def _copy(cursor: Any, table: sql.Identifier, nth: int, path: Path) -> None:
    with path.open("rb") as file, cursor.copy(_copying(table, nth)) as copy:
        while block := file.read(BYTES):
            copy.write(block)
    path.unlink()


def keep(con: duckdb.DuckDBPyConnection, spec: Spec, run: LinkRun) -> None:
    """Bring the table to what a linking found: `linking.new_entities`, `changed_entities`, `ended_entities`.

    Where the registry had no rows, or is searched by other attributes than when they were
    made, all of them are made anew. Belongs in the transaction that writes the entities.
    """
    registry = spec.registry
    if registry.search is None:
        _forget(registry.code)
        return
    if _stale(registry, run):
        refill(registry)
        return
    with connection.cursor() as cursor:
        for gone in _blocks(con, GONE):
            _delete(cursor, registry.code, gone.column(0).to_pylist())
    coming = sum(number(con, f"SELECT count(*) FROM linking.{t}") for t in COMING)
    _send(registry, _blocks(con, _coming(registry.search)), coming)


def few(registry: Registry, run: LinkRun) -> bool:
    """Whether `form_changed` and `send_changed` do what `keep` does: rows stand there, made by the same declaration."""
    return registry.search is not None and not _stale(registry, run)


def form_changed(con: duckdb.DuckDBPyConnection, spec: Spec, path: Path) -> list[list[str]]:
    """Write the rows of each table that may be others than before to a file; the ids of those whose rows there may go."""
    assert spec.registry.search is not None  # noqa: S101 - few asked
    formed, gone = _Forms(spec.registry), []
    coming = f"{_found(spec.registry.search, 'searched')} ORDER BY entity"
    for nth, facts in enumerate(SEARCHED):
        con.execute(ANEW.format(facts=facts))
        with _file(path, nth).open("wb") as file:
            for block in _blocks(con, coming):
                file.write(_csv(formed.rows[nth](block)))
        gone.append([entity for block in _blocks(con, OTHERS) for entity in block.column(0).to_pylist()])
    return gone


def send_changed(cursor: Any, registry: Registry, path: Path, gone: Sequence[Sequence[str]]) -> None:
    """Bring the tables to what `form_changed` found; PostgreSQL alone has work."""
    for nth, table in enumerate(TABLES):
        if not gone[nth]:
            _file(path, nth).unlink()
            continue
        cursor.execute(sql.SQL("CREATE TEMP TABLE {} (entity uuid) ON COMMIT DROP").format(TOUCHED))
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(TOUCHED)) as copy:
            copy.write("".join(f"{entity}\n" for entity in gone[nth]).encode())
        cursor.execute(sql.SQL("ANALYZE {}").format(TOUCHED))
        _replace(cursor, table, nth, _file(path, nth), registry.code)
        cursor.execute(sql.SQL("DROP TABLE {}").format(TOUCHED))


def _replace(cursor: Any, table: sql.Identifier, nth: int, path: Path, code: str) -> None:
    """Bring a table's rows of touched entities to what a file has."""
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} (LIKE {}) ON COMMIT DROP").format(COMING_ROWS, table))
    _copy(cursor, COMING_ROWS, nth, path)
    cursor.execute(sql.SQL("ANALYZE {} (entity)").format(COMING_ROWS))
    sides = {
        side: sql.SQL(", ").join(sql.Identifier(side, column) for column in COLUMNS[nth])
        for side in ("old", "new")
    }
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[nth]))
    for statement, parameters in ((DROP, [code]), (ADD, [])):
        whole = sql.SQL(statement).format(
            table=table, touched=TOUCHED, coming=COMING_ROWS, columns=columns, **sides
        )
        cursor.execute(whole, parameters)
    cursor.execute(sql.SQL("DROP TABLE {}").format(COMING_ROWS))


def refill(registry: Registry) -> int:
    """Make a registry's rows anew from its living entities; how many there are."""
    with transaction.atomic():
        _forget(registry.code)
        return _send(registry, _living(registry), living(registry.code).count()) if registry.search else 0


def refresh(registry: Registry, entities: Iterable[uuid.UUID]) -> None:
    """Make the rows of a few entities anew, after they were changed outside a linking."""
    wanted = list(entities)
    with transaction.atomic():
        with connection.cursor() as cursor:
            _delete(cursor, registry.code, wanted)
        if registry.search:
            _send(registry, _living(registry, wanted), len(wanted))


def _forget(code: str) -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(sql.SQL("DELETE FROM {} WHERE registry = %s").format(table), [code])


def _delete(cursor: Any, code: str, entities: Sequence[uuid.UUID | str]) -> None:
    for table in TABLES:
        cursor.execute(
            sql.SQL("DELETE FROM {} WHERE registry = %s AND entity = ANY(%s::uuid[])").format(table),
            [code, list(map(str, entities))],
        )


def _stale(registry: Registry, run: LinkRun) -> bool:
    """Whether there are no rows of a registry that has been linked before, or rows made by another declaration."""
    before = LinkRun.objects.filter(registry=registry.code, pk__lt=run.pk).first()
    if before is None:
        return False
    made_by = before.parameters.get("search"), _replaced(before.parameters.get("attribute", []))
    made_now = run.parameters.get("search"), _replaced(run.parameters.get("attribute", []))
    return made_by != made_now or not SearchRow.objects.filter(registry=registry.code).exists()


def _replaced(attributes: list[dict[str, Any]]) -> dict[str, Any]:
    """What is replaced in which attribute's values, as the run keeps it."""
    return {attribute["code"]: attribute.get("replace") for attribute in attributes}


def _found(search: Search, table: str) -> str:
    """The entities of a table of a linking with what they are searched by, as a query."""
    columns = ", ".join(_extracted(search, fact) for fact in FACTS)
    return f"SELECT id::VARCHAR AS entity, {columns} FROM linking.{table}"


def _coming(search: Search) -> str:
    """The new and the changed entities, likewise."""
    return " UNION ALL ".join(_found(search, table) for table in COMING) + " ORDER BY entity"


def _extracted(search: Search, fact: str) -> str:
    attribute = search.attributes().get(fact)
    path = literal(f'$."{attribute}"')
    return f"json_extract_string(attributes, {path}) AS {fact}" if attribute else f"NULL::VARCHAR AS {fact}"


def _blocks(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    yield from con.execute(query).to_arrow_reader(BLOCK)


def _living(registry: Registry, only: list[uuid.UUID] | None = None) -> Iterator[pa.RecordBatch]:
    """The entities in force with what they are searched by."""
    assert registry.search is not None  # noqa: S101 - the callers asked
    attributes = registry.search.attributes()
    entities = living(registry.code)
    if only is not None:
        entities = entities.filter(pk__in=only)
    wanted = {f"_{fact}": KeyTextTransform(attribute, "attributes") for fact, attribute in attributes.items()}
    rows = entities.annotate(**wanted).order_by().values_list("pk", *wanted).iterator(BLOCK)
    block: list[Any] = []
    for row in rows:
        block.append(row)
        if len(block) == BLOCK:
            yield _batch(block, tuple(attributes))
            block = []
    if block:
        yield _batch(block, tuple(attributes))


def _batch(rows: list[Any], facts: tuple[str, ...]) -> pa.RecordBatch:
    values = dict(zip(("entity", *facts), zip(*rows, strict=True), strict=True))
    columns = [pa.array(map(str, values["entity"]), pa.string())]
    columns += [
        pa.array(values[fact], pa.string()) if fact in values else pa.nulls(len(rows), pa.string())
        for fact in FACTS
    ]
    return pa.RecordBatch.from_arrays(columns, ["entity", *FACTS])


def _send(registry: Registry, blocks: Iterator[pa.RecordBatch], coming: int) -> int:
    """Copy the rows of entities in; how many."""
    formed, sent = _Forms(registry), 0
    with _without_indexes(coming), connection.cursor() as cursor:
        for block in blocks:  # may itself read through this connection, so no COPY is open meanwhile
            sent += block.num_rows
            for nth, lines in enumerate(formed.lines(block)):
                with cursor.copy(_copying(TABLES[nth], nth)) as copy:
                    copy.write(lines)
    _analyze(sent)
    return sent


def _analyze(sent: int) -> None:
    if sent >= MANY:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(sql.SQL("ANALYZE {}").format(table))


@contextmanager
def _without_indexes(coming: int) -> Iterator[None]:
    """Where more rows come than are there, and many, take the indexes off and build them afterwards: far faster.

    Look-ups wait meanwhile, as they would read the state of before.
    """
    bulk = coming >= BULK and coming > SearchRow.objects.count()
    if not bulk:
        yield
        return
    with connection.schema_editor() as editor:
        for model in MODELS:
            for index in model._meta.indexes:
                editor.remove_index(model, index)
    yield
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(sql.Literal(SORTING)))
    with connection.schema_editor() as editor:
        for model in MODELS:
            for index in model._meta.indexes:
                editor.add_index(model, index)


class _Forms:
    """Makes rows of entities; a name that was met before costs nothing."""

    def __init__(self, registry: Registry) -> None:
        assert registry.search is not None  # noqa: S101 - the callers asked
        name = registry.search.name
        self._registry = registry.code
        self._replace = next(a.replace for a in registry.attribute if a.code == name)
        self._known: dict[str, tuple[str, str, str]] = {}
        # Makes the rows of each of MODELS, in the order of COLUMNS.
        self.rows = (self._all, self._phones, self._formers)

    def lines(self, batch: pa.RecordBatch) -> list[bytes]:
        """The rows of each of the tables as COPY takes them; NULs, which PostgreSQL can't hold, aren't alphanumeric."""
        return [_csv(rows(batch)) for rows in self.rows]

    def _all(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        born = compute.cast(batch.column("born"), pa.date32())
        columns = [*self._columns(batch.column("name")), born, _digits(batch.column("area"), LONGEST_AREA)]
        return self._told(batch, 0, columns)

    def _phones(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        phone = _digits(batch.column("phone"), LONGEST_PHONE)
        return self._told(batch, 1, [phone]).filter(compute.not_equal(phone, ""))

    def _formers(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        before = self._columns(batch.column("former"))
        return self._told(batch, 2, before).filter(compute.not_equal(before[0], ""))

    def _told(self, batch: pa.RecordBatch, nth: int, columns: list[pa.Array]) -> pa.RecordBatch:
        code = pa.array([self._registry], pa.string()).take(pa.array([0] * batch.num_rows, pa.int8()))
        return pa.RecordBatch.from_arrays([batch.column("entity"), code, *columns], list(COLUMNS[nth]))

    def _columns(self, values: pa.Array) -> list[pa.Array]:
        """Names in each of their forms."""
        names = compute.fill_null(values, "").dictionary_encode()
        forms = [self._form(name) for name in names.dictionary.to_pylist()]
        return [pa.array([form[n] for form in forms], pa.string()).take(names.indices) for n in range(3)]

    def _form(self, name: str) -> tuple[str, str, str]:
        found = self._known.get(name)
        if found is None:
            form = likeness.folded(name, self._replace)
            found = self._known[name] = (form, *likeness.spoken(form))
        return found


def _digits(values: pa.Array, longest: int) -> pa.Array:
    digits = compute.replace_substring_regex(compute.fill_null(values, ""), r"[^0-9]", "")
    return compute.utf8_slice_codeunits(digits, 0, longest)


def _csv(rows: pa.RecordBatch) -> bytes:
    out = io.BytesIO()
    csv.write_csv(rows, out, csv.WriteOptions(include_header=False))
    return out.getvalue()
