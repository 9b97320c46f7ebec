"""Workbooks as producers send them, and people who work at the producers' desk."""

import io
from datetime import UTC, datetime

import xlsxwriter

from xilin.apps.trace.desk import seats
from xilin.apps.trace.models import Party
from xilin.apps.trace.verdicts.queries import book
from xilin.kernel.accounts.models import User

MEAT, LEG, SALT = "09520001000010", "09520001000027", "09520004000017"
NEW = "09520001000072"
PLANT, SHOP, BOX = "9520000000004", "9520000000011", "095200000000000011"
AT = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)

PRODUCTS = ["商品条码 *", "产品名称 *", "净含量 *", "类别 *", "保质期（天） *", "码的载体"]
PLACES = ["名称", "位置码"]
LOTS = ["商品条码", "批号", "生产时间", "数量", "单位", "生产地点", "有效期至", "检疫或检验证号"]
PACK = ["时间", "地点", "箱码", "商品条码", "批号", "数量"]
SHIP = ["时间", "发货地点", "收货单位", "单号", "物品编码"]


def workbook(sheets, *, formulas=(), merged=()):
    """A workbook of sheets: name to headings and rows; dates become cells of dates.

    `formulas`: sheet, cell, formula, value; `merged`: sheet, range, value.
    """
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False})
    moment = made.add_format({"num_format": 'yyyy"年"m"月"d"日" hh:mm'})
    pages = {}
    for name, (headings, rows) in sheets.items():
        page = pages[name] = made.add_worksheet(name)
        page.write_row(0, 0, headings)
        for row, values in enumerate(rows, 1):
            for column, value in enumerate(values):
                if isinstance(value, datetime):
                    page.write_datetime(row, column, value, moment)
                elif value is not None:
                    page.write(row, column, value)
    for name, cell, formula, value in formulas:
        pages[name].write_formula(cell, formula, None, value)
    for name, cells, value in merged:
        pages[name].merge_range(cells, value)
    made.close()
    return out.getvalue()


def season(**changed):
    """A whole workbook without a fault: a product, two places, a batch, a packing and a shipment."""
    sheets = {
        "产品": (PRODUCTS, [[NEW, "手把肉", "500 克", "羊肉", 180, None]]),
        "地点和单位": (PLACES, [["一号车间", PLANT], ["北京店", SHOP]]),
        "生产批次": (
            LOTS,
            [
                [
                    NEW,
                    "S1",
                    datetime(2026, 11, 20, 8, 30),
                    1200,
                    "件",
                    "一号车间",
                    "2027-05-19",
                    "蒙检 2026-001",
                ]
            ],
        ),
        "装箱": (PACK, [["2026-11-21", "一号车间", BOX, NEW, "S1", 20]]),
        "发货": (SHIP, [["2026-11-22 9:00", "一号车间", "北京店", "D1", BOX]]),
    }
    return sheets | changed


def company(name="paula", *, product=MEAT, acts=True, code="plant-7"):
    """Somebody at the desk of the company that makes a product; the league's declarations must be there."""
    producer = book(AT).products[product].producer
    party, _ = Party.objects.get_or_create(code=code, defaults={"name": "草原肉业", "ids": [producer]})
    person = User.objects.create_user(name, password="look-at-the-goods", role=User.Role.PRODUCER)
    seats.give(name, party.code, acts=acts, at=AT)
    return person, party


def producer(party, *, acts=True):
    """A party as its own people see it."""
    return seats.of_party(party, book(AT), acts=acts)
