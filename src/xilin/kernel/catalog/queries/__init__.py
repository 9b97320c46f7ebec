"""Reading the catalogue."""

from xilin.kernel.catalog.queries.compiled import (
    authority,
    class_choices,
    class_path,
    classes,
    compilation_for,
    compilations_for,
    may_compile,
    may_review,
    waiting_for,
)
from xilin.kernel.catalog.queries.found import (
    Choice,
    Filters,
    facets,
    resource,
    resource_for,
    resources,
    resources_for,
    search,
)
from xilin.kernel.catalog.queries.sources import (
    OneSource,
    decision_on,
    may_decide_source,
    one_source,
    one_sources,
    seen_of,
)
from xilin.kernel.catalog.queries.versions import Difference, differences, version_of, versions_of

__all__ = [
    "Choice",
    "Difference",
    "Filters",
    "OneSource",
    "authority",
    "class_choices",
    "class_path",
    "classes",
    "compilation_for",
    "compilations_for",
    "decision_on",
    "differences",
    "facets",
    "may_compile",
    "may_decide_source",
    "may_review",
    "one_source",
    "one_sources",
    "resource",
    "resource_for",
    "resources",
    "resources_for",
    "search",
    "seen_of",
    "version_of",
    "versions_of",
    "waiting_for",
]
