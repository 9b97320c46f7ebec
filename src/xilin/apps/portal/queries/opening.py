"""Open data for the pages: openings with their resources, figures of protection in words, a table to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import region
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.opening import queries
from xilin.kernel.opening.declarations import By, Opening
from xilin.kernel.opening.queries import Open
from xilin.lib.errors import NotFound

FORMS = {
    "rows": lambda: _("rows as they are"),
    "microdata": lambda: _("a row a person, made coarser"),
    "table": lambda: _("counts, small ones left out"),
    "noisy": lambda: _("counts with noise"),
}
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """An opening with its resource's entry, and its form in words."""

    opening: Opening
    release: Any
    resource: Any
    form: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a release: its name, and how coarse it is."""

    code: str
    title: str
    coarse: str


@dataclass(frozen=True, slots=True)
class Detail:
    """All that an opening's page shows."""

    opening: Opening
    form: str
    resource: Any
    release: Any
    releases: list[Any]
    columns: list[Column]
    rows: list[list[str]]
    more: int
    protection: list[tuple[str, str]]
    budget: Any
    files: list[Any]


def every() -> list[Shown]:
    """Every opening, those with a release first."""
    found = [
        Shown(one.opening, one.release, _resource(one.opening.resource), FORMS[one.opening.form]())
        for one in queries.openings()
    ]
    return sorted(found, key=lambda one: one.release is None)


def one(code: str) -> Detail:
    """One opening with its newest release, or NotAnOpening."""
    opening = queries.opening(code)
    releases = queries.releases(code)
    release = releases[0] if releases else None
    columns = _columns(opening, release)
    shown = queries.part(release, 0, SHOWN) if release else []
    words = Words(opening.resource, opening.by)
    return Detail(
        opening=opening,
        form=FORMS[opening.form](),
        resource=_resource(opening.resource),
        release=release,
        releases=releases,
        columns=columns,
        rows=[[words.of(column.code, row[column.code]) for column in columns] for row in shown],
        more=release.rows - len(shown) if release else 0,
        protection=protection(release.protection) if release else [],
        budget=queries.budget_of(opening.resource, release.released_at.year) if release else None,
        files=[file for file in queries.distributions(opening.resource) if file.opening == code],
    )


def machine(found: Open, site: str) -> dict[str, Any]:
    """An opening as programs read it."""
    opening, release = found.opening, found.release
    said: dict[str, Any] = {
        "code": opening.code,
        "name": {"zh": opening.name.zh, "en": opening.name.en},
        "summary": {"zh": opening.summary.zh, "en": opening.summary.en},
        "resource": opening.resource,
        "form": opening.form,
        "licence": {"zh": opening.licence.zh, "en": opening.licence.en, "url": opening.licence_url},
        "page": f"{site}/open/{opening.code}/",
    }
    if release is not None:
        place = f"{site}/open/{opening.code}/{release.version}"
        said |= {
            "version": release.version,
            "released_at": release.released_at.isoformat(),
            "rows": release.rows,
            "columns": [{"name": name, "type": kind} for name, kind in release.columns],
            "protection": release.protection,
            "sha256": release.digests,
            "files": {form: f"{place}/data.{form}" for form in queries.FORMATS},
            "signature": f"{place}/signature",
            "part": f"{site}/open/{opening.code}/rows.json",
        }
    return said


def protection(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How people are protected, as pairs of words."""
    form = said["form"]
    if form == "rows":
        return [(_("Protection"), _("There is nothing personal in it."))]
    if form == "microdata":
        return [
            (
                _("People who look alike"),
                _("at least %(k)s, the smallest group has %(n)s") % {"k": said["k"], "n": said["smallest"]},
            ),
            (
                _("Left out"),
                _("%(n)s of %(people)s people") % {"n": said["left_out"], "people": said["people"]},
            ),
        ]
    if form == "table":
        return [
            (_("Smallest count shown"), str(said["least"])),
            (
                _("Left out"),
                _("%(small)s small counts, and %(more)s that would give them away, of %(cells)s")
                % {"small": said["primary"], "more": said["secondary"], "cells": said["cells"]},
            ),
            (
                _("Promise"),
                _("No small count can be told more closely than within an interval of %(n)s.")
                % {"n": said["least"]},
            ),
        ]
    return [
        (_("Differential privacy"), f"ε = {said['epsilon']:g}"),
        (
            _("Noise"),
            _("%(mechanism)s, scale %(scale)s")
            % {"mechanism": said["mechanism"], "scale": f"{said['scale']:g}"},
        ),
        (
            _("How far off"),
            _("at most %(n)s, 19 times of 20; a count may be negative") % {"n": said["within"]},
        ),
        (_("Rows of one person"), _("%(n)s at most") % {"n": said["contribution"]}),
    ]


def _resource(code: str) -> Any:
    """The catalogue's entry, or None where it left."""
    try:
        return catalog.resource(code)
    except NotFound:
        return None


def _columns(opening: Opening, release: Any) -> list[Column]:
    own = {"count": _("Count"), "left_out": ""}
    resource = _resource(opening.resource)
    titles = {item.column: item.title for item in resource.items.all()} if resource else {}
    steps = (release.protection.get("steps", {}) if release else {}) or {}
    return [
        Column(name, own.get(name, titles.get(name, name)), coarse(steps.get(name, "")))
        for name, _kind in (release.columns if release else [])
        if name != "left_out"
    ]


def coarse(step: str) -> str:
    """How coarse a column is, in words."""
    if step == "*":
        return _("everybody together")
    kind, _space, width = step.partition(" ")
    if width == "0":
        return ""
    said = {
        "age": _("age in bands of %(n)s years"),
        "year": _("spans of %(n)s years"),
        "area": _("first %(n)s digits of the area's code"),
    }
    return said[kind] % {"n": width} if kind in said and width else ""


def words_of(resource: str, by: Sequence[By]) -> "Words":
    """Codes of a resource's values in words."""
    return Words(resource, by)


class Words:
    """Codes of a release's values in words."""

    def __init__(self, code: str, by: Sequence[By]) -> None:
        self._by: dict[str, By] = {one.column: one for one in by}
        resource = region.known("resource").get(code)
        elements, lists, language = region.known("element"), region.known("code_list"), get_language() or ""
        self._codes: dict[str, dict[str, str]] = {}
        for item in resource.item if resource else ():
            element = elements.get(item.element)
            codes = lists.get(element.code_list) if element and element.code_list else None
            if codes is not None:
                english = language.startswith("en")
                self._codes[item.key] = {e.code: (e.en if english and e.en else e.zh) for e in codes.entries}

    def of(self, column: str, value: Any) -> str:
        """A value as people read it."""
        if column == "count":
            return "" if value is None else f"{value:,}"
        if value is None or value == "":
            return _("not known") if column in self._by else ""
        if value == "*":
            return _("all together")
        by = self._by.get(column)
        if by is not None and by.kind == "area":
            return region.area_name(str(value))
        return self._codes.get(column, {}).get(str(value), str(value))
