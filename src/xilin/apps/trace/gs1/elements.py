"""Element strings (元素串): identifiers with their values as barcodes carry them, raw or with brackets."""

import re
from collections.abc import Sequence

from xilin.apps.trace.gs1.errors import Malformed
from xilin.apps.trace.gs1.identifiers import Table, table

SEPARATOR = "\x1d"
Element = tuple[str, str]
_SYMBOLOGY = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
_BRACKET = re.compile(r"\((\d{2,4})\)", re.ASCII)


def _unreadable(text: str) -> Malformed:
    return Malformed("elements", f"“{text}”不是 GS1 元素串。", f'"{text}" is no string of GS1 elements.')


def read(text: str, identifiers: Table | None = None, *, judge: bool = True) -> list[Element]:
    """Identifiers and values of an element string, in their order.

    `(01)…(10)…` has brackets; anything else is raw, with `^` or the group separator after values of no fixed length; a
    symbology identifier (`]C1`) may come first. Raises Malformed; without `judge` values are taken as they are.
    """
    known = identifiers or table()
    body = _SYMBOLOGY.sub("", text, count=1) if text.startswith("]") else text
    found = _bracketed(body) if body.startswith("(") else _raw(body.replace("^", SEPARATOR), known)
    if not found:
        raise _unreadable(text)
    if judge:
        for code, value in found:
            identifier = known.get(code)
            if identifier is None:
                raise Malformed("unknown", f"没有应用标识符 {code}。", f"There is no identifier {code}.")
            identifier.judge(value)
    return found


def _bracketed(text: str) -> list[Element]:
    heads = list(_BRACKET.finditer(text))
    # An opening bracket that belongs to a value is written with a backslash before it.
    heads = [head for head in heads if text[head.start() - 1 : head.start()] != "\\"]
    if not heads or heads[0].start():
        raise _unreadable(text)
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        (head[1], text[head.end() : end].replace("\\(", "(")) for head, end in zip(heads, ends, strict=True)
    ]


def _raw(text: str, known: Table) -> list[Element]:
    found, place = [], 1 if text.startswith(SEPARATOR) else 0
    while place < len(text):
        identifier = known.at(text[place:])
        if identifier is None:
            raise _unreadable(text)
        place += len(identifier.code)
        end = text.find(SEPARATOR, place)
        end = len(text) if end < 0 else end
        if identifier.fixed:
            end = min(end, place + identifier.length)
        found.append((identifier.code, text[place:end]))
        place = end + (text[end : end + 1] == SEPARATOR)
    return found


def bracketed(found: Sequence[Element]) -> str:
    """Elements with brackets, for people."""
    return "".join(f"({code}){value.replace('(', chr(92) + '(')}" for code, value in found)


def raw(
    found: Sequence[Element],
    *,
    mark: str = SEPARATOR,
    everywhere: bool = False,
    identifiers: Table | None = None,
) -> str:
    """Elements as a barcode holds them: a mark first, and after each value that has no fixed length but the last one.

    `everywhere` puts it before each element, fixed or not.
    """
    known = identifiers or table()
    out = []
    open_end = True
    for code, value in found:
        if open_end or everywhere:
            out.append(mark)
        out.append(code + value)
        identifier = known.get(code)
        open_end = identifier is None or not identifier.fixed
    return "".join(out)


def fixed_first(found: Sequence[Element], identifiers: Table | None = None) -> list[Element]:
    """Elements of fixed length before the others, each group in its order: fewer separators."""
    known = identifiers or table()

    def later(element: Element) -> bool:
        identifier = known.get(element[0])
        return identifier is None or not identifier.fixed

    return sorted(found, key=later)
