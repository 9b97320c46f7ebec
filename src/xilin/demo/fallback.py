"""Where MariaDB can't be had: the same sources in SQLite, in a copy of the league folder that says so."""

import re
import shutil
import tomllib
from pathlib import Path

from xilin.demo import systems


def folder(home: Path) -> Path:
    """Where the copy of the league folder stands."""
    return home / "demo" / "league" / "xilingol"


def file_of(store: systems.MariaDB) -> str:
    """The SQLite file, below XILIN_SOURCES, that stands in for a database."""
    return f"{store.database}/{store.database}.db"


def copy(league_folder: Path, target: Path) -> None:
    """Copy a league folder; sources on MariaDB read SQLite files there, nothing else differs."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(league_folder, target)
    stores = {system.source: system.store for system in systems.SYSTEMS}
    for path in sorted((target / "sources").glob("*.toml")):
        text = path.read_text("utf-8")
        store = stores.get(tomllib.loads(text)["code"])
        if isinstance(store, systems.MariaDB):
            path.write_text(_with_sqlite(text, file_of(store)), "utf-8")


def _with_sqlite(text: str, file: str) -> str:
    text = re.sub(r'(?m)^connector = "mysql"$', 'connector = "sqlite"', text)
    return re.sub(r'(?m)^url = ".*"$', f'path = "${{XILIN_SOURCES}}/{file}"', text)
