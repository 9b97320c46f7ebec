"""What a league folder says about open data: what is released, how people are protected in it, how much privacy it may cost."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class By(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """分组项 A column people are grouped by, and the steps it is made coarser in, finest first.

    `value`: as it stands. `age`: age on the day of release in bands of so many years, `top` and older together.
    `year`: years in spans of so many. `area`: so many first digits of an area code. Above the last step stands
    everybody.
    """

    column: str
    kind: Literal["value", "age", "year", "area"] = "value"
    levels: tuple[Annotated[int, Meta(ge=1)], ...] = ()
    top: Annotated[int, Meta(ge=1, le=120)] = 80


class Opening(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """开放方案 What of a resource is open to everyone, and how people are protected in it.

    `rows`: the open items of an open resource as they are; nothing personal. `microdata`: rows of people, made
    coarser until at least `k` look alike; at most the share `most` of them left out. `table`: counts by the first step
    of each column with totals; counts below `least` and what would give them away are left out. `noisy`: counts with
    noise of differential privacy, `epsilon` of the resource's yearly budget. `columns` stand in microdata as they are.
    `contribution` is how many rows one person has at most. What isn't open by itself needs its `basis`.
    """

    code: Code
    name: Name
    summary: Text
    resource: str
    form: Literal["rows", "microdata", "table", "noisy"]
    licence: Text
    licence_url: str = ""
    basis: Text = Text(zh="")
    by: tuple[By, ...] = ()
    columns: tuple[str, ...] = ()
    k: Annotated[int, Meta(ge=2)] = 10
    least: Annotated[int, Meta(ge=2)] = 10
    most: Annotated[float, Meta(ge=0, le=0.2)] = 0.05
    epsilon: Annotated[float, Meta(ge=0, le=10)] = 0
    contribution: Annotated[int, Meta(ge=1)] = 1
    period: Literal["year", "month"] = "year"


class Budget(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """隐私预算 How much privacy (epsilon, added up over all releases) a resource may cost in a calendar year."""

    resource: str
    epsilon: Annotated[float, Meta(gt=0, le=20)]
    source: str


# A count over more than three columns has nearly no cell that isn't small.
MOST_DIMENSIONS = 3


def _checked(declared: Declared[Opening], league: League) -> Iterable[Fault]:
    value = declared.value
    found = league.all("resource").get(value.resource)
    if found is None:
        yield declared.fault(
            "resource",
            zh=f"信息资源“{value.resource}”不存在。",
            en=f"There is no resource {value.resource}.",
            allowed=league.codes("resource"),
        )
        return
    resource = found.value
    columns = [item.key for item in resource.item]
    named = [("by", n, by.column) for n, by in enumerate(value.by)]
    named += [("columns", n, column) for n, column in enumerate(value.columns)]
    for key, index, column in named:
        if column not in columns:
            yield declared.fault(
                key,
                index,
                zh=f"“{column}”不是信息项。",
                en=f"{column} is not an item.",
                allowed=", ".join(columns),
            )
    yield from _open(declared, resource, league)
    yield from _steps(declared)
    yield from _spends(declared, league)


def _open(declared: Declared[Opening], resource: Any, league: League) -> Iterable[Fault]:
    value = declared.value
    if value.form == "rows":
        if not resource.open:
            yield declared.fault(
                "resource",
                zh=f"“{value.resource}”不向社会开放（open），不能按行开放。",
                en=f"{value.resource} isn't open to the public, so its rows can't be.",
                allowed="microdata | table | noisy",
            )
        personal = [
            item.key
            for item in resource.item
            if item.open
            and (found := league.all("element").get(item.element))
            and found.value.personal != "no"
        ]
        if personal:
            yield declared.fault(
                "form",
                zh=f"开放的信息项含个人信息（{'、'.join(personal)}），不能按行开放。",
                en=f"Open items are personal ({', '.join(personal)}), so rows can't be opened as they are.",
                allowed="microdata | table | noisy",
            )
        return
    if not value.by:
        yield declared.fault(
            "form",
            zh="按人开放须写明分组项（by）。",
            en="What is about people says what they are grouped by (`by`).",
            allowed=", ".join(item.key for item in resource.item),
        )
    if not resource.open and not value.basis.zh:
        yield declared.fault(
            "basis",
            zh="资源本身不开放，须写明开放依据（basis）。",
            en="The resource isn't open by itself, so the release needs its basis.",
        )
    if value.form == "microdata":
        yield from _naming(declared, resource, league)


def _naming(declared: Declared[Opening], resource: Any, league: League) -> Iterable[Fault]:
    """Columns of microdata that would name people as they stand."""
    risk = league.all("risk").get("risk")
    for index, column in enumerate(declared.value.columns):
        element = next((item.element for item in resource.item if item.key == column), "")
        if risk is not None and risk.value.of(element):
            yield declared.fault(
                "columns",
                index,
                zh=f"“{column}”会认出人，须列为分组项（by）或不开放。",
                en=f"{column} tells people apart: group by it, or leave it out.",
            )


def _steps(declared: Declared[Opening]) -> Iterable[Fault]:
    value = declared.value
    for index, by in enumerate(value.by):
        if by.kind != "value" and not by.levels:
            yield declared.fault(
                "by",
                index,
                zh=f"“{by.column}”须写明分级（levels）。",
                en=f"{by.column} needs the steps it is made coarser in (`levels`).",
            )
    if value.form in ("table", "noisy") and len(value.by) > MOST_DIMENSIONS:
        yield declared.fault(
            "by",
            zh=f"统计表最多按 {MOST_DIMENSIONS} 项分组。",
            en=f"A table is grouped by {MOST_DIMENSIONS} columns at most.",
        )


def _spends(declared: Declared[Opening], league: League) -> Iterable[Fault]:
    value = declared.value
    if value.form != "noisy":
        return
    budget = league.all("privacy_budget").get(value.resource)
    if budget is None:
        yield declared.fault(
            "epsilon",
            zh=f"“{value.resource}”没有隐私预算（open/budgets.toml）。",
            en=f"{value.resource} has no privacy budget (open/budgets.toml).",
        )
    elif not 0 < value.epsilon <= budget.value.epsilon:
        yield declared.fault(
            "epsilon",
            zh=f"epsilon 须大于 0 且不超过年度预算 {budget.value.epsilon}。",
            en=f"epsilon lies above 0 and within the year's budget of {budget.value.epsilon}.",
        )


def _budgeted(declared: Declared[Budget], league: League) -> Iterable[Fault]:
    if declared.value.resource not in league.all("resource"):
        yield declared.fault(
            "resource",
            zh=f"信息资源“{declared.value.resource}”不存在。",
            en=f"There is no resource {declared.value.resource}.",
            allowed=league.codes("resource"),
        )


OPENING = Kind("opening", Text(zh="开放方案", en="Opening"), Opening, "open/releases/*.toml", check=_checked)
BUDGET = Kind(
    "privacy_budget",
    Text(zh="隐私预算", en="Privacy budget"),
    Budget,
    "open/budgets.toml",
    "budget",
    code=lambda value: str(value.resource),
    check=_budgeted,
)
