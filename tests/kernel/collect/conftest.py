"""Sources as departments have them: real servers, real files."""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pymysql
import pytest
from django.conf import settings as django_settings
from psycopg import sql

MARIADBD = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/libexec")
INSTALL = shutil.which("mariadb-install-db") or shutil.which("mariadb-install-db", path="/usr/bin:/usr/sbin")


@pytest.fixture(scope="session")
def mariadb():
    """A MariaDB of our own on a socket; the URL of its database `source`."""
    if not (MARIADBD and INSTALL):
        pytest.skip("MariaDB (mariadbd, mariadb-install-db) is not on this machine")
    # A socket's path may have 107 bytes: the system's temporary folder, not pytest's.
    with tempfile.TemporaryDirectory(prefix="xilin-maria-") as folder:
        data, socket = Path(folder) / "data", Path(folder) / "s"
        common = ["--no-defaults", "--user=root", f"--datadir={data}"]
        made = subprocess.run(
            [INSTALL, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        server = subprocess.Popen(
            [
                MARIADBD,
                *common,
                f"--socket={socket}",
                "--skip-networking",
                "--innodb-flush-log-at-trx-commit=0",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(lambda: pymysql.connect(unix_socket=str(socket), user="root").close())
            with pymysql.connect(unix_socket=str(socket), user="root") as connection:
                connection.cursor().execute("CREATE DATABASE source CHARACTER SET utf8mb4")
            yield f"mysql://root@localhost/source?unix_socket={socket}"
        finally:
            server.kill()
            server.wait()


def _wait(attempt, seconds=30):
    until = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.fixture
def mysql(mariadb):
    """Run statements on the source's MariaDB."""
    socket = mariadb.split("unix_socket=")[1]
    with pymysql.connect(
        unix_socket=socket, user="root", database="source", charset="utf8mb4", autocommit=True
    ) as connection:
        cursor = connection.cursor()

        def run(statement, rows=None):
            return cursor.executemany(statement, rows) if rows else cursor.execute(statement)

        yield run


@pytest.fixture(scope="session")
def source_database(django_db_setup):
    """A database of its own on the tests' PostgreSQL server; its URL."""
    told = django_settings.DATABASES["default"]
    server = {"host": told["HOST"], "user": told["USER"], "port": told["PORT"] or None}
    server = {key: value for key, value in server.items() if value}
    name = f"xilin_source_{django_settings.HOME.name}".replace("-", "_")
    with psycopg.connect(**server, dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"postgresql://{told['USER']}@/{name}?host={told['HOST']}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgresql(source_database):
    """A connection to the source's PostgreSQL."""
    with psycopg.connect(source_database, autocommit=True) as connection:
        yield connection


class Pages:
    """What the HTTP source serves: rows in pages, a token, faults by page."""

    def __init__(self):
        self.rows = []
        self.token = "secret"
        self.total = None
        self.statuses = {}  # page -> statuses still to answer with before the data
        self.asked = []

    def answer(self, query, authorization):
        page, size = int(query["page"][0]), int(query["size"][0])
        self.asked.append({key: values[0] for key, values in query.items()})
        if authorization != f"Bearer {self.token}":
            return 401, {}
        if self.statuses.get(page):
            return self.statuses[page].pop(0), {}
        rows = self.rows[(page - 1) * size : page * size]
        return 200, {"data": {"list": rows, "total": len(self.rows) if self.total is None else self.total}}


@pytest.fixture
def pages():
    """A threaded HTTP server; `pages.url` is its address."""
    served = Pages()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            status, told = served.answer(parse_qs(parts.query), self.headers.get("Authorization"))
            body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_port}/rows"
    yield served
    server.shutdown()
    server.server_close()
