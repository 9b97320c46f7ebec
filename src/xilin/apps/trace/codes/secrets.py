"""The installation's secrets for codes: what scratch codes are hashed with, chips' keys derived from, batches signed by.

They lie in the home folder's `keys`, readable by their owner only, are made once and are never in the database: who has
the database alone can neither check a guess of a scratch code nor make a chip. Each has a version (signing keys a number);
a batch and a chip remember theirs, so that older ones go on checking what was made with them.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction

from xilin.apps.trace.codes.errors import NoSecret
from xilin.apps.trace.models.codes import CodeBatch, CodeKey
from xilin.apps.trace.proof import diversify, keys
from xilin.kernel.audit.actions import record
from xilin.kernel.audit.keys import kept
from xilin.lib.errors import NotFound

LENGTH = 32
FIRST = 1
# The last is made last: a version without it isn't one yet.
SECRETS = ("scratch", "seal", "chips")
# How long a signing key signs, where nobody says otherwise.
LASTS = timedelta(days=3 * 365)
FILE_KEY = 2
_SECOND = 10**9
# What a chip's keys are, by their numbers on the chip: 1 reads who it is, 2 reads and MACs its file, 0 sets it up.
CHIP_KEYS = (0, FILE_KEY)


def _folder() -> Path:
    return Path(settings.HOME) / "keys" / "codes"


def _secret(name: str, version: int) -> bytes:
    return _there(_folder(), name, version)


# A tap needs two of them: nothing is looked for on the disk again.
@lru_cache(maxsize=64)
def _there(folder: Path, name: str, version: int) -> bytes:
    path = folder / f"{name}-{version}"
    if not path.exists() and (version != FIRST or CodeBatch.objects.filter(key_version=version).exists()):
        raise NoSecret(version=version)
    return _kept(path)


@lru_cache(maxsize=32)
def _kept(path: Path) -> bytes:
    key = kept(path, lambda: secrets.token_bytes(LENGTH))
    if len(key) != LENGTH:
        raise ValueError(f"the key {path.name} is damaged: {len(key)} bytes instead of {LENGTH}")
    return key


def versions() -> tuple[int, ...]:
    """The versions whose secrets are all there, the one in use first."""
    folder = _folder()
    try:
        changed = folder.stat().st_mtime_ns
    except FileNotFoundError:
        return ()
    # A folder that changed a moment ago may change again without a later time.
    return (_versions.__wrapped__ if time.time_ns() - changed < _SECOND else _versions)(folder, changed)


@lru_cache(maxsize=4)
def _versions(folder: Path, _changed: int) -> tuple[int, ...]:
    there = [
        {int(path.name.rpartition("-")[2]) for path in folder.glob(f"{name}-*") if path.name[-1].isdecimal()}
        for name in SECRETS
    ]
    return tuple(sorted(set.intersection(*there), reverse=True))


def begin() -> int:
    """The version in use, its secrets made before the first order. Raises NoSecret."""
    version = next(iter(versions()), FIRST)
    for name in SECRETS:
        _secret(name, version)
    return version


@transaction.atomic
def rotate(*, at: datetime, by: str) -> int:
    """轮换密钥 Make the secrets of the next version and use them from now on; what was made with older ones still checks."""
    version = begin() + 1
    record("trace.secrets_rotated", at=at, by=by, subject=f"codes/secrets/{version}")
    for name in SECRETS:
        _kept(_folder() / f"{name}-{version}")
    return version


def scratch_hash(gtin: str, serial: str, scratch: str, version: int) -> bytes:
    """The keyed hash of a scratch code, bound to the code it stands beside; 16 bytes."""
    return hmac.digest(_secret("scratch", version), f"{gtin}/{serial}/{scratch}".encode(), hashlib.sha256)[
        :16
    ]


def session_hash(session: str) -> bytes:
    """The keyed hash of a session, 16 bytes: enough to recognise it, nothing to find it by."""
    return hmac.digest(_kept(_folder() / "session"), session.encode(), hashlib.sha256)[:16]


def reading_key(version: int) -> bytes:
    """The key that decrypts who a chip is."""
    return _reading_key(_secret("chips", version))


@lru_cache(maxsize=64)
def _reading_key(secret: bytes) -> bytes:
    return diversify.shared_key(secret)


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
    """The key batches and codes are signed with now; the next is made where there is none yet or the last has ended."""
    number = _newest(algorithm)
    if number:
        key = _signing(algorithm, number)
        row = _entered(key, at)
        if row.withdrawn_at is None and (row.until is None or at < row.until):
            return key
    key = _signing(algorithm, number + 1)
    _entered(key, at)
    return key


@transaction.atomic
def rotate_key(algorithm: str, *, at: datetime, by: str, lasts: timedelta | None = None) -> keys.SigningKey:
    """Sign with a fresh key from now on; codes signed before stay proven by the old one."""
    before = signing_key(algorithm, at=at)
    key = _signing(algorithm, _newest(algorithm) + 1)
    _entered(key, at, lasts or LASTS)
    CodeKey.objects.filter(key_id=before.key_id).update(until=at)
    record(
        "trace.key_rotated",
        at=at,
        by=by,
        subject=f"codes/keys/{key.key_id}",
        detail={"algorithm": algorithm, "before": before.key_id},
    )
    return key


@transaction.atomic
def withdraw_key(key_id: str, *, at: datetime, by: str, why: str) -> CodeKey:
    """吊销公钥 Believe nothing that a key signed, from now on: its secret may be in other hands. Raises NotFound."""
    row = CodeKey.objects.select_for_update().filter(key_id=key_id).first()
    if row is None:
        raise NotFound(kind="key", name=key_id[:32])
    if row.withdrawn_at is None:
        row.withdrawn_at, row.until = at, min(row.until or at, at)
        row.save(update_fields=["withdrawn_at", "until"])
        record("trace.key_withdrawn", at=at, by=by, subject=f"codes/keys/{key_id}", detail={"why": why[:500]})
    return row


def _newest(algorithm: str) -> int:
    """The number of the last key of an algorithm, 0 where there is none; the first has no number in its name."""
    name = f"signing-{algorithm}"
    found = [1] if (_folder() / name).exists() else []
    numbers = [path.name.rpartition("-")[2] for path in _folder().glob(f"{name}-*")]
    return max([*found, *(int(number) for number in numbers if number.isdecimal())], default=0)


def _signing(algorithm: str, number: int) -> keys.SigningKey:
    path = _folder() / (f"signing-{algorithm}" if number == 1 else f"signing-{algorithm}-{number}")
    return keys.from_text(kept(path, lambda: keys.generate(algorithm).as_text().encode()).decode())


def _entered(key: keys.SigningKey, at: datetime, lasts: timedelta = LASTS) -> CodeKey:
    """The public half among `CodeKey`."""
    row, _ = CodeKey.objects.get_or_create(
        key_id=key.key_id,
        defaults={
            "algorithm": key.public.algorithm,
            "public": key.public.raw,
            "since": at,
            "until": at + lasts,
        },
    )
    return row


def known_keys(*, withdrawn: bool = False) -> list[keys.PublicKey]:
    """Every public key codes were ever signed with, oldest first: those that hold, or those that were withdrawn."""
    return [
        keys.PublicKey(row.algorithm, bytes(row.public))
        for row in CodeKey.objects.filter(withdrawn_at__isnull=not withdrawn).order_by("since")
    ]
