"""What a system may do in the repository (访问权): entered by the operators, asked at every call."""
# Statements are put together from the texts of this module and of `finding` alone.
# ruff: noqa: S608

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

from xilin.apps.trace.repository.capture import party_number
from xilin.apps.trace.repository.finding import Viewer, visible


class Rights(NamedTuple):
    """Who a system is here, and what it may do."""

    viewer: Viewer
    may_capture: bool
    may_query: bool


def rights(connection: Connection[Any], client: str) -> Rights | None:
    """The rights of a system, None where it was given none or they were ended."""
    row = connection.execute(
        "SELECT p.id, p.code, p.ids, a.sees_all, a.may_capture, a.may_query FROM trace_access a"
        " JOIN trace_party p ON p.id = a.party_id WHERE a.client = %s AND a.ended_at IS NULL",
        [client],
    ).fetchone()
    if row is None:
        return None
    number, code, ids, sees_all, may_capture, may_query = row
    return Rights(Viewer(client, number, code, sees_all, tuple(ids)), may_capture, may_query)


def give(
    connection: Connection[Any],
    client: str,
    *,
    party: str,
    name: str = "",
    ids: tuple[str, ...] = (),
    capture: bool = False,
    query: bool = False,
    everything: bool = False,
    at: datetime,
) -> None:
    """Let a system capture or query for a party; replaces what it was given before.

    Args:
        ids: identifiers of the party (GLN, PGLN as Digital Links) by which events name it as source or destination.
    """
    with connection.transaction():
        number = party_number(connection, party)
        if name or ids:
            connection.execute(
                "UPDATE trace_party SET name = %s, ids = %s WHERE id = %s", [name, Jsonb(list(ids)), number]
            )
        connection.execute(
            "INSERT INTO trace_access (client, party_id, may_capture, may_query, sees_all, given_at)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (client) DO UPDATE SET party_id = EXCLUDED.party_id,"
            " may_capture = EXCLUDED.may_capture, may_query = EXCLUDED.may_query, sees_all = EXCLUDED.sees_all,"
            " given_at = EXCLUDED.given_at, ended_at = NULL",
            [client, number, capture, query, everything, at],
        )


def end(connection: Connection[Any], client: str, *, at: datetime) -> bool:
    """End a system's rights; whether it had any."""
    cursor = connection.execute(
        "UPDATE trace_access SET ended_at = %s WHERE client = %s AND ended_at IS NULL", [at, client]
    )
    return cursor.rowcount > 0


class Sights(NamedTuple):
    """Which of some events a party may read: those by which it had goods, and which of these say that it made them; all it may
    read whole.
    """

    had: frozenset[int]
    made: frozenset[int]
    whole: frozenset[int]


def sights(
    connection: Connection[Any], viewer: Viewer, events: Iterable[int], *, since: Any, until: Any
) -> Sights:
    """What a viewer may read of these events, which happened from `since` to `until` (both included).

    `genealogy.sharing` works out from `had` which goods a party had and so which chains it may follow (decision 0224).
    """
    numbers = list(events)
    if viewer.sees_all:
        return Sights(*[frozenset(numbers)] * 3)
    named = "e.party = %s OR coalesce(e.parties && %s::text[], false)"
    made = "e.party = %s AND (e.type = 'TransformationEvent' OR e.type = 'ObjectEvent' AND e.action = 'ADD')"
    may = visible(viewer)
    rows = connection.execute(
        f"SELECT e.id, ({named}), ({made}) FROM trace_event e"
        f" WHERE e.id = ANY(%s) AND e.event_time BETWEEN %s AND %s AND {may.text}",
        [viewer.party, list(viewer.ids), viewer.party, numbers, since, until, *may.values],
    ).fetchall()
    return Sights(
        frozenset(id for id, had, _ in rows if had),
        frozenset(id for id, _, made in rows if made),
        frozenset(id for id, *_ in rows),
    )


def viewer(connection: Connection[Any], party: str) -> Viewer | None:
    """A party as one who looks, without a system's rights: what a person of that party sees; None where it isn't known."""
    row = connection.execute("SELECT id, code, ids FROM trace_party WHERE code = %s", [party]).fetchone()
    return None if row is None else Viewer("", row[0], row[1], ids=tuple(row[2]))
