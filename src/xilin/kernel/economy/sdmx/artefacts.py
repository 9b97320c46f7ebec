"""The structures of the economy as SDMX artefacts, what each refers to, and which of them a query asks for."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from xilin.kernel.economy.declarations import (
    FREQUENCIES,
    MEASURE,
    MULTIPLIERS,
    STATUSES,
    TIME,
    UNITS,
    Dataflow,
    Dimension,
    Publisher,
)
from xilin.kernel.economy.queries import CodeName, Declared
from xilin.lib.text import Text

# The kinds of artefact, with the package and class their URN names.
PACKAGES = {
    "agencyscheme": ("base", "AgencyScheme"),
    "categoryscheme": ("categoryscheme", "CategoryScheme"),
    "categorisation": ("categoryscheme", "Categorisation"),
    "codelist": ("codelist", "Codelist"),
    "conceptscheme": ("conceptscheme", "ConceptScheme"),
    "datastructure": ("datastructure", "DataStructure"),
    "dataflow": ("datastructure", "Dataflow"),
    "contentconstraint": ("registry", "ContentConstraint"),
}
CONCEPTS = {
    TIME: Text(zh="报告期", en="Time period"),
    MEASURE: Text(zh="观测值", en="Observation value"),
    "UNIT_MEASURE": Text(zh="计量单位", en="Unit of measure"),
    "UNIT_MULT": Text(zh="单位乘数", en="Unit multiplier"),
    "DECIMALS": Text(zh="小数位数", en="Decimals"),
    "OBS_STATUS": Text(zh="观测值状态", en="Observation status"),
    "RELEASED_AT": Text(zh="发布时间", en="Moment of release"),
}
# Attributes: the code list or the type of each, and whether it belongs to a series or to an observation.
ATTRIBUTES = {
    "UNIT_MEASURE": (UNITS, "series"),
    "UNIT_MULT": (MULTIPLIERS, "series"),
    "DECIMALS": ("", "series"),
    "OBS_STATUS": (STATUSES, "observation"),
    "RELEASED_AT": ("", "observation"),
}
# A moment is typed as a time period, which moments are among: some clients take no DateTime with its offset.
TYPES = {
    "DECIMALS": "Integer",
    "RELEASED_AT": "ObservationalTimePeriod",
    MEASURE: "Double",
    TIME: "ObservationalTimePeriod",
}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What names an artefact."""

    kind: str
    agency: str
    id: str
    version: str = "1.0"

    @property
    def urn(self) -> str:
        """Its URN, as SDMX 2.1 and 3.0 write it."""
        package, name = PACKAGES[self.kind]
        return f"urn:sdmx:org.sdmx.infomodel.{package}.{name}={self.agency}:{self.id}({self.version})"

    def item(self, id: str, name: str) -> str:
        """The URN of an item, such as a concept of a scheme."""
        package = PACKAGES[self.kind][0]
        return f"urn:sdmx:org.sdmx.infomodel.{package}.{name}={self.agency}:{self.id}({self.version}).{id}"


@dataclass(frozen=True)
class Component:
    """A dimension, attribute or measure of a data structure: its concept, and its code list or type."""

    id: str
    codes: Key | None
    type: str = ""
    level: str = ""


@dataclass(frozen=True)
class Region:
    """What there is of a dataflow: the codes of each dimension, the periods, how much."""

    codes: Mapping[str, Sequence[str]]
    first: str = ""
    last: str = ""
    series: int = 0
    observations: int = 0


@dataclass(frozen=True)
class Artefact:
    """One artefact; which of the later fields it has depends on its kind. `refers` names those it needs."""

    key: Key
    name: Text
    description: Text | None = None
    refers: tuple[Key, ...] = ()
    items: tuple[CodeName, ...] = ()
    publishers: tuple[Publisher, ...] = ()
    dimensions: tuple[Component, ...] = ()
    attributes: tuple[Component, ...] = ()
    concepts: Key | None = None
    category: str = ""
    region: Callable[[], Region] | None = None
    stub: bool = False
    part: bool = False


@dataclass
class Artefacts:
    """Every artefact that someone may see, by its key."""

    by_key: dict[Key, Artefact] = field(default_factory=dict)

    def add(self, artefact: Artefact) -> None:
        """Take one in; of two with the same key the first stays."""
        self.by_key.setdefault(artefact.key, artefact)


def agency_of(flow: Dataflow, known: Declared) -> str:
    """The agency that a dataflow and its structure belong to."""
    return known.publisher(flow).agency


