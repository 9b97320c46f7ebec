"""Secrets the exchange keeps in the installation's home: made once, readable by their owner only."""

import hashlib
import hmac
import os
import secrets
from datetime import datetime
from pathlib import Path

LENGTH = 32


def secret(home: Path, name: str) -> bytes:
    """A key of 32 bytes kept at `home/keys/<name>`; made where it isn't there, the same for every process."""
    path = home / "keys" / name
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != LENGTH:
        raise ValueError(f"the key {name} is damaged: {len(key)} bytes instead of {LENGTH}")
    return key


def grant_key(home: Path, grant: str) -> bytes:
    """The key of one grant's pseudonyms: two grants never give the same pseudonym to one value."""
    return hmac.digest(secret(home, "pseudonyms"), grant.encode(), hashlib.sha256)


def access_key(home: Path, at: datetime) -> bytes:
    """The key of a year by which the audit log names what was looked up.

    Destroying a year's key makes that year's entries anonymous without breaking the log.
    """
    return secret(home, f"accesses-{at.year}")


def keyed(key: bytes, element: str, value: str) -> str:
    """What stands in the log for a value: HMAC-SHA256 over its data element and itself, in hex."""
    return hmac.new(key, f"{element}={value}".encode(), hashlib.sha256).hexdigest()


def _make(path: Path) -> None:
    """Write a new key beside and link it into place: of several processes at once one wins, none reads half a key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(LENGTH))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
