"""Where the platform may send to: no address of its own network unless the settings name it, whatever a name resolves to.

A name is resolved once, every address it has must be allowed, and the connection is made to the address that
was judged, so that a name can't answer differently a moment later.
"""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from xilin.kernel.exchange.delivery_errors import AddressWrong

LONGEST = 500
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Way:
    """How to reach an address: the URL as it was entered, its host as it is named, and the address to connect to."""

    url: str
    scheme: str
    host: str
    port: int
    address: str

    @property
    def connect(self) -> str:
        """The URL with the judged address in the place of the name."""
        parts = urlsplit(self.url)
        host = f"[{self.address}]" if ":" in self.address else self.address
        return parts._replace(netloc=f"{host}:{self.port}").geturl()

    @property
    def authority(self) -> str:
        """What the header Host says."""
        return urlsplit(self.url).netloc


def written(url: str) -> str:
    """An address as it is kept, or AddressWrong: http or https, a host, no user name, no fragment, ASCII only."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressWrong(why=_("it is none")) from None
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST or "\\" in url:
        raise AddressWrong(why=_("it is none"))
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise AddressWrong(why=_("it is none"))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressWrong(why=_("it carries a user name or a fragment"))
    netloc = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme]:
        netloc += f":{port}"
    return parts._replace(netloc=netloc, path=parts.path or "/").geturl()


def way(url: str) -> Way:
    """Resolve an address and judge it, or AddressWrong."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise AddressWrong(why=_("its name can't be resolved")) from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    for address in addresses:
        ours = _ours(address)
        if not ours and not _public(address):
            raise AddressWrong(why=_("it lies in a network that isn't allowed"))
        if parts.scheme == "http" and not ours:
            raise AddressWrong(why=_("http is only for the networks of one's own"))
    return Way(url, parts.scheme, host, port, str(addresses[0]))


def _ours(address: Address) -> bool:
    """Whether the settings name the address's network."""
    networks = (ipaddress.ip_network(one.strip()) for one in settings.WEBHOOK_NETWORKS)
    return any(address.version == network.version and address in network for network in networks)


def _public(address: Address) -> bool:
    """Whether anybody may be there: none of the special ranges, nor one hidden in an IPv6 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None or address in _NAT64 or address in _COMPATIBLE:
            return False
    return bool(address.is_global and not address.is_multicast and not address.is_reserved)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
