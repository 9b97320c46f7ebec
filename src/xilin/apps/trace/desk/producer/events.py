"""Events as a producer's people read them: found by product, step, day or number, and each told in words."""

# Statements are put together from the texts of this module and of `finding` alone.
# ruff: noqa: S608

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import unquote

from django.db import connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from msgspec import Struct

from xilin.apps.trace.desk.producer import words
from xilin.apps.trace.desk.seats import Producer
from xilin.apps.trace.epcis import facts
from xilin.apps.trace.epcis.events import Event, Thing
from xilin.apps.trace.epcis.keys import canonical, thing
from xilin.apps.trace.epcis.names import Names
from xilin.apps.trace.models import CodeBatch, MasterData, Party
from xilin.apps.trace.repository import finding, searching
from xilin.apps.trace.repository.finding import Sql
from xilin.apps.trace.verdicts.book import Book
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

SIZE = 25
MOST_THINGS = 60
ITEM, ROOT = "https://id.gs1.org/01/", "https://id.gs1.org/"
PLACE_KINDS = ("urn:epcglobal:epcis:vtype:Location", "urn:epcglobal:epcis:vtype:Party")


class Filter(Struct, frozen=True):
    """What events are looked for: of a product, step and days, about one thing; `mine` those the party told itself."""

    gtin: str = ""
    step: str = ""
    thing: str = ""
    since: date | None = None
    until: date | None = None
    mine: bool = True
    after: str = ""


class Row(Struct, frozen=True):
    """An event as it was found."""

    id: int
    party: int
    record_time: datetime
    event: Event
    event_id: str


class Told(Struct, frozen=True):
    """A thing in words: its part in the event, what it is, its number, how much of it."""

    role: Text
    name: Text | None
    kind: Text
    number: str
    amount: str
    unit: Text | None
    uri: str


class Page(Struct, frozen=True):
    """Some events, and where the next page begins ("" where this is the last)."""

    rows: list[Row]
    after: str


def found(producer: Producer, wanted: Filter, *, size: int = SIZE) -> Page:
    """Events that fit and that the party may see, the newest first."""
    conditions = list(_conditions(producer, wanted))
    where = " AND ".join(f"({one.text})" for one in conditions)
    values = [value for one in conditions for value in one.values]
    with transaction.atomic():
        connection.ensure_connection()
        with searching.patient(connection.connection):
            rows = _rows(f"{where} ORDER BY e.event_time DESC, e.id DESC LIMIT %s", [*values, size + 1])
    more = rows[:size]
    after = f"{more[-1].event.time.isoformat()}_{more[-1].id}" if len(rows) > size else ""
    return Page(more, after)


def one(producer: Producer, number: int) -> Row:
    """One event that the party may see; NotFound for every other."""
    visible = finding.visible(producer.viewer)
    rows = _rows(f"e.id = %s AND {visible.text}", [number, *visible.values])
    if not rows:
        raise NotFound(kind=_("event"), name=number)
    return rows[0]


def newest(producer: Producer, *, at: datetime, most: int = 6) -> list[Row]:
    """The last events that the party told."""
    return found(producer, Filter(until=timezone.localtime(at).date()), size=most).rows


def of_batch(producer: Producer, batch: CodeBatch, *, most: int = 8) -> list[Row]:
    """The last events about a production batch or its items, as far as the party may see them."""
    if not batch.lot:
        return []
    numbers = [f"{ITEM}{batch.gtin}/10/{batch.lot}"]
    serials = batch.codes.order_by("pk").values_list("serial", flat=True)[:200]
    numbers += [f"{ITEM}{batch.gtin}/21/{serial}" for serial in serials]
    visible = finding.visible(producer.viewer)
    return _rows(
        "(e.id, e.event_time) IN (SELECT t.event, t.event_time FROM trace_event_thing t WHERE t.uri = ANY(%s))"
        f" AND {visible.text} ORDER BY e.event_time DESC, e.id DESC LIMIT %s",
        [numbers, *visible.values, most],
    )


def _conditions(producer: Producer, wanted: Filter) -> Iterable[Sql]:
    if wanted.mine:
        yield Sql("e.party = %s", (producer.party,))
    else:
        yield finding.visible(producer.viewer)
    if wanted.step:
        yield Sql("e.biz_step = %s", (wanted.step,))
    if wanted.since:
        yield Sql("e.event_time >= %s", (_midnight(wanted.since),))
    if wanted.until:
        yield Sql("e.event_time < %s", (_midnight(wanted.until + timedelta(days=1)),))
    if wanted.gtin:
        yield Sql(
            "EXISTS (SELECT FROM trace_event_thing t WHERE t.event = e.id AND t.event_time = e.event_time"
            " AND t.role BETWEEN 1 AND 15 AND starts_with(t.uri, %s))",
            (f"{ITEM}{wanted.gtin}",),
        )
    if wanted.thing:
        yield Sql(
            "(e.id, e.event_time) IN (SELECT t.event, t.event_time FROM trace_event_thing t WHERE t.uri = %s)",
            (thing(canonical(wanted.thing).id),),
        )
    moment, _, number = wanted.after.rpartition("_")
    begun = _moment(moment)
    if begun is not None and number.isdecimal():
        yield Sql("(e.event_time, e.id) < (%s, %s)", (begun, int(number)))


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0)))


