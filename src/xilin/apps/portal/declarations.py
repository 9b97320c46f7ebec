"""What a league folder says about the pages for herders and visitors: which figures, series and departments stand there."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class PageSection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """专页栏目 A section of the page for herders or visitors, of what the league's data already says.

    `indicators` are shown as figures, `by_county` one of them by county, `series` (`dataflow/figure`) with their newest
    value and their course, `by_area` the newest values of several series in every county, `departments` with their
    duties. A section without any value says that there is none yet.
    """

    code: Code
    page: Literal["herders", "visitors"]
    title: Name
    note: Text = Text(zh="")
    order: int = 100
    span: Literal["whole", "half"] = "half"
    indicators: tuple[str, ...] = ()
    by_county: str = ""
    series: tuple[str, ...] = ()
    by_area: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()


def _section(declared: Declared[PageSection], league: League) -> Iterable[Fault]:
    value = declared.value
    for name, kind, codes in (
        ("indicators", "indicator", value.indicators),
        ("by_county", "indicator", (value.by_county,) if value.by_county else ()),
        ("departments", "department", value.departments),
    ):
        for code in codes:
            if code not in league.all(kind):
                yield declared.fault(
                    name, zh=f"“{code}”不存在。", en=f"There is no {code}.", allowed=league.codes(kind)
                )
    flows = league.all("dataflow")
    for name, said in (
        *(("series", one) for one in value.series),
        *(("by_area", one) for one in value.by_area),
    ):
        flow, _slash, figure = said.partition("/")
        known = [one.id for one in flows[flow].value.figure] if flow in flows else []
        if figure not in known:
            yield declared.fault(
                name,
                zh=f"没有序列“{said}”，应写作 数据流/指标。",
                en=f"There is no series {said}: write dataflow/figure.",
                allowed=", ".join(f"{flow}/{one}" for one in known) or ", ".join(sorted(flows)),
            )


PAGE_SECTION = Kind(
    "page_section",
    Text(zh="专页栏目", en="Section of a page"),
    PageSection,
    "pages.toml",
    "section",
    check=_section,
)
