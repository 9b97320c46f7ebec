"""What the gallery shows: every component in each of its states, with data that mean nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest

from xilin.lib.text import Text
from xilin.web import tables, tokens
from xilin.web.charts.declared import Chart, Goal, Link, Point, Series

# A day of the gallery's own: nothing on it depends on when it is looked at.
NOW = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)
AREAS = (
    ("北旗", "North Banner"),
    ("南旗", "South Banner"),
    ("东旗", "East Banner"),
    ("西旗", "West Banner"),
    ("中市", "Middle City"),
)
ICONS = (
    "search",
    "menu",
    "catalogue",
    "chart",
    "quality",
    "registry",
    "flow",
    "audit",
    "desk",
    "key",
    "clock",
    "empty",
    "arrow",
    "report",
    "map",
    "sun",
    "moon",
    "system",
    "filter",
    "columns",
    "sort",
    "download",
    "copy",
    "warn",
    "good",
    "info",
    "close",
    "down",
    "print",
    "out",
    "globe",
    "bell",
    "people",
)
SECTIONS = (
    ("colours", "颜色", "Colours"),
    ("type", "字号与间距", "Type and space"),
    ("buttons", "按钮与状态", "Buttons and states"),
    ("figures", "数字", "Figures"),
    ("cards", "卡片与列表", "Cards and lists"),
    ("tables", "表格", "Tables"),
    ("charts", "图表", "Charts"),
    ("forms", "表单", "Forms"),
    ("process", "过程与时限", "Process and terms"),
    ("ways", "导航", "Ways"),
    ("page-states", "空、加载、出错", "Empty, loading, failed"),
    ("overlays", "提示与对话框", "Notices and dialogs"),
    ("code", "代码与差异", "Code and differences"),
    ("columns", "竖排", "In columns"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour role in both themes, with how well it stands out from the surface of each."""

    name: str
    light: str
    dark: str
    on_light: float | None
    on_dark: float | None


def swatches() -> list[Swatch]:
    """The colour roles as the style sheet has them; contrast is that against the surface."""
    light, dark = tokens.roles("light"), tokens.roles("dark")

    def against(roles: dict[str, str], name: str) -> float | None:
        plain = roles[name].startswith("#")
        return tokens.contrast(roles[name], roles["surface"]) if plain and name != "surface" else None

    return [
        Swatch(name, light[name], dark[name], against(light, name), against(dark, name))
        for name in light
        if not name.startswith(("shadow", "veil", "map-halo"))
    ]


def promises() -> list[dict[str, Any]]:
    """The pairs of roles that must stand out, and by how much they do in both themes."""
    light, dark = tokens.roles("light"), tokens.roles("dark")
    return [
        {
            "ink": ink, "ground": ground, "least": least,
            "light": tokens.contrast(light[ink], light[ground]), "dark": tokens.contrast(dark[ink], dark[ground]),
        }
        for pairs, least in ((tokens.TEXT, 4.5), (tokens.SIGNS, 3.0))
        for ink, ground in pairs
    ]  # fmt: skip


