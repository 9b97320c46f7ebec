"""What leaves: rows shaped as the grant says, masked before anything else sees them."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from xilin.kernel.exchange.gateway.book import Held, Served
from xilin.kernel.exchange.gateway.checks import Permit
from xilin.kernel.exchange.masks import Masker
from xilin.kernel.exchange.models import Shape


def plain(value: Any, zone: ZoneInfo) -> Any:
    """A value as JSON holds it without loss: decimals as text, times in the platform's zone."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


Shown = Callable[[Any], Any]


def shown_as(
    served: Served, masks: Mapping[str, Masker], columns: Sequence[str], zone: ZoneInfo
) -> list[Shown | None]:
    """What each column's values are shown through: its mask, else what JSON needs; None where they stay as they are."""
    bare = {"string", "integer", "boolean"}
    return [
        masks.get(column)
        or (None if served.registry or served.elements[column].type in bare else partial(plain, zone=zone))
        for column in columns
    ]


def show(
    columns: Sequence[str], through: Sequence[Shown | None], rows: Sequence[Sequence[Any]]
) -> list[dict[str, Any]]:
    """Rows as they are answered: each value through what its column is shown through."""
    return [
        {
            column: value if as_ is None else as_(value)
            for column, as_, value in zip(columns, through, row, strict=True)
        }
        for row in rows
    ]


def shower(
    columns: Sequence[str], places: Sequence[int], through: Sequence[Shown | None]
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """The function that shows one row, its values taken from these places."""
    plan = list(zip(columns, places, through, strict=True))

    def show_one(row: Sequence[Any]) -> dict[str, Any]:
        return {column: row[place] if as_ is None else as_(row[place]) for column, place, as_ in plan}

    return show_one


def masks_of(held: Held, shape: Shape) -> Mapping[str, Masker]:
    """The masks an answer in a shape goes through: the catalogue's too, but for full fields."""
    return held.masks if shape == Shape.FULL else held.catalogue


def begun(permit: Permit) -> dict[str, Any]:
    """What every answer begins with."""
    return {
        "resource": permit.served.code,
        "grant": permit.held.number,
        "shape": str(permit.shape),
        "nonce": secrets.token_hex(16),
    }


def answer(
    permit: Permit, rows: Sequence[Sequence[Any]], zone: ZoneInfo, matched: str = ""
) -> dict[str, Any]:
    """The answer to a call: what its shape tells of the rows and no more; to a match also what it came to.

    The nonce keeps the answer's digest in the log from being guessed back into the answer.
    """
    found = begun(permit)
    if permit.match is not None:
        found["match"] = matched
        if permit.shape == Shape.VERIFY:
            return found
    if permit.shape == Shape.VERIFY:
        return found | {"matches": matches(permit.verify, rows, zone)}
    kind = permit.shape, permit.columns
    through = permit.held.found.get(kind)
    if through is None:
        through = shown_as(permit.served, masks_of(permit.held, permit.shape), permit.columns, zone)
        permit.held.found[kind] = through
    shown = show(permit.columns, through, rows)
    found["found"] = bool(rows)
    found["status" if permit.shape == Shape.STATUS else "rows"] = shown
    return found


def matches(
    verify: Sequence[tuple[str, Any]], rows: Sequence[Sequence[Any]], zone: ZoneInfo
) -> dict[str, bool]:
    """Of each value given whether the record has it: one and the same record for all of them.

    Where several fit the look-up it is the one that most values hold of, whatever order rows come in; a
    record that isn't there has none.
    """
    fits = [
        [row[place] is not None and _same(row[place], value, zone) for place, (_, value) in enumerate(verify)]
        for row in rows
    ]
    best = max(fits, key=lambda held: (sum(held), held), default=[False] * len(verify))
    return {column: holds for (column, _), holds in zip(verify, best, strict=True)}


def _same(kept: Any, given: Any, zone: ZoneInfo) -> bool:
    """Whether two values are one; golden records keep dates and numbers as text."""
    return bool(kept == given) or str(plain(kept, zone)) == str(plain(given, zone))


def digest(answer: dict[str, Any]) -> tuple[bytes, str]:
    """The answer's bytes in canonical JSON, and their SHA-256 as the log keeps it."""
    body = _canonical.encode(answer)
    return body, hashlib.sha256(body).hexdigest()


# The same bytes as `audit.verifier.canonical`, which answers hold no fractions to differ in, in a tenth of the time.
_canonical = msgspec.json.Encoder(order="sorted")
