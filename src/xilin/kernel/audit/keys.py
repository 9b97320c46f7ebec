"""The key that signs the log's checkpoints, and signing: C2SP signed-note, Ed25519."""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from xilin.kernel.audit.verifier import key_id_of

_ED25519 = b"\x01"


@dataclass(frozen=True)
class Signer:
    """A log's name (its origin) with the key that signs for it."""

    origin: str
    key: Ed25519PrivateKey

    @property
    def verifier_key(self) -> str:
        """What anyone needs to check signatures: `name+hash+key`."""
        public = _ED25519 + self.key.public_key().public_bytes_raw()
        return f"{self.origin}+{key_id_of(self.origin, public).hex()}+{base64.b64encode(public).decode()}"

    def note(self, size: int, root: bytes) -> str:
        """The signed checkpoint of a tree."""
        body = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        public = _ED25519 + self.key.public_key().public_bytes_raw()
        signature = key_id_of(self.origin, public) + self.key.sign(body.encode())
        return f"{body}\n— {self.origin} {base64.b64encode(signature).decode()}\n"


def signer() -> Signer:
    """The signer of this installation: XILIN_AUDIT_KEY, else the key kept in the home folder, made once."""
    given = str(settings.AUDIT_KEY)
    return read_key(given) if given else _kept(Path(settings.HOME) / "keys" / "audit", settings.AUDIT_ORIGIN)


@lru_cache(maxsize=8)
def read_key(text: str) -> Signer:
    """The signer a text `PRIVATE+KEY+name+hash+key` describes; ValueError where it isn't one."""
    try:
        private, word, name, id_text, key_text = text.strip().split("+", 4)
        seed = base64.b64decode(key_text, validate=True)
    except ValueError:
        raise ValueError("the audit key can't be read") from None
    if (private, word) != ("PRIVATE", "KEY") or len(seed) != 33 or seed[:1] != _ED25519:
        raise ValueError("the audit key can't be read")
    found = Signer(name, Ed25519PrivateKey.from_private_bytes(seed[1:]))
    if found.verifier_key.split("+", 2)[1] != id_text:
        raise ValueError("the audit key doesn't fit its name")
    return found


def new_key(origin: str) -> str:
    """A fresh key for a log of that name, as `read_key` takes it."""
    if not is_origin(origin):
        raise ValueError(f"{origin!r} can't be a log's name: no spaces, no plus sign")
    seed = _ED25519 + secrets.token_bytes(32)
    key_id = Signer(origin, Ed25519PrivateKey.from_private_bytes(seed[1:])).verifier_key.split("+", 2)[1]
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
