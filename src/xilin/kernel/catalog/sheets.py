"""目录编制表 Catalogue sheets as departments have them: one sheet of entries with the thirteen fields, one of their items.

Reading finds the two sheets by their headings, wherever they stand, and tells every fault with sheet, row and column;
writing gives the same sheets back, with the words to choose from. What a sheet says is read into
`declarations.Resource` over what the entry says already, so that nothing is lost that a sheet doesn't hold.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from xilin.kernel.catalog import codes
from xilin.kernel.catalog.declarations import Class, Contact, Item
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.standards.declarations import Element, Name
from xilin.lib.text import Text

LARGEST, LARGEST_UNPACKED, MOST_ROWS = 10 * 1024 * 1024, 200 * 1024 * 1024, 50_000
ENTRIES, ITEMS = "信息资源", "信息项"
YES, NO = "是", "否"

FORMATS = {
    "file": "电子文件", "spreadsheet": "电子表格", "database": "数据库", "image": "图形图像", "stream": "流媒体",
    "self_described": "自描述格式", "service": "服务接口",
}  # fmt: skip
SHARES = {"unconditional": "无条件共享", "conditional": "有条件共享", "denied": "不予共享"}
MODES = {"table": "库表交换", "file": "文件交换", "service": "服务接口"}
CYCLES = {
    "realtime": "实时", "daily": "每日", "weekly": "每周", "monthly": "每月", "quarterly": "每季度", "yearly": "每年"
}  # fmt: skip

Columns = Sequence[tuple[str, str, tuple[str, ...]]]
# Heading, the field it fills, other headings departments use for it.
ENTRY_COLUMNS: Columns = (
    ("类", "class_1", ("信息资源分类-类", "分类-类")),
    ("项", "class_2", ("信息资源分类-项", "分类-项")),
    ("目", "class_3", ("信息资源分类-目", "分类-目")),
    ("细目", "class_4", ("信息资源分类-细目", "分类-细目")),
    ("信息资源名称", "name", ("资源名称", "目录名称")),
    ("信息资源代码", "catalogue_code", ("资源代码", "目录代码")),
    ("信息资源提供方", "provider", ("提供方", "提供部门")),
    ("信息资源提供方代码", "uscc", ("提供方代码",)),
    ("信息资源摘要", "summary", ("资源摘要", "摘要")),
    ("信息资源格式", "format", ("资源格式", "格式")),
    ("共享类型", "share_type", ("共享属性",)),
    ("共享条件", "share_condition", ()),
    ("共享依据", "share_basis", ("不予共享依据",)),
    ("共享方式", "share_mode", ()),
    ("是否向社会开放", "open", ("开放属性", "是否开放")),
    ("开放条件", "open_condition", ()),
    ("更新周期", "update_cycle", ("更新频率",)),
    ("发布日期", "published", ()),
    ("关联资源代码", "related", ("关联资源",)),
    ("咨询处室", "contact", ("咨询联系人", "共享咨询处室")),
    ("咨询电话", "telephone", ()),
    ("咨询邮箱", "email", ()),
)
ITEM_COLUMNS: Columns = (
    ("所属信息资源", "resource", ("信息资源名称", "资源名称", "信息资源代码")),
    ("信息项名称", "name", ("数据项名称", "字段中文名")),
    ("数据元", "element", ("数据元代码",)),
    ("列名", "column", ("字段名", "字段英文名")),
    ("数据类型", "type", ()),
    ("数据长度", "length", ("长度",)),
    ("共享类型", "share_type", ("共享属性",)),
    ("共享依据", "share_basis", ("不予共享依据",)),
    ("脱敏规则", "mask", ()),
    ("是否开放", "open", ("是否向社会开放",)),
    ("必填", "required", ("是否必填",)),
    ("主键", "key", ("是否主键",)),
    ("查询项", "lookup", ("是否查询项",)),
)
TYPES = {
    "string": "字符型", "integer": "整型", "decimal": "数值型", "boolean": "布尔型", "date": "日期型", "datetime": "日期时间型"
}  # fmt: skip
_NEEDED = {ENTRIES: ("name", "share_type", "update_cycle"), ITEMS: ("resource", "name")}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in a cell: the sheet, the row from 1, the column's letters, in words, and what would be right."""

    sheet: str
    row: int
    column: str
    what: Text = field(compare=False)
    allowed: Text | None = field(default=None, compare=False)

    def of(self, language: str) -> str:
        """One line for a person."""
        said = f"{self.sheet}!{self.column}{self.row}: {self.what.of(language)}"
        if self.allowed is None:
            return said
        word = "Allowed:" if language.startswith("en") else "允许："
        return f"{said} {word}{self.allowed.of(language)}"


