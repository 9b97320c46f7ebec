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
    if value.target and value.target not in league.all("resource"):
        yield declared.fault(
            "target",
            zh=f"信息资源“{value.target}”不存在。",
            en=f"There is no resource {value.target}.",
            allowed=league.codes("resource"),
        )


RULE = Kind("rule", Text(zh="质量规则", en="Quality rule"), Rule, "rules/*.toml", "rule", check=_references)