def _rows(where: str, values: Sequence[Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.id, e.party, e.record_time, e.event_id, e.context, e.body FROM trace_event e WHERE {where}",
            list(values),
        )
        return [
            Row(number, party, recorded, facts.event(_json(body), Names(_json(context) or {})), name)
            for number, party, recorded, name, context, body in cursor.fetchall()
        ]


def _json(value: Any) -> Any:
    """Django's connection gives JSON as text."""
    return json.loads(value) if isinstance(value, str) else value


# In words


def things(event: Event, book: Book, *, most: int = MOST_THINGS) -> tuple[list[Told], int]:
    """What an event is about in words, and how many more things there are."""
    order = list(words.ROLES)
    sorted_ = sorted(event.things, key=lambda thing: order.index(thing.role))
    return [_told(thing, book) for thing in sorted_[:most]], max(0, len(sorted_) - most)


def _told(thing: Thing, book: Book) -> Told:
    name, kind, number = _named(thing.id, book)
    amount = "" if thing.quantity is None else f"{thing.quantity:,.10g}"
    unit = words.said(words.UNITS, thing.uom) if thing.uom else None
    return Told(words.ROLES[thing.role], name, kind, number, amount, unit, thing.id)


def _named(uri: str, book: Book) -> tuple[Text | None, Text, str]:
    """What a thing is called, of what kind it is, its number as people say it."""
    if uri.startswith(ITEM):
        gtin, _, rest = uri[len(ITEM) :].partition("/")
        product = book.products.get(gtin)
        key, _, value = rest.partition("/")
        kind = {
            "21": Text(zh="单品", en="item"),
            "10": Text(zh="批次", en="batch"),
            "": Text(zh="产品", en="product"),
        }.get(key, Text(zh="产品", en="product"))
        return product.name if product else None, kind, unquote(value) or gtin
    for key, kind in (
        ("00/", Text(zh="物流单元", en="logistic unit")),
        ("8003/", Text(zh="周转容器", en="returnable container")),
        ("8004/", Text(zh="设备或车辆", en="equipment or vehicle")),
    ):
        if uri.startswith(ROOT + key):
            return None, kind, unquote(uri[len(ROOT) + len(key) :])
    if uri.startswith("urn:xilin:eartag:"):
        return None, Text(zh="耳标", en="ear tag"), uri.rsplit(":", 1)[-1]
    return None, Text(zh="标识", en="identifier"), uri


def summary(event: Event, book: Book) -> list[tuple[Text, str, int]]:
    """What an event is about in a line: product or kind, a number where it is one, how many."""
    grouped: dict[tuple[str, str], list[Any]] = {}
    for one in event.things:
        if one.role == "parent":
            continue
        name, kind, number = _named(one.id, book)
        words_ = name or kind
        grouped.setdefault((words_.zh, one.role), [words_, number, 0])[2] += 1
    return [
        (words_, number if count == 1 else "", count) for words_, number, count in list(grouped.values())[:3]
    ]


def place_names(rows: Iterable[Row]) -> dict[str, str]:
    """What places and parties that events name are called, as their master data says."""
    uris = set()
    for row in rows:
        event = row.event
        uris |= {event.read_point, event.biz_location}
        uris |= {link.id for link in (*event.sources, *event.destinations)}
    return names_of(uris - {None})


def names_of(uris: Iterable[str | None]) -> dict[str, str]:
    """Names of places and parties by their identifiers; a party that has no name is called as its place is."""
    wanted = [uri for uri in uris if uri]
    places = {uri: uri.replace("/417/", "/414/") for uri in wanted}
    rows = MasterData.objects.filter(uri__in={*wanted, *places.values()}, kind__in=PLACE_KINDS)
    names = {
        uri: name
        for uri, attributes in rows.order_by("at").values_list("uri", "attributes")
        if (name := _name(attributes))
    }
    return {uri: found for uri in wanted if (found := names.get(uri) or names.get(places[uri]))}


def _name(attributes: Iterable[Mapping[str, Any]]) -> str:
    for one in attributes:
        if str(one.get("id", "")).endswith(("mda#name", "mda:name", "cbvmda:name")):
            return str(one.get("attribute") or "")
    return ""


def number_of(uri: str | None) -> str:
    """The number in an identifier of a place, a party or a document.

    >>> number_of("https://id.gs1.org/414/9520000000004"), number_of("urn:xilin:document:SH-96")
    ('9520000000004', 'SH-96')
    """
    said = uri or ""
    if said.startswith("urn:"):
        return unquote(said.rpartition(":")[2]) or said
    return unquote(said.removeprefix(ROOT).partition("/")[2]) or said


def party_name(number: int) -> str:
    """Who told an event."""
    party = Party.objects.filter(pk=number).first()
    return str(party) if party else ""
