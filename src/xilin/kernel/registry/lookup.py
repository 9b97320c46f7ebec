"""查询 Who is meant: by id, by identifier, or by name, birth, area and telephone as well as they are known.

A look-up by facts answers with few candidates, the likeliest first, each with a score and
the reasons in words, and with none where too little is given or too many fit.
"""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import get_language
from psycopg import sql

from xilin.kernel.registry import errors, queries
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.declared import VERSION, Known, in_force, known, last_known, reread, rows
from xilin.kernel.registry.fields import told
from xilin.kernel.registry.models import Entity
from xilin.kernel.registry.pipeline import likeness
from xilin.kernel.registry.pipeline.likeness import Born, Likeness, Name
from xilin.kernel.registry.search_models import SearchFormer, SearchPhone, SearchRow
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.identifiers import citizen_upgrade, is_citizen_id, is_organisation_code, is_uscc
from xilin.lib.text import Text

# What each fact weighs in the score; a birth the more, the more of it is known.
WEIGHTS = {"name": 4, "phone": 4, "area": 2}
BORN_WEIGHTS = {1: 2, 2: 3, 3: 4}
# Of 100: who scores less is no candidate. And name or telephone must agree at least so far.
LEAST_SCORE, LEAST_WHO = 60, 0.6
# Who scores so much, and so much more than the next, is taken to be the one where no person looks at candidates.
CERTAIN, CLEAR = 85, 15
# Rows that one index may bring: far more than are ever shown, few enough to be compared one by one.
CROWD = 1000
# A merged id leads on; a chain is as long as merges happened one after the other.
LONGEST_CHAIN = 50
LEAST_NAME, LEAST_PHONE = 2, 7


@dataclass(frozen=True, slots=True)
class Facts:
    """What someone knows of whom they look for; empty where they don't."""

    name: str = ""
    born: str = ""
    area: str = ""
    phone: str = ""

    def given(self) -> dict[str, str]:
        """The facts that are not empty."""
        every = {"name": self.name, "born": self.born, "area": self.area, "phone": self.phone}
        return {fact: value.strip() for fact, value in every.items() if value.strip()}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that may be meant: how well it fits, of 100, and why, each fact in words."""

    entity: Entity
    score: int
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Facts as they are compared."""

    name: Name | None = None
    initials: str = ""
    born: Born | None = None
    area: str = ""
    phone: str = ""

    def weighed(self) -> dict[str, tuple[int, Any]]:
        """Weight and form of each given fact."""
        found: dict[str, tuple[int, Any]] = {}
        if self.name:
            found["name"] = WEIGHTS["name"], self.name
        if self.born:
            found["born"] = BORN_WEIGHTS[self.born.known], self.born
        if self.area:
            found["area"] = WEIGHTS["area"], self.area
        if self.phone:
            found["phone"] = WEIGHTS["phone"], self.phone
        return found


def by_id(code: str, id: str) -> list[Candidate]:
    """The entity of an id; one that was merged answers with where it went. NotFound where there is none."""
    registry(code)
    found = queries.entity(code, id.strip())
    reasons = [Text(zh="实体编号相同", en="this is its id")]
    for _step in range(LONGEST_CHAIN):
        if found.merged_into is None:
            break
        reasons = [
            Text(zh="所给编号的实体已并入此实体", en="the entity of the given id was merged into this one")
        ]
        found = queries.entity(code, found.merged_into)
    if found.ended_run is not None:
        reasons.append(Text(zh="已没有记录属于此实体", en="no record belongs to it any more"))
    return [Candidate(found, 100, tuple(reasons))]


def by_identifier(code: str, text: str) -> list[Candidate]:
    """The entities that carry an identifier in any form it is written in; as a rule one, or none.

    Raises IdentifierUnreadable for what can't be an identifier of this registry.
    """
    declared = last_known(code)
    while (found := _carrying(declared, text)) is None:
        declared = reread(code)
    return found


