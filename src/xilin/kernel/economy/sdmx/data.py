"""Observations as SDMX-ML 2.1 (generic and structure-specific), SDMX-JSON and SDMX-CSV, written piece by piece."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from json import dumps
from operator import itemgetter
from typing import Any
from xml.sax.saxutils import quoteattr

from xilin.kernel.economy import periods
from xilin.kernel.economy.declarations import MEASURE, TIME, Figure
from xilin.kernel.economy.queries import CodeName, Declared
from xilin.kernel.economy.sdmx import json
from xilin.kernel.economy.sdmx.artefacts import ATTRIBUTES, CONCEPTS, agency_of, flow_key
from xilin.kernel.economy.sdmx.languages import best
from xilin.kernel.economy.sdmx.questions import ALL_DIMENSIONS, Question
from xilin.kernel.economy.sdmx.xml import BEGIN, Head, header, spaces, tag
from xilin.lib.text import Text

# Key, period, value, status, moment of release.
Row = tuple[str, str, str | None, str, str]
Pairs = tuple[tuple[str, str], ...]
ROWS_A_PIECE = 2000


@dataclass(frozen=True)
class Answer:
    """What an answer is written from: the question, its rows, and what is declared."""

    question: Question
    rows: Sequence[Row]
    known: Declared
    head: Head

    @property
    def ids(self) -> list[str]:
        """The ids of the dimensions of a key, in order."""
        return [dimension.id for dimension in self.question.flow.dimension]

    def of_series(self, key: Sequence[str]) -> Pairs:
        """The attributes of a series that are shown."""
        flow = self.question.flow
        figure = self._figures[key[flow.position("figure")]]
        said = (
            ("UNIT_MEASURE", figure.measure),
            ("UNIT_MULT", str(figure.multiplier)),
            ("DECIMALS", str(figure.decimals)),
        )
        return tuple(pair for pair in said if pair[0] in self.question.shown)

    @property
    def _figures(self) -> dict[str, Figure]:
        return {figure.id: figure for figure in self.question.flow.figure}

    def of_observation(self, status: str, released: str) -> Pairs:
        """The attributes of an observation that are shown."""
        said = (("OBS_STATUS", status), ("RELEASED_AT", released))
        return tuple(pair for pair in said if pair[0] in self.question.shown)


@dataclass(frozen=True, slots=True)
class Group:
    """Observations that share all dimensions but the one at the observation.

    Each observation is its place in that dimension, value, status, moment of release, and the attributes of its series
    where they don't belong to the group.
    """

    key: Pairs
    attributes: Pairs
    observations: list[tuple[str, str | None, str, str, Pairs]]


def groups(answer: Answer, rows: Sequence[Row]) -> Iterator[Group]:
    """Rows in groups by the dimension at the observation; each stands alone where all dimensions do."""
    at, ids = answer.question.at, answer.ids
    if at == TIME:
        for key, found in groupby(rows, itemgetter(0)):
            codes = key.split(".")
            yield Group(
                tuple(zip(ids, codes, strict=True)),
                answer.of_series(codes),
                [(period, value, status, released, ()) for _, period, value, status, released in found],
            )
        return
    place = ids.index(at) if at in ids else -1
    split: list[tuple[Pairs, str, Row, Pairs]] = []
    for row in rows:
        codes = row[0].split(".")
        pairs = (*zip(ids, codes, strict=True), (TIME, row[1]))
        shared = tuple(pair for n, pair in enumerate(pairs) if n != place)
        split.append((shared, codes[place], row, answer.of_series(codes)))
    if place >= 0:
        split.sort(key=itemgetter(0))
    for shared, several in groupby(split, itemgetter(0)):
        yield Group(
            shared, (), [(code, row[2], row[3], row[4], attributes) for _, code, row, attributes in several]
        )


def datasets(answer: Answer) -> Iterator[tuple[str, str, Sequence[Row]]]:
    """The sets of an answer with their action and first moment: one, or in a history one a release."""
    if not answer.question.history:
        yield "Replace", "", answer.rows
        return
    first = True
    for released, rows in groupby(answer.rows, itemgetter(4)):
        yield "Replace" if first else "Append", released, list(rows)
        first = False


def _pieces(parts: Iterable[str]) -> Iterator[str]:
    """Small texts put together into fewer."""
    kept: list[str] = []
    for part in parts:
        kept.append(part)
        if len(kept) >= ROWS_A_PIECE:
            yield "".join(kept)
            kept.clear()
    yield "".join(kept)


# --- SDMX-ML


def _xml_head(answer: Answer, **more: str) -> str:
    question = answer.question
    structure = f"DSD_{question.flow.id}"
    agency = agency_of(question.flow, answer.known)
    named = {"id": structure, "agencyID": agency, "version": question.flow.version, "class": "DataStructure"}
    said = {"structureID": structure, "dimensionAtObservation": question.at, **more}
    return header(
        answer.head,
        tag("mes:Structure", said, tag("com:Structure", None, tag("Ref", named))),
        tag("mes:DataSetAction", None, "Replace" if question.history else "Information"),
    )


def generic(answer: Answer) -> Iterator[str]:
    """Generic data: the same schema whatever the structure."""
    yield BEGIN + tag("mes:GenericData", spaces("mes", "gen", "com"))[:-2] + ">" + _xml_head(answer)
    structure = f"DSD_{answer.question.flow.id}"
    for action, since, rows in datasets(answer):
        said = {"structureRef": structure, "action": action if answer.question.history else "Information"}
        said |= {"validFromDate": since} if since else {}
        yield tag("mes:DataSet", said)[:-2] + ">\n"
        write = _generic_flat if answer.question.at == ALL_DIMENSIONS else _generic_series
        yield from _pieces(write(answer, rows))
        yield "</mes:DataSet>\n"
    yield "</mes:GenericData>\n"


def _values(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<gen:Value id={quoteattr(id)} value={quoteattr(value)}/>" for id, value in pairs)


def _generic_attributes(answer: Answer) -> Callable[[str, str, Pairs], str]:
    def write(status: str, released: str, more: Pairs) -> str:
        pairs = (*more, *answer.of_observation(status, released))
        return f"<gen:Attributes>{_values(pairs)}</gen:Attributes>" if pairs else ""

    return _remembered(write)


def _remembered(write: Callable[[str, str, Pairs], str]) -> Callable[[str, str, Pairs], str]:
    """The same, written once for the same status, release and attributes: there are few of each."""
    kept: dict[tuple[str, str, Pairs], str] = {}

    def said(status: str, released: str, more: Pairs) -> str:
        key = (status, released, more)
        if key not in kept:
            kept[key] = write(*key)
        return kept[key]

    return said


def _generic_series(answer: Answer, rows: Sequence[Row]) -> Iterator[str]:
    attributes = _generic_attributes(answer)
    for group in groups(answer, rows):
        yield f"<gen:Series><gen:SeriesKey>{_values(group.key)}</gen:SeriesKey>"
        if group.attributes:
            yield f"<gen:Attributes>{_values(group.attributes)}</gen:Attributes>"
        for place, value, status, released, more in group.observations if answer.question.observed else ():
            said = "" if value is None or not answer.question.measures else f'<gen:ObsValue value="{value}"/>'
            about = attributes(status, released, more)
            yield f'<gen:Obs><gen:ObsDimension value="{place}"/>{said}{about}</gen:Obs>'
        yield "</gen:Series>\n"


def _generic_flat(answer: Answer, rows: Sequence[Row]) -> Iterator[str]:
    attributes = _generic_attributes(answer)
    for group in groups(answer, rows):
        for _place, value, status, released, more in group.observations:
            said = "" if value is None or not answer.question.measures else f'<gen:ObsValue value="{value}"/>'
            about = attributes(status, released, more)
            yield f"<gen:Obs><gen:ObsKey>{_values(group.key)}</gen:ObsKey>{said}{about}</gen:Obs>\n"


def specific(answer: Answer) -> Iterator[str]:
    """Structure-specific data: dimensions and attributes are attributes of XML."""
    question = answer.question
    structure = f"DSD_{question.flow.id}"
    space = (
        f"urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure="
        f"{agency_of(question.flow, answer.known)}:{structure}({question.flow.version}):ObsLevelDim:{question.at}"
    )
    named = spaces("mes", "ss", "com") | {
        "xmlns:ns1": space,
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    }
    yield BEGIN + tag("mes:StructureSpecificData", named)[:-2] + ">" + _xml_head(answer, namespace=space)
    for action, since, rows in datasets(answer):
        said = {
            "ss:structureRef": structure,
            "xsi:type": "ns1:DataSetType",
            "ss:dataScope": "DataStructure",
            "ss:action": action if question.history else "Information",
        }
        said |= {"ss:validFromDate": since} if since else {}
        yield tag("mes:DataSet", said)[:-2] + ">\n"
        yield from _pieces(_specific_rows(answer, rows))
        yield "</mes:DataSet>\n"
    yield "</mes:StructureSpecificData>\n"


def _plain(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f" {id}={quoteattr(value)}" for id, value in pairs)


def _specific_rows(answer: Answer, rows: Sequence[Row]) -> Iterator[str]:
    question = answer.question
    about = _remembered(
        lambda status, released, more: _plain((*more, *answer.of_observation(status, released)))
    )
    flat = question.at == ALL_DIMENSIONS
    for group in groups(answer, rows):
        key = _plain(group.key)
        if not flat:
            yield f"<Series{key}{_plain(group.attributes)}>"
        for place, value, status, released, more in group.observations if question.observed else ():
            said = "" if value is None or not question.measures else f' {MEASURE}="{value}"'
            where = key if flat else f' {question.at}="{place}"'
            yield f"<Obs{where}{said}{about(status, released, more)}/>"
        yield "\n" if flat else "</Series>\n"


# --- SDMX-CSV

# The name of each component, and of its codes.
Names = dict[str, tuple[str, dict[str, str]]]


def as_csv(answer: Answer, version: str) -> Iterator[str]:
    """SDMX-CSV 1.0 or 2.0: a row an observation; with `labels=both` codes with their names, with `name` beside them."""
    question = answer.question
    labels = question.options.get("labels", "id")
    key = flow_key(question.flow, answer.known)
    flow = f"{key.agency}:{key.id}({key.version})"
    names = _names(answer)
    columns = _columns(answer)
    lead: list[str] = [flow] if version < "2" else ["dataflow", flow]
    heads = ["DATAFLOW"] if version < "2" else ["STRUCTURE", "STRUCTURE_ID"]
    if labels == "both" and version < "2":
        lead = [f"{flow}: {best(question.flow.name, answer.head.languages)}"]
    elif labels == "name":
        heads, lead = [*heads, "STRUCTURE_NAME"], [*lead, best(question.flow.name, answer.head.languages)]
    if version >= "2":
        heads, lead = [*heads, "ACTION"], [*lead, "I"]
    said = _written(lead)
    yield _written([*heads, *(head for id, _ in columns for head in _headed(id, names, labels))]) + "\r\n"
    yield from _pieces(f"{said},{row}\r\n" for row in _csv_lines(answer, columns, names, labels))


def _written(cells: Iterable[str]) -> str:
    """Cells as CSV writes them."""
    kept = io.StringIO()
    csv.writer(kept, lineterminator="").writerow(cells)
    return kept.getvalue()


def _csv_lines(answer: Answer, columns: list[tuple[str, bool]], names: Names, labels: str) -> Iterator[str]:
    """A line an observation: what a series and what a status have in common is written once."""

    def write(pairs: Iterable[tuple[str, str]]) -> str:
        return _written(cell for id, value in pairs for cell in _labelled(id, value, names, labels))

    shown = [id for id, _ in columns]
    about = _remembered(lambda status, released, more: write(answer.of_observation(status, released)))
    observed, measured = answer.question.observed, MEASURE in shown
    for key, rows in groupby(answer.rows, itemgetter(0)):
        codes = key.split(".")
        front = write(zip(answer.ids, codes, strict=True))
        back = write(answer.of_series(codes))
        back = f",{back}" if back else ""
        if not observed:
            yield f"{front}{back}"
            continue
        for _, period, value, status, released in rows:
            said = f",{value or ''}" if measured else ""
            end = about(status, released, ())
            yield f"{front},{period}{said}{back}{',' if end else ''}{end}"


def _columns(answer: Answer) -> list[tuple[str, bool]]:
    """The components shown: dimensions, period, value, attributes; whether each has codes."""
    question = answer.question
    shown = [(id, True) for id in answer.ids]
    if question.observed:
        shown += [(TIME, False)]
        shown += [(MEASURE, False)] if question.measures else []
    wanted = [id for id in question.shown if question.observed or ATTRIBUTES[id][1] == "series"]
    return shown + [(id, bool(ATTRIBUTES[id][0])) for id in wanted]


def _names(answer: Answer) -> Names:
    """The name of each component, and of its codes."""
    languages = answer.head.languages
    found: Names = {id: (best(name, languages), {}) for id, name in CONCEPTS.items()}
    for id, codes in _coded(answer).items():
        name = next((one.name for one in answer.question.flow.dimension if one.id == id), CONCEPTS.get(id))
        said = best(name, languages) if name else id
        found[id] = (said, {code.code: best(code.name, languages) for code in codes})
    return found


def _coded(answer: Answer) -> dict[str, list[CodeName]]:
    """The codes of each component that has some."""
    flow, known = answer.question.flow, answer.known
    found = {dimension.id: known.codes(dimension, flow) for dimension in flow.dimension}
    return found | {id: known.listed(listed) for id, (listed, _) in ATTRIBUTES.items() if listed}


def _headed(id: str, names: Names, labels: str) -> list[str]:
    if labels == "both":
        return [f"{id}: {names[id][0]}"]
    return [id, names[id][0]] if labels == "name" and names[id][1] else [id]


def _labelled(id: str, value: str, names: Names, labels: str) -> list[str]:
    codes = names[id][1]
    if labels == "both" and value in codes:
        return [f"{value}: {codes[value]}"]
    return [value, codes.get(value, "")] if labels == "name" and codes else [value]


# --- SDMX-JSON


class Index:
    """The values of a component in the order they were met, each with its place."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def __call__(self, value: str) -> int:
        return self.places.setdefault(value, len(self.places))


