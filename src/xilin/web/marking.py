"""The last touch on a Mongolian page: what is Chinese in it says so, what nobody has checked is marked; no Django.

Reads the page once, tag by tag. A pair of words (see `pairs`) becomes its Mongolian, marked where it has no second
source, with the Chinese beside it where the reader wants that; in attributes, titles and drawings it becomes text.
Chinese that a list of declared words knows (a department's or an area's name in a column of a table) is said in its
Mongolian, whole words only; what it doesn't know gets `lang="zh-Hans"`, and what a page quotes, and says so by a `lang`
of its own, stays as it is. A number of one or two digits stands upright in a column.
What is put around words is `bdi`, which sheets say nothing of: a `span` would be taken for a part of a component.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Protocol

from xilin.web import pairs


class Said(Protocol):
    """Mongolian words, and whether they are attested."""

    @property
    def words(self) -> str: ...
    @property
    def sure(self) -> bool: ...


Find = Callable[[str], Said | None]


def _nothing(_zh: str) -> Said | None:
    return None


_TOKEN = re.compile(
    r"<!--.*?-->|<(?P<shut>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<rest>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>"
    "|(?P<sign>[\ufdd0-\ufdd3])|(?P<text>[^<\ufdd0-\ufdd3]+)|<",
    re.DOTALL,
)
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# Elements that hold text and nothing else, or whose words are drawn.
_PLAIN = frozenset(["title", "option", "textarea", "script", "style", "svg"])
_AS_IT_IS = frozenset(["script", "style", "textarea", "code", "pre", "kbd"])
_LANG = re.compile(r"""\slang=["']?([\w-]+)""")
_NUMERIC = re.compile(r"""\sclass=["'][^"']*\b(?:num|code|badge|tally|tcy)\b""")
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CHINESE = re.compile(
    f"[{_HAN}](?:[{_HAN}\u3001-\u3003\u3008-\u3011\u3014-\u301b\uff00-\uff65\u2014\u2026\u00b7\u201c\u201d0-9A-Za-z%.,:/+\\- ()]*[{_HAN}\u3002\uff09\u3011\u300b\uff01\uff1f\uff1a\uff1b\uff0c])?"
)
_SMALL_NUMBER = re.compile(r"(?<![\w.,:/%+#&\-\u2212])\d{1,2}(?![\w.,:/%+\-\u2212])")
_TAGS = re.compile(r"<[^>]*>")
_SPOKEN = re.compile(r"""(\s(?:title|aria-label|alt|placeholder|data-label)=")([^"]+)(")""")
# What joins words of a list, and how Mongolian does.
_JOINTS = re.compile("([、，；：。·（）()/,:;.]\\s*|\\s+)")
_JOINED = {
    True: {"、": "᠂ ", "，": "᠂ ", "；": "᠂ ", "：": "᠄ ", "。": "᠃ ", "（": " (", "）": ") "},
    False: {"、": ", ", "，": ", ", "；": "; ", "：": ": ", "。": ". ", "（": " (", "）": ") "},
}


@dataclass(slots=True)
class _Open:
    """An element that is open: its language, and how its text is written."""

    name: str
    chinese: bool
    plain: bool
    as_it_is: bool
    numeric: bool


@dataclass(slots=True)
class _Frame:
    """A pair that is being read: what stood in it so far on either side."""

    sure: bool
    depth: int
    said: list[str] = field(default_factory=list)
    meant: list[str] = field(default_factory=list)
    meaning: bool = False


