"""Facts of the league folder that no type can hold: credit codes of nobody, sources that are named, one word for one thing."""

from pathlib import Path

import pytest

from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.identifiers import is_uscc
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[3] / "leagues" / "xilingol"


@pytest.fixture(scope="module")
def league():
    return read(LEAGUE, KINDS)[0]


def values(league, kind):
    return [declared.value for declared in league.all(kind).values()]


def test_departments_have_lawful_credit_codes_that_belong_to_nobody(league):
    codes = [department.uscc for department in values(league, "department")]

    assert len(codes) == len(set(codes)) == 20
    for code in codes:
        assert is_uscc(code), code
        assert code[8:11] == "PDY", "outside the range that GB 11714 leaves to users"


def test_everybody_has_a_name_in_chinese_and_english(league):
    for kind in (
        "department",
        "element",
        "code_list",
        "resource",
        "source",
        "rule",
        "indicator",
        "mask",
        "purpose",
    ):
        for value in values(league, kind):
            assert value.name.zh, (kind, value.code)
            assert value.name.en, (kind, value.code)


def test_every_unit_of_an_indicator_has_words_in_english(league):
    assert [one.code for one in values(league, "indicator") if one.unit.zh and not one.unit.en] == []


def test_every_holiday_table_names_the_state_councils_notice(league):
    for table in values(league, "holiday"):
        assert str(table.year) in table.source
        assert "国务院办公厅" in table.source


def test_a_deadline_that_nobody_confirmed_says_so(league):
    for rule in values(league, "deadline"):
        assert rule.source
        unsure = "摘要" in rule.source or "待核对" in rule.source
        assert rule.confirmed is not unsure, rule.code


def test_every_purpose_names_its_legal_basis_in_both_languages(league):
    for purpose in values(league, "purpose"):
        assert purpose.basis.zh, purpose.code
        assert purpose.basis.en, purpose.code


def test_the_leagues_name_is_in_three_languages(league):
    (info,) = values(league, "league")

    assert (info.name.zh, info.name.en) == ("锡林郭勒盟", "Xilingol League")
    assert all(0x1800 <= ord(letter) <= 0x18AF or letter in " \u202f" for letter in info.name.mn)
