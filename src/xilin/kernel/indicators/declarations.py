"""What a league folder says about indicators and about the status report."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.places import Keys
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
    the registry attribute `column`; `by = "town"` by counties and by their towns.

    Of a town that fewer than `least` rows are of nothing is shown but that they are few. `over` is a column of
    dates or of reporting periods: the figure is broken down by its months or years (`per`) besides.
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
    by: Literal["", "county", "town"] = ""
    least: int = 0
    over: str = ""
    per: Literal["month", "year"] = "month"
    area_level: Literal["", "league", "county", "town", "village", "community", "grid"] = ""


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
    """A section of the status report: text with `{indicator_code}` where live figures stand.

    `chart` names indicators that are drawn below the text, each by county. A language without a body has the
    section's figures as a list instead of sentences.
    """

    code: Code
    order: int
    title: Name
    body: Text
    chart: tuple[str, ...] = ()


# What each formula needs, besides what every indicator has.
NEEDS = {
    "count": ("resource",),
    "sum": ("resource", "column"),
    "distinct": ("resource", "column"),
    "entities": ("registry",),
    "areas": ("area_level",),
    "ratio": ("numerator", "denominator"),
}


# What a condition's constant must be for a column of an element's type; dates are written as text.
CONSTANTS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, float),
    "decimal": (int, float),
    "date": (str,),
    "datetime": (str,),
}


def _indicator(declared: Declared[Indicator], league: League) -> Iterable[Fault]:
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
        "resource": Text(zh="信息资源", en="resource"),
        "registry": Text(zh="基础库", en="registry"),
        "numerator": Text(zh="指标", en="indicator"),
        "denominator": Text(zh="指标", en="indicator"),
    }
    for name, label in kinds.items():
        kind = "indicator" if label.en == "indicator" else name
        if (wanted := getattr(value, name)) and wanted not in league.all(kind):
            yield declared.fault(
                name,
                zh=f"{label.zh}“{wanted}”不存在。",
                en=f"There is no {label.en} {wanted}.",
                allowed=league.codes(kind),
            )
        elif wanted and kind == "indicator" and league.all(kind)[wanted].value.formula == "ratio":
            yield declared.fault(
                name,
                zh=f"指标“{wanted}”本身是比率，不能再作分子或分母。",
                en=f"Indicator {wanted} is a ratio itself, so it can't be a part of one.",
            )
    yield from _finely(declared)
    registry = league.all("registry").get(value.registry)
    if registry is not None and value.column and value.column not in registry.value.codes:
        yield declared.fault(
            "column",
            zh=f"“{value.column}”不是基础库“{value.registry}”的字段。",
            en=f"{value.column} is not an attribute of registry {value.registry}.",
            allowed=", ".join(registry.value.codes),
        )
    resource = league.all("resource").get(value.resource)
    if resource is not None:
        yield from _over_resource(declared, resource.value, league)


def _finely(declared: Declared[Indicator]) -> Iterable[Fault]:
    """What a breakdown by town or over time needs, so that nobody is singled out by it."""
    value = declared.value
    if value.by == "town" and value.formula != "ratio" and value.least < 1:
        yield declared.fault(
            "least",
            zh="按苏木乡镇细分须写明 least：少于几条不显示；与个人无关的写 1。",
            en="A breakdown by town needs least: below how many rows nothing is shown; 1 where it isn't about people.",
            allowed="1, 2, 3 …",
        )
    if value.over and value.formula not in ("count", "sum", "distinct"):
        yield declared.fault(
            "over",
            zh=f"公式“{value.formula}”不能按时间细分。",
            en=f"Formula {value.formula} can't be broken down over time.",
            allowed="count, sum, distinct",
        )
    if value.over and value.least > 1:
        yield declared.fault(
            "over",
            zh="数目少时不显示的指标不能再按时间细分。",
            en="A figure that hides small counts isn't broken down over time as well.",
        )


def _over_resource(declared: Declared[Indicator], resource: Any, league: League) -> Iterable[Fault]:
    """What an indicator says of the columns of its resource."""
    value: Indicator = declared.value
    items = {item.key: item for item in resource.item}
    elements = {
        key: league.all("element")[item.element].value
        for key, item in items.items()
        if item.element in league.all("element")
    }
    types = {key: element.type for key, element in elements.items()}
    used: list[tuple[Keys, str]] = [(("column",), value.column)]
    used += [(("over",), value.over)]
    used += [(("where", n, "column"), where.column) for n, where in enumerate(value.where)]
    for keys, column in used:
        if column and column not in items:
            yield declared.fault(
                *keys,
                zh=f"“{column}”不是信息资源“{value.resource}”的信息项。",
                en=f"{column} is not an item of resource {value.resource}.",
                allowed=", ".join(items),
            )
    if value.formula == "sum" and types.get(value.column, "integer") not in ("integer", "decimal"):
        yield declared.fault(
            "column",
            zh=f"“{value.column}”不是数值，不能求和。",
            en=f"{value.column} is not a number, so it can't be summed.",
            allowed=", ".join(key for key, kind in types.items() if kind in ("integer", "decimal")),
        )
    if value.over and types.get(value.over, "date") not in ("date", "datetime", "string"):
        yield declared.fault(
            "over",
            zh=f"“{value.over}”既不是日期也不是报告期，不能按时间细分。",
            en=f"{value.over} is neither a date nor a reporting period, so there is no breakdown over it.",
            allowed=", ".join(key for key, kind in types.items() if kind in ("date", "datetime")),
        )
    if value.by and not resource.area_column:
        yield declared.fault(
            "by",
            zh=f"资源“{value.resource}”没有 area_column，不能按旗县细分。",
            en=f"Resource {value.resource} has no area_column to break down by.",
        )
    for index, where in enumerate(value.where):
        element = elements.get(where.column)
        codes = league.all("code_list").get(element.code_list) if element else None
        allowed = [entry.code for entry in codes.value.entries] if codes else None
        yield from _where(declared, index, where, element.type if element else "", allowed)


def _where(
    declared: Declared[Indicator], index: int, where: Where, kind: str, codes: list[str] | None
) -> Iterable[Fault]:
    """Whether a condition has the constants its operator needs, of the column's type and code list."""
    constants = where.values if where.operator == "in" else (where.value,)
    if where.operator in ("null", "not_null"):
        return
    if not constants or constants == (None,):
        needed = "values" if where.operator == "in" else "value"
        yield declared.fault(
            "where",
            index,
            zh=f"条件“{where.operator}”需要 {needed}。",
            en=f"Condition {where.operator} needs {needed}.",
            allowed=needed,
        )
        return
    for constant in constants:
        if not isinstance(constant, CONSTANTS.get(kind, (str, int, float))):
            yield declared.fault(
                "where",
                index,
                zh=f"“{where.column}”是 {kind}，不能与 {constant!r} 比较。",
                en=f"{where.column} is a {kind}, which can't be compared with {constant!r}.",
                allowed=" | ".join(known.__name__ for known in CONSTANTS[kind]),
            )
        elif codes is not None and constant not in codes:
            yield declared.fault(
                "where",
                index,
                zh=f"“{constant}”不是“{where.column}”的代码。",
                en=f"{constant} is not a code of {where.column}.",
                allowed=", ".join(codes),
            )


PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
FORMS = ("", "wan")


def placeholders(body: str) -> list[tuple[str, str]]:
    """The figures a report's text asks for, each with its form: `{people_total}` or `{people_total:wan}`.

    >>> placeholders("{people_total:wan} of {villages}")
    [('people_total', 'wan'), ('villages', '')]
    """
    return [(code, form) for code, _, form in (said.partition(":") for said in PLACEHOLDER.findall(body))]


def _known_indicators(declared: Declared[ReportText], league: League) -> Iterable[Fault]:
    known = league.all("indicator")
    for index, code in enumerate(declared.value.chart):
        if code not in known or not known[code].value.by:
            yield declared.fault(
                "chart",
                index,
                zh=f"图表引用的指标“{code}”不存在，或没有按旗县细分。",
                en=f"The chart names indicator {code}, which doesn't exist or isn't broken down by county.",
                allowed=", ".join(sorted(code for code, one in known.items() if one.value.by)),
            )
    for name in ("title", "body"):
        for language in ("zh", "en"):
            text = getattr(getattr(declared.value, name), language)
            for code, form in placeholders(text):
                if name == "title" or code not in league.all("indicator"):
                    yield declared.fault(
                        name,
                        language,
                        zh=f"文中引用的指标“{code}”不存在。",
                        en=f"The text names indicator {code}, which doesn't exist.",
                        allowed="" if name == "title" else league.codes("indicator"),
                    )
                elif form not in FORMS:
                    yield declared.fault(
                        name,
                        language,
                        zh=f"不认识的写法“{form}”。",
                        en=f"There is no form {form} of a figure.",
                        allowed=f"{{{code}}}, {{{code}:wan}}",
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
    if not wanted and not declared.value.why_not.zh:
        yield declared.fault(
            zh=f"“{declared.code}”既没有 indicator，也没有 why_not。",
            en=f"{declared.code} has neither an indicator nor why_not.",
            allowed="indicator, why_not",
        )
    if (declared.value.numerator is None) != (declared.value.denominator is None):
        yield declared.fault(
            zh=f"“{declared.code}”的 numerator 和 denominator 须同时写明。",
            en=f"{declared.code} must give numerator and denominator together.",
        )


INDICATOR = Kind(
    "indicator",
    Text(zh="指标", en="Indicator"),
    Indicator,
    "indicators/*.toml",
    "indicator",
    check=_indicator,
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
