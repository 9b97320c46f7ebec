"""What a league folder says about rules that authors write, across columns and tables."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

Dimension = Literal["conformity", "completeness", "accuracy", "consistency", "timeliness", "accessibility"]


class Rule(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """质量规则 A rule about the rows of one resource; no SQL, a typed form per `kind`.

    - `compare`: `column` `operator` `other` (a column) or `value` (a constant; a date as text, 2026-03-01);
    - `required_when`: `column` must be there where `other` is one of `values`;
    - `id_birth`, `id_sex`: the ID number in `column` agrees with the column `other`;
    - `exists_in`: `column` must be found in `target_column` of resource `target`;
    - `absent_from`: `column` must not be found there (the dead drawing benefits);
    - `unique`: `columns` together stand once.

    A row that breaks a `block` rule goes to quarantine; `warn` is counted in the score.
    Dimensions are those of GB/T 36344-2018.
    """

    code: Code
    resource: str
    kind: Literal["compare", "required_when", "id_birth", "id_sex", "exists_in", "absent_from", "unique"]
    name: Name
    source: str
    since: date
    severity: Literal["block", "warn"] = "warn"
    dimension: Dimension = "consistency"
    column: str = ""
    columns: tuple[str, ...] = ()
    operator: Literal["", "<", "<=", "=", "!=", ">=", ">"] = ""
    other: str = ""
    value: str | int | float | None = None
    values: tuple[str, ...] = ()
    target: str = ""
    target_column: str = ""


# What each kind needs, besides what every rule has; of a tuple one is needed.
NEEDS: dict[str, tuple[str | tuple[str, ...], ...]] = {
    "compare": ("column", "operator", ("other", "value")),
    "required_when": ("column", "other", "values"),
    "id_birth": ("column", "other"),
    "id_sex": ("column", "other"),
    "exists_in": ("column", "target", "target_column"),
    "absent_from": ("column", "target", "target_column"),
    "unique": ("columns",),
}
# Kinds that look across rows: no single row can be held back by them.
ACROSS = ("exists_in", "absent_from", "unique")


def _needs(declared: Declared[Rule]) -> Iterable[Fault]:
    value: Rule = declared.value
    for need in NEEDS[value.kind]:
        names = need if isinstance(need, tuple) else (need,)
        if all(getattr(value, name) in ("", (), None) for name in names):
            yield declared.fault(
                "kind",
                zh=f"“{value.kind}”规则需要 {'、'.join(names)}{'之一' if len(names) > 1 else ''}。",
                en=f"A rule of kind {value.kind} needs {' or '.join(names)}.",
                allowed=", ".join(n if isinstance(n, str) else " | ".join(n) for n in NEEDS[value.kind]),
            )
    if value.kind in ACROSS and value.severity == "block":
        yield declared.fault(
            "severity",
            zh=f"“{value.kind}”规则跨行检查，不能拦截单独一行。",
            en=f"A rule of kind {value.kind} looks across rows, so it can't hold a single one back.",
            allowed="warn",
        )


def _target(declared: Declared[Rule], league: League) -> Iterable[Fault]:
    value: Rule = declared.value
    if value.target and value.target not in league.all("resource"):
        yield declared.fault(
            "target",
            zh=f"信息资源“{value.target}”不存在。",
            en=f"There is no resource {value.target}.",
            allowed=league.codes("resource"),
        )
    elif value.target:
        columns = [item.key for item in league.all("resource")[value.target].value.item]
        if value.target_column and value.target_column not in columns:
            yield declared.fault(
                "target_column",
                zh=f"“{value.target_column}”不是信息资源“{value.target}”的信息项。",
                en=f"{value.target_column} is not an item of resource {value.target}.",
                allowed=", ".join(columns),
            )


def _constant(declared: Declared[Rule], league: League) -> Iterable[Fault]:
    """Whether the constant of a comparison is one of its column's type; days are written as text."""
    value: Rule = declared.value
    if value.kind != "compare" or value.value is None:
        return
    items = {item.key: item.element for item in league.all("resource")[value.resource].value.item}
    element = league.all("element").get(items.get(value.column, ""))
    kind = element.value.type if element else ""
    if kind in ("integer", "decimal") and isinstance(value.value, str):
        yield declared.fault(
            "value",
            zh=f"“{value.column}”是数字，不能与文本“{value.value}”比较。",
            en=f"{value.column} is a number, which can't be compared with the text {value.value}.",
            allowed="12",
        )
    elif kind in ("date", "datetime"):
        try:
            date.fromisoformat(str(value.value))
        except ValueError:
            yield declared.fault(
                "value",
                zh=f"“{value.column}”是日期，不能与“{value.value}”比较。",
                en=f"{value.column} is a date, which can't be compared with {value.value}.",
                allowed='"2026-03-01"',
            )


def _references(declared: Declared[Rule], league: League) -> Iterable[Fault]:
    value: Rule = declared.value
    resource = league.all("resource").get(value.resource)
    if resource is None:
        yield declared.fault(
            "resource",
            zh=f"信息资源“{value.resource}”不存在。",
            en=f"There is no resource {value.resource}.",
            allowed=league.codes("resource"),
        )
        return
    columns = [item.key for item in resource.value.item]
    for name in ("column", "other"):
        if (column := getattr(value, name)) and column not in columns:
            yield declared.fault(
                name, zh=f"“{column}”不是信息项。", en=f"{column} is not an item.", allowed=", ".join(columns)
            )
    for column in value.columns:
        if column not in columns:
            yield declared.fault(
                "columns",
                zh=f"“{column}”不是信息项。",
                en=f"{column} is not an item.",
                allowed=", ".join(columns),
            )
    yield from _needs(declared)
    yield from _target(declared, league)
    yield from _constant(declared, league)


RULE = Kind("rule", Text(zh="质量规则", en="Quality rule"), Rule, "rules/*.toml", "rule", check=_references)
