"""Catalogue sheets: what is written is read back; every fault is told with its cell; nothing is half taken in."""

import io
import zipfile

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

import small_catalogue
from small_catalogue import NOW, entry, published
from xilin.kernel.catalog import actions, errors, queries, sheets
from xilin.kernel.catalog.models import Compilation, Resource

pytestmark = pytest.mark.django_db

ENTRY = {
    "类": "主题信息资源", "项": "社会保障", "目": "社会救助", "信息资源名称": "临时救助审批信息", "信息资源提供方": "小盟民政局",
    "信息资源提供方代码": "11992500PDY000028L", "信息资源摘要": "临时救助的申请和审批结果。", "信息资源格式": "3 数据库",
    "共享类型": "有条件", "共享条件": "用于履行法定职责。", "共享方式": "服务接口", "是否向社会开放": "否", "更新周期": "每日",
}  # fmt: skip
ITEMS = [
    {
        "所属信息资源": "临时救助审批信息",
        "信息项名称": "公民身份号码",
        "主键": "是",
        "查询项": "√",
        "脱敏规则": "前六位",
    },
    {
        "所属信息资源": "临时救助审批信息",
        "信息项名称": "审批金额",
        "数据元": "benefit",
        "共享类型": "不予共享",
        "共享依据": "《测试法》",
    },
]


@pytest.fixture
def who(tmp_path):
    small_catalogue.apply(tmp_path)
    return small_catalogue.people()


def book(entries, items, *, first_row=0, drop=()):
    """A workbook as a department fills it in, its headings perhaps below a title."""
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True})
    for title, columns, rows in (
        ("表一 目录", [one[0] for one in sheets.ENTRY_COLUMNS], entries),
        ("表二 信息项", [one[0] for one in sheets.ITEM_COLUMNS], items),
    ):
        sheet = made.add_worksheet(title)
        if first_row:
            sheet.write_string(0, 0, "某局政务信息资源目录")
        wanted = [heading for heading in columns if heading not in drop]
        for place, heading in enumerate(wanted):
            sheet.write_string(first_row, place, heading)
            for offset, row in enumerate(rows, 1):
                if heading in row:
                    sheet.write(first_row + offset, place, row[heading])
    made.close()
    return target.getvalue()


def faults(who, content):
    with pytest.raises(errors.SheetHasFaults) as refused:
        actions.take_in(content, by=who["ann"], at=NOW)
    assert not Compilation.objects.exists()
    return [fault.of("zh-hans") for fault in refused.value.facts["faults"]]


@pytest.mark.parametrize("first_row", [0, 2])
def test_a_departments_sheets_become_compilations(who, first_row):
    done = actions.take_in(book([ENTRY], ITEMS, first_row=first_row), by=who["ann"], at=NOW)

    (made,) = done.begun
    value = made.value
    assert (made.state, value.format, value.share_type, value.update_cycle) == (
        "draft",
        "database",
        "conditional",
        "daily",
    )
    assert value.classification == ("主题信息资源", "社会保障", "社会救助")
    assert [(item.element, item.share_type, item.mask) for item in value.item] == [
        ("id_number", None, "id_front"),
        ("benefit", "denied", ""),
    ]
    assert (value.key, value.lookup) == (("id_number",), ("id_number",))
    assert actions.problems(made) == []
    made = actions.submit(made, by=who["ann"], at=NOW)
    made = actions.pass_on(made, by=who["bob"], at=NOW)
    assert actions.publish(made, by=who["cyd"], at=NOW).catalogue_code == "201001/000001"


def test_what_is_written_is_read_back_without_a_difference(who):
    published(who, entry(contact=None))
    resources = Resource.objects.filter(provider__code="civil", retired=False)

    done = actions.take_in(actions.sheet_of(resources), by=who["ann"], at=NOW)

    assert (done.begun, done.unchanged) == ([], 2)


