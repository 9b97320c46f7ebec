"""A verdict as a page shows it: one headline, the reasons, the way of the goods on a map and as a time line."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from xilin.apps.trace.consumer.chain import Chain, Stop, chain
from xilin.apps.trace.consumer.links import Wanted
from xilin.apps.trace.consumer.mongolian import SAID, STAGES, Word, named
from xilin.apps.trace.declarations import VerdictRule
from xilin.apps.trace.verdicts.actions import Verdict
from xilin.apps.trace.verdicts.book import Book
from xilin.apps.trace.verdicts.facts import thing_of
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text
from xilin.web.charts import ground
from xilin.web.charts.ground import Ground, Spot

STAGE_NAMES = {
    "ranch": _("Herder"), "slaughter": _("Slaughter and quarantine"), "plant": _("Plant"),
    "transport": _("Transport and storage"), "shop": _("Shop"), "other": _("Other"),
}  # fmt: skip
STATES = {
    "issued": _("issued, not yet on the market"), "active": _("on the market"), "sold": _("sold"),
    "opened": _("opened"), "returned": _("returned"), "recalled": _("recalled"), "void": _("void"),
}  # fmt: skip
LIMITS = {
    "again_seconds": _("seconds until again"), "tolerance": _("tolerance"), "grace_hours": _("hours of grace"),
    "km": _("km"), "km_per_hour": _("km/h"), "device_km_per_hour": _("km/h of one telephone"), "pairs": _("pairs"),
    "unknown": _("unknown numbers"), "sequential": _("numbers in sequence"), "hours": _("hours"),
    "wait_minutes": _("minutes to wait"), "places": _("different places"), "looks": _("times looked at"),
    "least_rate": _("least looks a day"), "jump": _("steps of the counter"), "days": _("days"),
    "least": _("items at least"), "usual": _("usual share"), "decades": _("powers of ten"),
}  # fmt: skip
KINDS = {"genuine": "good", "caution": "warn", "fake": "bad", "unknown": "idle"}


def limits_of(rule: VerdictRule) -> list[tuple[Any, float]]:
    """A rule's limits, by names for readers."""
    return [(LIMITS.get(name, name), value) for name, value in rule.limits.items()]


class Shown(Struct, frozen=True):
    """A stop with its place in words."""

    stop: Stop
    number: int
    area: Text
    stage: str

    @property
    def mongolian(self) -> Word:
        """The stage in Mongolian."""
        return STAGES[self.stop.stage]

    @property
    def named(self) -> Word:
        """The area in Mongolian."""
        return named(self.area)


def page(found: Wanted, verdict: Verdict, book: Book, *, at: datetime) -> dict[str, Any]:
    """What the page of an item is drawn from."""
    known = verdict.code is not None
    warmest = verdict.product.warmest if verdict.product else None
    way = (
        chain(thing_of(verdict.gtin, verdict.serial), book, at=at, warmest=warmest)
        if known
        else Chain((), None)
    )
    stops = [
        Shown(stop, n, book.place_name(stop.area), str(STAGE_NAMES[stop.stage]))
        for n, stop in enumerate(way.stops, 1)
    ]
    return {
        "wanted": found,
        "verdict": verdict,
        "kind": "bad" if recalled(verdict) else KINDS[verdict.level],
        "recalled": recalled(verdict),
        "product": verdict.product,
        "known": known,
        "state": STATES.get(verdict.state, ""),
        "region": book.region_name(verdict.region) if verdict.region else None,
        "first_place": book.place_name(verdict.first.place)
        if verdict.first and verdict.first.place
        else None,
        "first_named": named(book.place_name(verdict.first.place)) if verdict.first else None,
        "stops": stops,
        "more": way.more,
        "completeness": way.completeness,
        "way": way,
        "map": map_of(stops, book.version),
        "soft": [one for one in verdict.reasons if not one.hard],
        "hard": [one for one in verdict.reasons if one.hard],
        "doubts": doubts(verdict),
        "evidence": sum(one.bits for one in verdict.reasons),
        "said": SAID["blocked" if verdict.blocked else "recalled" if recalled(verdict) else verdict.level],
    }


def recalled(verdict: Verdict) -> bool:
    """Whether the goods are what they seem to be, and nobody may eat or drink them: what a buyer has to read first."""
    return verdict.level == "caution" and any(one.rule == "recalled" for one in verdict.reasons)


