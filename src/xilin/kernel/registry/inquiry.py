"""查询登记 Look-ups on record: who may, for which purpose, what the log keeps, what is shown of whom is found."""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from xilin.kernel.audit.actions import record
from xilin.kernel.audit.privacy import keyed_hash
from xilin.kernel.audit.queries import entries
from xilin.kernel.lake import engine
from xilin.kernel.registry import errors, lookup
from xilin.kernel.registry.decisions import may_review
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.declared import known
from xilin.kernel.registry.explain import Explanation, explain
from xilin.kernel.registry.lookup import Candidate, Facts
from xilin.kernel.registry.pipeline.likeness import Born
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import Refusal
from xilin.lib.text import Text

# A number has a digit: a name alone is none.
CASE_NUMBER = re.compile(r"(?=.*\d)[\w\-./#:()（）〔〕\[\]【】第号]{1,64}")
ID_NUMBER = re.compile(r"\d{15}|\d{17}[\dxX]")
# More look-ups than all people together make in a day.
RECENT = 20_000
PURPOSE = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One of these: an id, an identifier, a source's record, or facts; the first that is given counts."""

    id: str = ""
    identifier: str = ""
    record: str = ""
    facts: Facts = field(default_factory=Facts)

    @property
    def way(self) -> str:
        """Which of them."""
        ways = {"id": self.id, "identifier": self.identifier, "record": self.record}
        return next((way for way, text in ways.items() if text.strip()), "facts")

    def given(self) -> dict[str, str]:
        """What was typed, by what it is meant to be."""
        if self.way == "facts":
            return self.facts.given()
        return {self.way: getattr(self, self.way).strip()}


def purposes() -> dict[str, Text]:
    """The declared purposes and what they are called."""
    return {code: Text(zh=one.name.zh, en=one.name.en) for code, one in declared("purpose").items()}


def look_up(
    code: str,
    inquiry: Inquiry,
    *,
    at: datetime,
    by: Any = None,
    purpose: str = "",
    case_number: str = "",
    full: bool = False,
) -> list[Candidate]:
    """Look up in a registry, and enter it in the log whatever comes of it.

    Args:
        code: the registry.
        inquiry: who is meant.
        at: now.
        by: who asks; None for the operator at the machine itself.
        purpose: a declared purpose; needed unless an operator sees masked values only.
        case_number: the office's number of the case, where there is one.
        full: whether values will be shown without masks.

    Raises what `lookup` raises, MayNotLookUp, LookedUpTooOften, PurposeMissing and CaseNumberUnfit.
    """
    value = lookup.registry(code)
    _check_person(value, inquiry, at=at, by=by)
    if purpose or by is not None or full:
        _check_purpose(purpose)
    _check_case_number(case_number, inquiry)
    detail: dict[str, Any] = {
        "purpose": purpose,
        "case_number": case_number,
        "shown": "full" if full else "masked",
    }
    ways: dict[str, Callable[[], list[Candidate]]] = {
        "id": lambda: lookup.by_id(code, inquiry.id),
        "identifier": lambda: lookup.by_identifier(code, inquiry.identifier),
        "facts": lambda: lookup.by_facts(code, inquiry.facts),
    }
    try:
        found = ways[inquiry.way]()
    except Refusal as refusal:
        _enter(value, inquiry, detail | {"decision": refusal.code}, at=at, by=by)
        raise
    told = {"decision": "answered", "found": [str(candidate.entity.pk) for candidate in found]}
    _enter(value, inquiry, detail | told, at=at, by=by)
    return found


def why(
    code: str,
    source: str,
    key: str,
    *,
    at: datetime,
    by: Any = None,
    purpose: str = "",
    full: bool = False,
) -> Explanation:
    """Why a source's record belongs to its entity, on record as `look_up` is; who may is the same.

    Args:
        code: the registry.
        source: the record's source.
        key: its key there.
        at: now.
        by: who asks; None for the operator at the machine itself.
        purpose: a declared purpose; needed unless an operator sees masked values only.
        full: whether values will be shown without masks.
    """
    value = lookup.registry(code)
    asked = Inquiry(record=f"{source}/{key}")
    _check_person(value, asked, at=at, by=by)
    if purpose or by is not None or full:
        _check_purpose(purpose)
    detail: dict[str, Any] = {"purpose": purpose, "case_number": "", "shown": "full" if full else "masked"}
    try:
        found = explain(code, source, key, con=engine.connect(settings.MEMORY_MB))
    except Refusal as refusal:
        _enter(value, asked, detail | {"decision": refusal.code}, at=at, by=by)
        raise
    told = {"decision": "answered", "found": [str(found.entity.pk)]}
    _enter(value, asked, detail | told, at=at, by=by)
    return found