_FIELDS = tuple(field.attname for field in Entity._meta.concrete_fields)
_COLUMNS = ", ".join(f"e.{field.column}" for field in Entity._meta.concrete_fields)
# What carries an identifier and is in force, and the version of the declarations in force: one round trip. With one
# identifier at a time the server keeps its plan; with arrays of them it finds a new one cheaper, each time.
_HELD = f"""
    SELECT version.id, version.applied_at, held.* FROM {VERSION} LEFT JOIN (
        SELECT {_COLUMNS} FROM registry_entityidentifier i JOIN registry_entity e ON e.id = i.entity_id
        WHERE i.registry = %s AND i.attribute = %s AND i.value = %s AND e.ended_run IS NULL ORDER BY e.id LIMIT %s
    ) held ON true
"""  # noqa: S608 - constants
_LIVING = f"""
    SELECT {_COLUMNS} FROM registry_entity e WHERE e.registry = %s AND e.id = ANY(%s) AND e.ended_run IS NULL
"""  # noqa: S608 - constants


def _carrying(declared: Known, text: str) -> list[Candidate] | None:
    """Who carries a text as an identifier; None where the registry was declared anew meanwhile."""
    attributes = [one.attribute for one in declared.registry.identifier if one.attribute in declared.elements]
    read = {attribute: identifier(declared.elements[attribute], text) for attribute in attributes}
    if not any(read.values()):
        if not in_force(declared):
            return None
        names = [declared.names[attribute].of(get_language() or "") for attribute in attributes]
        raise errors.IdentifierUnreadable(allowed=", ".join(names) or "—")
    found: dict[uuid.UUID, Candidate] = {}
    for attribute, number in read.items():
        if number is None:
            continue
        reasons = [about(Text(zh="{name}相同", en="{name}: the same"), declared.names[attribute])]
        if number[1]:
            reasons.append(Text(zh="15 位号码已换算为 18 位", en="the 15-digit number was brought to 18"))
        for row in rows(_HELD, declared.registry.code, attribute, number[0], settings.LOOKUP_MOST):
            if row[:2] != declared.version:
                return None
            if row[2] is not None:
                found[row[2]] = Candidate(_entity(row[2:]), 100, tuple(reasons))
    return list(found.values())


def _entity(row: Sequence[Any]) -> Entity:
    """An entity of the columns of its table, as the ORM makes it, without what the ORM spends on each query."""
    values = dict(zip(_FIELDS, row, strict=True))
    values["attributes"] = msgspec.json.decode(values["attributes"])
    values["provenance"] = told(msgspec.json.decode(values["provenance"]))
    return Entity.from_db(connection.alias, _FIELDS, list(values.values()))


def by_facts(code: str, facts: Facts) -> list[Candidate]:
    """The likeliest entities for what is known, best first, at most `LOOKUP_MOST`.

    Raises NotSearched, FactUnreadable, TooLittleGiven, and TooManyFit where more than may be
    shown fit equally well.
    """
    declared = known(code)
    value = declared.registry
    if value.search is None:
        raise errors.NotSearched(registry=code)
    names = {fact: declared.names[attribute] for fact, attribute in value.search.attributes().items()}
    read = read_facts(value, facts, names)
    with connection.cursor() as cursor:
        cursor.execute(*statement(code, read))
        order = ranked(read, cursor.fetchall())
    most = settings.LOOKUP_MOST
    if len(order) > most and order[most][1] == order[0][1]:
        raise errors.TooManyFit(most=most)
    order = order[:most]
    living = map(_entity, rows(_LIVING, code, [entity for entity, *_ in order]))
    entities = {entity.pk: entity for entity in living}
    return [
        Candidate(entities[entity], score, tuple(_said(likenesses, names)))
        for entity, score, likenesses in order
        if entity in entities
    ]


class Named:
    """A name that chooses its language when it is written out."""

    def __init__(self, name: Text) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name.of(get_language() or "")


def registry(code: str) -> Registry:
    """A declared registry, or NotFound."""
    return known(code).registry


def about(words: Text, name: Text) -> Text:
    """Words about `{name}`, filled with a name in each language."""
    return Text(zh=words.zh.format(name=name.zh), en=words.en.format(name=name.en or name.zh))


