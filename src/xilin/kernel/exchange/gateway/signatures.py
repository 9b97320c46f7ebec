"""HTTP Message Signatures (RFC 9421) of calls, with the digest of their body (RFC 9530): read, judged, checked.

Read strictly: fields must be written the way RFC 8941 serialises them, and components carry no
parameters. Of the derived components those of requests are known, but for `@query-param`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from urllib.parse import quote

import gmssl_pyx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.types import Scope

from xilin.kernel.exchange.gateway import errors

LONGEST = timedelta(minutes=5)
SKEW = timedelta(seconds=30)
MOST_SIGNATURES = 4
LARGEST_FIELD = 4096
DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "sha-256": lambda body: hashlib.sha256(body).digest(),
    "sha-512": lambda body: hashlib.sha512(body).digest(),
}
_LABEL = r"[a-z*][a-z0-9_.*-]*"
_STRING = r'"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
_INPUT = re.compile(
    rf'({_LABEL})=(\(((?:"[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)?)\)((?:;[a-z]+=(?:[0-9]{{1,15}}|{_STRING}))*))'
)
_PARAMETER = re.compile(rf";([a-z]+)=(?:([0-9]{{1,15}})|({_STRING}))")
_BYTES = re.compile(rf"({_LABEL})=:([A-Za-z0-9+/]+={{0,2}}):")
_DIGEST = re.compile(r"([a-z0-9-]+)=:([A-Za-z0-9+/]*={0,2}):")
_NUMBERS, _WORDS = {"created", "expires"}, {"keyid", "alg", "nonce", "tag"}
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with: `ed25519` (32 bytes) or `sm2` (64 bytes, x and y)."""

    algorithm: str
    raw: bytes

    def holds(self, base: bytes, signature: bytes) -> bool:
        """Whether a signature of a signature base holds; an SM2 one is r and s, 32 bytes each, under the usual user id."""
        if len(signature) != 64:
            return False
        if self.algorithm == "sm2":
            try:
                return bool(gmssl_pyx.sm2_verify(self.raw, base, _der(signature)))
            except (gmssl_pyx.GmsslInnerError, ValueError):
                return False
        try:
            _ed25519(self.raw).verify(signature, base)
        except InvalidSignature:
            return False
        return True


