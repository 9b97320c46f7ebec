"""SDMX-ML 2.1: structures, and what all messages begin with. Source: the XML schemas of SDMX-ML 2.1 (2020)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from xilin.kernel.economy.declarations import MEASURE, TIME, Publisher
from xilin.kernel.economy.sdmx.artefacts import TYPES, Artefact, Component, Key
from xilin.kernel.economy.sdmx.languages import spoken
from xilin.lib.text import Text

SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
SPACES = {
    "mes": f"{SCHEMAS}/message",
    "str": f"{SCHEMAS}/structure",
    "com": f"{SCHEMAS}/common",
    "gen": f"{SCHEMAS}/data/generic",
    "ss": f"{SCHEMAS}/data/structurespecific",
}
BEGIN = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in the header of every message."""

    id: str
    sender: str
    prepared: datetime
    languages: Sequence[str]

    @property
    def moment(self) -> str:
        """When it was prepared, in UTC."""
        return self.prepared.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tag(name: str, attributes: dict[str, str] | None = None, *inside: str) -> str:
    """An element; its attributes are escaped here, what is inside by the caller.

    >>> tag("a", {"b": "<"}, "c"), tag("a")
    ('<a b="&lt;">c</a>', '<a/>')
    """
    said = "".join(f" {key}={quoteattr(value)}" for key, value in (attributes or {}).items())
    body = "".join(inside)
    return f"<{name}{said}>{body}</{name}>" if body else f"<{name}{said}/>"


def spaces(*prefixes: str) -> dict[str, str]:
    """Declarations of namespaces."""
    return {f"xmlns:{prefix}": SPACES[prefix] for prefix in prefixes}


def words(name: str, text: Text | None, languages: Sequence[str]) -> str:
    """A text in each language wanted."""
    if text is None or not text.zh:
        return ""
    return "".join(
        tag(name, {"xml:lang": language}, escape(said)) for language, said in spoken(text, languages)
    )


def header(head: Head, *more: str) -> str:
    """The header of a message."""
    return tag(
        "mes:Header",
        None,
        tag("mes:ID", None, escape(head.id)),
        tag("mes:Test", None, "false"),
        tag("mes:Prepared", None, head.moment),
        tag("mes:Sender", {"id": head.sender}),
        *more,
    )


# Where each kind stands in a structure message, in the order the schema asks for.
ORDER = (
    ("str:OrganisationSchemes", "agencyscheme"),
    ("str:Dataflows", "dataflow"),
    ("str:CategorySchemes", "categoryscheme"),
    ("str:Categorisations", "categorisation"),
    ("str:Codelists", "codelist"),
    ("str:Concepts", "conceptscheme"),
    ("str:DataStructures", "datastructure"),
    ("str:Constraints", "contentconstraint"),
)


def structures(artefacts: Iterable[Artefact], head: Head, home: str) -> str:
    """A structure message; `home` is the address of the service, where stubs stand in full."""
    found = list(artefacts)
    parts = []
    for container, kind in ORDER:
        ours = [WRITERS[kind](one, head.languages, home) for one in found if one.key.kind == kind]
        if ours:
            parts.append(tag(container, None, "\n", "\n".join(ours), "\n"))
    return (
        BEGIN
        + tag(
            "mes:Structure",
            spaces("mes", "str", "com"),
            header(head),
            tag("mes:Structures", None, *parts) if parts else "",
        )
        + "\n"
    )


def _maintained(one: Artefact, home: str, **more: str) -> dict[str, str]:
    """The attributes of an artefact."""
    said = {"id": one.key.id, "urn": one.key.urn, "agencyID": one.key.agency, "version": one.key.version}
    if one.stub:
        said["isExternalReference"] = "true"
        said["structureURL"] = f"{home}/{one.key.kind}/{one.key.agency}/{one.key.id}/{one.key.version}"
        return said
    return said | {"isFinal": "false"} | more


def _partial(one: Artefact) -> dict[str, str]:
    return {"isPartial": "true"} if one.part else {}


def _named(one: Artefact, languages: Sequence[str]) -> str:
    return words("com:Name", one.name, languages) + words("com:Description", one.description, languages)


