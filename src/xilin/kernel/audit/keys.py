"""Keys that sign checkpoints or, for witnesses, cosign them: C2SP signed-note and tlog-cosignature, Ed25519."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from xilin.kernel.audit.errors import KeyIsMissing
from xilin.kernel.audit.verifier import COSIGNING, SIGNING, cosigned_text, key_id_of


@dataclass(frozen=True)
class Signer:
    """A name (a log's origin, a witness's name) with the key that signs for it, and what the key is good for."""

    origin: str
    key: Ed25519PrivateKey
    use: int = SIGNING

    @property
    def public(self) -> bytes:
        """The public key with the byte of its use in front."""
        return bytes([self.use]) + self.key.public_key().public_bytes_raw()

    @property
    def verifier_key(self) -> str:
        """What anyone needs to check signatures: `name+hash+key`."""
        public = self.public
        return f"{self.origin}+{key_id_of(self.origin, public).hex()}+{base64.b64encode(public).decode()}"

    def note(self, size: int, root: bytes, *more: str) -> str:
        """The signed checkpoint of a tree, with further lines; ValueError where the key is a witness's."""
        if self.use != SIGNING:
            raise ValueError("a witness's key signs no checkpoint of its own")
        body = "".join(f"{line}\n" for line in (self.origin, size, base64.b64encode(root).decode(), *more))
        return f"{body}\n{self._line(self.key.sign(body.encode()))}"

    def cosign(self, body: str, at: int) -> str:
        """The cosignature line of a checkpoint's body at a time in seconds since 1970; ValueError for a log's key."""
        if self.use != COSIGNING:
            raise ValueError("a log's key cosigns nothing")
        return self._line(at.to_bytes(8, "big") + self.key.sign(cosigned_text(body, at)))

    def _line(self, signature: bytes) -> str:
        data = key_id_of(self.origin, self.public) + signature
        return f"— {self.origin} {base64.b64encode(data).decode()}\n"


def signer() -> Signer:
    """The signer of this installation: XILIN_AUDIT_KEY, else the key kept in the home folder, made once."""
    given = str(settings.AUDIT_KEY)
    return read_key(given) if given else _kept(Path(settings.HOME) / "keys" / "audit", settings.AUDIT_ORIGIN)


def signer_of(origin: str, *, begin: bool = False) -> Signer:
    """The signer of a shard by its name, "" for the first; its key lies in the home folder, made once where it begins.

    Raises KeyIsMissing where a shard that has begun has no key here: another one would sign what nobody believes.
    """
    if not origin:
        return signer()
    path = Path(settings.HOME) / "keys" / "audit-shards" / origin.replace("/", "+")
    if not begin and not path.exists():
        raise KeyIsMissing(origin=origin, path=path)
    return _kept(path, origin)


@lru_cache(maxsize=8)
def read_key(text: str, use: int = SIGNING) -> Signer:
    """The signer of that use a text `PRIVATE+KEY+name+hash+key` describes; ValueError where it isn't one."""
    try:
        private, word, name, id_text, key_text = text.strip().split("+", 4)
        seed = base64.b64decode(key_text, validate=True)
    except ValueError:
        raise ValueError("the audit key can't be read") from None
    if (private, word) != ("PRIVATE", "KEY") or len(seed) != 33 or seed[0] != use:
        raise ValueError("the audit key can't be read")
    found = Signer(name, Ed25519PrivateKey.from_private_bytes(seed[1:]), use)
    if found.verifier_key.split("+", 2)[1] != id_text:
        raise ValueError("the audit key doesn't fit its name")
    return found


def new_key(origin: str, use: int = SIGNING) -> str:
    """A fresh key for a log or a witness of that name, as `read_key` takes it."""
    if not is_origin(origin):
        raise ValueError(f"{origin!r} can't be a log's name: no spaces, no plus sign")
    seed = bytes([use]) + secrets.token_bytes(32)
    key_id = Signer(origin, Ed25519PrivateKey.from_private_bytes(seed[1:]), use).verifier_key.split("+", 2)[1]
    return f"PRIVATE+KEY+{origin}+{key_id}+{base64.b64encode(seed).decode()}"


def is_origin(text: str) -> bool:
    """Whether a signed note can carry this as a log's name."""
    return (
        bool(text) and text.isprintable() and "+" not in text and len(text.split()) == 1 and " " not in text
    )


@lru_cache(maxsize=8)
def _kept(path: Path, origin: str) -> Signer:
    return read_key(kept(path, lambda: new_key(origin).encode()).decode())


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a secret file, made once, readable by its owner only; safe when two processes begin at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(make())
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, path)  # the first one wins, whole
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
