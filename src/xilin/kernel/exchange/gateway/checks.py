"""Whether a call is lawful: decided from the book alone, before a row is looked at."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.exchange.gateway import errors
from xilin.kernel.exchange.gateway.book import Book, Held, Key, Served
from xilin.kernel.exchange.gateway.calls import BatchCall, Call, ListCall, MatchCall, T, typed
from xilin.kernel.exchange.models import Shape, Way
from xilin.kernel.registry.lookup import Facts, Read, read_facts
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

L = TypeVar("L", Call, BatchCall)
AnyCall = Call | MatchCall | BatchCall | ListCall
# A number has a digit: a name alone is none.
CASE_NUMBER = re.compile(r"(?=.*\d)[\w\-./#:()（）〔〕\[\]【】第号]{1,64}")
# 公民身份号码 (GB 11643): area, a day of these centuries, sequence, check digit; of anyone, not only of whom is asked for.
_ID_NUMBER = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx]")


@dataclass(slots=True)
class Access:
    """What is known of a call while it is judged, and what the log keeps of it: codes and keyed hashes only.

    `key` is the key the call was made with; where it was signed, `signer` is the key that signed it and
    `nonce` what it may be used with once, until `until`. `refused` says why the signature of a call with
    a key doesn't hold. `trial` says that somebody tries a call by hand, from the console of the desk.
    """

    at: datetime
    key: Key
    signer: Key | None = None
    nonce: str = ""
    until: datetime | None = None
    refused: Refusal | None = None
    trial: bool = False
    resource: str = ""
    provider: str = ""
    grant: str = ""
    purpose: str = ""
    case_number: str = ""
    shape: str = ""
    items: tuple[str, ...] = ()
    by: dict[str, Any] = field(default_factory=dict)
    operator: str = ""
    filter: list[dict[str, Any]] = field(default_factory=list)

    def detail(self) -> dict[str, Any]:
        """The event's fields that a refusal and an answer have in common."""
        said: dict[str, Any] = {"signed": self.signer.keyid} if self.signer is not None else {}
        if self.trial:
            said["trial"] = True
        return said | {
            "client": self.key.client,
            "grant": self.grant,
            "purpose": self.purpose,
            "case_number": self.case_number,
            "shape": self.shape,
            "items": list(self.items),
            "by": self.by,
            "operator": self.operator,
        }

    def in_force(self) -> bool:
        """Whether the keys it came with are in force."""
        return self.key.in_force(self.at) and (self.signer is None or self.signer.in_force(self.at))


@dataclass(frozen=True, slots=True)
class Permit:
    """A lawful call: which rows are fetched, what of them is answered.

    `by` are the columns and typed values of the look-up, `columns` what is read of the rows,
    `verify` the typed values to be compared, `who` the keyed hashes that verifications are counted by.
    """

    access: Access
    served: Served
    held: Held
    shape: Shape
    day: date
    by: tuple[tuple[str, Any], ...]
    columns: tuple[str, ...]
    verify: tuple[tuple[str, Any], ...]
    who: tuple[str, ...] = ()
    match: Read | None = None


def permit(book: Book, code: str, call: Call, access: Access, zone: ZoneInfo) -> Permit:
    """The permit of a call, or the Refusal that says why there is none; `access` is filled on the way."""
    served = requested(book, code, call, access)
    by = tuple(
        (column, typed(served.elements[column].type, column, value, zone))
        for column, value in call.by.items()
        if column in served.elements
    )
    access.by = {column: _hash(served, column, value, access.at) for column, value in by}
    noted(call, access, [*call.by.values(), *(call.values or {}).values()])
    held = choose(book, served, call, access, zone)
    if not served.ready:
        raise errors.NotPublished(resource=served.title)
    shape, columns, verify = _wanted(held, served, call, zone)
    access.items = columns
    here = access.at.astimezone(zone)
    who = _who(served, by, here) if shape == Shape.VERIFY else ()
    return Permit(access, served, held, shape, here.date(), by, columns, verify, who)


def permit_match(book: Book, code: str, call: MatchCall, access: Access, zone: ZoneInfo) -> Permit:
    """The permit of a match, or the Refusal that says why there is none; `access` is filled on the way."""
    served = requested(book, code, call, access)
    known = [column for column in call.by if column in served.elements]
    access.by = {column: _hash(served, column, _bare(call.by[column]), access.at) for column in known}
    noted(call, access, call.by.values())
    held = chosen(book, served, call, access, zone, _check_match)
    assert served.golden is not None  # noqa: S101 - `_check_match` refuses others
    given = {fact: call.by[column] for fact, column in served.facts.items() if column in call.by}
    names = {fact: _name(served, column) for fact, column in served.facts.items()}
    read = read_facts(served.golden, Facts(**given), names)
    shape, columns, _verify = _wanted(held, served, call, zone)
    access.items = columns
    here = access.at.astimezone(zone)
    return Permit(
        access, served, held, shape, here.date(), (), columns, (), _who_matches(served, read, here), read
    )


