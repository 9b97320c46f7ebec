"""The departments' systems made: databases filled, files written, servers started."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from xilin.demo import environment, fallback, league, systems
from xilin.demo.records import Found
from xilin.demo.servers import mariadb, ports
from xilin.demo.stores import files, pages, postgresql, sqlite
from xilin.demo.stores import mariadb as mariadb_store
from xilin.demo.truth import Truth

# Modules that serve or tell what was made, and decide nothing about it.
SERVING = {"accounts", "drawings", "environment", "first_steps", "reported", "serve", "servers", "sharing"}


class Made(Struct, frozen=True):
    """What stands in a demo folder: equal arguments and code make equal sources."""

    seed: int
    scale: float
    as_of: date
    code: int
    mariadb: bool


@dataclass
class Running:
    """The servers of the demo; `stop` ends them."""

    home: Path
    database: mariadb.Server | None = None
    interfaces: "subprocess.Popen[bytes] | None" = None
    variables: dict[str, str] = field(default_factory=dict)

    def stop(self) -> None:
        """End the interfaces and the database server."""
        if self.interfaces is not None:
            self.interfaces.send_signal(signal.SIGTERM)
            self.interfaces.wait(10)
        if self.database is not None:
            self.database.stop()


def folder(home: Path) -> Path:
    """Where the demo keeps everything."""
    return home / "demo"


def code_sum(league_folder: Path) -> int:
    """A sum over what decides the generated data: the generator, its words, the league's areas."""
    here = Path(__file__).parent
    paths = [
        *sorted(here.rglob("*.py")),
        *sorted(here.rglob("*.toml")),
        league_folder / "areas" / "areas.csv",
        *sorted((league_folder / "areas").glob("*.geojson")),
    ]
    total = 0
    for path in paths:
        total = zlib.crc32(path.read_bytes(), total)
    return total


def made(home: Path) -> Made | None:
    """What was made here, None where nothing or only a part was."""
    try:
        return msgspec.json.decode((folder(home) / "made.json").read_bytes(), type=Made)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def stands(home: Path, server: str, league_folder: Path, *, seed: int, scale: float) -> bool:
    """Whether the systems made here are these, whole, and can be served again."""
    found = made(home)
    if found is None or (found.seed, found.scale, found.code) != (seed, scale, code_sum(league_folder)):
        return False
    if found.mariadb and not mariadb.available():
        return False
    databases = {s.store.database for s in systems.SYSTEMS if isinstance(s.store, systems.PostgreSQL)}
    return all(postgresql.exists(server, database_name(server, database)) for database in databases)


def database_url(server: str, database: str) -> str:
    """The address of another database on the same PostgreSQL.

    >>> database_url("postgresql://ann@db:5433/hub?sslmode=require", "rsj")
    'postgresql://ann@db:5433/hub_demo_rsj?sslmode=require'
    """
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{database_name(server, database)}"))


def database_name(server: str, database: str) -> str:
    """The name of a department's database: the platform's own name and the department's."""
    own = urlsplit(server).path.lstrip("/") or "postgres"
    return f"{own}_demo_{database}"


def start(home: Path, server: str, *, with_mariadb: bool) -> Running:
    """Start the servers the sources need and keep their addresses; `server` is the platform's PostgreSQL."""
    place, kept = folder(home), environment.read(home)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    running = Running(home)
    token = kept.get("XILIN_SOURCE_TOKEN") or secrets.token_urlsafe(24)
    variables = {"XILIN_SOURCES": str(place / "sources"), "XILIN_SOURCE_TOKEN": token}
    try:
        if with_mariadb:
            running.database = _start_mariadb(place, kept)
        for system in systems.SYSTEMS:
            store = system.store
            if isinstance(store, systems.MariaDB) and running.database:
                variables[store.variable] = running.database.url(store.database)
            if isinstance(store, systems.PostgreSQL):
                variables[store.variable] = database_url(server, store.database)
        _start_interfaces(running, place, kept, variables)
    except BaseException:
        running.stop()
        raise
    if running.database is None:
        variables["XILIN_LEAGUE"] = str(fallback.folder(home))
    running.variables = variables
    environment.save(home, variables)
    os.environ.update(variables)
    return running


