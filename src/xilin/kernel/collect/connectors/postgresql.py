"""Tables of PostgreSQL, by COPY."""

from collections.abc import Iterator
from urllib.parse import SplitResult

import psycopg
import pyarrow as pa
from psycopg import sql

from xilin.kernel.collect import faults
from xilin.kernel.collect.connectors.blocks import BLOCK, Blocks, is_long_row, parse
from xilin.kernel.collect.declarations import Connection
from xilin.kernel.collect.intake import Intake, address, filled


def read(connection: Connection, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The rows of the table as PostgreSQL writes them as text, all of one moment.

    An empty text stays empty and null stays null.
    """
    where = _where(address(connection.url))
    try:
        database = psycopg.connect(filled(connection.url), connect_timeout=10, client_encoding="UTF8")
    except psycopg.Error as error:
        raise faults.unreachable(where, _short(error)) from error
    with database:
        try:
            yield from _table(database, where, connection, intake)
        except psycopg.errors.UndefinedTable:
            raise faults.no_table(where, connection.table) from None
        except psycopg.errors.InsufficientPrivilege:
            raise faults.no_table(where, connection.table) from None
        except psycopg.Error as error:
            raise faults.broken_read(where, _short(error)) from error


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


def _short(error: psycopg.Error) -> str:
    """What happened, in a line, without the statement and its values."""
    told = error.diag.message_primary or str(error)
    return (told.strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")
