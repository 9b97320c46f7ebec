"""The page of the 32 elements of GB/T 36104 says what the league folder declares, and which source feeds each."""

import re
from pathlib import Path

import pytest

from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[2]
PAGE = REPO / "docs/guide/standards.md"
ROW = re.compile(
    r"^\| (\d+) \| ([^|]+) \| `(\w+)` \| ([^|]+) \| `(\w+)` \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE
)
CODE = re.compile(r"`(\w+)`")


@pytest.fixture(scope="module")
def league():
    found, faults = read(REPO / "leagues/xilingol", KINDS)
    assert faults == []
    return found


@pytest.fixture(scope="module")
def rows():
    return ROW.findall(PAGE.read_text("utf-8"))


def feeding(league):
    """The sources of the registry of organisations, each with its resource."""
    resources = {code: one.value for code, one in league.all("resource").items()}
    return {
        code: (one.value, resources[one.value.resource])
        for code, one in league.all("source").items()
        if resources[one.value.resource].registry == "organisations"
    }


def test_there_are_32_and_each_is_an_element_with_its_name_and_identifier(league, rows):
    assert [int(number) for number, *_ in rows] == list(range(1, 33))
    for _, name, identifier, _, code, *_ in rows:
        element = league.all("element")[code].value
        assert (element.identifier, element.name.zh) == (identifier, name)
        assert re.search(r"GB/T 36104-2018|GB 32100-2015", element.source)
    declared = [one.value.identifier for one in league.all("element").values() if "36104" in one.value.source]
    assert len(declared) == len(set(declared)) == 31  # and the credit code, which GB 32100 defines


def test_the_page_names_every_source_that_feeds_an_element_and_no_other(league, rows):
    every = feeding(league)
    for _, _, _, _, code, told, _ in rows:
        fed = {
            source
            for source, (value, resource) in every.items()
            for item in resource.item
            if item.element == code and item.key in value.columns and not item.key.startswith("parent_")
        }
        assert set(every if told == "all" else CODE.findall(told)) == fed, code
        assert fed or told == "none"


def test_the_page_names_the_attribute_that_golden_records_carry(league, rows):
    attributes = {a.element: a.code for a in league.all("registry")["organisations"].value.attribute}
    for _, _, _, _, code, _, told in rows:
        assert CODE.findall(told) == ([attributes[code]] if code in attributes else []), code


def test_what_is_personal_stays_with_the_sources_but_for_the_name_of_the_legal_representative(league):
    elements = league.all("element")
    carried = {a.element for a in league.all("registry")["organisations"].value.attribute}

    assert {code for code in carried if elements[code].value.personal != "no"} == {"legal_person_name"}