def as_json(answer: Answer, version: str) -> Iterator[str]:
    """SDMX-JSON 1.0 or 2.0: codes by their place in lists that stand at the end."""
    question = answer.question
    indexes = {id: Index() for id in (*answer.ids, TIME, *ATTRIBUTES)}
    for period in sorted({row[1] for row in answer.rows}, key=_days):
        indexes[TIME](period)
    said = dumps(json.meta("data", version, answer.head))
    yield f'{{"meta":{said},"data":{{"dataSets":['
    comma = ""
    for action, since, rows in datasets(answer):
        about: dict[str, Any] = {"action": action if question.history else "Information"}
        about |= {"validFrom": since} if since else {}
        links = [{"rel": "dataflow", "urn": flow_key(question.flow, answer.known).urn}]
        about |= {"links": links} | ({"structure": 0} if version >= "2" else {})
        yield f"{comma}{dumps(about)[:-1]},"
        flat = question.at == ALL_DIMENSIONS
        yield '"observations":{' if flat else '"series":{'
        write = _json_flat if flat else _json_series
        yield from _pieces(write(answer, rows, indexes))
        yield "}}"
        comma = ","
    structure = _json_structure(answer, indexes, version)
    place = f'"structures":[{dumps(structure)}]' if version >= "2" else f'"structure":{dumps(structure)}'
    yield f"],{place}}}}}\n"


