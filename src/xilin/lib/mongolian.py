"""Traditional Mongolian for search: words that look alike on paper are one word, however they are encoded.

Letters share shapes, and typists write by sound or by shape: ᠬᠣᠲᠠ and ᠬᠤᠲᠠ are drawn alike and compare unequal. The key of a
word is its shape, by Unicode Technical Note 57 as mongol-norm has it. A suffix stands after U+202F, after a space, or joined;
the word is found without it. What is spelled in two ways that look different is in a short list.
"""

import re
from functools import cache
from typing import Any

LETTERS = "\u1807\u180a-\u180f\u1820-\u18af"
_WORDS = re.compile(f"[{LETTERS}]+")
_RUN = re.compile(f"[{LETTERS}\u202f ]+")
# Case, possessive and plural endings that are written apart; the longest first, so that none hides another.
SUFFIXES = (
    "ᠶᠢᠨ", "ᠤᠨ", "ᠦᠨ", "ᠤ", "ᠦ", "ᠶᠢ", "ᠢ", "ᠳᠤ", "ᠳᠦ", "ᠲᠤ", "ᠲᠦ", "ᠳᠤᠷ", "ᠳᠦᠷ", "ᠲᠤᠷ", "ᠲᠦᠷ", "ᠠᠴᠠ", "ᠡᠴᠡ",
    "ᠪᠠᠷ", "ᠪᠡᠷ", "ᠢᠶᠠᠷ", "ᠢᠶᠡᠷ", "ᠲᠠᠢ", "ᠲᠡᠢ", "ᠲᠠᠶᠢ", "ᠲᠡᠶᠢ", "ᠯᠤᠭ᠎ᠠ", "ᠯᠦᠭᠡ", "ᠪᠠᠨ", "ᠪᠡᠨ", "ᠢᠶᠠᠨ", "ᠢᠶᠡᠨ", "ᠨᠤᠭᠤᠳ", "ᠨᠦᠭᠦᠳ", "ᠤᠳ", "ᠦᠳ", "ᠵᠢᠨ",
)  # fmt: skip
# Joined to their word only those are taken off that are long enough not to be a part of it.
_JOINED = ("ᠶᠢᠨ", "ᠤᠨ", "ᠦᠨ")
# Spellings of one word that look different.
ALIASES = {
    "ᠪᠠᠶᠢᠭᠤᠯᠬᠤ": "ᠪᠠᠢᠭᠤᠯᠬᠤ",
    "ᠪᠠᠶᠢᠭᠤᠯᠤᠯᠲᠠ": "ᠪᠠᠢᠭᠤᠯᠤᠯᠲᠠ",
    "ᠪᠠᠶᠢᠳᠠᠯ": "ᠪᠠᠢᠳᠠᠯ",
    "ᠪᠠᠶᠢᠴᠠᠭᠠᠬᠤ": "ᠪᠠᠢᠴᠠᠭᠠᠬᠤ",
    "ᠪᠠᠶᠢᠴᠠᠭᠠᠯᠲᠠ": "ᠪᠠᠢᠴᠠᠭᠠᠯᠲᠠ",
    "ᠨᠡᠷᠡᠶᠢᠳᠦᠯ": "ᠨᠡᠷᠡᠢᠳᠦᠯ",
    "ᠰᠠᠷᠠ": "ᠰᠠᠷ᠎ᠠ",
    "ᠰᠢᠷᠠ": "ᠰᠢᠷ᠎ᠠ",
    "ᠠᠷᠭᠠ": "ᠠᠷᠭ᠎ᠠ",
    "ᠨᠡᠷᠡ": "ᠨᠡᠷ᠎ᠡ",
    "ᠰᠠᠯᠠᠭᠠ": "ᠰᠠᠯᠠᠭ᠎ᠠ",
    "ᠲᠣᠪᠴᠢᠶᠠ": "ᠲᠣᠪᠴᠢᠶ᠎ᠠ",
    "ᠬᠠᠩᠭᠠᠯᠭᠠ": "ᠬᠠᠩᠭᠠᠯᠭ᠎ᠠ",
    "ᠠᠭᠤᠯᠭᠠ": "ᠠᠭᠤᠯᠭ᠎ᠠ",
    "ᠠᠪᠠᠭᠠ": "ᠠᠪᠠᠭ᠎ᠠ",
    "ᠵᠠᠬᠢᠷᠭᠠ": "ᠵᠠᠬᠢᠷᠭ᠎ᠠ",
    "ᠬᠠᠷᠢᠯᠴᠠᠭᠠ": "ᠬᠠᠷᠢᠯᠴᠠᠭ᠎ᠠ",
}


@cache
def _shaper() -> Any:
    from mongol_norm import MongolianShaper

    return MongolianShaper()


@cache
def _known() -> tuple[dict[str, str], frozenset[str]]:
    """Aliases and suffixes, by shape; a suffix as it looks after U+202F, and after a space."""
    shape = _shaper().normalize_text
    aliases = {shape(one): shape(other) for one, other in ALIASES.items()}
    return aliases, frozenset(shape(one) for one in SUFFIXES)


def key(word: str) -> str:
    """What a word looks like: equal for words that are drawn alike, or are known to be one.

    >>> key("ᠬᠤᠲᠠ") == key("ᠬᠣᠳᠠ"), key("ᠰᠠᠷᠠ") == key("ᠰᠠᠷ᠎ᠠ"), key("ᠬᠣᠲᠠ") == key("ᠬᠣᠨᠢ")
    (True, True, False)
    """
    from mongol_norm import NormalizationFallbackError

    try:
        shape = str(_shaper().normalize_text(word))
    except NormalizationFallbackError:
        shape = word
    return _known()[0].get(shape, shape)


def keys(text: str) -> list[str]:
    """The keys of the Mongolian words of a text, without the suffixes that stand apart; other scripts are left out.

    >>> keys("ᠠᠶᠢᠮᠠᠭ\u202fᠤᠨ ᠵᠠᠬᠢᠷᠭ᠎ᠠ") == keys("ᠠᠶᠢᠮᠠᠭ ᠤᠨ ᠵᠠᠬᠢᠷᠭᠠ"), keys("某市 Some city")
    (True, [])
    """
    suffixes = _known()[1]
    found = []
    for run in _RUN.findall(text):
        words = _WORDS.findall(run)
        found += [key(one) for n, one in enumerate(words) if not n or key(one) not in suffixes]
    return found


def stems(text: str) -> list[str]:
    """The keys of the words of a text as if a suffix were joined to them; for what is indexed or sought besides `keys`.

    >>> keys("ᠠᠶᠢᠮᠠᠭ")[0] in stems("ᠠᠶᠢᠮᠠᠭᠤᠨ")
    True
    """
    return [
        key(word.removesuffix(ending))
        for word in _WORDS.findall(text)
        for ending in _JOINED
        if word.endswith(ending) and len(word) > len(ending) + 2
    ]


def there(text: str) -> bool:
    """Whether a text has Mongolian letters."""
    return bool(_WORDS.search(text))


def alike(sought: str, text: str) -> bool:
    """Whether every Mongolian word that is sought is in a text, however either is encoded."""
    wanted = keys(sought)
    has = {*keys(text), *stems(text)}
    return bool(wanted) and all(one in has or any(stem in has for stem in stems(sought)) for one in wanted)
