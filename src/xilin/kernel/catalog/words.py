"""Chinese and Latin words for PostgreSQL's text search, without a dictionary in the server.

The server's own parser cuts no Chinese words and the embedded one has no pg_trgm, so words are
cut here (jieba) and kept beside the pairs of neighbouring characters, which find any substring of
two characters or more. Lexemes are written as literals and never pass the server's parser.
"""

import logging
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]+")
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
    return found + _LATIN.findall(text)


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


def query(words: str, *, any_of: bool = False) -> str:
    """A tsquery literal: each term by its words or by its characters in a row; all terms, or any.

    Empty where there is nothing to look for.
    """
    text = words.lower()
    terms = [_han_term(run, any_of=any_of) for run in _HAN.findall(text)]
    terms += [f"{_quoted(word)}:*" for word in _LATIN.findall(text)]
    return (" | " if any_of else " & ").join(f"({term})" for term in terms)


def _han_term(run: str, *, any_of: bool) -> str:
    if len(run) == 1:
        return f"{_quoted(run)}:*"
    joiner = " | " if any_of else " & "
    cut = [word for word in _cutter().cut(run) if len(word) > 1]
    in_a_row = " & ".join(_quoted(pair) for pair in pairs(run))
    if not cut or (sum(map(len, cut)) < len(run) and not any_of):
        return in_a_row
    return f"({joiner.join(_quoted(word) for word in cut)}) | ({in_a_row})"


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
