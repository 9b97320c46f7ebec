"""Codes looked up as found, before anything is done to them.

Nearly every value of a column of codes is one of a few dozen texts, clean already: the codes of its list and
the words that its mapping names. An ENUM's dictionary tells their place at the cost of one hash, and from there on
a code is a number: in memory, in comparisons, and when Parquet writes its own dictionary.
What isn't found there takes the long way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from xilin.kernel.collect.declarations import Column
from xilin.kernel.collect.pipeline import sql
from xilin.kernel.collect.pipeline.values import is_clean
from xilin.kernel.standards.declarations import Element


def is_plain_code(element: Element) -> bool:
    """Whether a code list is all that an element asks of its text."""
    others = (element.min_length, element.max_length, element.pattern, element.check)
    return element.type == "string" and bool(element.code_list) and not any(others)


@dataclass(frozen=True, slots=True)
class Coded:
    """The texts known to be clean, the code each stands for, and all codes of the list."""

    found: tuple[str, ...]
    meant: tuple[str, ...]
    codes: tuple[str, ...]

    @classmethod
    def of(cls, column: Column, codes: Sequence[str]) -> "Coded | None":
        """The texts that a column's mapping and the list name; None where no text is known."""
        texts = dict.fromkeys((*codes, *column.codes))
        meant = {text: column.codes.get(text, text) for text in texts if _stays(text, column)}
        known = {text: code for text, code in meant.items() if code in set(codes)}
        return cls(tuple(known), tuple(known.values()), tuple(codes)) if known else None

    def looked_up(self, x: str) -> str:
        """The text's place, as an ENUM of the known texts; null for one that isn't known."""
        return f"TRY_CAST({x} AS {sql.enum(self.found)})"

    def known(self, place: str) -> str:
        """The code that a place stands for; null for none."""
        if self.found == self.codes == self.meant:
            return place
        codes = f"CAST([{sql.texts(self.meant)}] AS {sql.enum(self.codes)}[])"
        return f"({codes})[enum_code({place})::BIGINT + 1]"

    def value(self, place: str, slow: str) -> str:
        """The code that a place stands for, or the long way to it."""
        return f"CASE WHEN {place} IS NOT NULL THEN {self.known(place)} ELSE {slow} END"


def _stays(text: str, column: Column) -> bool:
    """Whether cleaning and preparing leave a text as it is."""
    return is_clean(text) and text not in column.nulls and (not column.upper or text.upper() == text)
