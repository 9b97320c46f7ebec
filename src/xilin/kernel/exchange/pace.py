"""How quick the gateways are: a scale of times, and what a histogram on it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2

from django.db import connection
from django.db.models import Sum

from xilin.kernel.exchange.models import Pace

# Seconds at which the scale begins, steps in which a time doubles, and the last step (100 s).
FIRST, STEPS, LAST = 1e-4, 4, 80


def bucket(seconds: float) -> int:
    """The place of a time on the scale.

    >>> bucket(0.00005), bucket(0.0001), bucket(0.0002), bucket(1000)
    (0, 0, 4, 80)
    """
    return min(int(STEPS * log2(seconds / FIRST)), LAST) if seconds > FIRST else 0


def bounds(place: int) -> tuple[float, float]:
    """The shortest and the longest time of a place, in seconds."""
    return FIRST * 2 ** (place / STEPS), FIRST * 2 ** ((place + 1) / STEPS)


def quantile(histogram: Mapping[int, int], share: float) -> float | None:
    """The time within which a share of calls ended, in seconds, at most a tenth off; None where there were none."""
    whole = sum(histogram.values())
    if not whole:
        return None
    wanted, seen = share * whole, 0
    for place in sorted(histogram):
        calls = histogram[place]
        if calls and seen + calls >= wanted:
            low, high = bounds(place)
            return float(low * (high / low) ** ((wanted - seen) / calls))
        seen += calls
    return bounds(max(histogram))[1]


@dataclass(slots=True)
class Minute:
    """The calls of a minute, or of a longer time."""

    at: datetime
    answered: int = 0
    refused: int = 0
    failed: int = 0
    histogram: dict[int, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """All of them."""
        return self.answered + self.refused + self.failed

    def within(self, share: float) -> float | None:
        """The time within which a share of them ended, in seconds."""
        return quantile(self.histogram, share)

    def add(self, outcome: str, place: int, calls: int) -> None:
        """Count calls that ended alike."""
        setattr(self, outcome, getattr(self, outcome) + calls)
        self.histogram[place] = self.histogram.get(place, 0) + calls


MINUTE = timedelta(minutes=1)


def pulse() -> tuple[datetime | None, int]:
    """What changes with every call, cheaply asked: the newest minute and how many calls it has."""
    newest = Pace.objects.order_by("-minute").values_list("minute", flat=True).first()
    if newest is None:
        return None, 0
    return newest, Pace.objects.filter(minute=newest).aggregate(calls=Sum("calls"))["calls"] or 0


def minutes(since: datetime, until: datetime) -> list[Minute]:
    """Every minute that begins within a time, those without a call too, the first one first."""
    first = since.replace(second=0, microsecond=0)
    found = {}
    while first < until:
        found[first] = Minute(first)
        first += MINUTE
    rows = Pace.objects.filter(minute__gte=since.replace(second=0, microsecond=0), minute__lt=until)
    for minute, outcome, place, calls in rows.values_list("minute", "outcome", "bucket", "calls"):
        if minute in found:
            found[minute].add(outcome, place, calls)
    return list(found.values())


def answered(since: datetime, until: datetime) -> int:
    """How many calls were answered in the minutes of a time."""
    rows = Pace.objects.filter(minute__gte=since, minute__lt=until, outcome=Pace.Outcome.ANSWERED)
    return int(rows.aggregate(calls=Sum("calls"))["calls"] or 0)


_COURSE = """
    SELECT floor(extract(epoch FROM minute - %(since)s) / %(step)s)::int, sum(calls)
    FROM exchange_pace WHERE minute >= %(since)s AND minute < %(until)s GROUP BY 1
"""


def course(since: datetime, until: datetime, step: timedelta) -> list[int]:
    """How many calls there were in each step of a time, the first one first."""
    found = [0] * -(-(until - since) // step)
    with connection.cursor() as cursor:
        cursor.execute(_COURSE, {"since": since, "until": until, "step": step.total_seconds()})
        for place, calls in cursor.fetchall():
            found[place] = int(calls)
    return found


def together(parts: list[Minute], at: datetime) -> Minute:
    """Several minutes as one time."""
    whole = Minute(at)
    for part in parts:
        whole.answered += part.answered
        whole.refused += part.refused
        whole.failed += part.failed
        for place, calls in part.histogram.items():
            whole.histogram[place] = whole.histogram.get(place, 0) + calls
    return whole
