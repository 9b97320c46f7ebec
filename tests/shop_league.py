"""A league of a few shops in two counties, its lake, and its figures."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

import small_league
from xilin.kernel.collect.models import Batch
from xilin.kernel.lake.tables import Lake
from xilin.kernel.registry.models import Entity, LinkRun

FIRST, SECOND = "990101000000", "990102000000"
AREAS = f"""code,name,level,source,parent
990000000000,小盟,league,test,
{FIRST},甲旗,county,test,990000000000
{SECOND},乙旗,county,test,990000000000
990101001000,甲镇,town,test,{FIRST}
"""
ELEMENT = small_league.element("area_code", "行政区划代码", "Area code", source="GB/T 2260-2007")
REGISTRY = """
code = "organisations"
name = { zh = "法人单位", en = "Organisations" }
[[attribute]]
code = "uscc"
element = "uscc"
[[attribute]]
code = "area_code"
element = "area_code"
[[identifier]]
attribute = "uscc"
"""


def resource(code, catalogue, zh, en, provider):
    return small_league.resource(
        code=code,
        catalogue=catalogue,
        zh=zh,
        en=en,
        provider=provider,
        summary=zh,
        classification='["基础信息资源", "法人"]',
        share="unconditional",
        condition="",
        basis="",
        cycle="weekly",
        items="""
key = ["uscc"]
area_column = "area_code"
[[item]]
element = "uscc"
[[item]]
element = "area_code"
""",
    )


def indicator(code, zh, en, unit, counted, more):
    return f"""
[[indicator]]
code = "{code}"
name = {{ zh = "{zh}", en = "{en}" }}
definition = {{ zh = "{zh}。", en = "{en}." }}
unit = {{ zh = "{unit}", en = "{counted}" }}
theme = {{ zh = "经济", en = "Economy" }}
{more}
"""


INDICATORS = "".join(
    [
        indicator("shops", "市场主体", "Shops", "户", "shops", 'formula = "count"\nresource = "shops"\nby = "county"'),
        indicator("filings", "信用备案", "Filings", "户", "shops", 'formula = "count"\nresource = "filings"\nby = "county"'),
        indicator(
            "rate", "备案率", "Rate of filing", "%", "%",
            'formula = "ratio"\nnumerator = "filings"\ndenominator = "shops"\nscale = 100\ndecimals = 2',
        ),
        indicator(
            "organisations", "法人单位数", "Organisations", "个", "bodies",
            'formula = "entities"\nregistry = "organisations"\ncolumn = "area_code"\nby = "county"',
        ),
        indicator("counties", "旗县", "Counties", "个", "bodies", 'formula = "areas"\narea_level = "county"'),
        indicator("absent", "无数据", "Without data", "户", "shops", 'formula = "count"\nresource = "entities"'),
    ]
)  # fmt: skip
REPORTED = """
[[reported]]
code = "shops_2016"
name = { zh = "市场主体", en = "Shops" }
indicator = "shops"
value = 107192
printed = "107192户"
report = { zh = "2016年报告", en = "report of 2016" }
as_of = 2016-10-31
paragraph = "一（四）"

[[reported]]
code = "rate_2016"
name = { zh = "备案率", en = "Rate of filing" }
indicator = "rate"
value = 84.53
printed = "84.53%"
report = { zh = "2016年报告", en = "report of 2016" }
as_of = 2016-10-31
paragraph = "一（四）"
decimals = 2
numerator = 90591
denominator = 107192
scale = 100

[[reported]]
code = "network_2016"
name = { zh = "专网带宽", en = "Bandwidth" }
value = 155
printed = "155M"
report = { zh = "2016年报告", en = "report of 2016" }
as_of = 2016-10-31
paragraph = "一（一）"
why_not = { zh = "未编目。", en = "Not catalogued." }
"""
SECTIONS = """
[[section]]
code = "economy"
order = 2
chart = ["shops"]
title = { zh = "（二）经济运行", en = "2. Economy" }
[section.body]
zh = \"\"\"
市场主体 {shops} 户，备案 {filings} 户，备案率 {rate}%；法人单位 {organisations} 个。

