"""How many reports and attempts come from one place; no address is kept, only a hash under a key that lives as long as the process."""

import hashlib
import hmac
import math
import secrets
import time
from collections import deque

MOST_PLACES = 10_000
_KEY = secrets.token_bytes(32)


class Rate:
    """At most so many in a span of seconds from one place, and so many altogether."""

    def __init__(self, each: int, together: int, seconds: float) -> None:
        self.each, self.together, self.seconds = each, together, seconds
        self._of: dict[bytes, deque[float]] = {}
        self._all: deque[float] = deque()

    def wait(self, address: str, now: float | None = None) -> int:
        """How many seconds a place has to wait; 0 where it may, which then counts."""
        now = time.monotonic() if now is None else now
        ours = self._place(address, now)
        begin = now - self.seconds
        for times in (ours, self._all):
            while times and times[0] <= begin:
                times.popleft()
        for times, most in ((ours, self.each), (self._all, self.together)):
            if len(times) >= most:
                return max(math.ceil(times[0] + self.seconds - now), 1)
        ours.append(now)
        self._all.append(now)
        return 0

    def forget(self) -> None:
        """Begin anew."""
        self._of.clear()
        self._all.clear()

    def _place(self, address: str, now: float) -> deque[float]:
        if len(self._of) > MOST_PLACES:
            gone = [key for key, times in self._of.items() if not times or times[-1] <= now - self.seconds]
            for key in gone:
                del self._of[key]
        key = hmac.digest(_KEY, address.encode(), hashlib.sha256)
        return self._of.setdefault(key, deque())
