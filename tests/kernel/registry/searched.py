"""A declared registry of made-up people with its search table filled, without a linking."""

import uuid
from typing import Any

import msgspec
from made_up import NOW, registry

from xilin.kernel.registry import search
from xilin.kernel.registry.declarations import Attribute, Identifier, Registry, Search
from xilin.kernel.registry.models import Entity, EntityIdentifier, EntityRecord
from xilin.kernel.standards.declarations import Element
from xilin.kernel.standards.identifiers import citizen_check_digit
from xilin.kernel.standards.models import Declaration, LeagueVersion
from xilin.lib.text import Text

CODES = ("id_number", "name", "before", "birth", "phone", "area")
ELEMENTS = {
    "id_number": Element(
        "id_number",
        Text(zh="身份号码", en="ID number"),
        "string",
        "t",
        check="citizen_id",
        personal="sensitive",
    ),
    "name": Element("name", Text(zh="姓名", en="Name"), "string", "t", personal="personal"),
    "before": Element("before", Text(zh="曾用名", en="Former name"), "string", "t", personal="personal"),
    "birth": Element("birth", Text(zh="出生日期", en="Date of birth"), "date", "t", personal="personal"),
    "phone": Element("phone", Text(zh="电话", en="Telephone"), "string", "t", personal="personal"),
    "area": Element("area", Text(zh="地区", en="Area"), "string", "t"),
}
PEOPLE: Registry = registry(
    attribute=tuple(Attribute(code, code) for code in CODES),
    identifier=(Identifier("id_number", guard=("name",)),),
    search=Search(name="name", born="birth", area="area", phone="phone", former="before"),
)


def declare(kind: str, code: str, value: Any) -> None:
    """Put a declaration in force."""
    version, _ = LeagueVersion.objects.get_or_create(number=1, defaults={"applied_at": NOW, "league": "test"})
    content = value if isinstance(value, dict) else msgspec.to_builtins(value)
    Declaration.objects.create(
        kind=kind, code=code, content=content, digest="", file="", line=1, since=version
    )


def declare_people(people: Registry = PEOPLE) -> None:
    """The registry with its elements and one purpose."""
    for code, element in ELEMENTS.items():
        declare("element", code, element)
    declare("registry", "people", people)


def number(birth: str, nth: int) -> str:
    """A valid ID number of nobody: no area begins with 99."""
    first = f"990101{birth.replace('-', '')}{nth:03}"
    return first + citizen_check_digit(first)


def someone(
    name: str, birth: str = "", *, area: str = "", phone: str = "", nth: int = 0, before: str = ""
) -> uuid.UUID:
    """An entity with a golden record, its search row and its identifier; its id."""
    values = {"name": name, "before": before, "birth": birth, "area": area, "phone": phone}
    if nth:
        values["id_number"] = number(birth, nth)
    attributes = {code: value for code, value in values.items() if value}
    entity = Entity.objects.create(
        registry="people",
        attributes=attributes,
        provenance={code: ["police", 1, None] for code in attributes},
        records=1,
        digest="",
        since_run=1,
        changed_run=1,
    )
    if nth:
        EntityIdentifier.objects.create(
            registry="people", attribute="id_number", value=values["id_number"], entity=entity
        )
    EntityRecord.objects.create(
        registry="people", source="police", key=str(entity.pk), entity=entity, how=EntityRecord.How.IDENTIFIER
    )
    search.refresh(PEOPLE, [entity.pk])
    return entity.pk
