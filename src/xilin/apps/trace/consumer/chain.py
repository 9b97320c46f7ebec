"""The way of an item as a buyer reads it (追溯时间线): a stop for each place and stage, from the herder to the shop.

Reads lineage and the events it names, and shows of each party what the league folder allows. Many animals of one herder,
or many readings of one lorry, are one stop. Readings of a thermometer that travelled along, associated with goods or with what carried
them, are told as those of the goods are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from django.utils import timezone
from msgspec import Struct

from xilin.apps.trace.genealogy import companions, walks
from xilin.apps.trace.genealogy import queries as genealogy
from xilin.apps.trace.genealogy.shapes import Completeness, Happening, Trace
from xilin.apps.trace.models import MasterData
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.registry import queries as registry

Stage = Literal["ranch", "slaughter", "plant", "transport", "shop", "other"]
STAGES: tuple[Stage, ...] = ("ranch", "slaughter", "plant", "transport", "shop", "other")
ROLES: dict[str, Stage] = {
    "ranch": "ranch", "herder": "ranch", "slaughterhouse": "slaughter", "plant": "plant", "kitchen": "plant",
    "centre": "transport", "carrier": "transport", "shop": "shop",
}  # fmt: skip
SLAUGHTER = {"killing", "slaughtering", "stunning", "inspecting"}
SOLD = {"retail_selling"}
ON_THE_WAY = {"shipping", "transporting", "departing", "arriving", "in_transit"}
# Which party's line of the declaration tells what is shown of a stage's place.
PARTY: dict[Stage, str] = {
    "ranch": "ranch", "slaughter": "slaughterhouse", "plant": "plant", "transport": "plant", "shop": "shop", "other": "plant",
}  # fmt: skip
MOST_STOPS, MOST_EVENTS = 24, 400
LOCATION = "urn:epcglobal:epcis:vtype:Location"


class Stop(Struct, frozen=True):
    """One stop: a stage at a place, from when to when, with what is told of it.

    `herder` is a name as far as the law lets it be read; `certificates` are numbers; `celsius` the coldest and the
    warmest of `readings` readings; `warm` when it was first too warm for the finished goods, and the warmest then;
    `animals` how many animals came from here.
    """

    stage: Stage
    place: str
    area: str
    since: datetime
    until: datetime
    steps: tuple[str, ...]
    longitude: float | None = None
    latitude: float | None = None
    herder: str = ""
    animals: int = 0
    certificates: tuple[str, ...] = ()
    celsius: tuple[float, float] | None = None
    readings: int = 0
    warm: tuple[datetime, float] | None = None

    @property
    def long(self) -> bool:
        """Whether it lasted over midnight."""
        return timezone.localtime(self.since).date() != timezone.localtime(self.until).date()


class Chain(Struct, frozen=True):
    """All stops in order of time, and how far what is known goes.

    `warmest` is the limit of the product's cold chain, `measured` how many readings of the finished goods there are: none says nothing.
    """

    stops: tuple[Stop, ...]
    completeness: Completeness | None
    more: int = 0
    warmest: float | None = None
    measured: int = 0

    @property
    def stages(self) -> set[str]:
        """The stages that are known."""
        return {stop.stage for stop in self.stops}

    @property
    def broken(self) -> bool:
        """Whether the finished goods were once too warm."""
        return any(stop.warm for stop in self.stops)


class Place(Struct, frozen=True):
    """What master data says of a location."""

    name: str = ""
    role: str = ""
    area: str = ""
    entity: str = ""
    longitude: float | None = None
    latitude: float | None = None


def chain(thing: str, book: Book, *, at: datetime, warmest: float | None = None) -> Chain:
    """The stops of an item up to a moment; empty where nobody captured anything about it.

    `warmest` is the limit of its cold chain in degrees Celsius, which counts from when the item was made.
    """
    trace = genealogy.back(thing, at=at)
    if not trace.events:
        return Chain((), trace.completeness)
    along = [one for one in companions.seen(_until_used(trace), at=at) if one.event not in _numbers(trace)]
    stood = [one.location or one.read_point or "" for one in trace.events]
    stood += [one.location or one.read_point or "" for one in along]
    places = _places(set(stood) - {""})
    facts = _facts({one.event: one.time for one in trace.events} | {one.event: one.time for one in along})
    grouped: dict[tuple[Stage, str], list[Happening]] = defaultdict(list)
    for one in trace.events:
        where = one.location or one.read_point or ""
        grouped[_stage(one, places.get(where, Place())), where].append(one)
    for sighting in along:
        # A thermometer on its way stands at no place: what it says is told of what it travelled with.
        if facts.get(sighting.event, _NONE).celsius:
            where = next(
                (w for w in (sighting.location, sighting.read_point) if w in places), sighting.carrier
            )
            one = _happening(sighting)
            grouped[_stage(one, places.get(where, Place(role="carrier"))), where].append(one)
    herders = _herders(
        {places[where].entity for stage, where in grouped if stage == "ranch" and where in places}, book
    )
    made = min((one.time for one in trace.events if thing in one.about), default=at)
    limit = (warmest, made) if warmest is not None else None
    stops = [
        _stop(stage, places.get(where, Place()), happened, facts, trace, book, limit, herders)
        for (stage, where), happened in grouped.items()
    ]
    stops.sort(key=lambda stop: (stop.since, STAGES.index(stop.stage)))
    times = {one.event: one.time for happened in grouped.values() for one in happened}
    measured = sum(len(fact.celsius) for number, fact in facts.items() if times.get(number, at) >= made)
    return Chain(
        tuple(stops[:MOST_STOPS]), trace.completeness, max(0, len(stops) - MOST_STOPS), warmest,
        measured if warmest is not None else 0,
    )  # fmt: skip


def _numbers(trace: Trace) -> dict[int, None]:
    return dict.fromkeys(one.event for one in trace.events)


def _until_used(trace: Trace) -> dict[str, datetime | None]:
    """The goods of a trace, each until it was used up."""
    found: dict[str, datetime | None] = dict.fromkeys(trace.goods())
    for edge in trace.edges:
        if edge.kind == "used" and edge.source in found:
            before = found[edge.source]
            found[edge.source] = edge.since if before is None else max(before, edge.since)
    return found


def _happening(one: companions.Sighting) -> Happening:
    """A reading on the way, as something that happened to the goods."""
    return Happening(
        event=one.event, time=one.time, step="transporting", disposition=None, read_point=one.read_point,
        location=one.location, source=None, destination=None, about=(), through=(one.carrier,),
    )  # fmt: skip


def _stage(one: Happening, place: Place) -> Stage:
    step = one.step or ""
    if step in SLAUGHTER:
        return "slaughter"
    if step in SOLD:
        return "shop"
    known = ROLES.get(place.role)
    if known:
        return known
    return "transport" if step in ON_THE_WAY or one.disposition == "in_transit" else "other"


def _stop(
    stage: Stage,
    place: Place,
    happened: Sequence[Happening],
    facts: dict[int, "Facts"],
    trace: Trace,
    book: Book,
    limit: tuple[float, datetime] | None,
    herders: Mapping[str, str],
) -> Stop:
    told = [facts[one.event] for one in happened if one.event in facts]
    read = {
        (one.event, n): (one.time, celsius)
        for one in happened
        for n, celsius in enumerate(facts.get(one.event, _NONE).celsius)
    }
    readings = [celsius for _, celsius in read.values()]
    warm = sorted(
        (at, celsius) for at, celsius in read.values() if limit and celsius > limit[0] and at >= limit[1]
    )
    shown = book.disclosures.get(PARTY[stage])
    whole = shown is None or shown.show == "full"
    certificates = book.disclosures.get("certificate")
    spot = book.spot(place.area[:6]) if place.area else None
    items = {thing for one in happened for thing in one.about}
    return Stop(
        stage=stage,
        place=place.name if whole else "",
        area=spot.code if spot else "",
        since=min(one.time for one in happened),
        until=max(one.time for one in happened),
        steps=tuple(dict.fromkeys(one.step for one in happened if one.step)),
        longitude=place.longitude if whole else None,
        latitude=place.latitude if whole else None,
        herder=herders.get(place.entity, "") if stage == "ranch" else "",
        animals=len(items) if stage == "ranch" and trace.roots[0] not in items else 0,
        certificates=()
        if certificates and certificates.show == "none"
        else tuple(sorted({number for one in told for number in one.certificates}))[:3],
        celsius=(min(readings), max(readings)) if readings else None,
        readings=len(readings),
        warm=(warm[0][0], max(celsius for _, celsius in warm)) if warm else None,
    )


def _herders(entities: Iterable[str], book: Book) -> dict[str, str]:
    """Herders' names as the declaration allows: whole, the first character only, or not at all."""
    declared = book.disclosures.get("herder")
    show = declared.show if declared else "none"
    people = [] if show == "none" else [one for one in entities if one.startswith("people/")]
    told = registry.attributes_of("people", [one.removeprefix("people/") for one in people]) if people else {}
    names = {f"people/{number}": str(said.get("person_name") or "") for number, said in told.items()}
    return {entity: name if show == "full" else masked(name) for entity, name in names.items()}


