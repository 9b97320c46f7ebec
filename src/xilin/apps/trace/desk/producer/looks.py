"""Looks at a party's goods by place and week, suspected fakes with their evidence, goods that surface outside their region.

A look holds a county or something coarser, never a person: whoever looked is a letter here, and only within one code.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from string import ascii_uppercase
from typing import Any

from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import get_language
from msgspec import Struct

from xilin.apps.trace.codes import queries as codes
from xilin.apps.trace.desk.seats import Producer
from xilin.apps.trace.models import Alert, Allotment, Code, Look
from xilin.apps.trace.verdicts.book import Book
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text
from xilin.web.charts import choropleth
from xilin.web.charts.ground import rings

WARNED = ("caution", "fake")
WIDTH, HEIGHT = 720.0, 560.0
PERIODS = (30, 90, 180, 365)
USUAL = 180
WHOLE = 26 * 7
LEVELS = ("genuine", "caution", "fake", "unknown")
MOST_EVIDENCE = 60

_DIVERTED = """
SELECT c.region, l.place, count(*), array_agg(DISTINCT l.code) FROM trace_look l JOIN trace_code c ON c.id = l.code
WHERE l.gtin = ANY(%s) AND l.at >= %s AND l.at < %s AND c.region <> '' AND l.place <> '' GROUP BY c.region, l.place
"""


class Period(Struct, frozen=True):
    """Days looked at: whole weeks that end today, or one week of them; `week` counts from 1, 0 is all of them."""

    days: int
    week: int
    weeks: int
    since: date
    until: date

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Its first moment, and the first after it."""
        return _midnight(self.since), _midnight(self.until + timedelta(days=1))


class Place(Struct, frozen=True):
    """A place with its looks by level; `x` and `y` where it lies on the map, in degrees."""

    code: str
    name: Text
    levels: dict[str, int]
    longitude: float | None = None
    latitude: float | None = None

    @property
    def looks(self) -> int:
        """All looks."""
        return sum(self.levels.values())

    @property
    def warned(self) -> int:
        """Looks that were warned: caution, or very likely a fake."""
        return sum(self.levels.get(level, 0) for level in WARNED)

    @property
    def fake(self) -> int:
        """Looks that were told it is very likely a fake."""
        return self.levels.get("fake", 0)


class Bubble(Struct, frozen=True):
    """A place drawn: where, how large, how large the warned part; whether its number and its name have room."""

    place: Place
    x: float
    y: float
    r: float
    warned: float
    numbered: bool
    named: bool


class Drawing(Struct, frozen=True):
    """Bubbles over the outlines of counties with their names, or over a `ground` of outlines without."""

    width: float
    height: float
    bubbles: list[Bubble]
    outlines: list[Any] = []
    ground: str = ""


class Week(Struct, frozen=True):
    """A week of the period as a bar."""

    number: int
    since: date
    until: date
    looks: int
    warned: int
    x: float
    width: float
    height: float
    warned_height: float

    @property
    def top(self) -> float:
        """Where its bar begins, from above."""
        return round(41 - self.height, 2)

    @property
    def warned_top(self) -> float:
        """Where the warned part begins."""
        return round(41 - self.warned_height, 2)


class Evidence(Struct, frozen=True):
    """One look at a suspected code; `who` is a letter for a telephone, another one in every code."""

    at: datetime
    place: Text
    level: str
    act: str
    who: str
    fits: bool


class Route(Struct, frozen=True):
    """Where codes of a region were looked at: by region, how many looks and how many codes; what is outside counts as diverted."""

    region: str
    name: Text
    cells: list[tuple[str, int, int, bool]]
    codes: int
    away: int


def period(days: int, week: int, *, at: datetime) -> Period:
    """The days that were chosen; what isn't offered is the usual."""
    days = days if days in (*PERIODS, WHOLE) else USUAL
    today = timezone.localtime(at).date()
    weeks = -(-days // 7)
    week = week if 1 <= week <= weeks else 0
    if not week:
        return Period(days, 0, weeks, today - timedelta(days=days - 1), today)
    until = today - timedelta(days=7 * (weeks - week))
    return Period(days, week, weeks, until - timedelta(days=6), until)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(0)))


