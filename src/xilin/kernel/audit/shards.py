"""A log for each month: closing one and opening the next, each with its own name and key, in one transaction.

The last checkpoint of a month names the key of the next one, so whoever trusts the first key can follow; the first
entry of a month carries the last checkpoint of the month before, so no month can be taken out or put in another's place.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from xilin.kernel.audit.keys import signer, signer_of
from xilin.kernel.audit.log import New, append_after, lock
from xilin.kernel.audit.models import Entry
from xilin.kernel.audit.spans import Span
from xilin.kernel.audit.verifier import NEXT, read_checkpoint

INSERT = 'INSERT INTO "audit_shard" ("id", "origin", "key", "first", "at") VALUES (%s, %s, %s, %s, %s)'


def month_of(at: datetime) -> str:
    """The month of a time in UTC, such as `2026-11`."""
    return at.astimezone(UTC).isoformat()[:7]


def roll(*, at: datetime) -> Span | None:
    """Begin the month's shard where the one that grows began in an earlier month; None where there is nothing to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        head = lock(cursor)
        begun = Entry.objects.filter(seq=head.first).first()
        month = month_of(at)
        if begun is None or month_of(begun.at) >= month:
            return None
        following = signer_of(f"{signer().origin}/{month}", begin=True)
        detail = {"next": following.verifier_key}
        closed = New("audit.shard.closed", at, subject=signer_of(head.origin).origin, detail=detail)
        (last,) = append_after(cursor, head, [closed], f"{NEXT} {following.verifier_key}")
        stands = lock(cursor)
        first = last.seq + 1
        row: list[Any] = [head.shard + 1, following.origin, following.verifier_key, first, at]
        cursor.execute(INSERT, row)
        final = read_checkpoint(last.checkpoint)
        previous = {
            "origin": final.origin,
            "size": final.size,
            "root": final.root.hex(),
            "note": last.checkpoint,
        }
        opened = New("audit.shard.opened", at, subject=following.origin, detail={"previous": previous})
        anew = replace(
            head, size=first, frontier=b"", shard=head.shard + 1, first=first, origin=following.origin
        )
        append_after(cursor, anew, [opened], stands=stands)
    return Span(head.shard + 1, following.verifier_key, first, None)
