"""Events as rows in the binary form that COPY takes, and the keys that make one event the same as another.

The binary form spares the database from reading numbers, times and escapes out of text, a sixth of its time in a capture; and
what recurs from event to event (words, places, parties) is put into it once.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct

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

HEADER, TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
"""What stands before and after the rows of a binary COPY."""
NULL = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_SIZE, _NUMBER, _AMOUNT = Struct(">i"), Struct(">iq"), Struct(">id")


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
    values = _found_by([event])
    if _longest(values) > LONGEST and any(len(one.encode()) > LONGEST for one in values):
        return "long"
    return None


def all_fit(events: Sequence[Event], bodies: Sequence[bytes]) -> bool:
    """Whether nothing of a batch is unfit, plainly; where not, `unfit` tells what is."""
    return _longest(_found_by(events)) <= LONGEST and not any(b"\\u0000" in body for body in bodies)


def _longest(values: Sequence[str]) -> int:
    """The bytes of the longest value at most."""
    return max(map(len, values), default=0) * 4


def _found_by(events: Sequence[Event]) -> list[str]:
    """The values that events are found by."""
    values = [thing.id for event in events for thing in event.things]
    values += [
        link.id
        for event in events
        for links in (event.transactions, event.sources, event.destinations)
        for link in links
    ]
    places: set[str | None] = set()
    for event in events:
        places.update((event.read_point, event.biz_location, event.transformation_id))
        if event.set or event.unset:
            places.update(event.set, event.unset)
    return values + [value for value in places if value is not None]


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))


def micros(at: datetime) -> int:
    """A time as PostgreSQL counts it: microseconds since 2000.

    >>> micros(datetime(2000, 1, 2, tzinfo=UTC))
    86400000000
    """
    since = at - _EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def text(value: str | None) -> bytes:
    """A text as a column."""
    if value is None:
        return NULL
    said = value.encode()
    return _SIZE.pack(len(said)) + said


def number(value: int | None) -> bytes:
    """A number of eight bytes as a column."""
    return NULL if value is None else _NUMBER.pack(8, value)


def amount(value: float | None) -> bytes:
    """A measured number as a column."""
    return NULL if value is None else _AMOUNT.pack(8, value)


def _json(said: bytes) -> bytes:
    """JSON as a column; it begins with the version of the form."""
    return _SIZE.pack(len(said) + 1) + b"\x01" + said


@lru_cache(maxsize=16_384)
def _words(*words: str | None) -> bytes:
    """Words and places as columns, the same ones in most events."""
    return b"".join(map(text, words))


_EVENT = Struct(f">h{'iq' * 4}ii")
_HASH = _SIZE.pack(32)
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"


class Head:
    """What the rows of one capture have in common: the record time, the job, and the party."""

    def __init__(self, at: datetime, job: int, party: int) -> None:
        self.at, self.job, self.party = micros(at), job, party
        self.contexts: dict[int, bytes] = {}

    def event(self, event: Event, id: int, when: int, body: bytes, corrects: int | None) -> bytes:
        """The row of an event; `body` is its body as JSON, `when` its time as PostgreSQL counts it."""
        error = event.error
        named = event.event_id is not None
        return b"".join(
            (
                _EVENT.pack(len(EVENT), 8, id, 8, when, 8, self.at, 8, self.job, 4, self.party),
                _words(event.type, event.action, event.offset),
                text(event.event_id if named else event.hash),
                _TRUE if named else _FALSE,
                _words(event.biz_step, event.disposition, event.read_point, event.biz_location),
                NULL if event.transformation_id is None else text(event.transformation_id),
                _HASH,
                bytes.fromhex(event.hash[14:78]),
                number(micros(error.time)) + text(error.reason) if error else NULL + NULL,
                number(corrects),
                self._context(event.context) if event.context else NULL,
                _json(body),
            )
        )

    def _context(self, context: dict[str, str]) -> bytes:
        """Events of a document share one."""
        known = self.contexts.get(id(context))
        if known is None:
            known = self.contexts[id(context)] = _json(_encode(context))
        return known

    def things(self, event: Event, id: int, when: int) -> bytes:
        """The rows of what an event names."""
        head = _THING.pack(len(THING), 8, id, 8, when, 4, self.party)
        parts = [b""]
        for thing in event.things:
            if thing.quantity is None and thing.uom is None:
                said = thing.id.encode()
                parts.append(
                    b"".join((_PLAIN[thing.role, thing.is_class], _SIZE.pack(len(said)), said, NULL))
                )
            else:
                parts.append(
                    _role(ROLES[thing.role] + (CLASS if thing.is_class else 0))
                    + amount(thing.quantity) + text(thing.id) + text(thing.uom)
                )  # fmt: skip
        for role, links in (
            (TRANSACTION, event.transactions), (SOURCE, event.sources), (DESTINATION, event.destinations)
        ):  # fmt: skip
            if links:
                parts += [_linked(role, link.id, link.type) for link in links]
        if event.set or event.unset:
            parts += [_linked(role, word, None) for role, words in _states(event) for word in words]
        return head.join(parts)


_THING = Struct(">hiqiqii")
_ROLE = Struct(">ih")


def _states(event: Event) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return (SET, event.set), (UNSET, event.unset)


def _role(role: int) -> bytes:
    return _ROLE.pack(2, role)


# Roles of things without a quantity.
_PLAIN = {
    (name, whole): _role(role + (CLASS if whole else 0)) + NULL
    for name, role in ROLES.items()
    for whole in (False, True)
}


@lru_cache(maxsize=16_384)
def _linked(role: int, id: str, note: str | None) -> bytes:
    """A role without a quantity, what plays it, and its type; parties and orders recur."""
    return _role(role) + NULL + text(id) + text(note)


_KEY = Struct(">hi32siqiq")


def key(key: bytes, event: int, when: int) -> bytes:
    """The row of a key."""
    return _KEY.pack(3, 32, key, 8, event, 8, when)


def keys_array(keys: Iterable[bytes]) -> str:
    """Keys, for a parameter that is cast to `bytea[]`.

    >>> keys_array([b"a", b"b"])
    '{"\\\\\\\\x61","\\\\\\\\x62"}'
    """
    return "{" + ",".join([f'"\\\\x{key.hex()}"' for key in keys]) + "}"


def moment(at: datetime) -> str:
    """A time as PostgreSQL reads it."""
    return at.isoformat()
