"""Writing to the log within the transaction of what is logged."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction
from psycopg import Connection

from xilin.kernel.audit import log
from xilin.kernel.audit.log import New
from xilin.kernel.audit.models import Entry


class Person(Protocol):
    """Someone with a user name."""

    username: str


class Unit(Protocol):
    """A department, by its code."""

    code: str


def record(
    kind: str,
    *,
    at: datetime,
    by: Person | str | None = None,
    department: Unit | str | None = None,
    provider: Unit | str | None = None,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Append one entry in the caller's transaction: it stands or falls with what it tells of.

    Appends wait for each other until they commit, so record last in a transaction, and keep
    that transaction short. `detail` is plain JSON; personal data goes in as `privacy.keyed_hash` only.
    """
    new = New(
        kind=kind,
        at=at,
        by=by if isinstance(by, str) else by.username if by else "",
        department=_code(department),
        provider=_code(provider),
        subject=str(subject),
        detail=dict(detail or {}),
    )
    with transaction.atomic(), connection.cursor() as cursor:
        (appended,) = log.append_with(cursor, [new])
    return _entry(appended)


def read_by(person: Person, what: str, count: int, *, at: datetime, everyones: bool = False) -> None:
    """Enter that entries of the log were shown to someone: those about the reader's department's data, or everyone's.

    Args:
        person: who reads; their department is taken from them.
        what: which page showed them.
        count: how many; where there were none, nothing is entered.
        at: now.
        everyones: whether entries about any department's data could be among them.
    """
    if not count:
        return
    own = getattr(person, "department", None)
    record(
        "audit.log.read",
        by=person,
        department=own,
        provider=None if everyones else own,
        detail={"what": what, "entries": count},
        at=at,
    )


def append(entries: Sequence[New], connection: Connection[Any]) -> list[Entry]:
    """Append many at once on a psycopg connection, in its running transaction or in one of its own."""
    return [_entry(appended) for appended in log.append(connection, entries)]


def _code(unit: Unit | str | None) -> str:
    return unit if isinstance(unit, str) else unit.code if unit else ""


def _entry(appended: log.Appended) -> Entry:
    """The row as it now stands."""
    new = appended.new
    row = {
        "seq": appended.seq,
        "at": new.at,
        **{name: getattr(new, name) for name in log.WIDTHS},
        "text": appended.text,
        "leaf": appended.leaf,
    }
    return Entry.from_db(None, list(row), list(row.values()))
