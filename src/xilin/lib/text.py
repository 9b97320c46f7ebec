"""Words in the reader's language, without Django: what declarations and pipelines say."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

CHINESE, MONGOLIAN, CYRILLIC, ENGLISH = "zh-hans", "mn-mong", "mn-cyrl", "en"


def script_of(language: str) -> str:
    """Which of the platform's four languages a tag means: a region of China writes Mongolian in columns, Mongolia in Cyrillic.

    >>> script_of("mn"), script_of("mn-MN"), script_of("mn-Cyrl-MN"), script_of("en-gb"), script_of("fr")
    ('mn-mong', 'mn-cyrl', 'mn-cyrl', 'en', 'zh-hans')
    """
    first, *rest = language.lower().replace("_", "-").split("-")
    if first == "mn":
        return CYRILLIC if "cyrl" in rest or (rest[:1] == ["mn"]) else MONGOLIAN
    return ENGLISH if first == "en" else CHINESE


# From Chinese words and a language to that language's words, "" where there are none.
Finder = Callable[[str, str], str]
_FINDER: ContextVar[Finder | None] = ContextVar("finder", default=None)


@contextmanager
def telling(find: Finder | None) -> Iterator[None]:
    """Let declared words that lack a Mongolian of their own be looked up: while a page or a report is made.

    >>> with telling(lambda zh, language: "ᠬᠣᠨᠢ" if language == "mn-mong" else ""):
    ...     Text(zh="羊").of("mn-Mong"), Text(zh="羊").of("mn-Cyrl"), Text(zh="羊").of("en")
    ('ᠬᠣᠨᠢ', '羊', '羊')
    """
    token = _FINDER.set(find)
    try:
        yield
    finally:
        _FINDER.reset(token)


def looked_up(zh: str, language: str) -> str:
    """The Mongolian of Chinese words, as far as somebody tells now; else ""."""
    find = _FINDER.get()
    return (find(zh, language) or "") if find and zh else ""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The same words in the platform's languages; Chinese is always there.

    `mn` is Traditional Mongolian (mn-Mong), `mn_cyrl` Mongolian in Cyrillic letters (mn-Cyrl). Where either
    is missing, the league's list of words may have it (`telling`). Where a language is missing, the words are Chinese: `tongue` says so, and pages mark them.
    """

    zh: str
    en: str = ""
    mn: str = ""
    mn_cyrl: str = ""

    def of(self, language: str) -> str:
        """The words for a language tag such as `zh-hans`, `en`, `mn-Mong` or `mn-Cyrl`.

        >>> Text(zh="性别", en="Sex").of("en-gb"), Text(zh="性别", en="Sex").of("mn-Mong")
        ('Sex', '性别')
        >>> Text(zh="羊", mn="ᠬᠣᠨᠢ", mn_cyrl="Хонь").of("mn-Cyrl")
        'Хонь'
        """
        return self._in(script_of(language)) or self.zh

    def tongue(self, language: str) -> str:
        """The language that `of` answers in.

        >>> Text(zh="性别", en="Sex").tongue("mn-Mong")
        'zh-hans'
        """
        wanted = script_of(language)
        return wanted if self._in(wanted) else CHINESE

    def _in(self, wanted: str) -> str:
        if wanted in (MONGOLIAN, CYRILLIC):
            return (self.mn if wanted == MONGOLIAN else self.mn_cyrl) or looked_up(self.zh, wanted)
        return self.en if wanted == ENGLISH else self.zh

    def filled(self, facts: Mapping[str, object]) -> "Text":
        """The same words with `{names}` replaced by facts."""
        return Text(
            zh=self.zh.format_map(facts),
            en=self.en.format_map(facts),
            mn=self.mn.format_map(facts),
            mn_cyrl=self.mn_cyrl.format_map(facts),
        )

    def __str__(self) -> str:
        return self.zh