尚无数据的是 {absent} 户；市场主体再说一遍：{shops:wan} 户。
\"\"\"
en = \"\"\"
There are {shops} shops, {filings} have filed: {rate} %; {organisations} organisations.

No data for {absent}; the shops again: {shops:wan}.
\"\"\"

[[section]]
code = "areas"
order = 1
title = { zh = "（一）区划", en = "1. Areas" }
[section.body]
zh = "旗县 {counties} 个。"
en = "{counties} counties."
"""
# Where the rows of each resource come from: the resource, its department.
SOURCES = {
    "shops_office": ("shops", "market"),
    "shops_branch": ("shops", "market"),
    "filings_office": ("filings", "civil"),
}
SOURCE = """
code = "{code}"
resource = "{resource}"
department = "{department}"
name = {{ zh = "登记", en = "Register" }}
connector = "csv"
connection = {{ path = "{code}.csv" }}
[columns]
uscc = {{ source = "uscc" }}
area_code = {{ source = "area_code" }}
"""
FILES = {
    "areas/areas.csv": AREAS,
    "elements/areas.toml": ELEMENT,
    "registries/organisations.toml": REGISTRY,
    "resources/shops.toml": resource("shops", "103/01", "市场主体登记", "Register of shops", "market"),
    "resources/filings.toml": resource("filings", "104/01", "信用信息备案", "Credit filings", "civil"),
    "indicators/all.toml": INDICATORS,
    "report/reported.toml": REPORTED,
    "report/text.toml": SECTIONS,
} | {
    f"sources/{code}.toml": SOURCE.format(code=code, resource=resource, department=department)
    for code, (resource, department) in SOURCES.items()
}


def apply(folder: Path):
    """Write the league and apply it; what `standards.actions.apply` returns."""
    return small_league.apply(folder, FILES)


def collected(resource, day, areas, office="office", replace=True):
    """A batch of rows as collection leaves it: Parquet committed to the lake, counts on record."""
    source = f"{resource}_{office}"
    at = datetime(2026, 11, day, 2, 0, tzinfo=UTC)
    batch = Batch.objects.create(
        source=source,
        resource=resource,
        mode="full",
        state="done",
        started_at=at,
        finished_at=at,
        rows_read=len(areas),
        rows_accepted=len(areas),
    )
    lake, table = Lake.open(), f"std.{resource}"
    path = lake.folder(table, batch.pk, source) / "std-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(areas)
    keys = [f"{source}{n}" for n in range(count)]
    columns = {
        "uscc": keys,
        "area_code": pa.array(areas, pa.string()),
        "_source": [source] * count,
        "_key": keys,
        "_batch": pa.array([batch.pk] * count, pa.int64()),
        "_row": pa.array(range(1, count + 1), pa.int64()),
        "_flags": pa.array([0] * count, pa.int64()),
    }
    pq.write_table(pa.table(columns), path)
    lake.commit(table, [path], batch=batch.pk, replace=replace, part=source)
    return batch


def linked(day, areas, batches):
    """A linking of the registry of organisations: one entity for each area code."""
    at = datetime(2026, 11, day, 4, 0, tzinfo=UTC)
    run = LinkRun.objects.create(
        registry="organisations",
        started_at=at,
        finished_at=at,
        counts={"entities": len(areas)},
        batches={f"source{n}": batch for n, batch in enumerate(batches)},
    )
    Entity.objects.bulk_create(
        Entity(
            registry="organisations",
            attributes={"area_code": area} if area else {},
            provenance={},
            records=1,
            digest="",
            since_run=run.pk,
            changed_run=run.pk,
        )
        for area in areas
    )
    return run