class Sample(forms.Form):
    """A form with a field of every kind."""

    def __init__(self, say: Callable[[str, str], str], data: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="sample_%s" if data is None else "wrong_%s")
        choices = [("a", say("甲", "First")), ("b", say("乙", "Second")), ("c", say("丙", "Third"))]
        hint = say("怎么填写，写在这里", "How to fill it in stands here")
        self.fields["name"] = forms.CharField(label=say("名称", "Name"), help_text=hint)
        self.fields["kind"] = forms.ChoiceField(label=say("类别", "Kind"), choices=choices)
        self.fields["count"] = forms.IntegerField(label=say("数量", "Number"), min_value=1)
        self.fields["day"] = forms.DateField(
            label=say("日期", "Day"), widget=forms.DateInput(attrs={"type": "date"}), required=False
        )
        self.fields["mail"] = forms.EmailField(label=say("电子邮箱", "E-mail"), required=False)
        self.fields["one"] = forms.ChoiceField(
            label=say("选一项", "One of"), choices=choices, widget=forms.RadioSelect
        )
        self.fields["many"] = forms.MultipleChoiceField(
            label=say("选几项", "Some of"),
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        self.fields["file"] = forms.FileField(label=say("文件", "File"), required=False)
        self.fields["text"] = forms.CharField(
            label=say("说明", "In words"), widget=forms.Textarea(attrs={"rows": 3}), required=False
        )
        self.fields["agreed"] = forms.BooleanField(label=say("已阅读须知", "I have read the notes"))


def charts(say: Callable[[str, str], str]) -> list[Chart]:
    """A chart of each kind."""
    areas = [say(*area) for area in AREAS]
    months = [f"2026-{month:02}" for month in range(1, 13)]
    unit, month, area = say("万元", "10,000 yuan"), say("月份", "Month"), say("旗县", "Banner")
    sheep, cattle, horses = say("羊", "Sheep"), say("牛", "Cattle"), say("马", "Horses")
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(181)]
    wave = [round(60 + 40 * ((n * 37) % 97) / 97 - 0.3 * abs(90 - n)) for n in range(181)]
    return [
        Chart(
            "line", say("折线：两个系列，缺一个月", "Line: two series, one month missing"), months,
            [Series(sheep, [120, 132, 128, None, 151, 160, 172, 169, 180, 176, 190, 204]), Series(cattle, [80, 82, 85, 90, 88, 95, 99, 104, 108, 112, 110, 118])],
            unit=unit, over=month, goal=Goal(200, say("目标", "Goal")), zoom=True,
        ),
        Chart(
            "area", say("面积", "Area"), months,
            [Series(sheep, [21000, 23500, 22800, 26100, 28000, 30500, 31200, 29800, 33100, 35400, 34800, 38200])],
            unit=say("只", "head"), over=month,
        ),
        Chart("bar", say("柱形", "Bars"), areas, [Series(sheep, [412, 305, 288, 197, 150]), Series(cattle, [180, 212, 96, 88, 64])], unit=unit, over=area),
        Chart("bar", say("条形", "Bars across"), areas, [Series(sheep, [412, 305, 288, 197, 150])], unit=unit, over=area, across=True),
        Chart(
            "stacked", say("堆叠", "Stacked"), areas,
            [Series(sheep, [41, 30, 28, 19, 15]), Series(cattle, [18, 21, 9, 8, 6]), Series(horses, [3, 6, 2, 4, 1])], unit=unit, over=area,
        ),
        Chart(
            "scatter", say("散点", "Scatter"), over=area, axes=(say("降水（毫米）", "Rain (mm)"), say("产草量（公斤/亩）", "Grass (kg/mu)")), decimals=1,
            series=[Series(say("牧户", "Households"), points=[Point(180 + (n * 53) % 160, 30 + (n * 29) % 60 + (n * 53) % 160 / 6, f"{say('户', 'No.')} {n}") for n in range(1, 41)])],
        ),
        Chart(
            "radar", say("雷达", "Radar"), [say(*words) for words in (("规范性", "Conformity"), ("完整性", "Completeness"), ("准确性", "Accuracy"), ("一致性", "Consistency"), ("时效性", "Timeliness"), ("可访问性", "Accessibility"))],
            [Series(say("本年", "This year"), [98, 91, 88, 94, 72, 85]), Series(say("上年", "Last year"), [90, 84, 85, 80, 66, 70])], most=100, unit="%", over=say("维度", "Dimension"),
        ),
        Chart("calendar", say("日历热力", "Calendar"), [f"{day:%Y-%m-%d}" for day in days], [Series(say("批次", "Batches"), wave)], over=say("日期", "Day")),
        Chart(
            "sankey", say("桑基", "Flow"), unit=say("行", "rows"),
            links=[
                Link(say("原始", "Raw"), say("标准", "Standard"), 4700), Link(say("原始", "Raw"), say("隔离", "Quarantine"), 120), Link(say("原始", "Raw"), say("重复", "Duplicate"), 60),
                Link(say("标准", "Standard"), say("人口库", "People"), 3500), Link(say("标准", "Standard"), say("法人库", "Organisations"), 1200),
            ],
        ),
    ]  # fmt: skip


