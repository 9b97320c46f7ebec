"""The forms in which values are compared: folded text, pinyin, words; all of them count characters."""

# ruff: noqa: S608 - statements are put together from declared names, quoted; values never stand in them

import duckdb
import pyarrow as pa
from pypinyin import Style, pinyin

from xilin.kernel.registry.pipeline.spec import Spec, literal, name

# Every single-byte character but NUL and the quote: what the characters of two texts are
# mapped to, so that functions that count bytes count characters.
ONE_BYTE = "".join(chr(code) for code in range(1, 128) if chr(code) != "'")
LONGEST = len(ONE_BYTE) // 2
WIDE, NARROW = "（）［］【】　", "()[][] "

MACROS = (
    # The characters of x as single bytes, the same for x = l and x = r of one pair.
    f"""
    CREATE OR REPLACE TEMP MACRO one_byte(x, l, r) AS
    CASE WHEN strlen(l) = length(l) AND strlen(r) = length(r) THEN x
    ELSE translate(left(x, {LONGEST}), concat(left(l, {LONGEST}), left(r, {LONGEST})), '{ONE_BYTE}') END
    """,
    # Words, or pairs of neighbouring characters where a text has no spaces.
    """
    CREATE OR REPLACE TEMP MACRO words(x) AS
    CASE WHEN contains(x, ' ') OR strlen(x) = length(x)
    THEN list_sort(list_distinct(list_filter(string_split(x, ' '), lambda w: w <> '')))
    ELSE list_sort(list_distinct(
        list_transform(range(1, greatest(length(x), 2)), lambda i: substr(x, i, 2)))) END
    """,
    """
    CREATE OR REPLACE TEMP MACRO share_of_words(l, r) AS
    len(list_intersect(l, r)) / len(list_distinct(list_concat(l, r)))
    """,
)


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Give a connection the functions that comparisons are written in."""
    for macro in MACROS:
        con.execute(macro)


def form(spec: Spec, code: str, column: str | None = None) -> str:
    """An attribute's value as it is compared: an expression of text, null where nothing is left."""
    value = column or name(code)
    kind = spec.types.get(code, "string")
    if kind == "date":
        return f"strftime({value}, '%Y-%m-%d')"
    if kind != "string":
        return f"CAST({value} AS VARCHAR)"
    attribute = spec.attribute(code)
    if code in spec.identifiers:
        return f"nullif(trim({value}), '')"
    # Few values have any of these, and translating is dear.
    some = " OR ".join(f"contains({value}, '{character}')" for character in WIDE)
    wide = f"strlen({value}) <> length({value}) AND ({some})"
    folded = f"lower(CASE WHEN {wide} THEN translate({value}, '{WIDE}', '{NARROW}') ELSE {value} END)"
    for old, new in attribute.replace.items():
        folded = f"replace({folded}, {literal(old.lower())}, {literal(new.lower())})"
    if attribute.plain:
        folded = f"regexp_replace({folded}, '[^\\p{{L}}\\p{{N}} ]', '', 'g')"
    return f"nullif(trim({folded}), '')"


def sound(text: str, readings: dict[str, str]) -> str:
    """Pinyin without tones, each character by its first reading, so that variants sound alike.

    >>> sound("其其格", {}) == sound("琪琪格", {})
    True
    """
    for character in text:
        if character not in readings:
            readings[character] = pinyin(character, style=Style.NORMAL, errors="default")[0][0]
    return "".join(readings[character] for character in text)


def keep_sounds(con: duckdb.DuckDBPyConnection, spec: Spec, table: str) -> None:
    """Make `linking.sounds` (form, sound) for the distinct values of the attributes that need it."""
    readings: dict[str, str] = {}
    con.execute("CREATE OR REPLACE TABLE linking.sounds (form VARCHAR, sound VARCHAR)")
    for code in spec.sounded:
        values = con.execute(
            f"SELECT DISTINCT v FROM (SELECT {form(spec, code)} AS v FROM {table}) "
            "WHERE strlen(v) <> length(v) AND v NOT IN (SELECT form FROM linking.sounds)"
        ).to_arrow_table()["v"]
        forms = values.to_pylist()
        found = pa.table(
            {"form": values, "sound": pa.array([sound(f, readings) for f in forms], pa.string())}
        )
        con.register("found_sounds", found)
        con.execute("INSERT INTO linking.sounds SELECT form, sound FROM found_sounds")
        con.unregister("found_sounds")


def columns_of(spec: Spec, codes: tuple[str, ...]) -> list[str]:
    """The columns of `linking.forms` that comparisons of these attributes look at."""
    return [*codes, *(f"{code}__sound" for code in spec.sounded if code in codes)]


def with_tokens(spec: Spec, codes: tuple[str, ...], table: str) -> str:
    """A table of forms with the words of the attributes that need them, as a query in brackets."""
    words = [f"words({name(c)}) AS {name(c + '__tokens')}" for c in spec.tokened if c in codes]
    return f"(SELECT {', '.join(['*', *words])} FROM {table})"
