"""One resource for its page: fields, items, where its rows come from, how they stand."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import scores
from xilin.apps.portal.queries.names import Names
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.collect.declarations import Source
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text

ENDED = ("published", "withdrawn", "abandoned")
FORMS = {
    "mysql": "MySQL / MariaDB",
    "postgresql": "PostgreSQL",
    "sqlite": "SQLite",
    "csv": "CSV",
    "xlsx": "XLSX",
    "http": "HTTP JSON",
}


@dataclass(frozen=True, slots=True)
class Feed:
    """A source of a resource, and how many of its columns are mapped."""

    code: str
    name: str
    form: str
    mode: str
    columns: int


def form_of(source: Source) -> str:
    """What a source is, in words: `CSV (GB18030)`."""
    form = FORMS[source.connector]
    coded = source.connector == "csv" and source.connection.encoding.lower() not in {"utf-8", "utf8"}
    return f"{form} ({source.connection.encoding.upper()})" if coded else form


def feeds(resource: str) -> list[Feed]:
    """The sources that feed a resource."""
    language = get_language() or ""
    modes = {"full": _("full"), "incremental": _("incremental")}
    return [
        Feed(code, source.name.of(language), form_of(source), modes[source.mode], len(source.columns))
        for code, source in declared("source").items()
        if source.resource == resource
    ]


def fields(resource: Any, items: int) -> list[tuple[str, str]]:
    """The thirteen fields of the 2017 guide, in its order; the items stand in their own table."""
    names = Names()
    opened = _("open") if resource.open else _("not open")
    opened += f": {resource.open_condition}" if resource.open and resource.open_condition else ""
    named = resource.provider.name_en if (get_language() or "").startswith("en") else ""
    return [
        (_("Classification"), " / ".join(resource.classification)),
        (_("Name"), resource.title),
        (_("Catalogue code"), resource.catalogue_code),
        (_("Provider"), named or resource.provider.name),
        (_("Provider's code"), resource.provider.uscc),
        (_("Summary of content"), resource.about),
        (_("Format"), resource.get_format_display()),
        (_("Items"), str(items)),
        (_("Sharing"), _sharing(resource)),
        (_("Opening"), opened),
        (_("Update cycle"), resource.get_update_cycle_display()),
        (_("Published"), f"{resource.published:%Y-%m-%d}"),
        (_("Related resources"), _and([names.of("resource", code) for code in resource.related]) or "—"),
        *_contact(resource),
    ]


def _contact(resource: Any) -> list[tuple[str, str]]:
    """The office to ask, where the entry names one."""
    told = resource.contact
    if not told:
        return []
    name = Text(**told.get("name", {"zh": ""})).of(get_language() or "")
    return [
        (
            _("Office to ask"),
            " · ".join(part for part in (name, told.get("telephone"), told.get("email")) if part),
        )
    ]


def _and(words: list[str]) -> str:
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(words)


def _sharing(resource: Any) -> str:
    parts = [resource.get_share_type_display(), resource.get_share_mode_display()]
    parts += [part for part in (resource.condition, resource.basis) if part]
    return " · ".join(str(part) for part in parts)


def _call(resource: Any, items: list[Any]) -> str:
    """A call of the gateway as a system would send it, with a purpose that is declared."""
    call = {
        "purpose": next(iter(exchange.purposes()), "…"),
        "case_number": "…",
        "by": dict.fromkeys(resource.lookup[:1], "…"),
        "items": [item.column for item in items if item.column not in resource.lookup][:3],
    }
    return json.dumps(call, ensure_ascii=False, indent=1)


def lineage_of(resource: str) -> tuple[collect.Origin, ...]:
    """The batches that the rows in force of a resource come from; looked up in the lake once until a batch begins or ends."""
    pulse = collect.pulse()
    return _lineage(resource, pulse, frozenset(collect.feeding(resource))) if pulse[0] else ()


@lru_cache(maxsize=256)
def _lineage(
    resource: str, _pulse: tuple[int, tuple[int, ...]], _sources: frozenset[str]
) -> tuple[collect.Origin, ...]:
    return tuple(collect.lineage(resource))


def about(resource: Any, user: Any = None) -> dict[str, Any]:
    """All that the page of a resource shows, and whether its reader compiles it."""
    items = list(resource.items.all())
    score, radar = scores.of(resource.code)
    lineage = lineage_of(resource.code)
    return {
        "score": score,
        "radar": radar,
        "lineage": lineage,
        "rows": sum(one.rows for one in lineage),
        "resource": resource,
        "fields": fields(resource, len(items)),
        "items": items,
        "feeds": feeds(resource.code),
        "lookup": [item for item in items if item.column in resource.lookup],
        "sample": _call(resource, items),
        "versions": resource.versions.count(),
        "compiles": catalog.may_compile(user) and user.department_id == resource.provider_id,
        "under_way": catalog.compilations_for(user)
        .filter(resource=resource)
        .exclude(state__in=ENDED)
        .first(),
    }
