"""What is wrong with a JSON document, place by place, in words that say what to do."""

import difflib
import json
import re
from typing import Any

import jsonschema_rs

from xilin.apps.trace.epcis import schema, vocabulary
from xilin.apps.trace.epcis.errors import Fault
from xilin.apps.trace.epcis.saying import COMMON, Words, filled
from xilin.lib.text import Text

# A document may be wrong in a thousand places; nobody reads more than these.
MOST = 50

TAGS: dict[str, Words] = {
    **COMMON,
    "uri ascii": (
        Text(zh="“{value}”中有 URI 不能直接写的字符", en="“{value}” holds characters no URI may hold as they are"),
        Text(
            zh="用百分号编码（UTF-8），如把“羊”写成 %E7%BE%8A",
            en="Percent-encode them (UTF-8), such as %E7%BE%8A for 羊",
        ),
    ),
    "name ascii": (
        Text(zh="字段“{value}”的名称中有 URI 不能直接写的字符", en="The field name “{value}” holds characters no URI may hold"),
        Text(
            zh="事件的直接字段只用 ASCII 字母、数字与连字符；更深一层的字段不受此限",
            en="Name direct fields of an event in ASCII letters, digits and hyphens; fields within those are free",
        ),
    ),
    "number": (
        Text(zh="{value} 不是数字", en="{value} is not a number"),
        Text(zh="写成不带引号的数字，如 12.5", en="Write a number without quotation marks, such as 12.5"),
    ),
    "text": (
        Text(zh="{value} 不是文本", en="{value} is not text"),
        Text(zh="写成带引号的文本", en="Write text in quotation marks"),
    ),
    "boolean": (
        Text(zh="{value} 不是 true 或 false", en="{value} is neither true nor false"),
        Text(zh="写成 true 或 false，不带引号", en="Write true or false without quotation marks"),
    ),
    "uom": (
        Text(zh="“{value}”不是计量单位代码", en="“{value}” is not a code of a unit"),
        Text(
            zh="用联合国第 20 号建议书的代码，如 KGM（千克）",
            en="Use a code of UN/ECE Recommendation 20, such as KGM (kilogram)",
        ),
    ),
    "version": (
        Text(zh="“{value}”不是版本号", en="“{value}” is not a version"),
        Text(zh='写成带引号的 "2.0"', en='Write "2.0" in quotation marks'),
    ),
    "context": (
        Text(zh="@context 既不是 URI，也不是对象或它们的列表", en="@context is no URI, no object and no list of them"),
        Text(
            zh='写成 ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]，各项不重复',
            en='Write ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], nothing twice',
        ),
    ),
    "eventType": (
        Text(zh="没有“{value}”这种事件", en="There is no event type “{value}”"),
        Text(
            zh="用 ObjectEvent、AggregationEvent、TransactionEvent、TransformationEvent、AssociationEvent，或自有类型的完整 URI",
            en="Use ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent, or the full URI"
            " of a type of your own",
        ),
    ),
    "name": (
        Text(zh="不认识的字段“{value}”", en="Unknown field “{value}”"),
        Text(
            zh="改正字段名；自有字段要带命名空间前缀（如 example:{value}），前缀在 @context 中声明",
            en="Correct the name; a field of your own needs a namespace prefix (such as example:{value}) declared in @context",
        ),
    ),
    "certificates": (
        Text(zh="证书信息不是 URI 或 URI 列表", en="The certification is no URI and no list of URIs"),
        Text(zh="只写证书的 URI", en="Write just the URI of the certificate"),
    ),
    "rule objects": (
        Text(zh="对象事件没有说明涉及什么", en="The object event doesn't say what it is about"),
        Text(
            zh="填写 epcList 或 quantityList；只有传感数据时填写 sensorElementList 与 readPoint",
            en="Fill epcList or quantityList; with sensor data alone, sensorElementList and readPoint",
        ),
    ),
    "rule children": (
        Text(zh="没有说明装入或连接的是什么", en="What is put together is not said"),
        Text(
            zh="填写 childEPCs 或 childQuantityList；只有 DELETE 可以都不填（表示全部拆开）",
            en="Fill childEPCs or childQuantityList; only DELETE may leave both out (everything comes apart)",
        ),
    ),
    "rule transaction": (
        Text(zh="业务事件没有说明涉及什么", en="The transaction event doesn't say what it is about"),
        Text(
            zh="填写 epcList 或 quantityList；只有 DELETE 可以都不填",
            en="Fill epcList or quantityList; only DELETE may leave both out",
        ),
    ),
    "rule transformation": (
        Text(zh="转化事件缺少投入或产出", en="The transformation lacks its inputs or outputs"),
        Text(
            zh="投入与产出各填一个列表；分次记录时填写 transformationID 与其中一个列表",
            en="Fill a list of inputs and one of outputs; told in parts, fill transformationID and one of the lists",
        ),
    ),
    "rule ilmd": (
        Text(zh="只有 ADD 可以带 ilmd，这里是 {value}", en="Only ADD may carry ilmd, this is {value}"),
        Text(zh="去掉 ilmd，或把 action 改为 ADD", en="Remove ilmd, or make the action ADD"),
    ),
    "persistentDisposition": (
        Text(zh="持续状态没有 set 也没有 unset", en="The persistent disposition has neither set nor unset"),
        Text(zh="至少填写其中一个", en="Fill at least one of them"),
    ),
    "attributeValue": (
        Text(zh="属性值不是文本、数字或对象", en="The attribute's value is no text, number or object"),
        Text(zh="写成文本", en="Write text"),
    ),
}  # fmt: skip
TYPES = {
    "array": (
        Text(zh="这里应为列表", en="There must be a list here"),
        Text(zh="写成 [ … ]", en="Write [ … ]"),
    ),
    "object": (
        Text(zh="这里应为对象", en="There must be an object here"),
        Text(zh="写成 { … }", en="Write { … }"),
    ),
    "string": TAGS["text"],
}
WORDS = {words.name: words for words in vocabulary.LISTS}


