"""Conditions on rows as SQL: a grant's row filter and the filter of a list, always part of the WHERE.

Names come from declarations, values go as parameters. A condition that can't be carried out any more
(its item is gone, isn't shared, or is of another type now) lets no row through.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import sql

from xilin.kernel.exchange import filters

if TYPE_CHECKING:
    from xilin.kernel.exchange.gateway.book import Served

ARRAYS = {
    "string": "text",
    "integer": "bigint",
    "decimal": "numeric",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamptz",
}
# What a golden record's text must look like before it is read as the type: anything else fits no condition.
_LIKE = {
    "integer": r"^-?\d{1,18}$",
    "decimal": r"^-?\d{1,30}(\.\d{1,30})?$",
    "boolean": r"^(true|false|True|False)$",
    "date": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$|^\d{4}-(0[13-9]|1[0-2])-(29|30)$|^\d{4}-(0[13578]|1[02])-31$"
    r"|^(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29$",
    "datetime": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$",
}


@dataclass(frozen=True)
class Filter:
    """Conditions that all must hold, as `exchange.filters` keeps them; none means every row."""

    conditions: tuple[filters.Condition, ...] = ()

    @cached_property
    def key(self) -> str:
        """The conditions as text: equal filters have equal keys."""
        return msgspec.json.encode(self.conditions, order="sorted").decode()

    def __bool__(self) -> bool:
        return bool(self.conditions)


EVERY_ROW = Filter()


def where(served: "Served", filter_: Filter) -> tuple[sql.Composable, list[Any]]:
    """What narrows a WHERE (with AND in front, or nothing) on the published table or golden records `e`, and its parameters."""
    parts: list[sql.Composable] = []
    values: list[Any] = []
    for condition in filter_.conditions:
        part, value = _one(served, condition)
        parts.append(part)
        values.extend(value)
    return sql.SQL("").join(sql.SQL(" AND {}").format(part) for part in parts), values


_NEVER: tuple[sql.Composable, list[Any]] = sql.SQL("FALSE"), []
_COMPARISONS = {
    "eq": "{column} = %s::{kind}",
    "in": "{column} = ANY(%s::{kind}[])",
    "prefix": "{column} ^@ %s::{kind}",
    "ge": "{column} >= %s::{kind}",
    "le": "{column} <= %s::{kind}",
}


def _one(served: "Served", condition: filters.Condition) -> tuple[sql.Composable, list[Any]]:
    column, op, value = condition["column"], condition["op"], condition["value"]
    if not served.shared(column):
        return _NEVER
    kind = served.elements[column].type
    if op not in filters.operators(kind):
        return _NEVER
    try:
        typed: Any = [_value(kind, one) for one in value] if op == "in" else _value(kind, value)
    except (TypeError, ValueError):
        return _NEVER
    comparison = sql.SQL(_COMPARISONS[op]).format(
        column=_column(served, column, kind), kind=sql.SQL(ARRAYS[kind])
    )
    return comparison, [typed]


def _value(kind: str, value: Any) -> Any:
    typed = filters.typed(kind, value)
    return Decimal(repr(typed)) if isinstance(typed, float) else typed


def _column(served: "Served", column: str, kind: str) -> sql.Composable:
    if not served.registry:
        return sql.Identifier(column)
    if column not in served.attributes:
        return sql.SQL("NULL")
    text = sql.SQL("(e.attributes->>{})").format(sql.Literal(served.attributes[column]))
    if kind == "string":
        return sql.SQL('{} COLLATE "C"').format(text)
    return sql.SQL("CASE WHEN {text} ~ {like} THEN {text}::{kind} END").format(
        text=text, like=sql.Literal(_LIKE[kind]), kind=sql.SQL(ARRAYS[kind])
    )
