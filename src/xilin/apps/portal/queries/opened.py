"""An opening's page beyond its rows: charts by its columns, its schema, examples of calls, how to cite it, marks of quality."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import region
from xilin.apps.portal.queries.opening import Detail, words_of
from xilin.apps.portal.queries.opening import one as opening_of
from xilin.kernel.opening import profiles
from xilin.kernel.quality import queries as quality
from xilin.lib.text import Text
from xilin.web.charts import choropleth, declared
from xilin.web.keeping import kept

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Field:
    """A column as a schema tells it."""

    code: str
    title: str
    type: str
    about: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of one column: bars, a line or a map, chosen by what the column is."""

    column: str
    title: str
    kind: str
    bars: list[tuple[str, float]]
    rest: int
    most: float
    course: declared.Chart | None
    map: choropleth.Map | None


@dataclass(frozen=True, slots=True)
class Example:
    """How a program gets the data, in one language of programs."""

    name: str
    id: str
    text: str


@kept
def charts(code: str) -> list[Chart]:
    """The charts of an opening's newest release, chosen by its columns."""
    detail = opening_of(code)
    if detail.release is None:
        return []
    areas = [by.column for by in detail.opening.by if by.kind == "area"]
    titles = {column.code: column.title for column in detail.columns}
    listed = _listed(detail)
    resource = region.known("resource").get(detail.opening.resource)
    areas += [resource.area_column] if resource and resource.area_column not in areas else []
    words = words_of(detail.opening.resource, detail.opening.by)
    drawn = [
        _chart(found, titles.get(found.column, found.column), words)
        for found in profiles.profiles(detail.release, areas, list(listed))
    ]
    return [chart for chart in drawn if len(chart.bars) > 1 or chart.course]


def _chart(found: profiles.Profile, title: str, words: Any) -> Chart:
    bars: list[tuple[str, float]] = []
    course, drawn = None, None
    if found.kind == "area":
        by_county: dict[str, float] = {}
        for code, count in found.counts:
            by_county[f"{code:0<12}"] = count
        names = region.county_names()
        known = {code: count for code, count in by_county.items() if code in names}
        drawn = region.map_of(known) if len(known) > 1 else None
        bars = sorted(((names[code], count) for code, count in known.items()), key=lambda pair: -pair[1])
    elif found.kind == "time":
        years, counts = [year for year, _n in found.counts], [float(count) for _year, count in found.counts]
        course = declared.Chart("line", title, years, [declared.Series(title, counts)], over=_("Period"))
    else:
        bars = [
            (words.of(found.column, code) or code or _("not known"), count) for code, count in found.counts
        ]
    return Chart(
        found.column,
        title,
        found.kind,
        bars[:SHOWN],
        max(len(bars) - SHOWN, 0),
        max((count for _name, count in bars), default=0),
        course,
        drawn,
    )


def schema(detail: Detail) -> list[Field]:
    """The columns of the newest release with their types, meanings and codes."""
    elements, listed = _elements(detail), _listed(detail)
    language = get_language() or ""
    types = dict(detail.release.columns) if detail.release else {}
    found = []
    for column in detail.columns:
        element = elements.get(column.code)
        said = (element.definition.of(language) or element.source) if element is not None else ""
        if column.code == "count":
            said = _("how many; empty where it was left out")
        codes = tuple((one.code, _named(one, language)) for one in listed.get(column.code, ()))
        found.append(Field(column.code, column.title, str(types.get(column.code, "")), said, codes[:60]))
    return found


