"""How often an address may ask: a bucket for each that fills again, in memory only."""

import math
from collections import OrderedDict

MOST_ADDRESSES = 20_000


class Rates:
    """So many calls a minute from each address, and a tenth of a minute's at once more than evenly spread."""

    def __init__(self, per_minute: int) -> None:
        self.per_second = per_minute / 60
        self.burst = max(1.0, per_minute / 10)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def taken(self, address: str, now: float) -> int:
        """Take one call; 0 where it may be, else after how many seconds there is one again.

        >>> rates = Rates(60)
        >>> [rates.taken("a", 0.0) for _ in range(8)], rates.taken("b", 0.0), rates.taken("a", 1.0)
        ([0, 0, 0, 0, 0, 0, 1, 1], 0, 0)
        """
        left, since = self._left.pop(address, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.per_second)
        wait = 0 if left >= 1 else math.ceil((1 - left) / self.per_second)
        self._left[address] = (left if wait else left - 1, now)
        if len(self._left) > MOST_ADDRESSES:
            # The one that asked longest ago has had time to fill again, or is one of a flood of many.
            self._left.popitem(last=False)
        return wait
