"""Under which grant something is delivered, and what of the resource that shows."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language

from xilin.kernel.catalog.declarations import Resource
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange.exporting import Scope
from xilin.kernel.exchange.keys import grant_key, secret
from xilin.kernel.exchange.models import Grant, Shape, Way
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.text import Text

_COUNT = """
    INSERT INTO exchange_usage AS u (grant_id, day, asked) VALUES (%s, %s, %s)
    ON CONFLICT (grant_id, day) DO UPDATE SET asked = u.asked + excluded.asked
    RETURNING u.asked
"""
_ALIVE = """
    SELECT g.revoked_at IS NULL AND c.retired_at IS NULL AND NOT d.retired, g.valid_from, g.valid_until
    FROM exchange_grant g
    JOIN exchange_client c ON c.id = g.client_id
    JOIN accounts_department d ON d.id = c.department_id
    WHERE g.id = %s
"""


class Words:
    """Words that choose their language when they are written out."""

    def __init__(self, words: Text) -> None:
        self._words = words

    def __str__(self) -> str:
        return self._words.of(get_language() or "")


def alive(grant: int, at: datetime) -> bool:
    """Whether a grant is in force at a moment, and its system and department with it: read from the database now."""
    with connection.cursor() as cursor:
        cursor.execute(_ALIVE, [grant])
        found = cursor.fetchone()
    return bool(found and found[0] and found[1] <= at < found[2])


def check_alive(grant: Grant, at: datetime) -> None:
    """GrantEndedMeanwhile where a grant is not in force now."""
    if not alive(grant.pk, at):
        raise errors.GrantEndedMeanwhile(number=grant.number)


def granted(
    client: int, code: str, ways: Sequence[Way], *, purpose: str, at: datetime, signed: bool
) -> Grant:
    """The newest grant of a client that allows a delivery of a resource now, or the Refusal that says why none does."""
    told = resource(code)
    held = list(
        Grant.objects.filter(client=client, resource__code=code, delivery__in=ways)
        .select_related("client__department", "provider", "department")
        .order_by("-valid_from", "-pk")
    )
    name = Words(told.name)
    if not held:
        raise errors.WayNotGranted(resource=name, way=ways[0].label)
    living = [grant for grant in held if alive(grant.pk, at)]
    if not living:
        raise errors.GrantEndedMeanwhile(number=held[0].number)
    fitting = [grant for grant in living if grant.purpose == purpose]
    if not fitting:
        allowed = ", ".join(sorted({grant.purpose for grant in living}))
        raise errors.PurposeNotGranted(resource=name, allowed=allowed)
    check_hours(fitting[0], at)
    check_signed(fitting[0], signed)
    return fitting[0]


def check_hours(grant: Grant, at: datetime) -> None:
    """OutsideGrantedHours unless the hour lies within the grant's."""
    if not grant.hour_from <= timezone.localtime(at).hour < grant.hour_to:
        raise errors.OutsideGrantedHours(number=grant.number, first=grant.hour_from, last=grant.hour_to)


def check_signed(grant: Grant, signed: bool) -> None:
    """MustBeSigned where the grant wants signed calls and this one isn't."""
    if grant.signed and not signed:
        raise errors.MustBeSigned(number=grant.number)


def resource(code: str) -> Resource:
    """A declared resource that can be delivered in bulk, or the Refusal."""
    told: Resource | None = declaration("resource", code)
    if told is None:
        raise errors.DeliveryUnknown
    if told.base and declaration("registry", told.registry) is None:
        raise errors.NotDelivered(resource=Words(told.name))
    return told


def scope(grant: Grant, columns: Sequence[str] | None = None) -> Scope:
    """What a grant shows of its resource: the granted items that the catalogue still has and still lets be shared.

    Masks are the grant's; under the shape `masked` the catalogue's beside them, as at the gateway. ItemsOutside for
    columns beyond.
    """
    told = resource(grant.resource.code)
    items = {item.key: item for item in told.item}
    elements, masks = declared("element"), declared("mask")
    rows = list(grant.items.order_by("position"))
    usable = [
        row.column
        for row in rows
        if row.column in items and (items[row.column].share_type or told.share_type) != "denied"
    ]
    if columns is not None and not set(columns) <= set(usable):
        raise errors.ItemsOutside(number=grant.number, allowed=", ".join(usable))
    named = {row.column: row.mask for row in rows if row.mask}
    if grant.shape != Shape.FULL:
        named = {column: items[column].mask for column in usable if items[column].mask} | named
    home = Path(settings.HOME)
    return Scope(
        resource=told.code,
        grant=grant.number,
        key=grant_key(home, grant.number if grant.keyed else f"department/{grant.department.code}"),
        mark=secret(home, "watermark"),
        columns=tuple(column for column in usable if columns is None or column in columns),
        masks={column: masks.get(name) for column, name in named.items() if column in usable},
        kinds={key: elements[item.element].type for key, item in items.items()},
        conditions=tuple(grant.row_filter),
    )


def count_rows(grant: Grant, rows: int, at: datetime) -> None:
    """Count rows towards the day's quota in the caller's transaction; RowsUsedUp, to be rolled back, beyond it."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [grant.pk, day(at), rows])
        (asked,) = cursor.fetchone()
    if asked > grant.quota_per_day:
        raise errors.RowsUsedUp(quota=grant.quota_per_day, number=grant.number)


def rows_left(grant: Grant, at: datetime) -> int:
    """How many rows of the day's quota are left."""
    used: Any = grant.usage.filter(day=day(at)).values_list("asked", flat=True).first()
    return max(0, grant.quota_per_day - int(used or 0))


def day(at: datetime) -> date:
    """The day of a moment in the platform's time zone, by which quotas count."""
    return timezone.localtime(at).date()
