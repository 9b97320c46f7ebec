"""Beginning a demo again from nothing: its database, its lake and what it wrote are removed."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from xilin.demo.servers import mariadb
from xilin.demo.stores import postgresql
from xilin.kernel.standards import queries as standards

FOLDERS = ("demo", "lake", "linking", "media", "registry", "report", "spill")


def begin_anew(home: Path, url: str) -> None:
    """Remove what a demo made in a home, and make the platform's database anew.

    The log's keys go too: a new log under an old key would contradict the old log's checkpoints.
    Raises psycopg.Error where the database's user may not make databases.
    """
    mariadb.stop_left(home / "demo" / "mariadb")
    _database_anew(url)
    standards.forget()
    for name in FOLDERS:
        shutil.rmtree(home / name, ignore_errors=True)
    for key in (home / "keys").glob("*"):
        if key.is_dir():
            shutil.rmtree(key)
        elif key.name != "django":
            key.unlink()


def _database_anew(url: str) -> None:
    """Drop the platform's database with the demo's beside it, and create it again, empty."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    maintenance = urlunsplit(parts._replace(path="/postgres"))
    with psycopg.connect(maintenance, autocommit=True) as connection:
        beside = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{name}_demo_"]
        ).fetchall()
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    for (other,) in beside:
        postgresql.drop(maintenance, other)
