"""The upper level's door: one HTTP POST of one report, and what its answer means.

    POST <XILIN_UPWARD_URL>
    Authorization: Bearer <XILIN_UPWARD_TOKEN>
    Idempotency-Key: <key>
    Content-Type: application/json

Any 2xx is a receipt, its JSON body kept. 408, 425, 429, 401, 403 and 5xx, and no answer at all, are tried again;
any other 4xx is a refusal of what was reported.
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30
LARGEST_ANSWER = 64 * 1024
AGAIN = frozenset({401, 403, 408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended; `wait` is how many seconds the upper level asks for, where it does."""

    outcome: Literal["received", "refused", "again"]
    receipt: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    wait: int = 0


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere: it is an answer like any other."""

    def redirect_request(self, *_arguments: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def post(url: str, token: str, key: str, document: dict[str, Any]) -> Answer:
    """Send one report; never raises for what the other side does."""
    if urlsplit(url).scheme not in {"http", "https"}:
        return Answer("again", error=f"not an HTTP address: {urlsplit(url).scheme or '—'}")
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": key}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps(document, ensure_ascii=False).encode()
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310  checked above
    try:
        with _opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            return Answer("received", _receipt(response.read(LARGEST_ANSWER + 1)))
    except urllib.error.HTTPError as error:
        with error:
            return _not_received(error)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Answer("again", error=str(reason)[:300] or type(error).__name__)


def _receipt(content: bytes) -> dict[str, Any]:
    """The answer as it is kept: JSON where it is JSON and not too long, else nothing of it."""
    try:
        told = json.loads(content) if len(content) <= LARGEST_ANSWER else {}
    except ValueError:
        told = {}
    return told if isinstance(told, dict) else {"answer": told}


def _not_received(error: urllib.error.HTTPError) -> Answer:
    said = error.read(300).decode("utf-8", "replace").strip()
    told = f"HTTP {error.code} {said}".strip()[:400]
    if error.code in AGAIN or error.code >= 500 or error.code < 400:
        wait = error.headers.get("Retry-After", "")
        return Answer("again", error=told, wait=int(wait) if wait.isdecimal() else 0)
    return Answer("refused", error=told)
