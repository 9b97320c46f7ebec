"""Chinese and Latin words for PostgreSQL's text search, without a dictionary in the server.

The server's own parser cuts no Chinese words and the embedded one has no pg_trgm, so words are
cut here (jieba) and kept beside the pairs of neighbouring characters, which find any substring of
two characters or more. Mongolian words are kept by their shape. Lexemes are written as literals and never pass the server's parser.
"""

import logging
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from xilin.lib import mongolian

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]+|[\u0400-\u04ff]+")
_MOST_POSITIONS = 16000


@cache
def _cutter() -> Any:
    """jieba, loaded once and quietly: it takes about a second, and warns of its own escapes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.ERROR)
    return jieba


def pairs(run: str) -> list[str]:
    """The pairs of neighbouring characters of a run; a single character stands for itself.

    >>> pairs("人口库")
    ['人口', '口库']
    """
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def lexemes(text: str) -> list[str]:
    """Everything a text can be found by: words of two characters or more, pairs, Latin words."""
    text = text.lower()
    found: list[str] = []
    for run in _HAN.findall(text):
        found += [word for word in _cutter().cut_for_search(run) if len(word) > 1]
        found += pairs(run)
    return [*found, *_LATIN.findall(text), *mongolian.keys(text), *mongolian.stems(text)]


def vector(weighted: Mapping[str, Iterable[str]]) -> str:
    """A tsvector literal from texts by weight (A, the heaviest, to D)."""
    marks: dict[str, list[str]] = {}
    position = 0
    for weight in sorted(weighted):
        for text in weighted[weight]:
            for lexeme in lexemes(text):
                position = min(position + 1, _MOST_POSITIONS)
                marks.setdefault(lexeme, []).append(f"{position}{weight}")
    return " ".join(f"{_quoted(lexeme)}:{','.join(at[:200])}" for lexeme, at in marks.items())


def query(words: str) -> str:
    """A tsquery literal: every term by the pairs of characters of its words.

    Empty where there is nothing to look for.
    """
    text = words.lower()
    wanted = [_han_term(run) for run in _HAN.findall(text)]
    wanted += [f"{_quoted(word)}:*" for word in _LATIN.findall(text)]
    wanted += [_quoted(word) for word in mongolian.keys(text)]
    return " & ".join(f"({term})" for term in wanted)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of what someone looks for: a tsquery literal, and the lexemes that an entry then has."""

    literal: str
    lexemes: tuple[str, ...] = ()


def terms(words: str) -> list[Term]:
    """Each term on its own: words of two characters and more, Latin words by prefix.

    >>> [term.literal for term in terms("xilin api")]
    ["'xilin':*", "'api':*"]
    """
    text = words.lower()
    found: list[Term] = []
    for run in _HAN.findall(text):
        found += [Term(_in_a_row(word), tuple(pairs(word))) for word in _cut(run) or [run]]
    found += [Term(f"{_quoted(word)}:*") for word in _LATIN.findall(text)]
    found += [Term(_quoted(word), (word,)) for word in (*mongolian.keys(text), *mongolian.stems(text))]
    return list(dict.fromkeys(found))


def _han_term(run: str) -> str:
    """The pairs within the words of a run, which need not stand together; of a run that is no words, all its pairs.

    A text that has the words has their pairs, and so has one that has the run as it stands: one conjunction finds
    both, and the index looks the rarest pair up first.
    """
    cut = _cut(run)
    if not cut or sum(map(len, cut)) < len(run):
        return _in_a_row(run)
    return " & ".join(_in_a_row(word) for word in dict.fromkeys(cut))


def _cut(run: str) -> list[str]:
    return [word for word in _cutter().cut(run) if len(word) > 1]


def _in_a_row(run: str) -> str:
    if len(run) == 1:
        return f"{_quoted(run)}:*"
    return " & ".join(_quoted(pair) for pair in pairs(run))


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
