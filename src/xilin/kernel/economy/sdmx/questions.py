"""What a data query asks: keys, filters, periods, releases, and in which shape; read off an address of either version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from xilin.kernel.economy import periods
from xilin.kernel.economy.declarations import ATTRIBUTES, MEASURE, TIME, Dataflow
from xilin.kernel.economy.sdmx.errors import NotOffered, Semantic, Syntax

ALL_DIMENSIONS = "AllDimensions"
DETAILS = ("full", "dataonly", "serieskeysonly", "nodata")
# The codes each dimension may have in one of the keys asked for; None for any.
Alternatives = tuple[frozenset[str] | None, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a component: one of `values` by `operator` (eq, ne, lt, le, gt, ge, sw, ew, co, nc)."""

    component: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A data query of one dataflow."""

    flow: Dataflow
    keys: tuple[Alternatives, ...] = ()
    filters: tuple[Filter, ...] = ()
    first: periods.Period | None = None
    last: periods.Period | None = None
    first_n: int = 0
    last_n: int = 0
    updated_after: datetime | None = None
    as_of: datetime | None = None
    history: bool = False
    detail: str = "full"
    at: str = TIME
    attributes: tuple[str, ...] = ATTRIBUTES
    measures: bool = True
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> tuple[str, ...]:
        """The attributes an answer shows."""
        return () if self.detail in ("dataonly", "serieskeysonly") else self.attributes

    @property
    def observed(self) -> bool:
        """Whether an answer has observations, or series alone."""
        return self.detail in ("full", "dataonly")


# Parameters both versions have; anything else but a filter is a mistake and told as one.
KNOWN = {
    "startPeriod", "endPeriod", "updatedAfter", "firstNObservations", "lastNObservations",
    "dimensionAtObservation", "detail", "includeHistory", "asOf", "attributes", "measures",
    "format", "labels", "keys", "timeFormat", "references", "mode",
}  # fmt: skip
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "sw", "ew", "co", "nc")


def read(flow: Dataflow, key: str, query: Mapping[str, Sequence[str]]) -> Question:
    """The question that a key and the parameters of an address ask.

    Raises:
        Syntax: a part can't be read.
        Semantic: it can, but the dataflow has no such dimension, code list or component.
    """
    if "\0" in key or any("\0" in value for values in query.values() for value in values):
        raise Syntax(what="NUL")
    given = {name: values[-1].strip() for name, values in query.items() if values}
    for name in given:
        if name not in KNOWN and not name.startswith("c["):
            raise Syntax(what=f"parameter {name}")
    detail = given.get("detail") or "full"
    if detail not in DETAILS:
        raise Syntax(what=f"detail={detail}")
    return Question(
        flow=flow,
        keys=keys_of(flow, key),
        filters=tuple(
            one
            for name, values in query.items()
            if name.startswith("c[")
            for value in values
            for one in _filters(flow, name, value)
        ),
        first=_period(given, "startPeriod"),
        last=_period(given, "endPeriod"),
        first_n=_number(given, "firstNObservations"),
        last_n=_number(given, "lastNObservations"),
        updated_after=_moment(given, "updatedAfter"),
        as_of=_moment(given, "asOf"),
        history=_boolean(given, "includeHistory"),
        detail=detail,
        at=_at(flow, given.get("dimensionAtObservation") or TIME),
        attributes=_attributes(given.get("attributes") or "dsd"),
        measures=_measures(given.get("measures") or "all"),
        options={name: given[name] for name in ("format", "labels", "keys") if name in given},
    )


def keys_of(flow: Dataflow, text: str) -> tuple[Alternatives, ...]:
    """The keys of a path: `all`, `*`, or codes joined by dots, empty or `*` for any, `+` between several; 3.0 has keys after commas."""
    if text in ("", "all", "*"):
        return ()
    found = []
    for key in text.split(","):
        parts = key.split(".")
        if key == "*":
            return ()
        if len(parts) != len(flow.dimension):
            names = ".".join(dimension.id for dimension in flow.dimension)
            raise Semantic(what=f"{key}: {len(parts)} != {len(flow.dimension)} ({names})")
        found.append(
            tuple(None if part in ("", "*") else frozenset(part.split("+")) - {""} for part in parts)
        )
    return tuple(found)


def _filters(flow: Dataflow, name: str, text: str) -> list[Filter]:
    """`c[REF_AREA]=A,B` or `c[TIME_PERIOD]=ge:2020+le:2024`: values by comma are alternatives, by plus all hold."""
    component = name.removeprefix("c[").removesuffix("]")
    known = [dimension.id for dimension in flow.dimension] + [TIME]
    if component not in known:
        raise Semantic(what=f"{component} ({', '.join(known)})")
    found = []
    # A plus of an address is decoded as a blank.
    for part in text.replace(" ", "+").split("+"):
        operator, colon, rest = part.partition(":")
        if not colon or operator not in OPERATORS:
            operator, rest = "eq", part
        values = tuple(
            value.partition(":")[2] if value.startswith(f"{operator}:") else value
            for value in rest.split(",")
            if value
        )
        if values:
            found.append(Filter(component, operator, values))
    for one in found:
        for value in one.values if component == TIME else ():
            if periods.read(value) is None:
                raise Syntax(what=f"{TIME}={value}")
    return found


def _period(given: Mapping[str, str], name: str) -> periods.Period | None:
    if not (text := given.get(name)):
        return None
    if (found := periods.read(text)) is None:
        raise Syntax(what=f"{name}={text}")
    return found


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name) or "0"
    if not text.isdecimal() or len(text) > 9:
        raise Syntax(what=f"{name}={text}")
    return int(text)


def _moment(given: Mapping[str, str], name: str) -> datetime | None:
    """A moment; without an offset it is UTC. The plus of an offset is decoded as a blank where it wasn't escaped."""
    if not (text := given.get(name)):
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Syntax(what=f"{name}={text}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _boolean(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").lower()
    if text not in ("true", "false", "1", "0"):
        raise Syntax(what=f"{name}={text}")
    return text in ("true", "1")


