"""What a league folder says about masks and purposes."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

IDENTIFIERS = {"citizen_id", "uscc", "organisation_code"}


class Mask(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """脱敏规则 How a value is shown: `keep_first` and `keep_last` characters stay, the rest becomes stars.

    `stars` is how many stars are written whatever was hidden (0: one for each character), so that a
    length tells nothing. A value with no more characters than are kept is starred whole. `pseudonym` gives a keyed hash per grant instead, `year` only the year of a date,
    `area` only the first `keep_first` digits of an area code with zeros after them, `hide`
    nothing at all. `candidates` is the number of people who still fit the masked value, with
    `basis` saying how it was counted.
    """

    code: Code
    name: Name
    kind: Literal["stars", "pseudonym", "year", "area", "hide"]
    source: str
    keep_first: Annotated[int, Meta(ge=0)] = 0
    keep_last: Annotated[int, Meta(ge=0)] = 0
    stars: Annotated[int, Meta(ge=0, le=20)] = 0
    candidates: int | None = None
    basis: Text = Text(zh="")


class Purpose(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """用途 What data may be asked for: a matter with its legal basis.

    `shape` is the weakest shape of answer that serves the matter, `max_days` the longest
    term of a grant for it.
    """

    code: Code
    name: Name
    basis: Text
    scenario: Text = Text(zh="")
    shape: Literal["verify", "status", "masked", "full"] = "masked"
    max_days: Annotated[int, Meta(ge=1, le=1096)] = 366


def identifying(resource: Any, elements: Mapping[str, Any], registries: Iterable[Any]) -> frozenset[str]:
    """The columns of a resource whose values name one thing, so that only who knows one already can ask by it.

    A column does where it is the resource's whole key, where its element has the check of an identifier, or
    where a base registry has its element for an identifier.
    """
    deciding = {
        attribute.element
        for registry in registries
        for attribute in registry.attribute
        if attribute.code in {identifier.attribute for identifier in registry.identifier}
    }
    return frozenset(
        item.key
        for item in resource.item
        if resource.key == (item.key,)
        or item.element in deciding
        or (item.element in elements and elements[item.element].check in IDENTIFIERS)
    )


def _guessed(declared: Declared[Mask], league: League) -> Iterable[Fault]:
    """Look-up columns that this mask hides and that name nobody: found or not would tell the value by guessing."""
    for resource in league.all("resource").values():
        for index, column in enumerate(resource.value.lookup):
            masked = any(item.key == column and item.mask == declared.code for item in resource.value.item)
            if masked and column not in _identifying(resource.value, league):
                yield resource.fault(
                    "lookup",
                    index,
                    zh=f"“{column}”经脱敏规则“{declared.code}”脱敏，又不是标识符，不能作为查询条件：有或没有这样的记录，反复一问就猜出原值。",
                    en=f"{column} is masked by {declared.code} and no identifier, so records can't be looked up by it: "
                    "found or not found, asked often enough, tells the value.",
                    allowed=_lookups(resource.value, league),
                )


def _lookups(resource: Any, league: League) -> Text:
    """The columns of a resource that may be looked up by."""
    known = _identifying(resource, league)
    columns = ", ".join(item.key for item in resource.item if not item.mask or item.key in known)
    return Text(
        zh=f"未脱敏的信息项或标识符：{columns}", en=f"items without a mask, or identifiers: {columns}"
    )


def _identifying(resource: Any, league: League) -> frozenset[str]:
    elements, registries = league.all("element"), league.all("registry")
    return identifying(
        resource,
        {code: element.value for code, element in elements.items()},
        (registry.value for registry in registries.values()),
    )


MASK = Kind("mask", Text(zh="脱敏规则", en="Mask"), Mask, "masks.toml", "mask", check=_guessed)
PURPOSE = Kind("purpose", Text(zh="用途", en="Purpose"), Purpose, "purposes.toml", "purpose")