def requested(book: Book, code: str, call: AnyCall, access: Access) -> Served:
    """The resource that is asked for, noted with the purpose; ResourceUnknown where there is none."""
    served = book.resources.get(code)
    if served is None:
        raise errors.ResourceUnknown
    access.resource, access.provider = served.code, served.resource.provider
    access.purpose = call.purpose if call.purpose in book.purposes else ""
    return served


def noted(call: AnyCall, access: Access, values: Iterable[Any]) -> None:
    """Note who works at the client and the case; CaseNumberWrong where it is none, or holds one of some values."""
    if call.user:
        access.operator = keyed_hash(f"operator={access.key.client}/{call.user}", access.at)
    _check_case_number(call.case_number, values)
    access.case_number = call.case_number


def _name(served: Served, column: str) -> Text:
    name = served.items[column].name or served.elements[column].name
    return Text(zh=name.zh, en=name.en)


def _who_matches(served: Served, read: Read, here: datetime) -> tuple[str, ...]:
    """What matches of somebody are counted by: the sound of the name, however it is written, and the telephone.

    Else births and areas asked again and again under one name would tell them.
    """
    noon = here.replace(hour=12, minute=0, second=0, microsecond=0)
    said = {"name": read.name.sound if read.name else "", "phone": read.phone}
    return tuple(
        _hash(served, served.facts[fact], f"match/{value}", noon) for fact, value in said.items() if value
    )


def _who(served: Served, by: tuple[tuple[str, Any], ...], here: datetime) -> tuple[str, ...]:
    """What verifications of a record are counted by: every look-up column, so that a second one begins no new count.

    Hashed as of noon: a day of this zone may lie in two months of the log's keys.
    """
    noon = here.replace(hour=12, minute=0, second=0, microsecond=0)
    return tuple(dict.fromkeys(_hash(served, column, value, noon) for column, value in by))


def _hash(served: Served, column: str, value: Any, at: datetime) -> str:
    """What the log keeps of a looked-up value; the same for one data element in every resource."""
    return keyed_hash(f"{served.elements[column].code}={value}", at)


def _check_case_number(case_number: str, values: Iterable[Any]) -> None:
    """CaseNumberWrong where it is none, or where what was looked up stands in it: the log holds no such thing."""
    if not CASE_NUMBER.fullmatch(case_number):
        raise errors.CaseNumberWrong
    number = _bare(case_number)
    if _ID_NUMBER.search(number):
        raise errors.CaseNumberWrong
    for value in values:
        if isinstance(value, bool):
            continue
        text = str(value)
        text = text.lower() if text.isascii() and text.isalnum() else _bare(text)
        if len(text) >= (6 if text.isascii() else 2) and text in number:
            raise errors.CaseNumberWrong


def _bare(text: str) -> str:
    """Letters and digits alone, of one width and case: what was looked up can't be written another way."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def choose(book: Book, served: Served, call: L, access: Access, zone: ZoneInfo) -> Held:
    """The grant a look-up or a batch of them is made under, or the refusal."""
    return chosen(book, served, call, access, zone, check_look_up)


def chosen(
    book: Book,
    served: Served,
    call: T,
    access: Access,
    zone: ZoneInfo,
    check: Callable[[Held, Served, T, int], None],
) -> Held:
    """The grant the call is made under: the newest that lets it through, else the refusal of the newest."""
    grants, name = _grants(book, served, access), served.title
    alive = [held for held in grants if held.in_force(access.at)]
    if not alive:
        access.grant = grants[0].number
        raise errors.GrantNotInForce(number=grants[0].number)
    called = [held for held in alive if held.delivery == Way.CALL]
    if not called:
        access.grant = alive[0].number
        raise errors.NotByCalls(number=alive[0].number)
    alive = called
    fitting = [held for held in alive if held.purpose == call.purpose]
    if not fitting:
        allowed = ", ".join(sorted({held.purpose for held in alive}))
        raise errors.PurposeWrong(resource=name, allowed=allowed)
    first: Refusal | None = None
    for held in fitting:
        try:
            if held.signed and access.signer is None:
                raise errors.SignatureMissing(number=held.number)
            check(held, served, call, access.at.astimezone(zone).hour)
        except Refusal as refusal:
            if first is None:
                first, access.grant = refusal, held.number
                access.shape = call.shape or held.shape
                access.items = tuple(c for c in call.items or () if c in served.items)
        else:
            access.grant, access.shape = held.number, str(_shape(held, call))
            return held
    assert first is not None  # noqa: S101 - `fitting` is not empty
    raise first


def _grants(book: Book, served: Served, access: Access) -> tuple[Held, ...]:
    """The grants of the caller's system for a resource, the newest first: of a trial key its own; refused where none is."""
    grants = book.grants.get((access.key.client_id, served.code), ())
    if access.signer is not None and access.signer.trial:
        grants = tuple(held for held in grants if held.number == access.signer.trial)
        if not grants:
            raise errors.TrialOnly(number=access.signer.trial)
    if not grants:
        raise errors.NotGranted(resource=served.title)
    return grants


