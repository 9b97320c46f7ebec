"""What a grant or a filter comes to, in words of both languages: the same for pages, commands and documents."""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog.models import Item, Resource
from xilin.kernel.exchange.filters import Condition
from xilin.kernel.exchange.models import Grant, Shape, Way
from xilin.kernel.exchange.scope import purposes
from xilin.kernel.standards.models import Area
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text

_OPS = {
    "eq": Text(zh="为{value}", en="is {value}"),
    "in": Text(zh="为{value}之一", en="is one of {value}"),
    "prefix": Text(zh="以{value}开头", en="begins with {value}"),
    "ge": Text(zh="不小于{value}", en="is at least {value}"),
    "le": Text(zh="不大于{value}", en="is at most {value}"),
}
_WAYS = {
    Way.CALL: Text(zh="逐次调用", en="call by call"),
    Way.FILE: Text(zh="以批量文件", en="as a bulk file"),
    Way.FEED: Text(zh="以变更订阅", en="as a subscription to changes"),
}
_SHAPES = {
    Shape.VERIFY: Text(zh="核验（是或否）", en="verify (yes or no)"),
    Shape.STATUS: Text(zh="取得匹配结果和状态", en="have match and status of"),
    Shape.MASKED: Text(zh="取得脱敏字段", en="have masked fields of"),
    Shape.FULL: Text(zh="取得完整字段", en="have full fields of"),
}
_GRANT = Text(
    zh="{department}的“{client}”可为“{purpose}”{way}{shape}：{provider}“{resource}”的{items}；{rows}；{limits}。",
    en="“{client}” of {department} may {shape} “{resource}” of {provider}, {way}, for “{purpose}”: {items}; {rows}; {limits}.",
)


def filter_in_words(resource: Resource, conditions: Sequence[Condition]) -> Text:
    """Conditions on rows in words; all rows where there are none. Areas and codes are told by name."""
    if not conditions:
        return Text(zh="全部行", en="every row")
    items = {item.column: item for item in resource.items.all()}
    told = [_condition(items.get(one["column"]), one, resource.area_column) for one in conditions]
    return Text(
        zh="只限" + "、且".join(one.zh for one in told) + "的行",
        en="only rows where " + " and ".join(one.en for one in told),
    )


def grant_in_words(grant: Grant) -> Text:
    """What a grant covers, in one sentence of each language: who, what, for what, which rows, masks and limits."""
    purpose = purposes().get(grant.purpose)
    said = {
        "department": _department(grant.department),
        "client": Text(zh=grant.client.name, en=grant.client.name),
        "purpose": purpose.name if purpose else Text(zh=grant.purpose, en=grant.purpose),
        "way": _WAYS[Way(grant.delivery)],
        "shape": _SHAPES[Shape(grant.shape)],
        "provider": _department(grant.provider),
        "resource": _named(grant.resource),
        "items": _items(grant),
        "rows": filter_in_words(grant.resource, grant.row_filter),
        "limits": _limits(grant),
    }
    return _filled(_GRANT, said)


def _items(grant: Grant) -> Text:
    names = {item.column: _named(item) for item in grant.resource.items.all()}
    masks = declared("mask")
    told = []
    for item in grant.items.all():
        name = names.get(item.column, Text(zh=item.column, en=item.column))
        if item.mask:
            mask = masks[item.mask].name if item.mask in masks else Text(zh=item.mask, en=item.mask)
            name = _filled(Text(zh="{name}（{mask}）", en="{name} ({mask})"), {"name": name, "mask": mask})
        told.append(name)
    return Text(zh="、".join(one.zh for one in told), en=", ".join(_en(one) for one in told))


def _limits(grant: Grant) -> Text:
    first = timezone.localtime(grant.valid_from)
    last = timezone.localtime(grant.valid_until)
    told = [
        Text(
            zh=f"自{first:%Y-%m-%d %H:%M}起，至{last:%Y-%m-%d %H:%M}前",
            en=f"from {first:%Y-%m-%d %H:%M} until before {last:%Y-%m-%d %H:%M}",
        ),
        Text(zh=f"每日至多{grant.quota_per_day}次", en=f"at most {grant.quota_per_day} answers a day"),
    ]
    if (grant.hour_from, grant.hour_to) != (0, 24):
        told.append(
            Text(
                zh=f"每日{grant.hour_from}时至{grant.hour_to}时",
                en=f"from {grant.hour_from} to {grant.hour_to} o'clock",
            )
        )
    if grant.listing:
        told.append(
            Text(
                zh=f"可按条件列表，符合的不少于{grant.least}行才答复",
                en=f"lists by conditions that at least {grant.least} rows fit",
            )
        )
    if grant.match:
        told.append(Text(zh="可按姓名等匹配人员", en="people may be matched by name"))
    if grant.signed:
        told.append(Text(zh="调用须签名", en="every call signed"))
    if not grant.keyed:
        told.append(Text(zh="假名与其他授权可对应", en="pseudonyms equal to other grants'"))
    return Text(zh="，".join(one.zh for one in told), en=", ".join(one.en for one in told))


def _condition(item: Item | None, one: Condition, area_column: str) -> Text:
    name = _named(item) if item else Text(zh=one["column"], en=one["column"])
    if one["op"] == "prefix" and one["column"] == area_column and (area := _area(one["value"])):
        return _filled(Text(zh="{name}在{area}", en="{name} lies in {area}"), {"name": name, "area": area})
    codes = declared("code_list").get(item.code_list) if item and item.code_list else None
    known = {entry.code: entry for entry in codes.entries} if codes else {}
    values = one["value"] if isinstance(one["value"], list) else [one["value"]]
    told = [
        Text(zh=known[value].zh, en=known[value].en or known[value].zh)
        if value in known
        else Text(zh=str(value), en=str(value))
        for value in values
    ]
    value = Text(zh="、".join(f"“{each.zh}”" for each in told), en=", ".join(f"“{each.en}”" for each in told))
    said = _filled(_OPS[one["op"]], {"value": value})
    return Text(zh=name.zh + said.zh, en=f"{_en(name)} {said.en}")


def _area(prefix: str) -> Text | None:
    """The area all of whose codes begin with these digits."""
    code = prefix.ljust(12, "0")
    found = Area.objects.filter(code=code).first()
    return Text(zh=found.name, en=found.name_en or found.name) if found else None


def _named(one: Resource | Item) -> Text:
    return Text(zh=one.name, en=one.name_en or one.name)


def _department(one: Department) -> Text:
    return Text(zh=one.short, en=one.short_en or one.short)


def _en(text: Text) -> str:
    return text.en or text.zh


def _filled(pattern: Text, words: Mapping[str, Text]) -> Text:
    return Text(
        zh=pattern.zh.format(**{name: text.zh for name, text in words.items()}),
        en=pattern.en.format(**{name: _en(text) for name, text in words.items()}),
    )
