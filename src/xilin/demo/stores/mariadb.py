"""MariaDB: a department's database on the demo's own server, filled by LOAD DATA."""

from pathlib import Path
from typing import Any

import pymysql

from xilin.demo.records import Found
from xilin.demo.stores.rows import doubled_keys, per_value, tab_separated, width


def quoted(name: str) -> str:
    """A name as an identifier.

    >>> quoted("T_CZRKJBXX")
    '`T_CZRKJBXX`'
    """
    return "`" + name.replace("`", "``") + "`"


def write(found: Found, connection: Any, database: str, table: str, scratch: Path) -> None:
    """Write the source to a new table; `scratch` must be a folder the server reads."""
    file = scratch / f"{table}.tsv"
    tab_separated(found.table, file)
    target = f"{quoted(database)}.{quoted(table)}"
    columns = ", ".join(f"{quoted(name)} {_kind(found, name)}" for name in found.table.column_names)
    key = "KEY" if doubled_keys(found) else "UNIQUE KEY"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {quoted(database)} CHARACTER SET utf8mb4")
        cursor.execute(f"DROP TABLE IF EXISTS {target}")
        cursor.execute(f"CREATE TABLE {target} ({columns}, {key} ({quoted(found.key)})) ENGINE=InnoDB")
        cursor.execute(
            f"LOAD DATA INFILE %s INTO TABLE {target} CHARACTER SET utf8mb4 "
            "FIELDS TERMINATED BY '\\t' LINES TERMINATED BY '\\n'",
            [str(file)],
        )
    connection.commit()
    file.unlink()


def _kind(found: Found, column: str) -> str:
    """The column's SQL type."""
    match per_value(found, column):
        case "stamp":
            return "DATETIME"
        case "date":
            return "DATE"
        case "number":
            return "DECIMAL(18,2)"
    return f"VARCHAR({width(found.table.column(column))})"


def connect(port: int, user: str, password: str, **more: Any) -> Any:
    """A connection to a server of this machine."""
    return pymysql.connect(
        host="127.0.0.1", port=port, user=user, password=password, charset="utf8mb4", **more
    )
