"""重复采集 The one source of each data element, and which departments could take it from there instead of asking again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xilin.kernel.catalog import forms
from xilin.kernel.catalog import queries as catalog

SHOWN = ("repeated", "undecided", "all")


@dataclass(frozen=True, slots=True)
class Line:
    """One data element: who is its source and on what ground, who collects it besides."""

    one: Any
    choices: list[Any]

    @property
    def departments(self) -> list[Any]:
        """The departments that collect it besides its source, each once."""
        return list(
            {item.resource.provider_id: item.resource.provider for item in self.one.repeated}.values()
        )


def report(user: Any, wanted: Mapping[str, str]) -> dict[str, Any]:
    """The lines someone may see, with the counts of each kind; the public doesn't see what is never shared."""
    seen = set(catalog.resources_for(user).values_list("pk", flat=True))
    # What has its source in a resource that the reader may not see would look undecided: it is left out.
    every = [one for one in catalog.one_sources() if one.source is None or one.source.resource_id in seen]
    lines = [line for line in (_line(one, seen) for one in every) if line.choices]
    kinds = {
        "repeated": [line for line in lines if line.one.repeated and not line.one.undecided],
        "undecided": [line for line in lines if line.one.undecided],
        "all": lines,
    }
    show = wanted.get("show", "")
    show = show if show in SHOWN else "repeated"
    return {
        "lines": kinds[show],
        "show": show,
        "counts": {kind: len(found) for kind, found in kinds.items()},
        "collections": sum(len(line.one.repeated) for line in kinds["repeated"]),
        "decides": catalog.may_decide_source(user),
        "form": forms.ReasonForm(auto_id="source_%s"),
    }


def _line(one: Any, seen: set[int]) -> Line:
    """A line as far as its reader may see the resources in it."""
    shown = catalog.seen_of(one, seen)
    holders = [item for item in (shown.source, *shown.repeated, *shown.linking) if item is not None]
    return Line(shown, list({item.resource_id: item.resource for item in holders}.values()))