def _start_mariadb(place: Path, kept: dict[str, str]) -> mariadb.Server:
    if not (place / "mariadb" / "data" / "mysql").is_dir():
        mariadb.lay_out(place / "mariadb")
    before = urlsplit(kept.get("XILIN_SOURCE_GAJ", ""))
    known = before.scheme == "mysql"
    return mariadb.start(
        place / "mariadb", (before.port or 0) if known else 0, (before.password or "") if known else ""
    )


def _start_interfaces(running: Running, place: Path, kept: dict[str, str], variables: dict[str, str]) -> None:
    """Start the server of pages on the port it had before where that is free."""
    (place / "interfaces").mkdir(parents=True, exist_ok=True)
    port = ports.free(urlsplit(kept.get("XILIN_SOURCE_ZFW", "")).port or 0)
    for interface in systems.INTERFACES.values():
        variables[interface.variable] = f"http://127.0.0.1:{port}"
    running.interfaces = subprocess.Popen(
        [sys.executable, "-m", "xilin.demo.serve", str(place / "interfaces"), str(port)],
        env={**os.environ, "XILIN_SOURCE_TOKEN": variables["XILIN_SOURCE_TOKEN"]},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not _listens(port):
        if time.monotonic() > deadline or running.interfaces.poll() is not None:
            raise RuntimeError("the demo's interfaces did not start")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Build:
    """One making of every system; `made.json` is written by `finish`, so a broken build is begun again."""

    def __init__(
        self, running: Running, server: str, league_folder: Path, *, seed: int, scale: float, as_of: date
    ) -> None:
        self.running, self.server, self.as_of = running, server, as_of
        self.place = folder(running.home)
        self.result = Made(seed, scale, as_of, code_sum(league_folder), running.database is not None)
        (self.place / "made.json").unlink(missing_ok=True)
        for name in ("sources", "interfaces", "truth", "scratch"):
            shutil.rmtree(self.place / name, ignore_errors=True)
        for name in ("interfaces", "scratch"):
            (self.place / name).mkdir(parents=True)
        self.true = league.make(seed, scale, as_of, league_folder)
        self.truth = Truth(self.place / "truth")
        self.databases: set[str] = set()

    def write(self, source: str) -> None:
        """Write one source where its department keeps it, and the truth about its records."""
        system = next(system for system in systems.SYSTEMS if system.source == source)
        found = system.rows(self.true)
        self._store(found, system.store)
        self.truth.add(source, found)

    def finish(self) -> Made:
        """Close the truth, and say that everything stands."""
        self.truth.close()
        shutil.rmtree(self.place / "scratch")
        (self.place / "made.json").write_bytes(msgspec.json.encode(self.result))
        return self.result

    def _store(self, found: Found, store: systems.Store) -> None:
        sources, scratch, own = self.place / "sources", self.place / "scratch", self.running.database
        match store:
            case systems.MariaDB() if own:
                with mariadb_store.connect(own.port, mariadb.USER, own.password) as connection:
                    mariadb_store.write(found, connection, store.database, store.table, scratch)
            case systems.MariaDB():
                sqlite.write(found, sources / fallback.file_of(store), store.table)
            case systems.PostgreSQL():
                name = database_name(self.server, store.database)
                if name not in self.databases:
                    postgresql.create(self.server, name)
                    self.databases.add(name)
                postgresql.write(found, database_url(self.server, store.database), store.table, scratch)
            case systems.SQLite():
                sqlite.write(found, sources / store.path, store.table)
            case systems.CSV():
                _write_csv(found, sources, store, self.as_of)
            case systems.XLSX():
                files.write_xlsx(found, sources / store.path, store.sheet, list(store.above))
            case systems.Pages():
                pages.write(found, self.place / "interfaces" / store.file)


def _write_csv(found: Found, sources: Path, store: systems.CSV, as_of: date) -> None:
    """One file, or one a county, or one for each of the last months."""
    if store.county:
        pieces = files.by_county(found.table, store.county)
    elif store.months:
        months = [as_of.year * 12 + as_of.month - 1 - back for back in range(store.months, 0, -1)]
        pieces = files.in_runs(found.table, [f"{month // 12}{month % 12 + 1:02}" for month in months])
    else:
        pieces = [("", found.table)]
    for name, table in pieces:
        files.write_csv(table, sources / store.path.format(name), store.encoding)
