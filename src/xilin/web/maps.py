"""一张图 One map: the layers that parts offer for it. This floor knows how a layer is told, not what it shows.

A layer is drawn from vector tiles, or shades the areas of another by values; each is offered only to those who may see
it, and what it is drawn from decides again who reads it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse

from xilin.web.charts import choropleth
from xilin.web.numbers import grouped

KINDS = 12


@dataclass(frozen=True, slots=True)
class Shade:
    """A line of a legend: what it is called, the token of its colour, the value of `Layer.by` that has it."""

    name: str
    colour: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen of a layer; options of one `group` stand together."""

    code: str
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen of a layer, such as an indicator or a year; the first option unless another is."""

    code: str
    name: str
    options: tuple[Option, ...]

    def of(self, code: str) -> Option | None:
        """The option with this code, else the first, else None."""
        return next((one for one in self.options if one.code == code), next(iter(self.options), None))


@dataclass(frozen=True, slots=True)
class Shaded:
    """Values by 12-digit area code; `href` is the page behind them, in which `{code}` becomes the area's code."""

    name: str
    values: Mapping[str, float]
    unit: str = ""
    decimals: int = 0
    source: str = ""
    as_of: str = ""
    href: str = ""


Values = Callable[[Mapping[str, str]], Shaded]


@dataclass(frozen=True, slots=True)
class Layer:
    """图层 A layer of the map.

    `tiles` is the address of vector tiles with `{z}`, `{x}`, `{y}`, and `source` the name of the layer in them; a layer
    with `values` shades the areas of the layer whose code is `over`. `least` is the level from which on it is drawn,
    `words` from which on its names are. `page` is the page of a feature, in which `{id}` becomes its number; `facts` are
    the properties that are told of it, with what they are called. `names` stand once on areas that lie in several tiles:
    name, longitude, latitude, whether the area has no outline and is a spot.
    """

    code: str
    name: str
    group: str
    shape: Literal["area", "line", "point"] = "area"
    tiles: str = ""
    source: str = ""
    over: str = ""
    values: Values | None = None
    choices: tuple[Choice, ...] = ()
    by: str = ""
    legend: tuple[Shade, ...] = ()
    label: str = "name"
    names: tuple[tuple[str, float, float, bool], ...] = ()
    least: int = 0
    words: int = 9
    page: str = ""
    list: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    credit: str = ""
    shown: bool = False

    def picked(self, given: Sequence[str]) -> dict[str, str]:
        """The option of each choice, in their order: the one given, else the first."""
        codes = [*given, *([""] * len(self.choices))]
        found = {one.code: one.of(code) for one, code in zip(self.choices, codes, strict=False)}
        return {code: option.code for code, option in found.items() if option}


Layers = Callable[[HttpRequest], Sequence[Layer]]
OFFERED: list[Layers] = []
SERVED: list[str] = []


def serve(layers: str, page: str) -> None:
    """Let the part that has the map name the addresses of its layers and of its page. Called from `apps.ready()`."""
    SERVED[:] = [layers, page]


def address() -> str:
    """Where scripts ask for the layers; "" where no part has the map's page."""
    return reverse(SERVED[0]) if SERVED else ""


def link(on: str) -> str:
    """The address of the map with these layers, written as in its own address; "" where no part has the map's page."""
    return f"{reverse(SERVED[1])}?on={on}" if SERVED else ""


def offer(layers: Layers) -> None:
    """Let a part add its layers to the map of those who may see them. Called from `apps.ready()`."""
    if layers not in OFFERED:
        OFFERED.append(layers)


def layers(request: HttpRequest) -> list[Layer]:
    """The layers that who asks may see, those of the part first that was wired first."""
    return [layer for part in OFFERED for layer in part(request)]


def layer(request: HttpRequest, code: str) -> Layer | None:
    """One layer that who asks may see, or None: the same for one that is not there and one that is not theirs."""
    return next((one for one in layers(request) if one.code == code), None)


def told(one: Layer, values: str = "") -> dict[str, Any]:
    """A layer as the page's script reads it; `values` is the address of its values."""
    return {
        "code": one.code,
        "name": one.name,
        "group": one.group,
        "shape": one.shape,
        "tiles": one.tiles,
        "source": one.source,
        "over": one.over,
        "values": values if one.values else "",
        "by": one.by,
        "legend": [{"name": row.name, "colour": row.colour, "value": row.value} for row in one.legend],
        "label": one.label,
        "names": [{"name": name, "at": [lon, lat], "spot": spot} for name, lon, lat, spot in one.names],
        "least": one.least,
        "words": one.words,
        "page": one.page,
        "list": one.list,
        "facts": dict(one.facts),
        "kinds": dict(one.kinds),
        "credit": one.credit,
        "shown": one.shown,
    }


def shaded(found: Shaded) -> dict[str, Any]:
    """Values by area as the script reads them: the bounds of the steps in words, each area's step and words."""
    bounds = choropleth.steps(list(found.values.values()))
    return {
        "name": found.name,
        "unit": found.unit,
        "source": found.source,
        "as_of": found.as_of,
        "legend": [{"name": row.name, "colour": row.colour} for row in legend(found)],
        "areas": {
            code: {
                "value": value,
                "shown": f"{grouped(value, found.decimals)} {found.unit}".strip(),
                "colour": f"map-{choropleth.step_of(value, bounds)}",
                "href": found.href.replace("{code}", code),
            }
            for code, value in found.values.items()
        },
    }


def legend(found: Shaded) -> list[Shade]:
    """The ranges of values, each with its shade, the lowest first."""
    bounds = choropleth.steps(list(found.values.values()))
    return [
        Shade(range_of(low, high, found.decimals), f"map-{choropleth.step_of(high, bounds)}")
        for low, high in bounds
    ]


def range_of(low: float, high: float, decimals: int = 0) -> str:
    """A range of values in words; one value where both bounds are one.

    >>> range_of(1000, 2500), range_of(3, 3)
    ('1,000 – 2,500', '3')
    """
    first, last = grouped(low, decimals), grouped(high, decimals)
    return first if first == last else f"{first} – {last}"
