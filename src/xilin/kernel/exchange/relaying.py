"""Sending on a trial call that a browser signed, byte for byte: the platform's pages add nothing and keep nothing.

What is sent on is signed by a key of the system that never was on the server, so that neither method, address nor body
can be changed on the way. No header of the reader's own (cookies, a key) goes along.
"""

import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from xilin import __version__
from xilin.kernel.exchange import errors, trying
from xilin.kernel.exchange.gateway import signatures
from xilin.kernel.exchange.models import Grant
from xilin.kernel.exchange.signing_models import SigningKey
from xilin.lib.errors import Refusal

KINDS = ("lookup", "match", "batch", "list")
LARGEST = 64 * 1024
LARGEST_ANSWER = 4 * 1024 * 1024
PATIENCE = httpx.Timeout(20.0, connect=3.0)
_FIELD = re.compile(r"[\x20-\x7e]{1,4096}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call as the browser signed it: where to, the body as text, the three headers that carry the signature."""

    path: str
    body: str
    content_digest: str
    signature_input: str
    signature: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway answered, and how long it took, in milliseconds."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: str
    took: float


def origin() -> str:
    """The address that systems call, and that a signature is over."""
    return settings.GATEWAY_URL or settings.GATEWAY_REACHED


def send(wanted: Wanted, grant: Grant, *, language: str) -> Told:
    """Send a trial call on to the gateway.

    Raises TrialMalformed where it is none under this grant, GatewayAway where nobody answers.
    """
    paths = [f"/v1/resources/{grant.resource.code}/{kind}" for kind in KINDS]
    if wanted.path not in paths:
        raise errors.TrialMalformed(number=grant.number, what="path")
    body = wanted.body.encode(errors="replace")
    if len(body) > LARGEST:
        raise errors.TrialMalformed(number=grant.number, what="body")
    public = urlsplit(origin())
    headers = [
        ("host", public.netloc),
        ("content-type", "application/json"),
        ("accept-language", language),
        ("content-digest", wanted.content_digest),
        ("signature-input", wanted.signature_input),
        ("signature", wanted.signature),
    ]
    if any(not _FIELD.fullmatch(value) for _, value in headers):
        raise errors.TrialMalformed(number=grant.number, what="headers")
    _check(wanted, grant, headers)
    return _sent(wanted.path, body, [*headers, ("user-agent", f"Xilin/{__version__} console")])


def _check(wanted: Wanted, grant: Grant, headers: list[tuple[str, str]]) -> None:
    """TrialMalformed unless the call says that it is a trial, and is signed by a key of the grant's system."""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    public = urlsplit(origin())
    message = signatures.Message("POST", public.scheme, public.netloc, wanted.path, "", raw)
    try:
        found = signatures.signatures(message)
    except Refusal:
        raise errors.TrialMalformed(number=grant.number, what="Signature-Input, Signature") from None
    if len(found) != 1 or found[0].tag != trying.TAG:
        raise errors.TrialMalformed(number=grant.number, what="tag")
    known = SigningKey.objects.filter(client=grant.client_id, keyid=found[0].keyid).first()
    if known is None or known.trial_of_id not in (None, grant.pk):
        raise errors.TrialMalformed(number=grant.number, what="keyid")


def _sent(path: str, body: bytes, headers: list[tuple[str, str]]) -> Told:
    begun = time.perf_counter()
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=PATIENCE) as client,
            client.stream("POST", settings.GATEWAY_REACHED + path, content=body, headers=headers) as answer,
        ):
            read = b""
            for chunk in answer.iter_bytes():
                read += chunk
                if len(read) > LARGEST_ANSWER:
                    raise errors.GatewayAway
            took = (time.perf_counter() - begun) * 1000
            shown = [(name, value) for name, value in answer.headers.multi_items()]
            return Told(answer.status_code, answer.reason_phrase, shown, read.decode(errors="replace"), took)
    except (httpx.HTTPError, OSError):
        raise errors.GatewayAway from None
