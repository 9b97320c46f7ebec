"""The steps' SQL, written for DuckDB, as Spark understands it.

There is one text of every step: this translates its tree. sqlglot (which Ibis compiles with) knows most of both
dialects; what is here is what they mean differently. Spark's session must be that of `spark.connect`: times without a zone,
and null where ANSI would raise.
"""

import re
from collections.abc import Callable
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.parsers.duckdb import DuckDBParser

# The parts of a time that strptime's forms name, in the order in which a time is made of them.
PARTS = ("%Y", "%m", "%d", "%H", "%M", "%S")


# The functions whose meaning a tree must show; those of several rows, mostly.
KNOWN = (
    *(
        "COALESCE",
        "LEAST",
        "GREATEST",
        "COUNT",
        "COUNT_IF",
        "MIN",
        "MAX",
        "SUM",
        "ANY_VALUE",
        "BOOL_OR",
        "BOOL_AND",
    ),
    *(
        "BIT_OR",
        "ARG_MIN",
        "ARG_MAX",
        "MIN_BY",
        "MAX_BY",
        "LIST",
        "ARRAY_AGG",
        "ROW_NUMBER",
        "RANK",
        "DENSE_RANK",
    ),
    *("UNNEST", "READ_PARQUET"),
)


class AsWritten(DuckDB):
    """DuckDB's dialect with all other functions left as they are written: `log2(x)` isn't `log(2, x)` to the last bit."""

    class Parser(DuckDBParser):
        """See there."""

        FUNCTIONS = {name: make for name, make in DuckDBParser.FUNCTIONS.items() if name in KNOWN}


def to_spark(query: str) -> str:
    """A query of the steps for Spark SQL. Raises sqlglot's UnsupportedError for what Spark can't be told."""
    return in_spark(sqlglot.parse_one(query, read="duckdb"))


