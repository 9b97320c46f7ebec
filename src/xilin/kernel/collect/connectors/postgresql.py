"""Tables of PostgreSQL, by COPY."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import SplitResult

import psycopg
import pyarrow as pa
from psycopg import sql

from xilin.kernel.collect import causes, faults
from xilin.kernel.collect.connectors.blocks import BLOCK, Blocks, is_long_row, parse
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import Intake, address, filled
from xilin.lib.text import Text

_LOGIN = ("authentication failed", "no password supplied", "pg_hba.conf", "is not permitted to log in")
_NO_ROLE = re.compile(r'role ".*" does not exist')
_NO_DATABASE = re.compile(r'database ".*" does not exist')
_CONNECTING = {
    ("timeout expired", "timed out"): causes.TIMEOUT,
    ("could not translate host name", "Name or service not known", "name resolution"): causes.UNKNOWN_HOST,
    ("too many clients", "remaining connection slots"): causes.FULL,
    ("SSL", "TLS", "certificate"): causes.ENCRYPTION,
    ("Connection refused", "No such file or directory"): causes.NOTHING_LISTENS,
    ("Network is unreachable", "No route to host"): causes.NO_ROUTE,
}
_READING = {
    "08": causes.LOST,
    "57014": causes.TIMEOUT,
    "57": causes.LOST,
    "42703": causes.NO_COLUMN,
    "22": causes.BAD_VALUE,
    "42883": causes.BAD_VALUE,
    "53": causes.EXHAUSTED,
    "55P03": causes.LOCKED,
    "40": causes.LOCKED,
}


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of the table as PostgreSQL writes them as text, all of one moment.

    An empty text stays empty and null stays null.
    """
    where = _where(address(connection.url))
    try:
        database = psycopg.connect(filled(connection.url), connect_timeout=10, client_encoding="UTF8")
    except psycopg.Error as error:
        raise _not_connected(where, error) from error
    with database:
        try:
            yield from _table(database, where, connection, intake)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
            raise faults.no_table(where, connection.table, _short(error)) from None
        except psycopg.Error as error:
            raise faults.broken_read(where, _cause(error), _short(error)) from error


def _table(
    database: psycopg.Connection, where: str, connection: Connection, intake: Intake
) -> Iterator[pa.RecordBatch]:
    table = sql.Identifier(*connection.table.split("."))
    database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    database.execute("SET datestyle = 'ISO, YMD'")
    described = database.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(table)).description or []
    found = [column.name for column in described]
    names = intake.header(where, found)
    columns = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in found)
    query = sql.SQL("SELECT {} FROM {}").format(columns, table)
    if intake.cursor:
        cursor = sql.Identifier(found[names.index(intake.cursor)])
        newest = database.execute(sql.SQL("SELECT max({})::text FROM {}").format(cursor, table)).fetchone()
        intake.seen(newest[0] if newest else None)
        if intake.since is not None:
            fresh = sql.SQL(" WHERE {0} >= {1} OR {0} IS NULL").format(cursor, sql.Literal(intake.since))
            query = query + fresh
    copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
    with database.cursor().copy(copy) as rows:
        pieces = Blocks(bytes(piece) for piece in rows)
        try:
            yield from parse(pieces, names, empty_is_null=False)
        except pa.ArrowInvalid as error:
            if pieces.fault is not None:
                raise pieces.fault from error
            if is_long_row(error):
                raise faults.long_row(where, BLOCK >> 20) from None
            if "Empty CSV file" not in str(error):
                raise


def _where(parts: SplitResult) -> str:
    """The server and database of a URL, without account and password."""
    return f"PostgreSQL {parts.hostname or 'local'}{parts.path}"


def _not_connected(where: str, error: psycopg.Error) -> faults.SourceFault:
    """The fault of a connection that didn't come about.

    libpq gives no code here, only words: those of its own, and the server's in the server's language. What
    the words don't tell stays the general class.
    """
    told, detail = str(error), _short(error)
    if (error.sqlstate or "").startswith("28") or _says(told, _LOGIN) or _NO_ROLE.search(told):
        return faults.login_refused(where, detail)
    if error.sqlstate == "3D000" or _NO_DATABASE.search(told):
        return faults.no_database(where, detail)
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return faults.unreachable(where, causes.TIMEOUT, detail)
    for words, cause in _CONNECTING.items():
        if _says(told, words):
            return faults.unreachable(where, cause, detail)
    return faults.unreachable(where, causes.of_connection(error), detail)


def _says(told: str, words: Iterable[str]) -> bool:
    return any(word in told for word in words)


def _cause(error: psycopg.Error) -> Text:
    """The class of an error while reading, by the first characters of its SQLSTATE."""
    state = error.sqlstate or ""
    for start, cause in _READING.items():
        if state.startswith(start):
            return cause
    return causes.SERVER if state else causes.LOST


def _short(error: psycopg.Error) -> str:
    """What the driver says, in a line, without the statement and its values."""
    told = error.diag.message_primary or str(error)
    line = causes.first_line(told, type(error).__name__)
    return causes.without_values(line) if _cause(error) is causes.BAD_VALUE else line
