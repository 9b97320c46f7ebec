"""Routes of bulk files and subscriptions.

POST   /v1/resources/{code}/export           a file is asked for
GET    /v1/exports/{number}                  how it stands, with its receipt
GET    /v1/exports/{number}/file             its bytes, whole or a range
DELETE /v1/exports/{number}                  it is let go of
POST   /v1/resources/{code}/subscriptions    a subscription begins
GET    /v1/subscriptions/{number}            how it stands
GET    /v1/subscriptions/{number}/changes    the changes after a cursor
POST   /v1/subscriptions/{number}/state      the whole state is asked for as a file
DELETE /v1/subscriptions/{number}            it ends
GET    /v1/push-key                          the key that pushed messages are signed with; needs no key

They are rare beside look-ups and each does several things in one transaction, so the work is done by the platform's
own actions in a thread with a database connection of its own.
"""

import asyncio
import base64
import hashlib
import re
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from django.conf import settings
from django.db import connection, connections
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from xilin.kernel.audit import queries as audit
from xilin.kernel.exchange import changes, signatures
from xilin.kernel.exchange import delivery_errors as refusals
from xilin.kernel.exchange import delivery_scope as scopes
from xilin.kernel.exchange.actions import exports, feeds
from xilin.kernel.exchange.delivery_models import Export, Subscription
from xilin.kernel.exchange.gateway import calls, checks, errors
from xilin.kernel.exchange.gateway import signatures as signed_calls
from xilin.kernel.exchange.gateway.checks import Access
from xilin.kernel.standards.queries import declaration

LARGEST = 16 * 1024
CHUNK = 1 << 18
LOOK_EVERY = 0.5
NUL = "\\u0000"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
TYPES = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8"}
_PATH = re.compile(
    r"/v1/(?:resources/(?P<code>[a-z0-9_]{1,60})/(?P<ask>export|subscriptions)"
    r"|exports/(?P<export>E[0-9a-f-]{5,23})(?P<file>/file)?"
    r"|subscriptions/(?P<subscription>S[0-9a-f-]{5,23})(?P<of>/changes|/state)?"
    r"|(?P<key>push-key))"
)
_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")
Word = Annotated[str, Meta(min_length=1, max_length=60)]
CaseNumber = Annotated[str, Meta(min_length=1, max_length=64)]
T = TypeVar("T")


class ExportCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is asked for: why, in which format, which columns (everything granted where left out), since which file."""

    purpose: Word
    case_number: CaseNumber
    format: Literal["parquet", "csv"] = "parquet"
    items: Annotated[list[Word], Meta(min_length=1, max_length=200)] | None = None
    since: Annotated[str, Meta(max_length=24)] | None = None


class SubscriptionCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A subscription that begins: why, and the number of the approved address to push to; none to pull."""

    purpose: Word
    case_number: CaseNumber
    target: int | None = None


