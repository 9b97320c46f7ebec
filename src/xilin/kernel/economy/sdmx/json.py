"""SDMX-JSON structure messages, 1.0 and 2.0. Source: the JSON schemas of the SDMX technical working group."""

from collections.abc import Iterable, Sequence
from typing import Any

from xilin.kernel.economy.declarations import MEASURE, TIME, Publisher
from xilin.kernel.economy.sdmx.artefacts import TYPES, Artefact, Component, Key, Region
from xilin.kernel.economy.sdmx.languages import best, spoken
from xilin.kernel.economy.sdmx.xml import Head
from xilin.lib.text import Text

SCHEMA = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/{kind}-message/tools/schemas/{version}/sdmx-json-{kind}-schema.json"
PLACES = {
    "agencyscheme": "agencySchemes",
    "categoryscheme": "categorySchemes",
    "categorisation": "categorisations",
    "codelist": "codelists",
    "conceptscheme": "conceptSchemes",
    "dataflow": "dataflows",
    "datastructure": "dataStructures",
}


def meta(kind: str, version: str, head: Head) -> dict[str, Any]:
    """The head of a message; the schema stands first, for readers look there."""
    return {
        "schema": SCHEMA.format(kind=kind, version=version),
        "id": head.id,
        "test": False,
        "prepared": head.moment,
        "contentLanguages": list(head.languages),
        "sender": {"id": head.sender},
    }


def named(text: Text | None, languages: Sequence[str], field: str = "name") -> dict[str, Any]:
    """A text in the best language, and in each language wanted; nothing where there are no words."""
    if text is None or not text.zh:
        return {}
    return {field: best(text, languages), f"{field}s": dict(spoken(text, languages))}


def structures(artefacts: Iterable[Artefact], head: Head, version: str) -> dict[str, Any]:
    """A structure message of version 1.0.0 or 2.0.0."""
    data: dict[str, Any] = {}
    for one in artefacts:
        data.setdefault(_place(one, version), []).append(_artefact(one, head.languages, version))
    return {"meta": meta("structure", version, head), "data": data}


def _place(one: Artefact, version: str) -> str:
    if one.key.kind == "contentconstraint":
        return "dataConstraints" if version >= "2" else "contentConstraints"
    return PLACES[one.key.kind]


def _artefact(one: Artefact, languages: Sequence[str], version: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": one.key.id,
        "agencyID": one.key.agency,
        "version": one.key.version,
        **named(one.name, languages),
        **named(one.description, languages, "description"),
    }
    if one.stub:
        said["isExternalReference"] = True
        if one.key.kind == "dataflow":
            said["structure"] = one.refers[0].urn
        return said
    if one.part:
        said["isPartial"] = True
    return said | _content(one, languages, version)


def _content(one: Artefact, languages: Sequence[str], version: str) -> dict[str, Any]:
    match one.key.kind:
        case "agencyscheme":
            return {"agencies": [_agency(publisher, languages) for publisher in one.publishers]}
        case "dataflow":
            return {"structure": one.refers[0].urn}
        case "categorisation":
            flow, subjects = one.refers
            return {"source": flow.urn, "target": subjects.item(one.category, "Category")}
        case "datastructure":
            return {"dataStructureComponents": _components(one, version)} if one.concepts else {}
        case "contentconstraint":
            return _constraint(one, one.region(), version) if one.region else {}
    field = {"codelist": "codes", "conceptscheme": "concepts", "categoryscheme": "categories"}[one.key.kind]
    return {
        field: [
            {
                "id": item.code,
                **named(item.name, languages),
                **named(item.definition, languages, "description"),
                **({"parent": item.parent} if item.parent else {}),
            }
            for item in one.items
        ]
    }


def _agency(publisher: Publisher, languages: Sequence[str]) -> dict[str, Any]:
    contact = publisher.contact
    said = {
        **named(contact.name, languages),
        **named(contact.role, languages, "role"),
        **({"telephones": [contact.phone]} if contact.phone else {}),
        **({"uris": [contact.uri]} if contact.uri else {}),
        **({"emails": [contact.email]} if contact.email else {}),
    }
    return {"id": publisher.agency, **named(publisher.name, languages), "contacts": [said]}


def _components(one: Artefact, version: str) -> dict[str, Any]:
    concepts = one.concepts or one.key
    later = version >= "2"
    measure = _component(Component(MEASURE, None, TYPES[MEASURE]), concepts, later=later)
    dimensions = [
        {**_component(part, concepts, later=later), "position": n, **({} if later else {"type": "Dimension"})}
        for n, part in enumerate(one.dimensions)
    ]
    time = _component(Component(TIME, None, TYPES[TIME]), concepts, later=later)
    if not later:
        time |= {"position": len(dimensions), "type": "TimeDimension"}
    listed: dict[str, Any] = {
        "id": "DimensionDescriptor",
        "dimensions": dimensions,
        **({"timeDimension": time} if later else {"timeDimensions": [time]}),
    }
    measures: dict[str, Any] = {"id": "MeasureDescriptor"}
    if later:
        measures["measures"] = [{**measure, "usage": "optional"}]
    else:
        measures["primaryMeasure"] = measure
    attributes = [_attribute(part, one, concepts, later) for part in one.attributes]
    return {
        "dimensionList": listed,
        "measureList": measures,
        "attributeList": {"id": "AttributeDescriptor", "attributes": attributes},
    }


def _component(part: Component, concepts: Key, *, later: bool) -> dict[str, Any]:
    if part.codes:
        representation: dict[str, Any] = {"enumeration": part.codes.urn}
    elif later:
        representation = {"format": {"dataType": part.type}}
    else:
        representation = {"textFormat": {"textType": part.type}}
    return {
        "id": part.id,
        "conceptIdentity": concepts.item(part.id, "Concept"),
        "localRepresentation": representation,
    }


def _attribute(part: Component, one: Artefact, concepts: Key, later: bool) -> dict[str, Any]:
    said = _component(part, concepts, later=later)
    said |= {"usage": "mandatory"} if later else {"assignmentStatus": "Mandatory"}
    if part.level == "series":
        said["attributeRelationship"] = {"dimensions": [dimension.id for dimension in one.dimensions]}
    else:
        said["attributeRelationship"] = {"observation": {}} if later else {"primaryMeasure": MEASURE}
        if later:
            said["measureRelationship"] = [MEASURE]
    return said


def _constraint(one: Artefact, region: Region, version: str) -> dict[str, Any]:
    later = version >= "2"
    values: list[dict[str, Any]] = [
        {"id": id, "values": [{"value": code} for code in codes] if later else list(codes)}
        for id, codes in region.codes.items()
        if codes
    ]
    if region.first:
        span = {"startPeriod": region.first, "endPeriod": region.last}
        said = {name: {"period": period, "isInclusive": True} for name, period in span.items()}
        values.append({"id": TIME, "timeRange": said})
    counts = (("series_count", region.series), ("obs_count", region.observations))
    return {
        "annotations": [{"id": id, "title": str(count), "type": "sdmx_metrics"} for id, count in counts],
        "role" if later else "type": "Actual",
        "constraintAttachment": {"dataflows": [one.refers[0].urn]},
        "cubeRegions": [{"include" if later else "isIncluded": True, "keyValues": values}] if values else [],
    }


def error(number: int, title: str, detail: str, head: Head, version: str) -> dict[str, Any]:
    """An error message."""
    return {
        "meta": meta("data", version, head),
        "errors": [{"code": number, "title": title, "detail": detail}],
    }