def _gtins(producer: Producer, gtin: str) -> list[str]:
    return [gtin] if gtin in producer.gtins else sorted(producer.gtins)


def by_place(producer: Producer, book: Book, chosen: Period, gtin: str = "") -> list[Place]:
    """Places by their looks, the most first: counties of the home league, beyond it areas as coarse as they are known."""
    since, until = chosen.span
    rows = (
        Look.objects.filter(gtin__in=_gtins(producer, gtin), at__gte=since, at__lt=until)
        .order_by()
        .values("place", "level")
        .annotate(n=Count("pk"))
    )
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        levels[row["place"]][row["level"]] += row["n"]
    places = []
    for code, counted in levels.items():
        spot = book.spot(code) if code else None
        places.append(
            Place(
                code,
                book.place_name(code),
                dict(counted),
                spot.longitude if spot else None,
                spot.latitude if spot else None,
            )
        )
    return sorted(places, key=lambda one: (-one.looks, one.code))


def weeks(producer: Producer, chosen: Period, gtin: str, *, at: datetime) -> list[Week]:
    """The weeks of the period with their looks, drawn within 100 by 40."""
    whole = period(chosen.days, 0, at=at)
    first = whole.until - timedelta(days=7 * whole.weeks - 1)
    rows = (
        Look.objects.filter(gtin__in=_gtins(producer, gtin), at__gte=_midnight(first), at__lt=whole.span[1])
        .order_by()
        .annotate(on=TruncDate("at"))
        .values("on", "level")
        .annotate(n=Count("pk"))
    )
    looks: Counter[int] = Counter()
    warned: Counter[int] = Counter()
    for row in rows:
        number = (row["on"] - first).days // 7 + 1
        looks[number] += row["n"]
        warned[number] += row["n"] if row["level"] in WARNED else 0
    most = max(looks.values(), default=0) or 1
    width = 100 / whole.weeks
    return [
        Week(
            number,
            first + timedelta(days=7 * (number - 1)),
            first + timedelta(days=7 * number - 1),
            looks[number],
            warned[number],
            round((number - 1) * width, 2),
            round(width * 0.82, 2),
            round(40 * looks[number] / most, 2),
            round(40 * warned[number] / most, 2),
        )
        for number in range(1, whole.weeks + 1)
    ]


# Maps


def country(places: Iterable[Place], home: str) -> Drawing | None:
    """All places as bubbles where they lie, those of the home league together in one, over the outlines the league declares.

    There is no outline of the country until a league folder has a reviewed one (decision 246): the home league's own shows
    where the others lie.
    """
    middle = _middle()
    together: dict[tuple[float, float], list[Place]] = defaultdict(list)
    for one in places:
        if one.longitude is None or one.latitude is None:
            continue
        at_home = bool(home) and one.code.startswith(home)
        key = middle if at_home and middle else (one.longitude, one.latitude)
        together[key].append(one)
    if not together:
        return None
    merged = [_merged(found, *key) for key, found in together.items()]
    most = max(one.looks for one in merged)
    # The drawing shows what there is to see, and at least a good part of the country.
    west, east = _around([key[0] for key in together], 24.0)
    south, north = _around([key[1] for key in together], 20.0)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * squeeze), HEIGHT / (north - south))

    def where(one: Place) -> tuple[float, float]:
        return ((one.longitude or 0) - west) * squeeze * scale, (north - (one.latitude or 0)) * scale

    width, height = (east - west) * squeeze * scale, (north - south) * scale
    ground = _ground(lambda x, y: ((x - west) * squeeze * scale, (north - y) * scale))
    return Drawing(round(width, 1), round(height, 1), _bubbles(merged, where, most, 36), ground=ground)


def _outlines() -> list[dict[str, Any]]:
    """The outlines the league folder declares."""
    found = [one.geometry for one in declared("boundary").values()] if current_version() else []
    return [one for one in found if one and one["type"] != "Point"]


