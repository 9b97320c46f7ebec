"""基础库副本 Golden records laid into the lake, so that base registries are delivered in bulk as other resources are.

Golden records live in PostgreSQL, where linking and corrections change them. A copy of what a base resource shows of
them is laid into the lake's table `golden.<resource>` when a file or the changes of it are wanted and the registry is
another than it was: files, increments between them, and changes then work on the lake's snapshots alone.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from psycopg import sql

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.collect.pipeline.plan import SQL_TYPES
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange import overlays
from xilin.kernel.exchange.dispute_models import Overlay
from xilin.kernel.exchange.golden_models import Deposit
from xilin.kernel.exchange.records import attributes, types
from xilin.kernel.exchange.sealing import unseal
from xilin.kernel.exchange.watermark import quoted, text
from xilin.kernel.lake import engine
from xilin.kernel.lake.tables import Lake
from xilin.kernel.registry.models import Entity, LinkRun
from xilin.kernel.standards.queries import declaration

NAMESPACE = "golden"
BLOCK = 1 << 20
# A registry that goes on changing while it is read is read anew, so many times.
TRIES = 5
# As long as the lake keeps earlier states.
KEPT = timedelta(days=30)
# A copy that wasn't finished by then never will be.
ABANDONED = timedelta(days=1)


def table(code: str) -> str:
    """The lake's table of a base resource."""
    return f"{NAMESPACE}.{code}"


def names(resource: Resource) -> dict[str, str]:
    """Under which attribute of golden records each column stands; none where the registry is declared no more."""
    registry = declaration("registry", resource.registry) if resource.registry else None
    return attributes(resource, registry) if registry is not None else {}


def stamp(resource: Resource) -> str:
    """What the golden records a resource shows depend on: the newest linking, corrections in force, columns; "" before any."""
    run = (
        LinkRun.objects.filter(registry=resource.registry)
        .order_by("-pk")
        .values_list("pk", flat=True)
        .first()
    )
    if run is None:
        return ""
    laid = _laid(resource).order_by("pk").values_list("pk", "entity")
    kinds = types(resource.code)
    said = repr(
        [
            run,
            [(pk, str(entity)) for pk, entity in laid],
            sorted(names(resource).items()),
            sorted(kinds.items()),
        ]
    )
    return hashlib.sha256(said.encode()).hexdigest()


def _laid(resource: Resource) -> Any:
    return overlays.in_force().filter(place=Overlay.Place.GOLDEN, registry=resource.registry)


def newest(code: str) -> Deposit | None:
    """The newest finished copy of a base resource."""
    return Deposit.objects.filter(resource=code, snapshot__isnull=False).first()


def moved(resource: Resource, snapshot: int | None) -> bool:
    """Whether the registry is another than it was in a copy."""
    last = newest(resource.code)
    return last is None or last.snapshot != snapshot or last.stamp != stamp(resource)


def lay_down(resource: Resource, *, at: datetime) -> Deposit:
    """The copy of a base resource as it is now, made where there is none; NothingCollected before the first linking."""
    with _alone(resource.code):
        for _ in range(TRIES):
            known, last = stamp(resource), newest(resource.code)
            if not known:
                raise errors.NothingCollected(resource=resource.code)
            if last is not None and last.stamp == known:
                return last
            made = Deposit.objects.create(resource=resource.code, stamp=known, made_at=at)
            made.rows = _write(resource, made)
            if stamp(resource) != known:  # it changed under the reading
                continue
            lake = Lake.open()
            file = lake.folder(table(resource.code), made.pk, resource.registry) / "golden-0.parquet"
            lake.commit(table(resource.code), [file], batch=made.pk, replace=True, part=resource.registry)
            made.snapshot = lake.snapshot(table(resource.code))
            made.save(update_fields=["rows", "snapshot"])
            return made
        raise errors.NothingCollected(resource=resource.code)