def identifier(element: Element, text: str) -> tuple[str, bool] | None:
    """An identifier as the registry holds it, and whether it was one of 15 digits; None where it can't be one.

    Blanks, full-width characters, small letters and hyphens are ways of writing, no differences.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    bare = plain.upper().replace("-", "")
    checks = {"citizen_id": is_citizen_id, "uscc": is_uscc, "organisation_code": is_organisation_code}
    if element.check not in checks:
        longest = element.max_length or 200
        return (plain, False) if plain and len(plain) <= longest else None
    whole = citizen_upgrade(bare) if element.check == "citizen_id" else bare
    return (whole, whole != bare) if checks[element.check](whole) else None


def read_facts(value: Registry, facts: Facts, names: Mapping[str, Text]) -> Read:
    """The facts as they are compared, if they are enough; a fact the registry isn't searched by is as if not given.

    `names` says what each fact of this registry is called. Raises FactUnreadable and TooLittleGiven.
    """
    assert value.search is not None  # noqa: S101 - the caller asked
    given = {fact: text for fact, text in facts.given().items() if fact in names}
    found: dict[str, Any] = {}
    for fact, text in given.items():
        try:
            found |= _forms(value, fact, text)
        except ValueError:
            raise errors.FactUnreadable(fact=Named(names[fact])) from None
    least: int = settings.LOOKUP_FACTS
    if len(given) < least or not {"name", "phone"} & given.keys():
        raise errors.TooLittleGiven(least=least)
    return Read(**found)


def _forms(value: Registry, fact: str, text: str) -> dict[str, Any]:
    """One fact's part of `Read`; ValueError where it is none."""
    if fact == "born":
        return {"born": Born.read(text)}
    if fact == "name":
        replace = next(a.replace for a in value.attribute if value.search and a.code == value.search.name)
        form = likeness.folded(text, replace)
        if len(form) < LEAST_NAME:
            raise ValueError(fact)
        return {"name": Name.of(form), "initials": likeness.initials(form)}
    digits = re.sub(r"[\s\-()+]", "", unicodedata.normalize("NFKC", text))
    least = likeness.COUNTY if fact == "area" else LEAST_PHONE
    if not (digits.isascii() and digits.isdigit() and len(digits) >= least):
        raise ValueError(fact)
    return {fact: digits}


# An entity, name, sound, birth, area, telephone, and the former name with its sound.
Row = tuple[uuid.UUID, str, str, date | None, str, str, str, str]
Probe = tuple[str, list[Any]]
BY_PHONE = "phone = ANY(%s)"
BY_FORMER = "initials = %s"
_NAMES = {
    "rows": sql.Identifier(SearchRow._meta.db_table),
    "phones": sql.Identifier(SearchPhone._meta.db_table),
    "formers": sql.Identifier(SearchFormer._meta.db_table),
    "crowd": sql.Literal(CROWD),
}
_OF_ROWS = sql.SQL(
    "(SELECT entity, name, sound, born, area FROM {rows} WHERE registry = %s AND {condition} LIMIT {crowd})"
)
_BESIDE = (
    "SELECT r.entity, r.name, r.sound, r.born, r.area FROM (SELECT entity FROM {%s} "
    "WHERE registry = %%s AND {condition} LIMIT {crowd}) p JOIN {rows} r USING (entity)"
)
_OF = {BY_PHONE: sql.SQL(_BESIDE % "phones"), BY_FORMER: sql.SQL(_BESIDE % "formers")}
_PHONE = "coalesce(p.phone, '')", "LEFT JOIN {phones} p USING (entity)"
_FORMER = "coalesce(w.name, ''), coalesce(w.sound, '')", "LEFT JOIN {formers} w USING (entity)"


def statement(code: str, read: Read) -> tuple[sql.Composed, list[Any]]:
    """The query of the rows worth comparing, and its parameters: what few conditions, an index each, bring."""
    probes = list(_probes(read))
    found = sql.SQL(" UNION ALL ").join(
        _OF.get(condition, _OF_ROWS).format(condition=sql.SQL(condition), **_NAMES) for condition, _ in probes
    )
    phone, phones = _PHONE if read.phone else ("''", "")
    former, formers = _FORMER if read.name else ("'', ''", "")
    whole = sql.SQL(f"SELECT f.*, {phone}, {former} FROM ({{found}}) f {phones} {formers}")  # noqa: S608 - constants
    return whole.format(found=found, **_NAMES), [value for _, values in probes for value in (code, *values)]


