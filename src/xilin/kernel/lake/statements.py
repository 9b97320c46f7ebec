"""DuckDB's statements carried out on a Spark cluster, behind the few methods of a connection that steps use.

Tables are Parquet files in a folder that every worker sees. A name that the cluster hasn't got is
looked up in a DuckDB of this process: a view there is taken apart like any query, so that the files it
reads are read by the workers; a table there is handed over as a file.
"""

# ruff: noqa: S608 - statements are put together from names of the catalogue, quoted

import importlib
import itertools
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from xilin.kernel.lake.dialect import UNSIGNED, AsWritten, in_spark
from xilin.kernel.lake.split import Columns, NotForCluster, Splitter
from xilin.kernel.lake.workers import mapper

DATABASE = "linking"
# Unsigned numbers of 64 bits, which Spark hasn't, stand in such decimals; nothing else does.
DECIMAL = pa.decimal128(20, 0)
# The nodes of the tree of `SELECT count(*) FROM linking.<table>`.
PLAIN_COUNT = len(list(sqlglot.parse_one("SELECT count(*) FROM a.b", read=AsWritten).walk()))
DEEP = 20_000
_numbers = itertools.count()


@dataclass
class Table:
    """A table of the cluster: the files its rows stand in, and its columns as Spark has them."""

    schema: Any
    folders: list[Path] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """Its Parquet files."""
        return [str(path) for folder in self.folders for path in sorted(folder.glob("*.parquet"))]


