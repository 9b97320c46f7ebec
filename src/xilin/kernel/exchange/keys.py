"""Secrets the exchange keeps in the installation's home: made once, readable by their owner only."""

import hashlib
import hmac
import secrets
from pathlib import Path

from xilin.kernel.audit.keys import kept

LENGTH = 32


def secret(home: Path, name: str) -> bytes:
    """A key of 32 bytes kept at `home/keys/<name>`; made where it isn't there, the same for every process."""
    key = kept(home / "keys" / name, lambda: secrets.token_bytes(LENGTH))
    if len(key) != LENGTH:
        raise ValueError(f"the key {name} is damaged: {len(key)} bytes instead of {LENGTH}")
    return key


def grant_key(home: Path, grant: str) -> bytes:
    """The key of one grant's pseudonyms: two grants never give the same pseudonym to one value."""
    return hmac.digest(secret(home, "pseudonyms"), grant.encode(), hashlib.sha256)
