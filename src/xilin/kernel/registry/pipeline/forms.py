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
    # Words with their weights, which are the same wherever a word stands.
    """
    CREATE OR REPLACE TEMP MACRO rare_words(l, r) AS
    coalesce(list_sum(list_transform(list_intersect(l, r), lambda w: w.weight)), 0)
    / nullif(list_sum(list_transform(list_distinct(list_concat(l, r)), lambda w: w.weight)), 0)
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
    attribute = spec.written(code)
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


def sounds(spec: Spec) -> list[str]:
    """The tables that `keep_sounds` makes."""
    return [f"sounds_{code}" for code in spec.sounded]


def keep_sounds(con: duckdb.DuckDBPyConnection, spec: Spec, table: str, known: str = "") -> None:
    """Make `linking.sounds_<attribute>` (value, form, sound) of the attributes whose pinyin is needed.

    Each distinct value once: what is dear is done for values, not for records. `known` is a database with
    such tables of values that were met before.
    """
    readings: dict[str, str] = {}
    for code in spec.sounded:
        values = f"SELECT DISTINCT {name(code)} AS value FROM {table} WHERE {name(code)} IS NOT NULL"
        con.execute(f"CREATE OR REPLACE TABLE linking.met_values AS {values}")
        met = f"SELECT * FROM {known}.{name('sounds_' + code)} SEMI JOIN linking.met_values USING (value)"
        con.execute(
            f"CREATE OR REPLACE TABLE linking.found_values AS SELECT value, {form(spec, code, 'value')} AS form "
            f"FROM linking.met_values {f'ANTI JOIN ({met}) USING (value)' if known else ''}"
        )
        forms = con.execute(
            "SELECT DISTINCT form FROM linking.found_values WHERE strlen(form) <> length(form)"
        ).to_arrow_table()["form"]
        sounds = pa.array([sound(f, readings) for f in forms.to_pylist()], pa.string())
        con.register("found_sounds", pa.table({"form": forms, "sound": sounds}))
        con.execute(
            f"CREATE OR REPLACE TABLE linking.{name('sounds_' + code)} AS "
            "SELECT value, form, coalesce(sound, form) AS sound FROM linking.found_values "
            f"LEFT JOIN found_sounds USING (form){f' UNION ALL {met}' if known else ''}"
        )
        con.unregister("found_sounds")
    for passing in ("met_values", "found_values"):
        con.execute(f"DROP TABLE IF EXISTS linking.{passing}")


def formed(spec: Spec, table: str, *more: str) -> str:
    """A query of forms: `rid`, `source`, the forms of identifiers and matched attributes,
    `<attribute>__sound` where pinyin is needed, `<identifier>__found` where a value wasn't valid.

    `table` is of rows of `linking.records`; the sounds of its values must have been kept. `more` are
    columns to take over.
    """
    columns, joins = ["rid", "source", *more], ""
    for code in spec.used:
        if code in spec.sounded:
            of = f"s{len(joins)}"
            columns += [f"{of}.form AS {name(code)}", f"{of}.sound AS {name(code + '__sound')}"]
            joins += f" LEFT JOIN linking.{name('sounds_' + code)} {of} ON {of}.value = t.{name(code)}"
        else:
            columns.append(f"{form(spec, code, 't.' + name(code))} AS {name(code)}")
    columns += [
        f"nullif(upper(trim({name(c + '__found')})), '') AS {name(c + '__found')}" for c in spec.identifiers
    ]
    return f"SELECT {', '.join(columns)} FROM {table} t{joins}"


def columns_of(spec: Spec, codes: tuple[str, ...]) -> list[str]:
    """The columns of `linking.forms` that comparisons of these attributes look at."""
    return [*codes, *(f"{code}__sound" for code in spec.sounded if code in codes)]


def with_tokens(spec: Spec, codes: tuple[str, ...], table: str) -> str:
    """A table of forms with the words of the attributes that need them, as a query in brackets."""
    words = [f"{_words(spec, c)} AS {name(c + '__tokens')}" for c in spec.tokened if c in codes]
    return f"(SELECT {', '.join(['*', *words])} FROM {table})"


def _words(spec: Spec, code: str) -> str:
    """The words of an attribute; with their weights where a comparison asks for them."""
    if code not in spec.weighed:
        return f"words({name(code)})"
    return (
        "(SELECT list({'word': u.word, 'weight': coalesce(w.weight, 0)}) "
        f"FROM (SELECT unnest(words({name(code)})) AS word) u LEFT JOIN linking.weights w "
        f"ON w.word = u.word AND w.attribute = {literal(code)})"
    )


def keep_weights(con: duckdb.DuckDBPyConnection, spec: Spec) -> None:
    """Make `linking.weights` (attribute, word, weight): how much each word tells, 0 where every record has it."""
    con.execute("CREATE OR REPLACE TABLE linking.weights (attribute VARCHAR, word VARCHAR, weight DOUBLE)")
    for code in spec.weighed:
        con.execute(
            f"CREATE OR REPLACE TABLE linking.worded AS SELECT {name(code)} "
            f"FROM ({formed(spec, 'linking.records')}) WHERE {name(code)} IS NOT NULL"
        )
        con.execute(
            f"INSERT INTO linking.weights SELECT {literal(code)}, word, "
            f"ln((SELECT count({name(code)}) FROM linking.worded) / count(*)) "
            f"FROM (SELECT unnest(words({name(code)})) AS word FROM linking.worded) GROUP BY word"
        )