def test_a_changed_cell_of_a_written_sheet_is_the_only_amendment(who):
    published(who)
    content = actions.sheet_of(Resource.objects.filter(provider__code="civil", retired=False))
    grid = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheets.ENTRIES).to_python()
    heads = grid[0]
    rows = [dict(zip(heads, row, strict=True)) for row in grid[1:]]
    rows[0]["更新周期"] = "每周"
    items = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(sheets.ITEMS).to_python()

    done = actions.take_in(
        book(rows, [dict(zip(items[0], row, strict=True)) for row in items[1:]]), by=who["ann"], at=NOW
    )

    (made,) = done.begun
    assert done.unchanged == 1
    (difference,) = queries.differences(actions.compiling.entry_of(made.resource), made.value)
    assert (difference.field, difference.after) == ("update_cycle", "weekly")
    assert made.value.name.en == "Social assistance", "what no sheet holds is kept"


def test_every_fault_is_told_at_once_with_sheet_row_and_column(who):
    wrong = ENTRY | {
        "共享类型": "看情况",
        "更新周期": "有空时",
        "目": "没有的目",
        "信息资源提供方": "小盟公安局",
    }
    stray = {"所属信息资源": "别的资源", "信息项名称": "姓名"}
    unknown = {"所属信息资源": "临时救助审批信息", "信息项名称": "星座", "必填": "也许", "脱敏规则": "神秘"}

    said = faults(who, book([wrong, ENTRY], [*ITEMS, unknown, stray]))

    for cell, word in {
        "表一 目录!K2": "无条件共享",
        "表一 目录!Q2": "每季度",
        "表一 目录!C2": "社会救助",
        "表一 目录!G2": "小盟民政局",
        "表一 目录!E3": "第 2 行",
        "表二 信息项!C4": "星座",
        "表二 信息项!K4": "是、否",
        "表二 信息项!I4": "前六位",
        "表二 信息项!A5": "别的资源",
    }.items():
        assert any(line.startswith(f"{cell}:") and word in line for line in said), (cell, said)


def test_what_the_desk_would_not_submit_is_a_fault_at_its_cell(who):
    said = faults(
        who, book([ENTRY | {"信息资源摘要": "", "共享条件": ""}], [ITEMS[0], ITEMS[1] | {"共享依据": ""}])
    )

    assert {line.split(":")[0] for line in said} >= {"表一 目录!I2", "表一 目录!L2", "表二 信息项!G3"}


def test_one_wrong_entry_of_many_takes_all_of_them_back(who):
    good = ENTRY | {"信息资源名称": "特困供养信息"}
    items = [*ITEMS, *({**one, "所属信息资源": "特困供养信息"} for one in ITEMS)]

    assert faults(who, book([good, ENTRY | {"更新周期": "随时"}], items))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a workbook",
        b"PK\x03\x04broken",
        pytest.param("zip", id="a zip of something else"),
        pytest.param("bomb", id="too large when unpacked"),
    ],
)
def test_what_is_no_workbook_is_told_so(who, content, monkeypatch):
    if isinstance(content, str):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("x.txt", b"0" * (3_000_000 if content == "bomb" else 10))
        monkeypatch.setattr(sheets, "LARGEST_UNPACKED", 1_000_000)
        content = target.getvalue()

    assert len(faults(who, content)) == 1


def test_missing_sheets_and_headings_are_named(who):
    said = faults(who, book([ENTRY], ITEMS, drop=("更新周期", "数据元")))

    assert len(said) == 2
    assert "更新周期" in said[0] + said[1]


def test_another_departments_entry_is_not_amended_by_a_sheet(who):
    said = faults(who, book([ENTRY | {"信息资源代码": "101/01"}], ITEMS))

    assert any("本部门没有代码" in line for line in said)


def test_a_cell_that_looks_like_a_formula_is_written_as_text(who):
    from xilin.lib.text import Text

    published(who, entry(summary=Text(zh='=HYPERLINK("http://x")')))
    content = actions.sheet_of(Resource.objects.filter(code="civil_201001_000001"))

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
