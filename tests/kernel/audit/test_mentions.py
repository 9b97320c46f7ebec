"""Entries are found by the keyed hashes they hold, whatever holds them, and by nobody without the month's key."""

from datetime import timedelta

import pytest

from kernel.audit.conftest import START, grow
from xilin.kernel.audit import mentions, privacy

VALUE = "id_number=990101198502291234"
LATER = START + timedelta(days=20)  # another month


@pytest.fixture
def months(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path / "keys" / "audit-months"


def seqs(found):
    return sorted(entry.seq for entry in found)


def test_entries_about_a_value_are_found_in_every_month_and_shape(empty_log, months):
    early, late = privacy.keyed_hash(VALUE, START), privacy.keyed_hash(VALUE, LATER)
    other = privacy.keyed_hash("id_number=99", START)
    grow(3)
    grow(1, detail={"by": {"id_number": early}})
    grow(1, detail={"records": [{"who": other}, {"who": late}]})
    grow(1, detail={"by": {"id_number": other}})

    assert set(mentions.hashes([VALUE])) == {early, late}
    assert seqs(mentions.about(mentions.hashes([VALUE]))) == [3, 4]
    assert seqs(mentions.about([late])) == [4]
    assert seqs(mentions.about([])) == []


def test_new_entries_are_found_at_once(empty_log, months):
    hashed = privacy.keyed_hash(VALUE, START)
    assert seqs(mentions.about([hashed])) == []
    grow(2, detail={"by": {"id_number": hashed}})

    assert seqs(mentions.about([hashed])) == [0, 1]
    assert mentions.catch_up() == 0


def test_after_the_months_key_is_shredded_nobody_finds_them(empty_log, months):
    grow(1, detail={"by": {"id_number": privacy.keyed_hash(VALUE, START)}})
    privacy.shred("2026-11")

    assert mentions.months() == []
    assert mentions.hashes([VALUE]) == {}


def test_months_before_are_left_out(empty_log, months):
    privacy.keyed_hash(VALUE, START)
    late = privacy.keyed_hash(VALUE, LATER)

    assert list(mentions.hashes([VALUE], since="2026-12")) == [late]


def test_a_log_from_an_older_backup_is_looked_through_anew(empty_log, months):
    hashed = privacy.keyed_hash(VALUE, START)
    grow(2, detail={"by": {"id_number": hashed}})
    mentions.catch_up()
    from kernel.audit.conftest import unguarded

    with unguarded() as cursor:
        cursor.execute("TRUNCATE audit_entry, audit_tile, audit_checkpoint, audit_cosignature")
        cursor.execute("UPDATE audit_head SET size = 0, frontier = ''")
    grow(1)
    mentions.catch_up()

    assert seqs(mentions.about([hashed])) == []
