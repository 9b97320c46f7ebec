"""The same standardisation said slowly, one row at a time, in plain Python: what the fast one must equal."""

import math
import re
from datetime import date, datetime, timedelta

from xilin.kernel.standards.identifiers import values as ids

BLANKS = " \t\n\r\x0b\x0c\u00a0\u3000\ufeff"
DEFAULT_DAYS = ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
DEFAULT_TIMES = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S"]  # fmt: skip


def half(text, signs):
    out = []
    for c in text:
        wide = 0xFF01 <= ord(c) <= 0xFF5E
        narrow = chr(ord(c) - 0xFEE0) if wide else ""
        letter = narrow.isascii() and narrow.isalnum()
        out.append(narrow if wide and (signs or letter) else " " if c == "\u3000" else c)
    return "".join(out).strip(BLANKS)


def text_of(row, column, element):
    signs = element.type != "string"
    if column.value is not None:
        text = column.value
    elif column.join:
        parts = [half(row[name], signs) for name in column.join if row[name] is not None]
        text = column.separator.join(part for part in parts if part)
    elif column.source and row[column.source] is not None:
        text = half(row[column.source], signs)
    else:
        return None
    if column.part:
        first, length = column.part
        text = text[first - 1 : first - 1 + length]
    if text == "" or text in column.nulls:
        return None
    if column.upper or element.check in ("citizen_id", "uscc", "organisation_code"):
        text = text.upper()
    return text


def found_of(row, column):
    if column.value is not None:
        return column.value
    if column.join:
        return column.separator.join(row[name] for name in column.join if row[name] is not None)
    return row[column.source] if column.source else None


def moment(text, forms):
    for form in forms:
        if form == "excel":
            if re.fullmatch(r"[0-9]{1,7}(\.[0-9]+)?", text) and 61 <= float(text) <= 2958465:
                return datetime(1899, 12, 30) + timedelta(seconds=math.floor(float(text) * 86400 + 0.5))
            continue
        parts = re.findall(r"%.|[^%]+", form)
        pattern = ""
        for at, part in enumerate(parts):
            beside = parts[at - 1 : at] if at else []
            tight = any(p.startswith("%") for p in [*beside, *parts[at + 1 : at + 2]])
            if part == "%Y":
                pattern += "([1-9][0-9]{3})"
            elif part.startswith("%"):
                pattern += "([0-9]{2})" if tight else "([0-9]{1,2})"
            else:
                pattern += "".join(r"\s+" if c == " " else re.escape(c) for c in part)
        match = re.fullmatch(pattern, text, re.ASCII)
        if match:
            try:
                return datetime(*map(int, match.groups()))
            except ValueError:
                continue
    return None