@dataclass(frozen=True, slots=True)
class Known:
    """What a sheet may refer to: elements, masks by code, classes by digits, the provider's names, entries that are."""

    elements: Mapping[str, Element]
    masks: Mapping[str, Any]
    classes: Mapping[str, Class]
    provider: str
    provider_names: frozenset[str]
    entries: Mapping[str, Entry]
    blank: Entry

    def entry(self, code: str, name: str) -> Entry | None:
        """The entry that is meant, by its catalogue code or, where there is none, by its name."""
        if code:
            return next((one for one in self.entries.values() if one.catalogue_code == code), None)
        return next((one for one in self.entries.values() if one.name.zh == name), None)


@dataclass
class Line:
    """One row of a sheet: its cells as text by field, and where each stands."""

    sheet: str
    row: int
    cells: dict[str, str]
    letters: dict[str, str]

    def fault(self, key: str, zh: str, en: str, allowed: str = "") -> Fault:
        """A fault in one of its cells."""
        column = self.letters.get(key) or next(iter(self.letters.values()), "A")
        return Fault(
            self.sheet,
            self.row,
            column,
            Text(zh=zh, en=en),
            Text(zh=allowed, en=allowed) if allowed else None,
        )

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


@dataclass
class Read:
    """An entry as a sheet says it, with the lines it was read from."""

    entry: Entry
    line: Line
    items: list[Line]

    def line_of(self, keys: Sequence[str | int]) -> tuple[Line, str]:
        """The line and the field that a problem of the entry is about."""
        if len(keys) > 1 and keys[0] == "item" and isinstance(keys[1], int) and keys[1] < len(self.items):
            return self.items[keys[1]], str(keys[2]) if len(keys) > 2 else "element"
        field_ = {"classification": "class_1", "item": "name"}.get(
            str(keys[0]) if keys else "", str(keys[0]) if keys else "name"
        )
        return self.line, field_


def read(content: bytes, known: Known) -> tuple[list[Read], list[Fault]]:
    """The entries of a workbook, and every fault there is; with one fault nothing of it is to be used."""
    if (fault := _unreadable(content)) is not None:
        return [], [fault]
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        grids = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
    except (CalamineError, OSError, ValueError):
        return [], [_whole("这不是可读的 XLSX 工作簿。", "This is no XLSX workbook that can be read.")]
    found: dict[str, list[Line]] = {}
    faults: list[Fault] = []
    for kind, columns in ((ENTRIES, ENTRY_COLUMNS), (ITEMS, ITEM_COLUMNS)):
        lines = _lines(grids, kind, columns, faults)
        if lines is not None:
            found[kind] = lines
    if faults or len(found) < 2:
        return [], faults
    return _entries(found[ENTRIES], found[ITEMS], known, faults), sorted(faults)


def _whole(zh: str, en: str) -> Fault:
    return Fault("—", 1, "A", Text(zh=zh, en=en))


def empty() -> Fault:
    """The fault of a workbook whose sheets have headings and nothing below."""
    return _whole("工作表中没有信息资源。", "The sheets hold no resource.")


