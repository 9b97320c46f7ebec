"""What a call to the gateway says, read strictly."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from xilin.kernel.exchange.gateway import errors

LONGEST = 200
BIGINT = 2**63
Word = Annotated[str, Meta(min_length=1, max_length=60)]
Value = Annotated[str, Meta(min_length=1, max_length=LONGEST)] | int | bool


class Call(Struct, frozen=True, forbid_unknown_fields=True):
    """One look-up: why (`purpose`, `case_number`), whose record (`by`), what of it.

    `items` are the columns wanted, all that are granted where left out. `values` are to be verified.
    `shape` may be weaker than the granted one. `user` is who works at the client; only a keyed hash is kept.
    """

    purpose: Word
    case_number: Annotated[str, Meta(min_length=1, max_length=64)]
    by: Annotated[dict[Word, Value], Meta(min_length=1, max_length=5)]
    items: Annotated[list[Word], Meta(min_length=1, max_length=200)] | None = None
    values: Annotated[dict[Word, Value], Meta(min_length=1, max_length=50)] | None = None
    shape: Literal["verify", "status", "masked", "full"] | None = None
    user: Annotated[str, Meta(max_length=100)] = ""


class MatchCall(Struct, frozen=True, forbid_unknown_fields=True):
    """One match: why, and what is known of whom is meant (`by`: name, birth also in part, area, telephone, by column).

    `items` are the columns wanted of the one that fits, `shape` may be weaker than the granted one.
    """

    purpose: Word
    case_number: Annotated[str, Meta(min_length=1, max_length=64)]
    by: Annotated[
        dict[Word, Annotated[str, Meta(min_length=1, max_length=LONGEST)]], Meta(min_length=1, max_length=5)
    ]
    items: Annotated[list[Word], Meta(min_length=1, max_length=200)] | None = None
    shape: Literal["verify", "status", "masked", "full"] | None = None
    user: Annotated[str, Meta(max_length=100)] = ""
    values: ClassVar[None] = None


class BatchCall(Struct, frozen=True, forbid_unknown_fields=True):
    """Many look-ups of one kind in one call: as `Call`, but `by` and `values` have a list for each column, all of one length."""

    purpose: Word
    case_number: Annotated[str, Meta(min_length=1, max_length=64)]
    by: Annotated[dict[Word, Annotated[list[Value], Meta(min_length=1)]], Meta(min_length=1, max_length=5)]
    items: Annotated[list[Word], Meta(min_length=1, max_length=200)] | None = None
    values: (
        Annotated[dict[Word, Annotated[list[Value], Meta(min_length=1)]], Meta(min_length=1, max_length=50)]
        | None
    ) = None
    shape: Literal["verify", "status", "masked", "full"] | None = None
    user: Annotated[str, Meta(max_length=100)] = ""

    @property
    def length(self) -> int:
        """How many look-ups it has, by its first column."""
        return len(next(iter(self.by.values())))


class Condition(Struct, frozen=True, forbid_unknown_fields=True):
    """One condition of a list: `op` is eq, in, prefix, ge or le."""

    column: Word
    op: Literal["eq", "in", "prefix", "ge", "le"]
    value: Value | float | Annotated[list[Value | float], Meta(min_length=1, max_length=200)]


class ListCall(Struct, frozen=True, forbid_unknown_fields=True):
    """One page of the rows that fit some conditions; `cursor` of the page before leads to the next."""

    purpose: Word
    case_number: Annotated[str, Meta(min_length=1, max_length=64)]
    filter: Annotated[list[Condition], Meta(max_length=10)] = []
    items: Annotated[list[Word], Meta(min_length=1, max_length=200)] | None = None
    shape: Literal["status", "masked", "full"] | None = None
    size: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: Annotated[str, Meta(max_length=400)] = ""
    user: Annotated[str, Meta(max_length=100)] = ""
    values: ClassVar[None] = None


_PLACE = re.compile(r"`\$[a-z_.\[\]]{0,80}`")
T = TypeVar("T", Call, MatchCall, BatchCall, ListCall)
_look_ups, _matches = msgspec.json.Decoder(Call), msgspec.json.Decoder(MatchCall)
_batches, _lists = msgspec.json.Decoder(BatchCall), msgspec.json.Decoder(ListCall)


def read(body: bytes) -> Call:
    """The look-up a body holds; BodyNotJson or CallWrong where it holds none."""
    return _read(body, _look_ups)


def read_match(body: bytes) -> MatchCall:
    """The match a body holds; BodyNotJson or CallWrong where it holds none."""
    return _read(body, _matches)


def read_batch(body: bytes, most: int) -> BatchCall:
    """The batch a body holds, of `most` look-ups at most; BodyNotJson, CallWrong or BatchWrong where it holds none."""
    call = _read(body, _batches)
    lengths = {len(values) for values in (*call.by.values(), *(call.values or {}).values())}
    if len(lengths) != 1 or max(lengths) > most:
        raise errors.BatchWrong(most=most)
    for values in (*call.by.values(), *(call.values or {}).values()):
        if any(isinstance(value, str) and not 1 <= len(value) <= LONGEST for value in values):
            raise errors.CallWrong(what="str")
    return call


def read_list(body: bytes) -> ListCall:
    """The list a body asks for; BodyNotJson or CallWrong where it asks for none."""
    return _read(body, _lists)


def _read(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """What a body holds. What msgspec says names fields and types, never a value that was sent."""
    try:
        call = decoder.decode(body)
        # a lone surrogate is JSON but no text
        msgspec.json.encode(call).decode("utf-8")
    except msgspec.ValidationError as error:
        raise errors.CallWrong(what=_without_values(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise errors.BodyNotJson from None
    return call


def _without_values(said: str) -> str:
    """The decoder's sentence without the field name or the choice it quotes: those are the caller's own words."""
    what, _, where = said.rpartition(" - at ")
    for quoting in ("Object contains unknown field", "Invalid enum value"):
        if said.startswith(quoting):
            return f"{quoting} - at {where}" if what and _PLACE.fullmatch(where) else quoting
    return said


def typed(kind: str, column: str, value: Any, zone: ZoneInfo) -> Any:
    """A value as its column's type holds it; ValueWrong where it can't."""
    try:
        return _moment(value, zone) if kind == "datetime" else _READERS[kind](value)
    except (ValueError, TypeError, ArithmeticError, InvalidOperation):
        raise errors.ValueWrong(column=column, type=kind) from None


def all_typed(kind: str, column: str, values: list[Any], zone: ZoneInfo) -> list[Any]:
    """Values as their column's type holds them; ValueWrong where one can't."""
    if kind != "datetime":
        try:
            return list(map(_READERS[kind], values))
        except (ValueError, TypeError, ArithmeticError, InvalidOperation):
            raise errors.ValueWrong(column=column, type=kind) from None
    return [typed(kind, column, value, zone) for value in values]


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    number = int(value)
    if not -BIGINT <= number < BIGINT:
        raise ValueError
    return number


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise TypeError
    number = Decimal(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: Any) -> date:
    return date.fromisoformat(value)


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


_READERS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
}
