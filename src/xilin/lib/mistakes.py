"""What a value breaks of its declared type, in words of both languages: where, what, and what is allowed."""

import re
import types
import typing
from datetime import date, datetime
from typing import Any

import msgspec

from xilin.lib.places import Keys
from xilin.lib.text import Text

# Python's and msgspec's words for types, and how a person writes such a value in TOML.
NAMES = {
    "int": Text(zh="整数", en="a whole number"),
    "float": Text(zh="数字", en="a number"),
    "str": Text(zh="文本", en="text"),
    "bool": Text(zh="true 或 false", en="true or false"),
    "date": Text(zh="日期", en="a date"),
    "datetime": Text(zh="日期时间", en="a date and time"),
    "array": Text(zh="列表", en="a list"),
    "object": Text(zh="表", en="a table"),
    "null": Text(zh="空", en="nothing"),
}
FORMS = {
    int: Text(zh="整数，如 12", en="a whole number, such as 12"),
    float: Text(zh="数字，如 1.5", en="a number, such as 1.5"),
    str: Text(zh='文本，如 "..."', en='text, such as "..."'),
    bool: Text(zh="true 或 false", en="true or false"),
    date: Text(zh="日期，如 2026-03-01", en="a date, such as 2026-03-01"),
    datetime: Text(
        zh="日期时间，如 2026-03-01T08:00:00+08:00", en="a date and time, such as 2026-03-01T08:00:00+08:00"
    ),
}
UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
MISSING = re.compile(r"Object missing required field `(.+)`")
# What msgspec says, as words; the groups are types and numbers.
SAID = [
    (
        re.compile(r"Expected `(\w+)(?: \| null)?`, got `(\w+)`"),
        "应为{0}，实为{1}",
        "it must be {0}, it is {1}",
    ),
    (re.compile(r"Expected `.+`, got `(\w+)`"), "不能是{0}", "it can't be {0}"),
    (
        re.compile(r"Expected `str` matching regex '(.+)'"),
        "不符合格式 {0}",
        "it doesn't match the form {0}",
    ),
    (re.compile(r"Expected `str` of length <= (\d+)"), "超过 {0} 个字符", "it is longer than {0} characters"),
    (
        re.compile(r"Expected `str` of length >= (\d+)"),
        "不足 {0} 个字符",
        "it is shorter than {0} characters",
    ),
    (
        re.compile(r"Expected `array` of (?:at (?:least|most) )?length (\d+), got (\d+)"),
        "列表应有 {0} 个值，实有 {1} 个",
        "the list must have {0} values, it has {1}",
    ),
    (re.compile(r"Expected `\w+` >= (\S+)"), "小于 {0}", "it is less than {0}"),
    (re.compile(r"Expected `\w+` <= (\S+)"), "大于 {0}", "it is more than {0}"),
    (re.compile(r"Invalid enum value (.+)"), "没有 {0} 这个取值", "there is no choice {0}"),
    (re.compile(r"Invalid RFC3339 encoded date"), "不是合法日期", "it is not a date"),
]


class Mistake(typing.NamedTuple):
    """What is wrong with a value, at the keys that lead to it, and what is allowed there."""

    keys: Keys
    what: Text
    allowed: Text | None


def mistake(data: Any, struct: Any, error: msgspec.ValidationError) -> Mistake:
    """A validation error of msgspec as words; `data` is what was converted to `struct`."""
    said, _, where = str(error).partition(" - at ")
    keys = _keys(where, data, struct)
    inner = _at(struct, keys)
    if unknown := UNKNOWN.match(said):
        what = Text(zh=f"不认识的字段“{unknown[1]}”", en=f"unknown field {unknown[1]}")
        return Mistake((*keys, unknown[1]), what, _fields(inner))
    if missing := MISSING.match(said):
        what = Text(zh=f"缺少必填字段“{missing[1]}”", en=f"required field {missing[1]} is missing")
        return Mistake(keys, what, allowed_by(_at(struct, (*keys, missing[1]))))
    return Mistake(keys, _words(said), allowed_by(inner))


