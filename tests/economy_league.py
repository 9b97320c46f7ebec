"""A league of two counties whose statistics office releases figures by county and industry."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import shop_league
import small_league
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake.tables import Lake

LEAGUE, FIRST, SECOND = "990000000000", shop_league.FIRST, shop_league.SECOND
AREAS = f"""code,name,level,source,parent,name_en,name_mn
{LEAGUE},小盟,league,test,,Small League,
{FIRST},甲旗,county,test,{LEAGUE},First Banner,ᠬᠣᠰᠢᠭᠤ
{SECOND},乙旗,county,test,{LEAGUE},,
"""
ELEMENTS = "".join(
    f"""
[[element]]
code = "{code}"
name = {{ zh = "{zh}", en = "{en}" }}
type = "{kind}"
source = "test"
"""
    for code, zh, en, kind in (
        ("area_code", "行政区划代码", "Area code", "string"),
        ("stat_period", "报告期", "Reporting period", "string"),
        ("stat_item", "统计指标", "Figure", "string"),
        ("industry_section", "行业门类", "Industry section", "string"),
        ("stat_value", "统计数值", "Value", "decimal"),
        ("stat_unit", "计量单位", "Unit", "string"),
        ("stat_status", "数据状态", "Status", "string"),
        ("released_on", "发布日期", "Day of release", "date"),
        ("secret", "内部数值", "Internal value", "decimal"),
    )
)


def code_list(code, *entries):
    return f"""
[[code_list]]
code = "{code}"
name = {{ zh = "{code} 代码", en = "{code.replace("_", " ")}" }}
source = "test"
since = 2020-01-01
entries = [{", ".join(f'["{a}", "{b}", "{c}"]' for a, b, c in entries)}]
"""


CODE_LISTS = "".join(
    (
        code_list("frequency", ("A", "年度", "Annual"), ("Q", "季度", "Quarterly"), ("M", "月度", "Monthly"), ("W", "周", "Weekly"), ("D", "日", "Daily")),
        code_list("obs_status", ("A", "最终数", "Final"), ("P", "初步数", "Provisional"), ("R", "修订数", "Revised"), ("O", "缺失", "Missing")),
        code_list("unit_measure", ("CNY", "元", "Yuan"), ("PT", "百分比", "Percent"), ("NB", "个", "Number")),
        code_list("unit_multiplier", ("0", "个", "Units"), ("4", "万", "Tens of thousands")),
        code_list("industry", ("A", "农业 <畜牧>", "Farming & herding"), ("B", "采矿业", "Mining")),
    )
)  # fmt: skip
PUBLISHERS = """
[[publisher]]
code = "statistics"
agency = "SMALL_STAT"
name = { zh = "小盟统计局", en = "Small Statistics" }
department = "market"
contact = { name = { zh = "数据科", en = "Data section" }, email = "stat@small.example", phone = "12" }
category = [{ id = "ACCOUNTS", name = { zh = "核算", en = "Accounts" } }, { id = "HUB", name = { zh = "中心", en = "Hub" } }]
"""
GDP = """
code = "gdp"
publisher = "statistics"
category = "ACCOUNTS"
public = true
name = { zh = "生产总值", en = "Product" }
definition = { zh = "分旗县、分行业。", en = "By county & industry." }
source = { zh = "核算制度", en = "Accounting" }
resource = "releases"
period = "stat_period"
value = "stat_value"
unit = "stat_unit"
status = "stat_status"
released = "released_on"
dimension = [
  { id = "FREQ", name = { zh = "频率", en = "Frequency" }, of = "frequency" },
  { id = "REF_AREA", name = { zh = "地区", en = "Area" }, of = "area", levels = ["league", "county"], column = "area_code" },
  { id = "INDICATOR", name = { zh = "指标", en = "Indicator" }, of = "figure", column = "stat_item" },
  { id = "ACTIVITY", name = { zh = "行业", en = "Activity" }, of = "code", code_list = "industry", column = "industry_section", total = "_T" },
]
[[figure]]
id = "GDP"
item = "生产总值"
name = { zh = "生产总值", en = "Gross product" }
definition = { zh = "生产活动的最终成果。", en = "What was produced." }
unit = { zh = "万元", en = "10,000 yuan" }
measure = "CNY"
multiplier = 4
[[figure]]
id = "GROWTH"
item = "增速"
name = { zh = "增速", en = "Growth" }
definition = { zh = "与上年相比。", en = "Over a year before." }
unit = { zh = "%", en = "%" }
measure = "PT"
decimals = 1
"""
SHOPS = """
code = "hub"
publisher = "statistics"
category = "HUB"
name = { zh = "中心指标", en = "Figures of the hub" }
definition = { zh = "内部使用。", en = "Internal." }
source = { zh = "指标", en = "Indicators" }
dimension = [
  { id = "FREQ", name = { zh = "频率", en = "Frequency" }, of = "frequency" },
  { id = "REF_AREA", name = { zh = "地区", en = "Area" }, of = "area", levels = ["league", "county"] },
  { id = "INDICATOR", name = { zh = "指标", en = "Indicator" }, of = "figure" },
]
[[figure]]
id = "SHOPS"
indicator = "shops"
name = { zh = "市场主体", en = "Shops" }
definition = { zh = "登记的市场主体。", en = "Shops registered." }
unit = { zh = "户", en = "shops" }
measure = "NB"
"""
RESOURCE = small_league.resource(
    code="releases",
    catalogue="105/01",
    zh="统计发布",
    en="Released figures",
    provider="market",
    summary="统计发布。",
    classification='["主题信息资源", "统计"]',
    share="unconditional",
    condition="",
    basis="",
    cycle="monthly",
    items="""
