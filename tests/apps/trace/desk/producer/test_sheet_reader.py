"""Workbooks that anybody may have sent are read cell by cell, or refused; none makes the platform run or unpack anything."""

import io
import zipfile
from datetime import datetime, time

import pytest

import producer_sheets as made
from xilin.apps.trace.desk.producer.sheets import cells, lines, template, workbook


def changed(content, part, change):
    """A workbook with one of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            data = old.read(one.filename)
            new.writestr(one.filename, change(data) if one.filename == part else data)
    return out.getvalue()


def plain(rows=(("a", 1),)):
    return made.workbook({"一": (["甲", "乙"], rows)})


SHEET = "xl/worksheets/sheet1.xml"


def test_cells_are_what_they_show():
    (grid,) = workbook.read(
        made.workbook(
            {"表": (["文", "数", "时", "真"], [["羊肉", 1.5, datetime(2026, 3, 1, 8, 30), True]])},
            formulas=[("表", "E2", "=1+1", 2)],
            merged=[("表", "F2:F4", "合并")],
        )
    )

    row = {column: grid.cells[2, column] for column in range(1, 7)}
    assert [cell.value for cell in row.values()] == [
        "羊肉",
        1.5,
        datetime(2026, 3, 1, 8, 30),
        True,
        2,
        "合并",
    ]
    assert [cell.kind for cell in row.values()] == ["text", "number", "moment", "truth", "number", "text"]
    assert row[5].formula
    assert grid.cells[4, 6].value == "合并"


def test_a_cell_far_outside_costs_nothing_and_says_nothing():
    far = changed(
        plain(),
        SHEET,
        lambda xml: xml.replace(
            b"</sheetData>",
            b'<row r="1048576"><c r="XFD1048576"><v>7</v></c><c r="A1048576"><v>8</v></c></row></sheetData>',
        ),
    )

    (grid,) = workbook.read(far)

    assert (1048576, 1) in grid.cells
    assert len(grid.cells) == 5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no XLSX"),
        (b"PK\x03\x04 not a zip", "no XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
        (b"x" * (workbook.LARGEST + 1), "5 MB"),
    ],
)
def test_what_is_no_workbook_is_refused(content, why):
    with pytest.raises(workbook.Unreadable, match=why):
        workbook.read(content)


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (workbook.LARGEST_UNPACKED + 1))

    with pytest.raises(workbook.Unreadable, match="too large"):
        workbook.read(out.getvalue())


def test_entities_are_never_expanded():
    laughs = changed(
        plain(),
        SHEET,
        lambda xml: xml.replace(
            b"?>\n", b'?>\n<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n', 1
        ),
    )

    with pytest.raises(workbook.Unreadable, match="isn't allowed"):
        workbook.read(laughs)


def test_more_cells_than_may_be_are_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_CELLS", 50)

    with pytest.raises(workbook.Unreadable, match="too many cells"):
        workbook.read(plain([("a", 1)] * 60))


@pytest.mark.parametrize("cut", [40, 400, 2000])
def test_a_file_cut_short_is_refused(cut):
    with pytest.raises(workbook.Unreadable):
        workbook.read(plain()[:-cut])


def test_readings_above_characters_are_no_text():
    noted = changed(
        plain(),
        "xl/sharedStrings.xml",
        lambda xml: xml.replace(
            "<si><t>甲</t></si>".encode(), '<si><t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh></si>'.encode()
        ),
    )

    assert workbook.read(noted)[0].cells[1, 1].value == "甲"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_templates_are_known_again_with_every_heading(language):
    grids = workbook.read(template.write(language))

    assert len(grids) == len(template.SHEETS) + 1
    assert lines.read(grids).lines == []
    for grid, sheet in zip(grids[1:], template.SHEETS, strict=True):
        _row, fields = lines._heads(grid, lines._by_name(grid.name))
        assert set(fields.values()) == {one.field for one in sheet.columns}


def test_sheets_with_other_names_are_known_by_their_headings_below_a_title():
    (grid,) = workbook.read(
        made.workbook(
            {"Sheet1": (["十一月发货表"], [[], made.SHIP, ["2026-11-22", "一号车间", "北京店", "", "1"]])}
        )
    )

    (line,) = lines.read([grid]).lines

    assert (line.sheet.code, line.row) == ("ship", 4)
    assert line.cell("code") == "E4"


def cell(value, kind="text"):
    return workbook.Cell(kind, value)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (cell("０９５２０００１００００１０"), made.MEAT),
        (cell("9520001000010"), made.MEAT),
        (cell(9520001000010.0, "number"), made.MEAT),
        (cell(" 0952000100001 0 "), made.MEAT),
    ],
)
def test_product_numbers_are_known_however_they_are_typed(said, meant):
    assert cells.gtin(said) == meant


@pytest.mark.parametrize(
    ("said", "day", "of_day"),
    [
        (cell("2026年3月1日"), "2026-03-01", None),
        (cell("２０２６／３／１"), "2026-03-01", None),
        (cell("20260301"), "2026-03-01", None),
        (cell(20260301.0, "number"), "2026-03-01", None),
        (cell("2026.3.1 8:05"), "2026-03-01", time(8, 5)),
        (cell("2026-03-01T08:05:09"), "2026-03-01", time(8, 5, 9)),
        (cell("2026年3月1日8时30分"), "2026-03-01", time(8, 30)),
        (cell(datetime(2026, 3, 1, 8, 30), "moment"), "2026-03-01", time(8, 30)),
    ],
)
def test_days_are_known_however_they_are_typed(said, day, of_day):
    assert [str(one) if one else None for one in cells._when(said)] == [day, str(of_day) if of_day else None]


@pytest.mark.parametrize("said", ["2026-02-30", "3月1日", "昨天", "26-3-1", "2026-13-01", "99999999", ""])
def test_what_is_no_day_is_told(said):
    with pytest.raises(cells.Wrong) as wrong:
        cells.day(cell(said))
    assert wrong.value.remedy.zh.startswith("写成")


@pytest.mark.parametrize(
    ("said", "value"), [("1,200", 1200), ("１２.５", 12.5), (" 3 ", 3), ("1，234，567.5", 1234567.5)]
)
def test_amounts_are_known_however_they_are_typed(said, value):
    assert cells.number(cell(said)) == value


@pytest.mark.parametrize("said", ["12,00", "十", "-5", "0", "1e99", "nan", "12kg"])
def test_what_is_no_amount_is_told(said):
    with pytest.raises(cells.Wrong):
        cells.number(cell(said))


@pytest.mark.parametrize(
    ("said", "uri"),
    [
        ("https://id.example.org/01/09520001000010/10/L1/21/AB1?17=270101", "/01/09520001000010/21/AB1"),
        ("(01)09520001000010(21)AB1", "/01/09520001000010/21/AB1"),
        ("urn:epc:id:sscc:952000.00000000001", "/00/095200000000000011"),
        (made.BOX, "/00/095200000000000011"),
    ],
)
def test_codes_are_one_however_they_are_scanned(said, uri):
    assert cells.thing(cell(said)) == (f"https://id.gs1.org{uri}", False)


def test_numbers_that_excel_rounded_are_no_codes():
    with pytest.raises(cells.Wrong, match="15 digits"):
        cells.thing(cell(95200000000000014.0, "number"))


@pytest.mark.parametrize(
    "said", ["095200000000000015", "https://id.gs1.org/414/9520000000004", "A1", "http://x", "(99)1"]
)
def test_what_is_no_code_of_goods_is_told(said):
    with pytest.raises(cells.Wrong):
        cells.thing(cell(said))