def _at(flow: Dataflow, text: str) -> str:
    known = [TIME, ALL_DIMENSIONS, *(dimension.id for dimension in flow.dimension)]
    if text not in known:
        raise Semantic(what=f"dimensionAtObservation={text} ({', '.join(known)})")
    return text


def _attributes(text: str) -> tuple[str, ...]:
    if text in ("dsd", "all"):
        return ATTRIBUTES
    if text in ("none", "msd", "dataset"):
        return ()
    if text in ("series", "obs"):
        return ATTRIBUTES[:3] if text == "series" else ATTRIBUTES[3:]
    wanted = text.split(",")
    for name in wanted:
        if name not in ATTRIBUTES:
            raise Semantic(what=f"attributes={name} ({', '.join(ATTRIBUTES)})")
    return tuple(name for name in ATTRIBUTES if name in wanted)


def _measures(text: str) -> bool:
    if text not in ("all", "none", MEASURE):
        raise Semantic(what=f"measures={text} ({MEASURE})")
    return text != "none"


# How a filter compares codes; periods are compared by their days, in the database.
COMPARE: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda code, value: code == value,
    "ne": lambda code, value: code != value,
    "lt": lambda code, value: code < value,
    "le": lambda code, value: code <= value,
    "gt": lambda code, value: code > value,
    "ge": lambda code, value: code >= value,
    "sw": lambda code, value: code.startswith(value),
    "ew": lambda code, value: code.endswith(value),
    "co": lambda code, value: value in code,
    "nc": lambda code, value: value not in code,
}


def fits(question: Question, key: Sequence[str], beside: str = "") -> bool:
    """Whether a series' codes meet the keys and filters of a question; `beside` names a dimension not to be looked at."""
    ids = [dimension.id for dimension in question.flow.dimension]
    skipped = ids.index(beside) if beside in ids else -1
    if question.keys and not any(
        all(
            wanted is None or n == skipped or code in wanted
            for n, (wanted, code) in enumerate(zip(one, key, strict=True))
        )
        for one in question.keys
    ):
        return False
    for one in question.filters:
        if one.component in (TIME, beside):
            continue
        code = key[ids.index(one.component)]
        hold = [COMPARE[one.operator](code, value) for value in one.values]
        # Not equal to one or the other means to neither.
        if not (all(hold) if one.operator in ("ne", "nc") else any(hold)):
            return False
    return True


def offered(names: Mapping[str, Sequence[str]], *unsupported: str) -> None:
    """Refuse parameters that the standard has and this service hasn't."""
    for name in unsupported:
        if name in names:
            raise NotOffered(what=name)
