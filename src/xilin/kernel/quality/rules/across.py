"""Checks that need all rows of a resource, or another resource: tables in, counts out."""

from typing import Any

from ibis.expr.types import Table

from xilin.kernel.quality.declarations import Rule
from xilin.kernel.quality.rules.checks import Check


def counts(check: Check, table: Table, target: Table | None = None) -> tuple[Any, Any]:
    """How many rows a check looks at, and how many break it, as two Ibis expressions.

    `table` and `target` hold the rows in force. Rows with nothing in the column are not looked at;
    of n rows that share what must be unique, n - 1 break the rule. ValueError where a rule needs a target
    that is not given, or the kind is one that a single row answers.
    """
    rule = check.rule
    if rule is None or rule.kind not in _COUNTS:
        raise ValueError(f"Check {check.code} does not look across rows.")
    return _COUNTS[rule.kind](rule, table, target)


def count(con: Any, check: Check, table: Table, target: Table | None = None) -> tuple[int, int]:
    """`counts`, evaluated on a connection."""
    checked, broken = counts(check, table, target)
    return int(con.execute(checked) or 0), int(con.execute(broken) or 0)


def _unique(rule: Rule, table: Table, _target: Table | None) -> tuple[Any, Any]:
    there = table.select(*rule.columns).drop_null(how="any")
    alike = there.group_by(*rule.columns).aggregate(rows_=there.count())
    return there.count(), (alike.rows_ - 1).sum()


def _exists_in(rule: Rule, table: Table, target: Table | None) -> tuple[Any, Any]:
    there, other = _sides(rule, table, target)
    return there.count(), there.anti_join(other, "value").count()


def _absent_from(rule: Rule, table: Table, target: Table | None) -> tuple[Any, Any]:
    there, other = _sides(rule, table, target)
    return there.count(), there.semi_join(other, "value").count()


def _sides(rule: Rule, table: Table, target: Table | None) -> tuple[Table, Table]:
    if target is None:
        raise ValueError(f"Rule {rule.code} needs the rows of {rule.target}.")
    there = table.select(value=table[rule.column]).drop_null(how="any")
    return there, target.select(value=target[rule.target_column]).drop_null(how="any").distinct()


_COUNTS = {"unique": _unique, "exists_in": _exists_in, "absent_from": _absent_from}