def _enter(value: Registry, inquiry: Inquiry, detail: dict[str, Any], *, at: datetime, by: Any) -> None:
    """Enter a look-up in the log: what was given as keyed hashes, an id as it is where it is one."""
    with transaction.atomic():
        record(
            "registry.looked_up",
            at=at,
            by=by,
            department=getattr(by, "department", None),
            subject=value.code,
            detail={"way": inquiry.way, "given": _hashed(value, inquiry, at), **detail},
        )


def _hashed(value: Registry, inquiry: Inquiry, at: datetime) -> dict[str, str]:
    """Keyed hashes of what was given, by data element, as the gateway has them."""
    codes = {attribute.code: attribute.element for attribute in value.attribute}
    attributes = value.search.facts() if value.search else {}
    found = {}
    for given, text in inquiry.given().items():
        if inquiry.way == "identifier":
            element, plain = _number(value, text)
        else:
            element, plain = codes.get(attributes.get(given, given), given), _plain(given, text)
        found[given] = keyed_hash(f"{element}={plain}", at)
    return found


def _number(value: Registry, text: str) -> tuple[str, str]:
    """The data element that an identifier fits, and the number as the registry holds it; as it is where it fits none."""
    elements = known(value.code).elements
    for one in value.identifier:
        element = elements.get(one.attribute)
        if element and (read := lookup.identifier(element, text)):
            return element.code, read[0]
    return "identifier", _plain("identifier", text)


def _plain(fact: str, text: str) -> str:
    """What was given in one way of writing; without halves of characters, which no hash can take."""
    if fact == "born":
        with suppress(ValueError):
            return Born.read(text).text()
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain.encode("utf-8", "replace").decode()


def _check_person(value: Registry, inquiry: Inquiry, *, at: datetime, by: Any) -> None:
    """MayNotLookUp or LookedUpTooOften, on record; the operator at the machine may always."""
    refusal: Refusal | None = None
    if by is not None and not may_review(by):
        refusal = errors.MayNotLookUp()
    elif by is not None and _today(by, at) >= settings.LOOKUP_DAY:
        refusal = errors.LookedUpTooOften(most=settings.LOOKUP_DAY)
    if refusal is not None:
        _enter(value, inquiry, {"decision": refusal.code}, at=at, by=by)
        raise refusal


def _today(by: Any, at: datetime) -> int:
    """How often someone looked up today, as far as the newest entries tell: the log has no index by person."""
    begun = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    newest = entries(kind="registry.looked_up").order_by("-seq").values("pk")[:RECENT]
    return entries().filter(pk__in=newest, by=by.username, at__gte=begun).count()


def _check_purpose(purpose: str) -> None:
    """PurposeMissing unless it is a declared one; where a league declares none, a word."""
    known = purposes()
    if (purpose not in known) if known else not PURPOSE.fullmatch(purpose):
        raise errors.PurposeMissing(allowed=", ".join(known) or "—")


def _check_case_number(number: str, inquiry: Inquiry) -> None:
    """CaseNumberUnfit where it is none, or where what is looked up stands in it: the log holds no such thing."""
    if not number:
        return
    bare = _bare(number)
    if not CASE_NUMBER.fullmatch(number) or ID_NUMBER.search(bare):
        raise errors.CaseNumberUnfit
    for text in map(_bare, inquiry.given().values()):
        if len(text) >= (6 if text.isascii() else 2) and text in bare:
            raise errors.CaseNumberUnfit


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


@dataclass(frozen=True, slots=True)
class Shown:
    """A value of a golden record as it is shown to who looked it up."""

    code: str
    name: Text
    value: str
    masked: bool


def shown(code: str, candidate: Candidate, *, full: bool = False) -> list[Shown]:
    """A candidate's values in the registry's order.

    Unless `full` only identifiers and what look-ups go by, the personal ones masked.
    """
    said = known(code)
    value, elements = said.registry, said.elements
    facts = value.search.facts().values() if value.search else ()
    telling = {*facts, *(one.attribute for one in value.identifier)}
    found = []
    for attribute in value.attribute:
        there = candidate.entity.attributes.get(attribute.code)
        if there is None or not (full or attribute.code in telling):
            continue
        element = elements[attribute.code]
        name = attribute.name or element.name
        hidden = not full and element.personal != "no"
        text = masked(there, element) if hidden else str(there)
        found.append(Shown(attribute.code, Text(zh=name.zh, en=name.en), text, hidden))
    return found


def masked(value: Any, element: Element) -> str:
    """A value of a golden record: as it is where it is not personal, a date's year, a text's first character; no code.

    Always two stars: how long a name is would tell of the ethnic group.
    """
    text = str(value)
    if element.personal == "no":
        return text
    if element.type == "date":
        return f"{text[:4]}-**-**"
    plain = element.type == "string" and not element.code_list and len(text) > 1
    return f"{text[:1]}**" if plain else "**"
