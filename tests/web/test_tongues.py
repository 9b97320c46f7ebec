"""Four languages: which one a reader gets, what is kept out of Traditional Mongolian, what a Mongolian page says of itself."""

import importlib
from datetime import date

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, get_format
from django.utils.translation import gettext, ngettext
from django.utils.translation.trans_real import get_supported_language_variant

from xilin.lib.text import Text
from xilin.web import languages, marking, pairs
from xilin.web.templatetags.xilin import day, short

MN, CYRL = "mn-mong", "mn-cyrl"


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("mn", MN),
        ("mn-mong", MN),
        ("mn-mong-cn", MN),
        ("mn-cn", MN),
        ("mn-mn", CYRL),
        ("mn-cyrl", CYRL),
        ("mn-cyrl-mn", CYRL),
        ("zh-cn", "zh-hans"),
        ("en-gb", "en"),
    ],
)
def test_what_a_browser_asks_for_finds_its_script(asked, got):
    assert get_supported_language_variant(asked) == got


@pytest.mark.parametrize(
    ("asked", "tag"),
    [
        ("mn-CN,mn;q=0.9", "mn-Mong"),
        ("mn-MN", "mn-Cyrl"),
        ("mn-Cyrl;q=0.9, en;q=0.1", "mn-Cyrl"),
        ("fr", "zh-Hans"),
    ],
)
def test_a_page_is_in_the_language_that_was_asked_for(client, db, asked, tag):
    page = client.get("/about/", headers={"accept-language": asked}).content.decode()

    assert f'<html lang="{tag}"' in page


def test_names_of_languages_are_in_their_own_script():
    assert dict(settings.LANGUAGES) == {
        "zh-hans": "简体中文",
        MN: "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ",
        CYRL: "Монгол хэл",
        "en": "English",
    }
    assert [translation.get_language_info(code)["name_local"] for code in (MN, CYRL)] == [
        "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ",
        "Монгол хэл",
    ]


def test_cyrillic_never_comes_into_traditional_mongolian():
    catalogue = translation.trans_real.translation(MN)._catalog

    leaked = [
        said for _, said in catalogue.items() if any("\u0400" <= sign <= "\u04ff" for sign in str(said))
    ]
    assert leaked == []
    with translation.override(CYRL):
        assert gettext("Enter a valid value.") == "Зөв утга оруулна уу."  # Django's own, which is Cyrillic
    with translation.override(MN):
        assert gettext("Enter a valid value.") != "Зөв утга оруулна уу."


@pytest.mark.parametrize("code", ["mn_Mong", "mn_Cyrl", "zh_Hans", "en"])
def test_no_format_is_left_to_djangos_mongolian(code):
    ours = importlib.import_module(f"xilin.web.formats.{code}.formats")
    theirs = importlib.import_module("django.conf.locale.mn.formats")

    assert {name for name in vars(theirs) if name.isupper()} <= {
        name for name in vars(ours) if name.isupper()
    }


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-hans", "2026年11月26日"),
        ("en", "26 November 2026"),
        (CYRL, "2026 оны 11 сарын 26"),
        (MN, "2026 ᠣᠨ\u202fᠤ 11 ᠰᠠᠷ\u180eᠠ\u202fᠶᠢᠨ 26\u202fᠤ ᠡᠳᠦᠷ"),
    ],
)
def test_dates_are_written_as_each_language_writes_them(language, said):
    with translation.override(language):
        assert date_format(date(2026, 11, 26), "DATE_FORMAT") == said
        assert get_format("DECIMAL_SEPARATOR") == "."


def test_declared_words_are_in_the_asked_script_or_in_chinese_and_say_so():
    sheep = Text(zh="羊", en="Sheep", mn="ᠬᠣᠨᠢ", mn_cyrl="Хонь")
    bare = Text(zh="羊")

    assert [sheep.of(code) for code, _ in settings.LANGUAGES] == ["羊", "ᠬᠣᠨᠢ", "Хонь", "Sheep"]
    assert [sheep.tongue(code) for code, _ in settings.LANGUAGES] == ["zh-hans", MN, CYRL, "en"]
    assert [bare.of(code) for code, _ in settings.LANGUAGES] == ["羊"] * 4
    assert [bare.tongue(code) for code, _ in settings.LANGUAGES] == ["zh-hans"] * 4


def test_words_carry_their_chinese_only_where_a_page_is_made():
    with translation.override(MN):
        assert gettext("Language") == "ᠬᠡᠯᠡ"
        with languages.pairing():
            said = gettext("Language")

    assert pairs.said(said) == "ᠬᠡᠯᠡ"
    assert pairs.meant(said) == "语言"
    assert not pairs.there(pairs.said(said))