def _write(resource: Resource, made: Deposit) -> int:
    """Write the golden records that are in force to the copy's file; how many. Corrections stand in them."""
    columns, kinds = names(resource), types(resource.code)
    path = Lake.open().folder(table(resource.code), made.pk, resource.registry) / "golden-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = path.with_suffix(".csv")
    try:
        _fetch(resource, columns, said)
        con = engine.connect(settings.MEMORY_MB)
        try:
            laid = _corrections(con, resource)
            typed = ", ".join(_typed(column, kinds[column], laid) for column in kinds)
            shape = "{'_key': 'VARCHAR'" + "".join(f", {text(column)}: 'VARCHAR'" for column in columns) + "}"
            con.raw_sql(  # names are declared and quoted
                f"COPY (SELECT {typed}, {text(resource.registry)} AS _source, g._key, {made.pk}::BIGINT AS _batch, "  # noqa: S608
                f"row_number() OVER () AS _row, 0::BIGINT AS _flags "
                f"FROM read_csv({text(str(said))}, header = false, auto_detect = false, delim = ',', quote = '\"', "
                f"escape = '\"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false, columns = {shape}) g "
                f"{_joined(laid)}) TO {text(str(path))} (FORMAT parquet, COMPRESSION snappy)"
            )
            return int(con.raw_sql(f"SELECT count(*) FROM read_parquet({text(str(path))})").fetchone()[0])  # noqa: S608
        finally:
            con.disconnect()
    finally:
        said.unlink(missing_ok=True)


def _fetch(resource: Resource, columns: Mapping[str, str], path: Path) -> None:
    """The golden records in force as CSV: their id, then each column as text."""
    chosen = sql.SQL("").join(
        sql.SQL(", attributes->>{}").format(sql.Literal(attribute)) for attribute in columns.values()
    )
    statement = sql.SQL(
        "COPY (SELECT id::text{} FROM {} WHERE registry = %s AND ended_run IS NULL) TO STDOUT (FORMAT csv)"
    ).format(chosen, sql.Identifier(Entity._meta.db_table))
    path.touch(mode=0o600)
    with (
        connection.cursor() as cursor,
        path.open("wb") as file,
        cursor.copy(statement, [resource.registry]) as rows,
    ):
        for block in rows:
            file.write(block)


def _corrections(con: Any, resource: Resource) -> list[str]:
    """The columns that corrections in force are laid over, each with a table of entity and value.

    They stand in the golden records already, but between a linking and their being laid anew.
    """
    import pyarrow as pa

    columns = {attribute: column for column, attribute in names(resource).items()}
    found: dict[str, dict[str, str]] = {}
    for one in _laid(resource).order_by("pk"):
        if one.column in columns:
            found.setdefault(columns[one.column], {})[str(one.entity)] = unseal(one.sealed)["value"]
    for number, values in enumerate(found.values()):
        rows = pa.table(
            {"entity": pa.array(values, pa.string()), "value": pa.array(values.values(), pa.string())}
        )
        con.con.register(f"laid_{number}", rows)
    return list(found)


def _typed(column: str, kind: str, laid: list[str]) -> str:
    value = f"g.{quoted(column)}"
    if column in laid:
        value = f"coalesce(l{laid.index(column)}.value, {value})"
    return f"TRY_CAST({value} AS {SQL_TYPES[kind]}) AS {quoted(column)}"


def _joined(laid: list[str]) -> str:
    return " ".join(f"LEFT JOIN laid_{n} l{n} ON l{n}.entity = g._key" for n in range(len(laid)))


def forget(at: datetime) -> int:
    """Let go of copies that no snapshot is kept of; how many files. Earlier states stay as long as the lake's others."""
    lake = Lake.open()
    lake.expire([NAMESPACE], at - KEPT)
    unfinished = Deposit.objects.filter(snapshot=None)
    unfinished.filter(made_at__lt=at - ABANDONED).delete()
    gone = lake.sweep([NAMESPACE], lambda: set(unfinished.values_list("pk", flat=True)))
    last = {
        one.pk for code in set(Deposit.objects.values_list("resource", flat=True)) if (one := newest(code))
    }
    Deposit.objects.filter(made_at__lt=at - KEPT).exclude(pk__in=last).delete()
    return gone


@contextmanager
def _alone(code: str) -> Iterator[None]:
    """Hold the lock of a resource's copy; it goes with the session, so a crash can't keep it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('xilin.golden'), hashtext(%s))", [code])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('xilin.golden'), hashtext(%s))", [code])