def table_schema(detail: Detail, site: str) -> dict[str, Any]:
    """The same for programs, as a Frictionless table schema."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": [
            {
                "name": one.code,
                "title": one.title,
                "type": _frictionless(one.type),
                "description": one.about,
            }
            | (
                {"categories": [{"value": code, "label": name} for code, name in one.codes]}
                if one.codes
                else {}
            )
            for one in schema(detail)
        ],
        "missingValues": [""],
        "homepage": f"{site}/open/{detail.opening.code}/",
    }


def _frictionless(type_: str) -> str:
    known = {"int": "integer", "double": "number", "float": "number", "decimal": "number", "bool": "boolean"}
    known |= {"timestamp": "datetime", "date": "date"}
    return next((told for word, told in known.items() if word in type_), "string")


def examples(detail: Detail, site: str) -> list[Example]:
    """Calls that work as they stand: with this site's address and this release."""
    if detail.release is None:
        return []
    code, version = detail.opening.code, detail.release.version
    rows, csv = f"{site}/open/{code}/rows.json", f"{site}/open/{code}/{version}/data.csv"
    return [
        Example("curl", "curl", f'curl "{rows}?offset=0&limit=100"\ncurl -O "{csv}"'),
        Example(
            "Python",
            "python",
            f'import pandas as pd\n\ndata = pd.read_csv("{csv}", dtype=str)\nprint(data.head())',
        ),
        Example(
            "R",
            "r",
            f'data <- read.csv("{csv}", colClasses = "character", fileEncoding = "UTF-8-BOM")\nhead(data)',
        ),
    ]


def citation(detail: Detail, site: str) -> str:
    """How the newest release is cited, in the reader's language."""
    if detail.release is None:
        return ""
    language = get_language() or ""
    who = _department(detail.resource.provider, language) if detail.resource else region.name()
    return _("%(who)s (%(year)s): %(name)s, version %(version)s. %(url)s") % {
        "who": who,
        "year": detail.release.released_at.year,
        "name": detail.opening.name.of(language),
        "version": detail.release.version,
        "url": f"{site}/open/{detail.opening.code}/",
    }


def score(detail: Detail) -> float | None:
    """The resource's score of quality from 0 to 1, or None where it wasn't measured."""
    found = quality.score_of(detail.opening.resource)
    return found.overall if found else None


def _department(department: Any, language: str) -> str:
    return Text(zh=department.name, en=department.name_en).of(language)


def _elements(detail: Detail) -> dict[str, Any]:
    resource, elements = region.known("resource").get(detail.opening.resource), region.known("element")
    return {
        item.key: elements[item.element]
        for item in (resource.item if resource else ())
        if item.element in elements
    }


def _listed(detail: Detail) -> dict[str, Any]:
    lists = region.known("code_list")
    return {
        name: lists[element.code_list].entries
        for name, element in _elements(detail).items()
        if element.code_list in lists
    }


def _named(entry: Any, language: str) -> str:
    return str(entry.en if language.startswith("en") and entry.en else entry.zh)


def facets(shown: list[Any], chosen: dict[str, str]) -> Iterator[tuple[str, str, list[tuple[str, str, int]]]]:
    """By what openings may be narrowed: name of the parameter, title, and the choices with their counts."""
    language = get_language() or ""
    for name, title, of in (
        ("form", _("Form"), lambda one: (one.opening.form, one.form)),
        (
            "department",
            _("Provider"),
            lambda one: (
                (
                    one.resource.provider.code,
                    Text(zh=one.resource.provider.short, en=one.resource.provider.short_en).of(language),
                )
                if one.resource
                else ("", "")
            ),
        ),
    ):
        others = [
            one for one in shown if all(not v or _value(one, k) == v for k, v in chosen.items() if k != name)
        ]
        counted: dict[tuple[str, str], int] = {}
        for one in others:
            counted[of(one)] = counted.get(of(one), 0) + 1
        choices = [(code, words, number) for (code, words), number in sorted(counted.items()) if code]
        if len(choices) > 1 or chosen.get(name):
            yield name, title, choices


def narrowed(shown: list[Any], chosen: dict[str, str]) -> list[Any]:
    """The openings that meet every choice."""
    return [
        one for one in shown if all(not value or _value(one, name) == value for name, value in chosen.items())
    ]


def _value(one: Any, name: str) -> str:
    if name == "form":
        return str(one.opening.form)
    return str(one.resource.provider.code) if one.resource else ""