def _days(text: str) -> tuple[str, str]:
    found = periods.read(text)
    return (found.first.isoformat(), found.last.isoformat()) if found else (text, text)


def _json_series(answer: Answer, rows: Sequence[Row], indexes: dict[str, Index]) -> Iterator[str]:
    question = answer.question
    write, place_of = _json_observation(answer, indexes), indexes[question.at]
    comma = ""
    for group in groups(answer, rows):
        key = ":".join(str(indexes[id](value)) for id, value in group.key)
        attributes = ",".join(str(indexes[id](value)) for id, value in group.attributes)
        yield f'{comma}"{key}":{{"attributes":[{attributes}],"observations":{{'
        if question.observed:
            found = [f'"{place_of(place)}":{write(rest)}' for place, *rest in group.observations]
            yield ",".join(found)
        yield "}}"
        comma = ","


def _json_flat(answer: Answer, rows: Sequence[Row], indexes: dict[str, Index]) -> Iterator[str]:
    write = _json_observation(answer, indexes)
    comma = ""
    for group in groups(answer, rows):
        key = ":".join(str(indexes[id](value)) for id, value in group.key)
        for _place, *rest in group.observations:
            yield f'{comma}"{key}":{write(rest)}'
            comma = ","


def _json_observation(answer: Answer, indexes: dict[str, Index]) -> Callable[[Sequence[Any]], str]:
    """What writes an observation: its value and the places of its attributes."""
    measured = answer.question.measures

    def places(status: str, released: str, more: Pairs) -> str:
        pairs = (*more, *answer.of_observation(status, released))
        return ",".join(str(indexes[id](one)) for id, one in pairs)

    about = _remembered(places)

    def write(rest: Sequence[Any]) -> str:
        value, status, released, more = rest
        said = about(status, released, more)
        if not measured:
            return f"[{said}]"
        return f"[{'null' if value is None else value}{',' if said else ''}{said}]"

    return write