def doubts(verdict: Verdict) -> list[Text]:
    """What a buyer is told: the hard reasons, why goods are recalled, and soft reasons only where they add up to a warning."""
    warned = verdict.level != "genuine" and verdict.certainty >= 0.5
    said = []
    for one in verdict.reasons:
        if one.hard or (warned and one.bits > 0):
            said.append(one.text)
            if one.rule == "recalled":
                said.append(one.told)
    return said


class Drawn(Struct, frozen=True):
    """The map of a way: the ground, and on it the numbers of the stops at each spot, and on which side of it these stand."""

    ground: Ground
    spots: tuple[tuple[Spot, str, str], ...]


# Stops nearer than this in degrees are one spot with several numbers: their signs would cover each other.
NEAR = 0.2


def map_of(stops: list[Shown], version: str) -> Drawn | None:
    """The counties of a version with the stops upon them; stops outside the league are told in words only."""
    counties = _counties(version)
    if counties is None:
        return None
    west, south, east, north = counties.bounds
    groups: list[list[Shown]] = []
    for one in stops:
        x, y = one.stop.longitude, one.stop.latitude
        if x is None or y is None or not (west <= x <= east and south <= y <= north):
            continue
        near = next((group for group in groups if _near(group[0].stop, x, y)), None)
        if near is None:
            groups.append([one])
        else:
            near.append(one)
    if not groups:
        return None
    spots = [
        Spot(
            " · ".join(f"{one.number} {one.stop.place or one.area.zh}" for one in group),
            group[0].stop.longitude or 0.0,
            group[0].stop.latitude or 0.0,
            f"#stop-{group[0].number}",
        )
        for group in groups
    ]
    drawn = replace(counties.drawn, spots=counties.frame.placed(spots))
    numbers = ["·".join(str(one.number) for one in group) for group in groups]
    placed = [
        (spot, told, _side(spot, told, drawn.spots, drawn.width))
        for spot, told in zip(drawn.spots, numbers, strict=True)
    ]
    return Drawn(drawn, tuple(placed))


# In units of the drawing, as numbers are set on a telephone, where they are largest.
DIGIT, LINE = 22.0, 40.0


def _side(spot: Spot, told: str, spots: Iterable[Spot], width: float) -> str:
    """Where the numbers of a spot cover no other spot and stay on the map: behind it, else before it, else above."""
    reach = 36.0 + DIGIT * len(told)
    near = [one.x - spot.x for one in spots if one is not spot and abs(one.y - spot.y) < LINE]
    if spot.x + reach <= width and not any(0 <= away < reach for away in near):
        return "after"
    if spot.x - reach >= 0 and not any(-reach < away < 0 for away in near):
        return "before"
    return "above"


def _near(stop: Stop, x: float, y: float) -> bool:
    return abs((stop.longitude or 0.0) - x) < NEAR and abs((stop.latitude or 0.0) - y) < NEAR


class Counties(Struct, frozen=True):
    """The counties as every way of goods is drawn on them; `bounds` are west, south, east and north in degrees."""

    drawn: Ground
    frame: ground.Frame
    bounds: tuple[float, float, float, float]


@lru_cache(maxsize=2)
def _counties(version: str) -> Counties | None:
    """Drawn once for a version of the league folder; None where it has no outlines."""
    declarations = declared("boundary").values() if version else ()
    outlines = [one.geometry for one in declarations if one.geometry and one.geometry["type"] != "Point"]
    drawn = ground.draw(None, [(0, outline) for outline in outlines], [])
    if drawn is None:
        return None
    points = [point for outline in outlines for ring in ground.rings(outline) for point in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Counties(drawn, ground.framed(points), (min(xs), min(ys), max(xs), max(ys)))


def told(verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs, such as the handheld's."""
    first = verdict.first
    return {
        "level": verdict.level,
        "gtin": verdict.gtin,
        "serial": verdict.serial,
        "at": verdict.at,
        "blocked": verdict.blocked,
        "state": verdict.state,
        "lot": verdict.lot,
        "produced": verdict.produced,
        "expiry": verdict.expiry,
        "is_first": verdict.is_first,
        "first": {"at": first.at, "place": first.place, "same": first.same} if first else None,
        "count": verdict.count,
        "certainty": round(verdict.certainty, 6),
        "reasons": [
            {
                "rule": one.rule,
                "hard": one.hard,
                "level": one.level,
                "text": {"zh": one.text.zh, "en": one.text.en},
            }
            for one in verdict.reasons
        ],
        "product": {"name": {"zh": verdict.product.name.zh, "en": verdict.product.name.en}}
        if verdict.product
        else None,
    }
