"""The sheets a producer fills in: their columns in plain words of both languages, what may be chosen, and the workbook to download.

A sheet is known by its name and its columns by their headings, in either language, in any order; other sheets and columns
are left alone.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, Literal

import xlsxwriter
from msgspec import Struct

from xilin.lib.text import Text

Language = Literal["zh", "en"]
Words = dict[str, tuple[str, ...]]

CATEGORIES: Words = {
    "mutton": ("羊肉", "mutton"), "liquor": ("白酒", "liquor"), "oil": ("食用油", "edible oil"), "salt": ("食盐", "salt"),
    "dairy": ("乳制品", "dairy products"), "other": ("其他", "other"),
}  # fmt: skip
CARRIERS: Words = {
    "link": ("印刷链接", "printed link"), "scratch": ("印刷链接加刮开码", "printed link with a scratch code"),
    "signed": ("印刷链接加签名", "printed link with a signature"), "chip": ("NFC 芯片", "NFC chip"),
}  # fmt: skip
UNITS: Words = {
    "": ("件", "pieces", "个", "只", "头", "瓶", "袋", "盒", "piece", "pcs"),
    "KGM": ("千克", "kg", "公斤", "kgm"), "GRM": ("克", "g", "grm"), "TNE": ("吨", "t", "tonnes", "tne"),
    "LTR": ("升", "litres", "l", "ltr"), "MLT": ("毫升", "ml", "mlt"),
}  # fmt: skip
PACKING: Words = {
    "ADD": ("装入", "put in", "装", "装箱", "in"),
    "DELETE": ("取出", "take out", "拆", "拆箱", "out"),
}
SIDES: Words = {"in": ("投入", "used", "input", "原料"), "out": ("产出", "made", "output", "成品")}


class Column(Struct, frozen=True):
    """A column: the field it fills, its headings (the first two are ours), whether it must be filled in, a hint."""

    field: str
    headings: tuple[str, ...]
    hint: Text
    needed: bool = False
    choices: Words = {}
    width: int = 18


class Sheet(Struct, frozen=True):
    """A sheet: its code, its names (the first two are ours), its columns, the time of day of days without one."""

    code: str
    names: tuple[str, ...]
    lead: Text
    columns: tuple[Column, ...]
    of_day: time = time(0)


def _column(
    field: str, zh: str, en: str, *others: str, hint: tuple[str, str] = ("", ""), needed: bool = False,
    choices: Words | None = None, width: int = 18,
) -> Column:  # fmt: skip
    return Column(field, (zh, en, *others), Text(zh=hint[0], en=hint[1]), needed, choices or {}, width)


_GTIN = ("包装条码下的 8 至 14 位数字", "the 8 to 14 digits below the bar code")
_TIME = (
    "如 2026-03-01 08:30；不填时刻则按当天计",
    "such as 2026-03-01 08:30; without a time of day it counts for the day",
)
_PLACE = ("“地点和单位”表中的名称，或 13 位位置码", "a name from the sheet of places, or 13 digits of a GLN")
_CODE = (
    "扫码得到的网址、(01)…(21)…、18 位箱码、15 位耳标",
    "a scanned link, (01)…(21)…, 18 digits of a box, 15 of an ear tag",
)
_PAPER = ("送货单、采购单等单号", "the number of a delivery note, an order …")


def _goods() -> tuple[Column, ...]:
    """Columns that name goods: a whole code, or a product with its batch and how much of it."""
    return (
        _column("code", "物品编码", "Code of the goods", "编码", "码", hint=_CODE, width=40),
        _column("gtin", "商品条码", "GTIN", "条码", "产品条码", hint=_GTIN),
        _column("lot", "批号", "Batch", "生产批号", hint=("没有编码时填", "where there is no code")),
        _column(
            "quantity",
            "数量",
            "Quantity",
            hint=("按批号填写时必填", "needed where a batch is named"),
            width=10,
        ),
        _column("unit", "单位", "Unit", choices=UNITS, hint=("不填为件", "pieces where left out"), width=10),
    )


PRODUCTS = Sheet(
    "products",
    ("产品", "Products", "产品信息", "商品"),
    Text(
        zh="本企业的产品，一行一种。已登记的会更新。",
        en="Products of your own, one to a row. Those entered before are brought up to date.",
    ),
    (
        _column("gtin", "商品条码", "GTIN", "条码", "产品条码", hint=_GTIN, needed=True),
        _column("name", "产品名称", "Product name", "名称", needed=True, width=30),
        _column("name_en", "英文名称", "English name", width=30),
        _column("net", "净含量", "Net content", hint=("如 500 克", "such as 500 g"), needed=True),
        _column("category", "类别", "Category", choices=CATEGORIES, needed=True),
        _column("shelf_days", "保质期（天）", "Shelf life (days)", "保质期", needed=True),
        _column(
            "kind",
            "码的载体",
            "Carrier of codes",
            "载体",
            choices=CARRIERS,
            hint=("不填为印刷链接", "a printed link where left out"),
            width=24,
        ),
    ),
)
PLACES = Sheet(
    "places",
    ("地点和单位", "Places", "地点", "单位", "地点与单位"),
    Text(
        zh="下面各表用到的地点和往来单位，一行一处。",
        en="Places and companies that the other sheets name, one to a row.",
    ),
    (
        _column("name", "名称", "Name", "单位名称", "地点名称", needed=True, width=30),
        _column("gln", "位置码", "GLN", "GLN（13 位）", hint=("13 位数字", "13 digits"), needed=True),
        _column(
            "area",
            "区划代码",
            "Area code",
            hint=("6 位县级代码，可不填", "six digits of the county, or nothing"),
        ),
    ),
)
LOTS = Sheet(
    "lots",
    ("生产批次", "Batches", "批次"),
    Text(zh="每生产一批填一行。", en="One row for each batch that was produced."),
    (
        _column("gtin", "商品条码", "GTIN", "条码", "产品条码", hint=_GTIN, needed=True),
        _column(
            "lot",
            "批号",
            "Batch",
            "生产批号",
            hint=("与产品上印的一致", "as printed on the goods"),
            needed=True,
        ),
        _column("time", "生产时间", "Produced at", "生产日期", hint=_TIME, needed=True),
        _column("expires", "有效期至", "Expires on", "有效期", hint=("可不填", "may be left out")),
        _column("quantity", "数量", "Quantity", needed=True, width=10),
        _column("unit", "单位", "Unit", choices=UNITS, hint=("不填为件", "pieces where left out"), width=10),
        _column("place", "生产地点", "Place", "地点", hint=_PLACE, needed=True, width=30),
        _column(
            "paper",
            "检疫或检验证号",
            "Certificate",
            "检疫证号",
            "证号",
            hint=("可不填", "may be left out"),
            width=24,
        ),
    ),
)
ITEMS = Sheet(
    "commission",
    ("赋码启用", "Activate codes", "赋码"),
    Text(
        zh="贴好码的产品，一行一件；启用后消费者才能查验。",
        en="Goods whose codes were put on, one to a row; buyers can check them from then on.",
    ),
    (
        _column("time", "时间", "Time", "日期", hint=_TIME, needed=True),
        _column("place", "地点", "Place", hint=_PLACE, needed=True, width=30),
        _column("code", "物品编码", "Code of the goods", "编码", "码", hint=_CODE, needed=True, width=40),
    ),
    time(0, 20),
)
PACK = Sheet(
    "aggregate",
    ("装箱", "Packing", "装箱拆箱"),
    Text(
        zh="一行一件；时间、地点和箱码相同的行为同一次装箱。",
        en="One thing to a row; rows of the same time, place and box are one packing.",
    ),
    (
        _column("time", "时间", "Time", "日期", hint=_TIME, needed=True),
        _column("place", "地点", "Place", hint=_PLACE, needed=True, width=30),
        _column(
            "action",
            "装入或取出",
            "In or out",
            "动作",
            choices=PACKING,
            hint=("不填为装入", "in where left out"),
        ),
        _column(
            "container",
            "箱码",
            "Box",
            "容器编码",
            hint=("18 位箱码，或扫码内容", "18 digits, or what was scanned"),
            needed=True,
            width=30,
        ),
        *_goods(),
    ),
    time(0, 30),
)
MAKE = Sheet(
    "transform",
    ("加工", "Processing", "生产加工"),
    Text(
        zh="一行一种投入或产出；加工单号、时间和地点相同的行为同一次加工。",
        en="One input or output to a row; rows of the same number, time and place are one process.",
    ),
    (
        _column("paper", "加工单号", "Process number", "单号", needed=True),
        _column("time", "时间", "Time", "日期", hint=_TIME, needed=True),
        _column("place", "地点", "Place", hint=_PLACE, needed=True, width=30),
        _column("side", "投入或产出", "Used or made", "投入产出", choices=SIDES, needed=True),
        *_goods(),
    ),
    time(0, 10),
)
SHIP = Sheet(
    "ship",
    ("发货", "Shipping", "出库"),
    Text(
        zh="一行一件或一批；时间、地点、收货单位和单号相同的行为同一次发货。",
        en="One thing or batch to a row; rows of the same time, place, receiver and number are one shipment.",
    ),
    (
        _column("time", "时间", "Time", "日期", hint=_TIME, needed=True),
        _column("place", "发货地点", "Place", "地点", hint=_PLACE, needed=True, width=30),
        _column("other", "收货单位", "Receiver", "收货方", hint=_PLACE, needed=True, width=30),
        _column("paper", "单号", "Document number", "送货单号", hint=_PAPER),
        *_goods(),
    ),
    time(0, 40),
)
RECEIVE = Sheet(
    "receive",
    ("收货", "Receiving", "入库"),
    Text(
        zh="一行一件或一批；时间、地点、发货单位和单号相同的行为同一次收货。",
        en="One thing or batch to a row; rows of the same time, place, sender and number are one receipt.",
    ),
    (
        _column("time", "时间", "Time", "日期", hint=_TIME, needed=True),
        _column("place", "收货地点", "Place", "地点", hint=_PLACE, needed=True, width=30),
        _column("other", "发货单位", "Sender", "发货方", hint=_PLACE, width=30),
        _column("paper", "单号", "Document number", "送货单号", hint=_PAPER),
        *_goods(),
    ),
    time(0, 50),
)
SHEETS = (PRODUCTS, PLACES, LOTS, ITEMS, PACK, MAKE, SHIP, RECEIVE)
BY_CODE = {one.code: one for one in SHEETS}
REASON = ("问题（重新导入时不必删除）", "What is wrong (may stay when sent again)")

_NOTES = {
    "zh": (
        "填写说明",
        (
            "1. 表头带 * 的列必填；鼠标停在表头上可看说明，灰底有下拉选项的列请从选项中选。",
            "2. 用不到的表留空即可；表的名称和表头不要改，列的顺序可以换，可以另加自己的列。",
            "3. 时间写成 2026-03-01 08:30。只写日期时，同一天内按“生产、加工、启用、装箱、发货、收货”的先后计。",
            "4. 物品可扫码填“物品编码”，也可填“商品条码 + 批号 + 数量”。箱码和耳标请把列设为文本，以免 Excel 舍去数字。",
            "5. 同一次装箱、加工、发货、收货写成多行，其中一行有误，整次都不入库。",
            "6. 上传后先看预览，确认后才入库；有误的行可以下载，改好再传。同一份表传两次不会重复。",
            "7. 更正已入库的事件请联系中心，不要改表重传。",
        ),
    ),
    "en": (
        "Notes",
        (
            "1. Columns with * must be filled in; headings have hints; where there is a list, choose from it.",
            "2. Leave sheets empty that you don't need. Keep the names of sheets and headings; columns may change their order and be added.",
            "3. Write times as 2026-03-01 08:30. With a day alone: production, processing, activation, packing, shipping, receiving in turn.",
            "4. Name goods by a scanned code, or by GTIN, batch and quantity. Set columns of long numbers to text, or Excel rounds them.",
            "5. One packing, process, shipment or receipt may take many rows; if one of them is wrong, none of it is kept.",
            "6. You see what would be kept and confirm it. Rows with faults can be downloaded, mended and sent again; nothing is kept twice.",
            "7. To correct an event that was kept, ask the centre; don't change the sheet and send it again.",
        ),
    ),
}  # fmt: skip


class Bad(Struct, frozen=True):
    """A row that can't be kept, as it stood, with the reasons."""

    sheet: str
    cells: Mapping[str, str]
    reasons: str


