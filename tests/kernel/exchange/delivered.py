"""A resource of rich types that is delivered in bulk, its rows in the lake, and grants of files and feeds."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect.models import Batch
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Grant
from xilin.kernel.lake.tables import Lake

CODE = "roll"
ELEMENTS = "".join(
    [
        small_league.element("birth_date", "出生日期", "Birth", type="date"),
        small_league.element("area_code", "行政区划代码", "Area code"),
        small_league.element("phone", "电话", "Phone"),
        small_league.element("income", "收入", "Income", type="decimal"),
        small_league.element("children", "子女数", "Children", type="integer"),
        small_league.element("active", "在册", "Active", type="boolean"),
        small_league.element("seen_at", "登记时间", "Seen", type="datetime"),
    ]
)
MASKS = (
    small_league.MASKS
    + small_league.mask("name_first", "姓", "Surname", "stars", keep_first=1)
    + small_league.mask("pseudonym", "假名", "Pseudonym", "pseudonym")
    + small_league.mask("year", "年", "Year", "year")
    + small_league.mask("county", "旗县", "County", "area", keep_first=6)
)
RESOURCE = small_league.resource(
    code=CODE,
    catalogue="501/01",
    zh="人员名册",
    en="Roll of people",
    provider="police",
    items="""
key = ["id_number"]
lookup = ["id_number"]
[[item]]
element = "id_number"
mask = "pseudonym"
[[item]]
element = "person_name"
mask = "name_first"
[[item]]
element = "birth_date"
mask = "year"
[[item]]
element = "area_code"
mask = "county"
[[item]]
element = "phone"
[[item]]
element = "income"
[[item]]
element = "children"
[[item]]
element = "active"
[[item]]
element = "seen_at"
""",
)
SOURCE = """
code = "{code}"
resource = "roll"
department = "police"
name = {{ zh = "名册", en = "Roll" }}
connector = "csv"
[connection]
path = "/nowhere/{code}.csv"
[columns]
id_number = {{ source = "id_number" }}
"""
SOURCES = ("roll_a", "roll_b")
FILES = {
    "elements/roll.toml": ELEMENTS,
    "masks.toml": MASKS,
    "resources/roll.toml": RESOURCE,
    **{f"sources/{code}.toml": SOURCE.format(code=code) for code in SOURCES},
}
ITEMS = (
    "id_number",
    "person_name",
    "birth_date",
    "area_code",
    "phone",
    "income",
    "children",
    "active",
    "seen_at",
)
TYPES = {
    "birth_date": pa.date32(),
    "income": pa.float64(),
    "children": pa.int64(),
    "active": pa.bool_(),
    "seen_at": pa.timestamp("us", "UTC"),
}


def someone(number, **changed):
    """A made-up person of the roll; equal numbers give equal people."""
    row = {
        "id_number": f"99{number:016d}",
        "person_name": f"{'王李张乌'[number % 4]}{'一二三四五'[number % 5]}{number}",
        "birth_date": date(1950, 1, 1) + timedelta(days=number * 37 % 25000),
        "area_code": f"9901{number % 7:02d}{number % 9:03d}000",
        "phone": f"12{number * 7919 % 10**9:09d}",
        "income": number % 400 + (number % 4) / 4,
        "children": number % 4,
        "active": number % 3 != 0,
        "seen_at": datetime(2026, 9, 1, 2, 0, tzinfo=UTC) + timedelta(minutes=number),
    }
    return row | changed


def land(rows, *, source="roll_a", full=True, rounds=1):
    """Rows as a batch of a source in the lake, as collection leaves them; a full one replaces the source's part."""
    at = small_league.NOW
    batch = Batch.objects.create(
        source=source,
        resource=CODE,
        mode="full" if full else "incremental",
        state="done",
        started_at=at,
        finished_at=at,
        rows_read=len(rows),
        rows_accepted=len(rows),
    )
    lake, table = Lake.open(), f"std.{CODE}"
    path = lake.folder(table, batch.pk, source) / "std-0.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: pa.array([row[name] for row in rows], TYPES.get(name, pa.string())) for name in ITEMS}
    columns |= {
        "_source": pa.array([source] * len(rows), pa.string()),
        "_key": pa.array([row["id_number"] for row in rows], pa.string()),
        "_batch": pa.array([batch.pk] * len(rows), pa.int64()),
        "_row": pa.array(range(1, len(rows) + 1), pa.int64()),
        "_flags": pa.array([0] * len(rows), pa.int64()),
    }
    pq.write_table(pa.table(columns), path)
    lake.commit(table, [path], batch=batch.pk, replace=full, part=source)
    return batch


def grant(hub, *, way="file", shape="masked", items=ITEMS, row_filter=(), quota=1_000_000, **changed):
    """A grant of civil affairs for the roll, asked for and approved by two people, for files or changes."""
    asked = hub.ask(
        resource=catalog.resource(CODE), items=list(items), shape=shape, **changed.pop("asked", {})
    )
    given = actions.approve(asked, by=hub.bob, at=changed.pop("at", hub.now))
    Grant.objects.filter(pk=given.pk).update(
        delivery=way, row_filter=list(row_filter), quota_per_day=quota, **changed
    )
    given.refresh_from_db()
    return given


def people(*numbers, **changed):
    """Several of `someone`."""
    return [someone(number, **changed) for number in numbers]


def approver(name, department="civil"):
    """Another approver of a department."""
    from xilin.kernel.accounts.models import Department

    return User.objects.create(
        username=name, department=Department.objects.get(code=department), role=User.Role.APPROVER
    )
