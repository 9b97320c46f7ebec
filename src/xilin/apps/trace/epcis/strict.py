"""The pre-hash string of an event by the rules of CBV 2.0, section 8.9, with every name and value written out.

Unlike the reference implementation (see `compat`), the result does not depend on the syntax the event came in:
bare words, CURIEs, URNs and web URIs of one word are one value, XML and JSON of one event are one string.
Version 2.1 names GS1's web vocabulary at its new host and says so in the suffix of the hash.

What a member says as a fact (`events.Event`) is read on the same way, as both take the same canonical forms: each reader
gives the fact and the string, and one look at a member serves both.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from xilin.apps.trace.epcis import vocabulary
from xilin.apps.trace.epcis.events import Event, Link, Role, Thing
from xilin.apps.trace.epcis.fields import EVENTS, SENSOR_METADATA, SENSOR_REPORT, SENSOR_WORDS
from xilin.apps.trace.epcis.keys import ASSETS, is_canonical, thing
from xilin.apps.trace.epcis.names import COMMENTS, Names, stamp, told
from xilin.apps.trace.epcis.vocabulary import Words

Body = Mapping[str, Any]
Said = tuple[Any, str | None]
"""The fact a member states, and its part of the pre-hash string: None where it isn't built as the standard's are."""
Reader = Callable[[str, Any, Names], Said]

# Members that never take part, or are written first.
_OUT = {
    "@context",
    "type",
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "isA",
}
_NEW_VOC = "https://ref.gs1.org/voc/"


def ni(prehash: str, version: str = "2.0") -> str:
    """The event hash as a named-information URI (RFC 6920)."""
    if version == "2.1":
        prehash = prehash.replace(vocabulary.VOC, _NEW_VOC)
    return f"ni:///sha-256;{hashlib.sha256(prehash.encode()).hexdigest()}?ver=CBV{version}"


def prehash(body: Body, names: Names, at: datetime | None = None) -> str:
    """The pre-hash string of an event given as EPCIS 2.0 JSON; `at` is its time if that is known already."""
    return read(body, names, at)[1]


def read(body: Body, names: Names, at: datetime | None = None) -> tuple[list[Any], str]:
    """What an event says: values in the order of `Event`'s fields, those that no member below states at their defaults, and
    the pre-hash string."""
    time = told(at) if at else stamp(body["eventTime"])
    kind = names.event_type(str(body.get("type", "")))
    way = _ways.get((kind, *body)) or _find_way(kind, body)
    parts = [f"eventType={kind}eventTime={time}eventTimeZoneOffset={body['eventTimeZoneOffset']}"]
    facts, other = _NOTHING.copy(), way.other
    facts[0] = kind
    steps = way.steps
    if way.same and (same := _same(way, body, names)):
        facts[_ACTION], facts[_STEP], facts[_DISPOSITION], facts[_READ], facts[_LOCATION] = same.facts
        steps = (*way.before, same.step, *way.after)
    for slot, name, reader in steps:
        facts[slot], text = reader(name, body[name], names)
        if text is None:
            other = (*other, name)
        else:
            parts.append(text)
    if way.things:
        found = [facts[slot] for slot in way.things]
        facts[_THINGS] = tuple(chain.from_iterable(found)) if len(found) > 1 else found[0]
    if facts[_STATES] is not None:
        facts[_SET], facts[_UNSET] = facts[_STATES]
    if other:
        parts += _extensions(((name, body[name]) for name in other), names)
    del facts[_FIELDS:]
    return facts, "".join(parts)


Step = tuple[int, str, Reader]
"""Where a member's fact goes, its name, and what reads it."""


class _Way(NamedTuple):
    """How events with the same members are read: the readers in the order of the string, where things lie in the order of
    facts, and members that aren't the standard's. `same` are those of the steps that are looked up together (`_SAME`), named
    by `named`; none where others stand among them."""

    steps: tuple[Step, ...]
    things: tuple[int, ...]
    other: tuple[str, ...]
    before: tuple[Step, ...] = ()
    same: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    named: str = ""


class _Said(NamedTuple):
    """What the members of `_SAME` say: facts in their order, and the one step that has their part of the string."""

    facts: tuple[Any, ...]
    step: Step


def _same(way: _Way, body: Body, names: Names) -> _Said | None:
    """What an event's action, step, disposition and places say: worked out once for the same values. None where one of
    them says more than a word, and what they say is to be read one by one."""
    get = body.get
    read, at = get("readPoint"), get("bizLocation")
    try:
        if (read is not None and len(read) != 1) or (at is not None and len(at) != 1):
            return None
        key = (
            way.named,
            get("action"),
            get("bizStep"),
            get("disposition"),
            None if read is None else read["id"],
            None if at is None else at["id"],
        )
        found: _Said | None = names.recurring.get(key)
    except (TypeError, KeyError, AttributeError):
        return None
    return found or _say(way, key, body, names)


