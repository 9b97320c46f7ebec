"""Tables of MySQL and MariaDB, streamed."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa
import pymysql
from pymysql.constants import ER
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from xilin.kernel.collect import faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import ROWS, Intake, filled, text_batch

_NO_TABLE = {ER.NO_SUCH_TABLE, ER.TABLEACCESS_DENIED_ERROR, ER.BAD_TABLE_ERROR}


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of the table as the server writes them as text, all of one moment."""
    url = filled(connection.url)
    where = _where(url)
    try:
        database = _connect(url)
    except (pymysql.Error, OSError) as error:
        raise faults.unreachable(where, _short(error)) from error
    with closing(database):
        try:
            yield from _table(database, where, connection, intake)
        except (pymysql.Error, OSError) as error:
            if error.args and error.args[0] in _NO_TABLE:
                raise faults.no_table(where, connection.table) from None
            raise faults.broken_read(where, _short(error)) from error


def _connect(url: str) -> Any:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")),
        unix_socket=options.get("unix_socket"),
        charset="utf8mb4",
        # No decoders: values stay the text the server sent, as bytes.
        conv=dict(encoders),
        use_unicode=False,
        connect_timeout=10,
        read_timeout=600,
    )


def _table(database: Any, where: str, connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    table = ".".join(_quoted(part) for part in connection.table.split("."))
    with closing(database.cursor()) as asked:
        asked.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        asked.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        asked.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - quoted names of the declaration
        found = [column[0] for column in asked.description]
        names = intake.header(where, found)
        query, values = f"SELECT {', '.join(map(_quoted, found))} FROM {table}", []  # noqa: S608
        if intake.cursor:
            cursor = _quoted(found[names.index(intake.cursor)])
            asked.execute(f"SELECT CAST(max({cursor}) AS CHAR) FROM {table}")  # noqa: S608
            newest = asked.fetchone()[0]
            intake.seen(newest.decode() if newest is not None else None)
            if intake.since is not None:
                query, values = f"{query} WHERE {cursor} >= %s OR {cursor} IS NULL", [intake.since]
    with closing(database.cursor(SSCursor)) as rows:
        rows.execute(query, values or None)
        while block := rows.fetchmany(ROWS):
            yield text_batch(names, zip(*block, strict=True))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"MySQL {parts.hostname or 'local'}{parts.path}"


def _short(error: Exception) -> str:
    told = str(error.args[1]) if len(error.args) > 1 else str(error)
    return (told.strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
