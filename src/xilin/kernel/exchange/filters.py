"""行级条件 Conditions on the rows of a resource: what may be written, and which of two is the narrower.

A filter is a list of `{"column": c, "op": o, "value": v}`, all of which must hold. It is data, never SQL:
columns are the resource's own items, operators the ones below, values are checked against the item's type
and written in one form, so that equal conditions are equal JSON.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.kernel.catalog.models import Item, Resource, ShareType
from xilin.kernel.exchange import errors
from xilin.kernel.standards.queries import declaration

Condition = dict[str, Any]
OPERATORS = ("eq", "in", "prefix", "ge", "le")
ORDERED = ("integer", "decimal", "date", "datetime")
MOST_CONDITIONS, MOST_VALUES, LONGEST = 10, 200, 200


def operators(kind: str) -> tuple[str, ...]:
    """The operators that items of a type may be chosen by; text has no order that two databases share."""
    if kind == "string":
        return ("eq", "in", "prefix")
    return ("eq", "in", "ge", "le") if kind in ORDERED else ("eq",)


def check(resource: Resource, filters: object) -> list[Condition]:
    """The conditions as they are kept, or FilterWrong (NotShareable for an item that isn't shared).

    By an item that is not shared no rows are chosen: each row answered would tell its value.
    """
    if not isinstance(filters, list | tuple):
        raise errors.FilterWrong(
            problem=_("it is no list of conditions"), allowed='[{"column", "op", "value"}]'
        )
    if len(filters) > MOST_CONDITIONS:
        raise errors.FilterWrong(problem=_("it has too many conditions"), allowed=f"≤ {MOST_CONDITIONS}")
    items = {item.column: item for item in resource.items.all()}
    checked: list[Condition] = []
    for one in filters:
        condition = _condition(resource, items, one)
        if condition not in checked:
            checked.append(condition)
    return checked


def narrower(chosen: Sequence[Condition], asked: Sequence[Condition], kinds: Mapping[str, str]) -> bool:
    """Whether every row that fits `chosen` surely fits `asked`: each condition asked for follows from one chosen.

    Both as `check` wrote them; `kinds` has the type of each column. It may say no where a finer
    look would say yes (two conditions together), never the other way round.
    """
    return all(any(_follows(one, wide, kinds) for one in chosen) for wide in asked)


def fits(row: Mapping[str, Any], conditions: Sequence[Condition], kinds: Mapping[str, str]) -> bool:
    """Whether a row's values (text or typed, None for none) fit all conditions: the plain meaning of a filter."""
    return all(_fits(row.get(one["column"]), one, kinds[one["column"]]) for one in conditions)


def typed(kind: str, value: Any) -> Any:
    """A value of a kept condition as Python compares it. Raises ValueError where it is none of the type."""
    return _TYPED[kind](value)


def _condition(resource: Resource, items: Mapping[str, Item], one: object) -> Condition:
    if not isinstance(one, dict) or set(one) != {"column", "op", "value"}:
        raise errors.FilterWrong(problem=_("a condition has other fields"), allowed="column, op, value")
    column, op, value = one["column"], one["op"], one["value"]
    item = items.get(column) if isinstance(column, str) else None
    if item is None:
        raise errors.UnknownItems(resource=resource.title, items=str(column)[:60], allowed=", ".join(items))
    if item.share_type == ShareType.DENIED:
        raise errors.NotShareable(
            resource=resource.title, items=item.title, basis=item.basis or resource.basis or "—"
        )
    allowed = operators(item.type)
    if op not in allowed:
        raise errors.FilterWrong(
            problem=_("{item} isn't compared that way").format(item=item.title), allowed=", ".join(allowed)
        )
    if op == "in":
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_VALUES:
            raise errors.FilterWrong(
                problem=_("{item} needs a list of values").format(item=item.title),
                allowed=f"1 … {MOST_VALUES}",
            )
        return {"column": column, "op": op, "value": _one_by_one(item, value)}
    return {"column": column, "op": op, "value": _value(item, value, coded=op == "eq")}


def _one_by_one(item: Item, values: Sequence[Any]) -> list[Any]:
    """Each value once, in order."""
    kept = {str(found): found for found in (_value(item, value, coded=True) for value in values)}
    return [kept[key] for key in sorted(kept)]


def _value(item: Item, value: Any, *, coded: bool) -> Any:
    """A value as JSON keeps it, or FilterWrong; a coded one is a code of the item's list."""
    try:
        written = _WRITTEN[item.type](value)
    except (TypeError, ValueError, OverflowError):
        raise errors.FilterWrong(
            problem=_("{value} is no value of {item}").format(value=str(value)[:40], item=item.title),
            allowed=str(_FORMS[item.type]),
        ) from None
    codes = declaration("code_list", item.code_list) if coded and item.code_list else None
    if codes is not None and written not in {entry.code for entry in codes.entries}:
        raise errors.FilterWrong(
            problem=_("{value} is no code of {item}").format(value=written, item=item.title),
            allowed=codes.name.of(get_language() or ""),
        )
    return written


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST or not value.isprintable():
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool | float):
        raise ValueError
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def _decimal(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise ValueError


def _date(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(value)


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return timezone.make_aware(moment) if moment.tzinfo is None else moment


_TYPED: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _moment,
}
_WRITTEN: dict[str, Callable[[Any], Any]] = _TYPED | {
    "date": lambda value: _date(value).isoformat(),
    "datetime": lambda value: _moment(value).isoformat(),
}
_FORMS = {
    "string": "…",
    "integer": "0, 1, 2 …",
    "decimal": "0.5",
    "boolean": "true, false",
    "date": "2026-01-31",
    "datetime": "2026-01-31T08:00:00+08:00",
}


def _follows(one: Condition, wide: Condition, kinds: Mapping[str, str]) -> bool:
    """Whether the wide condition holds for every value the other lets through."""
    if one["column"] != wide["column"]:
        return False
    kind = kinds[one["column"]]
    op, value = one["op"], one["value"]
    if op in ("eq", "in"):
        values = value if op == "in" else [value]
        return all(_fits(each, wide, kind) for each in values)
    if op != wide["op"]:
        return False
    if op == "prefix":
        return bool(value.startswith(wide["value"]))
    own, other = typed(kind, value), typed(kind, wide["value"])
    return bool(own >= other if op == "ge" else own <= other)


def _fits(value: Any, condition: Condition, kind: str) -> bool:
    if value is None:
        return False
    own, op = value if kind == "string" else typed(kind, value), condition["op"]
    if op == "in":
        return own in [typed(kind, each) for each in condition["value"]]
    other = typed(kind, condition["value"])
    if op == "prefix":
        return bool(own.startswith(other))
    return bool(own == other if op == "eq" else own >= other if op == "ge" else own <= other)
