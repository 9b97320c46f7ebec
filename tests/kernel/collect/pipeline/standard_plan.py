"""A plan that uses every type, every check and every kind of mapping, and rows of all sorts for it."""

import random
from datetime import date

from xilin.kernel.catalog.declarations import Item, Resource
from xilin.kernel.collect.declarations import Column, Connection, Source
from xilin.kernel.collect.pipeline import Plan
from xilin.kernel.quality.declarations import Rule
from xilin.kernel.standards.declarations import CodeEntry, CodeList, Element, Name
from xilin.lib.text import Text

ON = date(2026, 11, 25)
NAME = Name(zh="某项", en="Something")


def element(code, kind="string", **more):
    return Element(code=code, name=Name(zh=f"项{code}", en=f"Item {code}"), type=kind, source="test", **more)


ELEMENTS = [
    element("record_no", min_length=1, max_length=6),
    element("id_number", min_length=18, max_length=18, check="citizen_id", personal="sensitive"),
    element("person_name", min_length=2, max_length=4, personal="personal"),
    element("sex", code_list="sex", personal="personal"),
    element("birth_date", "date", not_before=date(1900, 1, 1), not_in_future=True, personal="personal"),
    element("death_date", "date", not_in_future=True),
    element("amount", "decimal", minimum=0, maximum=1000, unit="元"),
    element("hectares", "decimal"),
    element("count", "integer", minimum=-5, maximum=99),
    element("tens", "integer"),
    element("phone", check="mobile", max_length=20),
    element("area_code", min_length=12, max_length=12, check="area_code"),
    element("kind", code_list="kind"),
    element("place", max_length=12),
    element("prefix", min_length=2),
    element("origin"),
    element("uscc", check="uscc"),
    element("organisation", check="organisation_code"),
    element("school", pattern="^[0-9]{4}$"),
    element("married", "boolean"),
    element("updated_at", "datetime", not_in_future=True, not_after=date(2026, 11, 24)),
    element("recorded_on", "date", not_before=date(1949, 10, 1), not_after=date(2030, 1, 1)),
]
SEX = CodeList(
    code="sex",
    name=Name(zh="性别", en="Sex"),
    source="GB/T 2261.1",
    since=date(2003, 1, 1),
    entries=(CodeEntry("0", "未知"), CodeEntry("1", "男"), CodeEntry("2", "女"), CodeEntry("9", "未说明")),
)
KIND = CodeList(
    code="kind",
    name=Name(zh="种类", en="Kind"),
    source="test",
    since=date(2003, 1, 1),
    entries=(
        CodeEntry("A", "甲"),
        CodeEntry("A", "甲（又名）"),
        CodeEntry("B", "乙", valid_to=date(2020, 1, 1)),
        CodeEntry("C", "丙", valid_from=date(2027, 1, 1)),
        CodeEntry("D", "丁", valid_from=date(2020, 1, 1), valid_to=ON),
        *(CodeEntry(f"{number:02}", "号") for number in range(40)),
    ),
)
ITEMS = (
    Item(element="record_no"),
    Item(element="id_number", on_invalid="flag"),
    Item(element="person_name", required=True),
    Item(element="sex", on_invalid="flag"),
    Item(element="birth_date", on_invalid="flag"),
    Item(element="death_date"),
    Item(element="amount"),
    Item(element="hectares", on_invalid="flag"),
    Item(element="count", on_invalid="flag"),
    Item(element="tens", on_invalid="flag"),
    Item(element="phone", on_invalid="flag"),
    Item(element="area_code", on_invalid="flag"),
    Item(element="kind", on_invalid="flag"),
    Item(element="place", column="place_of_birth", on_invalid="flag"),
    Item(element="prefix", on_invalid="flag"),
    Item(element="origin"),
    Item(element="uscc", on_invalid="flag"),
    Item(element="organisation", on_invalid="flag"),
    Item(element="school", on_invalid="flag"),
    Item(element="married", on_invalid="flag"),
    Item(element="updated_at", on_invalid="flag"),
    Item(element="recorded_on", on_invalid="flag"),
)
RESOURCE = Resource(
    code="people",
    catalogue_code="1/1",
    name=NAME,
    provider="police",
    summary=Text(zh=""),
    classification=("a",),
    format="database",
    share_type="conditional",
    update_cycle="daily",
    published=date(2026, 1, 1),
    item=ITEMS,
    key=("record_no",),
)
COUNTIES = {f"第{number}旗": f"15{number:02}00000000" for number in range(20)}
COLUMNS = {
    "record_no": Column(source="编号"),
    "id_number": Column(source="id"),
    "person_name": Column(source="姓名"),
    "sex": Column(source="sex", codes={"男": "1", "女": "2"}),
    "birth_date": Column(source="birth", formats=("%Y-%m-%d", "%Y%m%d", "%Y年%m月%d日", "excel")),
    "death_date": Column(source="death"),
    "amount": Column(source="amount"),
    "hectares": Column(source="mu", factor=0.0666666667),
    "count": Column(source="count"),
    "tens": Column(source="count", factor=10),
    "phone": Column(source="phone", nulls=("无", "-")),
    "area_code": Column(source="area", codes=COUNTIES),
    "kind": Column(source="kind", upper=True),
    "place_of_birth": Column(join=("town", "village"), separator="·"),
    "prefix": Column(source="id", part=(1, 3)),
    "origin": Column(value="乡镇"),
    "uscc": Column(source="uscc"),
    "organisation": Column(source="org"),
    "school": Column(source="school"),
    "married": Column(source="married"),
    "updated_at": Column(source="updated", formats=("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "excel")),
}  # recorded_on is not mapped
SOURCE = Source(
    code="gaj",
    resource="people",
    department="police",
    name=NAME,
    connector="csv",
    connection=Connection(),
    columns=COLUMNS,
)


def rule(code, kind, **more):
    return Rule(
        **{
            "code": code,
            "resource": "people",
            "kind": kind,
            "name": NAME,
            "source": "test",
            "since": date(2000, 1, 1),
        }
        | more
    )


RULES = (
    rule(
        "death_after_birth",
        "compare",
        column="death_date",
        operator=">=",
        other="birth_date",
        severity="block",
    ),
    rule("modern", "compare", column="birth_date", operator=">=", value="1930-01-01"),
    rule("few", "compare", column="count", operator="<", value=50),
    rule("not_this_place", "compare", column="place_of_birth", operator="!=", value="甲·乙"),
    rule("adult_phone", "required_when", column="phone", other="sex", values=("1", "9")),
    rule("birth_agrees", "id_birth", column="id_number", other="birth_date"),
    rule("sex_agrees", "id_sex", column="id_number", other="sex", severity="block"),
    rule("not_yet", "required_when", column="uscc", other="sex", values=("1",), since=date(2027, 1, 1)),
    rule("one_id", "unique", columns=("id_number",)),
    rule("elsewhere", "compare", resource="houses", column="x", operator="<", value=1),
)
PLAN = Plan(
    source=SOURCE,
    resource=RESOURCE,
    elements={one.code: one for one in ELEMENTS},
    code_lists={"sex": SEX, "kind": KIND},
    rules=RULES,
)
FOUND = ["编号", "id", "姓名", "sex", "birth", "death", "amount", "mu", "count", "phone", "area", "kind", "town",
         "village", "uscc", "org", "school", "married", "updated", "unmapped"]  # fmt: skip

# What may stand in each column: right, nearly right, and wrong.
NUMBERS = ["0", "7", "007", "-5", "-6", "+3", "12.0", "12.5", "1e2", "1e999", "nan", "inf", "Infinity", "1_000", "0x1F", "1,000",
           ".5", "5.", ".", "--1", "１２", "99", "100", "1000", "1000.0001", "9" * 18, "9" * 19, "9" * 25, "1e-3", "٣", "", " 3 ", "三"]  # fmt: skip
DATES = ["1980-05-17", "1980-5-7", "19800517", "1980517", "2026年3月1日", "2026年03月01日", "2026年3月1", "20260230", "2026-02-30",
         "2024-02-29", "1900-02-29", "2000-02-29", "epoch", "infinity", "26-03-01", "0001-01-01", "0999-12-31", "2026/3/1", "2026.03.01",
         "2026.3.1", "2026/13/1", "1899-12-31", "1900-01-01", "2026-11-25", "2026-11-26", "2100-01-01", "29221", "29221.75", "60", "61",
         "2958465", "2958466", "2026-03-01 10:20:30", "２０２６－０３－０１", "2026-03-001", "2026 -03-01", "-2026-03-01", "1949-12-31",
         "1929-12-31", "2026-03-01x", "x", "", "12026-01-01", "2-13-4444"]  # fmt: skip
TIMES = ["2026-03-01 10:20:30", "2026-03-01T10:20:30", "2026-03-01  1:2:3", "2026-03-0110:20:30", "2026-03-01 24:00:00", "2026-03-01 23:59:60",
         "2026-11-24 23:59:59", "2026-11-25 00:00:00", "2026-11-26 00:00:00", "46000.5", "46000.999999", "2026-03-01", "2026-02-29 01:02:03",
         "2026-03-01 10:20", "2026-03-01 10:20:30.5", "２０２６-03-01　10:20:30", "", "x"]  # fmt: skip
IDS = ["11010519491231002X", "11010519491231002x", "110105491231002", "440524188001010014", "11010519491231002１", "１１０１０５１９４９１２３１００２ｘ　",
       "110105194912310029", "11010519490231002X", "110105490231002", "99010119800517001", "990101198005170015", "99010119800517002",
       " 11010519491231002X", "11010519491231002X\t", "", "1234567890123.4e4X", "+1010519491231002X", "1_010519491231002X", "010105194912310029",
       "999999999999999999", "O10105194912310029", "9"]  # fmt: skip
VALUES = {
    "编号": ["1", "2", "3", "4", " 5", "６", "7777777", "", None, "A|B"],
    "id": IDS,
    "姓名": [
        "张三",
        "李四四四四",
        "王",
        "其其格",
        "张　三",
        "　李四　",
        "\u00a0乌兰\t",
        "",
        "   ",
        "A b",
        "𠮷野",
    ],
    "sex": ["男", "女", "1", "2", "9", "１", "3", " 男 ", "", "男性"],
    "birth": DATES,
    "death": DATES,
    "amount": NUMBERS,
    "mu": NUMBERS,
    "count": NUMBERS,
    "phone": [
        "12812345678",
        "+8612812345678",
        "128 1234 5678",
        "128-1234-5678",
        "1281234567",
        "无",
        "-",
        "２2812345678",
        "１2812345678",
        "0471-1234567",
        "",
        "--",
        "22812345678",
        "+86128123456789012345678",
    ],
    "area": [
        "152501000000",
        "152501",
        "152501100",
        "第1旗",
        "第19旗",
        "第20旗",
        "15250１",
        "052501000000",
        "15250",
        "+12345",
        "",
        "1525010000001",
    ],
    "kind": ["A", "a", "B", "C", "D", "00", "39", "40", "Ａ", "", "甲"],
    "town": ["甲", "甲 ", "", None, "很长很长很长很长很长", "x"],
    "village": ["乙", "　", "", "很长很长", "y"],
    "uscc": [
        "91440300192203821O",
        "914403001922038216",
        "91440300192203821６",
        "91110000600037341L",
        "91110000600037341l",
        "A1440300192203821",
        "",
        "914403001922038217",
        "I14403001922038216",
    ],
    "org": ["19220382-1", "192203821", "600037341", "60003734X", "MA00000A0", "", "１92203821"],
    "school": ["1234", "12345", "１２３４", "12a4", "", "1234\n"],
    "married": ["是", "否", "true", "TRUE", "0", "1", "x", "有", "", "Ｙ"],
    "updated": TIMES,
    "unmapped": ["x", '“引号"', None],
}
ALPHABET = "0123456789０１９ＸxX-./年月日 　\t'\"\\,;张三\u00a0𠮷"


def any_value(rng, column):
    """One text for a column: mostly from its list, sometimes nothing, sometimes noise."""
    kind = rng.random()
    if kind < 0.06:
        return None
    if kind < 0.12:
        return "".join(rng.choices(ALPHABET, k=rng.randrange(0, 20)))
    return rng.choice(VALUES[column])


def rows(seed, count):
    """So many rows of everything, the same for the same seed; a third of them otherwise good."""
    rng = random.Random(seed)
    good = {
        "编号": "1", "id": "990101198005170015", "姓名": "张三", "sex": "男", "birth": "1980-05-17", "death": None, "amount": "1",
        "mu": "15", "count": "3", "phone": "12812345678", "area": "152501", "kind": "A", "town": "甲", "village": "丙",
        "uscc": None, "org": None, "school": "1234", "married": "是", "updated": "2026-03-01 10:20:30", "unmapped": None,
    }  # fmt: skip
    found = []
    for _ in range(count):
        row = {column: any_value(rng, column) for column in FOUND}
        if rng.random() < 0.6:
            changed = rng.sample(FOUND, rng.randrange(0, 4))
            row = {column: row[column] if column in changed else good[column] for column in FOUND}
            row["编号"] = str(rng.randrange(0, max(2, count // 2)))
        found.append(row)
    return found