def _say(way: _Way, key: tuple[str | None, ...], body: Body, names: Names) -> _Said | None:
    """The same, worked out and remembered."""
    facts: dict[str, Any] = dict.fromkeys(_SAME)
    texts = []
    for _, name, reader in way.same:
        facts[name], text = reader(name, body[name], names)
        if text is None:
            return None
        texts.append(text)
    said = "".join(texts)
    return names.remember(
        key, _Said(tuple(facts.values()), (_ASIDE, way.same[0][1], lambda *_: (None, said)))
    )


def _find_way(kind: str, body: Body) -> _Way:
    """The way for a type and its members' names, remembered: a system's events have the same ones again and again."""
    hashed = _BY_TYPE.get(kind, tuple(_READERS))
    steps = [(_slot(name), name, _READERS[name]) for name in _READERS if name in body and name in hashed]
    # What the type doesn't have is a fact all the same, but hashed as any other member.
    steps += [(_slot(n), n, _apart(_READERS[n])) for n in _READERS if n in body and n not in hashed]
    way = _Way(
        tuple(steps),
        tuple([_slot(name) for name in _THINGS_IN if name in body]),
        tuple([name for name in body if name not in _READERS and name not in _OUT]),
        *_parted(steps, hashed),
    )
    if len(body) <= MOST_MEMBERS:
        if len(_ways) >= MOST_WAYS:
            _ways.clear()
        _ways[(kind, *body)] = way
    return way


def _parted(
    steps: list[Step], hashed: Collection[str]
) -> tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...], str]:
    """The steps before those of `_SAME`, these where they stand together, those behind, and the names of these."""
    there = [at for at, (_, name, _) in enumerate(steps) if name in _SAME]
    if not there or there[-1] - there[0] >= len(there) or any(steps[at][1] not in hashed for at in there):
        return (), (), (), ""
    first, last = there[0], there[-1] + 1
    same = tuple(steps[first:last])
    return tuple(steps[:first]), same, tuple(steps[last:]), " ".join([name for _, name, _ in same])


def _apart(reader: Reader) -> Reader:
    return lambda name, value, names: (reader(name, value, names)[0], None)


MOST_WAYS, MOST_MEMBERS = 1024, 100
_ways: dict[tuple[str, ...], _Way] = {}


def _extensions(members: Iterable[tuple[str, Any]], names: Names) -> list[str]:
    """Members that aren't the standard's, written out and in order."""
    found: list[str] = []
    for name, value in members:
        if not name.startswith("@") or name == "@id":
            found += _member(names.name(name), value, names)
    found.sort()
    return found


def _member(name: str, value: Any, names: Names) -> list[str]:
    """One member as the strings it becomes: one for each item of a list, none for nothing said."""
    if name in COMMENTS or value is None:
        return []
    if isinstance(value, list):
        return [text for item in value for text in _member(name, item, names)]
    if isinstance(value, dict):
        inner = _object(value, names)
        return [name + inner] if inner else []
    # An empty element of XML says as little as a member that isn't there.
    text = names.scalar(value)
    return [f"{name}={text}"] if text else []


def _object(value: Body, names: Names) -> str:
    """What follows the name of an object: its own text if it has any, then its members in order."""
    if "@value" in value:
        said = names.scalar(value["@value"])
        return f"={said}" if said else ""
    text = value.get("#text")
    own = f"={names.scalar(text)}" if text not in (None, "") else ""
    members: list[str] = []
    for key, inner in value.items():
        if key == "#text" or key in ("@type", "@language", "@context"):
            continue
        # An attribute of XML counts as the member it would be.
        plain = key[1:] if key.startswith("@") else key
        members += _member(names.name(plain), inner, names)
    members.sort()
    return own + "".join(members)


def _all(kind: type, items: list[Any]) -> bool:
    return {kind}.issuperset(map(type, items))


def _uri(name: str, value: Any, names: Names) -> Said:
    if not isinstance(value, str):
        return None, None
    uri = names.uri(value)
    return uri, f"{name}={uri}"


def _text(name: str, value: Any, names: Names) -> Said:
    return (value, f"{name}={value.strip()}") if isinstance(value, str) else (None, None)


def _parent(name: str, value: Any, names: Names) -> Said:
    if not isinstance(value, str):
        return (), None
    uri = names.uri(value)
    return (Thing("parent", thing(uri)),), f"{name}={uri}"


def _certificates(name: str, value: Any, names: Names) -> Said:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        return None, None
    return None, "".join(sorted(f"{name}={names.uri(item)}" for item in items))


