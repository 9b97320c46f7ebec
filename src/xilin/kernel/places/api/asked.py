"""What a request asks for, read and checked: parameters as OGC API - Features has them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from django.http import HttpRequest

from xilin.kernel.places.declarations import Collection
from xilin.kernel.places.errors import ParameterUnknown, ParameterWrong
from xilin.kernel.places.pipeline import crs
from xilin.kernel.places.pipeline.geometry import within_cell
from xilin.kernel.places.queries import FILTERS, Wanted

LIMIT, MOST = 100, 10_000
ITEMS = ("bbox", "bbox-crs", "crs", "datetime", "limit", "after", "h3", "f")
T = TypeVar("T")


@dataclass(frozen=True)
class Items:
    """A request for items: what is wanted, how many after which id, in which coordinate system."""

    wanted: Wanted = field(default_factory=Wanted)
    limit: int = LIMIT
    after: int = 0
    crs: str = crs.CRS84


def known(request: HttpRequest, allowed: Iterable[str]) -> None:
    """Refuse a parameter that the address doesn't have (part 1, requirement 8)."""
    allowed = tuple(allowed)
    for name in request.GET:
        if name not in allowed:
            raise ParameterUnknown(name=name, allowed=", ".join(allowed))


def value(request: HttpRequest, name: str, read: Callable[[str], T], default: T, allowed: str) -> T:
    """A parameter read, or its default where it isn't given.

    Raises:
        ParameterWrong: it can't be read.
    """
    text = request.GET.get(name)
    if text is None:
        return default
    try:
        return read(text)
    except (ValueError, KeyError, OverflowError):
        raise ParameterWrong(name=name, value=text[:100], allowed=allowed) from None


def filters(collection: Collection) -> tuple[str, ...]:
    """The parameters by which items are filtered for equality."""
    return tuple(dict.fromkeys((*FILTERS, *collection.properties)))


def items(request: HttpRequest, collection: Collection) -> Items:
    """The parameters of `/items`."""
    equal = filters(collection)
    known(request, (*ITEMS, *equal))
    systems = ", ".join(crs.SUPPORTED)
    given = value(request, "bbox-crs", crs.reference, crs.reference(crs.CRS84), systems).uri
    box = value(
        request, "bbox", lambda text: box_of(text, given), None, "west,south,east,north (or with heights)"
    )
    always: tuple[date | None, date | None] = (None, None)
    since, until = value(
        request, "datetime", stretch_of, always, "2026-11-24, 2020-01-01/2026-11-24, ../2026-11-24"
    )
    return Items(
        Wanted(
            box=box,
            since=since,
            until=until,
            any_time="datetime" in request.GET,
            equal={name: request.GET[name] for name in equal if name in request.GET},
            cell=value(request, "h3", cell_of, "", "an H3 cell of resolution 0 to 9"),
        ),
        limit=value(request, "limit", limit_of, LIMIT, f"1 … {MOST}"),
        after=value(request, "after", natural, 0, "the id of the last item seen"),
        crs=system(request),
    )


def system(request: HttpRequest) -> str:
    """The coordinate system of the answer."""
    return value(request, "crs", crs.reference, crs.reference(crs.CRS84), ", ".join(crs.SUPPORTED)).uri


def natural(text: str) -> int:
    """A whole number from 0, of at most 18 digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def limit_of(text: str) -> int:
    """How many; more than the most is the most."""
    number = natural(text)
    if number < 1:
        raise ValueError(text)
    return min(number, MOST)


def box_of(text: str, system: str) -> tuple[float, float, float, float]:
    """A bounding box of four numbers, or six with heights, which are passed over."""
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(number) < 1e9 for number in numbers):
        raise ValueError(text)
    west, south, east, north = crs.box_to_storage((numbers[0], numbers[1], numbers[2], numbers[3]), system)
    if south > north or not all(
        number == number and abs(number) <= 360 for number in (west, south, east, north)
    ):
        raise ValueError(text)
    return west, south, east, north


def stretch_of(text: str) -> tuple[date | None, date | None]:
    """A day or a time, or two of them with a slash; `..` or nothing for an open end."""
    parts = text.split("/")
    if len(parts) > 2 or not text:
        raise ValueError(text)
    days = [None if part in ("", "..") else day_of(part) for part in parts]
    if len(parts) == 1:
        if days[0] is None:
            raise ValueError(text)
        return days[0], days[0]
    since, until = days
    if since and until and until < since:
        raise ValueError(text)
    return since, until


def day_of(text: str) -> date:
    """The day of an RFC 3339 date or time."""
    return datetime.fromisoformat(text).date() if len(text) > 10 else date.fromisoformat(text)


def cell_of(text: str) -> str:
    """An H3 cell."""
    within_cell(text)
    return text