def _unreadable(content: bytes) -> Fault | None:
    """Refuse what is too large before it is unpacked, and what is no workbook."""
    if len(content) > LARGEST:
        return _whole("文件超过 10 MB。", "The file is larger than 10 MB.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except zipfile.BadZipFile:
        return _whole("这不是 XLSX 工作簿。", "This is no XLSX workbook.")
    return (
        _whole("工作簿展开后过大。", "The workbook is too large when unpacked.")
        if size > LARGEST_UNPACKED
        else None
    )


def letters(index: int) -> str:
    """The letters of a column, from its index from 0.

    >>> [letters(one) for one in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    said = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        said = chr(65 + rest) + said
    return said


def _lines(
    grids: Mapping[str, list[list[Any]]],
    kind: str,
    columns: Columns,
    faults: list[Fault],
) -> list[Line] | None:
    """The lines of the sheet that has this kind's headings; None, with a fault, where none has."""
    for sheet, grid in grids.items():
        for number, row in enumerate(grid[:10]):
            places = _headings(row, columns)
            if set(_NEEDED[kind]) <= places.keys() and ("element" in places or kind == ENTRIES):
                if len(grid) > MOST_ROWS:
                    faults.append(
                        Fault(sheet, MOST_ROWS, "A", Text(zh="行数过多。", en="There are too many rows."))
                    )
                    return None
                named = {key: letters(place) for key, place in places.items()}
                return [
                    Line(sheet, number + 2 + offset, cells, named)
                    for offset, values in enumerate(grid[number + 1 :])
                    if any(
                        (
                            cells := {
                                key: _text(values[place])
                                for key, place in places.items()
                                if place < len(values)
                            }
                        ).values()
                    )
                ]
    wanted = "、".join(heading for heading, key, _others in columns if key in _NEEDED[kind])
    faults.append(
        _whole(
            f"没有“{kind}”工作表：找不到含“{wanted}”的表头。",
            f"There is no sheet {kind}: no row has the headings {wanted}.",
        )
    )
    return None


def _headings(row: Sequence[Any], columns: Columns) -> dict[str, int]:
    said = {
        _text(value).replace("\n", "").replace(" ", "").rstrip("*＊"): place
        for place, value in enumerate(row)
    }
    found = {}
    for heading, key, others in columns:
        place = next((said[word] for word in (heading, *others) if word in said), None)
        if place is not None:
            found[key] = place
    return found


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, dates as the guide writes them."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _entries(lines: list[Line], item_lines: list[Line], known: Known, faults: list[Fault]) -> list[Read]:
    by_resource: dict[str, list[Line]] = {}
    for line in item_lines:
        by_resource.setdefault(line["resource"], []).append(line)
    found, seen = list[Read](), dict[str, int]()
    for line in lines:
        mine = [
            *by_resource.pop(line["name"], []),
            *(by_resource.pop(line["catalogue_code"], []) if line["catalogue_code"] else []),
        ]
        mine.sort(key=lambda one: one.row)
        key = line["catalogue_code"] or line["name"]
        if key in seen:
            faults.append(
                line.fault("name", f"与第 {seen[key]} 行重复。", f"The same entry stands in row {seen[key]}.")
            )
        seen.setdefault(key, line.row)
        found.append(Read(_entry(line, mine, known, faults), line, mine))
    faults += [
        line.fault(
            "resource", f"“{ENTRIES}”表中没有“{name}”。", f"No row of the sheet {ENTRIES} is called {name}."
        )
        for name, strangers in by_resource.items()
        for line in strangers
    ]
    return found


def _entry(line: Line, item_lines: list[Line], known: Known, faults: list[Fault]) -> Entry:
    base = known.entry(line["catalogue_code"], line["name"])
    if base is None and line["catalogue_code"]:
        faults.append(
            line.fault(
                "catalogue_code",
                f"本部门没有代码为“{line['catalogue_code']}”的信息资源；新编的请留空，由平台编号。",
                f"Your department has no resource {line['catalogue_code']}; leave it empty for a new one, the number is given.",
            )
        )
    base = base or known.blank
    faults += [
        line.fault(
            key,
            f"“{line[key]}”不是本部门。",
            f"{line[key]} is not your department.",
            "、".join(sorted(known.provider_names)),
        )
        for key in ("provider", "uscc")
        if line[key] and line[key] not in known.provider_names
    ]
    digits = _digits(line, base, known, faults)
    same_class = base.catalogue_code.startswith(f"{digits}/")
    items, keys, lookups = _items(item_lines, base, known, faults)
    contact = base.contact
    if "contact" in line.letters:
        told = Contact(
            _words(line["contact"], contact.name if contact else None), line["telephone"], line["email"]
        )
        contact = told if line["contact"] else None
    return msgspec.structs.replace(
        base,
        catalogue_code=base.catalogue_code if same_class else f"{digits}/0",
        classification=tuple(known.classes[one].name.zh for one in codes.path(digits) if one in known.classes)
        or base.classification,
        name=base.name if base.name.zh == line["name"] else Name(zh=line["name"]),
        summary=_words(line["summary"], base.summary),
        format=_one_of(line, "format", FORMATS, base.format, faults),
        share_type=_one_of(line, "share_type", SHARES, base.share_type, faults),
        share_mode=_one_of(line, "share_mode", MODES, base.share_mode, faults),
        share_condition=_words(line["share_condition"], base.share_condition),
        share_basis=_words(line["share_basis"], base.share_basis),
        open=_yes(line, "open", faults),
        open_condition=_words(line["open_condition"], base.open_condition),
        update_cycle=_one_of(line, "update_cycle", CYCLES, base.update_cycle, faults),
        related=tuple(line["related"].replace("、", " ").replace("，", " ").replace(",", " ").split()),
        contact=contact,
        item=tuple(items),
        key=tuple(keys),
        lookup=tuple(lookups),
    )


def _digits(line: Line, base: Entry, known: Known, faults: list[Fault]) -> str:
    """The class, by the names of its levels; the entry's own where the sheet names none."""
    names = [line[f"class_{level}"] for level in (1, 2, 3, 4)]
    while names and not names[-1]:
        names.pop()
    own = base.catalogue_code.partition("/")[0]
    if not names:
        if own == "0":
            faults.append(line.fault("class_1", "缺少信息资源分类。", "The class is missing."))
        return own
    for digits in known.classes:
        if [known.classes[one].name.zh for one in codes.path(digits) if one in known.classes] == names:
            return digits
    if not known.classes:
        return own
    level = len(names)
    offered = [one.name.zh for digits, one in known.classes.items() if codes.level(digits) == level]
    allowed = get_close_matches(names[-1], offered, n=8, cutoff=0.0)
    faults.append(
        line.fault(
            f"class_{level}",
            f"分类表中没有“{' / '.join(names)}”。",
            f"There is no class {' / '.join(names)}.",
            "、".join(allowed),
        )
    )
    return own


def _items(
    lines: list[Line], base: Entry, known: Known, faults: list[Fault]
) -> tuple[list[Item], list[str], list[str]]:
    before = {item.key: item for item in base.item}
    items, keys, lookups = list[Item](), list[str](), list[str]()
    for line in lines:
        element = _element(line, before, known, faults)
        column = line["column"]
        kept = before.get(column or element, Item(element=element))
        own = known.elements[element].name.zh if element in known.elements else ""
        item = msgspec.structs.replace(
            kept,
            element=element,
            column="" if column == element else column,
            name=_item_name(line["name"], own, kept.name),
            share_type=_one_of(line, "share_type", SHARES, None, faults),
            share_basis=_words(line["share_basis"], kept.share_basis),
            mask=_mask(line, known, faults),
            open=_yes(line, "open", faults),
            required=_yes(line, "required", faults),
        )
        items.append(item)
        keys += [item.key] if _yes(line, "key", faults) else []
        lookups += [item.key] if _yes(line, "lookup", faults) else []
    return items, keys, lookups


def _element(line: Line, before: Mapping[str, Item], known: Known, faults: list[Fault]) -> str:
    """The data element of an item: by its code or name, else by the item's own name."""
    said = line["element"] or line["name"]
    if said in known.elements:
        return said
    named = [code for code, one in known.elements.items() if one.name.zh == said]
    if len(named) == 1:
        return named[0]
    if line["column"] in before and not line["element"]:
        return before[line["column"]].element
    offered = {one.name.zh: code for code, one in known.elements.items()}
    near = get_close_matches(said, offered, n=5, cutoff=0.3)
    faults.append(
        line.fault(
            "element",
            f"没有数据元“{said}”；如确属新数据元，请先请主管部门纳入标准。",
            f"There is no data element {said}; a new one is brought into the standard by the authority first.",
            "、".join(f"{offered[name]} {name}" for name in near),
        )
    )
    return said


def _mask(line: Line, known: Known, faults: list[Fault]) -> str:
    said = line["mask"]
    if not said or said in known.masks:
        return said
    named = [code for code, one in known.masks.items() if one.name.zh == said]
    if named:
        return named[0]
    faults.append(
        line.fault(
            "mask",
            f"没有脱敏规则“{said}”。",
            f"There is no mask {said}.",
            "、".join(one.name.zh for one in known.masks.values()),
        )
    )
    return ""


def _one_of(line: Line, key: str, words: Mapping[str, str], otherwise: Any, faults: list[Fault]) -> Any:
    """A value by its word, its number in the guide, or both; the one before where the cell is empty."""
    said = line[key].replace(" ", "")
    if not said:
        return otherwise
    for number, (code, word) in enumerate(words.items(), 1):
        if said in {
            code,
            word,
            word.removesuffix("共享"),
            str(number),
            f"{number}{word}",
            f"{number}.{word}",
            f"{number}、{word}",
        }:
            return code
    faults.append(
        line.fault(
            key,
            f"没有“{line[key]}”这个取值。",
            f"{line[key]} is not one of the values.",
            "、".join(words.values()),
        )
    )
    return otherwise


def _yes(line: Line, key: str, faults: list[Fault]) -> bool:
    said = line[key].lower()
    if said in {"", NO, "0", "n", "no", "false", "不开放", "否(0)"}:
        return False
    if said in {YES, "1", "y", "yes", "true", "√", "开放"}:
        return True
    faults.append(
        line.fault(key, f"“{line[key]}”应为“是”或“否”。", f"{line[key]} should be yes or no.", f"{YES}、{NO}")
    )
    return False


def _words(zh: str, before: Text | None) -> Text:
    return before if before is not None and before.zh == zh else Text(zh=zh)


def _item_name(said: str, elements: str, before: Name | None) -> Name | None:
    if before is not None and before.zh == said:
        return before
    return None if said in ("", elements) else Name(zh=said)


def write(
    entries: Iterable[Entry],
    elements: Mapping[str, Element],
    masks: Mapping[str, Any],
    departments: Mapping[str, tuple[str, str]],
) -> bytes:
    """Entries as a workbook, with lists to choose from; without entries it is an empty form to fill in.

    Args:
        entries: what to write, in this order.
        elements, masks: what is declared, for the words and the lists.
        departments: name and USCC of each provider by its code.
    """
    import xlsxwriter  # Only whoever writes a sheet waits for it.

    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format(
        {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    entries = list(entries)
    often = Counter(one.name.zh for one in entries)
    pages = (
        (ENTRIES, ENTRY_COLUMNS, (_entry_cells(one, departments) for one in entries)),
        (
            ITEMS,
            ITEM_COLUMNS,
            (cells for one in entries for cells in _item_cells(one, elements, masks, often)),
        ),
    )
    for title, columns, rows in pages:
        _fill(book.add_worksheet(title), title, columns, rows, head)
    sheet = book.add_worksheet("数据元")
    for place, heading in enumerate(("数据元代码", "名称", "数据类型", "长度", "来源")):
        sheet.write_string(0, place, heading, head)
    for row, (code, one) in enumerate(elements.items(), 1):
        for place, value in enumerate(
            (code, one.name.zh, TYPES[one.type], str(one.max_length or ""), one.source)
        ):
            sheet.write_string(row, place, value)
    book.close()
    return target.getvalue()


def _fill(sheet: Any, title: str, columns: Columns, rows: Iterable[dict[str, str]], head: Any) -> None:
    """Write headings, rows as text whatever they look like, and the lists to choose from."""
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, 16)
    for place, (heading, _key, _others) in enumerate(columns):
        sheet.write_string(0, place, heading, head)
    last = 0
    for last, cells in enumerate(rows, 1):
        for place, (_heading, key, _others) in enumerate(columns):
            if cells.get(key):
                sheet.write_string(last, place, cells[key])
    for place, (_heading, key, _others) in enumerate(columns):
        if offered := _offered(title, key):
            sheet.data_validation(1, place, max(last, 1000), place, {"validate": "list", "source": offered})


def _offered(title: str, key: str) -> list[str]:
    words = {"format": FORMATS, "share_type": SHARES, "share_mode": MODES, "update_cycle": CYCLES}
    if key in words and (title == ENTRIES or key == "share_type"):
        return list(words[key].values())
    return [YES, NO] if key in {"open", "required", "key", "lookup"} else []


def cells(
    one: Entry,
    elements: Mapping[str, Element],
    masks: Mapping[str, Any],
    departments: Mapping[str, tuple[str, str]],
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """An entry's fields and those of its items as a sheet holds them, by their keys."""
    return _entry_cells(one, departments), list(_item_cells(one, elements, masks, Counter([one.name.zh])))


def _entry_cells(one: Entry, departments: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    name, uscc = departments.get(one.provider, ("", ""))
    parted = codes.parted(one.catalogue_code)
    levels = {f"class_{level}": word for level, word in enumerate(one.classification, 1) if level <= 4}
    return levels | {
        "name": one.name.zh,
        "catalogue_code": one.catalogue_code if parted and parted.number else "",
        "provider": name,
        "uscc": uscc,
        "summary": one.summary.zh,
        "format": FORMATS[one.format],
        "share_type": SHARES[one.share_type],
        "share_condition": one.share_condition.zh,
        "share_basis": one.share_basis.zh,
        "share_mode": MODES[one.share_mode],
        "open": YES if one.open else NO,
        "open_condition": one.open_condition.zh,
        "update_cycle": CYCLES[one.update_cycle],
        "published": one.published.isoformat(),
        "related": " ".join(one.related),
        "contact": one.contact.name.zh if one.contact else "",
        "telephone": one.contact.telephone if one.contact else "",
        "email": one.contact.email if one.contact else "",
    }


def _item_cells(
    one: Entry, elements: Mapping[str, Element], masks: Mapping[str, Any], often: Mapping[str, int]
) -> Iterator[dict[str, str]]:
    # Entries are told by their names, as people do, unless two have one name.
    whose = one.name.zh if often[one.name.zh] == 1 else one.catalogue_code
    for item in one.item:
        element = elements.get(item.element)
        name = item.name.zh if item.name else element.name.zh if element else item.element
        yield {
            "resource": whose,
            "name": name,
            "element": item.element,
            "column": item.column,
            "type": TYPES[element.type] if element else "",
            "length": str(element.max_length or "") if element else "",
            "share_type": SHARES[item.share_type] if item.share_type else "",
            "share_basis": item.share_basis.zh,
            "mask": masks[item.mask].name.zh if item.mask in masks else item.mask,
            "open": YES if item.open else NO,
            "required": YES if item.required else NO,
            "key": YES if item.key in one.key else NO,
            "lookup": YES if item.key in one.lookup else NO,
        }
