"""Notices on codes (公告) of public recalls: one for each lot on the list, one for each single code of no such lot.

A look at a code reads them, so that from the moment a recall is public every code of it is said to be recalled.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from xilin.apps.trace.codes.life import Act, find, item_of, lot_of, record
from xilin.apps.trace.codes.lifecycle import State
from xilin.apps.trace.models import Notice, Recall

_GIVE = """
INSERT INTO trace_notice (kind, gtin, lot, code, since, number, detail, "by")
SELECT 'recalled', g.gtin, g.lot, g.code, %(since)s, %(number)s, %(detail)s::jsonb, %(by)s
FROM unnest(%(gtins)s::text[], %(lots)s::text[], %(codes)s::bigint[]) AS g(gtin, lot, code)
WHERE NOT EXISTS (
    SELECT FROM trace_notice n WHERE n.number = %(number)s AND n.kind = 'recalled' AND n.until IS NULL
    AND n.gtin = g.gtin AND n.lot = g.lot AND n.code IS NOT DISTINCT FROM g.code
)
"""
# The lots of codes: those of lots that are recalled as a whole need no notice of their own.
_LOTS = """
SELECT c.id, b.lot FROM unnest(%(codes)s::bigint[]) AS w(id) JOIN trace_code c ON c.id = w.id
JOIN trace_codebatch b ON b.id = c.batch_id
"""
_RECALLED = "SELECT id FROM trace_code WHERE id = ANY(%(codes)s) AND state = %(state)s"


def give(recall: Recall, at: datetime) -> int:
    """Say of every lot and code on a recall's list that it is recalled; what is said already isn't said again. How many are new."""
    items = list(recall.items.filter(cleared_at=None).values_list("item", flat=True))
    lots = {lot for item in items if (lot := lot_of(item)) is not None}
    codes = _codes(items)
    rows: list[tuple[str, str, int | None]] = [(gtin, lot, None) for gtin, lot in sorted(lots)]
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, {"codes": sorted(codes)})
        of_lot = dict(cursor.fetchall())
        rows += [(gtin, "", code) for code, gtin in sorted(codes.items()) if (gtin, of_lot[code]) not in lots]
        if not rows:
            return 0
        gtins, names, numbers = (list(column) for column in zip(*rows, strict=True))
        cursor.execute(
            _GIVE,
            {
                "gtins": gtins,
                "lots": names,
                "codes": numbers,
                "since": recall.opened_at or at,
                "number": recall.case.number,
                "detail": json.dumps({"reason": recall.reason[:300]}),
                "by": recall.opened_by.username if recall.opened_by else "",
            },
        )
        return int(cursor.rowcount)


def lift(recall: Recall, still: set[str], at: datetime) -> int:
    """End the notices of a recall but those of the items it still holds for; how many ended."""
    standing = Notice.objects.filter(kind=Notice.Kind.RECALLED, number=recall.case.number, until=None)
    if still:
        lots = {lot for item in still if (lot := lot_of(item)) is not None}
        codes = set(_codes(still))
        over = [
            pk
            for pk, gtin, lot, code in standing.values_list("pk", "gtin", "lot", "code")
            if (code not in codes if code is not None else (gtin, lot) not in lots)
        ]
        standing = Notice.objects.filter(pk__in=over)
    return standing.update(until=at)


def of_lots(recall: Recall, items: set[str]) -> tuple[set[str], set[str]]:
    """What else of a recall's list is of a lot among these items, and which of them are of a lot of the list that isn't."""
    listed = set(recall.items.filter(cleared_at=None).values_list("item", flat=True))
    lots = {lot for item in listed if (lot := lot_of(item)) is not None}
    if not lots:
        return set(), set()
    asked = {lot for item in items if (lot := lot_of(item)) is not None}
    pairs = {pair: item for item in listed if (pair := item_of(item)) is not None}
    with connection.cursor() as cursor:
        numbers = {number: pair for pair, number in find(cursor, pairs).items()}
        cursor.execute(_LOTS, {"codes": sorted(numbers)})
        of = {pairs[numbers[code]]: (numbers[code][0], lot) for code, lot in cursor.fetchall()}
    more = {item for item, lot in of.items() if lot in asked}
    return more, {item for item in items if of.get(item) in lots - asked}


def release(items: set[str], at: datetime, by: str) -> int:
    """Codes of cleared goods that an act made recalled are active again; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_RECALLED, {"codes": sorted(_codes(items)), "state": int(State.RECALLED)})
        acts = [Act(code, "release", at) for (code,) in cursor.fetchall()]
        record(cursor, acts, by=by)
    return len(acts)


def _codes(items: Iterable[str]) -> dict[int, str]:
    """The numbers of the codes that items bear, with their products."""
    wanted = {found for item in items if (found := item_of(item)) is not None}
    with connection.cursor() as cursor:
        return {number: gtin for (gtin, _), number in find(cursor, wanted).items()}
