"""What leaves: rows shaped as the grant says, masked before anything else sees them."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from xilin.kernel.audit.verifier import canonical
from xilin.kernel.exchange.gateway.checks import Permit
from xilin.kernel.exchange.models import Shape


def plain(value: Any, zone: ZoneInfo) -> Any:
    """A value as JSON holds it without loss: decimals as text, times in the platform's zone."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def answer(
    permit: Permit, rows: Sequence[Sequence[Any]], zone: ZoneInfo, matched: str = ""
) -> dict[str, Any]:
    """The answer to a call: what its shape tells of the rows and no more; to a match also what it came to.

    The nonce keeps the answer's digest in the log from being guessed back into the answer.
    """
    found: dict[str, Any] = {
        "resource": permit.served.code,
        "grant": permit.held.number,
        "shape": str(permit.shape),
        "nonce": secrets.token_hex(16),
    }
    if permit.match is not None:
        found["match"] = matched
        if permit.shape == Shape.VERIFY:
            return found
    if permit.shape == Shape.VERIFY:
        return found | {"matches": _matches(permit, rows, zone)}
    masks = permit.held.masks if permit.shape == Shape.FULL else permit.held.catalogue
    shown = []
    for row in rows:
        one = {}
        for column, value in zip(permit.columns, row, strict=True):
            mask = masks.get(column)
            one[column] = plain(value, zone) if mask is None else mask(value)
        shown.append(one)
    found["found"] = bool(rows)
    found["status" if permit.shape == Shape.STATUS else "rows"] = shown
    return found


def _matches(permit: Permit, rows: Sequence[Sequence[Any]], zone: ZoneInfo) -> dict[str, bool]:
    """Of each value given whether the record has it: one and the same record for all of them.

    Where several fit the look-up it is the one that most values hold of, whatever order rows come in; a
    record that isn't there has none.
    """
    found = [
        [
            row[place] is not None and _same(row[place], value, zone)
            for place, (_, value) in enumerate(permit.verify)
        ]
        for row in rows
    ]
    best = max(found, key=lambda matches: (sum(matches), matches), default=[False] * len(permit.verify))
    return {column: matches for (column, _), matches in zip(permit.verify, best, strict=True)}


def _same(kept: Any, given: Any, zone: ZoneInfo) -> bool:
    """Whether two values are one; golden records keep dates and numbers as text."""
    return bool(kept == given) or str(plain(kept, zone)) == str(plain(given, zone))


def digest(answer: dict[str, Any]) -> tuple[bytes, str]:
    """The answer's bytes in canonical JSON, and their SHA-256 as the log keeps it."""
    body = canonical(answer)
    return body, hashlib.sha256(body).hexdigest()
