"""What a cell of a sheet means: text, numbers, times, codes; however it was typed. What can't be meant is told with what to do."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from xilin.apps.trace.desk.producer.sheets.workbook import Cell
from xilin.apps.trace.epcis.keys import canonical
from xilin.apps.trace.gs1 import eartags, elements, link
from xilin.apps.trace.gs1.checks import check_digit
from xilin.apps.trace.gs1.errors import Malformed
from xilin.lib.text import Text

_DIGITS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[\sT]*(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*分?(?:[:]?\s*(\d{1,2})(?:\.\d+)?\s*秒?)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d+(\.\d+)?")


class Wrong(ValueError):
    """What is wrong with a cell, and what would be right."""

    def __init__(self, what: Text, remedy: Text) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(what.en)


def wrong(zh: str, en: str, remedy_zh: str, remedy_en: str) -> Wrong:
    """A fault in words."""
    return Wrong(Text(zh=zh, en=en), Text(zh=remedy_zh, en=remedy_en))


def text(cell: Cell | None) -> str:
    """A cell as text: full-width characters as plain ones, whole numbers without a point, blanks at the ends gone."""
    if cell is None:
        return ""
    if cell.kind == "error":
        raise wrong(
            f"单元格里是错误值 {cell.value}。",
            f"The cell holds the error {cell.value}.",
            "改成填写的值，不用公式。",
            "Write the value itself instead of a formula.",
        )
    if cell.kind == "truth":
        return "是" if cell.value else "否"
    if cell.kind == "moment":
        value = cell.value
        if isinstance(value, datetime):
            return value.isoformat(" ") if value.time() != time(0) else value.date().isoformat()
        return str(value)
    if cell.kind == "number":
        return _number_text(cell.value)
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", cell.value)).strip()


def _number_text(value: float) -> str:
    if value != value or abs(value) >= 1e15 or not float(value).is_integer():
        return repr(value)
    return str(int(value))


def code_text(cell: Cell | None) -> str:
    """A cell with a code: a long number that Excel rounded is no code any more."""
    if cell is not None and cell.kind == "number" and abs(cell.value) >= 1e15:
        raise wrong(
            "数字超过 15 位，Excel 已舍去后面的数字。",
            "The number has more than 15 digits; Excel has rounded it.",
            "先把列设为文本格式，再重新填写或扫描。",
            "Set the column to text first, then type or scan it again.",
        )
    if cell is not None and cell.kind == "moment":
        raise wrong(
            "这里被 Excel 当成了日期。",
            "Excel has taken this for a date.",
            "先把列设为文本格式，再重新填写。",
            "Set the column to text first, then type it again.",
        )
    return _SPACES.sub("", text(cell)) if cell is not None else ""


def gtin(cell: Cell | None) -> str:
    """A product's number as fourteen digits; EAN-13 and shorter ones are filled up. A zero that Excel took away is given back."""
    said = code_text(cell)
    if not _DIGITS.fullmatch(said) or not 7 <= len(said) <= 14:
        raise wrong(
            f"“{said}”不是商品条码。",
            f'"{said}" is no product number (GTIN).',
            "填写包装上条码下的 8 至 14 位数字。",
            "Write the 8 to 14 digits below the bar code.",
        )
    return _checked(said, said.zfill(14), "商品条码")


def gln(cell: Cell | None) -> str:
    """A place's number: thirteen digits."""
    said = code_text(cell)
    if not re.fullmatch(r"[0-9]{12,13}", said):
        raise wrong(
            f"“{said}”不是 13 位位置码。",
            f'"{said}" is no location number (GLN) of 13 digits.',
            "填写 13 位数字的位置码（GLN）。",
            "Write the 13 digits of the GLN.",
        )
    return _checked(said, said.zfill(13), "位置码")


def _checked(said: str, whole: str, name: str) -> str:
    """A GS1 number at its full length, whose last digit is right; `name` is what it is called in Chinese."""
    right = check_digit(whole[:-1])
    if whole[-1] != right:
        raise wrong(
            f"{name} {said} 的最后一位不对。",
            f"The last digit of {said} is wrong.",
            f"核对{name}；若前面各位都对，最后一位应为 {right}。",
            f"Compare it with what is printed; if the others are right, the last digit is {right}.",
        )
    return whole


def lot(cell: Cell | None) -> str:
    """A batch's number as GS1 allows it in a bar code: twenty characters at most."""
    said = code_text(cell)
    if not re.fullmatch(r"[A-Za-z0-9\-._/]{1,20}", said):
        raise wrong(
            f"批号“{said}”含有不允许的字符或超过 20 位。",
            f'The batch "{said}" has characters that aren\'t allowed, or more than 20.',
            "只用字母、数字和 - . _ /，最多 20 位。",
            "Use letters, digits and - . _ / only, 20 at most.",
        )
    return said


