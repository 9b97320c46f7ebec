"""What the league folder says of goods: read, checked, and every fault at its line."""

import shutil
from pathlib import Path

import pytest

from xilin.apps.trace.declarations import KINDS, Region
from xilin.apps.trace.genealogy.declarations import KINDS as OF_GENEALOGY
from xilin.kernel.accounts.declarations import DEPARTMENT
from xilin.kernel.standards.declarations import AREA
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[3] / "leagues/xilingol"
EVERY = [AREA, DEPARTMENT, *KINDS, *OF_GENEALOGY]


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(LEAGUE / "trace", tmp_path / "trace")
    shutil.copytree(LEAGUE / "areas", tmp_path / "areas", ignore=shutil.ignore_patterns("*.geojson"))
    shutil.copy(LEAGUE / "departments.toml", tmp_path)
    return tmp_path


def faults(folder):
    return [fault.of("en") for fault in read(folder, EVERY)[1]]


def test_the_leagues_own_declarations_have_no_fault(folder):
    league, found = read(folder, EVERY)

    assert found == []
    assert len(league.all("trace_product")) >= 4
    assert {one.value.kind for one in league.all("trace_rule").values()} == {"hard", "soft"}


def test_a_wrong_check_digit_is_told_with_the_right_one(folder):
    page = folder / "trace/products.toml"
    page.write_text(
        page.read_text(encoding="utf-8").replace("09520001000010", "09520001000011", 1), encoding="utf-8"
    )

    (said,) = faults(folder)

    assert "trace/products.toml:" in said
    assert "09520001000010" in said


def test_a_network_must_be_one_and_lie_somewhere_known(folder):
    page = folder / "trace/networks.toml"
    page.write_text(
        page.read_text(encoding="utf-8").replace("192.0.2.0/25", "192.0.2.7/25").replace('"31"', '"39"'),
        encoding="utf-8",
    )

    said = " ".join(faults(folder))

    assert "192.0.2.7/25 is no network" in said
    assert "39 is not in the table of places" in said


def test_words_in_both_languages_name_the_same_numbers(folder):
    page = folder / "trace/rules.toml"
    page.write_text(
        page.read_text(encoding="utf-8").replace("Good until {expiry}.", "Good until then."), encoding="utf-8"
    )

    (said,) = faults(folder)

    assert "different numbers" in said


def test_a_soft_rule_needs_a_weight_and_a_hard_one_has_none(folder):
    page = folder / "trace/rules.toml"
    page.write_text(
        page.read_text(encoding="utf-8").replace('kind = "soft"', 'kind = "hard"', 1), encoding="utf-8"
    )

    (said,) = faults(folder)

    assert "has no weight" in said


@pytest.mark.parametrize(
    ("place", "inside"),
    [("152502", True), ("1525", True), ("15", True), ("11", False), ("1501", False), ("", True)],
)
def test_a_place_too_coarse_to_tell_is_not_said_to_lie_outside_a_region(place, inside):
    region = Region(code="league", name={"zh": "盟"}, areas=("1525",))

    assert region.holds(place) is inside
