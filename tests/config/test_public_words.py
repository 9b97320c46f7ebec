"""Public pages are whole in Mongolian, and each of its words says how well it is attested."""

import csv
import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from typer.testing import CliRunner

from xilin.config import words

ALLOWED = tomllib.loads((Path(__file__).parent / "words_missing.toml").read_text(encoding="utf-8"))
LANGUAGES = list(words.LOCALES)
# Suffixes that follow their word after U+202F, never after a plain space (W3C mlreq).
SUFFIXES = [
    "ᠤᠨ",
    "ᠦᠨ",
    "ᠶᠢᠨ",
    "ᠤ",
    "ᠦ",
    "ᠢ",
    "ᠶᠢ",
    "ᠳᠤ",
    "ᠳᠦ",
    "ᠲᠤ",
    "ᠲᠦ",
    "ᠠᠴᠠ",
    "ᠡᠴᠡ",
    "ᠢᠶᠠᠷ",
    "ᠢᠶᠡᠷ",
    "ᠪᠠᠷ",
    "ᠪᠡᠷ",
    "ᠲᠠᠢ",
    "ᠲᠡᠢ",
    "ᠢᠶᠠᠨ",
    "ᠢᠶᠡᠨ",
]


def plurals(locale):
    """Whether each message of a locale has a plural."""
    found = {}
    for path in words.PACKAGE.rglob(f"locale/{locale}/LC_MESSAGES/django.po"):
        with path.open("rb") as text:
            for message in read_po(text):
                if message.id:
                    found[message.id if isinstance(message.id, str) else message.id[0]] = message.pluralizable
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_more_words_of_public_pages_are_missing_than_were(language):
    lacking = words.missing(language)

    assert len(lacking) <= ALLOWED[language], (
        f"{len(lacking)} words of public pages have no {language}, {ALLOWED[language]} may: "
        f"`xilin words --language {language}` lists them, docs/guide/pages.md says how to fill them in"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_says_how_well_it_is_attested(language):
    known = words.catalogue(words.LOCALES[language])

    assert {one: word.status for one, word in known.items() if word.status not in tuple(words.LETTERS)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_mongolian_carries_the_same_facts_as_english(language):
    def facts(text):
        return sorted(set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text)))

    known = words.catalogue(words.LOCALES[language])
    assert {one: word.said for one, word in known.items() if facts(one) != facts(word.said)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_of_numbers_is_told_of_numbers_in_mongolian_too(language):
    """A plural is looked up as one: an entry without is never found, and its page says it in Chinese."""
    many = {one for one, plural in plurals("zh_Hans").items() if plural}
    known = plurals(words.LOCALES[language])

    assert sorted(one for one in many & known.keys() if not known[one]) == []


def test_suffixes_stand_after_the_narrow_space():
    loose = re.compile(rf"[\u1820-\u18af]\u0020(?:{'|'.join(SUFFIXES)})(?![\u1820-\u18af\u180b-\u180e])")
    known = words.catalogue("mn_Mong")

    assert {one: word.said for one, word in known.items() if loose.search(word.said)} == {}


def test_words_with_sources_are_spelled_as_the_glossary_has_them(testdata):
    with (testdata / "mn/glossary.tsv").open(encoding="utf-8") as text:
        rows = list(csv.DictReader(text, delimiter="\t"))
    spelled = {(row["mongolian_proposed"], row["status"][0]) for row in rows}

    claimed = {one: word for one, word in words.catalogue("mn_Mong").items() if word.status in "ABCD"}
    assert len(claimed) > 20
    assert {one: word for one, word in claimed.items() if (word.said, word.status) not in spelled} == {}


def test_mongolian_catalogues_hold_no_letters_of_the_other_script():
    letters = {"mn_Mong": r"[\u0400-\u04ff\u4e00-\u9fff]", "mn_Cyrl": r"[\u1820-\u18af\u4e00-\u9fff]"}
    for locale, foreign in letters.items():
        known = words.catalogue(locale)
        assert {one: word.said for one, word in known.items() if re.search(foreign, word.said)} == {}, locale


def test_the_command_lists_what_is_missing_and_what_is_unchecked():
    runner = CliRunner()
    import typer

    app = typer.Typer()
    app.command()(words.words)

    unchecked = runner.invoke(app, ["--state", "unchecked", "--place", "web"])
    assert "U\tᠲᠣᠪᠶᠣᠭ\t菜单\tweb/locale/mn_Mong/LC_MESSAGES/django.po" in unchecked.stdout.splitlines()
    lacking = runner.invoke(app, ["--place", "apps/portal/templates/portal/none"])
    assert (lacking.exit_code, lacking.stdout) == (0, "")
