"""Keyed hashes: the same within a month, unlinkable across months and once the key is gone."""

import stat
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


@pytest.mark.parametrize("month", ["2026-13", "../audit", "2026-11/..", ""])
def test_only_a_month_is_shredded(month):
    with pytest.raises(ValueError, match="no month"):
        privacy.shred(month)
