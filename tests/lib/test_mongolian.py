"""One Mongolian word is found however it is encoded."""

import pytest

from xilin.lib import mongolian


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ᠦᠬᠡᠢ", "ᠦᠭᠡᠢ"),
        ("ᠬᠤᠲᠠ", "ᠬᠣᠳᠠ"),
        ("ᠬᠤᠰᠢᠭᠤ", "ᠬᠣᠰᠢᠭᠤ"),
        ("ᠮᠣᠩᠭᠤᠯ", "ᠮᠣᠩᠭᠣᠯ"),
        ("ᠰᠠᠷᠠ", "ᠰᠠᠷ᠎ᠠ"),
        ("ᠪᠠᠢᠭᠤᠯᠬᠤ", "ᠪᠠᠶᠢᠭᠤᠯᠬᠤ"),
    ],
)
def test_words_that_are_drawn_alike_or_known_to_be_one_have_one_key(one, other):
    assert one != other
    assert mongolian.key(one) == mongolian.key(other)


@pytest.mark.parametrize(("one", "other"), [("ᠬᠣᠨᠢ", "ᠬᠣᠲᠠ"), ("ᠰᠠᠷ᠎ᠠ", "ᠰᠢᠷ᠎ᠠ"), ("ᠦᠬᠡᠷ", "ᠦᠭᠡᠢ")])
def test_other_words_have_other_keys(one, other):
    assert mongolian.key(one) != mongolian.key(other)


@pytest.mark.parametrize("joint", ["\u202f", " ", ""])
def test_a_word_is_found_with_its_suffix_however_that_is_joined(joint):
    assert mongolian.alike("ᠠᠶᠢᠮᠠᠭ", f"ᠰᠢᠯᠢ\u202fᠶᠢᠨ ᠭᠣᠣᠯ ᠠᠶᠢᠮᠠᠭ{joint}ᠤᠨ ᠵᠠᠬᠢᠷᠭ᠎ᠠ")
    assert mongolian.alike(f"ᠠᠶᠢᠮᠠᠭ{joint}ᠤᠨ", "ᠰᠢᠯᠢ\u202fᠶᠢᠨ ᠭᠣᠣᠯ ᠠᠶᠢᠮᠠᠭ")


def test_nothing_is_alike_to_nothing():
    assert not mongolian.alike("锡林", "锡林")
    assert not mongolian.alike("ᠬᠣᠨᠢ", "")
