"""Values of persons in the log: keyed hashes, a key for each month, gone when the key is shredded.

Who holds the month's key can look a known value up; without it nobody can tell whose an
entry is, while the tree still verifies.
"""

import hashlib
import hmac
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from xilin.kernel.audit.errors import KeyIsShredded
from xilin.kernel.audit.keys import kept


def keyed_hash(value: str, at: datetime) -> str:
    """What stands for a person's value in entries of that month (UTC), such as `2026-11:9f2c…`. Raises KeyIsShredded."""
    month = f"{at.astimezone(UTC):%Y-%m}"
    key = kept(_path(month), lambda: secrets.token_bytes(32))
    if not key:
        raise KeyIsShredded(month=month)
    return f"{month}:{hmac.new(key, value.encode(), hashlib.sha256).hexdigest()}"


def shred(month: str) -> bool:
    """Destroy a month's key (`2026-11`); False where it never was or is gone. An empty file stays in its place."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ValueError(f"{month!r} is no month")
    path = _path(month)
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
        file.truncate(0)
        os.fsync(file.fileno())
    return True


def _path(month: str) -> Path:
    return Path(settings.HOME) / "keys" / "audit-months" / month
