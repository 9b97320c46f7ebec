"""What a request may cover, and what class and shape follow from it. Reads the catalogue, changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from xilin.kernel.catalog.models import Item, Resource, ShareType
from xilin.kernel.exchange import errors, filters
from xilin.kernel.exchange.declarations import Purpose, identifying
from xilin.kernel.exchange.models import Shape
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.text import Text

GREATEST_QUOTA = 1_000_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """The weakest shape that serves, and why."""

    shape: Shape
    reason: Text


def purposes() -> dict[str, Purpose]:
    """The declared purposes by code."""
    found: dict[str, Purpose] = declared("purpose")
    return found


def purpose(code: str) -> Purpose:
    """One declared purpose, or UnknownPurpose."""
    known = purposes()
    if code not in known:
        raise errors.UnknownPurpose(purpose=code, allowed=", ".join(known))
    return known[code]


def shape(word: str) -> Shape:
    """A shape by its word, or UnknownShape."""
    if word not in Shape.values:
        raise errors.UnknownShape(shape=word, allowed=", ".join(Shape.values))
    return Shape(word)


def chosen_items(resource: Resource, columns: Iterable[str]) -> list[Item]:
    """The items of these columns in the resource's order; refused where one isn't there or isn't shared."""
    items = {item.column: item for item in resource.items.all()}
    wanted = set(columns)
    if not wanted:
        raise errors.NothingAsked(resource=resource.title, allowed=", ".join(items))
    if strangers := sorted(wanted - items.keys()):
        raise errors.UnknownItems(
            resource=resource.title, items=", ".join(strangers), allowed=", ".join(items)
        )
    chosen = [item for column, item in items.items() if column in wanted]
    if denied := [item for item in chosen if item.share_type == ShareType.DENIED]:
        names = ", ".join(item.title for item in denied)
        raise errors.NotShareable(resource=resource.title, items=names, basis=resource.basis or "—")
    return chosen


def propose_shape(purpose: Purpose, items: Sequence[Item]) -> Proposal:
    """The weakest shape that serves a purpose; masking that would hide nothing counts as full.

    Order of shapes: verification, match and status, masked fields, full fields.
    """
    wanted = Shape(purpose.shape)
    if wanted == Shape.MASKED and not any(item.mask for item in items):
        return Proposal(
            Shape.FULL,
            Text(zh="所选信息项都不需要脱敏。", en="None of the chosen items is masked."),
        )
    why = {
        Shape.VERIFY: Text(
            zh="该用途只需核验是否一致。", en="The purpose only needs to know whether a value is right."
        ),
        Shape.STATUS: Text(
            zh="该用途只需匹配结果和状态。", en="The purpose only needs a match and its status."
        ),
        Shape.MASKED: Text(zh="脱敏字段即可满足该用途。", en="Masked fields serve the purpose."),
        Shape.FULL: Text(zh="该用途需要完整字段。", en="The purpose needs the full fields."),
    }
    return Proposal(wanted, why[wanted])


def lawful(items: Sequence[Item], shape: Shape) -> bool:
    """Whether the law answers at once: every item unconditional, and nothing masked asked for in full."""
    unmasked = shape == Shape.FULL and any(item.mask for item in items)
    return not unmasked and all(item.share_type == ShareType.UNCONDITIONAL for item in items)


def searched(resource: Resource) -> bool:
    """Whether people are matched by name in a resource: it is a base registry with a declared search."""
    told = declaration("resource", resource.code)
    registry = declaration("registry", told.registry) if told and told.base and told.registry else None
    return bool(registry and registry.search)


def check_match(resource: Resource) -> None:
    """NotMatched where nobody can be matched by name in a resource."""
    if not searched(resource):
        raise errors.NotMatched(resource=resource.title)


def check_term(purpose: Purpose, until: date, today: date) -> None:
    """TermWrong unless the last day lies between today and the purpose's longest term."""
    last = today + timedelta(days=purpose.max_days)
    if not today <= until <= last:
        raise errors.TermWrong(until=until.isoformat(), first=today.isoformat(), last=last.isoformat())


def check_quota(quota: int, most: int = GREATEST_QUOTA) -> None:
    """QuotaWrong unless the daily quota lies between 1 and the most allowed."""
    if not 1 <= quota <= most:
        raise errors.QuotaWrong(quota=quota, most=most)


def check_hours(first: int, last: int) -> None:
    """HoursWrong unless both are hours of a day in order."""
    if not 0 <= first < last <= 24:
        raise errors.HoursWrong(first=first, last=last)


def check_filter(resource: Resource, conditions: object) -> list[filters.Condition]:
    """Conditions on the rows of a resource in the form they are kept in; refused as `filters.check` says.

    Each is `{"column": an item, "op": eq | in | prefix | ge | le, "value": …}`; all must hold.
    """
    return filters.check(resource, conditions)


def masks_of(items: Sequence[Item], shape: Shape, stricter: Mapping[str, str]) -> dict[str, str]:
    """The mask of each column: none for full fields, else the catalogue's, or the one the approver names.

    An approver may put a mask where none is or change one, never take one off.
    """
    known = declared("mask")
    masks = {item.column: "" if shape == Shape.FULL else item.mask for item in items}
    for column, mask in stricter.items():
        if column not in masks or mask not in known:
            raise errors.UnknownMask(item=column, mask=mask or "—", allowed=", ".join(known))
        masks[column] = mask
    return masks


def check_look_up(resource: Resource, masks: Mapping[str, str]) -> None:
    """MaskedLookUp where the masks leave no column to look records up by.

    By a masked column that is no identifier nobody looks up: found or not found would tell its value by guessing.
    """
    told = declaration("resource", resource.code)
    columns = [column for column in masks if told and column in told.lookup]
    known = identifying(told, declared("element"), declared("registry").values()) if columns else frozenset()
    if columns and all(masks[column] and column not in known for column in columns):
        raise errors.MaskedLookUp(items=", ".join(columns))