def allowed_by(kind: Any) -> Text | None:
    """What a type allows, in words; None where anything goes."""
    options = _options(kind)
    if choices := [
        str(v) for o in options if typing.get_origin(o) is typing.Literal for v in typing.get_args(o)
    ]:
        return _same(", ".join(choice or '""' for choice in choices))
    phrases = [phrase for option in options if (phrase := _form(option))]
    phrases += [_same(c.pattern) for c in _constraints(kind) if c.pattern]
    if not phrases:
        return None
    return Text(zh="；".join(p.zh for p in phrases), en="; ".join(p.en for p in phrases))


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


def _words(said: str) -> Text:
    for pattern, zh, en in SAID:
        if found := pattern.match(said):
            names = [NAMES.get(word, _same(word)) for word in found.groups()]
            return Text(zh=zh.format(*(n.zh for n in names)), en=en.format(*(n.en for n in names)))
    return Text(zh=f"值不合规（{said}）", en=said)


def _form(option: Any) -> Text | None:
    if option in FORMS:
        return FORMS[option]
    if hasattr(option, "__struct_fields__"):
        return _fields(option)
    origin, arguments = typing.get_origin(option), typing.get_args(option)
    if origin in (tuple, list) and arguments:
        inner = allowed_by(arguments[0]) or Text(zh="值", en="values")
        count = len(arguments) if origin is tuple and arguments[-1] is not Ellipsis else 0
        return Text(
            zh=f"列表 [...]，{f'{count} 个值，' if count else ''}每个为{inner.zh}",
            en=f"a list [...] {f'of {count} ' if count else ''}with {inner.en}",
        )
    return Text(zh="表 { ... }", en="a table { ... }") if origin is dict else None


def _fields(kind: Any) -> Text | None:
    struct = next((o for o in _options(kind) if hasattr(o, "__struct_fields__")), None)
    return _same(", ".join(struct.__struct_fields__)) if struct else None


def _keys(where: str, data: Any, struct: Any) -> Keys:
    """The path msgspec reports, such as `$.columns[...].part[1]`, with the keys it leaves out found again."""
    keys: Keys = ()
    path = re.sub(r"^`key` in ", "", where)
    for word, index, hidden in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]|(\[\.\.\.\])", path):
        key: Any = int(index) if index else word
        if hidden:
            key = _culprit(data, _at(struct, (*keys, "")))
            if key is None:
                break
        keys = (*keys, key)
        data = _step(data, key)
    return keys


def _step(data: Any, key: str | int) -> Any:
    try:
        return data[key]
    except (KeyError, IndexError, TypeError):
        return None


def _culprit(data: Any, kind: Any) -> str | None:
    """The key of a table whose value isn't of a type."""
    for key, value in data.items() if isinstance(data, dict) else ():
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            return str(key)
    return None


def _at(struct: Any, keys: Keys) -> Any:
    """The type at a path."""
    kind = struct
    for key in keys:
        kind = _inner(kind, key)
    return kind


def _inner(kind: Any, key: str | int) -> Any:
    for option in _options(kind):
        if hasattr(option, "__struct_fields__"):
            hints = typing.get_type_hints(option, include_extras=True)
            fields = option.__struct_fields__
            name = fields[key] if isinstance(key, int) and key < len(fields) else key
            if name in hints:
                return hints[name]
        arguments = typing.get_args(option)
        if arguments and typing.get_origin(option) in (list, tuple, dict):
            return arguments[-1] if typing.get_origin(option) is dict else arguments[0]
    return Any


def _options(kind: Any) -> list[Any]:
    """The types a type stands for: the members of a union, without nothing."""
    if typing.get_origin(kind) is typing.Annotated:
        return _options(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [option for argument in typing.get_args(kind) for option in _options(argument)]
    return [] if kind is type(None) else [kind]


def _constraints(kind: Any) -> list[msgspec.Meta]:
    return [extra for extra in getattr(kind, "__metadata__", ()) if isinstance(extra, msgspec.Meta)]
