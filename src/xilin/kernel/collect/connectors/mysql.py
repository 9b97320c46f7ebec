"""Tables of MySQL and MariaDB, streamed."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote

import pyarrow as pa
import pymysql
from pymysql.constants import CR, ER
from pymysql.converters import encoders
from pymysql.cursors import SSCursor

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import ROWS, Intake, address, text_batch
from xilin.lib.text import Text

_NO_TABLE = {
    ER.NO_SUCH_TABLE, ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR, ER.BAD_TABLE_ERROR,
}  # fmt: skip
# Numbers without a name here: an account that has no password, is locked, has an expired password.
_LOGIN = {
    ER.ACCESS_DENIED_ERROR, ER.HOST_NOT_PRIVILEGED, ER.HOST_IS_BLOCKED, ER.MUST_CHANGE_PASSWORD,
    CR.CR_AUTH_PLUGIN_CANNOT_LOAD, 1251, 1698, 1862, 3118, 4151,
}  # fmt: skip
_NO_DATABASE = {ER.DBACCESS_DENIED_ERROR, ER.BAD_DB_ERROR}
_FULL = {ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED}
# A statement's time is limited: MariaDB 1969, MySQL 3024.
_READING = {
    1969: causes.TIMEOUT,
    3024: causes.TIMEOUT,
    ER.LOCK_WAIT_TIMEOUT: causes.LOCKED,
    ER.LOCK_DEADLOCK: causes.LOCKED,
    ER.BAD_FIELD_ERROR: causes.NO_COLUMN,
    ER.VIEW_INVALID: causes.BROKEN_VIEW,
    ER.TRUNCATED_WRONG_VALUE: causes.BAD_VALUE,
    ER.DISK_FULL: causes.EXHAUSTED,
    ER.OUTOFMEMORY: causes.EXHAUSTED,
    ER.SERVER_SHUTDOWN: causes.LOST,
}
# Types whose values are bytes, not text: they are read as 0x and hexadecimal digits, a BIT as its number.
_BYTES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring", "polygon",
          "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection")  # fmt: skip
# Rows at once where columns of bytes, such as pictures, make them long.
LONG_ROWS = 500


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of the table as the server writes them as text, all of one moment."""
    parts = address(connection.url)
    where = _where(parts)
    try:
        database = _connect(parts)
    except (pymysql.Error, OSError) as error:
        raise _not_connected(where, error) from error
    with closing(database):
        try:
            yield from _table(database, where, connection, intake)
        except (pymysql.Error, OSError) as error:
            if _number(error) in _NO_TABLE:
                raise faults.no_table(where, connection.table, _short(error)) from None
            raise faults.broken_read(where, _cause(error), _short(error)) from error


def _connect(parts: SplitResult) -> Any:
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
        asked.execute(f"SHOW COLUMNS FROM {table}")
        kinds = {name.decode(): kind.decode().lower() for name, kind, *_ in asked.fetchall()}
        columns = [_as_text(name, kinds.get(name, "")) for name in found]
        size = LONG_ROWS if any(_is_bytes(kind) for kind in kinds.values()) else ROWS
        query, values = f"SELECT {', '.join(columns)} FROM {table}", []  # noqa: S608
        if intake.cursor:
            cursor = _quoted(found[names.index(intake.cursor)])
            asked.execute(f"SELECT CAST(max({cursor}) AS CHAR) FROM {table}")  # noqa: S608
            newest = asked.fetchone()[0]
            intake.seen(newest.decode() if newest is not None else None)
            if intake.since is not None:
                # Beside a value the driver takes every % for its own: names have it doubled.
                query, cursor = query.replace("%", "%%"), cursor.replace("%", "%%")
                query, values = f"{query} WHERE {cursor} >= %s OR {cursor} IS NULL", [intake.since]
    with closing(database.cursor(SSCursor)) as rows:
        rows.execute(query, values or None)
        while block := rows.fetchmany(size):
            yield text_batch(names, zip(*block, strict=True))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _is_bytes(kind: str) -> bool:
    return kind.partition("(")[0].partition(" ")[0] in _BYTES


def _as_text(name: str, kind: str) -> str:
    """A column as the server is asked for it: text but for what it keeps as bytes."""
    column = _quoted(name)
    if _is_bytes(kind):
        return f"concat('0x', lower(hex({column})))"
    return f"CAST({column} AS UNSIGNED)" if kind.startswith("bit") else column


def _where(parts: SplitResult) -> str:
    return f"MySQL {parts.hostname or 'local'}{parts.path}"


def _number(error: Exception) -> int:
    """The server's or driver's number of an error; 0 where it has none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _not_connected(where: str, error: Exception) -> faults.SourceFault:
    """The fault of a connection that didn't come about."""
    number, detail = _number(error), _short(error)
    if number in _LOGIN:
        return faults.login_refused(where, detail)
    if number in _NO_DATABASE:
        return faults.no_database(where, detail)
    if number in _FULL:
        return faults.unreachable(where, causes.FULL, detail)
    return faults.unreachable(where, causes.of_connection(error), detail)


def _cause(error: Exception) -> Text:
    """The class of an error while reading."""
    number = _number(error)
    if number in (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST) or not isinstance(error, pymysql.Error):
        return causes.of_connection(error, otherwise=causes.LOST)
    return _READING.get(number, causes.SERVER)


def _short(error: Exception) -> str:
    """What the driver says, in a line."""
    told = str(error.args[1]) if len(error.args) > 1 else str(error)
    line = causes.first_line(told, type(error).__name__)
    return causes.without_values(line) if _READING.get(_number(error)) is causes.BAD_VALUE else line
