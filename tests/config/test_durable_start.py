"""Nothing starts on a database that would forget entries of the log; `xilin doctor` says what to do."""

import asyncio
import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from xilin.config import doctor
from xilin.kernel.exchange.gateway import Gateway

pytestmark = pytest.mark.django_db(transaction=True)


def xilin(*words, language="en", options=""):
    """A command on the tests' database, over connections with these options."""
    known = connection.get_connection_params()
    user, host = quote(known.get("user") or "postgres"), quote(str(known.get("host", "")))
    url = f"postgresql://{user}@/{known['dbname']}?host={host}&options={quote(options)}"
    environment = os.environ | {"XILIN_DATABASE_URL": url, "XILIN_LANGUAGE": language}
    return subprocess.run(
        [sys.executable, "-m", "xilin.config", *words],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@contextmanager
def lax():
    """Within, new connections to the tests' database don't wait for the disk."""
    name = sql.Identifier(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER DATABASE {} RESET synchronous_commit").format(name))


def test_the_gateway_is_not_started():
    done = xilin("gateway", "--port", "1", options="-c synchronous_commit=off")

    assert done.returncode == 1
    assert "synchronous_commit switched off" in done.stderr
    assert "reload the server" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_gateway_started_without_the_command_answers_nothing_and_says_why(caplog):
    async def health():
        gateway = Gateway()
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(gateway), base_url="http://gateway"
            ) as client:
                return await client.get("/v1/health")
        finally:
            await gateway.close()

    with lax(), caplog.at_level(logging.ERROR):
        refused = asyncio.run(health())
    answered = asyncio.run(health())

    assert (refused.status_code, refused.json()["type"]) == (503, "gateway.LogUnavailable")
    assert "synchronous_commit" in caplog.text
    assert answered.status_code == 200


def test_the_doctor_finds_a_sound_installation_sound():
    done = xilin("doctor", language="zh-hans")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") == len(doctor.CHECKS)
    assert "提交后数据已落盘" in done.stdout


def test_the_doctor_says_what_is_wrong_and_what_to_do():
    done = xilin("doctor", options="-c synchronous_commit=off")

    assert done.returncode == 1
    assert "✗ commits wait for the disk" in done.stdout
    assert "postgresql.conf" in done.stdout


def test_the_doctor_finds_an_old_server(monkeypatch):
    monkeypatch.setenv("XILIN_LANGUAGE", "en")
    assert doctor.version() == ""

    monkeypatch.setattr(doctor, "OLDEST", 10**9)

    assert "is too old" in doctor.version()


def test_the_doctor_finds_a_folder_that_cant_be_written_and_a_key_that_cant_be_read(monkeypatch, tmp_path):
    monkeypatch.setenv("XILIN_LANGUAGE", "en")
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(settings, "HOME", tmp_path / "file" / "home")
    monkeypatch.setattr(settings, "AUDIT_KEY", "PRIVATE+KEY+nonsense")

    assert "XILIN_HOME" in doctor.home()
    assert "XILIN_AUDIT_KEY" in doctor.signing_key()
