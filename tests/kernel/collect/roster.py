"""A league of one resource with sources in several forms, and its folder."""

from pathlib import Path

import small_league

NOW = small_league.NOW

ELEMENTS = "".join(
    [
        small_league.element("record_no", "编号", "Number", max_length=12),
        small_league.element("roster_name", "姓名", "Name"),
        small_league.element("sex", "性别", "Sex", source="GB/T 2261.1", code_list="sex"),
        small_league.element("amount", "金额", "Amount", type="decimal", minimum=0),
        small_league.element("updated_at", "更新时间", "Updated", type="datetime"),
    ]
)

CODE_LIST = """
[[code_list]]
code = "sex"
name = { zh = "性别代码", en = "Sex" }
source = "GB/T 2261.1-2003"
since = 2004-01-01
entries = [["1", "男", "Male"], ["2", "女", "Female"]]
"""

RESOURCE = small_league.resource(
    code="roster",
    catalogue="401/01",
    zh="名册",
    en="Roster",
    provider="civil",
    summary="测试名册。",
    classification='["基础信息资源", "人口"]',
    share="conditional",
    condition="test",
    basis="",
    cycle="daily",
    items="""
key = ["record_no"]
time_column = "updated_at"
[[item]]
element = "record_no"
required = true
[[item]]
element = "roster_name"
required = true
[[item]]
element = "sex"
on_invalid = "flag"
[[item]]
element = "amount"
[[item]]
element = "updated_at"
""",
)

SOURCE = """
code = "{code}"
resource = "roster"
department = "civil"
name = {{ zh = "名册", en = "Roster" }}
connector = "{connector}"
{more}
[connection]
{connection}
[columns]
record_no = {{ source = "no" }}
roster_name = {{ source = "name" }}
sex = {{ source = "sex", codes = {{ "男" = "1", "女" = "2" }} }}
amount = {{ source = "amount" }}
updated_at = {{ source = "updated", formats = ["%Y-%m-%d %H:%M:%S"] }}
"""

HEADINGS = ("no", "name", "sex", "amount", "updated")


def source(code: str, connector: str, *, more: str = "", **connection: str | int) -> str:
    """A source's declaration."""
    lines = [
        f"{key} = {value!r}" if isinstance(value, int) else f"{key} = '{value}'"
        for key, value in connection.items()
    ]
    return SOURCE.format(code=code, connector=connector, more=more, connection="\n".join(lines))


def apply(folder: Path, *sources: str, resource: str = RESOURCE, elements: str = ELEMENTS, rules: str = ""):
    """Apply the small league with the roster and these sources."""
    files = {
        "elements/roster.toml": elements,
        "code_lists/sex.toml": CODE_LIST,
        "resources/roster.toml": resource,
        "rules/roster.toml": rules,
    }
    for text in sources:
        files[f"sources/{text.split('code = ')[1].split(chr(34))[1]}.toml"] = text
    return small_league.apply(folder, files)


def rows(first: int, count: int, *, updated: str = "2026-09-01 10:00:00") -> list[tuple[str, ...]]:
    """Good rows, numbered."""
    return [
        (f"R{n:06}", f"名{n}", "男" if n % 2 else "女", f"{n}.50", updated)
        for n in range(first, first + count)
    ]


def csv(
    path: Path, found: list[tuple[str, ...]], *, headings=HEADINGS, encoding="utf-8", tail: str = ""
) -> Path:
    """A CSV file of rows."""
    text = "\n".join([",".join(headings), *(",".join(row) for row in found)]) + "\n" + tail
    path.write_bytes(text.encode(encoding))
    return path