def exact(text):
    if not re.fullmatch(r"[1-9][0-9]{3}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{1,6}", text, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def typed(text, column, element):  # noqa: C901 - one branch a type
    if text is None:
        return None
    text = column.codes.get(text, text)
    kind = element.type
    if kind == "date":
        value = moment(text, column.formats or [*DEFAULT_DAYS, *DEFAULT_TIMES])
        value = value or (None if column.formats else exact(text))
        return value.date() if value else None
    if kind == "datetime":
        value = moment(text, column.formats or [*DEFAULT_TIMES, *DEFAULT_DAYS])
        return value or (None if column.formats else exact(text))
    if kind == "boolean":
        low = text.lower()
        return True if low in ("true", "t", "yes", "y", "1", "是", "有") else False if low in ("false", "f", "no", "n", "0", "否", "无") else None  # fmt: skip
    if kind == "decimal" or (kind == "integer" and column.factor != 1):
        if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", text):
            return None
        value = float(text) * column.factor
        if not math.isfinite(value):
            return None
        if kind == "integer":
            whole = math.copysign(math.floor(abs(value) + 0.5), value)
            return int(whole) if abs(whole) < 2**63 else None
        return value
    if kind == "integer":
        if re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", text) and text != "-0" and -(2**63) <= int(text) < 2**63:
            return int(text)
        match = re.fullmatch(r"([+-]?[0-9]{1,18})(\.0*)?", text)
        return int(match[1]) if match else None
    if element.check == "area_code" and len(text) in (6, 9) and re.fullmatch("[0-9]+", text):
        return text.ljust(12, "0")
    if element.check == "mobile" and len(text.encode()) != 11:
        return text.replace(" ", "").replace("-", "").removeprefix("+86")
    return ids.citizen_upgrade(text) if element.check == "citizen_id" else text


VALID = {
    "citizen_id": ids.is_citizen_id,
    "uscc": ids.is_uscc,
    "organisation_code": ids.is_organisation_code,
    "mobile": ids.is_mobile,
    "area_code": ids.is_area_code,
}


def day(value):
    return value.date() if isinstance(value, datetime) else value


def broken_of_element(text, value, item, element, plan, on):  # noqa: C901 - one branch a check
    """Kinds of checks that an item's value breaks."""
    if text is None:
        return {"required"} if item.required or item.key in plan.resource.key else set()
    if value is None:
        return {"type"}
    out = set()
    if element.type == "string":
        if (element.min_length and len(value) < element.min_length) or (
            element.max_length and len(value) > element.max_length
        ):
            out.add("length")
        if element.pattern and not re.search(element.pattern.replace("$", r"\Z"), value):
            out.add("pattern")
    low = element.minimum if element.minimum is not None else element.not_before
    high = element.maximum if element.maximum is not None else element.not_after
    if (low is not None and day(value) < low) or (high is not None and day(value) > high):
        out.add("range")
    if element.not_in_future and day(value) > on:
        out.add("future")
    if element.code_list:
        entries = plan.code_lists[element.code_list].entries
        valid = [e.code for e in entries if (e.valid_from or on) <= on <= (e.valid_to or on)]
        if value not in valid:
            out.add("code_list")
    if element.check and not VALID[element.check](value):
        out.add("check")
    return out


def breaks(rule, values, texts):
    """Whether a row breaks an author's rule, and whether the rule had anything to say."""
    value, other = values.get(rule.column), values.get(rule.other)
    if rule.kind == "required_when":
        asked = other in rule.values
        return asked and texts[rule.column] is None, asked
    if value is None or (rule.other and other is None):
        return False, False
    if rule.kind == "id_birth":
        return f"{day(other):%Y%m%d}".zfill(8) != value[6:14], True
    if rule.kind == "id_sex":
        if other not in ("1", "2"):
            return False, False
        return ("1" if int(value[16]) % 2 else "2") != other, True
    if not rule.other:
        other = date.fromisoformat(rule.value) if isinstance(value, date) else rule.value
    holds = {"<": value < other, "<=": value <= other, "=": value == other, "!=": value != other, ">=": value >= other, ">": value > other}  # fmt: skip
    return not holds[rule.operator], True


class Row:
    """One row worked out."""

    def __init__(self, number, found, plan, on):
        self.number, self.found = number, found
        self.values, self.texts, self.beside, self.broken, self.applied = {}, {}, {}, [], []
        blocking = False
        for item, element, column in plan.items():
            text = text_of(found, column, element)
            value = typed(text, column, element)
            kinds = broken_of_element(text, value, item, element, plan, on)
            flag = item.on_invalid == "flag" and item.key not in plan.resource.key
            self.texts[item.key] = text
            self.values[item.key] = None if kinds else value
            if flag:
                bad = kinds - {"required"}
                self.beside[item.key + "__found"] = found_of(found, column) if bad else None
            for kind in kinds:
                self.broken.append((f"{item.key}.{kind}", item.key, found_of(found, column)))
                blocking |= kind == "required" or not flag
        for rule in plan.rules:
            if (
                rule.resource != plan.resource.code
                or rule.since > on
                or rule.kind in ("unique", "exists_in", "absent_from")
            ):
                continue
            broken, applies = breaks(rule, self.values, self.texts)
            self.applied += [rule.code] * applies
            if broken:
                self.broken.append(
                    (rule.code, rule.column, found_of(found, plan.source.columns[rule.column]))
                )
                blocking |= rule.severity == "block"
        self.blocking = blocking
        keys = [self.values[key] for key in plan.resource.key]
        self.key = None if None in keys else "|".join(map(str, keys))

    @property
    def content(self):
        return self.values | self.beside


def standardise(rows, plan, on, seen=()):
    """Accepted rows, quarantined rows, duplicates. `seen`: content in force by key."""
    known = dict(seen)
    every = [Row(number, found, plan, on) for number, found in enumerate(rows, 1)]
    kept = {}
    for row in every:
        if not row.blocking and (row.key not in kept or plan.source.mode == "incremental"):
            kept[row.key] = row
    accepted = [row for row in every if kept.get(row.key) is row and known.get(row.key) != row.content]
    quarantined = [row for row in every if row.blocking]
    taken = {row.number for row in accepted + quarantined}
    return accepted, quarantined, [row for row in every if row.number not in taken]
