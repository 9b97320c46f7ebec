"""Conditions as SQL: every value is a parameter, and no text of a query becomes part of a statement.

What has to be looked up first (which events bear an identifier, what lies within a place, which prefixes stand for a
namespace) is, on the connection that runs the query.
"""
# Statements are put together from the texts of this module alone.
# ruff: noqa: S608

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection

from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.epcis.vocabulary import MEASUREMENT, MEASUREMENTS, PREFIXES, VOC_HOSTS
from xilin.apps.trace.repository import rows, units
from xilin.apps.trace.repository.language import Condition, Query, number_in, time_in
from xilin.apps.trace.repository.patterns import spans

COLUMNS = "e.id, e.event_time, e.record_time, e.event_id, e.named, e.context, e.body, e.error_time, e.job"
BODY = "e.body::jsonb"
"""An event's body as it is searched; it is kept as text."""
_OPS = {"EQ": "=", "GT": ">", "GE": ">=", "LT": "<", "LE": "<="}
_GOODS = (1, 2, 3, 4, 5)
_CLASSES = (11, 12, 13, 14, 15)
# A class may stand in a list of EPCs too, so those who look for EPCs find it there.
_ROLES: dict[str, list[int]] = {
    "epc": [1, 3, 11, 13], "parent": [2, 12], "input": [4, 14], "output": [5, 15], "any": [*_GOODS, *_CLASSES],
    "epc_class": [11, 13], "input_class": [14], "output_class": [15], "any_class": list(_CLASSES),
}  # fmt: skip
_LINKS = {"transaction": rows.TRANSACTION, "source": rows.SOURCE, "destination": rows.DESTINATION}
_STATES = {"set": rows.SET, "unset": rows.UNSET}
_COLUMNS = {
    "type",
    "action",
    "biz_step",
    "disposition",
    "read_point",
    "biz_location",
    "transformation_id",
    "error_reason",
}
_TIMES = {"event_time", "record_time", "error_time"}
_VALUES = {"value", "minValue", "maxValue", "meanValue", "sDev", "percValue"}
_REPORT = "$.sensorElementList[*].sensorReport[*]"
_SENSOR_TEXTS = {
    "deviceID": "$.sensorElementList[*].*.deviceID",
    "dataProcessingMethod": "$.sensorElementList[*].*.dataProcessingMethod",
    "bizRules": "$.sensorElementList[*].*.bizRules",
    "microorganism": f"{_REPORT}.microorganism",
    "chemicalSubstance": f"{_REPORT}.chemicalSubstance",
    "stringValue": f"{_REPORT}.stringValue",
    "hexBinaryValue": f"{_REPORT}.hexBinaryValue",
    "uriValue": f"{_REPORT}.uriValue",
    "booleanValue": f"{_REPORT}.booleanValue",
    "sensor_type": f"{_REPORT}.type",
    "corrective": "$.errorDeclaration.correctiveEventIDs[*]",
}
_SENSOR_TIMES = {
    "sensor_time": "$.sensorElementList[*].*.time",
    "startTime": "$.sensorElementList[*].*.startTime",
    "endTime": "$.sensorElementList[*].*.endTime",
}
_SCOPES = {
    "body": "$",
    "ILMD": "$.ilmd",
    "ERROR_DECLARATION": "$.errorDeclaration",
    "SENSORELEMENT": "$.sensorElementList[*]",
    "SENSORMETADATA": "$.sensorElementList[*].sensorMetadata",
    "SENSORREPORT": _REPORT,
    "readPoint": "$.readPoint",
    "bizLocation": "$.bizLocation",
}
_INNER = '.keyvalue() ? (@.key like_regex ":").value.**'
_ATTRIBUTED = {
    "readPoint": "e.read_point",
    "bizLocation": "e.biz_location",
    "bizStep": "e.biz_step",
    "disposition": "e.disposition",
}
_ATTRIBUTED_ROLES = {
    "epc": [1, 3, 11, 13], "epcClass": [11, 13], "parentID": [2, 12], "inputEPC": [4, 14], "outputEPC": [5, 15],
    "anyEPC": [*_GOODS, *_CLASSES], "anyEPCClass": list(_CLASSES),
}  # fmt: skip
# These aren't found by their event: many events name the same few.
_ATTRIBUTED_LINKS = {
    "bizTransaction": rows.TRANSACTION,
    "source": rows.SOURCE,
    "destination": rows.DESTINATION,
}
_TEXT_OF = "COALESCE(v ->> '#text', v ->> '@value', v #>> '{}')"
MOST_PREFIXES = 20


class Viewer(NamedTuple):
    """Who asks: the party whose events and chains are shown, or everything."""

    client: str
    party: int
    code: str = ""
    sees_all: bool = False
    ids: tuple[str, ...] = ()


