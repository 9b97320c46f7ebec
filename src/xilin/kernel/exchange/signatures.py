"""Signing what the platform sends (RFC 9421, RFC 9530): the messages it pushes to subscribers.

Calls to the gateway are judged in `gateway.signatures`, which reads what others wrote and so is strict about
every byte; this module only writes, always the same few components.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xilin.kernel.exchange.keys import secret

LABEL = "xilin"
TAG = "xilin-push"


@dataclass(frozen=True, slots=True)
class Sender:
    """The platform's key for what it sends: its name, and the key."""

    keyid: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes, by which receivers check."""
        return self.key.public_key().public_bytes_raw()


def sender(home: Path) -> Sender:
    """The platform's sending key, made once and kept in the installation's home; it is named by its own digest."""
    key = Ed25519PrivateKey.from_private_bytes(secret(home, "push"))
    digest = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()
    return Sender(f"xilin-{digest[:16]}", key)


def content_digest(body: bytes) -> str:
    """The field Content-Digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def base(components: Sequence[tuple[str, str]], parameters: str) -> bytes:
    """The signature base (RFC 9421, 2.5) of components with their values, in their order."""
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode("ascii")


def sign(sender: Sender, url: str, body: bytes, headers: dict[str, str], at: datetime) -> dict[str, str]:
    """The headers of a POST with its digest and signature beside them; all headers given are covered."""
    sent = {**headers, "content-digest": content_digest(body)}
    components = [("@method", "POST"), ("@target-uri", url), *sent.items()]
    covered = " ".join(f'"{name}"' for name, _ in components)
    parameters = f'({covered});created={int(at.timestamp())};keyid="{sender.keyid}";alg="ed25519";tag="{TAG}"'
    value = base64.b64encode(sender.key.sign(base(components, parameters))).decode()
    return sent | {"signature-input": f"{LABEL}={parameters}", "signature": f"{LABEL}=:{value}:"}
