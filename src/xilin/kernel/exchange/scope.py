"""What a request may cover, and what class and shape follow from it. Reads the catalogue, changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from xilin.kernel.catalog.models import Item, Resource, ShareType
from xilin.kernel.exchange import errors, filters
from xilin.kernel.exchange.declarations import Purpose, identifying
from xilin.kernel.exchange.models import Grant, Shape, Use, Way
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.text import Text

NO_WORDS = Text(zh="")
GREATEST_QUOTA = 1_000_000
# Of files and subscriptions the quota counts rows: a league's people several times over.
GREATEST_ROWS = 100_000_000
GREATEST_LEAST = 1_000_000
RENEWED_FROM = 60  # days before its end


@dataclass(frozen=True, slots=True)
class Proposal:
    """The weakest shape and way of delivery that serve, and why each."""

    shape: Shape
    reason: Text
    way: Way = Way.CALL
    way_reason: Text = NO_WORDS


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
        bases = "; ".join(dict.fromkeys(item.basis or resource.basis or "—" for item in denied))
        raise errors.NotShareable(resource=resource.title, items=names, basis=bases)
    return chosen


def propose_shape(
    purpose: Purpose, items: Sequence[Item], *, use: str = Use.CASE, records: int = 0, quota: int = 0
) -> Proposal:
    """The weakest of the six shapes that serves; masking that would hide nothing counts as full.

    Order: verification, match and status, masked fields, full fields, bulk file, subscription. A file is
    proposed for many records at once where calls in groups within the day's quota wouldn't do, a subscription
    for a copy that is kept; what needs to be known only whether it is so is always answered by calls.
    """
    wanted = Shape(purpose.shape)
    reason = _WHY_SHAPE[wanted]
    if wanted == Shape.MASKED and not any(item.mask for item in items):
        wanted = Shape.FULL
        reason = Text(zh="所选信息项都不需要脱敏。", en="None of the chosen items is masked.")
    way, why = _way(wanted, use, records, quota)
    return Proposal(wanted, reason, way, why)


_WHY_SHAPE = {
    Shape.VERIFY: Text(
        zh="该用途只需核验是否一致。", en="The purpose only needs to know whether a value is right."
    ),
    Shape.STATUS: Text(zh="该用途只需匹配结果和状态。", en="The purpose only needs a match and its status."),
    Shape.MASKED: Text(zh="脱敏字段即可满足该用途。", en="Masked fields serve the purpose."),
    Shape.FULL: Text(zh="该用途需要完整字段。", en="The purpose needs the full fields."),
}


def _way(shape: Shape, use: str, records: int, quota: int) -> tuple[Way, Text]:
    """The weakest way of delivery that serves, and why."""
    if use == Use.CASE:
        return Way.CALL, Text(
            zh="办一件查一件，逐次调用即可。", en="One matter at a time is served by calls."
        )
    if shape not in (Shape.MASKED, Shape.FULL):
        return Way.CALL, Text(
            zh="核验与匹配可成批调用，不需要交付数据。",
            en="Verifications and matches are called in groups; no data needs to be handed over.",
        )
    if use == Use.KEPT:
        return Way.FEED, Text(
            zh="要持续更新的副本，只推送变更，不反复交付全量。",
            en="A copy kept up to date is served by changes alone, without the whole again and again.",
        )
    if 0 < records <= quota:
        return Way.CALL, Text(
            zh="数量在每日限额之内，成批调用即可。",
            en="So many fit the daily quota and can be called in groups.",
        )
    return Way.FILE, Text(
        zh="一次性要用的记录超出逐次调用的限额，交付一份文件。",
        en="More records at once than calls allow: one file is handed over.",
    )


def lawful(
    resource: Resource,
    items: Sequence[Item],
    shape: Shape,
    *,
    conditions: Sequence[filters.Condition] = (),
    match: bool = False,
) -> bool:
    """Whether the law answers at once: every item unconditional, and nothing masked asked for in full.

    Rows chosen by an item that is shared on conditions, or masked, want the owner: each row answered tells
    that its value fits. So do matches by name.
    """
    unmasked = shape == Shape.FULL and any(item.mask for item in items)
    chosen_by = {one["column"] for one in conditions}
    told = [item for item in resource.items.all() if item.column in chosen_by]
    secret = any(item.mask or item.share_type != ShareType.UNCONDITIONAL for item in told)
    unconditional = all(item.share_type == ShareType.UNCONDITIONAL for item in items)
    return unconditional and not unmasked and not secret and not match


def way(word: str, shape: Shape, *, listing: bool) -> Way:
    """A way of delivery by its word, or UnknownWay; files and subscriptions reveal fields and have no lists."""
    fields = shape in (Shape.MASKED, Shape.FULL)
    if (
        word not in Way.values
        or ((word != Way.CALL or listing) and not fields)
        or (word != Way.CALL and listing)
    ):
        raise errors.UnknownWay(what=str(shape.label), allowed=", ".join(Way.values))
    return Way(word)


def use(word: str) -> Use:
    """How data is used by its word, or UnknownWay."""
    if word not in Use.values:
        raise errors.UnknownWay(what=word[:20], allowed=", ".join(Use.values))
    return Use(word)


def check_least(least: int) -> None:
    """LeastWrong unless a list needs at least as many rows as the installation wants."""
    first = settings.LIST_LEAST
    if not first <= least <= GREATEST_LEAST:
        raise errors.LeastWrong(least=least, first=first, last=GREATEST_LEAST)


def check_renewal(
    grant: Grant, *, department: int, client: int, resource: int, purpose: str, at: datetime
) -> None:
    """NotRenewable unless a grant in force, near its end, is of the same department, system, resource and purpose."""
    same = (grant.department_id, grant.client_id, grant.resource_id, grant.purpose)
    near = at >= grant.valid_until - timedelta(days=RENEWED_FROM)
    if same != (department, client, resource, purpose) or not grant.in_force(at) or not near:
        raise errors.NotRenewable(number=grant.number, days=RENEWED_FROM)


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
    """TermWrong unless the last day lies between the first and the purpose's longest term from then."""
    last = today + timedelta(days=purpose.max_days)
    if not today <= until <= last:
        raise errors.TermWrong(until=until.isoformat(), first=today.isoformat(), last=last.isoformat())


def check_quota(quota: int, most: int = GREATEST_QUOTA) -> None:
    """QuotaWrong unless the daily quota lies between 1 and the most allowed."""
    if not 1 <= quota <= most:
        raise errors.QuotaWrong(quota=quota, most=most)


def most_a_day(way: Way) -> int:
    """The greatest daily quota of a way of delivery: answers of calls, rows of files and subscriptions."""
    return GREATEST_QUOTA if way == Way.CALL else GREATEST_ROWS


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
