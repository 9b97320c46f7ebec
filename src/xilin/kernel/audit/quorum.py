"""Which witnesses the log has, and how many of them must have cosigned a checkpoint before it counts as witnessed.

    needed = 2

    [[witness]]
    key = "witness.example/mzj+0f3a…+BA…"
    url = "http://10.0.0.7:8010"

Without the file there are none, and the log is signed by its own key alone.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

from xilin.kernel.audit.verifier import COSIGNING, Invalid, key_of


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A witness: its verifier key, and the address below which `/add-checkpoint` is."""

    key: str
    url: str

    @property
    def name(self) -> str:
        """The name its cosignatures stand under."""
        return key_of(self.key, COSIGNING)[0]


class Quorum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """k of n: how many witnesses are needed, and who they are."""

    needed: int = 0
    witness: tuple[Witness, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The witnesses' verifier keys."""
        return [one.key for one in self.witness]


def declared() -> Quorum:
    """The witnesses this installation declares; ValueError where the file can't be used."""
    path = Path(settings.AUDIT_WITNESSES)
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        return Quorum()
    except OSError as error:
        raise ValueError(f"the file can't be read: {error.strerror}") from None
    return _read(path, stamp)


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int) -> Quorum:
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Quorum)
        names = {one.name for one in found.witness}
        publics = {key_of(one.key, COSIGNING)[2] for one in found.witness}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"the file can't be read: {error}") from None
    except Invalid as error:
        raise ValueError(
            f"the key of a witness is meant, as xilin witness key prints it. {error.en}"
        ) from None
    if len(names) != len(found.witness) or len(publics) != len(found.witness):
        raise ValueError("each witness needs a name and a key of its own")
    if not 1 <= found.needed <= len(found.witness):
        raise ValueError(f"needed is a number from 1 to that of the witnesses, {len(found.witness)}")
    for one in found.witness:
        if not _is_address(one.url):
            raise ValueError(f"{one.url!r} is no address http://… or https://… of a witness")
    return found


def _is_address(url: str) -> bool:
    """Whether a url is plain HTTP or HTTPS to a host, without anything secret in it."""
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_fits and plain