def sample_table(request: HttpRequest, say: Callable[[str, str], str]) -> tables.Table:
    """A table of made-up batches that can be worked with."""
    states = (
        ("done", say("完成", "Done"), "good"),
        ("running", say("进行中", "Running"), "brand"),
        ("refused", say("拒绝", "Refused"), "bad"),
    )
    rows = [
        {
            "number": n,
            "area": say(*AREAS[n % 5]),
            "state": states[0 if n % 7 else 1 + n % 2],
            "rows": 1000 + (n * 7919) % 90000,
            "share": 1 - (n * 13 % 40) / 1000,
            "at": NOW - timedelta(hours=5 * n),
        }
        for n in range(1, 58)
    ]  # fmt: skip
    columns = [
        tables.Column("number", say("批次", "Batch"), kind="code", sortable=True, href=lambda row: f"#batch-{row['number']}"),
        tables.Column("area", say("来源", "Source"), sortable=True),
        tables.Column("state", say("状态", "State"), lambda row: row["state"][1], kind="status", status=lambda row: row["state"][2]),
        tables.Column("rows", say("行数", "Rows"), kind="number", sortable=True),
        tables.Column("share", say("合格率", "Passed"), kind="percent", sortable=True),
        tables.Column("at", say("时间", "Time"), kind="moment", sortable=True),
        tables.Column("hour", say("时", "Hour"), lambda row: row["at"].hour, kind="number", shown=False),
    ]  # fmt: skip
    return tables.asked(
        request,
        "batches",
        say("批次表", "Batches"),
        columns,
        rows,
        filters=[
            tables.Filter(
                "state",
                say("状态", "State"),
                [(code, word) for code, word, _ in states],
                lambda found, value: [row for row in found if row["state"][0] == value],
            )
        ],
        find=lambda found, words: [
            row for row in found if words in row["area"] or words == str(row["number"])
        ],
        per_page=8,
    )


def contents(request: HttpRequest, language: str) -> dict[str, Any]:
    """All that the gallery's page shows."""

    def say(zh: str, en: str) -> str:
        return Text(zh=zh, en=en).of(language)

    wrong = Sample(say, {"name": "", "kind": "z", "count": "0", "mail": "x", "one": ""})
    wrong.is_valid()
    return {
        "say": say,
        "sections": [(code, say(zh, en)) for code, zh, en in SECTIONS],
        "swatches": swatches(),
        "promises": promises(),
        "sizes": tokens.sizes(),
        "texts": [name for name in tokens.sizes() if name.startswith("text-")],
        "spaces": [name for name in tokens.sizes() if len(name) == 2 and name[0] == "s"],
        "charts": charts(say),
        "nothing": Chart("bar", say("没有数据时", "Without data")),
        "mongolian": Chart(
            "bar",
            "ᠲᠣᠭ᠎ᠠ",
            ["ᠬᠣᠨᠢ", "ᠦᠬᠡᠷ", "ᠠᠳᠤᠭᠤ"],
            [Series("2025", [412, 180, 64]), Series("2026", [431, 176, 71])],
            over="ᠲᠥᠷᠥᠯ ᠵᠦᠢᠯ",
        ),
        "table": sample_table(request, say),
        "none": tables.asked(
            request, "empty", say("空表", "An empty table"), [tables.Column("a", say("名称", "Name"))], []
        ),
        "form": Sample(say),
        "wrong": wrong,
        "now": NOW,
        "began": NOW - timedelta(days=12),
        "near": NOW + timedelta(days=3),
        "far": NOW + timedelta(days=28),
        "past": NOW - timedelta(days=2),
        "sample_chips": [
            tables.Chip(say("部门", "Department"), say("统计局", "Statistics"), "#ways"),
            tables.Chip(say("周期", "Cycle"), say("每月", "Monthly"), "#ways"),
        ],
        "course": [3, 5, 4, 6, 8, 7, 9, 12, 11, 13],
        "call": "curl -s https://example.org/v1/resources/population/lookup \\\n  -H 'Authorization: Bearer …' \\\n  -d '{\"purpose\": \"…\"}'\n",
        "before": 'name = "herds"\ncycle = "monthly"\nshared = "conditional"\nowner = "agri"\n',
        "after": 'name = "herds"\ncycle = "weekly"\nshared = "conditional"\nopen = true\nowner = "agri"\n',
        "icons": list(ICONS),
    }
