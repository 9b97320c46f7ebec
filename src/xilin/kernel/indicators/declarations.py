"""What a league folder says about indicators and about the status report."""

import re
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
    value: str | int | float | None = None
    values: tuple[str, ...] = ()


class Indicator(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """指标 A figure: definition, unit, formula, breakdown.

    `count`, `sum`, `distinct` are over the rows (of `column`) of `resource` that meet every
    condition of `where`; `entities` counts golden records of `registry`; `areas` counts the
    areas of `area_level`; `ratio` divides indicator `numerator` by indicator `denominator`
    and multiplies by `scale`. `by = "county"` breaks down by the resource's area column, or
    the registry attribute `column`.
    """

    code: Code
    name: Name
    definition: Text
    unit: Text
    formula: Literal["count", "sum", "distinct", "entities", "ratio", "areas"]
    theme: Name
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


class Reported(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A figure that an earlier report printed, kept beside the live one.

    Where it can be computed from other figures the report printed, `numerator`,
    `denominator` and `scale` say how, and a disagreement beyond the printed digits
    (`decimals`) is told. `indicator` is empty where no data of the hub gives the figure;
    `why_not` then says why.
    """

    code: Code
    name: Name
    value: float
    printed: str
    report: Name
    as_of: date
    paragraph: str
    indicator: str = ""
    why_not: Text = Text(zh="")
    decimals: int = 0
    numerator: float | None = None
    denominator: float | None = None
    scale: float = 1


class ReportText(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A section of the status report: text with `{indicator_code}` where live figures stand."""

    code: Code
    order: int
    title: Name
    body: Text


# What each formula needs, besides what every indicator has.
NEEDS = {
    "count": ("resource",),
    "sum": ("resource", "column"),
    "distinct": ("resource", "column"),
    "entities": ("registry",),
    "areas": ("area_level",),
    "ratio": ("numerator", "denominator"),
}


def _references(declared: Declared[Indicator], league: League) -> Iterable[Fault]:
    value: Indicator = declared.value
    for name in NEEDS[value.formula]:
        if not getattr(value, name):
            yield declared.fault(
                "formula",
                zh=f"公式“{value.formula}”需要 {name}。",
                en=f"Formula {value.formula} needs {name}.",
                allowed=", ".join(NEEDS[value.formula]),
            )
    kinds = {
        "resource": "resource",
        "registry": "registry",
        "numerator": "indicator",
        "denominator": "indicator",
    }
    for name, kind in kinds.items():
        if (wanted := getattr(value, name)) and wanted not in league.all(kind):
            yield declared.fault(
                name, zh=f"“{wanted}”不存在。", en=f"There is no {kind} {wanted}.", allowed=league.codes(kind)
            )
    resource = league.all("resource").get(value.resource)
    if resource is None:
        return
    columns = [item.key for item in resource.value.item]
    used = [("column", value.column), *((f"where.{n}", w.column) for n, w in enumerate(value.where))]
    for place, column in used:
        if column and column not in columns:
            yield declared.fault(
                *(int(part) if part.isdigit() else part for part in place.split(".")),
                zh=f"“{column}”不是信息项。",
                en=f"{column} is not an item.",
                allowed=", ".join(columns),
            )
    if value.by == "county" and not resource.value.area_column:
        yield declared.fault(
            "by",
            zh=f"资源“{value.resource}”没有 area_column，不能按旗县细分。",
            en=f"Resource {value.resource} has no area_column to break down by.",
        )


def placeholders(body: str) -> list[str]:
    """The indicators a report's text names: `{people_total}` or `{people_total:wan}`."""
    return [code.partition(":")[0] for code in re.findall(r"\{([a-z][a-z0-9_]*(?::[a-z]+)?)\}", body)]


def _known_indicators(declared: Declared[ReportText], league: League) -> Iterable[Fault]:
    for name in ("zh", "en"):
        for code in placeholders(getattr(declared.value.body, name)):
            if code not in league.all("indicator"):
                yield declared.fault(
                    "body",
                    name,
                    zh=f"文中引用的指标“{code}”不存在。",
                    en=f"The text names indicator {code}, which doesn't exist.",
                    allowed=league.codes("indicator"),
                )


def _known_indicator(declared: Declared[Reported], league: League) -> Iterable[Fault]:
    wanted = declared.value.indicator
    if wanted and wanted not in league.all("indicator"):
        yield declared.fault(
            "indicator",
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
    "reported",
    Text(zh="历史报告数字", en="Reported figure"),
    Reported,
    "report/reported.toml",
    "reported",
    check=_known_indicator,
)
REPORT_TEXT = Kind(
    "report_text",
    Text(zh="报告章节", en="Report section"),
    ReportText,
    "report/text.toml",
    "section",
    check=_known_indicators,
)
