"""What a league folder says about indicators and about the status report."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class Where(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A condition on a column."""

    column: str
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "in", "null", "not_null"]
    value: str | int | float | date | None = None
    values: tuple[str, ...] = ()


class Indicator(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """指标 A figure: definition, unit, formula, breakdown.

    `count`, `sum`, `distinct` are over the rows (of `column`) of `resource`; `entities`
    counts golden records of `registry`; `ratio` divides indicator `numerator` by
    indicator `denominator` and multiplies by `scale`; `resources`, `sources`, `batches`
    count what the hub itself holds. `by` breaks down by county through the resource's
    area column.
    """

    code: Code
    name: Name
    definition: Text
    unit: Text
    formula: Literal["count", "sum", "distinct", "entities", "ratio", "areas"]
    theme: str = ""
    resource: str = ""
    registry: str = ""
    column: str = ""
    where: tuple[Where, ...] = ()
    numerator: str = ""
    denominator: str = ""
    scale: float = 1
    decimals: int = 0
    by: Literal["", "county"] = ""
    area_level: str = ""
    source: str = ""


class Reported(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A figure that an earlier report printed, kept beside the live one.

    Where it can be computed from other figures the report printed, `numerator`,
    `denominator` and `scale` say how, and a disagreement is told.
    """

    code: Code
    indicator: str
    value: float
    printed: str
    report: str
    as_of: date
    paragraph: str
    numerator: float | None = None
    denominator: float | None = None
    scale: float = 1


class ReportText(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A section of the status report: text with `{indicator_code}` where live figures stand."""

    code: Code
    order: int
    title: Name
    body: Text


def _references(declared: Declared[Indicator], league: League) -> Iterable[Fault]:
    value: Indicator = declared.value
    for name, kind in (("resource", "resource"), ("registry", "registry")):
        if (wanted := getattr(value, name)) and wanted not in league.all(kind):
            yield declared.fault(
                name, zh=f"“{wanted}”不存在。", en=f"There is no {kind} {wanted}.", allowed=league.codes(kind)
            )
    for name in ("numerator", "denominator"):
        if (wanted := getattr(value, name)) and wanted not in league.all("indicator"):
            yield declared.fault(
                name,
                zh=f"指标“{wanted}”不存在。",
                en=f"There is no indicator {wanted}.",
                allowed=league.codes("indicator"),
            )


INDICATOR = Kind(
    "indicator",
    Text(zh="指标", en="Indicator"),
    Indicator,
    "indicators/*.toml",
    "indicator",
    check=_references,
)
REPORTED = Kind(
    "reported", Text(zh="历史报告数字", en="Reported figure"), Reported, "report/reported.toml", "reported"
)
REPORT_TEXT = Kind(
    "report_text", Text(zh="报告章节", en="Report section"), ReportText, "report/text.toml", "section"
)
