"""The gateway itself: an ASGI application that opens its connections when the first call comes."""

import asyncio
import contextlib
import gc
import hashlib
import logging
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
import psycopg
from django.conf import settings
from django.db import connection as django_connection
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from xilin import __version__
from xilin.kernel.audit import durability
from xilin.kernel.audit.errors import NotDurable
from xilin.kernel.audit.log import verifier_key
from xilin.kernel.exchange import trying
from xilin.kernel.exchange.actions.notices import CHANNEL
from xilin.kernel.exchange.gateway import batches, calls, deliveries, errors, lists, openapi, signatures
from xilin.kernel.exchange.gateway import book as books
from xilin.kernel.exchange.gateway import corrections as correcting
from xilin.kernel.exchange.gateway.book import Book, Held, Key, Served
from xilin.kernel.exchange.gateway.checks import Access, permit, permit_match
from xilin.kernel.exchange.gateway.counting import WRITTEN, Counts
from xilin.kernel.exchange.gateway.desk import Answered, Desk, Pool
from xilin.kernel.exchange.gateway.waiting import end
from xilin.kernel.exchange.keys import secret
from xilin.lib.asgi import lifespan
from xilin.lib.errors import Refusal

NAME = "xilin gateway"
LARGEST_BODY = 64 * 1024
LARGEST_BATCH = 4 * 1024 * 1024
HEALTH = "/v1/health"
KINDS = ("lookup", "match", "batch", "list")
NEWER_BOOK = (
    errors.NotGranted,
    errors.GrantNotInForce,
    errors.PurposeWrong,
    errors.MatchNotGranted,
    errors.ListNotGranted,
)
P = TypeVar("P")
REREAD = 10.0
TALLIED = 5.0
AT_MOST_EVERY = 0.2
PATIENCE = 5.0
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_RAW = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_RAW.append((b"content-type", b"application/json"))
SIGNATURE = (b"signature-input", b"signature")
_log = logging.getLogger(__name__)


def connection_settings() -> dict[str, Any]:
    """How Django reaches the database, for psycopg."""
    known = django_connection.get_connection_params()
    found = {name: value for name, value in known.items() if name not in {"cursor_factory", "context"}}
    return found | {"application_name": NAME}


