"""The query language of EPCIS 2.0: parameters by name and kind, read into conditions; no SQL and no database here.

61 parameters have fixed names, the others follow patterns: an operator, a scope and a name, such as
`GE_SENSORREPORT_ex:deviation` or `EQ_value_CEL`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.documents import digital_link, urn
from xilin.apps.trace.epcis.keys import thing
from xilin.apps.trace.epcis.names import Names, moment
from xilin.apps.trace.epcis.vocabulary import Words
from xilin.apps.trace.repository.errors import QueryParameterWrong

Op = Literal["EQ", "GT", "GE", "LT", "LE", "EXISTS", "WITHIN", "MATCH", "HASATTR", "ATTR"]
OPS = ("EQ", "GT", "GE", "LT", "LE")
MOST_VALUES = 1000
LONGEST = 2000
PER_PAGE = 30


class Condition(msgspec.Struct, frozen=True):
    """One condition: what is compared (`field`, with `name` where it is a family of fields), how, and with what.

    `values` are any of which may hold: text, numbers, times or a truth value, by the field.
    """

    parameter: str
    field: str
    op: Op
    values: tuple[Any, ...]
    name: str = ""


class Query(msgspec.Struct, frozen=True):
    """A query: all conditions must hold. `limit` ends the answer early, `most` refuses one that has more."""

    conditions: tuple[Condition, ...] = ()
    order: str = "eventTime"
    descending: bool = True
    limit: int | None = None
    most: int | None = None


_URI_LISTS = {
    "EQ_readPoint": ("read_point", "EQ"), "WD_readPoint": ("read_point", "WITHIN"),
    "EQ_bizLocation": ("biz_location", "EQ"), "WD_bizLocation": ("biz_location", "WITHIN"),
    "EQ_transformationID": ("transformation_id", "EQ"),
    "MATCH_epc": ("epc", "MATCH"), "MATCH_parentID": ("parent", "MATCH"), "MATCH_inputEPC": ("input", "MATCH"),
    "MATCH_outputEPC": ("output", "MATCH"), "MATCH_anyEPC": ("any", "MATCH"), "MATCH_epcClass": ("epc_class", "MATCH"),
    "MATCH_inputEPCClass": ("input_class", "MATCH"), "MATCH_outputEPCClass": ("output_class", "MATCH"),
    "MATCH_anyEPCClass": ("any_class", "MATCH"),
}  # fmt: skip
_TEXT_LISTS = {
    "eventType": "type", "EQ_eventID": "event_id", "EQ_correctiveEventID": "corrective",
    "EQ_deviceID": "deviceID", "EQ_dataProcessingMethod": "dataProcessingMethod", "EQ_microorganism": "microorganism",
    "EQ_chemicalSubstance": "chemicalSubstance", "EQ_bizRules": "bizRules", "EQ_stringValue": "stringValue",
    "EQ_hexBinaryValue": "hexBinaryValue", "EQ_uriValue": "uriValue",
}  # fmt: skip
# What sensors say is searched in the bodies, where identifiers stand as they came.
_SENSED_URIS = {
    "EQ_deviceID", "EQ_dataProcessingMethod", "EQ_microorganism", "EQ_chemicalSubstance", "EQ_bizRules", "EQ_uriValue",
}  # fmt: skip
_WORD_LISTS: dict[str, tuple[str, Words]] = {
    "EQ_bizStep": ("biz_step", vocabulary.BIZ_STEP),
    "EQ_disposition": ("disposition", vocabulary.DISPOSITION),
    "EQ_persistentDisposition_set": ("set", vocabulary.DISPOSITION),
    "EQ_persistentDisposition_unset": ("unset", vocabulary.DISPOSITION),
    "EQ_errorReason": ("error_reason", vocabulary.REASON),
    "EQ_type": ("sensor_type", vocabulary.MEASUREMENT),
}
_TIMES = {
    "eventTime": "event_time", "recordTime": "record_time", "errorDeclarationTime": "error_time",
    "errorDeclaration_Time": "error_time", "time": "sensor_time", "startTime": "startTime", "endTime": "endTime",
}  # fmt: skip
_FLAGS = {
    "EXISTS_errorDeclaration": ("error", "EXISTS"), "EXISTS_sensorElementList": ("sensors", "EXISTS"),
    "EQ_booleanValue": ("booleanValue", "EQ"),
}  # fmt: skip
_ACTIONS = {"ADD", "OBSERVE", "DELETE"}
_LINKS = {
    "bizTransaction": ("transaction", vocabulary.TRANSACTION),
    "source": ("source", vocabulary.PARTY),
    "destination": ("destination", vocabulary.PARTY),
}
_MEASURED = "value|minValue|maxValue|meanValue|sDev|percValue|quantity"
_SCOPES = "ILMD|ERROR_DECLARATION|SENSORELEMENT|SENSORMETADATA|SENSORREPORT|readPoint|bizLocation"
_UNIT = re.compile(rf"(EQ|GT|GE|LT|LE)_({_MEASURED})_([A-Z0-9]{{2,4}})")
_LINK = re.compile(r"EQ_(bizTransaction|source|destination)_(.+)", re.DOTALL)
# The standard's text writes EQATTR, its schema EQ_ATTR.
_ATTRIBUTE = re.compile(r"EQ_?ATTR_([A-Za-z][\w.\-]*?(?::[\w.\-]+?)?)_(.+)", re.DOTALL)
_HAS_ATTRIBUTE = re.compile(r"HASATTR_(.+)", re.DOTALL)
_FIELD = re.compile(rf"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?(?:({_SCOPES})_)?(.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][\w.\-]*:\S+")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def read(given: Mapping[str, Any], names: Names, *, taken: Sequence[Condition] = ()) -> Query:
    """A query of its parameters; raises QueryParameterWrong with the one that is wrong.

    Args:
        given: parameter to value: text or a list from an address, what JSON has from a body.
        names: the namespaces of the query.
        taken: conditions the address itself makes, such as those of `/epcs/{epc}/events`.
    """
    conditions = list(taken)
    order, descending, limit, most = "eventTime", True, None, None
    for name, value in given.items():
        if name == "@context":
            continue
        if name == "orderBy":
            order = _order(value, names)
        elif name == "orderDirection":
            if value not in ("ASC", "DESC"):
                raise _wrong(name, "ASC / DESC")
            descending = value == "DESC"
        elif name == "eventCountLimit":
            limit = _count(name, value)
        elif name == "maxEventCount":
            most = _count(name, value)
        else:
            conditions.append(condition(name, value, names))
    if limit is not None and most is not None:
        raise _wrong("maxEventCount", "eventCountLimit")
    return Query(tuple(conditions), order, descending, limit, most)


def condition(name: str, value: Any, names: Names) -> Condition:
    """One parameter as a condition."""
    if len(name) > LONGEST:
        raise _wrong(name[:60], "…")
    if found := _fixed(name, value, names):
        return found
    if match := _UNIT.fullmatch(name):
        return Condition(name, match[2], _op(match[1]), _numbers(name, value), match[3])
    if match := _LINK.fullmatch(name):
        field, words = _LINKS[match[1]]
        kind = vocabulary.bare(words, names.word(words, match[2]))
        return Condition(name, field, "EQ", tuple(map(names.uri, _texts(name, value))), kind)
    if match := _ATTRIBUTE.fullmatch(name):
        return Condition(name, match[1], "ATTR", _scalars(name, value), match[2])
    if match := _HAS_ATTRIBUTE.fullmatch(name):
        return Condition(name, match[1], "HASATTR", _texts(name, value))
    return _extension(name, value, names)


def _fixed(name: str, value: Any, names: Names) -> Condition | None:
    if name in _URI_LISTS:
        field, op = _URI_LISTS[name]
        values = tuple(
            text if text.startswith("urn:epc:idpat:") and "*" in text else thing(names.uri(text))
            for text in _texts(name, value)
        )
        return Condition(name, field, _op(op), values)
    if name in _TEXT_LISTS:
        return Condition(name, _TEXT_LISTS[name], "EQ", _written(name, _texts(name, value), names))
    if name in _WORD_LISTS:
        field, words = _WORD_LISTS[name]
        return Condition(
            name,
            field,
            "EQ",
            tuple(vocabulary.bare(words, names.word(words, text)) for text in _texts(name, value)),
        )
    if name in _FLAGS:
        field, op = _FLAGS[name]
        return Condition(name, field, _op(op), (_flag(name, value, empty=op == "EXISTS"),))
    if name == "EQ_action":
        actions = _texts(name, value)
        if not set(actions) <= _ACTIONS:
            raise _wrong(name, "ADD / OBSERVE / DELETE")
        return Condition(name, "action", "EQ", actions)
    op, _, rest = name.partition("_")
    if op in ("GE", "LT") and rest in _TIMES:
        return Condition(name, _TIMES[rest], _op(op), (_time(name, value),))
    if op in OPS and rest in ("quantity", "percRank"):
        return Condition(name, rest, _op(op), _numbers(name, value))
    return None


def _written(name: str, values: tuple[str, ...], names: Names) -> tuple[str, ...]:
    """Texts as events have them."""
    if name == "eventType":
        return tuple(map(names.event_type, values))
    if name in _SENSED_URIS:
        return tuple(dict.fromkeys(form for text in values for form in _forms(text, names)))
    return values


def _forms(text: str, names: Names) -> tuple[str, ...]:
    """The ways a body may write a URI: as it was asked for, written out, as a Digital Link, as a URN."""
    whole = names.expanded(text)
    return text, whole, digital_link(whole), urn(whole)


def _extension(name: str, value: Any, names: Names) -> Condition:
    """A condition on a field that an extension brought in."""
    match = _FIELD.fullmatch(name)
    if match is None or not _NAME.fullmatch(match[4]) or "\0" in name:
        raise _wrong(name, "?")
    op, inner, scope, field = match.groups()
    place = ("inner_" if inner else "") + (scope or "body")
    if op == "EXISTS":
        return Condition(name, place, "EXISTS", (_flag(name, value, empty=True),), field)
    return Condition(name, place, _op(op), _scalars(name, value), field)


def _order(value: Any, names: Names) -> str:
    known = {"eventTime", "recordTime"}
    if isinstance(value, str) and (
        value in known or (_NAME.fullmatch(value) and len(value) < LONGEST and "\0" not in value)
    ):
        return value
    raise _wrong("orderBy", "eventTime / recordTime")


# Values


def _texts(name: str, value: Any) -> tuple[str, ...]:
    """A list of texts: of JSON an array or one text, of an address parts between bars."""
    if isinstance(value, str):
        values = value.split("|")
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        values = value
    else:
        raise _wrong(name, "text")
    if not values or len(values) > MOST_VALUES:
        raise _wrong(name, f"1-{MOST_VALUES}")
    if any("\0" in one or len(one) > LONGEST for one in values):
        raise _wrong(name, "text")
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        raise _wrong(name, "text") from None
    return tuple(values)


def _scalars(name: str, value: Any) -> tuple[Any, ...]:
    values = value if isinstance(value, list) else [value]
    found: list[Any] = []
    for one in values:
        if isinstance(one, bool) or one is None or isinstance(one, list | dict):
            if isinstance(one, bool):
                found.append("true" if one else "false")
                continue
            raise _wrong(name, "text / number / time")
        if isinstance(one, str):
            found += _texts(name, [one] if isinstance(value, list) else one)
        else:
            found.append(_number(name, one))
    if not found or len(found) > MOST_VALUES:
        raise _wrong(name, f"1-{MOST_VALUES}")
    return tuple(found)


def _numbers(name: str, value: Any) -> tuple[float, ...]:
    values = value if isinstance(value, list) else value.split("|") if isinstance(value, str) else [value]
    if not values or len(values) > MOST_VALUES:
        raise _wrong(name, f"1-{MOST_VALUES}")
    if len(values) > 1 and not name.startswith("EQ"):
        raise _wrong(name, "number")
    return tuple(_number(name, one) for one in values)


def _number(name: str, value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) and len(value) < 60:
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(name, "number")
    if not abs(value) < 1e300:
        raise _wrong(name, "number")
    return float(value)


def number_in(text: Any) -> float | None:
    """The number a text or number is, None where it is none."""
    if isinstance(text, int | float):
        return float(text)
    found = isinstance(text, str) and len(text) < 60 and _NUMBER.fullmatch(text.strip())
    return float(text) if found and abs(float(text)) < 1e300 else None


def time_in(text: Any) -> datetime | None:
    """The moment a text is, None where it is none."""
    if not isinstance(text, str) or len(text) < 19 or text[4:5] != "-":
        return None
    # A plus in an address may have become a space.
    text = text.replace(" ", "+") if text[10:11] in "Tt" else text
    try:
        return moment(text)
    except ValueError:
        return None


def _time(name: str, value: Any) -> datetime:
    found = time_in(value)
    if found is None:
        raise _wrong(name, "2026-03-01T08:00:00+08:00")
    return found


def _flag(name: str, value: Any, *, empty: bool) -> bool:
    """A truth value; a parameter of existence may stand alone or have the value 1."""
    if isinstance(value, bool):
        return value
    if empty and (value is None or value in ("", 1, "1")):
        return True
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value in (0, "0"):
        return False
    raise _wrong(name, "true / false")


def _count(name: str, value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**9:
        raise _wrong(name, "1, 2, …")
    return value


def _op(op: str) -> Op:
    return op  # type: ignore[return-value]


def _wrong(name: str, why: str) -> QueryParameterWrong:
    return QueryParameterWrong(name=name, why=why)


def parameters() -> list[tuple[str, dict[str, Any]]]:
    """The parameters with fixed names, and what values an address may give them (JSON Schema)."""
    text: dict[str, Any] = {"type": "string"}
    time: dict[str, Any] = {"type": "string", "format": "date-time"}
    number: dict[str, Any] = {"type": "number"}
    found: list[tuple[str, dict[str, Any]]] = [
        (name, text) for name in (*_URI_LISTS, *_TEXT_LISTS, *_WORD_LISTS, "EQ_action", "orderBy")
    ]
    found += [
        (f"{op}_{name}", time) for name in _TIMES for op in ("GE", "LT") if name != "errorDeclaration_Time"
    ]
    found += [(f"{op}_quantity", number) for op in OPS] + [(f"{op}_percRank", number) for op in OPS[1:]]
    found += [(name, {"type": "boolean"}) for name in _FLAGS]
    found += [("orderDirection", {"enum": ["ASC", "DESC"]})]
    found += [(name, {"type": "integer", "minimum": 1}) for name in ("eventCountLimit", "maxEventCount")]
    return sorted(found)
