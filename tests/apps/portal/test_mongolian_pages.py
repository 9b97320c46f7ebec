"""Public pages in Mongolian say nothing that has no Mongolian; desks say that they have none."""

import pytest
from test_pages import FULL

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