def masked(name: str) -> str:
    """A name of which only the first character can be read.

    >>> masked("乌云其木格"), masked("")
    ('乌**', '')
    """
    return f"{name[:1]}**" if name else ""


NEAR = timedelta(days=1)
# Bodies are text: which may say something is told without reading each as JSON.
TELLING = '"(certificationInfo|bizTransactionList|sensorElementList)"'


class Facts(Struct, frozen=True):
    """What the body of an event says beyond its columns."""

    certificates: tuple[str, ...]
    celsius: tuple[float, ...]


_NONE = Facts((), ())


def _facts(events: Mapping[int, datetime]) -> dict[int, Facts]:
    """Certificates and temperatures of events, each with its time; most events have neither.

    The times say which months of events there are to look into.
    """
    if not events:
        return {}
    rows = walks.rows(
        "SELECT id, body FROM trace_event WHERE id = ANY(%s::bigint[]) AND event_time BETWEEN %s AND %s AND body ~ %s LIMIT %s",
        [list(events), min(events.values()) - NEAR, max(events.values()) + NEAR, TELLING, MOST_EVENTS],
    )
    told = ((number, msgspec.json.decode(body)) for number, body in rows)
    return {number: Facts(tuple(_certificates(body)), tuple(_celsius(body))) for number, body in told}


