"""Keyed hashes: the same within a month, unlinkable across months and once the key is gone."""

import hmac
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from xilin.kernel.audit import privacy
from xilin.kernel.audit.errors import KeyIsShredded

NOVEMBER = datetime(2026, 11, 25, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
NUMBER = "990101200001010018"


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.HOME = tmp_path
    privacy._held.clear()
    return tmp_path


def test_a_value_hashes_alike_within_a_month_and_differently_in_the_next():
    found = privacy.keyed_hash(NUMBER, NOVEMBER)

    assert found.startswith("2026-11:")
    assert len(found) == 8 + 64
    assert found == privacy.keyed_hash(NUMBER, NOVEMBER.replace(day=1))
    assert found != privacy.keyed_hash(NUMBER[:-1] + "9", NOVEMBER)
    assert found.split(":")[1] != privacy.keyed_hash(NUMBER, DECEMBER).split(":")[1]


def test_the_month_is_that_of_utc():
    east = timezone(timedelta(hours=8))

    assert privacy.keyed_hash(NUMBER, datetime(2026, 12, 1, 7, tzinfo=east)).startswith("2026-11:")


def test_another_installation_hashes_differently(home, settings):
    found = privacy.keyed_hash(NUMBER, NOVEMBER)
    settings.HOME = home / "other"

    assert privacy.keyed_hash(NUMBER, NOVEMBER) != found


def test_a_months_key_is_its_owners_alone(home):
    privacy.keyed_hash(NUMBER, NOVEMBER)

    assert stat.S_IMODE((home / "keys/audit-months/2026-11").stat().st_mode) == 0o600


def test_a_shredded_key_is_gone_and_never_made_again(home):
    privacy.keyed_hash(NUMBER, NOVEMBER)
    december = privacy.keyed_hash(NUMBER, DECEMBER)

    assert privacy.shred("2026-11") is True
    assert (home / "keys/audit-months/2026-11").read_bytes() == b""
    with pytest.raises(KeyIsShredded) as refused:
        privacy.keyed_hash(NUMBER, NOVEMBER)
    assert "2026-11" in str(refused.value)
    assert privacy.keyed_hash(NUMBER, DECEMBER) == december
    assert privacy.shred("2026-11") is False


def elsewhere(home, code):
    """Another process of the same installation."""
    environment = os.environ | {"XILIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "xilin.config.settings"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


def test_a_key_that_another_process_shreds_serves_no_further_call(home):
    for _ in range(3):
        privacy.keyed_hash(NUMBER, NOVEMBER)

    elsewhere(home, "from xilin.kernel.audit.privacy import shred; assert shred('2026-11')")

    with pytest.raises(KeyIsShredded):
        privacy.keyed_hash(NUMBER, NOVEMBER)
    assert not any(path.endswith("2026-11") for path in privacy._held), "the key is still in memory"


@pytest.mark.parametrize("way", ["written over", "put in its place"])
def test_a_key_that_is_restored_from_a_backup_is_the_one_used(home, way):
    path = home / "keys/audit-months/2026-11"
    before = [privacy.keyed_hash(NUMBER, NOVEMBER) for _ in range(3)]
    times = path.stat()
    target = path if way == "written over" else path.with_name("backup")
    target.write_bytes(b"k" * 32)
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))
    target.replace(path)

    after = privacy.keyed_hash(NUMBER, NOVEMBER)

    assert after not in before
    assert after.endswith(hmac.new(b"k" * 32, NUMBER.encode(), "sha256").hexdigest())


def test_a_key_is_read_once_and_old_months_do_not_stay_in_memory(home, monkeypatch):
    reads = []
    read = privacy.kept
    monkeypatch.setattr(privacy, "kept", lambda path, make: reads.append(path.name) or read(path, make))
    months = [NOVEMBER.replace(month=month) for month in (8, 9, 10, 11)]

    for at in months:
        for _ in range(5):
            privacy.keyed_hash(NUMBER, at)

    assert [reads.count(f"2026-{month:02}") for month in (8, 9, 10, 11)] == [2] * 4, "made, then read once"
    assert [path[-7:] for path in privacy._held] == ["2026-10", "2026-11"]


@pytest.mark.parametrize("month", ["2026-13", "../audit", "2026-11/..", ""])
def test_only_a_month_is_shredded(month):
    with pytest.raises(ValueError, match="no month"):
        privacy.shred(month)