class Gateway:
    """The ASGI application.

    Args:
        clock: the time; tests bring their own.
        alone: whether the process serves nothing else; what is there once it is open is then kept out of garbage
            collection, which would go through some 400,000 objects of libraries while all calls wait.
    """

    def __init__(
        self, clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, alone: bool = False
    ) -> None:
        self._clock, self._alone = clock, alone
        self._zone = ZoneInfo(settings.TIME_ZONE)
        self._home = Path(settings.HOME)
        self._cursors = b""
        self._routes = {
            HEALTH: self._health, "/v1/key": self._verifier_key, "/v1/openapi.json": self._document,
        }  # fmt: skip
        address = urlsplit(settings.GATEWAY_URL)
        self._origin = (address.scheme, address.netloc) if settings.GATEWAY_URL else None
        self._book = books.EMPTY
        self._read_at = float("-inf")
        self._opening: asyncio.Future[None] | None = None
        self._reading: asyncio.Lock | None = None
        self._pools: list[Pool] = []
        self._listener: asyncio.Task[None] | None = None
        self._counter: asyncio.Task[None] | None = None
        self._counts = Counts()
        self._timer: asyncio.Task[None] | None = None
        self._desk: Desk | None = None
        self._openapi: tuple[Book, bytes] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other kinds of traffic are not spoken here."""
        if scope["type"] == "lifespan":
            await lifespan(receive, send, end=self.close)
        elif scope["type"] == "http":
            request = Request(scope, receive)
            begun = time.perf_counter()
            with contextlib.suppress(ClientDisconnect):
                response = await self._respond(request)
                if scope["path"] != HEALTH:
                    self._counts.note(self._clock(), response.status_code, time.perf_counter() - begun)
                await response(scope, receive, send)

    # Opening and closing

    async def open(self) -> None:
        """Connect, read the book, listen. Called by every request; the first one does it, the others wait."""
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        try:
            await asyncio.shield(self._opening)
        except Exception as error:
            self._opening = None
            if isinstance(error, NotDurable):
                _log.error("%s %s", error, error.advice)
            raise errors.LogUnavailable from None

    async def _open(self) -> None:
        known = connection_settings()
        options = known.pop("options", "")
        fast = {**known, "options": f"{options} -c synchronous_commit=off".strip()}
        durable = {**known, "options": options} if options else known
        self._reading = asyncio.Lock()
        self._cursors = secret(self._home, "cursors")
        self._pools = [_pool(fast), _pool(durable)]
        try:
            for pool in self._pools:
                await pool.open(wait=True, timeout=PATIENCE)
            async with self._pools[1].connection() as connection:
                durability.judge(await (await connection.execute(durability.LAX)).fetchall())
            await self._read()
        except BaseException:
            for pool in self._pools:
                await pool.close()
            raise
        fast_pool, durable_pool = self._pools
        self._desk = Desk(fast_pool, durable_pool, self._zone, self._read, settings.VERIFY_LIMIT)
        self._listener = asyncio.create_task(self._listen(durable))
        self._counter = asyncio.create_task(self._write_tallies())
        self._timer = asyncio.create_task(self._write_counts())
        if self._alone:
            gc.collect()
            gc.freeze()

    async def close(self) -> None:
        """Let go of everything."""
        tasks = (self._listener, self._counter, self._timer)
        await end(*(task for task in tasks if task is not None))
        if self._desk is not None:
            await self._desk.close()
            with contextlib.suppress(psycopg.Error, PoolTimeout):
                await self._desk.write_tallies()
                await self._counts.write(self._pools[0])
        for pool in self._pools:
            await pool.close()
        self._opening = self._listener = self._counter = self._timer = self._desk = None
        self._pools = []

    # The book

    async def _read(self) -> Book:
        """Read the book anew; of several who ask at once each gets one read after it asked."""
        assert self._reading is not None  # noqa: S101 - `_open` made it
        asked = _now()
        async with self._reading:
            if self._read_at < asked:
                begun = _now()
                async with self._pools[0].connection() as connection:
                    self._book = await books.read(connection, self._home)
                self._read_at = begun
        return self._book

    async def _listen(self, known: dict[str, Any]) -> None:
        """Read anew whenever a grant, key or table changes, after every reconnect, and now and then anyway."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**known, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        await self._read()
                        async for _ in connection.notifies(timeout=REREAD, stop_after=1):
                            pass
            except (psycopg.Error, OSError) as error:
                _log.warning("the listener lost its connection: %s", type(error).__name__)
                await asyncio.sleep(0.2)
            except Exception as error:
                # Whatever it was, a listener that ended would leave the gateway with one book for ever.
                _log.error("the book can't be read: %s", type(error).__name__)
                await asyncio.sleep(1)

    async def _write_tallies(self) -> None:
        """Write down now and then what was counted; where the database is away, the next time."""
        while True:
            await asyncio.sleep(TALLIED)
            try:
                assert self._desk is not None  # noqa: S101 - open
                await self._desk.write_tallies()
            except (psycopg.Error, PoolTimeout) as error:
                _log.warning("use can't be written down: %s", type(error).__name__)

    async def _write_counts(self) -> None:
        """Write down twice a second how many calls there were; where the database is away, the next time."""
        while True:
            await asyncio.sleep(WRITTEN)
            try:
                await self._counts.write(self._pools[0])
            except (psycopg.Error, PoolTimeout) as error:
                _log.warning("calls can't be counted: %s", type(error).__name__)

    async def _not_too_old(self) -> None:
        """Before a key or grant is said not to be there: read anew, five times a second at most."""
        if _now() - self._read_at > AT_MOST_EVERY:
            await self._read()

    # Requests

    async def _respond(self, request: Request) -> Response:
        try:
            await self.open()
            return await self._answer(request)
        except Refusal as refusal:
            return problem(request, refusal)
        except (psycopg.OperationalError, TimeoutError) as error:
            _log.error("the database can't be reached: %s", type(error).__name__)
            return problem(request, errors.LogUnavailable())
        except ClientDisconnect:
            raise
        except Exception as error:
            # What an exception says may hold what was looked up: only its kind and place are written down.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s in %s:%s", type(error).__name__, frame.name, frame.lineno)
            return problem(request, errors.Defect())

    async def _answer(self, request: Request) -> Response:
        """One request; whoever carries a known key and is refused is entered in the log."""
        access = await self._access(request)
        if access is None:
            return await self._route(request, None)
        try:
            return await self._route(request, access)
        except (errors.LogUnavailable, errors.Defect):
            raise
        except Refusal as refusal:
            assert self._desk is not None  # noqa: S101 - open
            return problem(request, refusal, await self._desk.deny(access, refusal))

    async def _access(self, request: Request) -> Access | None:
        """Who calls: by a key, by a signature, or by both of one system; None by neither.

        A signature that doesn't hold proves nobody, so it is entered only where a key was sent beside it.
        """
        key, at = await self._key(request), self._clock()
        if not any(name in SIGNATURE for name, _ in request.scope["headers"]):
            return None if key is None else Access(at, key)
        message = signatures.Message.of(request.scope, self._origin)
        try:
            found = signatures.signatures(message)
            signer, signature = await self._signer(found)
            assert signer.public is not None  # noqa: S101 - signers have one
            until = signatures.judge(signature, message, signer.public, at)
            if key is not None and key.client_id != signer.client_id:
                raise errors.SignersDiffer
        except Refusal as refusal:
            if key is None:
                raise
            return Access(at, key, refused=refusal)
        trial = bool(signer.trial) or signature.tag == trying.TAG
        return Access(at, key or signer, signer, signature.nonce, until, trial=trial)

    async def _signer(self, found: list[signatures.Signature]) -> tuple[Key, signatures.Signature]:
        """The first signature by a key that is known here, and the key."""
        if all(one.keyid not in self._book.signers for one in found):
            await self._not_too_old()
        for one in found:
            if one.keyid in self._book.signers:
                return self._book.signers[one.keyid], one
        raise errors.SignerUnknown

    async def _key(self, request: Request) -> Key | None:
        """The key a request carries: None without one, KeyUnknown where nobody was given it."""
        scheme, _, text = _field(request, b"authorization").partition(b" ")
        if scheme.lower() != b"bearer" or not text.strip():
            return None
        digest = hashlib.sha256(text.strip()).hexdigest()
        if digest not in self._book.keys:
            await self._not_too_old()
        key = self._book.keys.get(digest)
        if key is None:
            raise errors.KeyUnknown
        return key

    async def _route(self, request: Request, access: Access | None) -> Response:
        path: str = request.scope["path"]
        routes = self._routes
        if path in routes:
            _only(request, "GET", "HEAD")
            return await routes[path]()
        parts = path.split("/")
        if access is not None and access.signer is not None and access.signer.trial:
            _of_trial(parts, access.signer.trial)
        if deliveries.serves(path):
            return await deliveries.answer(request, access, self._clock, _let_in)
        if correcting.serves(path):
            return await self._corrected(request, access)
        if len(parts) == 5 and parts[:3] == ["", "v1", "grants"] and parts[4] == "openapi.json":
            return await self._grant_document(request, access, parts[3])
        if len(parts) != 5 or parts[:3] != ["", "v1", "resources"] or parts[4] not in KINDS:
            raise errors.PathUnknown
        _let_in(access)
        assert access is not None  # noqa: S101 - let in
        _only(request, "POST")
        return await self._called(parts[3], request, access, parts[4])

    async def _called(self, code: str, request: Request, access: Access, kind: str) -> Response:
        body = await _body(request, LARGEST_BATCH if kind == "batch" else LARGEST_BODY)
        # A body may take its time. Hours, term and quota are those of the moment at which it is all here.
        access.at = self._clock()
        if not access.in_force():
            raise errors.KeyEnded
        if access.signer is not None:
            signatures.check_digest(signatures.Message.of(request.scope), body)
        answered = await self._answered(kind, code, body, access)
        if answered.refusal is not None:
            return problem(request, answered.refusal, answered)
        said = b'{"answer":%b,"receipt":%b}' % (answered.body, msgspec.json.encode(answered.receipt))
        return Said(said)

    async def _answered(self, kind: str, code: str, body: bytes, access: Access) -> Answered:
        """Read and judge a call, and carry it through."""
        assert self._desk is not None  # noqa: S101 - open
        zone = self._zone
        if kind == "batch":
            batch = calls.read_batch(body, settings.BATCH_MOST)
            _few(access, batch.length)
            permitted = await self._judged(
                lambda: batches.permit_batch(self._book, code, batch, access, zone)
            )
            return await batches.carry(self._desk, permitted)
        if kind == "list":
            wanted = calls.read_list(body)
            _few(access, wanted.size)
            page = await self._judged(
                lambda: lists.permit_list(self._book, code, wanted, access, zone, self._cursors)
            )
            return await lists.carry(self._desk, page)
        if kind == "match":
            match = calls.read_match(body)
            return await self._desk.answer(
                await self._judged(lambda: permit_match(self._book, code, match, access, zone))
            )
        call = calls.read(body)
        return await self._desk.answer(
            await self._judged(lambda: permit(self._book, code, call, access, zone))
        )

    async def _judged(self, judge: Callable[[], P]) -> P:
        """What a call is judged to be by the book; by a new one before it is told that something isn't granted."""
        try:
            return judge()
        except NEWER_BOOK:
            await self._not_too_old()
            return judge()

    async def _corrected(self, request: Request, access: Access | None) -> Response:
        """Disputes and corrections."""
        _let_in(access)
        assert access is not None  # noqa: S101 - let in
        _only(request, correcting.method(request.url.path))
        body = await correcting.body(request)
        access.at = self._clock()
        if access.signer is not None:
            signatures.check_digest(signatures.Message.of(request.scope), body)
        status, said = await correcting.answer(request, body, access, self._book, self._zone)
        return correcting.respond(status, said, _HEADERS)

    async def _grant_document(self, request: Request, access: Access | None, number: str) -> Response:
        """What may be asked under a grant, for the system that holds it; one that isn't its own isn't there."""
        _let_in(access)
        assert access is not None  # noqa: S101 - let in
        _only(request, "GET", "HEAD")
        found = _held(self._book, access, number)
        if found is None:
            await self._not_too_old()
            found = _held(self._book, access, number)
        if found is None:
            raise errors.GrantUnknown
        held, served = found
        return _json(msgspec.json.encode(openapi.grant_document(self._book, held, served, __version__)))

    async def _health(self) -> Response:
        async with self._pools[0].connection(timeout=PATIENCE) as connection:
            await connection.execute("SELECT 1")
        served = sum(one.ready for one in self._book.resources.values())
        return _json(msgspec.json.encode({"status": "ok", "version": __version__, "resources": served}))

    async def _verifier_key(self) -> Response:
        async with self._pools[0].connection(timeout=PATIENCE) as connection:
            return _json(msgspec.json.encode({"key": await verifier_key(connection)}))

    async def _document(self) -> Response:
        if self._openapi is None or self._openapi[0] is not self._book:
            self._openapi = self._book, msgspec.json.encode(openapi.document(self._book, __version__))
        return _json(self._openapi[1])