class StateCall(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole state of a subscription as a file, in which format."""

    format: Literal["parquet", "csv"] = "parquet"


def serves(path: str) -> bool:
    """Whether an address is one of these."""
    return _PATH.fullmatch(path) is not None


async def answer(
    request: Request,
    access: Access | None,
    clock: Callable[[], datetime],
    let_in: Callable[[Access | None], None],
) -> Response:
    """Answer a call to one of these addresses, or raise the Refusal.

    Args:
        access: who calls; `let_in` refuses who may not.
    """
    found = _PATH.fullmatch(request.url.path)
    assert found is not None  # noqa: S101 - `serves` said so
    if found["key"]:
        _only(request, "GET", "HEAD")
        return _json(_push_key())
    let_in(access)
    assert access is not None  # noqa: S101 - let in
    body = await _body(request)
    access.at = clock()
    let_in(access)
    if access.signer is not None:
        if body:
            signed_calls.check_digest(signed_calls.Message.of(request.scope), body)
        await aside(_use_nonce, access)
    if found["code"]:
        _only(request, "POST")
        return await (_export if found["ask"] == "export" else _subscribe)(found["code"], body, access)
    if found["export"]:
        return await _of_export(request, found["export"], bool(found["file"]), access, clock)
    return await _of_subscription(request, found["subscription"], found["of"] or "", body, access)


# Files


async def _export(code: str, body: bytes, access: Access) -> Response:
    call = _read(body, ExportCall)
    await _note(access, code, call.purpose, call.case_number)
    access.items = tuple(call.items or ())
    made = await aside(
        exports.ask_export,
        access.key.client_id,
        code,
        purpose=call.purpose,
        case_number=call.case_number,
        kind=call.format,
        columns=call.items,
        since=call.since,
        at=access.at,
        signed=access.signer is not None,
    )
    return _json(await aside(_told, made), 202, {"Location": f"/v1/exports/{made.number}"})


async def _of_export(
    request: Request, number: str, file: bool, access: Access, clock: Callable[[], datetime]
) -> Response:
    client = access.key.client_id
    if file:
        _only(request, "GET")
        return await _file(request, number, access, clock)
    _only(request, "GET", "HEAD", "DELETE")
    if request.method == "DELETE":
        await aside(exports.give_up, client, number, at=access.at)
    export = await aside(exports.export_of, client, number)
    return _json(await aside(_told, export))


def _told(export: Export) -> dict[str, Any]:
    """How a file stands; once it is made with the receipt of the entry that says what it holds."""
    said: dict[str, Any] = {
        "export": export.number,
        "resource": export.grant.resource.code,
        "grant": export.grant.number,
        "state": str(export.state),
        "format": str(export.format),
        "items": export.columns,
        "since": export.since.number if export.since else None,
    }
    if export.refusal is not None:
        said["refusal"] = export.refusal
    if export.entry is not None:
        said |= {
            "rows": export.rows,
            "bytes": export.bytes,
            "sha256": export.sha256,
            "snapshot": str(export.snapshot),
            "expires_at": export.expires_at.isoformat() if export.expires_at else None,
            "file": f"/v1/exports/{export.number}/file",
            "receipt": audit.receipt(export.entry),
        }
    if export.subscription is not None and export.cursor is not None:
        said["cursor"] = changes.cursor(export.subscription.number, export.epoch, export.cursor)
    return said


async def _file(request: Request, number: str, access: Access, clock: Callable[[], datetime]) -> Response:
    first, end = _wanted(request.headers.get("range"))
    part = await aside(
        exports.hand_out,
        access.key.client_id,
        number,
        at=access.at,
        first=first,
        end=end,
        signed=access.signer is not None,
    )
    return _Handed(part, request.headers.get("range") is not None, clock)


def _wanted(said: str | None) -> tuple[int | None, int | None]:
    """First byte and end of the range a header asks for; from a suffix its length with no first byte."""
    if said is None:
        return 0, None
    found = _RANGE.fullmatch(said.strip())
    if found is None or (found[1] is None and found[2] is None):
        raise refusals.RangeWrong(size="…")
    if found[1] is None:
        return None, int(found[2])
    return int(found[1]), int(found[2]) + 1 if found[2] is not None else None


class _Handed(Response):
    """Bytes of a file on their way; they stop within a second where the grant ends meanwhile."""

    def __init__(self, part: exports.Part, ranged: bool, clock: Callable[[], datetime]) -> None:
        export = part.export
        headers = {
            **HEADERS,
            "Content-Length": str(part.end - part.first),
            "Content-Disposition": f'attachment; filename="{export.number}.{export.format}"',
            "Accept-Ranges": "bytes",
            "ETag": f'"{export.sha256}"',
            "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(export.sha256)).decode()}:",
            "Link": f'</v1/exports/{export.number}>; rel="describedby"',
        }
        if ranged:
            headers["Content-Range"] = f"bytes {part.first}-{part.end - 1}/{export.bytes}"
        super().__init__(None, 206 if ranged else 200, headers, TYPES[export.format])
        self._part, self._clock = part, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the bytes chunk by chunk, looking at the grant on the way; note what went out however it ends."""
        part, place = self._part, self._part.first
        head = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            with part.path.open("rb") as file:
                await send(head)
                file.seek(place)
                looked = time.monotonic()
                while place < part.end:
                    if time.monotonic() - looked > LOOK_EVERY:
                        looked = time.monotonic()
                        if not await aside(scopes.alive, part.export.grant_id, self._clock()):
                            return  # the answer ends short of its length
                    chunk = await asyncio.to_thread(file.read, min(CHUNK, part.end - place))
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    place += len(chunk)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if place > part.first:
                await asyncio.shield(
                    aside(exports.handed_out, part.export.number, part.first, place, at=self._clock())
                )


# Subscriptions


async def _subscribe(code: str, body: bytes, access: Access) -> Response:
    call = _read(body, SubscriptionCall)
    await _note(access, code, call.purpose, call.case_number)
    made = await aside(
        feeds.subscribe,
        access.key.client_id,
        code,
        purpose=call.purpose,
        case_number=call.case_number,
        target=call.target,
        at=access.at,
        signed=access.signer is not None,
    )
    return _json(_standing(made), 201, {"Location": f"/v1/subscriptions/{made.number}"})


async def _of_subscription(request: Request, number: str, of: str, body: bytes, access: Access) -> Response:
    client, signed = access.key.client_id, access.signer is not None
    if of == "/changes":
        _only(request, "GET")
        pulled = await aside(
            feeds.pull,
            client,
            number,
            after=_after(request),
            most=_most(request),
            at=access.at,
            signed=signed,
        )
        return _json({"answer": pulled.answer, "receipt": pulled.receipt})
    if of == "/state":
        _only(request, "POST")
        call = _read(body or b"{}", StateCall)
        made = await aside(exports.ask_state, client, number, kind=call.format, at=access.at, signed=signed)
        return _json(await aside(_told, made), 202, {"Location": f"/v1/exports/{made.number}"})
    _only(request, "GET", "HEAD", "DELETE")
    if request.method == "DELETE":
        await aside(feeds.end, client, number, at=access.at)
    return _json(_standing(await aside(exports.subscription_of, client, number)))


def _after(request: Request) -> str | None:
    return request.query_params.get("after")


def _most(request: Request) -> int:
    said = request.query_params.get("limit", str(feeds.MOST_CHANGES))
    if not said.isdecimal() or len(said) > 6 or int(said) < 1:
        raise errors.CallWrong(what="limit")
    return int(said)


def _standing(found: Subscription) -> dict[str, Any]:
    return {
        "subscription": found.number,
        "resource": found.grant.resource.code,
        "grant": found.grant.number,
        "way": "push" if found.target_id else "pull",
        "state": str(found.state),
        "cursor": changes.cursor(found.number, found.epoch, found.seq),
        "changes": f"/v1/subscriptions/{found.number}/changes",
    }


def _push_key() -> dict[str, Any]:
    """The key of pushed messages, raw and as a JSON Web Key (RFC 8037)."""
    sender = signatures.sender(Path(settings.HOME))
    raw = base64.urlsafe_b64encode(sender.public).decode().rstrip("=")
    return {"keyid": sender.keyid, "alg": "ed25519", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": raw}}


# What they share


async def aside(work: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Carry an action out in a thread with a database connection of its own, which is closed after it."""

    def carried() -> T:
        try:
            return work(*arguments, **named)
        finally:
            connections.close_all()

    return await asyncio.to_thread(carried)


def _use_nonce(access: Access) -> None:
    """Use the nonce of a signed call up, or SignatureReplayed."""
    assert access.signer is not None  # noqa: S101 - the caller asked
    words = f"{access.signer.id}/{access.nonce}".encode()
    id_ = uuid.UUID(bytes=hashlib.sha256(words).digest()[:16])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exchange_nonce (id, call, until) VALUES (%s, %s, %s) ON CONFLICT (id) DO NOTHING",
            [id_, secrets.randbits(62), access.until],
        )
        if not cursor.rowcount:
            raise errors.SignatureReplayed


def _read(body: bytes, kind: type[T]) -> T:
    """What a body holds; BodyNotJson or CallWrong where it is something else. What is said names no value that was sent."""
    try:
        call = msgspec.json.decode(body, type=kind)
        said = msgspec.json.encode(call).decode("utf-8")  # a lone surrogate is JSON but no text
    except msgspec.ValidationError as error:
        raise errors.CallWrong(what=calls._without_values(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise errors.BodyNotJson from None
    if NUL in said:  # text to JSON, but to no database
        raise errors.CallWrong(what="NUL")
    return call


async def _note(access: Access, code: str, purpose: str, case_number: str) -> None:
    """Note what is asked for in what the log keeps, as far as it is declared; CaseNumberWrong where it is none."""
    access.provider, access.purpose = await aside(_declared, code, purpose)
    access.resource = code if access.provider else ""
    checks._check_case_number(case_number, [])
    access.case_number = case_number


def _declared(code: str, purpose: str) -> tuple[str, str]:
    """The provider of a resource and the purpose, as far as they are declared."""
    told = declaration("resource", code)
    return told.provider if told else "", purpose if declaration("purpose", purpose) else ""


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise errors.BodyTooLarge(most=LARGEST)
    return body


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise errors.MethodWrong(method=request.method, allowed=", ".join(methods))


def _json(said: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(said), status, headers=HEADERS | (headers or {}), media_type="application/json"
    )
