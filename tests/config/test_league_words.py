"""What a league's declarations say on public pages is whole in Mongolian, and its list of words says how well each is attested."""

import csv
import re
import tomllib
from pathlib import Path

import pytest
import typer
from test_public_words import SUFFIXES
from typer.testing import CliRunner

import small_league
from xilin.config import league_words, words
from xilin.kernel.standards.declarations import KINDS
from xilin.lib.declared import read

REPO = Path(__file__).parents[2]
FOLDER = REPO / "leagues" / "xilingol"
ALLOWED = tomllib.loads((Path(__file__).parent / "words_missing.toml").read_text(encoding="utf-8"))["league"]
LANGUAGES = list(league_words.SCRIPTS)
HEADER = "zh,mn,mn_cyrl,status,status_cyrl\n"


@pytest.fixture(scope="module")
def league():
    found, faults = read(FOLDER, KINDS)
    assert faults == []
    return found


@pytest.fixture
def folder(tmp_path):
    """A league folder of a county of two texts, with a list that knows one of them."""
    (tmp_path / "areas").mkdir()
    (tmp_path / "words").mkdir()
    (tmp_path / "league.toml").write_text('code = "bayan"\nname = { zh = "巴彦县" }\n', encoding="utf-8")
    (tmp_path / "areas/areas.csv").write_text(
        "code,name,level,kind,parent,source\n990100000000,巴彦县,league,县,,invented\n", encoding="utf-8"
    )
    (tmp_path / "words/kinds.csv").write_text(f"{HEADER}县,ᠰᠢᠶᠠᠨ,Шянь,A,P\n", encoding="utf-8")
    return tmp_path


def asked(*more):
    app = typer.Typer()
    app.command()(words.words)
    return CliRunner().invoke(app, more)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_more_words_of_the_league_are_missing_than_were(league, language):
    lacking = league_words.missing(league, language)

    assert len(lacking) <= ALLOWED[language], (
        f"{len(lacking)} texts of public pages have no {language}: {list(lacking.items())[:5]}; "
        f"`xilin words --league leagues/xilingol --language {language}` lists them, docs/guide/pages.md says how to fill them in"
    )


def test_every_word_of_the_list_is_said_somewhere(league):
    assert league_words.unused(league) == {}


def test_suffixes_of_the_list_stand_after_the_narrow_space(league):
    loose = re.compile(rf"[\u1820-\u18af]\u0020(?:{'|'.join(SUFFIXES)})(?![\u1820-\u18af\u180b-\u180e])")
    hanging = re.compile("[\u202f\u180e](?![\u1820-\u18af])")

    wrong = {
        zh: word.mn
        for zh, word in league_words.listed(league).items()
        if loose.search(word.mn) or hanging.search(word.mn)
    }
    assert wrong == {}


def test_words_of_the_list_with_sources_are_spelled_as_the_glossary_has_them(league, testdata):
    with (testdata / "mn/glossary.tsv").open(encoding="utf-8") as text:
        spelled = {
            (row["mongolian_proposed"], row["status"][0]) for row in csv.DictReader(text, delimiter="\t")
        }

    claimed = {zh: one for zh, one in league_words.listed(league).items() if one.status in "ABCD"}
    assert len(claimed) > 10
    assert {zh: one.mn for zh, one in claimed.items() if (one.mn, one.status) not in spelled} == {}
    assert [zh for zh, one in league_words.listed(league).items() if one.status_cyrl in "AB"] == []


def test_a_word_in_the_letters_of_the_other_script_is_a_fault(folder):
    (folder / "words/kinds.csv").write_text(
        f"{HEADER}县,Шянь,ᠰᠢᠶᠠᠨ,P,P\n{{n}}人,ᠬᠦᠮᠦᠨ,{{n}} хүн,P,P\n", encoding="utf-8"
    )

    _, faults = read(folder, KINDS)

    assert [fault.place.line for fault in faults] == [2, 2, 3]
    assert "another script" in faults[0].of("en")
    assert "facts in braces" in faults[2].of("en")