def write(language: Language, *, only: Sequence[str] = (), bad: Sequence[Bad] = ()) -> bytes:
    """The workbook to fill in; with rows that couldn't be kept, each beside what is wrong with it.

    Args:
        language: of headings, hints and lists.
        only: codes of the sheets wanted; all where left out.
        bad: rows to be mended; then only their sheets are there.
    """
    target = io.BytesIO()
    # Nothing that was sent becomes a formula or a link, whatever it looks like.
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )  # fmt: skip
    formats = {
        "head": book.add_format(
            {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter"}
        ),
        "needed": book.add_format(
            {"bold": True, "bg_color": "#BDD3EA", "border": 1, "text_wrap": True, "valign": "vcenter"}
        ),
        "text": book.add_format({"num_format": "@"}),
        "wrong": book.add_format({"num_format": "@", "text_wrap": True, "font_color": "#A0321E"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
    }
    wanted = [one for one in SHEETS if not only or one.code in only]
    if bad:
        wanted = [one for one in SHEETS if any(row.sheet == one.code for row in bad)]
    else:
        _notes(book.add_worksheet(_NOTES[language][0]), language, wanted, formats)
    for one in wanted:
        rows = [row for row in bad if row.sheet == one.code]
        _fill(book.add_worksheet(one.names[0 if language == "zh" else 1]), one, language, rows, formats)
    book.close()
    return target.getvalue()


def _notes(sheet: Any, language: Language, wanted: Sequence[Sheet], formats: dict[str, Any]) -> None:
    title, lines = _NOTES[language]
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 96)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, title, formats["title"])
    row = 2
    for line in lines:
        sheet.merge_range(row, 0, row, 1, line, formats["wrap"])
        sheet.set_row(row, 34 if len(line) > (52 if language == "zh" else 108) else 18)
        row += 1
    row += 1
    for one in wanted:
        sheet.write_string(row, 0, one.names[0 if language == "zh" else 1], formats["head"])
        sheet.write_string(row, 1, one.lead.of(language), formats["wrap"])
        row += 1


def _fill(sheet: Any, one: Sheet, language: Language, rows: Sequence[Bad], formats: dict[str, Any]) -> None:
    place = 0 if language == "zh" else 1
    sheet.freeze_panes(1, 0)
    last = max(len(rows), 1000)
    for column, said in enumerate(one.columns):
        sheet.set_column(column, column, said.width, formats["text"])
        head = said.headings[place] + (" *" if said.needed else "")
        sheet.write_string(0, column, head, formats["needed" if said.needed else "head"])
        if hint := said.hint.of(language):
            sheet.write_comment(0, column, hint, {"x_scale": 1.6})
        if said.choices:
            offered = [ways[place] for ways in said.choices.values()]
            sheet.data_validation(
                1, column, last, column, {"validate": "list", "source": offered, "ignore_blank": True}
            )
    if rows:
        sheet.set_column(len(one.columns), len(one.columns), 60, formats["wrong"])
        sheet.write_string(0, len(one.columns), REASON[place], formats["head"])
    for row, bad in enumerate(rows, 1):
        for column, said in enumerate(one.columns):
            if value := bad.cells.get(said.field):
                sheet.write_string(row, column, value, formats["text"])
        sheet.write_string(row, len(one.columns), bad.reasons, formats["wrong"])