class Said(Response):
    """An answer in JSON, its headers written once and for all."""

    def __init__(self, body: bytes) -> None:
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [*_RAW, (b"content-length", b"%d" % len(body))]


def problem(request: Request, refusal: Refusal, answered: Answered | None = None) -> Response:
    """A refusal as problem+json (RFC 9457), in the reader's language, with the receipt of its entry."""
    with translation.override(_language(request)):
        said: dict[str, Any] = {
            "type": refusal.code,
            "title": str(refusal),
            "status": refusal.status,
            "detail": refusal.advice,
        }
    if answered is not None:
        said["receipt"] = answered.receipt
    headers = dict(_HEADERS)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, errors.MethodWrong):
        headers["Allow"] = str(refusal.facts["allowed"])
    if refusal.status == 503:
        headers["Retry-After"] = "1"
    return Response(
        msgspec.json.encode(said), refusal.status, headers=headers, media_type="application/problem+json"
    )


def _held(book: Book, access: Access, number: str) -> tuple[Held, Served] | None:
    """A grant of the caller's by its number, with its resource; None where there is none in force."""
    for (client, code), grants in book.grants.items():
        if client == access.key.client_id and code in book.resources:
            for held in grants:
                if held.number == number and held.in_force(access.at):
                    return held, book.resources[code]
    return None


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers=_HEADERS)