def _epcs(role: Role) -> Reader:
    def reader(name: str, value: Any, names: Names) -> Said:
        if not isinstance(value, list):
            return (), None
        things, uris = [], []
        for item in value:
            if isinstance(item, str):
                if plain := is_canonical(item):
                    uris.append(item)
                    things.append(Thing(role, item, None, None, plain[1] == "10"))
                    continue
                uri, whole = names.key(item)
                uris.append(uri)
                things.append(Thing(role, thing(uri) if ASSETS in uri else uri, None, None, whole))
        if len(uris) < len(value):
            return tuple(things), None
        return tuple(things), f"{name}epc={'epc='.join(sorted(set(uris)))}" if uris else ""

    return reader


def _quantities(role: Role) -> Reader:
    def reader(name: str, value: Any, names: Names) -> Said:
        if not isinstance(value, list):
            return (), None
        things = tuple([_amount(role, item, names) for item in value if isinstance(item, dict)])
        if not _all(dict, value):
            return things, None
        found = []
        for item in value:
            text = "quantityElement"
            for field, form in (("epcClass", names.uri), ("quantity", names.scalar), ("uom", str.strip)):
                if (inner := item.get(field)) is not None:
                    text += f"{field}={form(inner)}"
            found.append(text)
        found.sort()
        return things, name + "".join(found) if found else ""

    return reader


def _amount(role: Role, item: Body, names: Names) -> Thing:
    quantity, uom = item.get("quantity"), item.get("uom")
    return Thing(
        role,
        names.uri(str(item.get("epcClass"))),
        float(quantity) if isinstance(quantity, int | float) else None,
        uom if isinstance(uom, str) else None,
        True,
    )


def _word(words: Words) -> Reader:
    def reader(name: str, value: Any, names: Names) -> Said:
        if not isinstance(value, str):
            return None, None
        uri, bare = names.both(words, value)
        return bare, f"{name}={uri}"

    return reader


def _persistent(name: str, value: Any, names: Names) -> Said:
    if not isinstance(value, dict):
        return ((), ()), None
    both = [value.get("set"), value.get("unset")]
    facts = tuple(
        [
            tuple([names.bare(vocabulary.DISPOSITION, str(state)) for state in _listed(states)])
            for states in both
        ]
    )
    if not value.keys() <= {"set", "unset"} or not all(_texts(states or []) for states in both):
        return facts, None
    found = [
        f"{field}={word}"
        for field, states in zip(("set", "unset"), both, strict=True)
        for word in sorted([names.word(vocabulary.DISPOSITION, state) for state in states or ()])
    ]
    return facts, name + "".join(found) if found else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _place(name: str, value: Any, names: Names) -> Said:
    if not isinstance(value, dict) or not isinstance(id := value.get("id"), str):
        return None, None
    found: tuple[str, str] | None = names.recurring.get((name, id))
    if found is None:
        uri = names.uri(id)
        found = names.remember((name, id), (uri, f"{name}id={uri}"))
    if len(value) == 1:
        return found
    uri, text = found
    more = _extensions(((n, v) for n, v in value.items() if n not in ("id", "type")), names)
    return uri, text + "".join(more)


def _typed(item_name: str, words: Words) -> Reader:
    """Business transactions, sources, destinations: the type, then the value. The same ones recur."""

    def reader(name: str, value: Any, names: Names) -> Said:
        if not isinstance(value, list):
            return (), None
        if len(value) != 1 or not isinstance(item := value[0], dict):
            return _several(name, value, item_name, words, names)
        kind, inner = item.get("type"), item.get(item_name)
        if not isinstance(inner, str) or not (kind is None or isinstance(kind, str)):
            return _several(name, value, item_name, words, names)
        found: Said | None = names.recurring.get((name, kind, inner))
        if found is None:
            found = names.remember((name, kind, inner), _several(name, value, item_name, words, names))
        return found

    return reader


def _several(name: str, value: list[Any], item_name: str, words: Words, names: Names) -> Said:
    items = [item for item in value if isinstance(item, dict)]
    pairs = [_pair(item.get("type"), item.get(item_name), item_name, words, names) for item in items]
    links = tuple([link for link, _ in pairs if link is not None])
    if len(items) < len(value):
        return links, None
    return links, name + "".join(sorted([text for _, text in pairs])) if pairs else ""


def _pair(kind: Any, inner: Any, item_name: str, words: Words, names: Names) -> tuple[Link | None, str]:
    uri, bare = names.both(words, kind) if isinstance(kind, str) else ("", None)
    text = "" if bare is None else f"type={uri}"
    if not isinstance(inner, str):
        return None, text
    link = Link(bare, names.uri(inner))
    return link, f"{text}{item_name}={link.id}"