class Statements:
    """A connection to a cluster for steps that are written for DuckDB.

    Args:
        session: the Spark session (`lake.spark.connect`).
        local: a DuckDB of this process, where names are looked up and results are brought.
        folder: where tables stand; every worker must see it.
    """

    def __init__(self, session: Any, local: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._session, self._local, self._folder = session, local, folder
        self._tables: dict[str, Table] = {}
        self._views: list[str] = []
        self._seen: dict[str, str] = {}
        zone = local.execute("SELECT current_setting('TimeZone')").fetchone()
        self._prelude = [f"SET TimeZone = '{zone[0]}'"] if zone else []
        self._probe = duckdb.connect()
        for one in self._prelude:
            self._probe.execute(one)
        self._found = pa.table({})
        self._carried: dict[type[exp.Expr], Callable[[Any], None]] = {
            exp.Create: self._create,
            exp.Insert: self._insert,
            exp.Delete: self._delete,
            exp.Drop: self._drop,
            exp.Alter: self._rename,
        }

    def close(self) -> None:
        """Drop views and files."""
        for view in self._views:
            self._session.catalog.dropTempView(view)
        self._probe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # The methods of a DuckDB connection.

    def execute(self, query: str, parameters: Sequence[Any] | None = None) -> "Statements":
        """Carry out a statement. Raises NotForCluster for what can't be said to a cluster."""
        if re.match(r"\s*CREATE OR REPLACE TEMP MACRO\b", query):
            self._prelude.append(query)
            self._probe.execute(query)
            return self
        with _deep():
            self._carry_out(query, parameters)
        return self

    def _carry_out(self, query: str, parameters: Sequence[Any] | None) -> None:
        tree = sqlglot.parse_one(query, read=AsWritten)
        _fill(tree, list(parameters or ()))
        counted = self._counted(tree)
        if counted is not None:
            self._found = pa.table({"n": [counted]})
            return
        for kind, carry in self._carried.items():
            if isinstance(tree, kind):
                carry(tree)
                return
        self._found = self._frame(Splitter(self).query(tree)).toArrow()

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows of the last query."""
        columns = [_plain(column) for column in self._found.columns]
        return list(zip(*columns, strict=True))

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row of the last query."""
        rows = self._found.slice(0, 1)
        self._found = self._found.slice(1)
        return tuple(_plain(column)[0] for column in rows.columns) if rows.num_rows else None

    def to_arrow_table(self) -> pa.Table:
        """The rows of the last query as an Arrow table."""
        return self._found

    def register(self, name: str, table: pa.Table) -> None:
        """Hand a table over to the cluster."""
        fields = [pa.field(f.name, DECIMAL if pa.types.is_uint64(f.type) else f.type) for f in table.schema]
        folder = self._new()
        folder.mkdir(parents=True)
        pq.write_table(table.cast(pa.schema(fields)), folder / "part-0.parquet")
        self._keep(name, Table(self._session.read.parquet(str(folder)).schema, [folder]))

    def unregister(self, name: str) -> None:
        """Forget a table that was handed over."""
        self._forget(name)

    def bring(self, *names: str) -> duckdb.DuckDBPyConnection:
        """Copy tables into `linking` of the DuckDB in this process; that connection."""
        for name in names:
            table = self._tables[_key(name)]
            columns = ", ".join(
                f"CAST({_quoted(f.name)} AS {kind}) AS {_quoted(f.name)}"
                if (kind := _unsigned(f.dataType.simpleString()))
                else _quoted(f.name)
                for f in table.schema.fields
            )
            self._local.execute(
                f"CREATE OR REPLACE TABLE {DATABASE}.{_quoted(name)} AS SELECT {columns} FROM ({_reading(table)})"
            )
        return self._local

    # What `split.Engine` asks.

    def table(self, node: exp.Table) -> str:
        """The view of a table: of the cluster, else of the DuckDB in this process."""
        if isinstance(node.this, exp.ReadParquet):
            files = [text.name for text in node.this.expressions[0].find_all(exp.Literal)]
            return self._named(self._session.read.option("mergeSchema", "true").parquet(*files))
        key = _key(node.name) if node.db == DATABASE else node.name
        if key not in self._tables:
            return self._look_up(node, key)
        if key not in self._seen:
            table = self._tables[key]
            files = table.files
            reader = self._session.read.schema(table.schema)
            frame = reader.parquet(*files) if files else self._session.createDataFrame([], table.schema)
            self._seen[key] = self._named(frame)
        return self._seen[key]

    def columns(self, query: exp.Query) -> Columns:
        """The names and types of a query's columns."""
        return [(f.name, f.dataType.simpleString()) for f in self._frame(query.copy()).schema.fields]

    def view(self, query: exp.Query) -> str:
        """A view of a query."""
        return self._named(self._frame(query))

    def mapped(self, rows: exp.Query, statement: exp.Select, tables: dict[str, exp.Table]) -> str:
        """A view of what DuckDB makes of rows on the workers."""
        # By name: the project does without pyspark, but where there is a session it is there.
        types = importlib.import_module("pyspark.sql.pandas.types")
        frame = self._frame(rows)
        reading = [
            f"CREATE OR REPLACE TEMP VIEW {name} AS {self._given(node)}" for name, node in tables.items()
        ]
        text = _with_unsigned(statement, frame.schema)
        self._probe.register("_rows", types.to_arrow_schema(frame.schema).empty_table())
        for one in reading:
            self._probe.execute(one)
        kinds = [(row[0], row[1]) for row in self._probe.execute(f"DESCRIBE {text}").fetchall()]
        columns = ", ".join(
            f"CAST({_quoted(name)} AS {fitting}) AS {_quoted(name)}"
            if (fitting := _fitting(kind)) != kind
            else _quoted(name)
            for name, kind in kinds
        )
        whole = f"SELECT {columns} FROM ({text})"
        schema = self._probe.execute(whole).to_arrow_table().schema
        self._probe.unregister("_rows")
        run = mapper(whole, [*self._prelude, *reading])
        return self._named(frame.mapInArrow(run, types.from_arrow_schema(schema, prefer_timestamp_ntz=True)))

    # Statements.

    def _create(self, tree: exp.Create) -> None:
        schema = tree.this if isinstance(tree.this, exp.Schema) else None
        node = schema.this if schema else tree.this
        key = _key(node.name)
        if schema is not None:
            if tree.args.get("exists") and (key in self._tables or self._local_kind(node) is not None):
                return
            columns = ", ".join(
                f"{_ticked(c.name)} {_spark_type(c.args['kind'])}" for c in schema.expressions
            )
            self._keep(key, Table(self._session.createDataFrame([], columns).schema))
            return
        self._write(key, self._frame(Splitter(self).query(tree.expression)))

    def _insert(self, tree: exp.Insert) -> None:
        key = _key(tree.this.name)
        table = self._table_of(tree.this)
        frame = self._frame(Splitter(self).query(tree.expression))
        if not tree.args.get("by_name"):
            frame = frame.toDF(*table.schema.names)
        parts = [frame[_ticked(f.name)].cast(f.dataType).alias(f.name) for f in table.schema.fields]
        folder = self._new()
        frame.select(*parts).write.parquet(str(folder))
        self._keep(key, Table(table.schema, [*table.folders, folder]))

    def _delete(self, tree: exp.Delete) -> None:
        condition = exp.Coalesce(this=exp.Paren(this=tree.args["where"].this), expressions=[exp.false()])
        rest = exp.select("*").from_(tree.this).where(exp.Not(this=condition))
        self._write(_key(tree.this.name), self._frame(Splitter(self).query(rest)))

    def _drop(self, tree: exp.Drop) -> None:
        for node in tree.args.get("tables") or [tree.this]:
            self._forget(_key(node.name))

    def _rename(self, tree: exp.Alter) -> None:
        (action,) = tree.args["actions"]
        if not isinstance(action, exp.AlterRename):
            raise NotForCluster(tree.sql("duckdb"))
        table = self._tables[_key(tree.this.name)]
        self._forget(_key(tree.this.name))
        self._keep(_key(action.this.name), table)

    def _counted(self, tree: exp.Expr) -> int | None:
        """How many rows a table has, where a query asks for no more: its files say it."""
        if (
            tree.sql("duckdb").upper().startswith("SELECT COUNT(*) FROM ")
            and len(list(tree.walk())) == PLAIN_COUNT
        ):
            node = tree.find(exp.Table)
            table = self._tables.get(_key(node.name)) if node is not None else None
            if table is not None:
                return sum(int(pq.read_metadata(file).num_rows) for file in table.files)
        return None

    # Tables and views.

    def _frame(self, query: exp.Expr) -> Any:
        return self._session.sql(in_spark(query))

    def _named(self, frame: Any) -> str:
        view = f"xilin_{next(_numbers)}"
        frame.createOrReplaceTempView(view)
        self._views.append(view)
        return view

    def _new(self) -> Path:
        return self._folder / f"{next(_numbers)}"

    def _write(self, key: str, frame: Any) -> None:
        folder = self._new()
        frame.write.parquet(str(folder))
        self._keep(key, Table(frame.schema, [folder]))

    def _keep(self, key: str, table: Table) -> None:
        self._forget(key)
        self._tables[key] = table

    def _forget(self, key: str) -> None:
        self._tables.pop(key, None)
        self._seen.pop(key, None)

    def _table_of(self, node: exp.Table) -> Table:
        key = _key(node.name)
        if key not in self._tables:
            view = self.table(node)
            if key not in self._tables:
                self._write(key, self._session.table(view))
        return self._tables[key]

    def _given(self, node: exp.Table) -> str:
        """What a worker reads a table by."""
        return _reading(self._table_of(node))

    def _local_kind(self, node: exp.Table) -> tuple[str, str] | None:
        """Whether a name is a view (with its text) or a table of the DuckDB in this process."""
        found = self._local.execute(
            "SELECT 'view', sql FROM duckdb_views() WHERE NOT internal AND view_name = $1 AND (database_name = $2) = $3 "
            "UNION ALL SELECT 'table', '' FROM duckdb_tables() WHERE table_name = $1 AND (database_name = $2) = $3",
            [node.name, DATABASE, node.db == DATABASE],
        ).fetchone()
        return (found[0], found[1]) if found else None

    def _look_up(self, node: exp.Table, key: str) -> str:
        kind, text = self._local_kind(node) or ("", "")
        if kind == "view":
            self._seen[key] = self.view(Splitter(self).query(_of_view(text)))
            return self._seen[key]
        if kind != "table":
            raise LookupError(f"neither the cluster nor this process has {node.sql('duckdb')}")
        where = f"{DATABASE}." if node.db == DATABASE else ""
        self.register(key, self._local.execute(f"SELECT * FROM {where}{_quoted(node.name)}").to_arrow_table())
        return self.table(node)


@contextmanager
def _deep() -> Iterator[None]:
    """Room for expressions that are nested deeply, as names with dozens of replacements are."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _of_view(text: str) -> exp.Expr:
    tree = sqlglot.parse_one(text, read=AsWritten)
    return tree.expression if isinstance(tree, exp.Create) else tree


def _key(name: str) -> str:
    return f"{DATABASE}.{name}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ticked(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _reading(table: Table) -> str:
    """A query by which DuckDB reads a table of the cluster."""
    files = ", ".join("'" + file.replace("'", "''") + "'" for file in table.files)
    if not files:
        columns = (
            f"CAST(NULL AS {_duck_type(f.dataType.simpleString())}) AS {_quoted(f.name)}"
            for f in table.schema
        )
        return f"SELECT {', '.join(columns)} WHERE false"
    return f"SELECT * FROM read_parquet([{files}])"


def _fill(tree: exp.Expr, values: list[Any]) -> None:
    """Put parameters in their places, as literals of the tree."""
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    for nth, place in enumerate(places):
        value = values[int(place.name) - 1 if place.name.isdigit() else nth]
        place.replace(exp.convert(value))


def _plain(column: pa.ChunkedArray) -> list[Any]:
    values = column.to_pylist()
    return [int(v) if isinstance(v, Decimal) else v for v in values] if column.type == DECIMAL else values


def _spark_type(kind: exp.DataType) -> str:
    return (UNSIGNED if kind.this == exp.DataType.Type.UBIGINT else kind).sql("spark")


def _unsigned(kind: str) -> str:
    """The type in DuckDB of what Spark has as a decimal in its place; nothing for other types."""
    return (
        kind.replace("array<decimal(20,0)>", "UBIGINT[]").replace("decimal(20,0)", "UBIGINT")
        if "decimal(20,0)" in kind
        else ""
    )


def _duck_type(kind: str) -> str:
    return _unsigned(kind) or exp.DataType.build(kind, dialect="spark").sql("duckdb")


def _fitting(kind: str) -> str:
    """A type that Spark has, for one of DuckDB's."""
    kind = re.sub(r"\bUBIGINT\b", "DECIMAL(20,0)", kind)
    kind = re.sub(
        r"\bU(TINYINT|SMALLINT)\b",
        lambda found: {"TINYINT": "SMALLINT", "SMALLINT": "INTEGER"}[found[1]],
        kind,
    )
    kind = re.sub(r"\bUINTEGER\b", "BIGINT", kind)
    return re.sub(r"\bU?HUGEINT\b", "DECIMAL(38,0)", kind)


def _with_unsigned(statement: exp.Select, schema: Any) -> str:
    """A statement whose `_rows` have unsigned numbers again."""
    back = [
        f"CAST({_quoted(f.name)} AS {kind}) AS {_quoted(f.name)}"
        for f in schema.fields
        if (kind := _unsigned(f.dataType.simpleString()))
    ]
    text = statement.sql(dialect="duckdb")
    if not back:
        return text
    return f"WITH _rows AS (SELECT * REPLACE ({', '.join(back)}) FROM main._rows) {text}"
