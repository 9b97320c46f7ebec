"""Public pages in Mongolian say nothing that has no Mongolian; desks say that they have none."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from test_pages import FULL

from xilin.config import league_words
from xilin.kernel.standards import queries as standards
from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import Declaration, LeagueVersion
from xilin.web import languages, pairs

MORE = (
    "/citizen/",
    "/open/",
    "/map/",
    "/check/",
    "/check/rules/",
    "/catalogue/one-source/",
    "/nothing-here/",
)
# Signs that are the same in every language.
SAME = {", ", "String to return when truncating text\x04%(truncated_text)s…"}


@pytest.mark.parametrize("language", ["mn-mong", "mn-cyrl"])
def test_every_word_a_public_page_shows_has_its_mongolian(client, hub, language):
    client.cookies["django_language"] = language
    found = {}
    for path in (
        *FULL,
        f"/cockpit/batches/{hub.hukou.pk}/",
        f"/cockpit/batches/{hub.refused.pk}/",
        *MORE,
    ):
        with languages.lacking() as lacking:
            page = client.get(path).content.decode()
        assert not pairs.there(page), path
        for message in lacking - SAME:
            found.setdefault(message, path)

    assert sorted(found) == []


def test_a_desk_speaks_chinese_to_whoever_asks_for_mongolian_and_says_so(client, hub):
    client.force_login(hub.bob)
    client.cookies["django_language"] = "mn-mong"
    page = client.get("/desk/").content.decode()

    assert '<html lang="zh-Hans"' in page
    assert "此页只有中文和英文。" in page
    assert 'value="mn-mong"' not in page
    assert '<html lang="mn-Mong" class="vertical"' in client.get("/about/").content.decode()


def test_what_was_said_in_mongolian_before_is_told_in_chinese_on_a_desk(client, hub):
    client.force_login(hub.bob)
    client.cookies["django_language"] = "mn-mong"
    said = pairs.pair("ᠬᠣᠨᠢ", "羊", sure=True)

    assert pairs.meant(f"<p>{said}</p>") == "<p>羊</p>"
    assert not pairs.there(client.get("/desk/").content.decode())


HAN = re.compile(r"[\u4e00-\u9fff]")
ALLOWED = tomllib.loads((Path(__file__).parents[2] / "config/words_missing.toml").read_text("utf-8"))["shown"]
# A word of each script for whatever is declared: what is Chinese beside it comes from nowhere a list could tell.
MADE = {"mn": "ᠦᠭᠡ", "mn_cyrl": "үг"}


class Chinese(HTMLParser):
    """The Chinese of a page that nothing marks as quoted: the mark that all Chinese of a Mongolian line gets is none."""

    EMPTY = frozenset(
        ["meta", "link", "input", "br", "img", "hr", "wbr", "source", "area", "col", "embed", "track"]
    )
    LITERAL = frozenset(["script", "style", "textarea", "code", "pre", "kbd"])

    def __init__(self, page):
        super().__init__()
        self.open, self.left = [], set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag not in self.EMPTY:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if HAN.search(text) and not self._quoted():
            self.left.add(text.strip())

    def _quoted(self):
        for tag, given in reversed(self.open):
            if tag in self.LITERAL or given.get("class") == "meant":
                return True
            if "lang" in given and tag != "bdi":
                return given["lang"].startswith("zh")
        return False


@pytest.fixture
def listed(hub):
    """A list that knows every text the league declares."""
    version = LeagueVersion.objects.order_by("-number").first()
    said = set()
    for kind in KINDS:
        for value in standards.declared(kind.name).values():
            said |= {text for text in league_words.said(value) if HAN.search(text)}
    Declaration.objects.bulk_create(
        Declaration(
            kind="word", code=str(n), content={"zh": zh, **MADE}, digest="", file="", line=n, since=version
        )
        for n, zh in enumerate(sorted(said))
    )
    standards.forget()
    yield said
    standards.forget()


@pytest.mark.parametrize("language", ["mn-mong", "mn-cyrl"])
def test_a_mongolian_page_says_nothing_in_chinese_but_what_it_quotes(client, hub, listed, language):
    client.cookies["django_language"] = language
    found = {}
    for path in (*FULL, f"/cockpit/batches/{hub.hukou.pk}/", *MORE):
        for text in Chinese(client.get(path).content.decode()).left:
            found.setdefault(text, path)

    assert MADE["mn" if language == "mn-mong" else "mn_cyrl"] in client.get("/departments/").content.decode()
    assert len(found) <= ALLOWED[language], f"{len(found)}, {ALLOWED[language]} may be: {found}"


def test_chinese_that_a_page_quotes_is_told_from_chinese_that_is_left():
    assert Chinese('<p>ᠬᠣᠨᠢ <bdi lang="zh-Hans">羊</bdi></p>').left == {"羊"}
    assert (
        Chinese(
            '<p lang="zh-Hans">羊 <b>牛</b></p><code>马</code><bdi class="meant" lang="zh-Hans">羊</bdi>'
        ).left
        == set()
    )