open = true
open_condition = { zh = "注明来源。" }
key = ["stat_period", "area_code", "stat_item", "industry_section", "released_on"]
area_column = "area_code"
item = [
  { element = "stat_period", open = true },
  { element = "area_code", open = true },
  { element = "stat_item", open = true },
  { element = "industry_section", open = true },
  { element = "stat_value", open = true },
  { element = "stat_unit", open = true },
  { element = "stat_status", open = true },
  { element = "released_on", open = true },
  { element = "secret" },
]
""",
)
SOURCE = """
code = "office"
resource = "releases"
department = "market"
name = { zh = "发布库", en = "Releases" }
connector = "csv"
connection = { path = "office.csv" }
[columns]
stat_period = { source = "a" }
area_code = { source = "b" }
stat_item = { source = "c" }
industry_section = { source = "d" }
stat_value = { source = "e" }
stat_unit = { source = "f" }
stat_status = { source = "g" }
released_on = { source = "h" }
secret = { source = "i" }
"""
FILES = shop_league.FILES | {
    "areas/areas.csv": AREAS,
    "elements/areas.toml": ELEMENTS,
    "code_lists/economy.toml": CODE_LISTS,
    "resources/releases.toml": RESOURCE,
    "sources/office.toml": SOURCE,
    "economy/publishers.toml": PUBLISHERS,
    "economy/flows/gdp.toml": GDP,
    "economy/flows/hub.toml": SHOPS,
}


def write(folder: Path, **changed: str) -> Path:
    """Write the league's files; `changed` gives another text for one of economy/flows."""
    flows = {f"economy/flows/{code}.toml": text for code, text in changed.items()}
    return small_league.write(folder, FILES | flows)


def apply(folder: Path):
    """Write the league and apply it; what `standards.actions.apply` returns."""
    return small_league.apply(folder, FILES)


COLUMNS = (
    "stat_period", "area_code", "stat_item", "industry_section", "stat_value", "stat_unit", "stat_status", "released_on",
)  # fmt: skip
TYPES = {"stat_value": pa.float64(), "released_on": pa.date32()}


def collected(day, rows):
    """A full batch of releases as collection leaves it; each row in the order of COLUMNS."""
    at = datetime(2026, 11, day, 2, 0, tzinfo=UTC)
    batch = Batch.objects.create(
        source="office",
        resource="releases",
        mode="full",
        state="done",
        started_at=at,
        finished_at=at,
        rows_read=len(rows),
        rows_accepted=len(rows),
    )
    lake, table = Lake.open(), "std.releases"
    path = lake.folder(table, batch.pk, "office") / "std-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(rows)
    found = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    columns = {
        name: pa.array(values, TYPES.get(name, pa.string()))
        for name, values in zip(COLUMNS, found, strict=True)
    }
    columns |= {
        "secret": pa.array([None] * count, pa.float64()),
        "_source": pa.array(["office"] * count, pa.string()),
        "_key": pa.array([str(n) for n in range(count)], pa.string()),
        "_batch": pa.array([batch.pk] * count, pa.int64()),
        "_row": pa.array(range(1, count + 1), pa.int64()),
        "_flags": pa.array([0] * count, pa.int64()),
    }
    pq.write_table(pa.table(columns), path)
    lake.commit(table, [path], batch=batch.pk, replace=True, part="office")
    return batch
