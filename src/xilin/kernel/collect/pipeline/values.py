"""From a text as found to a typed value, as SQL expressions that take a column name `x`.

What costs time is avoided where it isn't needed: most texts are clean, so trimming and
translating stand behind a cheap look, and numbers in their plain form skip the regular
expression. The slow path says what holds, the fast path only gets there sooner.
"""

from xilin.kernel.collect.declarations import Column
from xilin.kernel.collect.pipeline import sql
from xilin.kernel.collect.pipeline.dates import moment
from xilin.kernel.standards.declarations import Element

# 全角转半角 Letters, digits and the ideographic space of every text; in numbers and dates all of ASCII's forms.
LETTERS = [*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
WIDE, NARROW = (
    "".join(map(chr, LETTERS)) + "\u3000",
    "".join(chr(c - 0xFEE0) for c in LETTERS) + " ",
)
SIGNS = range(0xFF01, 0xFF5F)
ALL_WIDE, ALL_NARROW = (
    "".join(map(chr, SIGNS)) + "\u3000",
    "".join(chr(c - 0xFEE0) for c in SIGNS) + " ",
)
BLANKS = " \t\n\r\x0b\x0c\u00a0\u3000\ufeff"
ASCII_BLANKS = BLANKS[:6]
INTEGER = r"[+-]?[0-9]{1,18}(\.0*)?"
DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
TRUE, FALSE = ("true", "t", "yes", "y", "1", "是", "有"), ("false", "f", "no", "n", "0", "否", "无")


def cleaned(x: str, *, signs: bool) -> str:
    """A text trimmed and half-width; null for one that is empty then."""
    wide, narrow = (ALL_WIDE, ALL_NARROW) if signs else (WIDE, NARROW)
    ascii_, ends, others = _unclean(x, signs=signs)
    trimmed = f"trim({x}, {sql.text(BLANKS)})"
    translated = f"translate({trimmed}, {sql.text(wide)}, {sql.text(narrow)})"
    # Translation is dear, and most texts that get this far only have a blank at an end.
    inside = f"regexp_matches({trimmed}, {sql.text(_wide(signs=signs))})"
    return (
        f"CASE WHEN {ascii_} THEN CASE WHEN {ends} THEN nullif({trimmed}, '') ELSE {x} END "
        f"WHEN {others} "
        f"THEN nullif(CASE WHEN {inside} THEN {translated} ELSE {trimmed} END, '') ELSE {x} END"
    )


def _wide(*, signs: bool) -> str:
    """The regular expression of a full-width character that is made half-width."""
    return f"[{'！-～' if signs else '０-９Ａ-Ｚａ-ｚ'}　]"


def unclean(x: str) -> str:
    """Whether `cleaned` (without signs) would change a text; null for null."""
    ascii_, ends, others = _unclean(x, signs=False)
    return f"CASE WHEN {ascii_} THEN {ends} ELSE {others} END"


def _unclean(x: str, *, signs: bool) -> tuple[str, str, str]:
    """Whether a text is all ASCII; what of such a text asks for cleaning; what of any other does."""
    needs = rf"{_wide(signs=signs)}|^[\s\x0b\xa0\x{{feff}}]|[\s\x0b\xa0\x{{feff}}]$"
    return (
        f"strlen({x}) = length({x})",
        f"{x} < '!' OR {blank_end(x)}",
        f"regexp_matches({x}, {sql.text(needs)})",
    )


def is_clean(text: str) -> bool:
    """Whether `cleaned` leaves a text as it is, and it isn't empty."""
    return bool(text) and text == text.strip(BLANKS) and not set(text) & set(ALL_WIDE)


def blank_end(x: str) -> str:
    """Whether a text ends with a blank of ASCII; null for null."""
    return " OR ".join(f"ends_with({x}, {sql.text(blank)})" for blank in ASCII_BLANKS)


def prepared(x: str, column: Column, element: Element, *, checked: bool = False) -> str:
    """A clean text cut, emptied where it means nothing, in capitals where it is a code.

    Where what isn't in capitals is left out anyway (`checked`), codes stay as they are.
    """
    if column.part is not None:
        first, length = column.part
        x = f"nullif(substr({x}, {int(first)}, {int(length)}), '')"
    if column.nulls:
        x = f"CASE WHEN {x} IN ({sql.texts(column.nulls)}) THEN NULL ELSE {x} END"
    if column.upper or (not checked and element.check in ("citizen_id", "uscc", "organisation_code")):
        x = f"upper({x})"
    return x


def typed(x: str, column: Column, element: Element) -> str:
    """The value of a prepared text; null where it is none of the element's type."""
    x = sql.mapped(x, column.codes)
    if element.type in ("date", "datetime"):
        return moment(x, column.formats, day=element.type == "date")
    return _TYPED[element.type](x, column, element)


def _string(x: str, _column: Column, element: Element) -> str:
    """Codes of identifiers in the form that registries keep them; what can't be brought there stays as it is."""
    if element.check == "area_code":
        short = f"strlen({x}) IN (6, 9) AND regexp_full_match({x}, '[0-9]+')"
        return f"CASE WHEN {short} THEN rpad({x}, 12, '0') ELSE {x} END"
    if element.check == "mobile":
        bare = rf"regexp_replace(regexp_replace({x}, '[ -]', '', 'g'), '^\+86', '')"
        return f"CASE WHEN strlen({x}) <> 11 THEN {bare} ELSE {x} END"
    return x


def _integer(x: str, column: Column, _element: Element) -> str:
    if column.factor != 1:
        scaled = _decimal(x, column, _element)
        return f"TRY_CAST(round({scaled}) AS BIGINT)"
    plain = f"TRY_CAST({x} AS BIGINT)"
    whole = f"TRY_CAST(regexp_extract({x}, '^([+-]?[0-9]+)', 1) AS BIGINT)"
    return (
        f"CASE WHEN CAST({plain} AS VARCHAR) = {x} THEN {plain} "
        f"WHEN regexp_full_match({x}, {sql.text(INTEGER)}) THEN {whole} END"
    )


def _decimal(x: str, column: Column, _element: Element) -> str:
    value = f"TRY_CAST({x} AS DOUBLE)"
    scaled = value if column.factor == 1 else f"{value} * {float(column.factor)!r}::DOUBLE"
    return f"CASE WHEN regexp_full_match({x}, {sql.text(DECIMAL)}) AND isfinite({scaled}) THEN {scaled} END"


def _boolean(x: str, _column: Column, _element: Element) -> str:
    return (
        f"CASE WHEN lower({x}) IN ({sql.texts(TRUE)}) THEN true "
        f"WHEN lower({x}) IN ({sql.texts(FALSE)}) THEN false END"
    )


_TYPED = {"string": _string, "integer": _integer, "decimal": _decimal, "boolean": _boolean}