def ref(key: Key, **more: str) -> str:
    """A reference to an artefact."""
    return tag("Ref", {"id": key.id, "agencyID": key.agency, "version": key.version, **more})


def _codelist(one: Artefact, languages: Sequence[str], home: str) -> str:
    codes = [
        tag(
            "str:Code",
            {"id": item.code, "urn": one.key.item(item.code, "Code")},
            words("com:Name", item.name, languages),
            words("com:Description", item.definition, languages),
            tag("str:Parent", None, tag("Ref", {"id": item.parent})) if item.parent else "",
        )
        for item in one.items
    ]
    return tag(
        "str:Codelist",
        _maintained(one, home, **_partial(one)),
        _named(one, languages),
        "\n",
        "\n".join(codes),
    )


def _scheme(name: str, item: str, urn: str) -> Callable[[Artefact, Sequence[str], str], str]:
    def write(one: Artefact, languages: Sequence[str], home: str) -> str:
        items = [
            tag(
                item,
                {"id": each.code, "urn": one.key.item(each.code, urn)},
                words("com:Name", each.name, languages),
            )
            for each in one.items
        ]
        return tag(name, _maintained(one, home, **_partial(one)), _named(one, languages), *items)

    return write


def _agencies(one: Artefact, languages: Sequence[str], home: str) -> str:
    agencies = [_agency(publisher, one.key, languages) for publisher in one.publishers]
    return tag("str:AgencyScheme", _maintained(one, home, **_partial(one)), _named(one, languages), *agencies)


def _agency(publisher: Publisher, scheme: Key, languages: Sequence[str]) -> str:
    contact = publisher.contact
    ways = (("str:Telephone", contact.phone), ("str:URI", contact.uri), ("str:Email", contact.email))
    return tag(
        "str:Agency",
        {"id": publisher.agency, "urn": scheme.item(publisher.agency, "Agency")},
        words("com:Name", publisher.name, languages),
        tag(
            "str:Contact",
            None,
            words("com:Name", contact.name, languages),
            words("str:Role", contact.role, languages),
            *(tag(name, None, escape(said)) for name, said in ways if said),
        ),
    )


def _dataflow(one: Artefact, languages: Sequence[str], home: str) -> str:
    structure = (
        tag("str:Structure", None, ref(one.refers[0], package="datastructure", **{"class": "DataStructure"}))
        if one.refers
        else ""
    )
    return tag("str:Dataflow", _maintained(one, home), _named(one, languages), structure)


def _categorisation(one: Artefact, languages: Sequence[str], home: str) -> str:
    if one.stub:
        return tag("str:Categorisation", _maintained(one, home), _named(one, languages))
    flow, subjects = one.refers
    target = {
        "id": one.category,
        "maintainableParentID": subjects.id,
        "maintainableParentVersion": subjects.version,
        "agencyID": subjects.agency,
        "package": "categoryscheme",
        "class": "Category",
    }
    return tag(
        "str:Categorisation",
        _maintained(one, home),
        _named(one, languages),
        tag("str:Source", None, ref(flow, package="datastructure", **{"class": "Dataflow"})),
        tag("str:Target", None, tag("Ref", target)),
    )


def _structure(one: Artefact, languages: Sequence[str], home: str) -> str:
    named = _named(one, languages)
    if one.stub or one.concepts is None:
        return tag("str:DataStructure", _maintained(one, home), named)
    concepts = one.concepts
    dimensions = [
        tag(
            "str:Dimension",
            {"id": part.id, "position": str(n)},
            _concept(part.id, concepts),
            _representation(part),
        )
        for n, part in enumerate(one.dimensions, 1)
    ]
    time = tag(
        "str:TimeDimension",
        {"id": TIME, "position": str(len(dimensions) + 1)},
        _concept(TIME, concepts),
        _representation(Component(TIME, None, TYPES[TIME])),
    )
    measure = tag(
        "str:PrimaryMeasure",
        {"id": MEASURE},
        _concept(MEASURE, concepts),
        _representation(Component(MEASURE, None, TYPES[MEASURE])),
    )
    return tag(
        "str:DataStructure",
        _maintained(one, home),
        named,
        tag(
            "str:DataStructureComponents",
            None,
            tag("str:DimensionList", {"id": "DimensionDescriptor"}, *dimensions, time),
            tag(
                "str:AttributeList",
                {"id": "AttributeDescriptor"},
                *(_attribute(part, one, concepts) for part in one.attributes),
            ),
            tag("str:MeasureList", {"id": "MeasureDescriptor"}, measure),
        ),
    )


