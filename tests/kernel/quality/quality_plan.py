"""A plan for the tests of quality, and batches of it as `collect` would keep them."""

import json
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq

import small_league
from xilin.kernel.catalog.declarations import Item, Resource
from xilin.kernel.collect.declarations import Column, Connection, Source
from xilin.kernel.collect.pipeline import Outcome, Plan
from xilin.kernel.quality.declarations import Rule
from xilin.kernel.standards.declarations import CodeEntry, CodeList, Element, Name
from xilin.lib.text import Text

ON = date(2026, 9, 24)
REASON = pa.struct([("code", pa.string()), ("column", pa.string()), ("value", pa.string())])
SCHEMA = pa.schema(
    [("_row", pa.int64()), ("_key", pa.string()), ("reasons", pa.list_(REASON)), ("found", pa.string())]
)


def element(code, zh, en, kind="string", **more):
    return Element(code=code, name=Name(zh=zh, en=en), type=kind, source="GB test", **more)


ELEMENTS = [
    element("record_no", "记录号", "Record number", max_length=10),
    element("id_number", "公民身份号码", "ID number", min_length=18, max_length=18, check="citizen_id", personal="sensitive"),
    element("person_name", "姓名", "Name", min_length=2, max_length=30, personal="personal"),
    element("sex", "性别", "Sex", code_list="sex"),
    element("birth_date", "出生日期", "Birth date", "date", not_before=date(1900, 1, 1), not_in_future=True),
    element("amount", "金额", "Amount", "decimal", minimum=1, maximum=2000, unit="元"),
    element("school", "学校代码", "School code", pattern="^[0-9]{4}$", min_length=4),
]  # fmt: skip
SEX = CodeList(
    code="sex",
    name=Name(zh="性别代码", en="Sex codes"),
    source="GB/T 2261.1",
    since=date(2003, 1, 1),
    entries=(CodeEntry("1", "男"), CodeEntry("2", "女")),
)


def a_plan(**source):
    resource = Resource(
        code="households",
        catalogue_code="101/01",
        name=Name(zh="户籍", en="Households"),
        provider="police",
        summary=Text(zh="x"),
        classification=("a",),
        format="database",
        share_type="conditional",
        update_cycle="daily",
        published=date(2026, 1, 1),
        item=(
            Item(element="record_no"),
            Item(element="id_number", on_invalid="flag"),
            Item(element="person_name", required=True),
            Item(element="sex"),
            Item(element="birth_date"),
            Item(element="amount"),
            Item(element="school"),
        ),
        key=("record_no",),
        time_column="birth_date",
    )
    rules = (
        Rule(
            code="id_birth_agrees",
            resource="households",
            kind="id_birth",
            name=Name(zh="出生日期与号码一致", en="Birth date agrees"),
            source="GB 11643-1999",
            since=date(2000, 1, 1),
            column="id_number",
            other="birth_date",
        ),
        Rule(
            code="one_id",
            resource="households",
            kind="unique",
            name=Name(zh="号码唯一", en="One number once"),
            source="test",
            since=date(2000, 1, 1),
            columns=("id_number",),
            dimension="accuracy",
        ),
    )
    made = Source(
        **{
            "code": "gaj_hukou",
            "resource": "households",
            "department": "police",
            "name": Name(zh="户籍库", en="Household register"),
            "connector": "csv",
            "connection": Connection(),
            "columns": {item.key: Column(source=item.key) for item in resource.item},
        }
        | source
    )
    return Plan(made, resource, {one.code: one for one in ELEMENTS}, {"sex": SEX}, rules)


@dataclass
class Batch:
    """What quality needs of a batch."""

    pk: int
    started_at: object = small_league.NOW


@dataclass
class Hub:
    """The league's people, its plan, and `keep` with all that is usual."""

    tmp: object
    police: object
    people: SimpleNamespace
    now: object = small_league.NOW
    plan: Plan = field(default_factory=a_plan)

    def file(self, name, rows):
        """A quarantine file: rows of (row, key, reasons, found)."""
        columns = list(zip(*rows, strict=True)) or [[], [], [], []]
        path = self.tmp / f"{name}.parquet"
        arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)]
        pq.write_table(pa.table(arrays, schema=SCHEMA), path)
        return path

    def row(self, number, key="K", *codes, **found):
        """A quarantined row as the pipeline writes it."""
        named = codes or (("person_name.required", "person_name", None),)
        reasons = [dict(zip(("code", "column", "value"), one, strict=True)) for one in named]
        return (number, key, reasons, json.dumps(found or {"姓名": None}, ensure_ascii=False))


def outcome(accepted=90, quarantined=8, duplicate=2, **broken):
    """Counts of a batch of the plan's checks: all looked at a hundred rows but where said otherwise."""
    codes = {
        "id_number.length": 3,
        "id_number.check": 4,
        "id_birth_agrees": 5,
        "record_no.required": 0,
        "record_no.length": 0,
        "person_name.required": 6,
        "person_name.length": 1,
        "sex.code_list": 2,
        "birth_date.type": 1,
        "birth_date.range": 0,
        "birth_date.future": 0,
        "amount.type": 0,
        "amount.range": 0,
        "school.length": 0,
        "school.pattern": 0,
    } | broken
    rows = accepted + quarantined + duplicate
    filled = {item.key: rows for item in a_plan().resource.item} | {
        "person_name": rows - codes["person_name.required"]
    }
    return Outcome(accepted, quarantined, duplicate, dict.fromkeys(codes, rows), codes, filled)
