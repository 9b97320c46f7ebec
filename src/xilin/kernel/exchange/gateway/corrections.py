"""校核 at the gateway: a system disputes a value it was answered, and pulls the corrections of values it has.

These calls are few and end in actions of the exchange, which wait for the log themselves; each is carried out in a thread
with a connection of its own, so that look-ups go on meanwhile.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from django.db import connections
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from xilin.kernel.audit import queries as audit
from xilin.kernel.exchange.actions import disputes
from xilin.kernel.exchange.dispute_models import Dispute, Notice
from xilin.kernel.exchange.gateway import errors
from xilin.kernel.exchange.gateway.book import Book
from xilin.kernel.exchange.gateway.calls import Value, Word, typed
from xilin.kernel.exchange.gateway.checks import Access
from xilin.kernel.exchange.models import Client
from xilin.lib.errors import NotFound

PATHS = re.compile(
    r"/v1/resources/(?P<code>[^/]+)/dispute|/v1/corrections(?:/(?P<notice>[0-9]{1,18})/acknowledge)?"
)
LARGEST_BODY = 64 * 1024
MOST = 100
T = TypeVar("T")


class DisputeCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A value is wrong: the look-up it was answered to, the item, what it should be, and why.

    `entry` is the number in the receipt of the answer, where one of several look-ups is meant.
    """

    by: Annotated[dict[Word, Value], Meta(min_length=1, max_length=5)]
    item: Word
    claimed: Annotated[str, Meta(min_length=1, max_length=200)]
    grounds: Annotated[str, Meta(min_length=1, max_length=2000)]
    evidence: Annotated[str, Meta(max_length=2000)] = ""
    entry: Annotated[int, Meta(ge=0)] | None = None


def serves(path: str) -> bool:
    """Whether an address is one of these."""
    return PATHS.fullmatch(path) is not None


def method(path: str) -> str:
    """The method an address takes."""
    return "GET" if path == "/v1/corrections" else "POST"


async def body(request: Request) -> bytes:
    """The body of a call, refused once it is known to be too large."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST_BODY:
            raise errors.BodyTooLarge(most=LARGEST_BODY)
    return found


async def answer(
    request: Request, given: bytes, access: Access, book: Book, zone: ZoneInfo
) -> tuple[int, dict[str, Any]]:
    """Carry a call out for the system whose key it came with; status and body."""
    found = PATHS.fullmatch(request.url.path)
    assert found is not None  # noqa: S101 - `serves` said so
    at, client = access.at, access.key.client_id
    if code := found["code"]:
        call = _read(given)
        served = book.resources.get(code)
        if served is None:
            raise errors.ResourceUnknown
        access.resource, access.provider = served.code, served.resource.provider
        by = {
            column: typed(served.elements[column].type, column, value, zone)
            for column, value in call.by.items()
            if column in served.elements
        }
        if len(by) != len(call.by):
            raise errors.NotALookUpColumn(resource=served.title, allowed=", ".join(served.resource.lookup))
        return 201, await _aside(lambda: _dispute(code, by, call, client, at))
    if notice := found["notice"]:
        return 200, await _aside(lambda: _acknowledge(int(notice), client, at))
    after = request.query_params.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise errors.CallWrong(what="after")
    return 200, await _aside(lambda: _pull(int(after), client, at))


def respond(status: int, said: dict[str, Any], headers: dict[str, str]) -> Response:
    """The answer as JSON."""
    return Response(msgspec.json.encode(said), status, headers=headers, media_type="application/json")


def _read(body: bytes) -> DisputeCall:
    try:
        return msgspec.json.decode(body, type=DisputeCall)
    except msgspec.ValidationError as error:
        raise errors.CallWrong(what=str(error)[:200]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise errors.BodyNotJson from None


async def _aside(work: Callable[[], T]) -> T:
    def carried() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(carried)


def _client(pk: int) -> Client:
    return Client.objects.select_related("department").get(pk=pk)


def _dispute(code: str, by: dict[str, Any], call: DisputeCall, client: int, at: datetime) -> dict[str, Any]:
    made = disputes.dispute(
        resource=code,
        by=by,
        column=call.item,
        claimed=call.claimed,
        grounds=call.grounds,
        evidence=call.evidence,
        entry=call.entry,
        client=_client(client),
        at=at,
    )
    entry = audit.entries(kind="exchange.dispute.opened", subject=made.number)[0]
    return {"dispute": _told(made), "receipt": audit.receipt(entry.seq)}


def _told(made: Dispute) -> dict[str, Any]:
    case = made.case
    return {
        "number": made.number,
        "state": str(made.state),
        "resource": made.resource,
        "item": made.column,
        "provider": made.provider.code,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }


def _acknowledge(notice: int, client: int, at: datetime) -> dict[str, Any]:
    found = Notice.objects.filter(pk=notice, client=client).first()
    if found is None:
        raise NotFound(kind=Notice._meta.verbose_name, name=notice)
    return {"correction": _shown(disputes.acknowledge(found, client=_client(client), at=at))}


def _pull(after: int, client: int, at: datetime) -> dict[str, Any]:
    rows = disputes.pull(_client(client), after, at=at, most=MOST)
    return {"corrections": [_shown(one) for one in rows], "next": rows[-1].pk if rows else after}


def _shown(notice: Notice) -> dict[str, Any]:
    """A notice names no person: the system finds its own record by the entries of its own look-ups."""
    return {
        "id": notice.pk,
        "number": notice.dispute.number,
        "resource": notice.resource,
        "item": notice.column,
        "entries": notice.entries,
        "corrected_at": notice.made_at.isoformat(),
        "acknowledged_at": notice.acknowledged_at.isoformat() if notice.acknowledged_at else None,
    }
