"""联合统计的问题 What two departments may ask together, as data: checked, written in one form, told in words."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct

from xilin.kernel.catalog import queries as catalog
from xilin.kernel.catalog.models import Resource, ShareType
from xilin.kernel.exchange import filters
from xilin.kernel.opening.declarations import By
from xilin.kernel.opening.errors import QuestionWrong
from xilin.kernel.standards.queries import declaration, declared

MOST_GROUPS = 2
LEAST = 10
NUMBERS = ("integer", "decimal")


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A column people are grouped by: `side` is `first` or `second`, the rest as in an opening."""

    side: str
    column: str
    kind: str = "value"
    level: int = 0

    @property
    def by(self) -> By:
        """The same as an opening declares it."""
        return By(self.column, self.kind, (self.level,) if self.kind != "value" else ())  # type: ignore[arg-type]


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """A question: how many people stand in both resources and fit all conditions, or what a column of the second adds up to.

    `first_where` and `second_where` are conditions as grants have them. Groups of fewer than `least` people are left out.
    With `epsilon` counts get the noise of differential privacy, which both resources' budgets pay.
    """

    first: str
    second: str
    measure: str = "count"
    column: str = ""
    by: tuple[Group, ...] = ()
    first_where: tuple[dict[str, Any], ...] = ()
    second_where: tuple[dict[str, Any], ...] = ()
    least: int = LEAST
    epsilon: float = 0.0


def form(said: Mapping[str, Any]) -> Form:
    """A question as somebody wrote it, checked; QuestionWrong, or what conditions are refused with."""
    try:
        found = msgspec.convert(dict(said), Form)
    except msgspec.ValidationError as error:
        raise QuestionWrong(what=str(error)) from None
    first, second = _resource(found.first), _resource(found.second)
    _together(first, second)
    for group in found.by:
        _grouped(group, first if group.side == "first" else second)
    _measured(found, second)
    if found.least < LEAST:
        raise QuestionWrong(what=_("groups have at least {least} people").format(least=LEAST))
    return msgspec.structs.replace(
        found,
        first_where=tuple(filters.check(first, list(found.first_where))),
        second_where=tuple(filters.check(second, list(found.second_where))),
    )


def digest(found: Form) -> str:
    """What both sign: the SHA-256 of the question in one form."""
    text = json.dumps(msgspec.to_builtins(found), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def choices(resource: Resource) -> list[tuple[str, str]]:
    """Columns people may be grouped by: those with codes, dates and areas."""
    elements = declared("element")
    found = []
    for item in resource.items.all():
        element = elements.get(item.element)
        if item.share_type == ShareType.DENIED or element is None:
            continue
        if element.code_list or element.type == "date" or _is_area(resource, item.column):
            found.append((item.column, item.title))
    return found


def kind_of(resource: Resource, column: str) -> tuple[str, int]:
    """How a column is grouped where nobody says otherwise: ages in bands of ten years, areas by county."""
    element = declared("element").get(resource.items.get(column=column).element)
    if element is not None and element.type == "date":
        return "age", 10
    return ("area", 6) if _is_area(resource, column) else ("value", 0)


def _is_area(resource: Resource, column: str) -> bool:
    if column == resource.area_column:
        return True
    item = resource.items.filter(column=column).first()
    element = declared("element").get(item.element) if item else None
    return bool(element and element.check == "area_code")


def _resource(code: str) -> Resource:
    return catalog.resource(code)


def _together(first: Resource, second: Resource) -> None:
    if first.provider_id == second.provider_id:
        raise QuestionWrong(what=_("both resources are of one department"))
    if not first.registry or first.registry != second.registry:
        raise QuestionWrong(what=_("the resources are not of one base registry"))
    if any(one.share_type == ShareType.DENIED for one in (first, second)):
        raise QuestionWrong(what=_("a resource is not shared"))


def _grouped(group: Group, resource: Resource) -> None:
    item = resource.items.filter(column=group.column).first()
    if group.side not in ("first", "second") or item is None:
        raise QuestionWrong(what=_("there is no item {column}").format(column=group.column))
    if item.share_type == ShareType.DENIED:
        raise QuestionWrong(what=_("{item} is not shared").format(item=item.title))
    if group.kind not in ("value", "age", "year", "area") or (group.kind != "value" and group.level < 1):
        raise QuestionWrong(what=_("{item} can't be grouped that way").format(item=item.title))
    # Groups of something nearly everybody has of their own would be people.
    risk = declaration("risk", "risk")
    if risk is not None and risk.of(item.element) == "direct":
        raise QuestionWrong(what=_("{item} names people").format(item=item.title))


def _measured(found: Form, second: Resource) -> None:
    if len(found.by) > MOST_GROUPS or len({(group.side, group.column) for group in found.by}) < len(found.by):
        raise QuestionWrong(what=_("people are grouped by two different items at most"))
    if found.measure == "count" and not found.column:
        return
    item = second.items.filter(column=found.column).first()
    if (
        found.measure != "sum"
        or item is None
        or item.type not in NUMBERS
        or item.share_type == ShareType.DENIED
    ):
        raise QuestionWrong(what=_("only people are counted, or a number of the second resource added up"))
    if found.epsilon:
        raise QuestionWrong(what=_("sums get no noise"))


def sides(found: Form) -> Sequence[tuple[str, str, tuple[dict[str, Any], ...]]]:
    """Both sides: name, resource, conditions."""
    return (("first", found.first, found.first_where), ("second", found.second, found.second_where))