def test_facts_are_filled_into_the_words_and_into_their_chinese():
    with translation.override(MN), languages.pairing():
        said = gettext("%(time)s ago") % {"time": gettext("Language")}

    assert pairs.meant(said) == "语言前"
    assert marking.mark(said, vertical=True, beside=True).count('lang="zh-Hans"') == 2


def test_words_whose_facts_have_no_names_go_without_chinese():
    assert pairs.said(pairs.pair("%s ᠬᠣᠨᠢ", "%s只羊", sure=True) % 3) == "3 ᠬᠣᠨᠢ"


def test_a_number_of_things_knows_what_it_means_too():
    with translation.override(MN), languages.pairing():
        said = ngettext("%(num)d hour", "%(num)d hours", 3) % {"num": 3}

    assert pairs.said(said) == "3 ᠴᠠᠭ"
    assert pairs.meant(said).startswith("3")


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-hans", "4.81万"), ("en", "48.06k"), (MN, "4.81\u00a0ᠲᠦᠮᠡ"), (CYRL, "48.06\u00a0мянга")],
)
def test_numbers_are_told_in_the_magnitudes_of_each_language(language, said):
    with translation.override(language):
        assert short(48060) == said
        with languages.pairing():
            assert pairs.meant(short(48060)) == {MN: "4.81万", CYRL: "48.06千"}.get(language, said)


@pytest.mark.parametrize(
    ("language", "said"), [("zh-hans", "2026年11月26日"), (CYRL, "2026 оны 11 сарын 26")]
)
def test_a_day_is_written_out(language, said):
    with translation.override(language):
        assert day(date(2026, 11, 26)) == said
    assert day(None) == "—"


UNSURE = pairs.pair("ᠮᠠᠯᠴᠢᠨ", "牧民", sure=False)
SURE = pairs.pair("ᠬᠣᠨᠢ", "羊", sure=True)


def marked(html, **kwargs):
    return marking.mark(html, vertical=True, **kwargs)


def test_what_nobody_has_checked_is_marked_and_tells_the_chinese_to_a_pointer():
    assert marked(f"<p>{UNSURE}</p>") == '<p><bdi class="unsure" title="牧民">ᠮᠠᠯᠴᠢᠨ</bdi></p>'
    assert marked(f"<p>{SURE}</p>") == "<p>ᠬᠣᠨᠢ</p>"


def test_whoever_wants_it_sees_the_chinese_beside_every_word():
    assert marked(f"<p>{SURE}</p>", beside=True) == (
        '<p><bdi class="said">ᠬᠣᠨᠢ</bdi> <bdi class="meant" lang="zh-Hans">羊</bdi></p>'
    )
    assert marked(f'<a title="{SURE}"></a>', beside=True) == '<a title="ᠬᠣᠨᠢ 羊"></a>'


@pytest.mark.parametrize("name", ["title", "option", "textarea"])
def test_where_there_can_be_no_element_words_are_text(name):
    assert marked(f"<{name}>{UNSURE}</{name}>") == f"<{name}>ᠮᠠᠯᠴᠢᠨ</{name}>"


def test_drawings_get_text_and_keep_their_chinese():
    assert marked(f"<svg><text>{UNSURE} 羊 12</text></svg>") == "<svg><text>ᠮᠠᠯᠴᠢᠨ 羊 12</text></svg>"


def test_chinese_within_a_mongolian_line_says_what_it_is():
    assert (
        marked("<p>ᠬᠣᠨᠢ 锡林浩特市，2 个 x</p>") == '<p>ᠬᠣᠨᠢ <bdi lang="zh-Hans">锡林浩特市，2 个</bdi> x</p>'
    )
    assert marked('<p lang="zh-Hans">羊 <b>牛</b></p>') == '<p lang="zh-Hans">羊 <b>牛</b></p>'
    assert marked("<br><p>羊</p>") == '<br><p><bdi lang="zh-Hans">羊</bdi></p>'


WORDS = {"羊": languages.Said("ᠬᠣᠨᠢ", True), "牛": languages.Said("ᠦᠬᠡᠷ", False)}


def told(html, **kwargs):
    return marking.mark(html, vertical=True, find=WORDS.get, **kwargs)


