"""Words in the reader's language."""

import doctest

import pytest

from xilin.lib import mistakes, places, text
from xilin.lib.text import Text

BOTH = Text(zh="草原", en="Grassland")
ALL = Text(zh="草原", en="Grassland", mn="ᠲᠠᠯ᠎ᠠ")


@pytest.mark.parametrize(
    ("words", "language", "said"),
    [
        (BOTH, "zh-hans", "草原"),
        (BOTH, "en", "Grassland"),
        (BOTH, "EN-GB", "Grassland"),
        (BOTH, "mn-Mong", "草原"),
        (ALL, "mn-Mong", "ᠲᠠᠯ᠎ᠠ"),
        (Text(zh="草原"), "en", "草原"),
        (BOTH, "fr", "草原"),
        (BOTH, "", "草原"),
    ],
)
def test_words_are_said_in_the_language_asked_for_or_in_chinese(words, language, said):
    assert words.of(language) == said


def test_facts_are_filled_into_every_language():
    filled = Text(zh="{n} 户", en="{n} households", mn="{n}").filled({"n": 7413})

    assert (filled.zh, filled.en, filled.mn) == ("7413 户", "7413 households", "7413")


def test_a_fact_that_is_missing_is_a_defect():
    with pytest.raises(KeyError):
        Text(zh="{n} 户").filled({})


@pytest.mark.parametrize("module", [text, places, mistakes], ids=lambda module: module.__name__)
def test_the_examples_of_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0
