"""The installation's secrets for codes: what scratch codes are hashed with, chips' keys derived from, batches signed by.

They lie in the home folder's `keys`, readable by their owner only, are made once and are never in the database: who has
the database alone can neither check a guess of a scratch code nor make a chip.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings

from xilin.apps.trace.codes.errors import NoSecret
from xilin.apps.trace.models.codes import CodeBatch, CodeKey
from xilin.apps.trace.proof import diversify, keys
from xilin.kernel.audit.keys import kept

LENGTH = 32
VERSION = 1
FILE_KEY = 2
# What a chip's keys are, by their numbers on the chip: 1 reads who it is, 2 reads and MACs its file, 0 sets it up.
CHIP_KEYS = (0, FILE_KEY)


def _folder() -> Path:
    return Path(settings.HOME) / "keys" / "codes"


def _secret(name: str, version: int) -> bytes:
    path = _folder() / f"{name}-{version}"
    if not path.exists() and (version != VERSION or CodeBatch.objects.filter(key_version=version).exists()):
        raise NoSecret(version=version)
    return _kept(path)


@lru_cache(maxsize=32)
def _kept(path: Path) -> bytes:
    key = kept(path, lambda: secrets.token_bytes(LENGTH))
    if len(key) != LENGTH:
        raise ValueError(f"the key {path.name} is damaged: {len(key)} bytes instead of {LENGTH}")
    return key


def begin() -> int:
    """Make the secrets of the version in use before the first order; return the version. Raises NoSecret."""
    for name in ("scratch", "chips", "seal"):
        _secret(name, VERSION)
    return VERSION


def scratch_hash(gtin: str, serial: str, scratch: str, version: int) -> bytes:
    """The keyed hash of a scratch code, bound to the code it stands beside; 16 bytes."""
    return hmac.digest(_secret("scratch", version), f"{gtin}/{serial}/{scratch}".encode(), hashlib.sha256)[
        :16
    ]


def session_hash(session: str) -> bytes:
    """The keyed hash of a session, 16 bytes: enough to recognise it, nothing to find it by."""
    return hmac.digest(_secret("scratch", VERSION), b"session:" + session.encode(), hashlib.sha256)[:16]


def reading_key(version: int) -> bytes:
    """The key that decrypts who a chip is."""
    return diversify.shared_key(_secret("chips", version))


def chip_key(uid: bytes, number: int, version: int) -> bytes:
    """One key of one chip."""
    return diversify.tag_key(_secret("chips", version), uid, number)


def seal(data: bytes, version: int) -> bytes:
    """Bytes encrypted for the database."""
    return Fernet(urlsafe_b64encode(_secret("seal", version))).encrypt(data)


def unseal(data: bytes, version: int) -> bytes:
    """Bytes that `seal` encrypted; cryptography.fernet.InvalidToken where it didn't."""
    return Fernet(urlsafe_b64encode(_secret("seal", version))).decrypt(data)


def signing_key(algorithm: str, *, at: datetime) -> keys.SigningKey:
    """The key batches and codes are signed with; made once, its public half entered among `CodeKey`."""
    path = _folder() / f"signing-{algorithm}"
    key = keys.from_text(kept(path, lambda: keys.generate(algorithm).as_text().encode()).decode())
    CodeKey.objects.get_or_create(
        key_id=key.key_id,
        defaults={"algorithm": algorithm, "public": key.public.raw, "since": at},
    )
    return key


def known_keys() -> list[keys.PublicKey]:
    """Every public key codes were ever signed with and that was not withdrawn."""
    return [
        keys.PublicKey(row.algorithm, bytes(row.public))
        for row in CodeKey.objects.filter(until__isnull=True).order_by("since")
    ]
