"""Sending to an address that was judged: the signature of the platform, no proxy, no redirect, no more than the status read."""

from datetime import datetime
from pathlib import Path

import httpx
from django.conf import settings

from xilin import __version__
from xilin.kernel.exchange import reaching, signatures

PATIENCE = httpx.Timeout(10.0, connect=5.0)


def post(url: str, body: bytes, headers: dict[str, str], at: datetime) -> str:
    """POST a body, signed by the platform's key (RFC 9421); "" where it arrived, else what became of it.

    The address is resolved and judged anew each time (`reaching.way`), and the connection made to what was judged;
    AddressWrong where it may not be sent to.
    """
    way = reaching.way(url)
    sender = signatures.sender(Path(settings.HOME))
    signed = signatures.sign(
        sender, way.url, body, {name.lower(): value for name, value in headers.items()}, at
    )
    sent = signed | {
        "host": way.authority,
        "user-agent": f"Xilin/{__version__}",
        "accept-encoding": "identity",
    }
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=PATIENCE) as client,
            client.stream(
                "POST", way.connect, content=body, headers=sent, extensions={"sni_hostname": way.host}
            ) as answer,
        ):
            return "" if 200 <= answer.status_code < 300 else str(answer.status_code)
    except (httpx.HTTPError, OSError) as error:
        return type(error).__name__