def flow_key(flow: Dataflow, known: Declared) -> Key:
    """The key of a dataflow."""
    return Key("dataflow", agency_of(flow, known), flow.id, flow.version)


def codelist_key(dimension: Dimension, flow: Dataflow, agency: str) -> Key:
    """The code list of a dimension: the figures are each dataflow's own, and so are lists with a total."""
    if dimension.of == "figure":
        return Key("codelist", agency, f"CL_{flow.id}_INDICATOR")
    if dimension.of == "area":
        return Key("codelist", agency, "CL_AREA_" + "_".join(level.upper() for level in dimension.levels))
    if dimension.of == "frequency":
        return _listed(FREQUENCIES, agency)
    total = dimension.total.strip("_").upper()
    return Key("codelist", agency, f"CL_{dimension.code_list.upper()}{'_' + total if total else ''}")


def _listed(code_list: str, agency: str) -> Key:
    return Key("codelist", agency, f"CL_{code_list.upper()}")


def build(known: Declared, flows: Iterable[Dataflow], region: Callable[[Dataflow], Region]) -> Artefacts:
    """The artefacts of some dataflows; `region` says what there is of one, and is asked only where an answer tells it."""
    found = Artefacts()
    flows = list(flows)
    publishers = [known.publishers[code] for code in dict.fromkeys(flow.publisher for flow in flows)]
    if publishers:
        found.add(
            Artefact(
                Key("agencyscheme", "SDMX", "AGENCIES"),
                Text(zh="发布机构", en="Agencies"),
                publishers=tuple(publishers),
            )
        )
    for publisher in publishers:
        _schemes(found, publisher, [flow for flow in flows if known.publisher(flow) is publisher])
    for flow in flows:
        _structure(found, flow, known)
        found.add(constraint(flow, known, cache(partial(region, flow))))
    return found


def _schemes(found: Artefacts, publisher: Publisher, flows: list[Dataflow]) -> None:
    """A publisher's concepts, subjects, and which dataflow stands under which."""
    agency = publisher.agency
    concepts = {one.id: one.name for flow in flows for one in flow.dimension} | CONCEPTS
    found.add(
        Artefact(
            Key("conceptscheme", agency, "CS_ECONOMY"),
            Text(zh="概念", en="Concepts"),
            items=tuple(CodeName(id, name) for id, name in concepts.items()),
        )
    )
    subjects = Key("categoryscheme", agency, "SUBJECTS")
    items = tuple(CodeName(category.id, category.name) for category in publisher.category)
    found.add(Artefact(subjects, Text(zh="专题", en="Subjects"), items=items))
    for flow in flows:
        found.add(
            Artefact(
                Key("categorisation", agency, f"CAT_{flow.id}"),
                flow.name,
                refers=(Key("dataflow", agency, flow.id, flow.version), subjects),
                category=flow.category,
            )
        )


def _structure(found: Artefacts, flow: Dataflow, known: Declared) -> None:
    """A dataflow, its data structure and its code lists."""
    agency = agency_of(flow, known)
    concepts = Key("conceptscheme", agency, "CS_ECONOMY")
    dimensions = []
    for dimension in flow.dimension:
        key = codelist_key(dimension, flow, agency)
        found.add(Artefact(key, _list_name(dimension, known), items=tuple(known.codes(dimension, flow))))
        dimensions.append(Component(dimension.id, key))
    attributes = []
    for id, (code_list, level) in ATTRIBUTES.items():
        listed = _listed(code_list, agency) if code_list else None
        if listed:
            name = known.lists[code_list].name
            found.add(Artefact(listed, name, items=tuple(known.listed(code_list))))
        attributes.append(Component(id, listed, TYPES.get(id, ""), level))
    structure = Key("datastructure", agency, f"DSD_{flow.id}", flow.version)
    lists = [one.codes for one in (*dimensions, *attributes) if one.codes]
    found.add(
        Artefact(
            structure,
            flow.name,
            flow.definition,
            refers=tuple(dict.fromkeys([*lists, concepts])),
            dimensions=tuple(dimensions),
            attributes=tuple(attributes),
            concepts=concepts,
        )
    )
    said = Text(
        zh=f"{flow.definition.zh}来源：{flow.source.zh}",
        en=f"{flow.definition.of('en')} Source: {flow.source.of('en')}",
    )
    found.add(Artefact(flow_key(flow, known), flow.name, said, refers=(structure,)))


def _list_name(dimension: Dimension, known: Declared) -> Text:
    if dimension.of in ("code", "frequency"):
        return known.lists[dimension.code_list or FREQUENCIES].name
    return dimension.name


