"""Writing SQL safely: names and constants of declarations, quoted."""

from collections.abc import Iterable


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted constant."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Quoted constants, separated by commas."""
    return ", ".join(text(value) for value in values)


def enum(values: Iterable[str]) -> str:
    """The type of a few texts, kept as numbers."""
    return f"ENUM({texts(values)})"


def mapped(x: str, codes: dict[str, str], *, many: int = 64) -> str:
    """`x`, or what a table of codes puts in its place.

    A few codes are compared one by one; many are looked up in an ENUM's dictionary, which hashes.
    """
    if not codes:
        return x
    if len(codes) <= many:
        cases = " ".join(f"WHEN {text(found)} THEN {text(code)}" for found, code in codes.items())
        return f"CASE {x} {cases} ELSE {x} END"
    place = f"enum_code(TRY_CAST({x} AS {enum(codes)}))"
    return f"coalesce(([{texts(codes.values())}])[{place}::BIGINT + 1], {x})"
