"""溯源 Whose export a leaked file is, by the marks that are left in it.

Three questions are asked of it, each by itself: what its metadata says, which grant's tag its record identifiers
begin with (and whether their digests are that grant's), and which export's hidden order its rows are in. The first can
be written by anybody; the second and third only with the installation's secret.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from xilin.kernel.audit.actions import record
from xilin.kernel.exchange import bulk, watermark
from xilin.kernel.exchange.delivery_models import Export
from xilin.kernel.exchange.keys import secret
from xilin.kernel.exchange.models import Grant
from xilin.kernel.exchange.watermark import quoted, text
from xilin.kernel.lake import engine
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

MOST_ROWS = 500_000
KINDS = {
    "row": Text(zh="记录标识", en="record identifiers"),
    "order": Text(zh="行序", en="order of rows"),
    "metadata": Text(zh="元数据", en="metadata"),
}
_TOLD = {
    "row": Text(
        zh="{matched} / {seen} 行带有该授权的标记，{confirmed} 个标识与现行记录核对相符",
        en="{matched} of {seen} rows carry the grant's tag; {confirmed} identifiers are those of records in force",
    ),
    "order": Text(
        zh="{seen} 对相邻行中 {matched} 对符合该文件的次序（{sigmas} σ）",
        en="{matched} of {seen} pairs of neighbours stand as in this file ({sigmas} standard deviations)",
    ),
    "metadata": Text(zh="文件自称", en="the file says so"),
}
SAMPLE = 1000
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class FileNotReadable(Refusal):
    """A file that is neither Parquet nor CSV."""

    status = 422
    message = _("{file} can't be read: {why}.")
    remedy = _("Give a Parquet or CSV file with a line of column names.")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark that was found: which kind, whose grant, which export where it tells one, and how sure it is.

    `kind` is `metadata`, `row` or `order`. `matched` of `seen` rows (pairs of neighbours) carry it; `sigmas` says how many
    standard deviations an order lies above chance; `confirmed` how many identifiers have the digest of a record in force.
    """

    kind: str
    grant: Grant
    export: Export | None
    matched: int
    seen: int
    sigmas: float = 0.0
    confirmed: int = 0

    def told(self, language: str) -> str:
        """The evidence in words."""
        said = {name: getattr(self, name) for name in ("matched", "seen", "sigmas", "confirmed")}
        return _TOLD[self.kind].filled(said).of(language)


