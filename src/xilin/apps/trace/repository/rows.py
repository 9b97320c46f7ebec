"""Events as rows: the lines that COPY takes, and the keys that make one event the same as another."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec

from xilin.apps.trace.epcis.events import Event

EVENT = (
    "id", "event_time", "record_time", "job", "party", "type", "action", "zone", "event_id", "named", "biz_step",
    "disposition", "read_point", "biz_location", "transformation_id", "hash", "error_time", "error_reason", "corrects",
    "context", "body",
)  # fmt: skip
THING = ("event", "event_time", "party", "role", "quantity", "uri", "note")
LONGEST = 2000
"""Bytes of the longest value that is found by; what an index page holds."""

ROLES = {"epc": 1, "parent": 2, "child": 3, "input": 4, "output": 5}
CLASS = 10
"""What is added to a role where it is a class (a product, a batch) that plays it."""
TRANSACTION, SOURCE, DESTINATION, SET, UNSET = 20, 21, 22, 23, 24

_NI = "ni:///sha-256;"
_END = len(_NI) + 64
_DIGEST = re.compile(r"ni:///sha-256;([0-9a-f]{64})(?:\?|$)")
_encode = msgspec.json.Encoder().encode
_AWKWARD = re.compile(r"[\\\t\n\r]")
NULL = "\\N"
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def digest(hash: str) -> bytes:
    """The 32 bytes of a hash's `ni` URI; ValueError where it is none.

    >>> digest("ni:///sha-256;" + "00" * 32 + "?ver=CBV2.0") == bytes(32)
    True
    """
    if hash.startswith(_NI) and (len(hash) == _END or hash[_END] == "?"):
        try:
            return bytes.fromhex(hash[len(_NI) : _END])
        except ValueError:
            pass
    raise ValueError(f"not the ni URI of a SHA-256 hash: {hash[:80]}")


def id_key(event_id: str) -> bytes:
    """The key of an event's own identifier."""
    return hashlib.sha256(b"id\0" + event_id.encode("utf-8", "surrogatepass")).digest()


def keys_of(event_id: str) -> list[bytes]:
    """The keys an event with this identifier may stand under: its identifier's own, or its hash's."""
    found = _DIGEST.match(event_id)
    return [id_key(event_id), *([bytes.fromhex(found[1])] if found else [])]


def content_key(event: Event) -> bytes:
    """The key of what an event says; an error declaration is another event than the one it is about."""
    own = digest(event.hash)
    if event.error is None:
        return own
    error = event.body.get("errorDeclaration") or event.error
    said = msgspec.json.encode(error, order="deterministic")
    return hashlib.sha256(b"error\0" + own + said).digest()


def own_key(event: Event) -> bytes | None:
    """The key of the identifier an event brought along, None where it brought none or its own hash."""
    if event.event_id is None or event.event_id == event.hash:
        return None
    return id_key(event.event_id)


def encoded(event: Event) -> bytes:
    """The body as it is kept: JSON."""
    return _encode(event.body)


def unfit(event: Event, body: bytes) -> str | None:
    """Why an event can't be kept although it is valid: `nul` (a character no database holds), `long`; else None.

    `body` is its body as JSON.
    """
    if b"\\u0000" in body and _has_nul(event.body):
        return "nul"
    values = [one.id for one in event.things]
    for links in (event.transactions, event.sources, event.destinations):
        values += [one.id for one in links]
    for value in (event.read_point, event.biz_location, event.transformation_id):
        if value is not None:
            values.append(value)
    values += event.set + event.unset
    if max(map(len, values), default=0) * 4 > LONGEST and any(len(one.encode()) > LONGEST for one in values):
        return "long"
    return None


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


def _text(value: str | None) -> str:
    if value is None:
        return NULL
    if value.isprintable() and "\\" not in value:
        return value
    return _AWKWARD.sub(_escape, value)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPED[found[0]]


# Words and places, the same ones in most events.
_word = lru_cache(maxsize=16_384)(_text)


def event_line(
    event: Event, id: int, body: bytes, *, job: int, party: int, corrects: int | None, at: str, when: str
) -> str:
    """The row of an event for COPY; `body` as JSON, `at` and `when` are its record time and event time as text."""
    error = event.error
    named = event.event_id is not None
    context = _encode(event.context).decode().replace("\\", "\\\\") if event.context else NULL
    known = f"{moment(error.time)}\t{_text(error.reason)}" if error else f"{NULL}\t{NULL}"
    return (
        f"{id}\t{when}\t{at}\t{job}\t{party}\t{_word(event.type)}\t{event.action or NULL}\t{event.offset}\t"
        f"{_text(event.event_id if named else event.hash)}\t{'t' if named else 'f'}\t{_word(event.biz_step)}\t"
        f"{_word(event.disposition)}\t{_word(event.read_point)}\t{_word(event.biz_location)}\t"
        f"{_text(event.transformation_id)}\t\\\\x{event.hash[14:78]}\t{known}\t"
        f"{NULL if corrects is None else corrects}\t{context}\t" + body.decode().replace("\\", "\\\\") + "\n"
    )


def keys_array(keys: Iterable[bytes]) -> str:
    """Keys, for a parameter that is cast to `bytea[]`.

    >>> keys_array([b"a", b"b"])
    '{"\\\\\\\\x61","\\\\\\\\x62"}'
    """
    return "{" + ",".join([f'"\\\\x{key.hex()}"' for key in keys]) + "}"


def moment(at: datetime) -> str:
    """A time as PostgreSQL reads it."""
    return at.isoformat()


def thing_lines(event: Event, id: int, party: int, when: str) -> str:
    """The rows of what an event names, for COPY."""
    head = f"{id}\t{when}\t{party}\t"
    lines = []
    for thing in event.things:
        quantity = NULL if thing.quantity is None else repr(thing.quantity)
        role = ROLES[thing.role] + (CLASS if thing.is_class else 0)
        lines.append(f"{head}{role}\t{quantity}\t{_text(thing.id)}\t{_word(thing.uom)}\n")
    for role, links in (
        (TRANSACTION, event.transactions), (SOURCE, event.sources), (DESTINATION, event.destinations)
    ):  # fmt: skip
        if links:
            lines += [f"{head}{role}\t{NULL}\t{_text(link.id)}\t{_word(link.type)}\n" for link in links]
    for role, words in ((SET, event.set), (UNSET, event.unset)):
        if words:
            lines += [f"{head}{role}\t{NULL}\t{_word(word)}\t{NULL}\n" for word in words]
    return "".join(lines)
