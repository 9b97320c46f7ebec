"""批量导出 What a grant lets out of the lake, as one query: filtered, masked, marked, written by the engine itself.

The rows never pass through Python: DuckDB reads the snapshot's files, applies the row filter, shows each item
through its mask, sorts by the hidden order and writes the file, spilling to disk beyond its memory.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
from django.conf import settings

from xilin.kernel.exchange import filters, watermark
from xilin.kernel.exchange.declarations import Mask
from xilin.kernel.exchange.delivery_errors import FilterNotUsable
from xilin.kernel.exchange.masks import PSEUDONYM
from xilin.kernel.exchange.watermark import CHANGE, ROW, quoted, text

BLOCK = 64
SAMPLE = 20_000
CHUNK = 1 << 20
_HMAC = """
CREATE OR REPLACE TEMP MACRO xilin_hmac(inner_pad, outer_pad, value) AS
    sha256(unhex(outer_pad) || unhex(sha256(unhex(inner_pad) || encode(value))))
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a resource a grant shows: its columns, each with its mask, and which rows.

    `key` keys the pseudonyms, `mark` the record identifiers. `kinds` has the type of every item, `masks` the mask
    of those that are masked (None for one that is declared no more: it hides).
    """

    resource: str
    grant: str
    key: bytes
    mark: bytes
    columns: tuple[str, ...]
    masks: Mapping[str, Mask | None]
    kinds: Mapping[str, str]
    conditions: tuple[filters.Condition, ...] = ()

    def kind(self, column: str) -> str:
        """The type a column is shown in: text where it is masked."""
        return "string" if column in self.masks else self.kinds[column]


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written: rows, bytes, SHA-256 in hex, its hidden order."""

    rows: int
    bytes: int
    sha256: str
    order: watermark.Order


@ibis.udf.scalar.builtin(name="xilin_hmac")  # type: ignore[untyped-decorator]
def _hmac(inner_pad: str, outer_pad: str, value: str) -> str:
    """HMAC-SHA256 in hex, by the macro of `prepare`."""
    raise NotImplementedError  # never run: Ibis reads the signature and writes a call of the macro


def prepare(con: Any) -> None:
    """Make a connection ready for `shown`."""
    con.raw_sql(_HMAC)


def fitting(table: Any, conditions: Sequence[filters.Condition], kinds: Mapping[str, str]) -> Any:
    """The rows that fit all conditions; a value that isn't there fits none. FilterNotUsable where an item is gone."""
    for one in conditions:
        column = one["column"]
        if column not in kinds or column not in table.columns:
            raise FilterNotUsable(column=column)
        table = table.filter(_condition(table[column], one, kinds[column]))
    return table


def _condition(column: Any, one: filters.Condition, kind: str) -> Any:
    def literal(value: Any) -> Any:
        found = filters.typed(kind, value)
        if isinstance(found, datetime) and column.type().is_timestamp() and column.type().timezone is None:
            return found.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(tzinfo=None)
        return found

    op = one["op"]
    if op == "in":
        return column.isin([literal(value) for value in one["value"]])
    value = literal(one["value"])
    if op == "prefix":
        return column.startswith(value)
    return column == value if op == "eq" else column >= value if op == "ge" else column <= value


def shown(table: Any, scope: Scope) -> dict[str, Any]:
    """The granted columns of rows as they are shown: masked ones as text, the same as `masks.masker` makes."""
    return {
        column: _masked(table[column], scope.masks[column], scope.kinds[column], scope.key)
        if column in scope.masks
        else table[column]
        for column in scope.columns
    }


def _masked(column: Any, mask: Mask | None, kind: str, key: bytes) -> Any:
    if mask is None or mask.kind == "hide":
        return ibis.null("string")
    written = _text(column, kind)
    if mask.kind == "stars":
        return _stars(written, mask)
    if mask.kind == "pseudonym":
        return _hmac(*_pads(key), written).left(PSEUDONYM)
    if mask.kind == "year":
        return _year(column, kind)
    return written.left(mask.keep_first).rpad(written.length().cast("int32"), "0")


def _text(column: Any, kind: str) -> Any:
    """A value as Python's `str` writes it."""
    if kind == "string":
        return column
    if kind == "boolean":
        return ibis.ifelse(column, "True", "False")
    if kind == "decimal":
        return column.cast("string").re_replace(r"\.0$", "")
    return column.cast("string")