class _Page:
    """A page as it is read and written anew."""

    def __init__(self, *, vertical: bool, beside: bool, find: Find = _nothing) -> None:
        self.vertical, self.beside, self.find = vertical, beside, find
        self.done: list[str] = []
        self.open: list[_Open] = [_Open("", False, False, False, False)]
        self.frames: list[_Frame] = []

    def emit(self, text: str) -> None:
        """Write where reading stands: the page, or a side of a pair."""
        if not self.frames:
            self.done.append(text)
        else:
            frame = self.frames[-1]
            (frame.meant if frame.meaning else frame.said).append(text)

    def tag(self, whole: str, name: str, rest: str, shut: bool) -> None:
        name = name.lower()
        if shut:
            while self.frames and len(self.open) <= self.frames[-1].depth:
                self.close()  # A pair that lost its end ends with the element it stands in.
            if any(one.name == name for one in self.open[1:]):
                while self.open.pop().name != name:
                    pass
            self.emit(whole)
            return
        if pairs.there(whole):
            whole = pairs.said(whole, self.beside)
        if self.find is not _nothing and not self.open[-1].chinese and not _LANG.search(rest):
            whole = _SPOKEN.sub(lambda one: f"{one[1]}{self.plainly(one[2])}{one[3]}", whole)
        self.emit(whole)
        if name in _VOID or rest.endswith("/"):
            return
        around = self.open[-1]
        named = _LANG.search(rest)
        self.open.append(
            _Open(
                name,
                named[1].lower().startswith("zh") if named else around.chinese,
                around.plain or name in _PLAIN,
                around.as_it_is or name in _AS_IT_IS,
                around.numeric or bool(_NUMERIC.search(rest)),
            )
        )

    def text(self, text: str) -> None:
        around = self.open[-1]
        if around.as_it_is or around.chinese or (self.frames and self.frames[-1].meaning):
            self.emit(text)
            return
        if around.plain:
            self.emit(self.plainly(text))
            return
        if whole := self.find(unescape(text.strip())):
            lead = text[: len(text) - len(text.lstrip())]
            told = self.told(whole, text.strip(), plain=False)
            self.emit(f"{lead}{told}{text[len(text.rstrip()) :]}")
            return
        parts, at = [], 0
        for found in _CHINESE.finditer(text):
            told = self.known(found[0]) or f'<bdi lang="zh-Hans">{found[0]}</bdi>'
            parts += [self.numbers(text[at : found.start()]), told]
            at = found.end()
        self.emit("".join([*parts, self.numbers(text[at:])]))

    def known(self, text: str, plain: bool = False) -> str:
        """A run of Chinese said in Mongolian where a list knows it, or each of its words; else ""."""
        if self.find is _nothing:
            return ""
        if whole := self.find(unescape(text)):
            return self.told(whole, text, plain)
        pieces = _JOINTS.split(text)
        told = []
        for n, piece in enumerate(pieces):
            if n % 2:
                told.append(_JOINED[self.vertical].get(piece.strip(), piece))
            elif not piece or not _CHINESE.search(piece):
                told.append(piece)
            elif one := self.find(unescape(piece)):
                told.append(self.told(one, piece, plain))
            else:
                return ""
        return "".join(told) if len(pieces) > 1 else ""

    def told(self, one: Said, meant: str, plain: bool) -> str:
        if plain:
            return f"{one.words} {meant}" if self.beside else one.words
        return self.shown(one.words, meant, one.sure)

    def plainly(self, text: str) -> str:
        """A text where there can be no element, with the Mongolian of what a list knows."""
        if self.find is _nothing or not _CHINESE.search(text):
            return text
        if whole := self.find(unescape(text.strip())):
            return text.replace(text.strip(), self.told(whole, text.strip(), plain=True))
        return _CHINESE.sub(lambda one: self.known(one[0], plain=True) or one[0], text)

    def numbers(self, text: str) -> str:
        if not self.vertical or self.open[-1].numeric:
            return text
        return _SMALL_NUMBER.sub(r'<bdi class="tcy">\g<0></bdi>', text)

    def sign(self, sign: str) -> None:
        if sign in (pairs.SURE, pairs.UNSURE):
            self.frames.append(_Frame(sign == pairs.SURE, len(self.open)))
        elif self.frames and sign == pairs.MEANT:
            self.frames[-1].meaning = True
        elif self.frames and sign == pairs.END:
            self.close()

    def close(self) -> None:
        frame = self.frames.pop()
        said, meant = "".join(frame.said), "".join(frame.meant)
        around = self.open[-1]
        if self.frames and self.frames[-1].meaning:
            self.emit(meant or said)
        elif around.name in ("script", "style"):
            self.emit(said)
        elif around.plain:
            self.emit(f"{said} {_TAGS.sub('', meant)}" if self.beside and meant else said)
        else:
            self.emit(self.shown(said, meant, frame.sure))

    def shown(self, said: str, meant: str, sure: bool) -> str:
        if self.beside and meant:
            mark = "said" if sure else "said unsure"
            return f'<bdi class="{mark}">{said}</bdi> <bdi class="meant" lang="zh-Hans">{meant}</bdi>'
        if sure:
            return said
        plain = _TAGS.sub("", meant).strip().replace('"', "&quot;")
        return (
            f'<bdi class="unsure" title="{plain}">{said}</bdi>'
            if plain
            else f'<bdi class="unsure">{said}</bdi>'
        )

    def finished(self) -> str:
        while self.frames:
            self.close()
        return "".join(self.done)


def mark(html: str, *, vertical: bool, beside: bool = False, find: Find = _nothing) -> str:
    """A Mongolian page, or a part of one, ready for its reader.

    Args:
        html: as templates wrote it.
        vertical: whether its lines run downwards, so that small numbers are turned upright.
        beside: whether the reader wants the Chinese beside each word.
        find: the Mongolian of declared words by their Chinese.
    """
    page = _Page(vertical=vertical, beside=beside, find=find)
    for token in _TOKEN.finditer(html):
        if (text := token["text"]) is not None:
            page.text(text)
        elif token["name"]:
            page.tag(token[0], token["name"], token["rest"], bool(token["shut"]))
        elif token["sign"]:
            page.sign(token["sign"])
        else:
            page.emit(token[0])
    return page.finished()


# Where there can be no element, what is as it is, what says its language already; then text that holds Chinese.
_SPOKEN_OF = re.compile(
    rf"<(?P<kept>svg|script|style|textarea|title|option|pre|code|kbd)\b.*?</(?P=kept)>|<[^<>]*\slang=\"zh[^<>]*>[^<]*|(?<=>)[^<>{_HAN}]*[{_HAN}][^<>]*",
    re.DOTALL,
)


def chinese(html: str) -> str:
    """An English page in which what is Chinese says so.

    >>> chinese('<p>of 民政局</p><title>民政局</title>')
    '<p>of <bdi lang="zh-Hans">民政局</bdi></p><title>民政局</title>'
    """
    return _SPOKEN_OF.sub(
        lambda one: one[0] if one[0][:1] == "<" else _CHINESE.sub(r'<bdi lang="zh-Hans">\g<0></bdi>', one[0]),
        html,
    )