def _let_in(access: Access | None) -> None:
    """The refusal of a call without a key in force, or with a signature that doesn't hold."""
    if access is None:
        raise errors.KeyMissing
    if access.refused is not None:
        raise access.refused
    if not access.in_force():
        raise errors.KeyEnded


def _of_trial(parts: list[str], number: str) -> None:
    """TrialOnly where a trial key is used for anything but calls, or the description of its own grant."""
    called = len(parts) == 5 and parts[2] == "resources" and parts[4] in KINDS
    if not called and parts[2:] != ["grants", number, "openapi.json"]:
        raise errors.TrialOnly(number=number)


def _few(access: Access, records: int) -> None:
    """TrialTooLarge where a trial call is for more than somebody reads."""
    if access.trial and records > trying.RECORDS:
        raise errors.TrialTooLarge(most=trying.RECORDS)


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise errors.MethodWrong(method=request.method, allowed=", ".join(methods))


async def _body(request: Request, most: int) -> bytes:
    """The body, refused once it is known to be too large."""
    said = _field(request, b"content-length")
    if len(said) > 9 or (said.isdigit() and int(said) > most):
        raise errors.BodyTooLarge(most=most)
    chunks, length, more = [], 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        chunks.append(chunk)
        length += len(chunk)
        if length > most:
            raise errors.BodyTooLarge(most=most)
    return b"".join(chunks)


def _field(request: Request, name: bytes) -> bytes:
    """A header's value, empty without one; of several the first."""
    for key, value in request.scope["headers"]:
        if key == name:
            return bytes(value)
    return b""


def _language(request: Request) -> str:
    """English where the reader prefers it to Chinese, else Chinese."""
    for tag, _ in parse_accept_lang_header(request.headers.get("accept-language", "")[:200].lower()):
        if tag.startswith(("en", "zh")):
            return "en" if tag.startswith("en") else "zh-hans"
    return "zh-hans"


def _pool(known: dict[str, Any]) -> Pool:
    return AsyncConnectionPool(
        kwargs={**known, "autocommit": True},
        min_size=4,
        max_size=8,
        open=False,
        timeout=PATIENCE,
        name="gateway",
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
