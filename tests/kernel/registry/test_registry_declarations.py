"""Mistakes in a registry's file are told with their place and what would be right."""

import shutil
from pathlib import Path

import pytest

import xilin.kernel.registry.declarations as kinds
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[3]


@pytest.mark.parametrize("league", ["xilingol", "febrl"])
def test_the_registries_we_ship_are_right(league: str) -> None:
    known, faults = read(REPO / "leagues" / league, KINDS)
    assert [fault.of("en") for fault in faults if "registries/" in fault.place.file] == []
    assert known.all("registry")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('element = "state"', 'element = "estate"', "There is no data element estate."),
        ('code = "suburb", element', 'code = "suburb", column = "burb", element', "has an item burb"),
        ('truth_column = "rec_id"', 'truth_column = "record"', "has an item record"),
        ('truth_pattern = "^rec-([0-9]+)-"', 'truth_pattern = "^rec-"', "with one group"),
        ('truth_pattern = "^rec-([0-9]+)-"', 'truth_pattern = "^rec-([0-9]+-"', "with one group"),
        ('["soc_sec_id"]', '["ssn"]', "ssn is not an attribute of this registry."),
        ('["soc_sec_id"]', '["soundex(surname)"]', "Block key soundex(surname) can't be read."),
        ('["soc_sec_id"]', '["prefix(surname,3"]', "Block key prefix(surname,3 can't be read."),
        ("train = true", "train = false", "Give every level m and u, or say train = true."),
        ("threshold = 0.5\n", "threshold = 1.5\n", "The threshold must be above 0 and below 1."),
        ('{ kind = "exact" }, { kind = "else" }]', '{ kind = "exact" }]', "must be else"),
        ('{ kind = "else" }]', '{ kind = "else", m = 2.0 }]', "m and u are probabilities"),
        ('other = "surname"', 'other = "surnames"', "surnames is not an attribute"),
        ('element = "state" }', 'element = "state", prefer = ["nobody"] }', "There is no source nobody."),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    folder = tmp_path / "league"
    shutil.copytree(REPO / "leagues" / "febrl", folder)
    file = folder / "registries" / "people.toml"
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), "utf-8")
    _, faults = read(folder, KINDS)
    told = [fault for fault in faults if said in fault.what.en]
    assert told, [fault.of("en") for fault in faults]
    assert told[0].place.file == "registries/people.toml"
    assert told[0].what.zh != told[0].what.en


def test_a_block_key_is_read_as_it_is_written() -> None:
    for right in ("name", "pinyin(name)", "prefix(name,3)", "prefix(name, 3)", "year(born)", "token(title)"):
        assert kinds.PART.fullmatch(right), right
    for wrong in ("pinyin(name", "name)", "metaphone(name)", "Name", ""):
        assert not kinds.PART.fullmatch(wrong), wrong
