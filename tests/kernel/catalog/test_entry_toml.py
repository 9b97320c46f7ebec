"""An entry of the desk becomes a file of the league folder that says the same."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_catalogue
import small_league
from xilin.kernel.catalog import tomls
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.standards.declarations import KINDS, Name
from xilin.lib.declared import read
from xilin.lib.text import Text


def entry_of(path):
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Entry)


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[3] / "leagues" / "xilingol" / "resources").glob("*.toml")), ids=str
)
def test_every_entry_of_the_league_is_written_as_it_was_read(path):
    value = entry_of(path)
    assert msgspec.convert(tomllib.loads(tomls.text(value)), Entry) == value


words = st.text(min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(words, words, words)
def test_whatever_its_words_are(name, summary, condition):
    value = msgspec.convert(tomllib.loads(small_league.HOUSEHOLDS), Entry)
    value = msgspec.structs.replace(
        value, name=Name(zh=name), summary=Text(zh=summary, en=condition), share_condition=Text(zh=condition),
    )  # fmt: skip
    assert msgspec.convert(tomllib.loads(tomls.text(value)), Entry) == value


def test_the_file_stands_in_a_league_folder_without_a_fault(tmp_path):
    folder = small_league.write(tmp_path, small_catalogue.FILES)
    value = entry_of(folder / "resources" / "households.toml")
    (folder / "resources" / "households.toml").write_text(tomls.text(value), "utf-8")
    league, faults = read(folder, KINDS)
    assert faults == []
    assert league.all("resource")["households"].value == value
