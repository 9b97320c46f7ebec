"""How a broken check is said, in both languages.

A personal value never stands in the words: it is shown beside them, to those who may see it.
"""

from xilin.kernel.catalog.declarations import Item
from xilin.kernel.quality.declarations import Rule
from xilin.kernel.quality.rules.checks import PlanLike
from xilin.kernel.standards.declarations import Element
from xilin.lib.text import Text

SHOWN = 40
TYPES = {
    "integer": Text(zh="整数", en="an integer"),
    "decimal": Text(zh="数字", en="a number"),
    "boolean": Text(zh="是否", en="yes or no"),
    "date": Text(zh="日期", en="a date"),
    "datetime": Text(zh="时间", en="a time"),
}
CHECKS = {
    "citizen_id": Text(
        zh="不是有效的公民身份号码（位数、出生日期或校验码不对）",
        en="not a valid citizen identification number (length, birth date or check digit)",
    ),
    "uscc": Text(
        zh="不是有效的统一社会信用代码（字符、主体标识码或校验码不对）",
        en="not a valid unified social credit code (characters, organisation code or check digit)",
    ),
    "organisation_code": Text(
        zh="不是有效的组织机构代码（字符或校验码不对）",
        en="not a valid organisation code (characters or check digit)",
    ),
    "mobile": Text(
        zh="不是手机号码（1开头的11位数字）", en="not a mobile number (eleven digits beginning with 1)"
    ),
    "area_code": Text(zh="不是12位区划代码", en="not a division code of 12 digits"),
}

# What is wrong with a row before it has columns.
OF_ROWS = {
    "ragged": Text(
        zh="这一行的列数与表头不一致，无法对应到各列。",
        en="The line has more or fewer columns than the heading, so its values have no place.",
    ),
}


def reason(code: str, column: str, value: str | None, plan: PlanLike) -> Text:
    """What is wrong, as a sentence. `code` and `column` are a check's; `value` is the text as found."""
    rule = next((rule for rule in plan.rules if rule.code == code), None)
    if rule is not None:
        return _of_rule(rule, plan)
    if code in OF_ROWS:
        return OF_ROWS[code]
    item = plan.resource.column(column)
    element = plan.elements[item.element]
    name = _name(item, element)
    shown = _shown(value, element)
    kind = code.rpartition(".")[2]
    return _OF_ELEMENT[kind](name, shown, element, plan)


def _name(item: Item, element: Element) -> Text:
    name = item.name or element.name
    return Text(zh=name.zh, en=name.en or name.zh)


def _shown(value: str | None, element: Element) -> Text:
    if value is None or element.personal != "no":
        return Text(zh="", en="")
    short = value if len(value) <= SHOWN else value[:SHOWN] + "…"
    return Text(zh=f"“{short}”", en=f" “{short}”")


def _required(name: Text, _shown: Text, _element: Element, _plan: PlanLike) -> Text:
    return Text(zh=f"{name.zh}是必填项，没有填写。", en=f"{name.en} is required and missing.")


def _type(name: Text, shown: Text, element: Element, _plan: PlanLike) -> Text:
    word = TYPES[element.type]
    return Text(zh=f"{name.zh}{shown.zh}不是{word.zh}。", en=f"{name.en}{shown.en} is not {word.en}.")


def _length(name: Text, shown: Text, element: Element, _plan: PlanLike) -> Text:
    least, most = element.min_length, element.max_length
    if least == most:
        return Text(
            zh=f"{name.zh}{shown.zh}不是{most}个字符。",
            en=f"{name.en}{shown.en} is not {most} characters long.",
        )
    if not least:
        return Text(
            zh=f"{name.zh}{shown.zh}超过{most}个字符。",
            en=f"{name.en}{shown.en} is longer than {most} characters.",
        )
    if not most:
        return Text(
            zh=f"{name.zh}{shown.zh}不足{least}个字符。",
            en=f"{name.en}{shown.en} is shorter than {least} characters.",
        )
    return Text(
        zh=f"{name.zh}{shown.zh}的长度不在{least}至{most}个字符之间。",
        en=f"{name.en}{shown.en} is not {least} to {most} characters long.",
    )


def _pattern(name: Text, shown: Text, element: Element, _plan: PlanLike) -> Text:
    return Text(
        zh=f"{name.zh}{shown.zh}不符合格式 {element.pattern}。",
        en=f"{name.en}{shown.en} does not match {element.pattern}.",
    )


def _range(name: Text, shown: Text, element: Element, _plan: PlanLike) -> Text:
    least = element.not_before if element.minimum is None else f"{element.minimum:g}"
    most = element.not_after if element.maximum is None else f"{element.maximum:g}"
    unit = element.unit
    limits_zh = "，".join([f"不小于{least}"] * (least is not None) + [f"不大于{most}"] * (most is not None))
    limits_en = " and ".join(
        [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (most is not None)
    )
    return Text(
        zh=f"{name.zh}{shown.zh}超出值域：{limits_zh}{unit}。",
        en=f"{name.en}{shown.en} is out of range: {limits_en}{' ' + unit if unit else ''}.",
    )


def _future(name: Text, shown: Text, _element: Element, _plan: PlanLike) -> Text:
    return Text(zh=f"{name.zh}{shown.zh}晚于采集当日。", en=f"{name.en}{shown.en} lies in the future.")


def _code_list(name: Text, shown: Text, element: Element, plan: PlanLike) -> Text:
    codes = plan.code_lists[element.code_list]
    listed = codes.name.en or codes.name.zh
    return Text(
        zh=f"{name.zh}{shown.zh}不在代码集“{codes.name.zh}”（{codes.source}）的有效代码中。",
        en=f"{name.en}{shown.en} is not a code in force of {listed} ({codes.source}).",
    )


def _check(name: Text, shown: Text, element: Element, _plan: PlanLike) -> Text:
    word = CHECKS[element.check]
    return Text(zh=f"{name.zh}{shown.zh}{word.zh}。", en=f"{name.en}{shown.en} is {word.en}.")


def _of_rule(rule: Rule, plan: PlanLike) -> Text:
    """The rule's own name, with the items it looked at and its source."""
    names = [
        _name(plan.resource.column(column), plan.elements[plan.resource.column(column).element])
        for column in (rule.column, rule.other, *rule.columns)
        if column
    ]
    return Text(
        zh=f"不符合规则“{rule.name.zh}”（{'、'.join(n.zh for n in names)}；{rule.source}）。",
        en=f"Breaks the rule “{rule.name.en or rule.name.zh}” ({', '.join(n.en for n in names)}; {rule.source}).",
    )


_OF_ELEMENT = {
    "required": _required,
    "type": _type,
    "length": _length,
    "pattern": _pattern,
    "range": _range,
    "future": _future,
    "code_list": _code_list,
    "check": _check,
}
