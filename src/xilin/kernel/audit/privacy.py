"""Values of persons in the log: keyed hashes, a key for each month, gone when the key is shredded.

Who holds the month's key can look a known value up; without it nobody can tell whose an
entry is, while the tree still verifies.
"""

import hmac
import os
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from xilin.kernel.audit.errors import KeyIsShredded
from xilin.kernel.audit.keys import kept

# Around the turn of a month calls of both come. Older keys have no business in memory.
MONTHS_HELD = 2
_held: dict[str, tuple[tuple[int, int, int], bytes]] = {}


def keyed_hash(value: str, at: datetime) -> str:
    """What stands for a person's value in entries of that month (UTC), such as `2026-11:9f2c…`. Raises KeyIsShredded."""
    month = at.astimezone(UTC).isoformat()[:7]
    return f"{month}:{hmac.digest(_key(month), value.encode(), 'sha256').hex()}"


def month_hashes(values: Sequence[str], month: str) -> list[str]:
    """What stands for some values in entries of a month that has a key; the key is not kept in memory. Raises KeyIsShredded."""
    key = _path(month).read_bytes()
    if not key:
        raise KeyIsShredded(month=month)
    return [f"{month}:{hmac.digest(key, value.encode(), 'sha256').hex()}" for value in values]


def _key(month: str) -> bytes:
    """A month's key, kept in the process while its file is the one it was read from. Raises KeyIsShredded.

    The file is looked at on every call: another process may shred it, and then no call hashes with it any more.
    """
    path = f"{settings.HOME}/keys/audit-months/{month}"
    try:
        there = os.stat(path)
        mark = (there.st_ino, there.st_size, there.st_ctime_ns)
    except FileNotFoundError:
        mark = None
    held = _held.get(path)
    if held is not None and held[0] == mark:
        return held[1]
    _held.pop(path, None)
    key = kept(Path(path), lambda: secrets.token_bytes(32))
    if not key:
        raise KeyIsShredded(month=month)
    if mark is not None:  # as it was before it was read: a change in between shows at the next call
        _held[path] = (mark, key)
        for old in list(_held)[:-MONTHS_HELD]:
            _held.pop(old, None)
    return key


def shred(month: str) -> bool:
    """Destroy a month's key (`2026-11`); False where it never was or is gone. An empty file stays in its place."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise ValueError(f"{month!r} is no month")
    path = _path(month)
    _held.pop(str(path), None)
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
