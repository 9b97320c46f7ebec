"""Pages (分页): a token says where the next one begins; it is kept here, belongs to one caller and question, and expires."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from psycopg import Connection
from psycopg.types.json import Jsonb

from xilin.apps.trace.repository.errors import QueryParameterWrong
from xilin.apps.trace.repository.rest.calls import Answer, Call

LASTS = timedelta(minutes=10)


def began(call: Call) -> dict[str, Any] | None:
    """Where the page asked for begins, None for the first; QueryParameterWrong for a token that isn't one (any more)."""
    token = call.parameters.get("nextPageToken")
    if token is None:
        return None
    row = call.connection.execute(
        "SELECT place FROM trace_pagetoken WHERE token = %s AND client = %s AND asked = %s AND expires_at > %s",
        [token.replace("\0", ""), call.viewer.client, _asked(call), call.at],
    ).fetchone()
    if row is None:
        raise QueryParameterWrong(name="nextPageToken", why="-")
    return dict(row[0])


def linked(call: Call, answer: Answer, after: dict[str, Any] | None) -> Answer:
    """The answer with the way to its next page, where there is one."""
    if after is None:
        return answer
    token, expires = secrets.token_urlsafe(24), call.at + LASTS
    call.connection.execute(
        "INSERT INTO trace_pagetoken (token, client, asked, place, expires_at) VALUES (%s, %s, %s, %s, %s)",
        [token, call.viewer.client, _asked(call), Jsonb(after), expires],
    )
    call.connection.execute(
        "DELETE FROM trace_pagetoken WHERE token IN"
        " (SELECT token FROM trace_pagetoken WHERE expires_at < %s LIMIT 100)",
        [call.at],
    )
    kept = [pair for pair in parse_qsl(call.query, keep_blank_values=True) if pair[0] != "nextPageToken"]
    address = f"{call.path}?{urlencode([*kept, ('nextPageToken', token)], quote_via=quote)}"
    answer.headers["Link"] = f'<{address}>; rel="next"'
    answer.headers["GS1-Next-Page-Token-Expires"] = told(expires)
    return answer


def forget(connection: Connection[Any], token: str, client: str) -> None:
    """End a token; one that isn't there, or is another's, is left as it is."""
    connection.execute(
        "DELETE FROM trace_pagetoken WHERE token = %s AND client = %s", [token.replace("\0", ""), client]
    )


def listed(
    call: Call, fetch: Callable[[Any, int], Sequence[tuple[Any, Any]]]
) -> tuple[list[Any], dict[str, Any] | None]:
    """A page of a plain list: `fetch(after, count)` gives (place, item) pairs in order."""
    start = began(call)
    size = call.size
    found = fetch(start["after"] if start else None, size + 1)
    after = {"after": found[size - 1][0]} if len(found) > size else None
    return [item for _, item in found[:size]], after


def told(at: datetime) -> str:
    """A time as headers and documents write it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _asked(call: Call) -> str:
    """What was asked, without where and how much."""
    kept = sorted(
        pair
        for pair in parse_qsl(call.query, keep_blank_values=True)
        if pair[0] not in ("nextPageToken", "perPage")
    )
    said = f"{call.path}\n{urlencode(kept)}\n{call.headers.get('gs1-extensions', '')}"
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()