def check_hours(held: Held, hour: int) -> None:
    """OutsideHours unless the grant is in force at an hour of the day."""
    if not held.hours[0] <= hour < held.hours[1]:
        raise errors.OutsideHours(number=held.number, first=held.hours[0], last=held.hours[1])


def check_look_up(held: Held, served: Served, call: Call | BatchCall, hour: int) -> None:
    """Hours, shape, columns of one grant against a call."""
    check_hours(held, hour)
    shape = _shape(held, call)
    if shape.strength > held.shape.strength or (shape == Shape.VERIFY) != (call.values is not None):
        raise errors.ShapeTooStrong(number=held.number, shape=str(held.shape))
    usable, lookup = plan(held, served)
    if any(column not in lookup for column in call.by):
        raise errors.NotALookUpColumn(resource=served.title, allowed=", ".join(lookup))
    wanted = [*(call.items or ()), *(call.values or {})]
    if any(column not in usable for column in wanted):
        raise errors.ItemNotGranted(number=held.number, allowed=", ".join(usable))
    if held.shape != Shape.VERIFY and any(column in held.masks for column in call.values or {}):
        # Who is shown the year of a birth finds the day by 365 guesses: only an approver may allow that.
        bare = [column for column in usable if column not in held.masks]
        raise errors.MaskedNotVerified(number=held.number, allowed=", ".join(bare) or "—")


def _check_match(held: Held, served: Served, call: MatchCall, hour: int) -> None:
    """Hours, permission, shape, columns of one grant against a match."""
    check_hours(held, hour)
    if not held.match:
        raise errors.MatchNotGranted(number=held.number)
    if _shape(held, call).strength > held.shape.strength:
        raise errors.ShapeTooStrong(number=held.number, shape=str(held.shape))
    usable = usable_columns(held, served)
    matched = [column for column in served.facts.values() if column in usable] if served.matched else []
    if any(column not in matched for column in call.by):
        raise errors.NotAMatchColumn(resource=served.title, allowed=", ".join(matched) or "—")
    if any(column not in usable for column in call.items or ()):
        raise errors.ItemNotGranted(number=held.number, allowed=", ".join(usable))


def usable_columns(held: Held, served: Served) -> tuple[str, ...]:
    """The granted columns that the catalogue still has and still lets be shared, in the grant's order."""
    return plan(held, served)[0]


def plan(held: Held, served: Served) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The usable columns of a grant, and those of them that records are looked up by; found out once a book."""
    found: tuple[tuple[str, ...], tuple[str, ...]] | None = held.found.get("plan")
    if found is None:
        usable = tuple(column for column in held.columns if served.shared(column))
        lookup = tuple(column for column in usable if served.looked_up(column, held.masks))
        found = held.found["plan"] = usable, lookup
    return found


def _shape(held: Held, call: AnyCall) -> Shape:
    """The shape of the answer: the one asked for, verification where values are given, else the granted one."""
    if call.shape is not None:
        return Shape(call.shape)
    return Shape.VERIFY if call.values is not None else held.shape


def terms(held: Held, served: Served, call: AnyCall) -> tuple[Shape, tuple[str, ...]]:
    """The shape of the answer and the columns it holds; for a verification those that may be named."""
    shape = _shape(held, call)
    usable = usable_columns(held, served)
    items = tuple(column for column in usable if call.items is None or column in call.items)
    if shape == Shape.STATUS:
        return shape, tuple(column for column in items if served.is_status(column))
    return shape, items


def _wanted(
    held: Held, served: Served, call: Call | MatchCall, zone: ZoneInfo
) -> tuple[Shape, tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """The shape, the columns to read, the values to compare."""
    shape, columns = terms(held, served, call)
    if shape != Shape.VERIFY:
        return shape, columns, ()
    verify = tuple(
        (column, typed(served.elements[column].type, column, value, zone))
        for column, value in (call.values or {}).items()
    )
    return shape, tuple(column for column, _ in verify), verify