def faults(data: Any) -> list[Fault]:
    """What the schema has against decoded JSON, at most `MOST` places; nothing for a good document."""
    if isinstance(data, dict) and "type" not in data:
        # Without a type every rule of every type is broken; only the first thing is worth saying.
        what, remedy = _missing("type")
        return [Fault("required", "", what, remedy)]
    found: dict[tuple[str, str], Fault] = {}
    for error in schema.validator().iter_errors(data):
        fault = _fault(error)
        found.setdefault((fault.place, fault.what.en), fault)
        if len(found) >= MOST:
            break
    return list(found.values())


# Half of a character beyond the first plane, which stands for nothing alone.
_LONE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")


def not_json(document: bytes, error: Exception) -> Fault:
    """Words for a text that isn't JSON, with the line where reading stopped."""
    found = re.search(r"\(byte (\d+)\)", str(error)) or _LONE.search(document)
    at = len(document) if found is None else int(found[1]) if found.lastindex else found.start()
    try:
        json.loads(document.decode("utf-8-sig"), parse_float=_finite)
    except json.JSONDecodeError as other:
        at, error = len(other.doc[: other.pos].encode()), other
    except OverflowError as other:
        at = document.find(str(other).encode())
    except UnicodeDecodeError as other:
        at = other.start
    except (ValueError, RecursionError) as other:
        error = other
    line = document.count(b"\n", 0, at) + 1
    return Fault(
        code="json",
        place="",
        what=Text(zh=f"不是 JSON：{error}", en=f"This is not JSON: {error}"),
        remedy=Text(
            zh="检查该行前后的引号、逗号与括号；编码用 UTF-8",
            en="Look at quotation marks, commas and brackets near that line; encode as UTF-8",
        ),
        line=line,
    )


def _finite(text: str) -> float:
    """A number; OverflowError with its text where it is larger than numbers are."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise OverflowError(text)
    return value


def too_deep(most: int) -> Fault:
    """Words for a document that nests deeper than anybody's does."""
    return Fault(
        code="depth",
        place="",
        what=Text(zh=f"嵌套超过 {most} 层", en=f"It nests deeper than {most} levels"),
        remedy=Text(zh="减少扩展字段的嵌套", en="Nest extensions less"),
    )


def _fault(error: jsonschema_rs.ValidationError) -> Fault:
    tag, keyword = _tag(error.schema_path)
    place = pointer(error.instance_path)
    what, remedy = _words(tag, keyword, error)
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.PropertyNames):
        place = f"{place}/{_escape(str(_culprit(error)))}"
    return Fault(
        code=tag.replace("rule ", "").replace("word ", "") if keyword != "required" else "required",
        place=place,
        what=what,
        remedy=remedy,
        event=event_of(error.instance_path),
    )


