"""The four languages of the pages: their names in their own script, their tags, which of them run in columns.

Django's own Mongolian catalogue and formats are in Cyrillic letters and carry the bare code `mn`, to which
gettext and the format modules widen every Mongolian locale; here Traditional Mongolian is kept apart from them.
"""

import gettext as files
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language, to_locale, trans_real

from xilin.lib import text
from xilin.lib.text import CHINESE, CYRILLIC, ENGLISH, MONGOLIAN, script_of
from xilin.web import marking, pairs


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language of the pages."""

    code: str
    tag: str
    name: str
    title: str
    desks: bool = False
    vertical: bool = False

    @property
    def unread(self) -> bool:
        """Whether nobody who reads the language has checked its words."""
        return self.code in (MONGOLIAN, CYRILLIC)


TONGUES = (
    Tongue(CHINESE, "zh-Hans", "中文", "简体中文", desks=True),
    Tongue(MONGOLIAN, "mn-Mong", "ᠮᠣᠩᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ", vertical=True),
    Tongue(CYRILLIC, "mn-Cyrl", "Монгол", "Монгол хэл"),
    Tongue(ENGLISH, "en", "EN", "English", desks=True),
)
BY_CODE = {one.code: one for one in TONGUES}
LANGUAGES = [(one.code, one.title) for one in TONGUES]
_NAMES = {
    MONGOLIAN: ("Mongolian (Traditional)", "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ"),
    CYRILLIC: ("Mongolian (Cyrillic)", "Монгол хэл"),
}
_MARKS = ("A", "B", "")
_STATUS = "status\x04"


class Said(NamedTuple):
    """Words, and whether several sources or an official one have them so."""

    words: str
    sure: bool


Words = Callable[[str], Mapping[str, Said]]
_PROVIDERS: list[Words] = []

_PAIRING: ContextVar[bool] = ContextVar("pairing", default=False)
_LACKING: ContextVar[set[str] | None] = ContextVar("lacking", default=None)


def tongue(code: str | None) -> Tongue:
    """The language of the pages for a tag; Chinese where there is no such."""
    return BY_CODE[script_of(code or CHINESE)]


@contextmanager
def pairing(wanted: bool = True) -> Iterator[None]:
    """Let Mongolian words carry, unseen, the Chinese they stand for: within a page, which is finished by `marking`."""
    token = _PAIRING.set(wanted)
    try:
        yield
    finally:
        _PAIRING.reset(token)


def is_pairing() -> bool:
    """Whether Mongolian words carry their Chinese just now: words that are kept are kept for one of both."""
    return _PAIRING.get()


def provide(words: Words) -> None:
    """Let a part tell the Mongolian of declared words, by their Chinese. Called from `apps.ready()`."""
    if words not in _PROVIDERS:
        _PROVIDERS.append(words)


class Declared:
    """The Mongolian of declared words, asked for when the first is wanted: by `Text`, and of Chinese left on a page."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, Said]] = {}

    def said(self, zh: str, language: str) -> Said | None:
        """Words for Chinese ones, or None."""
        if language not in self._known:
            self._known[language] = {zh: said for words in _PROVIDERS for zh, said in words(language).items()}
        return self._known[language].get(zh)

    def words(self, zh: str, language: str) -> str:
        """Words for Chinese ones, or "": what `lib.text` asks for. Within a page they carry their Chinese."""
        found = self.said(zh, language)
        return paired(found.words, zh, sure=found.sure) if found else ""


@contextmanager
def telling(language: str | None) -> Iterator[Declared]:
    """Declared words are told by the league's list while a Mongolian page or report is made."""
    declared = Declared()
    with text.telling(declared.words if tongue(language).unread else None):
        yield declared


@contextmanager
def lacking() -> Iterator[set[str]]:
    """The message ids that a Mongolian page asks for and that have no Mongolian; for tests, which read pages."""
    found: set[str] = set()
    token = _LACKING.set(found)
    try:
        yield found
    finally:
        _LACKING.reset(token)


def paired(said: str, meant: str, *, sure: bool) -> str:
    """Words with the Chinese that is meant, where a page is being made; the words alone elsewhere."""
    return pairs.pair(said, meant, sure=sure) if _PAIRING.get() and said != meant else said


# The stubs know neither the catalogues of the class nor that it may be another.
_Django: Any = trans_real.DjangoTranslation


def drawn(make: Callable[[], str]) -> str:
    """A part of a page that is made once for many readers, finished in the language that is active."""
    now = tongue(get_language())
    if not now.unread:
        return make()
    with pairing(), telling(now.code) as declared:
        html = make()
    return marking.mark(html, vertical=now.vertical, find=lambda zh: declared.said(zh, now.code))


class Translation(_Django):  # type: ignore[misc]
    """Django's translation, but Traditional Mongolian reads its own catalogues only, and Mongolian words know what they mean."""

    @cached_property
    def _own(self) -> Tongue | None:
        known = BY_CODE.get(self.language())
        return known if known and known.unread else None

    @cached_property
    def _ids(self) -> frozenset[str]:
        """The message ids of this language's own catalogues; of a plural its first."""
        return frozenset(key if isinstance(key, str) else key[0] for key in self._catalog.keys())  # noqa: SIM118

    def _new_gnu_trans(self, localedir: str, use_null_fallback: bool = True) -> Any:
        """The catalogue of one folder; for Traditional Mongolian of exactly its locale, never of `mn`."""
        if self.language() != MONGOLIAN:
            return super()._new_gnu_trans(localedir, use_null_fallback)
        locale = to_locale(MONGOLIAN)
        found = [
            place
            for place in files.find(self.domain, str(localedir), [locale], all=True)
            if f"{locale}/LC_MESSAGES" in place.replace("\\", "/")
        ]
        if not found:
            return files.NullTranslations()
        with open(found[0], "rb") as catalogue:
            return files.GNUTranslations(catalogue)

    def gettext(self, message: str) -> str:
        """The words for a message id."""
        said = str(super().gettext(message))
        return self._paired(said, message, lambda chinese: chinese.gettext(message)) if self._own else said

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The words for a number of things."""
        said = super().ngettext(msgid1, msgid2, n)
        if not self._own:
            return str(said)
        return self._paired(said, msgid1, lambda chinese: chinese.ngettext(msgid1, msgid2, n))

    def _paired(self, said: str, message: str, find: Any) -> str:
        if not _PAIRING.get():
            return said
        if (found := _LACKING.get()) is not None and message not in self._ids:
            found.add(message)
        meant = find(trans_real.translation(CHINESE))
        letter = self._catalog.get(_STATUS + message, "")
        return paired(said, meant, sure=letter in _MARKS)


def install() -> None:
    """Make the languages known to Django; called once by the settings."""
    for code, (name, local) in _NAMES.items():
        LANG_INFO[code] = {"bidi": False, "code": code, "name": name, "name_local": local}
    # A reader in China writes in columns, one in Mongolia in Cyrillic letters.
    LANG_INFO["mn-mn"] = {"fallback": [CYRILLIC]}
    LANG_INFO["mn-cn"] = {"fallback": [MONGOLIAN]}
    vars(trans_real)["DjangoTranslation"] = Translation
