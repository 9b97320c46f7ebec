"""Every word of the pages has its Chinese, and no catalogue carries words nobody says."""

import io
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation import template

PACKAGE = Path(__file__).parents[3] / "src/xilin"
KEYWORDS = {"gettext": None, "gettext_lazy": None, "_": None, "ngettext": (1, 2)}


def said(part):
    """The message ids of a part's templates and modules, each with where it stands."""
    found = {}
    for path in sorted([*(PACKAGE / part).rglob("*.html"), *(PACKAGE / part).rglob("*.py")]):
        text = path.read_text(encoding="utf-8")
        code = unindented(template.templatize(text)) if path.suffix == ".html" else text
        for _line, message, *_rest in extract("python", io.BytesIO(code.encode()), keywords=KEYWORDS):
            found.setdefault(message if isinstance(message, str) else tuple(message), path.name)
    return found


def unindented(text):
    """A template is no Python: its indentation means nothing."""
    return "\n".join(line.lstrip() for line in text.splitlines())


def catalogue(part):
    with (PACKAGE / part / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as text:
        messages = [message for message in read_po(text) if message.id]
    return {m.id if isinstance(m.id, str) else tuple(m.id): m.string for m in messages}


@pytest.mark.parametrize("part", ["web", "apps/portal", "apps/problems", "apps/trace"])
def test_every_message_has_its_chinese(part):
    known = catalogue(part) | catalogue("web")

    assert {message: place for message, place in said(part).items() if message not in known} == {}


@pytest.mark.parametrize("part", ["web", "apps/portal", "apps/problems", "apps/trace"])
def test_no_catalogue_keeps_words_nobody_says(part):
    assert set(catalogue(part)) - set(said(part)) == set()


@pytest.mark.parametrize("part", ["web", "apps/portal", "apps/problems", "apps/trace"])
def test_chinese_carries_the_same_facts_as_english(part):
    import re

    for message, chinese in catalogue(part).items():
        english = message if isinstance(message, str) else message[1]
        chinese = chinese if isinstance(chinese, str) else chinese[0]
        assert sorted(re.findall(r"%\(\w+\)s", english)) == sorted(re.findall(r"%\(\w+\)s", chinese)), message


@pytest.mark.parametrize("part", ["web", "apps/portal"])
def test_no_other_catalogue_puts_its_own_chinese_in_place_of_ours(part):
    from django.utils.translation import gettext, ngettext, override

    with override("zh-hans"):
        for message, chinese in catalogue(part).items():
            if isinstance(message, str):
                assert gettext(message) == chinese, message
            else:
                assert ngettext(*message, 2) == chinese[0], message