def _attribute(part: Component, one: Artefact, concepts: Key) -> str:
    if part.level == "series":
        relation = "".join(
            tag("str:Dimension", None, tag("Ref", {"id": dimension.id})) for dimension in one.dimensions
        )
    else:
        relation = tag("str:PrimaryMeasure", None, tag("Ref", {"id": MEASURE}))
    return tag(
        "str:Attribute",
        {"id": part.id, "assignmentStatus": "Mandatory"},
        _concept(part.id, concepts),
        _representation(part),
        tag("str:AttributeRelationship", None, relation),
    )


def _concept(id: str, concepts: Key) -> str:
    said = {
        "id": id,
        "maintainableParentID": concepts.id,
        "maintainableParentVersion": concepts.version,
        "agencyID": concepts.agency,
        "package": "conceptscheme",
        "class": "Concept",
    }
    return tag("str:ConceptIdentity", None, tag("Ref", said))


def _representation(part: Component) -> str:
    inside = (
        tag("str:Enumeration", None, ref(part.codes, package="codelist", **{"class": "Codelist"}))
        if part.codes
        else tag("str:TextFormat", {"textType": part.type})
    )
    return tag("str:LocalRepresentation", None, inside)


def _constraint(one: Artefact, languages: Sequence[str], home: str) -> str:
    region = None if one.stub or one.region is None else one.region()
    if region is None:
        return tag(
            "str:ContentConstraint", _maintained(one, home) | {"type": "Actual"}, _named(one, languages)
        )
    counts = (("series_count", region.series), ("obs_count", region.observations))
    annotations = [
        tag(
            "com:Annotation",
            {"id": id},
            tag("com:AnnotationTitle", None, str(count)),
            tag("com:AnnotationType", None, "sdmx_metrics"),
        )
        for id, count in counts
    ]
    values = [
        tag("com:KeyValue", {"id": id}, *(tag("com:Value", None, escape(code)) for code in codes))
        for id, codes in region.codes.items()
        if codes
    ]
    if region.first:
        span = (("com:StartPeriod", region.first), ("com:EndPeriod", region.last))
        inside = [tag(name, {"isInclusive": "true"}, said) for name, said in span]
        values.append(tag("com:KeyValue", {"id": TIME}, tag("com:TimeRange", None, *inside)))
    return tag(
        "str:ContentConstraint",
        _maintained(one, home) | {"type": "Actual"},
        tag("com:Annotations", None, *annotations),
        _named(one, languages),
        tag("str:ConstraintAttachment", None, tag("str:Dataflow", None, ref(one.refers[0]))),
        tag("str:CubeRegion", {"include": "true"}, *values) if values else "",
    )


WRITERS: dict[str, Callable[[Artefact, Sequence[str], str], str]] = {
    "agencyscheme": _agencies,
    "dataflow": _dataflow,
    "categoryscheme": _scheme("str:CategoryScheme", "str:Category", "Category"),
    "categorisation": _categorisation,
    "codelist": _codelist,
    "conceptscheme": _scheme("str:ConceptScheme", "str:Concept", "Concept"),
    "datastructure": _structure,
    "contentconstraint": _constraint,
}


def error(number: int, said: dict[str, str]) -> str:
    """An error message; `said` by language."""
    texts = (tag("com:Text", {"xml:lang": language}, escape(text)) for language, text in said.items())
    message = tag("mes:ErrorMessage", {"code": str(number)}, *texts)
    return BEGIN + tag("mes:Error", spaces("mes", "com"), message) + "\n"