def _middle() -> tuple[float, float] | None:
    """The middle of the league, where all looks within it are one bubble."""
    points = [point for outline in _outlines() for ring in rings(outline) for point in ring]
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _ground(where: Callable[[float, float], tuple[float, float]]) -> str:
    """The declared outlines as one path; points that fall together on the drawing are one."""
    parts = []
    for outline in _outlines():
        for ring in rings(outline):
            spots = [f"{x:.0f} {y:.0f}" for x, y in (where(*point[:2]) for point in ring)]
            kept = [spot for place, spot in enumerate(spots) if place == 0 or spot != spots[place - 1]]
            if len(kept) > 3:
                parts.append(f"M{'L'.join(kept)}Z")
    return "".join(parts)


def _around(values: list[float], least: float) -> tuple[float, float]:
    """From the least to the greatest value with some room, at least so far apart."""
    low, high = min(values) - 2, max(values) + 2
    more = max(0.0, least - (high - low)) / 2
    return low - more, high + more


def _merged(found: list[Place], longitude: float, latitude: float) -> Place:
    levels: Counter[str] = Counter()
    for one in found:
        levels.update(one.levels)
    name = found[0].name if len(found) == 1 else _home_name() or found[0].name
    return Place(found[0].code, name, dict(levels), longitude, latitude)


def _bubbles(places: list[Place], where: Any, most: int, largest: float) -> list[Bubble]:
    """Areas of circles are in proportion to looks; the largest first, so that small ones lie upon them.

    Names stand below circles where there is room for them; the table and the circles' titles have all.
    """
    drawn: list[Bubble] = []
    taken: list[tuple[float, float, float, float]] = []
    for one in sorted(places, key=lambda place: (-place.looks, place.code)):
        x, y = where(one)
        r = max(4.0, largest * (one.looks / most) ** 0.5)
        inner = r * (one.warned / one.looks) ** 0.5 if one.looks else 0.0
        half = 7.0 * max(len(one.name.zh), len(one.name.en or "") * 0.55)
        box = (x - half, y + r, x + half, y + r + 17)
        free = all(box[0] > t[2] or box[2] < t[0] or box[1] > t[3] or box[3] < t[1] for t in taken)
        if free:
            taken.append(box)
        taken.append((x - r * 0.8, y - r * 0.8, x + r * 0.8, y + r * 0.8))
        drawn.append(Bubble(one, round(x, 1), round(y, 1), round(r, 1), round(inner, 1), r >= 11, free))
    return drawn


def league(places: Iterable[Place], home: str) -> Drawing | None:
    """Counties of the home league with their outlines, looks as bubbles upon them."""
    shapes = _shapes(get_language() or "")
    if not home or shapes is None:
        return None
    counted = {one.code[:6]: one for one in places if one.code.startswith(home) and len(one.code) >= 6}
    at = {shape.place.code[:6]: (shape.x, shape.y) for shape in shapes.shapes}
    found = [one for code, one in counted.items() if code in at]
    most = max((one.looks for one in found), default=1)
    bubbles = _bubbles(found, lambda one: at[one.code[:6]], most, 30)
    return Drawing(shapes.width, shapes.height, bubbles, shapes.shapes)


def home_code() -> str:
    """What area codes of the home league begin with, "" before the first apply."""
    version = current_version()
    return _home(version.digest)[0] if version else ""


def _home_name() -> Text | None:
    version = current_version()
    return _home(version.digest)[1] if version else None


@lru_cache(maxsize=2)
def _home(version: str) -> tuple[str, Text | None]:
    """The digits of the league's own area, and what it is called."""
    del version
    found = next((one for one in declared("area").values() if one.level == "league"), None)
    if found is None:
        return "", None
    return found.code[:4], Text(zh=found.name, en=found.name_en, mn=found.name_mn)


def _shapes(language: str) -> choropleth.Map | None:
    version = current_version()
    return _drawn(version.digest, language) if version else None


