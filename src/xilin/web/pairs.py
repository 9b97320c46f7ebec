"""Words that carry, unseen, the Chinese they stand for, from where they are said to where the page is finished; no Django.

Noncharacters, which no text of anybody's holds (Unicode 23.7), enclose the pair, so that what formats, joins or
escapes the words on their way treats both alike.
"""

import re
from collections.abc import Callable

SURE, UNSURE, MEANT, END = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
ANY = re.compile("[\ufdd0-\ufdd3]")
_INNER = re.compile("[\ufdd0\ufdd1]([^\ufdd0-\ufdd3]*)\ufdd2([^\ufdd0-\ufdd3]*)\ufdd3")
_ESCAPED = re.compile(r"\\u(fdd[0-3])", re.IGNORECASE)
# Facts without a name are filled in once, not for both.
_NAMELESS = re.compile(r"%[-+ #0-9.]*[sdifr]|\{\}")


def pair(said: str, meant: str, *, sure: bool) -> str:
    """Words, what they mean, and whether several sources or an official one have them so."""
    told = "" if _NAMELESS.search(said) else meant
    return f"{SURE if sure else UNSURE}{said}{MEANT}{told}{END}"


def there(text: str) -> bool:
    """Whether a text holds pairs."""
    return bool(ANY.search(text))


def said(text: str, beside: bool = False) -> str:
    """A text with the words of its pairs alone, or with the Chinese after them.

    >>> said(pair("ᠬᠣᠨᠢ", "羊", sure=True)), said(pair("ᠬᠣᠨᠢ", "羊", sure=True), beside=True)
    ('ᠬᠣᠨᠢ', 'ᠬᠣᠨᠢ 羊')
    """
    return _without(text, lambda one: f"{one[1]} {one[2]}" if beside and one[2] else one[1])


def meant(text: str) -> str:
    """A text with the Chinese of its pairs alone."""
    return _without(text, lambda one: one[2] or one[1])


def from_json(text: str) -> str:
    """JSON with the words of its pairs alone, escaped or not."""
    return said(_ESCAPED.sub(lambda one: chr(int(one[1], 16)), text))


def _without(text: str, choose: Callable[[re.Match[str]], str]) -> str:
    while True:
        text, found = _INNER.subn(choose, text)
        if not found:
            # What was cut off on its way lost its end.
            return ANY.sub("", text)