def _stars(value: Any, mask: Mask) -> Any:
    star, length = ibis.literal("*"), value.length()
    hidden = length - (mask.keep_first + mask.keep_last)
    whole = star.repeat(mask.stars or length)
    part = value.left(mask.keep_first) + star.repeat(mask.stars or hidden) + value.right(mask.keep_last)
    return ibis.cases((value.isnull(), ibis.null("string")), (hidden <= 0, whole), else_=part)


def _year(column: Any, kind: str) -> Any:
    if kind in ("date", "datetime"):
        return column.year().cast("string").lpad(4, "0")
    return _text(column, kind).re_extract(r"^(\d{4})-\d\d-\d\d", 1).nullif("")


def _pads(key: bytes) -> tuple[str, str]:
    padded = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in padded).hex(), bytes(byte ^ 0x5C for byte in padded).hex()


def rows_sql(con: Any, table: Any, scope: Scope) -> str:
    """A query of the rows a grant shows: `_row`, then its columns."""
    fit = fitting(table, scope.conditions, scope.kinds)
    named = shown(fit, scope)
    plain = con.compile(
        fit.select("_source", "_key", **{f"c{n}": one for n, one in enumerate(named.values())})
    )
    columns = "".join(f", c{n} AS {quoted(name)}" for n, name in enumerate(named))
    row = watermark.row_sql(scope.mark, scope.grant)
    return f"SELECT {row} AS {ROW}{columns} FROM ({plain})"  # noqa: S608 - names are declared and quoted


def changed_sql(new: str, old: str, columns: Sequence[str]) -> str:
    """What changed between two queries of `rows_sql`: rows that came or differ, and those that left, without values."""
    differ = " OR ".join(f"n.{quoted(one)} IS DISTINCT FROM o.{quoted(one)}" for one in columns)
    shown_ = "".join(f", n.{quoted(one)} AS {quoted(one)}" for one in columns)
    return (  # names are declared and quoted
        f"SELECT coalesce(n.{ROW}, o.{ROW}) AS {ROW}, "  # noqa: S608
        f"CASE WHEN n.{ROW} IS NULL THEN 'delete' ELSE 'upsert' END AS {CHANGE}{shown_} "
        f"FROM ({new}) n FULL JOIN ({old}) o ON n.{ROW} = o.{ROW} "
        f"WHERE n.{ROW} IS NULL OR o.{ROW} IS NULL OR {differ}"
    )


def anchors(con: Any, query: str, columns: Sequence[str]) -> list[str]:
    """The columns shown that tell most rows apart, which the hidden order goes by; those with few values don't."""
    if not columns:
        return []
    counts = ", ".join(f"approx_count_distinct({quoted(one)})" for one in columns)
    sample = f"SELECT {counts} FROM (SELECT * FROM ({query}) LIMIT {SAMPLE})"  # noqa: S608 - as `rows_sql`
    found = con.raw_sql(sample).fetchone()
    ranked = sorted(zip(found, columns, strict=True), key=lambda one: -one[0])
    return [column for count, column in ranked if count >= watermark.FEWEST_CHANGES][: watermark.MOST_ANCHORS]


def count(con: Any, query: str) -> int:
    """How many rows a query has."""
    return int(con.raw_sql(f"SELECT count(*) FROM ({query})").fetchone()[0])  # noqa: S608 - as `rows_sql`


def write(
    con: Any, query: str, path: Path, *, kind: str, order: watermark.Order, said: Mapping[str, str]
) -> Written:
    """Write a query's rows to a new file that only its owner can read, safely on the disk when this returns.

    Args:
        kind: `parquet` or `csv`.
        order: the hidden order of the rows.
        said: the visible marks, kept in a Parquet file's metadata.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    options = "FORMAT csv, HEADER true"
    if kind == "parquet":
        pairs = ", ".join(f"{quoted(name)}: {text(value)}" for name, value in said.items())
        options = f"FORMAT parquet, KV_METADATA {{{pairs}}}"
    statement = (
        f"COPY (SELECT * FROM ({query}) ORDER BY {order.sql()}) "  # noqa: S608 - as `rows_sql`
        f"TO {text(str(path))} ({options}, USE_TMP_FILE false)"
    )
    rows = int(con.raw_sql(statement).fetchone()[0])
    size, digest = seal(path)
    return Written(rows, size, digest, order)


def seal(path: Path) -> tuple[int, str]:
    """Bring a file to the disk; its size and SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        os.fsync(file.fileno())
        size = file.tell()
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return size, digest.hexdigest()