def ranked(read: Read, rows: Iterable[Row]) -> "list[Scored]":
    """The candidates among rows of `statement`, best first; equal ones always in the same order."""
    once = list({row[0]: row for row in rows}.values())
    return sorted(_scored(read, once), key=lambda one: (-one[1], one[0]))


def decide(order: "Sequence[Scored]") -> tuple[Literal["one", "several", "none"], uuid.UUID | None]:
    """What ranked candidates come to where nobody looks at them: one only where it is certain and no other comes near.

    >>> decide([]), decide([(uuid.UUID(int=1), 100, {}), (uuid.UUID(int=2), 90, {})])[0]
    (('none', None), 'several')
    """
    if not order:
        return "none", None
    entity, score, _likenesses = order[0]
    lonely = len(order) == 1 or score - order[1][1] >= CLEAR
    return ("one", entity) if score >= CERTAIN and lonely else ("several", None)


def _probes(read: Read) -> Iterator[Probe]:
    """Conditions that one index each answers; constant text with parameters.

    Whoever agrees in telephone, or in the day of birth with one keying error at most, or in
    the sound of the name together with a year or an area, is among what they bring.
    """
    if read.phone:
        yield BY_PHONE, [[read.phone, *likeness.one_digit_away(read.phone)]]
    if read.name is None:
        return
    name, born = read.name, read.born
    if born or read.area or read.phone:
        yield BY_FORMER, [read.initials]
    if born and born.whole:
        yield "born = %s AND initials = %s", [born.whole, read.initials]
        yield "born = %s", [born.whole]
        yield "born = ANY(%s) AND initials = %s", [born.near(), read.initials]
    elif born:
        yield "born BETWEEN %s AND %s AND initials = %s", [*_span(born), read.initials]
    if read.area:
        within = [likeness.bare_area(read.area), likeness.bare_area(read.area) + ":"]  # ':' follows '9'
        yield "sound = %s AND area >= %s AND area < %s", [name.sound, *within]
        if born and born.whole:
            return  # with another birth and a name that only sounds near, nobody comes to LEAST_SCORE
        yield "initials = %s AND area >= %s AND area < %s", [read.initials, *within]
        if len(name.form) > 3:
            yield (
                "sound >= %s AND sound < %s AND area >= %s AND area < %s",
                [name.sound, name.sound + "\U0010ffff", *within],
            )
    elif not born and not read.phone:
        yield "sound = %s", [name.sound]


def _span(born: Born) -> tuple[date, date]:
    """The first and the last day of a year or a month."""
    if born.month:
        after = date(born.year + born.month // 12, born.month % 12 + 1, 1)
        return date(born.year, born.month, 1), after - timedelta(days=1)
    return date(born.year, 1, 1), date(born.year, 12, 31)


Scored = tuple[uuid.UUID, int, dict[str, Likeness]]


def _scored(read: Read, rows: list[Row]) -> Iterator[Scored]:
    """Those of the rows that are candidates, with their score and how each fact agrees."""
    weighed = read.weighed()
    whole = sum(weight for weight, _ in weighed.values())
    for entity, name, sound, born, area, phone, former, formerly in rows:
        there = {"name": Name(name, sound) if name else None, "born": born, "area": area, "phone": phone}
        found = {
            fact: likeness.LIKE[fact](form, there[fact]) if there[fact] else likeness.MISSING
            for fact, (_, form) in weighed.items()
        }
        before = read.name.like(Name(former, formerly)) if read.name and former else None
        if renamed := before is not None and before.share > found["name"].share:
            found["name"] = before
        who = max(found[fact].share for fact in ("name", "phone") if fact in found)
        score = round(100 * sum(weighed[fact][0] * like.share for fact, like in found.items()) / whole)
        if score >= LEAST_SCORE and who >= LEAST_WHO:
            said = {"former" if renamed and fact == "name" else fact: like for fact, like in found.items()}
            yield entity, score, said


def _said(likenesses: dict[str, Likeness], names: dict[str, Text]) -> Iterator[Text]:
    """The reasons in words, what agrees best first."""
    for fact, like in sorted(likenesses.items(), key=lambda one: -one[1].share):
        yield about(like.said, names[fact])