def in_spark(tree: exp.Expr) -> str:
    """A query's tree, which is used up, as Spark SQL."""
    places = _places(tree)
    for node in reversed(list(tree.bfs())):
        rule = RULES.get(type(node))
        new = rule(node) if rule else node
        if isinstance(node, exp.Anonymous):
            new = _function(node, places)
        if new is not node:
            node.replace(new)
    return tree.sql(dialect="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def _places(tree: exp.Expr) -> dict[str, list[exp.Expr]]:
    """The texts of each column that is an ENUM, by the column's name."""
    return {
        node.alias: node.this.to.expressions
        for node in tree.find_all(exp.Alias)
        if isinstance(node.this, exp.TryCast) and node.this.to.this == exp.DataType.Type.ENUM
    }


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _function(node: exp.Anonymous, places: dict[str, list[exp.Expr]]) -> exp.Expr:
    name, arguments = str(node.this).lower(), node.expressions
    if name == "enum_code":
        texts = exp.Array(expressions=[text.copy() for text in places[arguments[0].name]])
        return exp.Paren(
            this=exp.Sub(this=_call("array_position", texts, arguments[0]), expression=exp.Literal.number(1))
        )
    if name == "try_strptime":
        return _time(arguments[0], arguments[1].name)
    if name == "list_extract":
        place = exp.Cast(this=arguments[1], to=exp.DataType.build("int"))
        return _call("try_element_at", arguments[0], place)
    if name == "list_apply":
        return _call("transform", *arguments)
    if name == "isfinite":
        return exp.Paren(
            this=exp.And(
                this=exp.Not(this=_call("isnan", arguments[0])),
                expression=exp.LT(
                    this=_call("abs", arguments[0].copy()),
                    expression=_call("double", exp.Literal.string("infinity")),
                ),
            )
        )
    if name == "to_seconds":
        seconds = exp.Cast(this=arguments[0], to=exp.DataType.build("decimal(18, 6)", dialect="spark"))
        nothing = [exp.Literal.number(0) for _ in range(6)]
        return _call("make_interval", *nothing, seconds)
    return _call(NAMES[name], *arguments) if name in NAMES else node


NAMES = {
    "strlen": "octet_length",
    "hash": "xxhash64",
    "suffix": "endswith",
    "prefix": "startswith",
}


def _time(text: exp.Expr, form: str) -> exp.Expr:
    """A text read by a form of strptime, digit by digit: Java's own forms let more digits and fewer blanks pass."""
    found = re.findall(r"%.|\s+|[^%\s]+", form)
    pattern, order = r"\A", []
    for at, part in enumerate(found):
        if part in PARTS:
            tight = any(0 <= near < len(found) and found[near] in PARTS for near in (at - 1, at + 1))
            order.append(part)
            pattern += _digits(part, tight)
        else:
            pattern += r"\s+" if part.isspace() else re.escape(part)
    pattern += r"\z"
    numbers: list[exp.Expr] = []
    for part in PARTS:
        if part in order:
            group = exp.Literal.number(order.index(part) + 1)
            digits = _call("regexp_extract", text.copy(), exp.Literal.string(pattern), group)
            numbers.append(exp.Cast(this=digits, to=exp.DataType.build("int")))
        else:
            numbers.append(exp.Literal.number(1 if part in ("%m", "%d") else 0))
    return _call("try_make_timestamp_ntz", *numbers)


def _digits(part: str, tight: bool) -> str:
    if part == "%Y":
        return "([1-9][0-9]{3})"
    first = "[0-5]" if part in ("%M", "%S") else "[0-9]"
    return f"({first}{'' if tight else '?'}[0-9])"


def _cast(node: exp.Expr) -> exp.Expr:
    """Codes are texts: a text that is none of an ENUM's is none at all."""
    to, value = node.args["to"], node.this
    if to.this == exp.DataType.Type.ENUM:
        if isinstance(value, exp.Literal):
            return cast(exp.Expr, value)
        if isinstance(value, exp.Null):
            return exp.Cast(this=value, to=exp.DataType.build("string", dialect="spark"))
        known = exp.In(this=value.copy(), expressions=[text.copy() for text in to.expressions])
        return exp.Case(ifs=[exp.If(this=known, true=value.copy())])
    for kind in [to, *to.find_all(exp.DataType)]:
        if kind.this == exp.DataType.Type.UBIGINT:
            kind.replace(UNSIGNED.copy()) if kind is not to else node.set("to", UNSIGNED.copy())
    inner = to.expressions[0] if to.this == exp.DataType.Type.ARRAY and to.expressions else None
    if isinstance(inner, exp.DataType) and inner.this == exp.DataType.Type.ENUM:
        return cast(exp.Expr, value)
    return node


def _full_match(node: exp.Expr) -> exp.Expr:
    pattern = exp.Literal.string(rf"\A(?:{node.expression.name})\z")
    return exp.RegexpLike(this=node.this, expression=pattern)


def _replaced(node: exp.Expr) -> exp.Expr:
    """Spark replaces every match, which is what "g" asks for; without it patterns here are anchored."""
    return _call(
        "regexp_replace", node.this, node.expression, node.args.get("replacement") or exp.Literal.string("")
    )


def _json(node: exp.Expr) -> exp.Expr:
    pairs = [part for pair in node.expressions for part in (pair.this, pair.expression)]
    options = _call("map", exp.Literal.string("ignoreNullFields"), exp.Literal.string("false"))
    return _call("to_json", _call("named_struct", *pairs), options)


def _long(node: exp.Expr) -> exp.Expr:
    """Parts of dates are long in DuckDB, and what is made of them doesn't fit into Spark's integers."""
    if isinstance(node.parent, exp.Cast):
        return node
    return exp.Cast(this=node.copy(), to=exp.DataType.build("bigint"))


def _unless(node: exp.Expr) -> exp.Expr:
    """Spark loses sight of the columns within its own NULLIF where a step is used twice."""
    same = exp.EQ(this=node.this.copy(), expression=node.expression)
    return exp.Case(ifs=[exp.If(this=same, true=exp.Null())], default=node.this)


def _ranked(node: exp.Expr) -> exp.Expr:
    """Ranks are long in DuckDB, and what is made of them doesn't fit into Spark's integers; a frame says nothing to them."""
    if not isinstance(node.this, exp.RowNumber | exp.Rank | exp.DenseRank):
        return node
    node.set("spec", None)
    return exp.Cast(this=node.copy(), to=exp.DataType.build("bigint"))


def _told(node: exp.Expr) -> exp.Expr:
    node.set("materialized", None)
    return node


# Spark knows no unsigned numbers: those of 64 bits are decimals, which compare the same.
UNSIGNED = exp.DataType.build("decimal(20, 0)", dialect="spark")

RULES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.RegexpFullMatch: _full_match,
    exp.RegexpReplace: _replaced,
    exp.JSONObject: _json,
    exp.Extract: _long,
    exp.Nullif: _unless,
    exp.CTE: _told,
    exp.Window: _ranked,
}
