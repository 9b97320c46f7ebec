"""Finding the entries about a value: which entries hold which keyed hash.

The table is an aid to searching, made of the log and after it, so that no append waits for it: whoever asks first
brings it up to the newest entry. What it finds is read out of the log itself; nothing is proved by it.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from xilin.kernel.audit import privacy
from xilin.kernel.audit.models import Entry

CHUNK = 20_000
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
# 128 bits tell hashes apart; the log keeps all 256.
BYTES = 16
_TAKE = 'SELECT m."upto", h."size" FROM "audit_mentioned" m, "audit_head" h WHERE m."id" = 1 FOR UPDATE OF m'
_FIND = r"""
INSERT INTO "audit_mention" ("digest", "seq")
SELECT DISTINCT decode(substr(found[1], 9, 32), 'hex'), e."seq"
FROM "audit_entry" e, regexp_matches(e."text", '"(\d{4}-\d\d:[0-9a-f]{64})"', 'g') AS found
WHERE e."seq" >= %s AND e."seq" < %s
ON CONFLICT DO NOTHING
"""
_ABOUT = 'SELECT DISTINCT "seq" FROM "audit_mention" WHERE "digest" = ANY(%s) ORDER BY "seq" DESC LIMIT %s'


def catch_up() -> int:
    """Bring the table up to the newest entry; how many entries were looked through."""
    done = 0
    while step := _step():
        done += step
    return done


@transaction.atomic
def _step() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE)
        upto, size = cursor.fetchone()
        if upto > size:  # the log of an older backup stands here
            cursor.execute('DELETE FROM "audit_mention"')
            upto = 0
        until = min(size, upto + CHUNK)
        if until > upto:
            cursor.execute(_FIND, [upto, until])
            cursor.execute('UPDATE "audit_mentioned" SET "upto" = %s WHERE "id" = 1', [until])
    return int(until - upto)


def about(hashes: Iterable[str], *, most: int = 10_000) -> QuerySet[Entry]:
    """The entries that hold any of some keyed hashes, newest first; of very many the newest `most`."""
    digests = [bytes.fromhex(one.partition(":")[2])[:BYTES] for one in set(hashes)]
    if not digests:
        return Entry.objects.none()
    catch_up()
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [digests, most])
        found = [seq for (seq,) in cursor.fetchall()]
    return Entry.objects.filter(seq__in=found)


def months() -> list[str]:
    """The months whose key is there, the first one first: neither shredded nor never made."""
    folder = Path(settings.HOME) / "keys" / "audit-months"
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if MONTH.fullmatch(p.name) and p.stat().st_size)


def hashes(values: Sequence[str], *, since: str = "") -> dict[str, str]:
    """Every keyed hash that stands for one of some values in months with a key, and the value it stands for.

    Args:
        values: as they were hashed, such as `id_number=…`.
        since: the first month wanted, such as `2026-11`.
    """
    return {
        one: value
        for month in months()
        if month >= since
        for value, one in zip(values, privacy.month_hashes(values, month), strict=True)
    }
