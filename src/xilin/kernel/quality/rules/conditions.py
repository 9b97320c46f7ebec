"""When a row breaks a check, as Ibis expressions that every engine runs vectorised.

The table holds typed values, `<item>`, and beside each the text as found, `<item>__text`
(null where there was none). A value that breaks a check of its element is emptied
before authors' rules look at it.
"""

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from xilin.kernel.quality.declarations import Rule
from xilin.kernel.quality.rules.checks import Check
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.identifiers import columns as identifiers

TEXT, FOUND = "__text", "__found"
VALID: dict[str, Callable[[Any], BooleanValue]] = {
    "citizen_id": identifiers.citizen_id_valid,
    "uscc": identifiers.uscc_valid,
    "organisation_code": identifiers.organisation_code_valid,
    "mobile": identifiers.mobile_valid,
    "area_code": identifiers.area_code_valid,
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


def condition(check: Check, table: Table) -> BooleanValue:
    """Whether a row breaks a check that one row answers; never null. KeyError for a check of whole tables."""
    return broken(check, table).fill_null(False)


def broken(check: Check, table: Table) -> BooleanValue:
    """As `condition`, but null or false where the row doesn't break the check: cheaper where both mean no."""
    return _CONDITIONS[check.kind](check, table)


def applies(check: Check, table: Table) -> BooleanValue:
    """Whether an author's rule has anything to say of a row: a missing value is not a wrong one; never null."""
    rule = _rule(check)
    if rule.kind == "required_when":
        return table[rule.other].isin(list(rule.values)).fill_null(False)
    there = table[rule.column].notnull()
    if rule.other:
        there = there & table[rule.other].notnull()
    if rule.kind == "id_sex":
        there = there & table[rule.other].isin(["1", "2"]).fill_null(False)
    return there


def _required(check: Check, table: Table) -> BooleanValue:
    return table[check.column + TEXT].isnull()


def _type(check: Check, table: Table) -> BooleanValue:
    return table[check.column + TEXT].notnull() & table[check.column].isnull()


def _length(check: Check, table: Table) -> BooleanValue:
    element = _element(check)
    length = table[check.column].length()
    if element.min_length == element.max_length:
        return length != element.min_length
    most = [length > element.max_length] if element.max_length else []
    least = [length < element.min_length] if element.min_length else []
    return _any([*least, *most])


def _pattern(check: Check, table: Table) -> BooleanValue:
    return ~table[check.column].re_search(_element(check).pattern)


def _range(check: Check, table: Table) -> BooleanValue:
    element, value = _element(check), table[check.column]
    least = element.not_before if element.minimum is None else element.minimum
    most = element.not_after if element.maximum is None else element.maximum
    parts = [] if least is None else [value < _limit(least)]
    if isinstance(most, date) and element.type == "datetime":
        parts.append(value >= _limit(most + timedelta(days=1)))
    elif most is not None:
        parts.append(value > _limit(most))
    return _any(parts)


def _future(check: Check, table: Table) -> BooleanValue:
    return table[check.column] >= _limit(check.on + timedelta(days=1))


def _code_list(check: Check, table: Table) -> BooleanValue:
    """A text that is no code in force has no value: standardising keeps codes only."""
    return table[check.column + TEXT].notnull() & table[check.column].isnull()


def _check(check: Check, table: Table) -> BooleanValue:
    return ~VALID[_element(check).check](table[check.column])


def _compare(check: Check, table: Table) -> BooleanValue:
    rule = _rule(check)
    value = table[rule.column]
    return ~COMPARE[rule.operator](value, table[rule.other] if rule.other else constant(rule, value))


def _required_when(check: Check, table: Table) -> BooleanValue:
    rule = _rule(check)
    return table[rule.other].isin(list(rule.values)) & table[rule.column + TEXT].isnull()


def _id_birth(check: Check, table: Table) -> BooleanValue:
    rule = _rule(check)
    day = table[rule.other].cast("date") if table[rule.other].type().is_timestamp() else table[rule.other]
    return ~identifiers.citizen_id_born_on(table[rule.column], day)


def _id_sex(check: Check, table: Table) -> BooleanValue:
    """Only "1" and "2" can disagree with a number: GB/T 2261.1 codes unknown and not stated too."""
    rule = _rule(check)
    return identifiers.citizen_id_disagrees(table[rule.column], table[rule.other])


def constant(rule: Rule, value: Value) -> Any:
    """The constant a rule compares with, typed as its column."""
    kind = value.type()
    if kind.is_date() or kind.is_timestamp():
        return _limit(datetime.fromisoformat(str(rule.value)).date())
    return str(rule.value) if kind.is_string() else rule.value


def _limit(value: float | date) -> Any:
    """A limit as an expression; a day stays a day, which engines compare with times too."""
    return ibis.literal(value) if isinstance(value, date) else value


def _any(parts: list[BooleanValue]) -> BooleanValue:
    result = parts[0]
    for part in parts[1:]:
        result = result | part
    return result


def _element(check: Check) -> Element:
    if check.element is None:
        raise TypeError(f"Check {check.code} has no data element.")
    return check.element


def _rule(check: Check) -> Rule:
    if check.rule is None:
        raise TypeError(f"Check {check.code} has no rule.")
    return check.rule


_CONDITIONS: dict[str, Callable[[Check, Table], BooleanValue]] = {
    "required": _required,
    "type": _type,
    "length": _length,
    "pattern": _pattern,
    "range": _range,
    "future": _future,
    "code_list": _code_list,
    "check": _check,
    "compare": _compare,
    "required_when": _required_when,
    "id_birth": _id_birth,
    "id_sex": _id_sex,
}