def constraint(flow: Dataflow, known: Declared, region: Callable[[], Region]) -> Artefact:
    """What there is of a dataflow as a constraint of actual content."""
    return Artefact(
        Key("contentconstraint", agency_of(flow, known), f"CR_{flow.id}"),
        Text(zh=f"{flow.name.zh}：现有数据", en=f"{flow.name.of('en')}: what there is"),
        refers=(flow_key(flow, known),),
        region=region,
    )


# --- which of them a query asks for


@dataclass(frozen=True)
class Wanted:
    """A structure query: kinds, agencies, ids, versions and items, empty for all; how much of what."""

    kinds: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    references: str = "none"
    detail: str = "full"


def select(artefacts: Artefacts, wanted: Wanted) -> list[Artefact]:
    """The artefacts a query asks for and those it wants beside them, as full as it wants them."""
    chosen = [artefact for key, artefact in artefacts.by_key.items() if _fits(key, wanted)]
    if wanted.items:
        chosen = [one for one in (_with_items(one, wanted.items) for one in chosen) if one is not None]
    beside = _referenced([one.key for one in chosen], artefacts, wanted.references)
    asked = {one.key for one in chosen}
    others = [artefacts.by_key[key] for key in beside if key not in asked]
    if wanted.detail == "referencepartial":
        others = _only_used(others, chosen, artefacts)
    return [_at_detail(one, wanted.detail, own=True) for one in chosen] + [
        _at_detail(one, wanted.detail, own=False) for one in others
    ]


def _fits(key: Key, wanted: Wanted) -> bool:
    return (
        (not wanted.kinds or key.kind in wanted.kinds)
        and (not wanted.agencies or key.agency in wanted.agencies)
        and (not wanted.ids or key.id in wanted.ids)
        and (not wanted.versions or key.version in wanted.versions)
    )


def _with_items(artefact: Artefact, ids: Collection[str]) -> Artefact | None:
    items = tuple(item for item in artefact.items if item.code in ids)
    publishers = tuple(one for one in artefact.publishers if one.agency in ids)
    if not items and not publishers:
        return None
    return replace(artefact, items=items, publishers=publishers, part=True)


def _referenced(asked: list[Key], artefacts: Artefacts, references: str) -> list[Key]:
    """The keys of what is wanted beside those asked for, in the order of all there is."""
    children = {key: one.refers for key, one in artefacts.by_key.items()}

    def down(keys: Iterable[Key]) -> set[Key]:
        return {child for key in keys for child in children.get(key, ())}

    def deep(keys: Iterable[Key]) -> set[Key]:
        found: set[Key] = set()
        level = down(keys)
        while level - found:
            found |= level
            level = down(level)
        return found

    parents = {key for key, refers in children.items() if set(refers) & set(asked)}
    everything = deep(asked) | parents | deep(parents)
    ways = {
        "none": set[Key](),
        "children": down(asked),
        "descendants": deep(asked),
        "parents": parents,
        "parentsandsiblings": parents | down(parents),
        "ancestors": parents,
        "all": everything,
    }
    found = ways.get(references, {key for key in everything if key.kind == references})
    return [key for key in artefacts.by_key if key in found]


def _only_used(others: list[Artefact], chosen: list[Artefact], artefacts: Artefacts) -> list[Artefact]:
    """Code lists with the codes alone that there are data of, in the dataflows asked for."""
    flows = {one.key for one in chosen if one.key.kind == "dataflow"}
    used: dict[Key, set[str]] = {}
    for one in artefacts.by_key.values():
        if one.region is None or one.refers[0] not in flows:
            continue
        structure = artefacts.by_key[artefacts.by_key[one.refers[0]].refers[0]]
        for dimension in structure.dimensions:
            if dimension.codes:
                used.setdefault(dimension.codes, set()).update(one.region().codes.get(dimension.id, ()))
    return [
        replace(one, items=tuple(item for item in one.items if item.code in used[one.key]), part=True)
        if one.key in used
        else one
        for one in others
    ]


STUBS = {
    "allstubs": (True, True, False),
    "allcompletestubs": (True, True, True),
    "referencestubs": (False, True, False),
    "referencecompletestubs": (False, True, True),
}


def _at_detail(artefact: Artefact, detail: str, *, own: bool) -> Artefact:
    """An artefact in full, or its name alone: without items and components."""
    ours, others, described = STUBS.get(detail, (False, False, True))
    if not (ours if own else others):
        return artefact
    return Artefact(
        artefact.key,
        artefact.name,
        artefact.description if described else None,
        refers=artefact.refers if artefact.key.kind == "dataflow" else (),
        stub=True,
    )
