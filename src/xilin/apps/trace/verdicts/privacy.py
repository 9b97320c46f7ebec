"""Telephones and networks as keyed hashes: enough to tell one from another, nothing to find anybody by.

A telephone is a random number its browser keeps; a network is the address without its last part, and its hash changes every
month, so that nobody can be followed over longer. Both are 62 bits under a key of this installation.
"""

import hmac
import ipaddress
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from xilin.kernel.audit.keys import kept

BITS = 62


@lru_cache(maxsize=4)
def _key(home: str) -> bytes:
    return kept(Path(home) / "keys" / "trace-looks", lambda: secrets.token_bytes(32))


def _hashed(text: str) -> int:
    digest = hmac.digest(_key(str(settings.HOME)), text.encode(), "sha256")
    return (int.from_bytes(digest[:8], "big") >> (64 - BITS)) or 1


def client_of(token: str) -> int:
    """What stands for a telephone; 0 where it has shown none."""
    return _hashed(f"client {token}") if token else 0


def network_of(address: str, at: datetime) -> int:
    """What stands for the network of an address in that month: its first 24 bits, of IPv6 its first 48; 0 for none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return 0
    prefix = 24 if found.version == 4 else 48
    network = ipaddress.ip_network((found, prefix), strict=False)
    return _hashed(f"network {at:%Y-%m} {network.network_address}")
