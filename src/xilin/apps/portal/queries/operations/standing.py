"""How things stand: quality, registries, requests and clocks, the gateway, the log and its witnesses, traceability."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import log, scores
from xilin.apps.portal.queries.approvals import KINDS, YEAR
from xilin.apps.portal.queries.names import Names
from xilin.apps.trace.desk import today
from xilin.kernel.audit import queries as audit
from xilin.kernel.casework import totals
from xilin.kernel.casework.totals import Kind, Steps
from xilin.kernel.economy import queries as economy
from xilin.kernel.exchange import pace
from xilin.kernel.exchange.pace import Minute
from xilin.kernel.places import queries as places
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import declared

HOURS = 3
# Of the histories of a gateway: the drawing's size, and a line's least height for one call.
WIDTH, HEIGHT = 360.0, 96.0
# A witness that has not been heard of for so long is behind.
BEHIND = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Base:
    """A base registry: how much it holds, of how many records (None where nothing is linked), when it was made last."""

    code: str
    name: str
    entities: int
    records: int | None
    at: datetime | None
    href: str


def registries(at: datetime) -> list[Base]:
    """四库 People and organisations and whatever else is linked, places, and figures of the economy: what the public may see."""
    language, found = get_language() or "", []
    for code, one in declared("registry").items():
        run = registry.latest_run(code)
        counts = run.counts if run else {}
        records = sum((counts.get("sources") or {}).values())
        entities = int(counts.get("entities") or 0)
        ended = run.finished_at if run else None
        found.append(
            Base(code, one.name.of(language), entities, records, ended, reverse("portal:registries"))
        )
    found.sort(key=lambda one: -one.entities)
    return [*found, *_places(at), *_economy()]


def _places(at: datetime) -> list[Base]:
    codes = tuple(places.collections(signed_in=False))
    if not codes:
        return []
    counts = places.counts(on=timezone.localtime(at).date())
    made = max((build.at for code in codes if (build := places.newest(code))), default=None)
    count = sum(counts.get(code, 0) for code in codes)
    return [Base("places", _("Places"), count, None, made, reverse("portal:places"))]


def _economy() -> list[Base]:
    codes = tuple(economy.flows_for(AnonymousUser()))
    if not codes:
        return []
    count, made = _held(codes, economy.pulse())
    return [Base("economy", _("Economy"), count, None, made, reverse("portal:economy"))]


# Large tables are counted once for each state they are in, which their pulse tells.


@lru_cache(maxsize=4)
def _held(codes: tuple[str, ...], _pulse: int) -> tuple[int, datetime | None]:
    held = [economy.held(code) for code in codes]
    made = max((one.changed_at for one in held if one.changed_at), default=None)
    return sum(one.observations for one in held), made


def quality() -> dict[str, Any]:
    """The six dimensions over all, and the resources that stand worst: as anyone may see them."""
    found = scores.overview(AnonymousUser())
    return {
        "dimensions": found.dimensions,
        "worst": found.resources[:4],
        "overall": found.overall,
        "grade": scores.grade(found.overall),
        "names": Names(),
    }


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests and duties in total: what came and was done since midnight, what is open, nearly due and overdue."""

    received: int
    done: int
    open: int
    steps: Steps
    kinds: list[tuple[str, Kind]]


def requests(at: datetime) -> Requests:
    """The kinds that the public may count; those of the year, the most frequent first."""
    found = totals.kinds(today.midnight(at), at, KINDS)
    year = [(KINDS[one.kind](), one) for one in totals.kinds(at - YEAR, at, KINDS)][:4]
    names = ("in_time", "late", "open", "yellow", "overdue")
    return Requests(
        sum(one.received for one in found),
        sum(one.done for one in found),
        sum(one.open for one in found),
        Steps(**{name: sum(getattr(one.steps, name) for one in found) for name in names}),
        year,
    )


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway: this hour's times, the last whole minute's rate, a line of each minute."""

    hour: Minute
    rate: float
    minutes: list[Minute]
    most: int
    calls: str
    away: str

    @property
    def p50(self) -> str:
        """The time within which half of the hour's calls ended."""
        return _time(self.hour.within(0.5))

    @property
    def p95(self) -> str:
        """The time within which 95 of 100 calls ended."""
        return _time(self.hour.within(0.95))

    @property
    def p99(self) -> str:
        """The time within which 99 of 100 calls ended."""
        return _time(self.hour.within(0.99))

    @property
    def refused(self) -> float | None:
        """The share of calls that were refused, from 0 to 1."""
        return self.hour.refused / self.hour.calls if self.hour.calls else None


def _time(seconds: float | None) -> str:
    """A time in milliseconds, with as many digits as the histogram is exact."""
    if seconds is None:
        return "—"
    told = seconds * 1000
    return f"{told:.1f} ms" if told < 10 else f"{told:,.0f} ms"


def gateway(at: datetime) -> Gateway:
    """How the gateways answer: rate of the last minute, p50, p95 and p99 of the last hour, calls by the minute."""
    minutes = pace.minutes(at - timedelta(hours=HOURS), at)
    hour = pace.together(minutes[-60:], at)
    most = max((one.calls for one in minutes), default=0)
    step = WIDTH / len(minutes)
    calls_drawn, away_drawn = [], []
    for nth, one in enumerate(minutes):
        if one.calls:
            x, tall = (nth + 0.5) * step, max(HEIGHT * one.calls / most, 2.0)
            away = tall * (one.refused + one.failed) / one.calls
            calls_drawn.append(f"M{x:.0f} {HEIGHT:.0f}v-{tall:.1f}")
            if away:
                away_drawn.append(f"M{x:.0f} {HEIGHT - tall:.1f}v{away:.1f}")
    # The last minute is not over: its calls and those of the part of the one before that make up a minute.
    passed = (at - minutes[-1].at).total_seconds()
    calls = minutes[-1].calls + (minutes[-2].calls * max(0.0, 60 - passed) / 60 if len(minutes) > 1 else 0)
    return Gateway(hour, calls / 60, minutes, most, "".join(calls_drawn), "".join(away_drawn))


@dataclass(frozen=True, slots=True)
class Log:
    """The log: entries, those of today, when it was signed last, and its witnesses."""

    size: int
    today: int
    signed_at: datetime | None
    needed: int
    witnesses: tuple[log.Seen, ...]
    behind: int


def logged(at: datetime) -> Log:
    """The log as anyone may see it."""
    size, since = audit.size(), today.midnight(at)
    needed, seen = log.witnesses()
    return Log(
        size,
        audit.count_since(since),
        audit.signed_at(),
        needed,
        seen,
        sum(1 for one in seen if behind(one, size, at)),
    )


def behind(seen: log.Seen, size: int, at: datetime) -> bool:
    """Whether a witness has not signed what there is, and has had its time to."""
    return seen.grade != "good" or (seen.size < size and (seen.at is None or at - seen.at > BEHIND))


def trace(at: datetime) -> today.Today:
    """Traceability since midnight."""
    return today.since(today.midnight(at))