class Sql(NamedTuple):
    """A condition in SQL and its parameters."""

    text: str
    values: tuple[Any, ...] = ()


def compiled(connection: Connection[Any], query: Query, names: Names, viewer: Viewer) -> list[Sql]:
    """All conditions of a query, and that the viewer may see the event."""
    found = [_condition(connection, one, names) for one in query.conditions]
    return found if viewer.sees_all else [*found, visible(viewer)]


def visible(viewer: Viewer) -> Sql:
    """One's own events, those that name one as a party, and those about things (of a batch at least) one had to do with."""
    return Sql(
        # With its time a thing is looked for in the month of its event alone.
        "(e.party = %s OR e.parties && %s::text[]"
        " OR EXISTS (SELECT FROM trace_event_thing t WHERE t.event = e.id AND t.event_time = e.event_time"
        " AND (t.role BETWEEN 1 AND 5 OR t.role BETWEEN 11 AND 15 AND t.uri LIKE %s)"
        " AND EXISTS (SELECT FROM trace_event_thing m WHERE m.uri = t.uri AND m.party = %s AND m.role BETWEEN 1 AND 15)))",
        (viewer.party, list(viewer.ids), "%/10/%", viewer.party),
    )


def _condition(connection: Connection[Any], one: Condition, names: Names) -> Sql:
    field, values = one.field, list(one.values)
    if one.op == "MATCH":
        return _matched(field, values)
    if one.op == "WITHIN":
        return _within(connection, field, values)
    if field == "event_id":
        return _by_id(connection, values)
    if one.op in ("ATTR", "HASATTR"):
        return _attributed(one)
    return _plain(one) or _sensor(one) or _extended(connection, one, names)


def _plain(one: Condition) -> Sql | None:
    """A condition on what an event always has in one place."""
    field, values = one.field, list(one.values)
    if field in _COLUMNS:
        return Sql(f"e.{field} = ANY(%s)", (values,))
    if field in _TIMES:
        return Sql(f"e.{field} {_OPS[one.op]} %s", (values[0],))
    if field in _LINKS:
        return _named([_LINKS[field]], values, one.name)
    if field in _STATES:
        return _named([_STATES[field]], values)
    if field == "error":
        return Sql("e.error_time IS NOT NULL" if values[0] else "e.error_time IS NULL")
    return _quantity(one) if field == "quantity" else None


def _sensor(one: Condition) -> Sql | None:
    """A condition on what sensors reported."""
    field, values = one.field, list(one.values)
    if field == "sensors":
        return Sql(f"{'' if values[0] else 'NOT '}jsonb_exists({BODY}, 'sensorElementList')")
    if field in _SENSOR_TEXTS:
        return _sensed(field, values)
    if field in _SENSOR_TIMES:
        return Sql(
            f"EXISTS (SELECT FROM jsonb_path_query({BODY}, '{_SENSOR_TIMES[field]}') v"
            f" WHERE trace_time(v #>> '{{}}') {_OPS[one.op]} %s)",
            (values[0],),
        )
    if field == "percRank":
        return _ranked(one)
    return _measured(one) if field in _VALUES else None


# Things and places


def _matched(field: str, values: Sequence[str]) -> Sql:
    """Events about any of these things, or any that fit a pattern."""
    roles = _ROLES[field]
    exact = [value for value in values if "*" not in value or not value.startswith("urn:epc:idpat:")]
    parts: list[str] = ["t.uri = ANY(%s)"]
    given: list[Any] = [exact]
    for begin, end in [found for value in values if value not in exact for found in spans(value)]:
        parts.append("(t.uri >= %s AND t.uri < %s)")
        given += [begin, end]
    return Sql(
        "(e.id, e.event_time) IN (SELECT t.event, t.event_time FROM trace_event_thing t"
        f" WHERE ({' OR '.join(parts)}) AND t.role = ANY(%s))",
        (*given, roles),
    )


def _named(roles: list[int], values: Sequence[str], note: str = "") -> Sql:
    more, given = (" AND t.note = %s", [note]) if note else ("", [])
    return Sql(
        "(e.id, e.event_time) IN (SELECT t.event, t.event_time FROM trace_event_thing t"
        f" WHERE t.uri = ANY(%s) AND t.role = ANY(%s){more})",
        (list(values), roles, *given),
    )


def _within(connection: Connection[Any], column: str, values: Sequence[str]) -> Sql:
    """A place, or one that master data says lies in it, or a part of it by its number (an SGLN's extension)."""
    places = [
        place
        for (place,) in connection.execute(
            "WITH RECURSIVE within (uri) AS (SELECT unnest(%s::text[]) UNION"
            " SELECT child FROM within JOIN trace_masterdata m ON m.uri = within.uri,"
            " jsonb_array_elements_text(m.children) child)"
            " SELECT uri FROM within LIMIT 100000",
            [list(values)],
        ).fetchall()
    ]
    begins = [f"{place}/254/" for place in places if "/414/" in place and "/254/" not in place]
    return Sql(
        f"(e.{column} = ANY(%s) OR EXISTS (SELECT FROM unnest(%s::text[]) p WHERE starts_with(e.{column}, p)))",
        (places, begins),
    )