def number(cell: Cell | None, *, whole: bool = False) -> float:
    """An amount above nothing, typed as a number or as text, with or without separators of thousands."""
    if cell is not None and cell.kind == "number":
        value = float(cell.value)
    else:
        said = text(cell).replace(" ", "").replace("，", ",")
        if not _GROUPED.fullmatch(said):
            raise wrong(
                f"“{said}”不是数字。", f'"{said}" is no number.', "只填数字，单位另填一列。",
                "Write the number only; the unit has a column of its own.",
            )  # fmt: skip
        value = float(said.replace(",", ""))
    if not 0 < value < 1e9:
        raise wrong(
            "数量应大于 0，小于 10 亿。",
            "An amount is above 0 and below 1,000,000,000.",
            "核对数量。",
            "Check the amount.",
        )
    if whole and not value.is_integer():
        raise wrong("这里应是整数。", "A whole number is wanted.", "填写整数。", "Write a whole number.")
    return value


def day(cell: Cell | None) -> date:
    """A day, typed as a date, as text in any usual way, or as eight digits."""
    return _when(cell)[0]


def moment(cell: Cell | None, zone: tzinfo, *, otherwise: time, at: datetime) -> datetime:
    """A moment that has come; a day without a time of day has the one its sheet gives it, always the same."""
    on, of_day = _when(cell)
    found = datetime.combine(on, of_day or otherwise, zone)
    if found > at + timedelta(minutes=10):
        raise wrong(
            "时间在将来。", "The time lies ahead.", "填写实际发生的时间。", "Write when it really happened."
        )
    if found.year < 2015:
        raise wrong("时间早于 2015 年。", "The time is before 2015.", "核对年份。", "Check the year.")
    return found


def _when(cell: Cell | None) -> tuple[date, time | None]:
    if cell is not None and cell.kind == "moment" and isinstance(cell.value, datetime):
        of_day = cell.value.time()
        return cell.value.date(), of_day if of_day != time(0) else None
    said = text(cell)
    try:
        if found := _DAY.fullmatch(said):
            year, month, on, hour, minute, second = found.groups()
            return date(int(year), int(month), int(on)), (
                None if hour is None else time(int(hour), int(minute or 0), int(second or 0))
            )
        if found := _COMPACT.fullmatch(said):
            return date(int(found[1]), int(found[2]), int(found[3])), None
    except ValueError:
        pass
    raise wrong(
        f"“{said}”不是日期。",
        f'"{said}" is no date.',
        "写成 2026-03-01 或 2026-03-01 08:30。",
        "Write 2026-03-01 or 2026-03-01 08:30.",
    )


def choice(cell: Cell | None, words: dict[str, tuple[str, ...]]) -> str:
    """One of some words, whichever language it is said in."""
    said = text(cell).casefold()
    for key, ways in words.items():
        if said in (key.casefold(), *(way.casefold() for way in ways)):
            return key
    offered = "、".join(ways[0] for ways in words.values())
    offered_en = ", ".join(ways[1] for ways in words.values())
    raise wrong(
        f"没有“{text(cell)}”这个选项。",
        f'"{text(cell)}" is not one of the choices.',
        f"可选：{offered}。",
        f"Choose one of: {offered_en}.",
    )


def thing(cell: Cell | None) -> tuple[str, bool]:
    """What a code names, as the repository writes it, and whether it is a class: a scanned link, GS1 elements, an EPC, a logistic
    unit of eighteen digits, an ear tag of fifteen."""
    said = code_text(cell)
    try:
        return _thing(said)
    except Malformed as malformed:
        raise Wrong(malformed.what, _SCAN) from malformed


_SCAN = Text(
    zh="扫描或粘贴完整的码：网址、(01)…(21)…、18 位箱码或 15 位耳标。",
    en="Scan or paste the whole code: a link, (01)…(21)…, 18 digits of a box, or 15 of an ear tag.",
)


def _thing(said: str) -> tuple[str, bool]:
    if re.match(r"https?://", said, re.IGNORECASE):
        return _keyed(link.read(said).canonical(), said)
    if said.startswith(("urn:epc:", eartags.URN)):
        return _keyed(said, said)
    if said.startswith("("):
        return _keyed(link.write(elements.read(said)).partition("?")[0], said)
    if re.fullmatch(r"[0-9]{15}", said):
        eartags.read(said)
        return eartags.URN + said, False
    if re.fullmatch(r"[0-9]{18}", said):
        if check_digit(said[:-1]) != said[-1]:
            raise Malformed(
                "check", f"箱码 {said} 的最后一位不对。", f"The last digit of the box number {said} is wrong."
            )
        return f"{link.ROOT}/00/{said}", False
    raise Malformed("code", f"认不出“{said[:60]}”是什么码。", f'"{said[:60]}" is no code that is known.')


def _keyed(uri: str, said: str) -> tuple[str, bool]:
    found = canonical(uri)
    if not found.id.startswith((link.ROOT, eartags.URN)):
        raise Malformed("code", f"认不出“{said[:60]}”是什么码。", f'"{said[:60]}" is no code that is known.')
    if any(f"/{place}/" in found.id for place in ("414", "417")):
        raise Malformed("place", f"“{said[:60]}”是地点，不是物品。", f'"{said[:60]}" is a place, no goods.')
    return found.id, found.is_class


def plain(value: Any) -> str:
    """A value as a sheet of rows that can't be kept shows it again."""
    return "" if value is None else str(value)