@lru_cache(maxsize=1024)
def _ed25519(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def _der(signature: bytes) -> bytes:
    """r and s as ASN.1 writes them."""
    numbers = b""
    for half in (signature[:32], signature[32:]):
        number = int.from_bytes(half, "big")
        raw = number.to_bytes(number.bit_length() // 8 + 1, "big")
        numbers += b"\x02" + bytes([len(raw)]) + raw
    return b"\x30" + bytes([len(numbers)]) + numbers


@dataclass(frozen=True)
class Message:
    """The parts of a request that a signature may cover. `origin` is the gateway's own address where one is set."""

    method: str
    scheme: str
    host: str
    raw_path: str
    query: str
    headers: Sequence[tuple[bytes, bytes]]

    @classmethod
    def of(cls, scope: Scope, origin: tuple[str, str] | None = None) -> "Message":
        """The message of an ASGI scope; scheme and host are those of `origin` where given, else the caller's."""
        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
        scheme, host = origin or (scope.get("scheme", "http"), host)
        raw = scope.get("raw_path")
        path = raw.decode("latin-1") if raw else quote(scope["path"], safe="/:@!$&'()*+,;=~-._")
        return cls(
            scope["method"], scheme, host, path.partition("?")[0] or "/",
            scope.get("query_string", b"").decode("latin-1"), scope["headers"],
        )  # fmt: skip

    @cached_property
    def authority(self) -> str:
        """The host in lower case, without the scheme's own port."""
        host = self.host.lower()
        return host.removesuffix(_DEFAULT_PORTS.get(self.scheme, "\0"))

    def field(self, name: str) -> str | None:
        """A header's value as a signature covers it: all its lines, trimmed, joined; None where there is none."""
        wanted = name.encode()
        lines = [value.decode("latin-1").strip() for key, value in self.headers if key == wanted]
        return ", ".join(lines) if lines else None

    def component(self, name: str) -> str:
        """The value of a component; SignatureWrong where the request has no such thing."""
        if not name.startswith("@"):
            value = self.field(name)
            if value is None:
                raise errors.SignatureWrong(what=f"{name}?")
            return value
        after = f"?{self.query}" if self.query else ""
        known: dict[str, Callable[[], str]] = {
            "@method": lambda: self.method,
            "@target-uri": lambda: f"{self.scheme}://{self.authority}{self.raw_path}{after}",
            "@authority": lambda: self.authority,
            "@scheme": lambda: self.scheme,
            "@request-target": lambda: self.raw_path + after,
            "@path": lambda: self.raw_path,
            "@query": lambda: f"?{self.query}",
        }
        if name not in known:
            raise errors.SignatureWrong(what=f"{name}?")
        return known[name]()


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a message: what it covers, its parameters, both as they were written, and its bytes."""

    covered: tuple[str, ...]
    written: str
    created: int | None
    expires: int | None
    keyid: str
    alg: str
    nonce: str
    value: bytes
    tag: str = ""

    def base(self, message: Message) -> bytes:
        """The signature base (RFC 9421, 2.5): what was signed."""
        lines = [f'"{name}": {message.component(name)}' for name in self.covered]
        text = "\n".join([*lines, f'"@signature-params": {self.written}'])
        if not text.isascii():
            raise errors.SignatureWrong(what="ASCII")
        return text.encode()


def signatures(message: Message) -> list[Signature]:
    """The signatures a request carries, none where it carries no such header. Raises SignatureWrong."""
    said, values = message.field("signature-input"), message.field("signature")
    if said is None and values is None:
        return []
    if said is None or values is None or len(said) > LARGEST_FIELD or len(values) > LARGEST_FIELD:
        raise errors.SignatureWrong(what="Signature-Input, Signature")
    inputs = _members(said, _INPUT, "Signature-Input")
    raw = _members(values, _BYTES, "Signature")
    by_label = {match[1]: _bytes(match[2], "Signature") for match in raw}
    labels = [match[1] for match in inputs]
    if len(set(labels)) < len(labels) or len(by_label) < len(raw) or set(labels) != set(by_label):
        raise errors.SignatureWrong(what="Signature-Input, Signature")
    if len(labels) > MOST_SIGNATURES:
        raise errors.SignatureWrong(what=f"{len(labels)} > {MOST_SIGNATURES}")
    return [_signature(match, by_label[match[1]]) for match in inputs]


def _members(field: str, pattern: re.Pattern[str], name: str) -> list[re.Match[str]]:
    """The members of a dictionary field, each matched whole."""
    found, place = [], 0
    while True:
        match = pattern.match(field, place)
        if match is None:
            raise errors.SignatureWrong(what=name)
        found.append(match)
        place = match.end()
        if place == len(field):
            return found
        comma = re.compile(r"[ \t]*,[ \t]*").match(field, place)
        if comma is None or len(found) > MOST_SIGNATURES:
            raise errors.SignatureWrong(what=name)
        place = comma.end()


def _bytes(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise errors.SignatureWrong(what=name) from None


def _signature(match: re.Match[str], value: bytes) -> Signature:
    covered = tuple(name[1:-1] for name in match[3].split())
    numbers: dict[str, int] = {}
    words: dict[str, str] = {}
    for name, number, word in _PARAMETER.findall(match[4]):
        known = name in (_NUMBERS if number else _WORDS) and name not in numbers and name not in words
        if not known:
            raise errors.SignatureWrong(what=name)
        if number:
            numbers[name] = int(number)
        else:
            words[name] = re.sub(r"\\(.)", r"\1", word[1:-1])
    if len(set(covered)) < len(covered) or "@signature-params" in covered:
        raise errors.SignatureWrong(what="Signature-Input")
    return Signature(
        covered, match[2], numbers.get("created"), numbers.get("expires"),
        words.get("keyid", ""), words.get("alg", ""), words.get("nonce", ""), value,
        words.get("tag", ""),
    )  # fmt: skip


def judge(signature: Signature, message: Message, key: PublicKey, at: datetime) -> datetime:
    """Refuse a signature that doesn't hold, covers too little or isn't of this moment; until when it may be used.

    Raises SignatureWrong, SignatureTooWeak, SignatureExpired; that its nonce is new is the desk's to find out.
    """
    if signature.alg not in ("", key.algorithm) or not key.holds(signature.base(message), signature.value):
        raise errors.SignatureWrong(what=signature.keyid)
    covered = set(signature.covered)
    place = "@target-uri" in covered or (
        {"@path", "@authority"} <= covered and ("@query" in covered or not message.query)
    )
    body = "content-digest" in covered or message.method in ("GET", "HEAD")
    if not ("@method" in covered and place and body and signature.nonce and signature.created is not None):
        raise errors.SignatureTooWeak
    if len(signature.nonce) > 128:
        raise errors.SignatureWrong(what="nonce")
    return _window(signature, at)


def _window(signature: Signature, at: datetime) -> datetime:
    """The moment a signature ends; SignatureExpired where it has, has not begun, or would last too long."""
    longest = int(LONGEST.total_seconds())
    assert signature.created is not None  # noqa: S101 - `judge` refuses others
    expires = signature.created + longest if signature.expires is None else signature.expires
    now = at.timestamp()
    begun = signature.created <= now + SKEW.total_seconds()
    if not begun or expires <= now or not 0 < expires - signature.created <= longest:
        raise errors.SignatureExpired(seconds=longest)
    return datetime.fromtimestamp(expires, UTC)


def check_digest(message: Message, body: bytes) -> None:
    """DigestWrong unless the header Content-Digest is that of the body, by every algorithm known here, by one at least."""
    said = message.field("content-digest")
    known = 0
    for part in (said or "").split(","):
        match = _DIGEST.fullmatch(part.strip())
        if match is None:
            raise errors.DigestWrong
        if match[1] in DIGESTS:
            known += 1
            try:
                given = base64.b64decode(match[2], validate=True)
            except binascii.Error:
                raise errors.DigestWrong from None
            if given != DIGESTS[match[1]](body):
                raise errors.DigestWrong
    if not known:
        raise errors.DigestWrong