def _by_id(connection: Connection[Any], values: Sequence[str]) -> Sql:
    """Events of these identifiers, and the declarations of errors about them."""
    keys = [key for value in values for key in rows.keys_of(value)]
    found = [
        number
        for (number,) in connection.execute(
            "SELECT event FROM trace_event_key WHERE key = ANY(%b)"
            " UNION SELECT event FROM trace_event_orphan WHERE key = ANY(%b)",
            [keys, keys],
        ).fetchall()
    ]
    return Sql("(e.id = ANY(%s) OR e.corrects = ANY(%s))", (found, found))


# Sensors and quantities


def _sensed(field: str, values: Sequence[Any]) -> Sql:
    if field == "sensor_type":
        values = [form for value in values for form in _forms(str(value))]
    return Sql(
        f"jsonb_path_exists({BODY}, '{_SENSOR_TEXTS[field]} ? (@ == $v[*])', jsonb_build_object('v', %s::jsonb))",
        (json.dumps(list(values)),),
    )


def _forms(word: str) -> list[str]:
    """The ways a body may write a kind of measurement."""
    if word not in MEASUREMENTS:
        return [word]
    return [word, f"gs1:{word}", MEASUREMENT.web + word, *(host + word for host in VOC_HOSTS)]


def _ranked(one: Condition) -> Sql:
    compare = "= ANY(%s)" if one.op == "EQ" else f"{_OPS[one.op]} %s"
    return Sql(
        f"EXISTS (SELECT FROM jsonb_path_query({BODY}, '{_REPORT}.percRank') v WHERE trace_number(v #>> '{{}}') {compare})",
        (list(one.values) if one.op == "EQ" else one.values[0],),
    )


def _units(code: str) -> tuple[list[str], list[float], list[float]]:
    known = units.into(code)
    return [u for u, _, _ in known], [f for _, f, _ in known], [o for _, _, o in known]


def _close(expression: str, op: str) -> str:
    """A comparison that doesn't stumble over the last digits of a conversion."""
    rounded = f"round(({expression})::numeric, 9)"
    if op == "EQ":
        return f"{rounded} IN (SELECT round(w::numeric, 9) FROM unnest(%s::float8[]) w)"
    return f"{rounded} {_OPS[op]} round(%s::float8::numeric, 9)"


def _measured(one: Condition) -> Sql:
    """A report's value in its own unit, converted into the one asked for; units of something else don't fit."""
    values = list(one.values) if one.op == "EQ" else one.values[0]
    value = f"trace_number(r ->> '{one.field}') * u.factor + u.more"
    return Sql(
        f"EXISTS (SELECT FROM jsonb_path_query({BODY}, '{_REPORT}') r"
        " JOIN unnest(%s::text[], %s::float8[], %s::float8[]) u (uom, factor, more) ON u.uom = r ->> 'uom'"
        f" WHERE {_close(value, one.op)})",
        (*_units(one.name), values),
    )


def _quantity(one: Condition) -> Sql:
    values = list(one.values) if one.op == "EQ" else one.values[0]
    if not one.name:
        compare = "= ANY(%s)" if one.op == "EQ" else f"{_OPS[one.op]} %s"
        return Sql(
            "EXISTS (SELECT FROM trace_event_thing t WHERE t.event = e.id AND t.role BETWEEN 11 AND 15"
            f" AND t.quantity {compare})",
            (values,),
        )
    return Sql(
        "EXISTS (SELECT FROM trace_event_thing t"
        " JOIN unnest(%s::text[], %s::float8[], %s::float8[]) u (uom, factor, more) ON u.uom = t.note"
        " WHERE t.event = e.id AND t.role BETWEEN 11 AND 15"
        f" AND {_close('t.quantity * u.factor + u.more', one.op)})",
        (*_units(one.name), values),
    )


# Extensions and master data


def _extended(connection: Connection[Any], one: Condition, names: Names) -> Sql:
    """A condition on an extension's field, under every prefix that documents use for its namespace."""
    parts: list[str] = []
    given: list[Any] = []
    inner = one.field.startswith("inner_")
    base = _SCOPES[one.field.removeprefix("inner_")] + (_INNER if inner else "")
    for prefix, namespace, local in _spellings(connection, one.name, names):
        path = f"{base}.{json.dumps(f'{prefix}:{local}' if prefix else local)}[*]"
        text, values = _compared(one, path)
        if namespace is None:
            parts.append(text)
            given += values
        elif PREFIXES.get(prefix) == namespace:
            parts.append(f"(COALESCE(e.context ->> %s, %s) = %s AND {text})")
            given += [prefix, namespace, namespace, *values]
        else:
            parts.append(f"(e.context ->> %s = %s AND {text})")
            given += [prefix, namespace, *values]
    found = f"({' OR '.join(parts)})"
    if one.op == "EXISTS" and not one.values[0]:
        found = f"NOT COALESCE({found}, false)"
    return Sql(found, tuple(given))


