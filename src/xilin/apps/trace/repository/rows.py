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

from xilin.apps.trace.epcis.events import Event, Link

EVENT = (
    "id", "event_time", "record_time", "job", "party", "type", "action", "zone", "event_id", "named", "biz_step",
    "disposition", "read_point", "biz_location", "transformation_id", "hash", "error_time", "error_reason", "corrects",
    "context", "parties", "body",
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


def content_key(event: Event, own: bytes | None = None) -> bytes:
    """The key of what an event says; an error declaration is another event than the one it is about. `own` is its hash, if known."""
    own = own or digest(event.hash)
    if event.error is None:
        return own
    error = event.body.get("errorDeclaration") or event.error
    said = msgspec.json.encode(error, order="deterministic")
    return hashlib.sha256(b"error\0" + own + said).digest()


def own_key(event: Event) -> bytes | None:
    """The key of the identifier an event brought along, None where it brought none or its own hash."""
    own = event.event_id
    return None if own is None or own == event.hash else id_key(own)


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
    return "long" if any(len(one.encode()) > LONGEST for one in values) else None


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


def row(event: Event, own: bytes) -> bytes:
    """The columns of an event's row from its type to the reason of its error; `own` is its hash."""
    error = event.error
    named = event.event_id is not None
    return b"".join(
        (
            _words(event.type, event.action, event.offset),
            text(event.event_id if named else event.hash),
            _TRUE if named else _FALSE,
            _words(event.biz_step, event.disposition, event.read_point, event.biz_location),
            NULL if event.transformation_id is None else text(event.transformation_id),
            _HASH,
            own,
            number(micros(error.time)) + text(error.reason) if error else NULL + NULL,
        )
    )


def bodies(event: Event, body: bytes) -> bytes:
    """The last columns of an event's row: its namespaces, its parties, and its body, JSON that the database needn't read."""
    context = _json(_encode(event.context)) if event.context else NULL
    parties = _parties(event.sources, event.destinations) if event.sources or event.destinations else NULL
    return b"".join((context, parties, _SIZE.pack(len(body)), body))


_ARRAY, _TEXT = Struct(">iiiIii"), 25


@lru_cache(maxsize=16_384)
def _parties(sources: tuple[Link, ...], destinations: tuple[Link, ...]) -> bytes:
    """From and to whom goods went, each once, as an array of texts; the same ones in most events."""
    named = [text(id) for id in dict.fromkeys([link.id for link in (*sources, *destinations)])]
    # The size, then one dimension, no nulls, the type, how many, and the number of the first.
    return _ARRAY.pack(20 + sum(map(len, named)), 1, 0, _TEXT, len(named), 1) + b"".join(named)


def things(event: Event) -> list[bytes]:
    """The rows of what an event names without the columns they have in common: the first is empty, to be joined by those."""
    rows = [b""]
    put = rows.append
    for thing in event.things:
        if thing.quantity is None and thing.uom is None:
            said = thing.id.encode()
            put(b"".join((_PLAIN[thing.role, thing.is_class], _SIZE.pack(len(said)), said, NULL)))
        else:
            role = _role(ROLES[thing.role] + (CLASS if thing.is_class else 0))
            put(role + amount(thing.quantity) + text(thing.id) + text(thing.uom))
    for link in event.transactions:
        put(_linked(TRANSACTION, link.id, link.type))
    for link in event.sources:
        put(_linked(SOURCE, link.id, link.type))
    for link in event.destinations:
        put(_linked(DESTINATION, link.id, link.type))
    for word in event.set:
        put(_linked(SET, word, None))
    for word in event.unset:
        put(_linked(UNSET, word, None))
    return rows


class Head:
    """What the rows of one capture have in common: the record time, the job, and the party."""

    def __init__(self, at: datetime, job: int, party: int) -> None:
        self.at, self.job, self.party = micros(at), job, party

    def event(self, id: int, when: int) -> bytes:
        """The first columns of an event's row: `when` is its time as PostgreSQL counts it."""
        return _EVENT.pack(len(EVENT), 8, id, 8, when, 8, self.at, 8, self.job, 4, self.party)

    def things(self, id: int, when: int, rows: Sequence[bytes]) -> bytes:
        """The rows of what an event names."""
        return _THING.pack(len(THING), 8, id, 8, when, 4, self.party).join(rows)


_THING = Struct(">hiqiqii")
_ROLE = Struct(">ih")


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
