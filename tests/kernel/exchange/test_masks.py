"""What each mask shows, by examples written by hand; and the numbers its declaration gives."""

import stat
import threading
from datetime import date, datetime
from pathlib import Path

import pytest

from xilin.kernel.catalog.declarations import RESOURCE
from xilin.kernel.exchange import keys
from xilin.kernel.exchange.declarations import MASK, Mask
from xilin.kernel.exchange.masks import PSEUDONYM, masker
from xilin.kernel.standards.declarations import ELEMENT, KINDS, Name
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]
KEY = b"k" * 32


@pytest.fixture(scope="module")
def league():
    found, _ = read(REPO / "leagues" / "xilingol", KINDS)
    return found


def show(kind, value, **settings):
    return masker(Mask(code="m", name=Name(zh="m"), kind=kind, source="test", **settings), KEY)(value)


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        ("id_area", "990101198502291236", "990101************"),
        ("id_area", "99010119850229123X", "990101************"),
        ("id_area", "990101850229123", "990101*********"),
        ("id_area", "990101", "******"),
        ("id_area", "99", "**"),
        ("name_first", "王芳", "王**"),
        ("name_first", "王", "**"),
        ("name_first", "欧阳修文", "欧**"),
        ("name_first", "乌日娜其木格", "乌**"),
        ("name_first", "𠮷田", "𠮷**"),
        ("phone_first", "12345678901", "123********"),
        ("phone_first", "0479-1234567", "047*********"),
        ("phone_first", "110", "***"),
        ("address_county", "东乌珠穆沁旗某苏木某嘎查9号", "东乌珠******"),
        ("address_county", "某市", "******"),
        ("birth_year", date(1985, 2, 28), "1985"),
        ("birth_year", "1985-02-28", "1985"),
        ("birth_year", datetime(1985, 2, 28, 12, 30), "1985"),
        ("birth_year", "28/02/1985", None),
        ("area_county", "990101002003", "990101000000"),
        ("area_county", "9901", "9901"),
        ("hidden", "高血压", None),
        ("hidden", 0, None),
    ],
)
def test_the_leagues_masks_show_what_they_declare(league, mask, value, shown):
    assert masker(league.all("mask")[mask].value, KEY)(value) == shown


@pytest.mark.parametrize("kind", ["stars", "pseudonym", "year", "area", "hide"])
def test_null_stays_null(kind):
    assert show(kind, None, keep_first=2) is None


def test_stars_stand_one_for_each_hidden_character_unless_a_number_is_declared():
    assert show("stars", "乌日娜其木格", keep_first=1) == "乌*****"
    assert show("stars", "王芳", keep_first=1) == "王*"
    assert show("stars", "12345678901", keep_first=3, keep_last=4) == "123****8901"
    assert show("stars", "abcdef", keep_last=2, stars=3) == "***ef"
    assert show("stars", "1234567", keep_first=3, keep_last=4) == "*******"
    assert show("stars", "", keep_first=1) == ""
    assert show("stars", 123456, keep_first=2) == "12****"


def test_a_pseudonym_is_the_same_within_a_grant_and_another_in_the_next(tmp_path):
    first, second = keys.grant_key(tmp_path, "G1"), keys.grant_key(tmp_path, "G2")
    mask = Mask(code="m", name=Name(zh="m"), kind="pseudonym", source="test")
    one, again, other = (masker(mask, key)("990101198502291236") for key in (first, first, second))

    assert one == again != other
    assert len(one) == PSEUDONYM
    assert "9901" not in one


def test_keys_are_made_once_by_however_many_processes_and_read_by_their_owner_only(tmp_path):
    found, start = set(), threading.Barrier(8)

    def ask():
        start.wait()
        found.add(keys.secret(tmp_path, "pseudonyms"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["pseudonyms"]
    assert stat.S_IMODE((tmp_path / "keys" / "pseudonyms").stat().st_mode) == 0o600
    (tmp_path / "keys" / "pseudonyms").write_bytes(b"short")
    with pytest.raises(ValueError, match="damaged"):
        keys.secret(tmp_path, "pseudonyms")


def test_the_candidates_of_the_id_mask_are_the_days_times_the_sequence_numbers(league):
    days = (date(2026, 11, 24) - date(1930, 1, 1)).days + 1

    assert league.all("mask")["id_area"].value.candidates == days * 999


def test_every_mask_says_its_source_and_how_its_candidates_were_counted_in_both_languages(league):
    for declared in league.all(MASK.name).values():
        assert declared.value.source
        assert declared.value.basis.zh
        assert declared.value.basis.en


MASKED = {"id_number", "legal_person_id", "person_name", "phone", "address", "birth_date", "household_no"}


def test_everything_that_points_at_a_person_is_masked_unless_it_is_open_to_all(league):
    elements = league.all(ELEMENT.name)
    assert elements.keys() >= MASKED
    bare = [
        f"{code}.{item.key}"
        for code, resource in league.all(RESOURCE.name).items()
        for item in resource.value.item
        if item.element in MASKED and not item.mask and not item.open
    ]
    assert bare == []


def test_no_number_of_a_persons_record_lets_two_departments_join_what_they_got(league):
    """A record's number is the same for every department, so it is answered as a pseudonym of the grant."""
    masks = league.all(MASK.name)
    kinds = {
        f"{code}.{item.key}": masks[item.mask].value.kind if item.mask else ""
        for code, resource in league.all(RESOURCE.name).items()
        if any(item.element == "id_number" for item in resource.value.item)
        for item in resource.value.item
        if item.element in {"record_no", "student_no", "household_no", "certificate_no"}
    }
    assert kinds
    assert set(kinds.values()) == {"pseudonym"}, kinds