def test_long_texts_are_told_apart_though_their_codes_are_cut(folder):
    long = "一" * 130
    (folder / "words/long.csv").write_text(
        f"{HEADER}{long}二,ᠨᠢᠭᠡ,,P,P\n{long}三,ᠬᠣᠶᠠᠷ,,P,P\n", encoding="utf-8"
    )

    league, faults = read(folder, KINDS)

    assert faults == []
    assert all(len(code) <= 120 for code in league.all("word"))
    assert {word.mn for word in league_words.listed(league).values()} == {"ᠰᠢᠶᠠᠨ", "ᠨᠢᠭᠡ", "ᠬᠣᠶᠠᠷ"}


def test_the_command_lists_what_a_league_lacks_and_takes_in_what_was_filled_in(folder, tmp_path_factory):
    lacking = asked("--league", str(folder))
    assert lacking.exit_code == 1
    assert "areas/areas.csv:2\t巴彦县" in lacking.stdout.splitlines()
    assert "县" not in [line.split("\t")[-1] for line in lacking.stdout.splitlines()]

    blank = asked("--league", str(folder), "--blank").stdout
    filled = tmp_path_factory.mktemp("filled") / "filled.tsv"
    rows = blank.splitlines()
    assert rows[:2] == ["\t".join(league_words.COLUMNS), "巴彦县\t\t\tP\tP"]
    filled.write_text(
        f"{rows[0]}\n巴彦县\tᠪᠠᠶᠠᠨ ᠰᠢᠶᠠᠨ\tБаян шянь\tP\tP\n县\tᠰᠢᠶᠠᠨ\tШянь\tA\tA\n", encoding="utf-8"
    )
    assert asked("--league", str(folder), "--fill", str(filled)).exit_code == 0

    assert asked("--league", str(folder)).exit_code == 0
    assert (folder / "words/kinds.csv").read_text(encoding="utf-8") == f"{HEADER}县,ᠰᠢᠶᠠᠨ,Шянь,A,A\n"
    assert "巴彦县" in (folder / "words/more.csv").read_text(encoding="utf-8")
    assert asked("--league", str(folder), "--state", "unchecked").stdout == "P\tᠪᠠᠶᠠᠨ ᠰᠢᠶᠠᠨ\t巴彦县\n"


@pytest.mark.django_db
def test_pages_tell_names_by_the_list_in_force(client, tmp_path):
    """The unit's name comes from a column of a table, the county's from a declaration: neither knows Mongolian itself."""
    listed = f"{HEADER}小盟公安局,ᠠᠮᠤᠭᠤᠯᠠᠩ,Цагдаа,P,A\n公安局,ᠠᠮᠤᠭᠤᠯᠠᠩ,Цагдаа,P,A\n小盟,ᠪᠠᠭ᠎ᠠ,Бага,A,P\n"
    small_league.apply(tmp_path, {"words/list.csv": listed})

    def page(language):
        client.cookies["django_language"] = language
        return client.get("/departments/").content.decode()

    assert 'title="小盟公安局">ᠠᠮᠤᠭᠤᠯᠠᠩ</bdi>' in page("mn-mong")
    assert "Цагдаа" in page("mn-cyrl")
    assert 'title="小盟公安局">Цагдаа' not in page("mn-cyrl")
    assert "小盟公安局" in page("zh-hans")
    assert "小盟民政局" in page("mn-mong")

    small_league.apply(tmp_path, {"words/list.csv": f"{HEADER}小盟公安局,ᠨᠡᠶᠢᠲᠡ,,P,P\n"})
    assert "ᠠᠮᠤᠭᠤᠯᠠᠩ" not in page("mn-mong")
    assert "ᠨᠡᠶᠢᠲᠡ" in page("mn-mong")