def _sensors(name: str, value: Any, names: Names) -> Said:
    if not isinstance(value, list) or not _all(dict, value):
        return None, None
    found = sorted("sensorElement" + _sensor_element(item, names) for item in value)
    return None, name + "".join(found) if found else ""


def _sensor_element(element: Body, names: Names) -> str:
    text = ""
    metadata = element.get("sensorMetadata")
    if isinstance(metadata, dict) and (said := _attributes(metadata, SENSOR_METADATA, names)):
        text = "sensorMetadata" + said
    reports = element.get("sensorReport") or []
    if isinstance(reports, list):
        text += "".join(
            sorted(
                "sensorReport" + _attributes(r, SENSOR_REPORT, names) for r in reports if isinstance(r, dict)
            )
        )
    known = ("sensorMetadata", "sensorReport", "type", "id")
    return text + "".join(_extensions(((n, v) for n, v in element.items() if n not in known), names))


def _attributes(given: Body, fields: Mapping[str, str], names: Names) -> str:
    text, count = "", 0
    for field, kind in fields.items():
        value = given.get(field)
        if value is None:
            continue
        count += 1
        text += f"{field}={_attribute(kind, value, names)}"
    if count < len(given):
        # `type` of metadata and `@...` belong to JSON-LD, not to the event.
        rest = ((n, v) for n, v in given.items() if n not in fields and n not in ("type", "id"))
        text += "".join(_extensions(rest, names))
    return text


def _attribute(kind: str, value: Any, names: Names) -> str:
    if isinstance(value, str):
        if kind == "time":
            return stamp(value)
        if kind in SENSOR_WORDS:
            return names.word(SENSOR_WORDS[kind], value)
        if kind == "uri":
            return names.uri(value)
        return value.strip()
    return names.scalar(value)


def _ilmd(name: str, value: Any, names: Names) -> Said:
    if not isinstance(value, dict):
        return None, None
    found = _extensions(((n, v) for n, v in value.items() if n != "type"), names)
    return None, name + "".join(found) if found else ""


# In the order of the string.
_READERS: dict[str, Reader] = {
    "certificationInfo": _certificates,
    "parentID": _parent,
    "epcList": _epcs("epc"),
    "inputEPCList": _epcs("input"),
    "childEPCs": _epcs("child"),
    "quantityList": _quantities("epc"),
    "childQuantityList": _quantities("child"),
    "inputQuantityList": _quantities("input"),
    "outputEPCList": _epcs("output"),
    "outputQuantityList": _quantities("output"),
    "action": _text,
    "transformationID": _uri,
    "bizStep": _word(vocabulary.BIZ_STEP),
    "disposition": _word(vocabulary.DISPOSITION),
    "persistentDisposition": _persistent,
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": _typed("bizTransaction", vocabulary.TRANSACTION),
    "sourceList": _typed("source", vocabulary.PARTY),
    "destinationList": _typed("destination", vocabulary.PARTY),
    "sensorElementList": _sensors,
    "ilmd": _ilmd,
}
# Those that each type of the standard may have.
_BY_TYPE = {kind: frozenset((*fields, "certificationInfo")) for kind, fields in EVENTS.items()}

# Where facts stand among an event's fields; behind these what no field takes as it is.
_FACTS = {
    "action": "action",
    "bizStep": "biz_step",
    "disposition": "disposition",
    "readPoint": "read_point",
    "bizLocation": "biz_location",
    "transformationID": "transformation_id",
    "bizTransactionList": "transactions",
    "sourceList": "sources",
    "destinationList": "destinations",
}
# In the order of an event's things.
_THINGS_IN = (
    "parentID", "epcList", "childEPCs", "inputEPCList", "outputEPCList", "quantityList", "childQuantityList",
    "inputQuantityList", "outputQuantityList",
)  # fmt: skip
_NAMES = Event.__struct_fields__
_FIELDS, _THINGS, _SET, _UNSET = len(_NAMES), *map(_NAMES.index, ("things", "set", "unset"))
_SAME = ("action", "bizStep", "disposition", "readPoint", "bizLocation")
"""Members that say the same in many events of a system."""
_ACTION, _STEP, _DISPOSITION, _READ, _LOCATION = (_NAMES.index(_FACTS[name]) for name in _SAME)
_STATES = _FIELDS + len(_THINGS_IN)
_ASIDE = _STATES + 1
_LISTS = {"set", "unset", "things", "transactions", "sources", "destinations"}
_NOTHING: list[Any] = [() if name in _LISTS else None for name in _NAMES] + [None] * (len(_THINGS_IN) + 2)


def _slot(name: str) -> int:
    """Where a member's fact goes."""
    if name in _FACTS:
        return _NAMES.index(_FACTS[name])
    if name in _THINGS_IN:
        return _FIELDS + _THINGS_IN.index(name)
    return _STATES if name == "persistentDisposition" else _ASIDE