@lru_cache(maxsize=4)
def _drawn(version: str, language: str) -> choropleth.Map | None:
    del version
    areas = declared("area")
    places = [
        choropleth.Place(
            code=code,
            name=_brief(Text(zh=areas[code].name, en=areas[code].name_en).of(language))
            if code in areas
            else "",
            value=None,
            shown="",
            geometry=outline.geometry,
        )
        for code, outline in declared("boundary").items()
    ]
    drawn = choropleth.draw(places)
    return drawn if drawn.shapes else None


def _brief(name: str) -> str:
    """A name without the word of its kind, which would not fit into a small county."""
    for kind in ("管委会", "管理区", " City", " Banner", " County", " Administration"):
        name = name.removesuffix(kind)
    return name


# Diversion


def diversion(
    producer: Producer, book: Book, chosen: Period, gtin: str = ""
) -> tuple[list[str], list[Route]]:
    """Codes looked at by the region they are allotted to and the one they were looked at in. Columns, then a row for each region.

    A place within a region of a code's own is never elsewhere, however it may lie in others too.
    """
    since, until = chosen.span
    with connection.cursor() as cursor:
        cursor.execute(_DIVERTED, [_gtins(producer, gtin), since, until])
        rows = cursor.fetchall()
    looks: dict[str, Counter[str]] = defaultdict(Counter)
    seen: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for region, place, count, numbers in rows:
        where = _region_of(place, region, book)
        looks[region][where] += count
        seen[region][where].update(numbers)
    columns = [code for code in book.regions if any(code in one for one in looks.values())]
    if any("" in one for one in looks.values()):
        columns.append("")
    routes = []
    for region in [code for code in book.regions if code in looks]:
        cells = [(code, looks[region][code], len(seen[region][code]), code != region) for code in columns]
        everything = set().union(*seen[region].values())
        away = set().union(*(found for code, found in seen[region].items() if code != region), set())
        routes.append(Route(region, book.region_name(region), cells, len(everything), len(away)))
    return columns, routes


def _region_of(place: str, own: str, book: Book) -> str:
    """The region a place lies in: the code's own where it may, else the one that names it most closely, "" where none does."""
    declared_ = book.regions.get(own)
    if declared_ is not None and declared_.holds(place):
        return own
    best, length = "", 0
    for code, region in book.regions.items():
        for area in region.areas:
            if place.startswith(area) and len(area) > length:
                best, length = code, len(area)
    return best


# Evidence


def evidence(alert: Alert, book: Book) -> list[Evidence]:
    """The looks that stand behind an alert about an item, the newest first; none for other subjects."""
    gtin, _, serial = alert.subject.partition("/")
    if alert.kind != "item" or not serial:
        return []
    rows = list(
        Look.objects.filter(gtin=gtin, serial=serial)
        .order_by("-at")
        .values_list("at", "place", "level", "act", "client", "rules")[:MOST_EVIDENCE]
    )
    letters: dict[int, str] = {}
    for row in reversed(rows):
        letters.setdefault(row[4], _letter(len(letters)))
    return [
        Evidence(at, book.place_name(place), level, act, letters[client], alert.rule in rules)
        for at, place, level, act, client, rules in rows
    ]


def _letter(number: int) -> str:
    """Letters as columns of a sheet have them.

    >>> _letter(0), _letter(25), _letter(26)
    ('A', 'Z', 'AA')
    """
    said = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        said = ascii_uppercase[rest] + said
    return said


def code_of(alert: Alert) -> Code | None:
    """The code an alert is about; None where it is about something else, or was never issued."""
    gtin, _, serial = alert.subject.partition("/")
    return codes.find(gtin, serial) if alert.kind == "item" and serial else None


def allotment_of(alert: Alert, producer: Producer) -> Allotment | None:
    """The consignment an alert is about, if it is the party's own."""
    if alert.kind != "consignment" or not alert.subject.isdecimal():
        return None
    return Allotment.objects.filter(pk=int(alert.subject), gtin__in=producer.gtins).first()