def test_chinese_that_a_list_knows_whole_is_said_in_mongolian():
    assert told("<td> 羊 </td>") == "<td> ᠬᠣᠨᠢ </td>"
    assert told("<td>牛</td>") == '<td><bdi class="unsure" title="牛">ᠦᠬᠡᠷ</bdi></td>'
    assert told("<td>羊、牛</td>") == '<td>ᠬᠣᠨᠢ᠂ <bdi class="unsure" title="牛">ᠦᠬᠡᠷ</bdi></td>'
    assert told("<td>3 羊 x</td>") == '<td><bdi class="tcy">3</bdi> ᠬᠣᠨᠢ x</td>'
    assert told("<td>羊肉</td>") == '<td><bdi lang="zh-Hans">羊肉</bdi></td>'
    assert told("<td>羊、马</td>") == '<td><bdi lang="zh-Hans">羊、马</bdi></td>'


def test_what_a_page_quotes_and_says_so_stays_as_it_came():
    assert told('<td lang="zh-Hans">羊</td>') == '<td lang="zh-Hans">羊</td>'
    assert told('<a lang="zh-Hans" title="羊"></a>') == '<a lang="zh-Hans" title="羊"></a>'
    assert told("<code>羊</code>") == "<code>羊</code>"


def test_words_of_a_list_are_text_where_there_can_be_no_element():
    assert told('<a title="羊" href="/羊/"></a>') == '<a title="ᠬᠣᠨᠢ" href="/羊/"></a>'
    assert told("<option>牛</option>") == "<option>ᠦᠬᠡᠷ</option>"
    assert told("<svg><text>羊 12</text></svg>") == "<svg><text>ᠬᠣᠨᠢ 12</text></svg>"


def test_whoever_wants_it_sees_the_chinese_beside_words_of_a_list():
    assert told("<p>羊</p>", beside=True) == (
        '<p><bdi class="said">ᠬᠣᠨᠢ</bdi> <bdi class="meant" lang="zh-Hans">羊</bdi></p>'
    )


def test_small_numbers_stand_upright_in_columns_only():
    assert marked("<p>ᠡᠳᠦᠷ 8 ba 26</p>") == (
        '<p>ᠡᠳᠦᠷ <bdi class="tcy">8</bdi> ba <bdi class="tcy">26</bdi></p>'
    )
    assert marked("<p>2026 3.5 1,12 &#39; 11-26 45%</p>") == "<p>2026 3.5 1,12 &#39; 11-26 45%</p>"
    assert marked('<td class="num">12</td>') == '<td class="num">12</td>'
    assert marking.mark("<p>8 ᠡᠳᠦᠷ</p>", vertical=False) == "<p>8 ᠡᠳᠦᠷ</p>"


def test_words_that_were_cut_off_take_nothing_with_them():
    assert marked(f"<p><b>{UNSURE[:-3]}</b> rest</p><p>more</p>").endswith("</b> rest</p><p>more</p>")
    assert pairs.said(UNSURE[:-1]) == "ᠮᠠᠯᠴᠢᠨ牧民"


def test_a_page_for_its_reader_holds_no_sign_of_pairs_and_says_that_nobody_checked_it(client, db):
    client.cookies["django_language"] = MN
    page = client.get("/about/").content.decode()

    assert not pairs.there(page)
    assert "尚未经母语读者核对" in page
    assert 'class="unsure"' in page
    assert 'name="beside" value="1"' in page


def test_the_chinese_comes_beside_when_it_is_wished_for_and_goes_again(client, db):
    client.cookies["django_language"] = MN
    assert 'class="meant"' not in client.get("/about/").content.decode()

    client.post("/language/beside/", {"beside": "1", "next": "/about/"})
    assert 'class="meant" lang="zh-Hans"' in client.get("/about/").content.decode()

    answer = client.post("/language/beside/", {"beside": "0", "next": "https://elsewhere.example/"})
    assert answer.url == "/"
    assert 'class="meant"' not in client.get("/about/").content.decode()


def test_answers_for_programs_hold_no_sign_of_pairs(client, db):
    answer = client.get("/api/places/collections/nothing", headers={"accept-language": "mn"})

    assert b"\\ufdd" not in answer.content.lower()
    assert not pairs.there(answer.content.decode())


def test_chinese_within_an_english_page_says_what_it_is():
    page = (
        '<title>民政局</title><p title="民政局">of 民政局</p><svg><text>羊<tspan>1</tspan>牛</text></svg><option>旗</option>'
        '<span lang="zh-Hans">牛</span><a href="/x/">甲旗，乙旗</a> 3<code>羊</code>'
    )

    assert marking.chinese(page) == page.replace("of 民政局", 'of <bdi lang="zh-Hans">民政局</bdi>').replace(
        "甲旗，乙旗", '<bdi lang="zh-Hans">甲旗，乙旗</bdi>'
    )