def _words(tag: str, keyword: str, error: jsonschema_rs.ValidationError) -> Words:
    kind = error.kind
    kinds = jsonschema_rs.ValidationErrorKind
    if isinstance(kind, kinds.Required):
        return _missing(str(kind.property))
    if isinstance(kind, kinds.PropertyNames):
        culprit = _culprit(error)
        return filled(TAGS["name ascii" if ":" in culprit and not culprit.isascii() else "name"], culprit)
    if isinstance(kind, kinds.AdditionalProperties):
        return filled(_closed(), ", ".join(kind.unexpected))
    if isinstance(kind, kinds.MinItems):
        return Text(zh="列表是空的", en="The list is empty"), Text(
            zh="至少填写一项，或去掉这个字段", en="Fill at least one item, or leave the field out"
        )
    if isinstance(kind, kinds.UniqueItems):
        return Text(zh="列表中有重复的项", en="The list has an item twice"), Text(
            zh="每项只写一次", en="Write each item once"
        )
    if tag.startswith("word "):
        return _not_a_word(tag[5:], error.instance)
    if tag == "uri" and isinstance(error.instance, str) and _only_not_ascii(error.instance):
        return filled(TAGS["uri ascii"], error.instance)
    if tag in TAGS and (keyword != "type" or tag != "persistentDisposition"):
        return filled(TAGS[tag], error.instance)
    if isinstance(kind, kinds.Type):
        wanted = str(kind.types[0]) if kind.types else ""
        return filled(TYPES.get(wanted, TYPES["object"]), error.instance)
    return Text(zh=f"不合规：{error.message}", en=error.message), Text(
        zh="对照 EPCIS 2.0 改正", en="Correct it by EPCIS 2.0"
    )


def _only_not_ascii(value: str) -> bool:
    """Whether a text would be a URI but for letters outside ASCII and spaces."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S", value) is not None and (
        not value.isascii() or " " in value
    )


def _missing(name: str) -> Words:
    what = Text(zh=f"缺少必填字段 {name}", en=f"The required field {name} is missing")
    return what, Text(zh=f"填写 {name}", en=f"Fill {name}")


def _closed() -> Words:
    return (
        Text(zh="这里不能有字段 {value}", en="No field {value} may be here"),
        Text(zh="去掉它，或移到事件本身", en="Remove it, or move it to the event itself"),
    )


def _not_a_word(name: str, value: Any) -> Words:
    """A value that is neither a word of the list nor a URI of somebody else's; the nearest words are named."""
    words = WORDS[name]
    text = str(value)
    near = difflib.get_close_matches(text.rsplit(":", 1)[-1].rsplit("-", 1)[-1], words.words, 3, 0.6)
    shown = near or list(words.words[:6])
    more = "" if near or len(words.words) <= 6 else " …"
    what = Text(zh=f"“{text}”不是标准词汇", en=f"“{text}” is not a standard word")
    listed = ", ".join(shown) + more
    return what, Text(
        zh=f"用标准词本身（如 {listed}），或自有词汇的完整 URI",
        en=f"Use a bare standard word (such as {listed}), or the full URI of a word of your own",
    )


def _culprit(error: jsonschema_rs.ValidationError) -> Any:
    inner = getattr(error.kind, "error", None)
    return getattr(inner, "instance", error.instance)


def _tag(path: list[str | int]) -> tuple[str, str]:
    """The nearest tag on the way to what was broken, and the keyword that was."""
    node: Any = schema_tree()
    tag = "document"
    for step in path:
        node = node[int(step)] if isinstance(node, list) else node.get(step)
        if isinstance(node, dict) and isinstance(node.get("$comment"), str):
            tag = node["$comment"]
        if node is None:
            break
    return tag, str(path[-1]) if path else ""


_TREE: dict[str, Any] = {}


def schema_tree() -> dict[str, Any]:
    """The schema as made, once."""
    if not _TREE:
        _TREE.update(schema.document())
    return _TREE


def pointer(path: list[str | int]) -> str:
    """A JSON pointer (RFC 6901).

    >>> pointer(["epcisBody", "eventList", 0, "a/b"])
    '/epcisBody/eventList/0/a~1b'
    """
    return "".join(f"/{_escape(str(step))}" for step in path)


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def event_of(path: list[str | int]) -> int | None:
    """The index of the event a path leads into."""
    if "eventList" in path:
        after = path[path.index("eventList") + 1 :]
        return after[0] if after and isinstance(after[0], int) else None
    return None