def _certificates(body: dict[str, Any]) -> Iterable[str]:
    told = body.get("certificationInfo") or []
    for one in [told] if isinstance(told, str) else told:
        yield str(one).rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    for one in body.get("bizTransactionList") or []:
        if str(one.get("type", "")).rsplit(":", 1)[-1].rsplit("-", 1)[-1] in ("cert", "testprd"):
            yield str(one.get("bizTransaction", "")).rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _celsius(body: dict[str, Any]) -> Iterable[float]:
    for element in body.get("sensorElementList") or []:
        for report in element.get("sensorReport") or []:
            if str(report.get("uom")) != "CEL":
                continue
            for name in ("value", "minValue", "maxValue", "meanValue"):
                if isinstance(report.get(name), int | float):
                    yield float(report[name])


def _places(uris: Iterable[str]) -> dict[str, Place]:
    rows = (
        MasterData.objects.filter(uri__in=list(uris), kind=LOCATION)
        .order_by("at")
        .values_list("uri", "attributes")
    )
    return {uri: _place(attributes) for uri, attributes in rows}


def _place(attributes: Sequence[dict[str, Any]]) -> Place:
    said = {
        str(one.get("id", "")).rsplit("#", 1)[-1].rsplit(":", 1)[-1]: one.get("attribute")
        for one in attributes
    }
    return Place(
        name=str(said.get("name") or ""),
        role=str(said.get("role") or ""),
        area=str(said.get("area") or ""),
        entity=str(said.get("entity") or ""),
        longitude=_number(said.get("longitude")),
        latitude=_number(said.get("latitude")),
    )


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
