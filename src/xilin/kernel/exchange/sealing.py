"""Personal texts that must be kept for a while: encrypted in the database under a key of the installation."""

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import msgspec
from cryptography.fernet import Fernet
from django.conf import settings

from xilin.kernel.exchange.keys import secret


def seal(value: dict[str, Any]) -> str:
    """A value as it may stand in a table: who has the database alone can't read it."""
    return _box().encrypt(msgspec.json.encode(value)).decode()


def unseal(text: str) -> dict[str, Any]:
    """What was sealed; cryptography.fernet.InvalidToken where it was changed or sealed elsewhere."""
    return dict(msgspec.json.decode(_box().decrypt(text.encode())))


def seal_bytes(value: bytes) -> bytes:
    """The same for bytes, such as those of a photo."""
    return _box().encrypt(value)


def unseal_bytes(sealed: bytes) -> bytes:
    """What was sealed; cryptography.fernet.InvalidToken where it was changed or sealed elsewhere."""
    return _box().decrypt(sealed)


def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(secret(Path(settings.HOME), "disputes")))