def _spellings(connection: Connection[Any], name: str, names: Names) -> list[tuple[str, str | None, str]]:
    """(prefix, namespace, local name) as bodies may write a field; the namespace None where it isn't told by a declared prefix."""
    full = names.name(name)
    if not full.startswith("{"):
        return [("", None, name)]
    wanted, _, local = full[1:].partition("}")
    known = connection.execute("SELECT DISTINCT value FROM trace_known WHERE kind = 'namespace'").fetchall()
    pairs = [tuple(value.split("=", 1)) for (value,) in known] + list(PREFIXES.items())
    found = {(prefix, uri) for prefix, uri in pairs if uri.rstrip("/#:") == wanted}
    spelled: list[tuple[str, str | None, str]] = [(prefix, uri, local) for prefix, uri in sorted(found)]
    return (
        [*spelled[:MOST_PREFIXES], ("", None, name)]
        if name.count("/")
        else spelled[:MOST_PREFIXES] or [("", None, name)]
    )


def _compared(one: Condition, path: str) -> tuple[str, list[Any]]:
    """Whether a value at a path compares as it must: as numbers, as times, or as text."""
    if one.op == "EXISTS":
        return f"jsonb_path_exists({BODY}, %s::jsonpath)", [path]
    values = list(one.values)
    head = f"EXISTS (SELECT FROM jsonb_path_query({BODY}, %s::jsonpath) v WHERE "
    if one.op == "EQ":
        numbers = [found for value in values if (found := number_in(value)) is not None]
        times = [moment for value in values if (moment := time_in(value)) is not None]
        texts = [value for value in values if isinstance(value, str)]
        compare = (
            f"{_TEXT_OF} = ANY(%s) OR trace_number({_TEXT_OF}) = ANY(%s) OR trace_time({_TEXT_OF}) = ANY(%s)"
        )
        return f"{head}{compare})", [path, texts, numbers, times]
    value, op = values[0], _OPS[one.op]
    if (at := time_in(value)) is not None:
        return f"{head}trace_time({_TEXT_OF}) {op} %s)", [path, at]
    if (amount := number_in(value)) is not None:
        return f"{head}trace_number({_TEXT_OF}) {op} %s)", [path, amount]
    return f'{head}{_TEXT_OF} COLLATE "C" {op} %s)', [path, value]


def _attributed(one: Condition) -> Sql:
    """Events one of whose fields names something that master data says more of."""
    if one.op == "ATTR":
        attributes = [one.name]
        said = " AND a ->> 'attribute' = ANY(%s)"
        values: list[Any] = [[str(value) for value in one.values]]
    else:
        attributes, said, values = [str(value) for value in one.values], "", []
    bare = [name.rstrip("/#:").replace("#", ":").replace("/", ":").rsplit(":", 1)[-1] for name in attributes]
    tail = (
        "jsonb_array_elements(m.attributes) a WHERE {} AND"
        " (a ->> 'id' = ANY(%s) OR regexp_replace(a ->> 'id', '^.*[#:/]', '') = ANY(%s))" + said
    )
    field = one.field
    if field in _ATTRIBUTED:
        return Sql(
            f"EXISTS (SELECT FROM trace_masterdata m, {tail.format(f'm.uri = {_ATTRIBUTED[field]}')})",
            (attributes, bare, *values),
        )
    if field in _ATTRIBUTED_ROLES:
        return Sql(
            f"EXISTS (SELECT FROM trace_event_thing t JOIN trace_masterdata m ON m.uri = t.uri,"
            f" {tail.format('t.event = e.id AND t.role = ANY(%s) AND t.role < 20')})",
            (_ATTRIBUTED_ROLES[field], attributes, bare, *values),
        )
    if field in _ATTRIBUTED_LINKS:
        return Sql(
            "(e.id, e.event_time) IN (SELECT t.event, t.event_time"
            " FROM trace_event_thing t JOIN trace_masterdata m ON m.uri = t.uri,"
            f" {tail.format('t.role = %s')})",
            (_ATTRIBUTED_LINKS[field], attributes, bare, *values),
        )
    path = f"$.{json.dumps(field)}[*]"
    return Sql(
        f"EXISTS (SELECT FROM jsonb_path_query({BODY}, %s::jsonpath) v JOIN trace_masterdata m ON m.uri = {_TEXT_OF},"
        f" {tail.format('true')})",
        (path, attributes, bare, *values),
    )
