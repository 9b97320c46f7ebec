"""A database that doesn't wait for the disk is found out before anything is promised on it."""

import time

import pytest
from django.db import connection
from django.utils import translation

from xilin.kernel.audit import durability
from xilin.kernel.audit.errors import NotDurable

pytestmark = pytest.mark.django_db(transaction=True)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_database_that_waits_for_the_disk_is_good():
    durability.check()


def test_commits_that_dont_wait_are_told_in_both_languages_with_what_to_do():
    execute("SET synchronous_commit = off")
    try:
        with pytest.raises(NotDurable) as caught:
            durability.check()
    finally:
        execute("RESET synchronous_commit")

    with translation.override("en"):
        assert "synchronous_commit switched off" in str(caught.value)
        assert "postgresql.conf" in caught.value.advice
    with translation.override("zh-hans"):
        assert "关闭了 synchronous_commit" in str(caught.value)
        assert "重新加载数据库" in caught.value.advice


@pytest.mark.parametrize("stricter", ["local", "remote_write", "on", "remote_apply"])
def test_every_way_of_waiting_is_good(stricter):
    execute(f"SET synchronous_commit = {stricter}")
    try:
        durability.check()
    finally:
        execute("RESET synchronous_commit")


def test_a_server_without_fsync_is_told():
    def fsync(setting, wanted):
        execute(f"ALTER SYSTEM {setting}")
        execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with connection.cursor() as cursor:
                cursor.execute("SHOW fsync")
                if cursor.fetchone() == (wanted,):
                    return
            time.sleep(0.02)
        raise AssertionError(f"fsync did not become {wanted}")

    try:
        fsync("SET fsync = off", "off")
        with pytest.raises(NotDurable, match="fsync"):
            durability.check()
    finally:
        fsync("RESET fsync", "on")
