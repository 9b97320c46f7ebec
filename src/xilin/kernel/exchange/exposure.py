"""再识别风险 What a league folder says of re-identification: which elements tell people apart, and how few are too few."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from xilin.kernel.exchange import candidates
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

# Masks are judged by who is alive on this day; a later one only leaves more.
COUNTED_ON = date(2026, 11, 24)


class Quasi(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """准标识符 A data element that tells people apart together with others.

    `known` says that an onlooker may know it beside what a mask shows: the year of a date, or of an
    area its first `keep_first` digits.
    """

    element: str
    known: Literal["", "year", "area"] = ""
    keep_first: Annotated[int, Meta(ge=0)] = 6


class Risk(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """再识别风险 How much re-identification a league bears.

    `direct` are elements that name a person by themselves, `quasi` those that do so together. A catalogue's
    mask of an identifier leaves at least `least` numbers. Where all that a department may see together leaves
    somebody in a group smaller than `reason_below`, the approver gives a reason; where half of all people
    stand in groups smaller than `floor`, the grant is refused from the day `floor_since`: what singles out most people
    is no masked answer. A grant of full fields identifies on purpose, by its legal basis: the approver gives the reason.
    """

    direct: tuple[str, ...]
    quasi: tuple[Quasi, ...]
    source: str
    least: Annotated[int, Meta(ge=1)] = 100_000
    reason_below: Annotated[int, Meta(ge=1)] = 10
    floor: Annotated[int, Meta(ge=0)] = 2
    floor_since: date = date(2026, 11, 26)

    @property
    def code(self) -> str:
        """There is one."""
        return "risk"

    def floor_on(self, day: date) -> int:
        """The floor that holds on a day; 0, which refuses nothing, before it was in force."""
        return self.floor if day >= self.floor_since else 0

    def of(self, element: str) -> str:
        """`direct`, `quasi`, or "" for what tells nobody apart."""
        if element in self.direct:
            return "direct"
        return "quasi" if any(one.element == element for one in self.quasi) else ""


def _checked(declared: Declared[Risk], league: League) -> Iterable[Fault]:
    value = declared.value
    named = [("direct", n, code) for n, code in enumerate(value.direct)]
    named += [("quasi", n, one.element) for n, one in enumerate(value.quasi)]
    for key, index, code in named:
        if code not in league.all("element"):
            yield declared.fault(
                key,
                index,
                zh=f"数据元“{code}”不存在。",
                en=f"There is no data element {code}.",
                allowed=league.codes("element"),
            )
    yield from _weak(value, league)


def _weak(risk: Risk, league: League) -> Iterable[Fault]:
    """Masks of the catalogue that leave too few identifiers."""
    born = candidates.births(COUNTED_ON)
    seen: set[tuple[str, str]] = set()
    for resource in league.all("resource").values():
        for item in resource.value.item:
            element, mask = league.all("element").get(item.element), league.all("mask").get(item.mask)
            if element is None or mask is None or (item.mask, element.value.check) in seen:
                continue
            seen.add((item.mask, element.value.check))
            found = candidates.least(mask.value, element.value.check, born)
            if found is not None and found < risk.least:
                yield mask.fault(
                    zh=f"“{mask.code}”用于“{item.element}”后只余 {found} 个号码，少于 {risk.least}。",
                    en=f"{mask.code} leaves {found} numbers of {item.element}, fewer than {risk.least}.",
                    allowed=Text(
                        zh="少留几位（不留校验码），或改用 pseudonym",
                        en="keep fewer characters (no check digit), or use a pseudonym",
                    ),
                )


RISK = Kind("risk", Text(zh="再识别风险", en="Risk of re-identification"), Risk, "risk.toml", check=_checked)
