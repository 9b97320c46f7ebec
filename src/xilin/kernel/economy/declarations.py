"""What a league folder says about the series of its economy: who publishes them, and what each dataflow holds.

Source: the information model of SDMX 2.1 (ISO 17369:2013), sections 4 to 6: agency, concept, code list, data structure, dataflow.
"""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from xilin.kernel.accounts.declarations import known_department
from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.places import Keys
from xilin.lib.text import Text

Id = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=40)]
Version = Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+){1,2}$")]
Level = Literal["league", "county", "town", "village", "community", "grid"]

# The components every dataflow has beside the dimensions it declares.
TIME, MEASURE = "TIME_PERIOD", "OBS_VALUE"
ATTRIBUTES = ("UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "OBS_STATUS", "RELEASED_AT")
# The league's code lists that the components use, and the codes this part itself writes.
FREQUENCIES, STATUSES, UNITS, MULTIPLIERS = "frequency", "obs_status", "unit_measure", "unit_multiplier"
WRITTEN = {FREQUENCIES: ("A", "Q", "M", "W", "D"), STATUSES: ("A", "P", "R", "O")}


class Contact(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to ask about figures."""

    name: Name
    role: Text = Text(zh="")
    email: str = ""
    phone: str = ""
    uri: str = ""


class Category(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """专题 A subject that dataflows are filed under."""

    id: Id
    name: Name


class Publisher(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """发布机构 A department as an SDMX agency, with its contact and the subjects it publishes on."""

    code: Code
    agency: Id
    name: Name
    department: str
    contact: Contact
    category: tuple[Category, ...] = ()


class Dimension(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """维度 One breakdown of a dataflow: codes of a code list, areas of some levels, or the dataflow's figures.

    `of = "frequency"` is read off the form of the period. A row whose `column` is empty has the code `total`, where
    one is declared (SDMX writes totals as `_T`).
    """

    id: Id
    name: Name
    of: Literal["frequency", "area", "figure", "code"]
    column: str = ""
    code_list: str = ""
    levels: tuple[Level, ...] = ()
    total: str = ""


class Figure(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """统计指标 One figure of a dataflow: definition, unit, where it comes from.

    `item` is its name in the resource's rows, or `indicator` the league's own indicator. A value counts units of
    `measure` times ten to the power of `multiplier`; `unit` says that in words, and rows in another unit are left out.
    """

    id: Id
    name: Name
    definition: Text
    unit: Text
    measure: str
    multiplier: int = 0
    decimals: int = 0
    item: str = ""
    indicator: str = ""


class Dataflow(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """数据流 A set of series with the same dimensions, from rows of a resource or from the league's own indicators.

    Of the resource, `period`, `value`, `unit`, `status` and `released` name the columns of period, value, unit, status of
    the observation (a code of the list `obs_status`) and day of release. Anybody may read it where `public`; otherwise the publisher's department alone.
    """

    code: Code
    publisher: str
    category: str
    name: Name
    definition: Text
    source: Text
    dimension: tuple[Dimension, ...]
    figure: tuple[Figure, ...]
    version: Version = "1.0"
    public: bool = False
    resource: str = ""
    period: str = ""
    value: str = ""
    unit: str = ""
    status: str = ""
    released: str = ""

    @property
    def id(self) -> str:
        """Its SDMX id."""
        return self.code.upper()

    def position(self, of: str) -> int:
        """The place of the dimension of figures, areas or frequency in a key; -1 where there is none."""
        return next((n for n, dimension in enumerate(self.dimension) if dimension.of == of), -1)


def _publisher(declared: Declared[Publisher], league: League) -> Iterable[Fault]:
    value: Publisher = declared.value
    yield from known_department(declared, league)
    yield from _twice(declared, "category", [category.id for category in value.category])
    for code, other in league.all("publisher").items():
        if code < declared.code and other.value.agency == value.agency:
            yield declared.fault(
                "agency",
                zh=f"机构标识“{value.agency}”已用于“{code}”。",
                en=f"Agency {value.agency} is {code} already.",
            )


def _twice(declared: Declared[Any], name: str, ids: list[str]) -> Iterator[Fault]:
    for index, one in enumerate(ids):
        if one in ids[:index]:
            yield declared.fault(
                name, index, "id", zh=f"标识“{one}”重复。", en=f"{one} stands twice in {declared.code}."
            )


def _missing(declared: Declared[Any], keys: Keys, what: Text, wanted: str, allowed: str) -> Fault:
    return declared.fault(
        *keys,
        zh=f"{what.zh}“{wanted}”不存在。",
        en=f"There is no {what.en} {wanted}.",
        allowed=allowed,
    )


def _dataflow(declared: Declared[Dataflow], league: League) -> Iterable[Fault]:
    value: Dataflow = declared.value
    publisher = league.all("publisher").get(value.publisher)
    if publisher is None:
        what = Text(zh="发布机构", en="publisher")
        yield _missing(declared, ("publisher",), what, value.publisher, league.codes("publisher"))
    else:
        known = [category.id for category in publisher.value.category]
        if value.category not in known:
            what = Text(zh="专题", en="category")
            yield _missing(declared, ("category",), what, value.category, ", ".join(known))
    yield from _twice(declared, "dimension", [*(dimension.id for dimension in value.dimension)])
    yield from _twice(declared, "figure", [figure.id for figure in value.figure])
    yield from _written_codes(declared, league)
    yield from _dimensions(declared, league)
    yield from _concepts(declared, league)
    yield from _figures(declared, league)
    yield from _resource(declared, league)


def _written_codes(declared: Declared[Dataflow], league: League) -> Iterator[Fault]:
    """The code lists that components use must be there, with the codes that this part writes."""
    for name in (FREQUENCIES, STATUSES, UNITS, MULTIPLIERS):
        found = league.all("code_list").get(name)
        if found is None:
            yield _missing(declared, (), Text(zh="代码集", en="code list"), name, league.codes("code_list"))
            continue
        codes = [entry.code for entry in found.value.entries]
        for code in WRITTEN.get(name, ()):
            if code not in codes:
                yield found.fault(
                    "entries",
                    zh=f"代码集“{name}”缺少代码“{code}”，数据流要用它。",
                    en=f"Code list {name} lacks the code {code}, which dataflows write.",
                    allowed=", ".join(WRITTEN[name]),
                )


def _dimensions(declared: Declared[Dataflow], league: League) -> Iterator[Fault]:
    """Every dimension has what its kind needs; there is one of figures, and one of areas at most."""
    value: Dataflow = declared.value
    kinds = [dimension.of for dimension in value.dimension]
    for of, least in (("figure", 1), ("area", 0), ("frequency", 1)):
        if not least <= kinds.count(of) <= 1:  # type: ignore[arg-type]
            yield declared.fault(
                "dimension",
                zh=f"数据流“{declared.code}”的 of = “{of}” 维度有 {kinds.count(of)} 个。",  # type: ignore[arg-type]
                en=f"Dataflow {declared.code} has {kinds.count(of)} dimensions of {of}.",  # type: ignore[arg-type]
                allowed="1" if least else "0, 1",
            )
    for index, dimension in enumerate(value.dimension):
        at: Keys = ("dimension", index)
        if dimension.id in (TIME, MEASURE, *ATTRIBUTES):
            yield declared.fault(
                *at,
                "id",
                zh=f"“{dimension.id}”是保留的标识。",
                en=f"{dimension.id} is taken by every dataflow.",
            )
        if dimension.of == "code" and dimension.code_list not in league.all("code_list"):
            what = Text(zh="代码集", en="code list")
            yield _missing(declared, (*at, "code_list"), what, dimension.code_list, league.codes("code_list"))
        if dimension.of == "area" and not dimension.levels:
            yield declared.fault(
                *at,
                zh="区划维度须写明 levels。",
                en="A dimension of areas needs levels.",
                allowed="league, county, …",
            )
        if value.resource and dimension.of != "frequency" and not dimension.column:
            yield declared.fault(
                *at, zh="维度须写明 column。", en=f"Dimension {dimension.id} needs a column."
            )
        if not value.resource and dimension.of == "code":
            yield declared.fault(
                *at,
                "of",
                zh="本地指标只按旗县细分，不能有代码维度。",
                en="The league's own indicators are broken down by county only.",
                allowed="frequency, area, figure",
            )


def _concepts(declared: Declared[Dataflow], league: League) -> Iterator[Fault]:
    """The same dimension is the same concept in every dataflow of a publisher."""
    mine: Dataflow = declared.value
    for code, other in league.all("dataflow").items():
        if code >= declared.code or other.value.publisher != mine.publisher:
            continue
        names = {dimension.id: dimension.name for dimension in other.value.dimension}
        for index, dimension in enumerate(mine.dimension):
            if names.get(dimension.id, dimension.name) != dimension.name:
                yield declared.fault(
                    "dimension",
                    index,
                    "name",
                    zh=f"维度“{dimension.id}”在数据流“{code}”中叫“{names[dimension.id].zh}”。",
                    en=f"Dimension {dimension.id} is called {names[dimension.id].of('en')} in dataflow {code}.",
                    allowed=names[dimension.id].zh,
                )


def _figures(declared: Declared[Dataflow], league: League) -> Iterator[Fault]:
    value: Dataflow = declared.value
    lists = league.all("code_list")
    units = [entry.code for entry in lists[UNITS].value.entries] if UNITS in lists else []
    powers = [entry.code for entry in lists[MULTIPLIERS].value.entries] if MULTIPLIERS in lists else []
    for index, figure in enumerate(value.figure):
        at: Keys = ("figure", index)
        if figure.measure not in units:
            what = Text(zh="计量单位代码", en="unit of measure")
            yield _missing(declared, (*at, "measure"), what, figure.measure, ", ".join(units))
        if str(figure.multiplier) not in powers:
            what = Text(zh="单位乘数代码", en="unit multiplier")
            yield _missing(declared, (*at, "multiplier"), what, str(figure.multiplier), ", ".join(powers))
        if value.resource and not figure.item:
            yield declared.fault(
                *at, zh=f"指标“{figure.id}”须写明 item。", en=f"Figure {figure.id} needs an item."
            )
        if not value.resource and figure.indicator not in league.all("indicator"):
            what = Text(zh="指标", en="indicator")
            yield _missing(declared, (*at, "indicator"), what, figure.indicator, league.codes("indicator"))


def _resource(declared: Declared[Dataflow], league: League) -> Iterator[Fault]:
    """The columns a dataflow reads are items of its resource; a public one rests on open items."""
    value: Dataflow = declared.value
    if not value.resource:
        return
    found = league.all("resource").get(value.resource)
    if found is None:
        what = Text(zh="信息资源", en="resource")
        yield _missing(declared, ("resource",), what, value.resource, league.codes("resource"))
        return
    items = {item.key: item for item in found.value.item}
    used: list[tuple[Keys, str]] = [((name,), getattr(value, name)) for name in COLUMNS]
    used += [(("dimension", n, "column"), one.column) for n, one in enumerate(value.dimension)]
    for keys, column in used:
        if not column:
            if keys[0] in ("period", "value"):
                yield declared.fault(
                    *keys,
                    zh=f"须写明 {keys[0]} 列。",
                    en=f"A dataflow of a resource needs its column of {keys[0]}.",
                )
        elif column not in items:
            yield declared.fault(
                *keys,
                zh=f"“{column}”不是信息资源“{value.resource}”的信息项。",
                en=f"{column} is not an item of resource {value.resource}.",
                allowed=", ".join(items),
            )
        elif value.public and not (found.value.open and items[column].open):
            yield declared.fault(
                *keys,
                zh=f"信息项“{column}”不对社会开放，公开的数据流不能用它。",
                en=f"{column} is not open to the public, so a public dataflow can't rest on it.",
                allowed=", ".join(key for key, item in items.items() if found.value.open and item.open)
                or "public = false",
            )


COLUMNS = ("period", "value", "unit", "status", "released")

PUBLISHER = Kind(
    "publisher",
    Text(zh="发布机构", en="Publisher"),
    Publisher,
    "economy/publishers.toml",
    "publisher",
    check=_publisher,
)
DATAFLOW = Kind(
    "dataflow", Text(zh="数据流", en="Dataflow"), Dataflow, "economy/flows/*.toml", check=_dataflow
)