def _json_structure(answer: Answer, indexes: dict[str, Index], version: str) -> dict[str, Any]:
    """The components of an answer with the values it has of each."""
    question, languages = answer.question, answer.head.languages
    coded = {id: {code.code: code.name for code in codes} for id, codes in _coded(answer).items()}
    named = {one.id: one.name for one in question.flow.dimension} | CONCEPTS

    def component(id: str, **more: Any) -> dict[str, Any]:
        values = [_json_value(id, value, coded.get(id), languages, version) for value in indexes[id].places]
        return {"id": id, **json.named(named[id], languages), **more, "values": values}

    def attribute(id: str) -> dict[str, Any]:
        of_value: dict[str, Any] = {"observation": {}} if version >= "2" else {"primaryMeasure": MEASURE}
        of = {"dimensions": answer.ids} if ATTRIBUTES[id][1] == "series" else of_value
        return component(id, relationship=of)

    everything = [*answer.ids, TIME]
    observed = everything if question.at == ALL_DIMENSIONS else [question.at]
    dimensions = [
        component(id, keyPosition=n, roles=[id] if id == TIME else []) for n, id in enumerate(everything)
    ]
    by_series = [id for id in question.shown if ATTRIBUTES[id][1] == "series"]
    by_observation = [id for id in question.shown if ATTRIBUTES[id][1] == "observation"]
    if question.at != TIME:
        by_series, by_observation = [], [*by_series, *by_observation]
    found: dict[str, Any] = {
        **json.named(question.flow.name, languages),
        "dimensions": {
            "dataSet": [],
            "series": [one for one in dimensions if one["id"] not in observed],
            "observation": [one for one in dimensions if one["id"] in observed],
        },
        "attributes": {
            "dataSet": [],
            "series": [attribute(id) for id in by_series],
            "observation": [attribute(id) for id in by_observation],
        },
    }
    if version >= "2":
        measure = {"id": MEASURE, **json.named(CONCEPTS[MEASURE], languages)}
        found["measures"] = {
            "observation": [measure] if question.measures else [],
        }
        found["dataSets"] = [0]
    return found


def _json_value(
    id: str, value: str, codes: dict[str, Text] | None, languages: Sequence[str], version: str
) -> dict[str, Any]:
    """A code with its names, a period with its span, or a value that is no code."""
    if codes is not None:
        return {"id": value, **json.named(codes.get(value, Text(zh=value)), languages)}
    if id != TIME:
        return {"value": value} if version >= "2" else {"name": value}
    found = periods.read(value)
    span = {"start": f"{found.first}T00:00:00Z", "end": f"{found.last}T23:59:59Z"} if found else {}
    return {"id": value, "name": value, **span}


WRITERS: dict[str, Callable[[Answer], Iterator[str]]] = {
    "generic": generic,
    "specific": specific,
    "json1": partial(as_json, version="1.0.0"),
    "json2": partial(as_json, version="2.0.0"),
    "csv1": partial(as_csv, version="1.0.0"),
    "csv2": partial(as_csv, version="2.0.0"),
}