def traced(path: Path, *, at: datetime) -> list[Mark]:
    """The marks of a file, and an entry in the log that it was looked at and where it leads."""
    marks = trace(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    first = marks[0].grant if marks else None
    record(
        "exchange.export.traced",
        at=at,
        department=first.department if first else None,
        provider=first.provider if first else None,
        subject=first.resource.code if first else "",
        detail={
            "sha256": digest,
            "grants": sorted({mark.grant.number for mark in marks}),
            "exports": sorted({mark.export.number for mark in marks if mark.export}),
        },
    )
    return marks


def trace(path: Path) -> list[Mark]:
    """The marks of a file, the surest kind first: identifiers, then order, then metadata."""
    con = duckdb.connect()
    try:
        columns = _load(con, path)
        return [*_by_rows(con, columns), *_by_order(con, columns), *_by_metadata(con, path)]
    finally:
        con.close()


def _load(con: Any, path: Path) -> list[str]:
    """The file's rows in their order, as text, in the table `found`; its columns."""
    con.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
    con.execute(f"SET TimeZone = {text(settings.TIME_ZONE)}")
    readers = [f"read_csv({text(str(path))}, all_varchar = true, header = true, parallel = false)"]
    if _is_parquet(path):
        readers = [f"read_parquet({text(str(path))})"]
    try:
        con.execute(
            f"CREATE TABLE found AS SELECT COLUMNS(*)::VARCHAR FROM {readers[0]} LIMIT {MOST_ROWS}"  # noqa: S608 - quoted
        )
    except duckdb.Error as error:
        raise FileNotReadable(file=path.name, why=type(error).__name__) from None
    return [name for (name, *_rest) in con.execute("DESCRIBE found").fetchall()]


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError as error:
        raise FileNotReadable(file=path.name, why=type(error).__name__) from None


def _by_rows(con: Any, columns: list[str]) -> Iterator[Mark]:
    """Grants whose tag the identifiers in a column begin with, whatever the column is called."""
    mark = secret(Path(settings.HOME), "watermark")
    tags = {
        watermark.tag(mark, grant.number): grant
        for grant in Grant.objects.select_related("resource", "client", "department", "provider")
    }
    for column in columns:
        name = quoted(column)
        rows = con.execute(
            f"SELECT left({name}, {watermark.TAG}), count(*) FROM found "  # noqa: S608 - a quoted name
            f"WHERE regexp_matches({name}, '{_UUID}') GROUP BY 1"
        ).fetchall()
        seen, counts = sum(count for _, count in rows), Counter(dict(rows))
        for tag, grant in tags.items():
            if counts[tag]:
                yield Mark(
                    "row",
                    grant,
                    None,
                    counts[tag],
                    seen,
                    confirmed=_confirmed(con, name, tag, grant, mark),
                )


def _confirmed(con: Any, name: str, tag: str, grant: Grant, mark: bytes) -> int:
    """Of up to `SAMPLE` identifiers with a tag, how many are those of records in force under the grant's key."""
    given = con.execute(
        f"SELECT DISTINCT {name} FROM found WHERE starts_with({name}, '{tag}') LIMIT {SAMPLE}"  # noqa: S608 - ours
    ).fetchall()
    lake = engine.connect(settings.MEMORY_MB)
    try:
        table = bulk.rows(lake, grant.resource.code, bulk.state(grant.resource.code))
        if table is None:
            return 0
        rows = lake.compile(table.select("_source", "_key"))
        wanted = ", ".join(text(value) for (value,) in given)
        query = f"SELECT count(DISTINCT r) FROM (SELECT {watermark.row_sql(mark, grant.number)}::VARCHAR r FROM ({rows})) WHERE r IN ({wanted})"  # noqa: S608 - quoted
        return int(lake.raw_sql(query).fetchone()[0])
    finally:
        lake.disconnect()


def _by_order(con: Any, columns: list[str]) -> list[Mark]:
    """Exports whose hidden order the rows are in, the surest first; each by the best of the columns that are left."""
    mark = secret(Path(settings.HOME), "watermark")
    (probe,) = con.execute(watermark.PROBE).fetchone()
    found = []
    for export in (
        Export.objects.exclude(entry=None)
        .filter(probe=probe)
        .select_related("grant__resource", "grant__client", "grant__department", "grant__provider")
    ):
        order = watermark.order(export.anchors["columns"], 0, mark, export.number)
        order = watermark.Order(order.columns, export.anchors["steps"], order.key)
        best = (0, 0.0)
        for column in order.columns:
            if column in columns:
                levels = con.execute(f"SELECT {order.level(column)} FROM found").fetchnumpy()  # noqa: S608 - quoted
                best = max(best, watermark.evidence(next(iter(levels.values()))), key=lambda one: one[1])
        changes, sigmas = best
        if changes >= watermark.FEWEST_CHANGES and sigmas >= watermark.SURE:
            rises = round((changes + sigmas * changes**0.5) / 2)
            found.append(Mark("order", export.grant, export, rises, changes, round(sigmas, 1)))
    return sorted(found, key=lambda one: -one.sigmas)


def _by_metadata(con: Any, path: Path) -> Iterator[Mark]:
    """The export that a Parquet file's metadata names."""
    if not _is_parquet(path):
        return
    said = dict(
        con.execute(f"SELECT key, value FROM parquet_kv_metadata({text(str(path))})").fetchall()  # noqa: S608 - quoted
    )
    number = bytes(said.get(b"xilin.export", b"")).decode(errors="replace")
    export = (
        Export.objects.filter(number=number)
        .select_related("grant__resource", "grant__client", "grant__department", "grant__provider")
        .first()
    )
    if export is not None:
        yield Mark("metadata", export.grant, export, 1, 1)
